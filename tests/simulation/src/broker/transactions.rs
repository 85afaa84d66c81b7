//! The transaction coordinator: epochs, what is open, and markers that arrive after the answer.

use super::{Broker, Fate, Slot};
use crate::guards::Guard;
use crate::world::World;
use embedded::Value;
use engine::log::Transaction;

/// How long a transaction may be open before the coordinator aborts it, in milliseconds.
const TIMEOUT: i64 = 2_500;

/// A transaction that was begun: unique in a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Txn(u64);

/// A transactional id: of a partition; with the producer epoch taken away, of an instance's life besides.
pub(crate) type ProducerName = (i32, Option<(usize, u64)>);

/// Why the broker refuses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// A producer with a newer epoch was opened.
    Fenced,
    /// The member is not of the group's generation.
    StaleMember,
    /// The one before has not ended: ask again.
    Concurrent,
    /// There is no such transaction any more.
    NoTransaction,
}

/// What a transaction's offsets carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Carried {
    pub(crate) member: u64,
    pub(crate) generation: i64,
    pub(crate) position: i64,
}

enum State {
    Empty,
    Open {
        txn: Txn,
        attempt: u64,
        since: i64,
        produced: Option<i64>,
    },
    /// Decided; so many markers have not arrived.
    Ending {
        markers: u32,
    },
}

/// What the coordinator knows of a transactional id.
pub(super) struct Coordinator {
    epoch: u64,
    state: State,
    /// The attempt that ended last, and whether it was committed: the answer to whoever asks again.
    ended: Option<(u64, bool)>,
}

impl Broker {
    fn coordinator(&mut self, name: ProducerName) -> &mut Coordinator {
        let new = || Coordinator { epoch: 0, state: State::Empty, ended: None };
        self.coordinators.entry(name).or_insert_with(new)
    }

    /// The coordinator of `name`, for the producer of `epoch`.
    fn checked(&mut self, name: ProducerName, epoch: u64) -> Result<&mut Coordinator, Refused> {
        let coordinator = self.coordinator(name);
        if coordinator.epoch == epoch { Ok(coordinator) } else { Err(Refused::Fenced) }
    }

    /// What is open under `name`, begun by this attempt, or now.
    fn begun(&mut self, now: i64, name: ProducerName, epoch: u64, attempt: u64) -> Result<Txn, Refused> {
        let next = Txn(self.txns + 1);
        let coordinator = self.checked(name, epoch)?;
        match &coordinator.state {
            State::Open { txn, attempt: open, .. } if *open == attempt => Ok(*txn),
            State::Open { .. } => Err(Refused::NoTransaction),
            State::Ending { .. } => Err(Refused::Concurrent),
            State::Empty if coordinator.ended.is_some_and(|(ended, _)| ended >= attempt) => {
                Err(Refused::NoTransaction)
            }
            State::Empty => {
                coordinator.state = State::Open { txn: next, attempt, since: now, produced: None };
                self.txns += 1;
                Ok(next)
            }
        }
    }

    /// Writes the records of an attempt, once; the offset behind them in `ledger-wal`.
    pub(crate) fn produce(
        &mut self,
        now: i64,
        name: ProducerName,
        (epoch, attempt): (u64, u64),
        transaction: &Transaction<Value>,
    ) -> Result<i64, Refused> {
        let txn = self.begun(now, name, epoch, attempt)?;
        if let State::Open { produced: Some(end), .. } = self.coordinator(name).state {
            return Ok(end);
        }
        let end = self.partition(name.0).write(now, txn, &transaction.wal);
        let slot = |message: &engine::message::Outgoing<Value>| Slot {
            txn,
            partition: name.0,
            fate: Fate::Open,
            message: message.clone(),
        };
        self.events.extend(transaction.events.iter().map(slot));
        if let State::Open { produced, .. } = &mut self.coordinator(name).state {
            *produced = Some(end);
        }
        Ok(end)
    }

