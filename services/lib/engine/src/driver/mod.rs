//! The driver: a thin loop over a log, a store and one machine for each assigned partition, in one thread.
//!
//! It performs what the machines ask for and decides nothing. A partition that halts leaves the others
//! running. Overlay and cache die with the assignment: a revoked partition's machine is dropped before the
//! group goes on.

mod chronicle;
mod perform;
mod seat;

use crate::codec::Codec;
use crate::core::Context;
use crate::counters::Counters;
use crate::log::{Log, LogError, LogEvent};
use crate::machine::{Input, Machine, Output, Stop};
use crate::store::{Store, StoreError, StoreEvent, Ticket};
use crate::watch::{Standing, Watch};
use chronicle::Chronicle;
use domain::Timestamp;
use fail::fail_point;
use perform::Trouble;
use seat::{Assigned, Seat};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use thiserror::Error;

/// How long the log may wait while a store or a commit owes an answer.
const SHORT_WAIT: Duration = Duration::from_millis(1);
/// How often timers are looked for, in milliseconds.
const TIMER_PERIOD: i64 = 1_000;

/// The instance cannot go on.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum DriverError {
    /// The log says so.
    #[error("log: {0}")]
    Log(String),
    /// The store says so.
    #[error("store: {0}")]
    Store(String),
    /// Not everything was finished within the deadline. Nothing is lost: the next owner does it.
    #[error("drained no further than {0} unfinished partitions within the deadline")]
    Undrained(usize),
}

/// Runs the partitions of one ledger instance.
pub struct Driver<L, S, C>
where
    L: Log,
    S: Store,
    C: Codec<Message = L::Message>,
{
    log: L,
    store: S,
    context: Arc<Context<C>>,
    wall: Box<dyn Fn() -> Timestamp + Send>,
    partitions: BTreeMap<i32, Assigned<C>>,
    /// Begins the request numbers of the next machine.
    numbers: u64,
    /// What machines counted that are gone.
    gone: Counters,
    clocked: Timestamp,
    draining: bool,
    chronicle: Chronicle,
    log_events: Vec<LogEvent<L::Message>>,
    store_events: Vec<StoreEvent>,
}

