//! What all instances of a memory log share.

use crate::group::Group;
use crate::log::MemoryLog;
use crate::partition::{Fault, Partition};
use crate::value::Value;
use domain::Timestamp;
use domain::command::Command;
use engine::message::Outgoing;
use engine::route::partition_of;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Which guards against a stale owner are armed. Tests take one away to see the other hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Guards {
    /// A producer opened earlier is refused.
    pub epoch: bool,
    /// A member of an earlier generation is refused.
    pub generation: bool,
}

/// The broker's state.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) partitions: Vec<Partition>,
    pub(crate) group: Group,
    pub(crate) events: Vec<Outgoing<Value>>,
    pub(crate) now: Timestamp,
    pub(crate) guards: Guards,
    /// Whether input is dropped once its offset is committed.
    pub(crate) forgets: bool,
}

#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    pub(crate) changed: Condvar,
}

impl Shared {
    /// The state. A panic elsewhere while it was held does not make it wrong: every change is whole.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A memory broker: `member-commands`, `ledger-wal` and the event topics.
#[derive(Clone, Debug)]
pub struct Broker {
    pub(crate) shared: Arc<Shared>,
}

impl Broker {
    /// A broker with so many partitions, above 0, and nothing in it.
    pub fn new(partitions: i32) -> Self {
        assert!(partitions >= 1, "a broker has at least one partition, found {partitions}");
        let state = State {
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            group: Group::new(partitions),
            events: Vec::new(),
            now: Timestamp(0),
            guards: Guards { epoch: true, generation: true },
            forgets: false,
        };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() }) }
    }

    /// Drops input once its offset is committed, for runs larger than memory.
    #[must_use]
    pub fn forgetting(self) -> Self {
        self.state().forgets = true;
        self
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }

    /// An instance that joins the group.
    pub fn join(&self) -> MemoryLog {
        let member = self.state().group.join();
        self.shared.changed.notify_all();
        MemoryLog::new(self.clone(), member)
    }

    /// The group thinks this member dead: its partitions go to others at once.
    pub fn expel(&self, member: u64) {
        self.state().group.remove(member);
        self.shared.changed.notify_all();
    }

    /// Sets the broker's clock: the append time of what follows.
    pub fn set_time(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// Arms or disarms guards.
    pub fn set_guards(&self, guards: Guards) {
        self.state().guards = guards;
    }

    /// The next commit of `partition` goes wrong like this.
    pub fn set_fault(&self, partition: i32, fault: Fault) {
        self.state().partitions[partition as usize].fault = Some(fault);
    }

    /// Appends a command to the partition of its entity.
    pub fn publish(&self, command: Arc<Command>) {
        let mut state = self.state();
        let partition = partition_of(command.entity.as_str(), state.partitions.len() as i32);
        let now = state.now;
        state.partitions[partition as usize].append(now, Value::Command(command));
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Appends a message to `partition`.
    pub fn append(&self, partition: i32, message: Value) {
        let mut state = self.state();
        let now = state.now;
        state.partitions[partition as usize].append(now, message);
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Whether every record of the input was decided and committed.
    pub fn is_consumed(&self) -> bool {
        self.state()
            .partitions
            .iter()
            .all(|partition| partition.committed.unwrap_or(0) == partition.input_end())
    }

    /// Everything in `partition` of the input, in order, with its append time.
    pub fn input(&self, partition: i32) -> Vec<(Timestamp, Value)> {
        let state = self.state();
        let records = state.partitions[partition as usize].read(0, usize::MAX);
        records.into_iter().map(|record| (record.appended_at, record.message)).collect()
    }

    /// How many partitions there are.
    pub fn partitions(&self) -> i32 {
        self.state().partitions.len() as i32
    }

    /// Takes the events committed so far, in the order of their transactions.
    pub fn take_events(&self) -> Vec<Outgoing<Value>> {
        std::mem::take(&mut self.state().events)
    }

    /// A copy of the events committed so far.
    pub fn events(&self) -> Vec<Outgoing<Value>> {
        self.state().events.clone()
    }

    /// Drops `ledger-wal` of `partition` before `offset`, as retention does.
    pub fn forget_wal(&self, partition: i32, offset: i64) {
        self.state().partitions[partition as usize].forget_wal(offset);
    }

    /// `member-commands` is made anew: `partition` is empty, and the group has no offset of it any more.
    pub fn renew_input(&self, partition: i32) {
        self.state().partitions[partition as usize].renew_input();
    }

    /// `ledger-wal` is made anew: `partition` is empty.
    pub fn renew_wal(&self, partition: i32) {
        self.state().partitions[partition as usize].renew_wal();
    }

    /// The group's committed offset of `partition`, changed by hand.
    pub fn set_committed(&self, partition: i32, offset: Option<i64>) {
        self.state().partitions[partition as usize].committed = offset;
    }
}
