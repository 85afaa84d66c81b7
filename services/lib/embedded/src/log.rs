//! The memory log: one instance's side of a [`Broker`].

use crate::broker::{Broker, State};
use crate::group::News;
use crate::partition::Fault;
use crate::value::Value;
use engine::log::{
    Appending, CommitError, Committed, Log, LogError, LogEvent, Ownership, Transaction, WalChunk, WalRange,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::PoisonError;
use std::time::Duration;

/// Records of one partition in one poll, at the most.
const FETCH: usize = 2_000;

#[derive(Clone, Copy, Debug)]
struct Consuming {
    next: i64,
    paused: bool,
}

/// One instance. Dropping it without [`Log::close`] is a crash: the group notices only when told.
#[derive(Debug)]
pub struct MemoryLog {
    broker: Broker,
    member: u64,
    /// As of the assignment: what goes with every transaction.
    generation: u64,
    producers: BTreeMap<i32, u64>,
    consuming: BTreeMap<i32, Consuming>,
    results: VecDeque<LogEvent<Value>>,
    deaf: bool,
    /// How often it was asked to prove that it owns a partition.
    proofs: u64,
    /// Whether the next pause fails.
    fails_to_pause: bool,
    /// Appends that wait for a test to let them through; `None`: they are performed at once.
    held: Option<VecDeque<(i32, Appending<Value>)>>,
}

impl MemoryLog {
    pub(crate) const fn new(broker: Broker, member: u64) -> Self {
        Self {
            broker,
            member,
            generation: 0,
            producers: BTreeMap::new(),
            consuming: BTreeMap::new(),
            results: VecDeque::new(),
            deaf: false,
            proofs: 0,
            fails_to_pause: false,
            held: None,
        }
    }

    /// Its number in the group, for [`Broker::expel`].
    pub const fn member(&self) -> u64 {
        self.member
    }

    /// Whether news of the group reach it. A stalled process does not hear that it lost its partitions.
    pub const fn set_deaf(&mut self, deaf: bool) {
        self.deaf = deaf;
    }

    /// How often it was asked to prove that it owns a partition.
    pub const fn proofs(&self) -> u64 {
        self.proofs
    }

    /// The next pause fails, as by a timeout.
    pub const fn fail_to_pause(&mut self) {
        self.fails_to_pause = true;
    }

    /// From now on, appends wait for [`MemoryLog::let_through`].
    pub fn hold_appends(&mut self) {
        self.held.get_or_insert_default();
    }

    /// Performs the `count` first waiting appends, in their order.
    pub fn let_through(&mut self, count: usize) {
        let Some(held) = &mut self.held else { return };
        let ready: Vec<_> = held.drain(..count.min(held.len())).collect();
        for (partition, message) in ready {
            self.perform(partition, vec![message]);
        }
    }

    /// Performs all waiting appends and holds no more.
    pub fn stop_holding(&mut self) {
        self.let_through(usize::MAX);
        self.held = None;
    }

    fn perform(&mut self, partition: i32, messages: Vec<Appending<Value>>) {
        let mut state = self.broker.state();
        let now = state.now;
        let mut tokens = Vec::with_capacity(messages.len());
        for Appending { token, to, message } in messages {
            state.partitions[to as usize].append(now, message);
            tokens.push(token);
        }
        drop(state);
        self.broker.shared.changed.notify_all();
        self.results.push_back(LogEvent::Appended { partition, tokens });
    }

    /// Why a transaction of this instance is refused.
    fn refusal(&self, state: &State, partition: i32) -> Option<String> {
        let mine = self.producers.get(&partition).copied().unwrap_or(0);
        let current = state.partitions[partition as usize].epoch;
        if state.guards.epoch && mine != current {
            return Some(format!("producer epoch {mine}, expected {current}"));
        }
        if state.guards.generation && !state.group.is_current(self.member, self.generation) {
            return Some(format!("generation {}, expected {}", self.generation, state.group.generation));
        }
        None
    }

    fn run(
        &self,
        state: &mut State,
        partition: i32,
        mut transaction: Transaction<Value>,
    ) -> Option<Result<Committed, CommitError>> {
        let (now, forgets) = (state.now, state.forgets);
        let place = &mut state.partitions[partition as usize];
        let fault = place.fault.take();
        place.write(now, &mut transaction);
        match fault {
            Some(Fault::Aborted) => {
                place.abort();
                return Some(Err(CommitError::Aborted("as a test asked".to_owned())));
            }
            Some(Fault::LeftOpen) => {
                return Some(Err(CommitError::Unknown("left open, as a test asked".to_owned())));
            }
            Some(Fault::Silent) => return None,
            Some(Fault::AnswerLost) | None => {}
        }
        let wal_end = place.commit(transaction.position);
        if forgets {
            place.forget_input(transaction.position);
        }
        state.events.append(&mut transaction.events);
        match fault {
            None => Some(Ok(Committed { wal_end })),
            Some(_) => Some(Err(CommitError::Unknown("answer lost, as a test asked".to_owned()))),
        }
    }

    /// What there is now; whether anything was.
    fn collect(&mut self, state: &mut State, events: &mut Vec<LogEvent<Value>>) -> bool {
        let before = events.len();
        while let Some(news) = if self.deaf { None } else { state.group.next(self.member) } {
            match &news {
                News::Assigned { generation, .. } => self.generation = *generation,
                News::Revoked(partitions) => {
                    self.consuming.retain(|partition, _| !partitions.contains(partition));
                }
            }
            events.push(news.event());
        }
        events.extend(self.results.drain(..));
        for (partition, consuming) in &mut self.consuming {
            if !consuming.paused {
                let records = state.partitions[*partition as usize].read(consuming.next, FETCH);
                if let Some(last) = records.last() {
                    consuming.next = last.offset + 1;
                    events.push(LogEvent::Records { partition: *partition, records });
                }
            }
        }
        events.len() > before
    }
}

impl Log for MemoryLog {
    type Message = Value;

    fn partitions(&self) -> i32 {
        self.broker.partitions()
    }

    fn poll(&mut self, wait: Duration, events: &mut Vec<LogEvent<Value>>) -> Result<(), LogError> {
        let shared = std::sync::Arc::clone(&self.broker.shared);
        let mut state = shared.state();
        if !self.collect(&mut state, events) && !wait.is_zero() {
            let waited = shared.changed.wait_timeout(state, wait);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            self.collect(&mut state, events);
        }
        Ok(())
    }

    fn confirm_revoked(&mut self) -> Result<(), LogError> {
        self.broker.state().group.confirm(self.member);
        self.broker.shared.changed.notify_all();
        Ok(())
    }

    fn pause(&mut self, partition: i32) -> Result<(), LogError> {
        if std::mem::take(&mut self.fails_to_pause) {
            return Err(LogError::Retry("pausing failed, as a test asked".to_owned()));
        }
        self.consuming.entry(partition).and_modify(|consuming| consuming.paused = true);
        Ok(())
    }

    fn resume(&mut self, partition: i32) -> Result<(), LogError> {
        self.consuming.entry(partition).and_modify(|consuming| consuming.paused = false);
        Ok(())
    }

    fn fence(&mut self, partition: i32) -> Result<(), LogError> {
        let epoch = self.broker.state().partitions[partition as usize].open_producer();
        self.producers.insert(partition, epoch);
        Ok(())
    }

    fn committed(&mut self, partition: i32) -> Result<Option<i64>, LogError> {
        Ok(self.broker.state().partitions[partition as usize].committed)
    }

    fn wal_range(&mut self, partition: i32) -> Result<WalRange, LogError> {
        Ok(self.broker.state().partitions[partition as usize].wal_range())
    }

    fn read_wal(&mut self, partition: i32, from: i64, to: i64) -> Result<WalChunk<Value>, LogError> {
        let chunk = self.broker.state().partitions[partition as usize].read_wal(from, to, FETCH);
        if chunk.next == from && from < to {
            return Err(LogError::Retry(format!("ledger-wal offset {from} is in an open transaction")));
        }
        Ok(chunk)
    }

    fn prove(&mut self, partition: i32, _position: i64) -> Result<Ownership, LogError> {
        self.proofs += 1;
        let state = self.broker.state();
        if let Some(reason) = self.refusal(&state, partition) {
            return Ok(Ownership::Refused(reason));
        }
        drop(state);
        self.fence(partition)?;
        Ok(Ownership::Proven)
    }

    fn start(&mut self, partition: i32, position: Option<i64>) -> Result<(), LogError> {
        let state = self.broker.state();
        let place = &state.partitions[partition as usize];
        let next = position.unwrap_or_else(|| place.input_start());
        if !(place.input_start()..=place.input_end()).contains(&next) {
            return Err(LogError::Fatal(format!(
                "member-commands partition {partition} has no offset {next}, only {} to {}",
                place.input_start(),
                place.input_end()
            )));
        }
        drop(state);
        self.consuming.insert(partition, Consuming { next, paused: false });
        Ok(())
    }

    fn commit(&mut self, partition: i32, transaction: Transaction<Value>) {
        let mut state = self.broker.state();
        let result = match self.refusal(&state, partition) {
            Some(reason) => Some(Err(CommitError::Fenced(reason))),
            None => self.run(&mut state, partition, transaction),
        };
        drop(state);
        if matches!(result, Some(Err(_))) {
            // After a failed transaction, only a new producer goes on.
            self.producers.remove(&partition);
        }
        self.results.extend(result.map(|result| LogEvent::CommitResult { partition, result }));
    }

    fn append(&mut self, partition: i32, messages: Vec<Appending<Value>>) {
        match &mut self.held {
            Some(held) => held.extend(messages.into_iter().map(|message| (partition, message))),
            None => self.perform(partition, messages),
        }
    }

    fn flushed(&mut self, partition: i32, position: i64) {
        self.broker.state().partitions[partition as usize].forget_wal(position);
    }

    fn release(&mut self, partition: i32) {
        self.producers.remove(&partition);
        self.consuming.remove(&partition);
        if let Some(held) = &mut self.held {
            held.retain(|(of, _)| *of != partition);
        }
        self.results.retain(|event| match event {
            LogEvent::CommitResult { partition: of, .. }
            | LogEvent::Appended { partition: of, .. }
            | LogEvent::AppendBroken { partition: of, .. } => *of != partition,
            LogEvent::Assigned(_) | LogEvent::Revoked(_) | LogEvent::Records { .. } => true,
        });
    }

    fn close(&mut self) -> Result<(), LogError> {
        self.producers.clear();
        self.consuming.clear();
        self.results.clear();
        self.broker.expel(self.member);
        Ok(())
    }
}