    /// Adds the input offset to an attempt. `fences`: whether a stale member is refused.
    pub(crate) fn carry(
        &mut self,
        now: i64,
        name: ProducerName,
        (epoch, attempt): (u64, u64),
        carried: Carried,
        fences: bool,
    ) -> Result<(), Refused> {
        let txn = self.begun(now, name, epoch, attempt)?;
        if fences && !self.group.is_current(carried.member, carried.generation) {
            return Err(Refused::StaleMember);
        }
        self.partition(name.0).carry(txn, carried.position);
        Ok(())
    }
}

impl World {
    /// Opens the producer `name`: whoever was there before is refused from now on, and what it left open is aborted.
    pub(crate) fn open_producer(&mut self, name: ProducerName) -> Result<u64, Refused> {
        let coordinator = self.broker.coordinator(name);
        coordinator.epoch += 1;
        let epoch = coordinator.epoch;
        match coordinator.state {
            State::Empty => {
                coordinator.ended = None;
                Ok(epoch)
            }
            State::Ending { .. } => Err(Refused::Concurrent),
            State::Open { .. } => {
                self.mix.effect("open transaction fenced");
                self.end(name, false);
                Err(Refused::Concurrent)
            }
        }
    }

    /// Ends an attempt. The answer says what was decided; the markers follow.
    pub(crate) fn end_transaction(
        &mut self,
        name: ProducerName,
        epoch: u64,
        attempt: u64,
        commit: bool,
    ) -> Result<(), Refused> {
        let coordinator = self.broker.checked(name, epoch)?;
        match coordinator.state {
            State::Open { attempt: open, .. } if open == attempt => {}
            _ if coordinator.ended == Some((attempt, commit)) => return Ok(()),
            _ => return Err(Refused::NoTransaction),
        }
        self.end(name, commit);
        Ok(())
    }

    fn end(&mut self, name: ProducerName, commit: bool) {
        let fate = if commit { Fate::Committed } else { Fate::Aborted };
        let coordinator = self.broker.coordinator(name);
        let State::Open { txn, attempt, .. } = coordinator.state else { return };
        coordinator.ended = Some((attempt, commit));
        coordinator.state = State::Ending { markers: 3 };
        for marker in 0..3 {
            let delay = if self.chance.once_in(20) {
                self.chance.between(50, 600)
            } else {
                self.chance.between(0, 10)
            };
            self.after(delay, move |world| world.mark(name, txn, fate, marker));
        }
    }

    /// A marker arrives: in `ledger-wal`, in the topics of events, or at the group's offsets.
    fn mark(&mut self, name: ProducerName, txn: Txn, fate: Fate, marker: u32) {
        let now = self.now;
        match marker {
            0 => self.broker.partition(name.0).mark(now, txn, fate),
            1 => {
                let of_it = self.broker.events.iter_mut().filter(|slot| slot.txn == txn);
                of_it.for_each(|slot| slot.fate = fate);
            }
            _ => self.broker.partition(name.0).mark_offset(txn, fate),
        }
        let coordinator = self.broker.coordinator(name);
        if let State::Ending { markers } = &mut coordinator.state {
            *markers -= 1;
            if *markers == 0 {
                coordinator.state = State::Empty;
            }
        }
    }

    /// What is open for too long is aborted, and whoever opened it refused.
    pub(crate) fn end_old_transactions(&mut self) {
        let now = self.now;
        let is_old = |coordinator: &Coordinator| matches!(coordinator.state, State::Open { since, .. } if now - since > TIMEOUT);
        let coordinators = self.broker.coordinators.iter();
        let old: Vec<ProducerName> =
            coordinators.filter(|(_, coordinator)| is_old(coordinator)).map(|(name, _)| *name).collect();
        for name in old {
            self.mix.effect("transaction timed out");
            self.broker.coordinator(name).epoch += 1;
            self.end(name, false);
        }
    }

    /// The transactional id of `partition` for `node`.
    pub(crate) fn producer_name(&self, partition: i32, node: usize) -> ProducerName {
        let own = self.without.lacks(Guard::ProducerEpoch).then(|| (node, self.nodes[node].life));
        (partition, own)
    }
}
