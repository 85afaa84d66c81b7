//! One ledger instance's log on Kafka: the engine's [`Log`], surface and wiring.
//!
//! | | |
//! |---|---|
//! | `member` | membership in the group: which partitions are ours, under which generation |
//! | `input` | reading `member-commands` from where a partition was started |
//! | `transaction` | a partition's transactional producer on its thread |
//! | `appender` | follow-ups and ticks, idempotent, in order, without a gap |
//! | `wal` | the tail of `ledger-wal` at a takeover |
//! | `rebuild` | what a rebuild of the store reads, in no group |
//! | `signal` | how their threads wake the one that polls |
//!
//! Nothing of a partition is delivered outside its tenure: every notice carries the number of the fence it
//! belongs to, and the input is read only between start and release. Closes never block the caller for longer
//! than it allows.

mod appender;
mod config;
mod deliveries;
mod failure;
mod frame;
mod input;
mod member;
mod owner;
pub mod rebuild;
mod signal;
mod transaction;
mod wal;

pub use config::{Config, Topics};
pub(crate) use failure::{hopeless, no_topic};

use crate::admin::Admin;
use crate::error::Error;
use appender::Appender;
use engine::log::{
    Appending, CommitError, Log, LogError, LogEvent, Ownership, Transaction, WalChunk, WalRange,
};
use engine::message::Frame;
use input::Input;
use member::{Member, Rebalanced};
use owner::Owner;
use signal::{Notify, Said, Signal, Tenure};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use transaction::Transactions;
use wal::Wal;

/// However long a poll may wait, the clients are served this often.
const SERVE_EVERY: Duration = Duration::from_millis(50);

/// The log of one ledger instance.
pub struct KafkaLog {
    config: Arc<Config>,
    partitions: i32,
    member: Member,
    input: Option<Input>,
    wal: Option<Wal>,
    owners: BTreeMap<i32, Owner>,
    appender: Arc<Appender>,
    notify: Notify,
    inbox: Receiver<(Tenure, Said)>,
    signal: Signal,
    fences: u64,
    /// A topic a transaction failed for want of: looked for at the next fence.
    missing: Option<String>,
}

impl KafkaLog {
    /// Checks the topics, without joining the group; the number of their partitions.
    ///
    /// # Errors
    /// A missing topic, unequal partition counts of `member-commands` and `ledger-wal`, a topic without the
    /// broker's append time: each named, with the command that makes it right.
    pub fn check(config: &Config) -> Result<u32, Error> {
        let admin = Admin::new(&config.connection)?;
        let topics = &config.topics;
        admin.check_exist(&topics.required())?;
        admin.check_append_time(&[&topics.commands, &topics.wal])?;
        admin.check_pair(&topics.commands, &topics.wal)
    }

    /// Checks the topics, then joins the group: poll it from then on.
    ///
    /// # Errors
    /// As [`KafkaLog::check`].
    pub fn open(config: Config) -> Result<Self, Error> {
        let partitions = Self::check(&config)?;
        let topics = &config.topics;
        let signal = Signal::default();
        let (notify, inbox) = Notify::new(signal.clone());
        let (connection, limit) = (&config.connection, config.records_per_poll);
        let input = Input::new(connection, &config.group, &topics.commands, limit, &signal)?;
        let wal = Wal::new(connection, &config.group, &topics.wal)?;
        let appender = Arc::new(Appender::new(connection, &topics.commands, notify.clone())?);
        let member = Member::join(&config, &signal)?;
        Ok(Self {
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            member,
            input: Some(input),
            wal: Some(wal),
            owners: BTreeMap::new(),
            appender,
            notify,
            inbox,
            signal,
            fences: 0,
            missing: None,
            config: Arc::new(config),
        })
    }

    /// Where each started partition of `member-commands` ends, of those whose end is known, a second ago: for
    /// metrics.
    pub fn ends(&self) -> Vec<(i32, i64)> {
        self.input.as_ref().map(Input::ends).unwrap_or_default()
    }

