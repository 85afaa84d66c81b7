//! A batch: consecutive records of the input, judged in as many passes as loading takes, committed as one.
//!
//! Entities are independent, so a command that waits for a row holds back its own entity only; verdicts stay
//! at their record's place, and the transaction is written in log order.

use super::flush::Owed;
use super::judge::Verdict;
use crate::codec::Instruction;
use crate::log::{Incoming, Transaction};
use crate::tally::{Tally, Traced};
use crate::wal::{PartitionRow, WriteTs};
use domain::entity::Missing;
use domain::{EntityId, Timestamp};
use std::collections::{HashSet, VecDeque};

/// A record of the input, decoded.
#[derive(Debug)]
pub(crate) struct Received<M> {
    pub(crate) record: Incoming<M>,
    pub(crate) task: Result<Instruction, String>,
}

/// A record in a batch.
#[derive(Debug)]
pub(crate) struct Slot<M> {
    pub(crate) record: Incoming<M>,
    pub(crate) task: Result<Instruction, String>,
    /// *Now* of the partition: the running maximum of append times.
    pub(crate) now: Timestamp,
    pub(crate) verdict: Option<Verdict<M>>,
}

/// A batch that is being judged.
#[derive(Debug)]
pub(crate) struct Batch<M> {
    pub(crate) slots: Vec<Slot<M>>,
    /// What was asked for.
    pub(crate) asked: HashSet<(EntityId, Missing)>,
    /// The partition's clock behind it.
    pub(crate) clock: Timestamp,
}

/// A batch that is decided: what to commit, and what is owed once it is.
#[derive(Debug)]
pub(crate) struct Prepared<M> {
    pub(crate) transaction: Transaction<M>,
    pub(crate) owed: Owed,
    pub(crate) write_ts: WriteTs,
    /// When the first of its records was appended.
    pub(crate) since: Timestamp,
    pub(crate) tally: Tally,
}

impl<M> Batch<M> {
    /// The next records, `limit` at the most. A published programme stands alone: what follows it is judged
    /// by the rules it brings.
    pub(crate) fn take(inbox: &mut VecDeque<Received<M>>, limit: usize, clock: Timestamp) -> Option<Self> {
        let slots = Vec::with_capacity(limit.min(inbox.len()));
        let mut batch = Self { slots, asked: HashSet::new(), clock };
        while batch.slots.len() < limit {
            let Some(next) = inbox.front() else { break };
            let alone = matches!(next.task, Ok(Instruction::Programme(_)));
            if alone && !batch.slots.is_empty() {
                break;
            }
            let Some(Received { record, task }) = inbox.pop_front() else { break };
            batch.clock = batch.clock.max(record.appended_at);
            batch.slots.push(Slot { record, task, now: batch.clock, verdict: None });
            if alone {
                break;
            }
        }
        (!batch.slots.is_empty()).then_some(batch)
    }

    /// The next input offset behind it.
    pub(crate) fn position(&self) -> i64 {
        self.slots.last().map_or(0, |slot| slot.record.offset + 1)
    }

    /// All verdicts as one transaction, in log order. The partition row is added by the caller, as its last
    /// record.
    pub(crate) fn prepare(self, row: PartitionRow, write_ts: WriteTs) -> Prepared<M> {
        let mut transaction = Transaction { wal: Vec::new(), events: Vec::new(), position: row.position };
        assert!(
            self.slots.iter().all(|slot| slot.verdict.is_some()),
            "a batch is committed only when every record of it was judged"
        );
        let since = self.slots.first().map_or(Timestamp::NEVER, |slot| slot.record.appended_at);
        let mut tally = Tally { traced: self.traced(), ..Tally::default() };
        let mut owed = Owed { row: Some((write_ts, row)), ..Owed::default() };
        transaction.wal.reserve(self.slots.len() + 1);
        transaction.events.reserve(self.slots.len());
        owed.images.reserve(self.slots.len());
        for verdict in self.slots.into_iter().filter_map(|slot| slot.verdict) {
            transaction.wal.extend(verdict.wal);
            transaction.events.extend(verdict.events);
            owed.images.extend(verdict.image);
            owed.follow_ups.extend(verdict.follow_ups);
            owed.programmes.extend(verdict.programme);
            tally.add(verdict.said);
        }
        Prepared { transaction, owed, write_ts, since, tally }
    }

    /// Its commands that carry a trace.
    fn traced(&self) -> Vec<Traced> {
        let traced = self.slots.iter().filter_map(|slot| match &slot.task {
            Ok(Instruction::Command(command)) if !command.trace.as_str().is_empty() => Some(Traced {
                trace: command.trace.clone(),
                entity: command.entity.clone(),
                offset: slot.record.offset,
            }),
            _ => None,
        });
        traced.collect()
    }
}