impl<L, S, C> Driver<L, S, C>
where
    L: Log,
    S: Store,
    C: Codec<Message = L::Message>,
{
    /// A driver; `wall` is the wall clock, for timers and pauses, never for *now*.
    pub fn new(
        log: L,
        store: S,
        context: Arc<Context<C>>,
        wall: impl Fn() -> Timestamp + Send + 'static,
    ) -> Self {
        Self {
            log,
            store,
            context,
            wall: Box::new(wall),
            partitions: BTreeMap::new(),
            numbers: 0,
            gone: Counters::default(),
            clocked: Timestamp::MIN,
            draining: false,
            chronicle: Chronicle::default(),
            log_events: Vec::new(),
            store_events: Vec::new(),
        }
    }

    /// The same, shown to `watch`.
    #[must_use]
    pub fn watched(mut self, watch: impl Watch + 'static) -> Self {
        self.chronicle.begin(Box::new(watch));
        self
    }

    /// Runs until `stop` is set, then drains within `deadline` and leaves the group.
    ///
    /// # Errors
    /// [`DriverError`]. What was committed stays, what was not is done by the next owner.
    pub fn run(&mut self, stop: &AtomicBool, deadline: Duration) -> Result<(), DriverError> {
        while !stop.load(Ordering::Relaxed) {
            self.step(Duration::from_millis(50))?;
        }
        self.drain(deadline)
    }

    /// Waits for news, `wait` at the longest, and handles them.
    ///
    /// # Errors
    /// [`DriverError::Log`], [`DriverError::Store`].
    pub fn step(&mut self, wait: Duration) -> Result<(), DriverError> {
        let wait = if self.is_settled() { wait } else { wait.min(SHORT_WAIT) };
        let mut events = std::mem::take(&mut self.log_events);
        match self.log.poll(wait, &mut events) {
            Ok(()) => {}
            Err(LogError::Fatal(text)) => return Err(DriverError::Log(text)),
            Err(error) => tracing::warn!(%error, "log"),
        }
        for event in events.drain(..) {
            self.log_event(event)?;
        }
        self.log_events = events;
        self.poll_store()?;
        self.take_over_waiting()?;
        self.pass_time()
    }

    /// Finishes what is decided, flushes, and leaves the group.
    ///
    /// # Errors
    /// [`DriverError`]; [`DriverError::Undrained`] where `deadline` was not enough. It is counted by a clock that
    /// nobody sets: the wall clock may jump while the machine shuts down.
    pub fn drain(&mut self, deadline: Duration) -> Result<(), DriverError> {
        self.draining = true;
        let begun = Instant::now();
        for partition in self.owned() {
            self.feed(partition, Input::Drain)?;
        }
        while !self.is_settled() && begun.elapsed() < deadline {
            self.step(SHORT_WAIT)?;
        }
        let open = self.unsettled();
        for partition in self.owned() {
            self.vacate(partition);
        }
        self.partitions.clear();
        self.log.close().map_err(|error| DriverError::Log(error.to_string()))?;
        if open > 0 { Err(DriverError::Undrained(open)) } else { Ok(()) }
    }

    /// Whether nothing is under way in any partition that runs. Says nothing about records not polled yet.
    pub fn is_settled(&self) -> bool {
        self.unsettled() == 0
    }

    /// Partitions that run, of those that are assigned.
    pub fn running(&self) -> Vec<i32> {
        let running = |seat: &Seat<C>| matches!(seat, Seat::Taken(machine) if machine.is_running());
        self.partitions.iter().filter(|(_, held)| running(&held.seat)).map(|(number, _)| *number).collect()
    }

    /// Partitions that halted, and why.
    pub fn halted(&self) -> Vec<(i32, &str)> {
        let halted = self.partitions.iter().filter_map(|(partition, held)| match &held.seat {
            Seat::Halted(reason) => Some((*partition, reason.as_str())),
            Seat::Taken(_) | Seat::Waiting(_) => None,
        });
        halted.collect()
    }

    /// Where the partitions stand that run.
    pub fn standings(&self) -> Vec<Standing> {
        let machines = self.partitions.iter().filter_map(|(partition, held)| match &held.seat {
            Seat::Taken(machine) => Some((*partition, machine.standing()?)),
            Seat::Waiting(_) | Seat::Halted(_) => None,
        });
        let whole =
            |(partition, standing)| Standing { unflushed: self.chronicle.unflushed(partition), ..standing };
        machines.map(whole).collect()
    }

    /// What was counted so far.
    pub fn counters(&self) -> Counters {
        let mut sum = self.gone;
        for held in self.partitions.values() {
            match &held.seat {
                Seat::Taken(machine) => sum += machine.counters(),
                Seat::Halted(_) => sum.halted += 1,
                Seat::Waiting(_) => {}
            }
        }
        sum
    }

    /// The log, for those who set it up.
    pub const fn log(&mut self) -> &mut L {
        &mut self.log
    }

    /// The store, for those who read it.
    pub const fn store(&mut self) -> &mut S {
        &mut self.store
    }

    fn unsettled(&self) -> usize {
        let unsettled = |seat: &Seat<C>| matches!(seat, Seat::Taken(machine) if !machine.is_settled());
        self.partitions.values().filter(|held| unsettled(&held.seat)).count()
    }

    fn owned(&self) -> Vec<i32> {
        self.partitions.keys().copied().collect()
    }

    fn log_event(&mut self, event: LogEvent<L::Message>) -> Result<(), DriverError> {
        match event {
            LogEvent::Assigned(partitions) => {
                for partition in partitions {
                    self.vacate(partition);
                    self.partitions.insert(partition, Assigned::new());
                }
                self.take_over_waiting()
            }
            LogEvent::Revoked(partitions) => {
                fail_point!("revoke.before");
                for partition in partitions {
                    self.vacate(partition);
                    self.partitions.remove(&partition);
                }
                fail_point!("revoke.after");
                self.log.confirm_revoked().map_err(|error| DriverError::Log(error.to_string()))
            }
            LogEvent::Records { partition, records } => self.feed(partition, Input::Records(records)),
            LogEvent::CommitResult { partition, result } => {
                match &result {
                    Ok(_) => {
                        self.partitions.entry(partition).and_modify(Assigned::committed);
                    }
                    Err(_) => self.gone.failed_commits += 1,
                }
                self.feed(partition, Input::CommitResult(result))
            }
            LogEvent::Appended { partition, tokens } => self.feed(partition, Input::Appended(tokens)),
            LogEvent::AppendBroken { partition, reason } => self.feed(partition, Input::AppendBroken(reason)),
        }
    }

    fn poll_store(&mut self) -> Result<(), DriverError> {
        let mut events = std::mem::take(&mut self.store_events);
        loop {
            match self.store.poll(&mut events) {
                Ok(()) => {}
                Err(StoreError::Fatal(text)) => return Err(DriverError::Store(text)),
                Err(error) => tracing::warn!(%error, "store"),
            }
            if events.is_empty() {
                self.store_events = events;
                return Ok(());
            }
            for event in events.drain(..) {
                let Ticket { partition, number } = event.ticket();
                let input = match event {
                    StoreEvent::Loaded { answers, .. } => Input::Loaded { number, answers },
                    StoreEvent::Written { .. } => Input::Written(number),
                    StoreEvent::Timers { timers, .. } => Input::Timers { number, timers },
                };
                self.feed(partition, input)?;
            }
        }
    }

    /// Begins one takeover that is due: each blocks, and the group has to hear from this instance in between.
    fn take_over_waiting(&mut self) -> Result<(), DriverError> {
        if self.draining {
            return Ok(());
        }
        let now = (self.wall)();
        for partition in self.owned() {
            let Some(held) = self.partitions.get_mut(&partition) else { continue };
            if !held.is_due(now) {
                continue;
            }
            self.numbers += 1 << 32;
            let machine = Machine::new(Arc::clone(&self.context), partition, self.numbers, held.suspect);
            held.seat = Seat::Taken(Box::new(machine));
            self.share_memory();
            return self.feed(partition, Input::Assigned { now });
        }
        Ok(())
    }

    fn share_memory(&mut self) {
        let share = self.context.config.share(self.partitions.len());
        self.partitions.values_mut().filter_map(Assigned::machine).for_each(|it| it.set_share(share));
    }

    fn pass_time(&mut self) -> Result<(), DriverError> {
        let now = (self.wall)();
        // A clock that was set back has not stood still: it is looked at again.
        if self.clocked <= now && now < self.clocked.plus_millis(TIMER_PERIOD) {
            return Ok(());
        }
        self.clocked = now;
        for partition in self.owned() {
            self.feed(partition, Input::Clock(now))?;
        }
        Ok(())
    }

    /// Gives `input` to the partition's machine, performs what comes out, and gives back what that answers.
    fn feed(&mut self, partition: i32, input: Input<L::Message>) -> Result<(), DriverError> {
        let mut inputs = VecDeque::from([input]);
        let mut outputs = Vec::new();
        while let Some(input) = inputs.pop_front() {
            let Some(machine) = self.partitions.get_mut(&partition).and_then(Assigned::machine) else {
                return Ok(());
            };
            self.chronicle.hears(partition, &input);
            machine.handle(input, &mut outputs);
            for output in outputs.drain(..) {
                if let Output::Stop(stop) = output {
                    self.stopped(partition, stop);
                    return Ok(());
                }
                if let Output::Decided(tally) = output {
                    self.chronicle.decided(partition, tally);
                    continue;
                }
                self.chronicle.says(partition, &output);
                let starts = matches!(output, Output::Start { .. });
                match perform::perform(&mut self.log, &mut self.store, partition, output) {
                    Ok(answer) => {
                        inputs.extend(answer);
                        if starts {
                            self.partitions.entry(partition).and_modify(Assigned::taken_over);
                        }
                    }
                    Err(trouble) => return self.troubled(partition, trouble),
                }
            }
        }
        Ok(())
    }

    /// An output could not be performed.
    fn troubled(&mut self, partition: i32, trouble: Trouble) -> Result<(), DriverError> {
        match trouble {
            Trouble::Fatal(error) => return Err(error),
            Trouble::Lost(text) => self.stopped(partition, Stop::GiveUp(text)),
            Trouble::Halt(text) => self.stopped(partition, Stop::Halt(text)),
            Trouble::Retry(text) => {
                tracing::warn!(partition, error = text, "taking the partition over again");
                self.vacate(partition);
                let now = (self.wall)();
                self.partitions.entry(partition).and_modify(|held| held.again(now, false));
            }
        }
        Ok(())
    }

    /// A machine ended by itself.
    fn stopped(&mut self, partition: i32, stop: Stop) {
        self.vacate(partition);
        let now = (self.wall)();
        let Some(held) = self.partitions.get_mut(&partition) else { return };
        match stop {
            Stop::Restart(reason) => {
                tracing::warn!(partition, error = reason, "taking the partition over anew");
                held.again(now, true);
            }
            Stop::GiveUp(reason) => {
                tracing::warn!(partition, error = reason, "giving the partition up");
                held.give_up(now);
            }
            Stop::Halt(reason) => {
                tracing::error!(partition, error = reason, "partition halted");
                held.seat = Seat::Halted(reason);
            }
        }
    }

    /// Forgets the partition's machine and what it asked for.
    fn vacate(&mut self, partition: i32) {
        let Some(held) = self.partitions.get_mut(&partition) else { return };
        if let Some(machine) = held.machine() {
            self.gone += machine.counters().sums();
            held.seat = Seat::Waiting(Timestamp::NEVER);
        }
        self.chronicle.forget(partition);
        self.log.release(partition);
        self.store.release(partition);
    }
}