    /// Takes what is there, without waiting.
    fn gather(&mut self, events: &mut Vec<LogEvent<Frame>>) -> Result<(), LogError> {
        let mut said = Vec::new();
        let polled = self.member.poll(&mut said);
        let strange = said.iter().find_map(|said| self.strange(said));
        events.extend(said.into_iter().map(|said| match said {
            Rebalanced::Assigned(partitions) => LogEvent::Assigned(partitions),
            Rebalanced::Revoked(partitions) => LogEvent::Revoked(partitions),
        }));
        polled?;
        strange.map_or(Ok(()), Err)?;
        self.hear(events);
        if let Some(wal) = &self.wal {
            wal.serve();
        }
        self.input()?.poll(events)
    }

    /// Ends the instance where it is given a partition that was not there when it started: keys would move to other
    /// partitions, and an account would have two writers.
    fn strange(&self, said: &Rebalanced) -> Option<LogError> {
        let Rebalanced::Assigned(partitions) = said else { return None };
        let last = *partitions.iter().max().filter(|last| **last >= self.partitions)?;
        let error = Error::Partitions {
            topic: self.config.topics.commands.clone(),
            found: usize::try_from(last).unwrap_or(0) + 1,
            expected: usize::try_from(self.partitions).unwrap_or(0),
            why: "as when this ledger started".to_owned(),
        };
        Some(LogError::Fatal(error.to_string()))
    }

    /// Takes what the producers said; what belongs to an earlier tenure is dropped.
    fn hear(&mut self, events: &mut Vec<LogEvent<Frame>>) {
        let mut appended: BTreeMap<i32, Vec<u64>> = BTreeMap::new();
        while let Ok((tenure, said)) = self.inbox.try_recv() {
            let partition = tenure.partition;
            let Some(owner) = self.owners.get_mut(&partition).filter(|owner| owner.tenure == tenure) else {
                continue;
            };
            match said {
                Said::Appended(token) => appended.entry(partition).or_default().push(token),
                Said::AppendBroken(reason) => events.extend(owner.break_appends(reason)),
                Said::Committed(result, missing) => {
                    if result.is_err() {
                        owner.transactions = None;
                        self.missing = missing.or_else(|| self.missing.take());
                    }
                    events.push(LogEvent::CommitResult { partition, result });
                }
            }
        }
        events
            .extend(appended.into_iter().map(|(partition, tokens)| LogEvent::Appended { partition, tokens }));
    }

    fn input(&mut self) -> Result<&mut Input, LogError> {
        self.input.as_mut().ok_or_else(closed)
    }

    fn wal(&mut self) -> Result<&mut Wal, LogError> {
        self.wal.as_mut().ok_or_else(closed)
    }

    /// Ends the instance where a transaction failed for want of a topic that still is not there: another
    /// attempt would fail the same way, for ever.
    fn look_for_missing(&mut self) -> Result<(), LogError> {
        let Some(topic) = self.missing.take() else { return Ok(()) };
        if Admin::new(&self.config.connection)?.partitions()?.contains_key(&topic) {
            return Ok(());
        }
        let text = failure::missing(&topic);
        self.missing = Some(topic);
        Err(LogError::Fatal(text))
    }

    /// A producer that still works; the old one where it does.
    fn healthy_appender(&mut self) -> Result<Arc<Appender>, LogError> {
        if self.appender.broken() {
            let (connection, topic) = (&self.config.connection, &self.config.topics.commands);
            let next = Arc::new(Appender::new(connection, topic, self.notify.clone())?);
            let old = std::mem::replace(&mut self.appender, next);
            crate::aside::drop_aside("append producer", old, Duration::ZERO);
        }
        Ok(Arc::clone(&self.appender))
    }
}

fn closed() -> LogError {
    LogError::Fatal("expected an open log, found a closed one".to_owned())
}

impl Log for KafkaLog {
    type Message = Frame;

    fn partitions(&self) -> i32 {
        self.partitions
    }

    fn poll(&mut self, wait: Duration, events: &mut Vec<LogEvent<Frame>>) -> Result<(), LogError> {
        let (deadline, before) = (Instant::now() + wait, events.len());
        loop {
            self.gather(events)?;
            let now = Instant::now();
            if events.len() > before || now >= deadline {
                return Ok(());
            }
            self.signal.wait(deadline.min(now + SERVE_EVERY));
        }
    }

    fn confirm_revoked(&mut self) -> Result<(), LogError> {
        self.member.confirm()
    }

    fn pause(&mut self, partition: i32) -> Result<(), LogError> {
        self.input()?.pause(partition, true);
        Ok(())
    }

    fn resume(&mut self, partition: i32) -> Result<(), LogError> {
        self.input()?.pause(partition, false);
        Ok(())
    }

    fn fence(&mut self, partition: i32) -> Result<(), LogError> {
        self.release(partition);
        self.look_for_missing()?;
        let metadata = self.member.metadata();
        let appender = self.healthy_appender()?;
        self.fences += 1;
        let tenure = Tenure { partition, number: self.fences };
        let transactions = Transactions::fence(&self.config, tenure, metadata, self.notify.clone())?;
        let owner = Owner { tenure, transactions: Some(transactions), appender, broken: false };
        self.owners.insert(partition, owner);
        Ok(())
    }

    fn committed(&mut self, partition: i32) -> Result<Option<i64>, LogError> {
        let patience = self.config.request_timeout;
        self.input()?.committed(partition, patience)
    }

    fn wal_range(&mut self, partition: i32) -> Result<WalRange, LogError> {
        let patience = self.config.request_timeout;
        self.wal()?.range(partition, patience)
    }

    fn read_wal(&mut self, partition: i32, from: i64, to: i64) -> Result<WalChunk<Frame>, LogError> {
        let patience = self.config.request_timeout;
        self.wal()?.read(partition, from, to, patience)
    }

    fn prove(&mut self, partition: i32, position: i64) -> Result<Ownership, LogError> {
        let transactions = self.owners.get_mut(&partition).and_then(|owner| owner.transactions.take());
        let Some(transactions) = transactions else {
            let text = format!("proving ownership of partition {partition}: expected a fence before");
            return Err(LogError::Retry(text));
        };
        let ownership = transactions.prove(position, self.config.request_timeout)?;
        if ownership == Ownership::Proven {
            self.fence(partition)?;
        }
        Ok(ownership)
    }

    fn start(&mut self, partition: i32, position: Option<i64>) -> Result<(), LogError> {
        let patience = self.config.request_timeout;
        self.input()?.start(partition, position, patience)
    }

    fn commit(&mut self, partition: i32, transaction: Transaction<Frame>) {
        let Some(owner) = self.owners.get(&partition) else { return };
        let started = owner.transactions.as_ref().is_some_and(|open| open.commit(transaction));
        if !started {
            let text = format!("partition {partition} has no producer: expected a fence before");
            self.notify.say(owner.tenure, Said::Committed(Err(CommitError::Aborted(text)), None));
        }
    }

    fn append(&mut self, partition: i32, messages: Vec<Appending<Frame>>) {
        let Some(owner) = self.owners.get(&partition).filter(|owner| !owner.broken) else { return };
        if let Err(reason) = owner.appender.send(owner.tenure, &messages) {
            self.notify.say(owner.tenure, Said::AppendBroken(reason));
        }
    }

    fn release(&mut self, partition: i32) {
        self.owners.remove(&partition);
        if let Some(input) = &mut self.input {
            input.stop(partition);
        }
    }

    fn close(&mut self) -> Result<(), LogError> {
        let deadline = Instant::now() + self.config.close_timeout;
        let left = || deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.owners.clear();
        let mut late = Vec::new();
        if !self.member.leave(left()) {
            late.push("leaving the group");
        }
        if !self.input.take().is_none_or(|input| input.close(left())) {
            late.push("closing the input");
        }
        if !self.wal.take().is_none_or(|wal| wal.close(left())) {
            late.push("closing the log's readers");
        }
        if late.is_empty() {
            return Ok(());
        }
        let millis = self.config.close_timeout.as_millis();
        Err(LogError::Retry(format!("{} took longer than {millis} ms", late.join(", "))))
    }
}

impl Drop for KafkaLog {
    fn drop(&mut self) {
        self.owners.clear();
        self.member.leave(Duration::ZERO);
        if let Some(input) = self.input.take() {
            input.close(Duration::ZERO);
        }
        if let Some(wal) = self.wal.take() {
            wal.close(Duration::ZERO);
        }
    }
}
