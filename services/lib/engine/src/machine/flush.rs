//! Flushing: what a committed transaction still owes the store and `member-commands`, and the watermark
//! behind which nothing is owed.
//!
//! Invariant: the watermark passes a position of `ledger-wal` only when every row, timer, programme and
//! follow-up before it was acknowledged. Nothing comes in here before its commit returned success.

use crate::store::{Stamped, Write};
use crate::wal::{EntityImage, FollowUp, PartitionRow, ProgrammeVersion, Timer, WalRecord, WriteTs};
use domain::entry::Entry;
use domain::{EntityId, RowKey};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// What was committed and has to be performed: of one transaction, or of a log's tail.
#[derive(Clone, Debug, Default)]
pub(crate) struct Owed {
    pub(crate) images: Vec<EntityImage>,
    pub(crate) programmes: Vec<(WriteTs, ProgrammeVersion)>,
    pub(crate) follow_ups: Vec<FollowUp>,
    /// The newest partition row.
    pub(crate) row: Option<(WriteTs, PartitionRow)>,
}

impl Owed {
    /// Adds a record of `ledger-wal`, in log order.
    pub(crate) fn add(&mut self, record: WalRecord) {
        match record {
            WalRecord::Rows(image) => self.images.push(image),
            WalRecord::FollowUp(follow_up) => self.follow_ups.push(follow_up),
            WalRecord::Programme(write_ts, version) => self.programmes.push((write_ts, version)),
            WalRecord::Partition(write_ts, row) => self.row = Some((write_ts, row)),
        }
    }

    /// The writes of it, one for each entity with its newest images, entities in the order they first came.
    pub(crate) fn writes(self, partition: i32, statement: bool) -> Vec<(Write, Acknowledges)> {
        let mut entities: Vec<Touched> = Vec::new();
        let mut places: HashMap<EntityId, usize> = HashMap::new();
        let mut writes = Vec::new();
        for image in self.images {
            if let Some(due) = image.due {
                let timer = Timer { due, entity: image.entity.clone() };
                let write = Write::Timer { partition, timer: timer.clone(), write_ts: image.write_ts };
                writes.push((write, Acknowledges::Timer(timer)));
            }
            let place = *places.entry(image.entity.clone()).or_insert_with(|| {
                entities.push(Touched {
                    entity: image.entity.clone(),
                    rows: Vec::new(),
                    entries: Vec::new(),
                });
                entities.len() - 1
            });
            entities[place].add(image, statement);
        }
        for (write_ts, version) in self.programmes {
            writes.push((Write::Programme { partition, version, write_ts }, Acknowledges::Nothing));
        }
        writes.extend(entities.into_iter().map(Touched::into_write));
        if let Some((write_ts, row)) = self.row {
            writes.push((Write::Partition { partition, row, write_ts }, Acknowledges::Nothing));
        }
        writes
    }
}

/// An entity's newest images.
struct Touched {
    entity: EntityId,
    rows: Vec<Stamped>,
    entries: Vec<(WriteTs, Arc<Entry>)>,
}

impl Touched {
    fn add(&mut self, image: EntityImage, statement: bool) {
        let EntityImage { write_ts, rows, entries, .. } = image;
        self.rows.extend(rows.into_iter().map(|row| Stamped { write_ts, row }));
        if statement {
            self.entries.extend(entries.into_iter().map(|entry| (write_ts, entry)));
        }
    }

    fn into_write(mut self) -> (Write, Acknowledges) {
        // Newest first within a key, then only the first of each.
        self.rows.sort_by_key(|stamped| (stamped.row.key(), std::cmp::Reverse(stamped.write_ts)));
        self.rows.dedup_by_key(|stamped| stamped.row.key());
        let keys = self.rows.iter().map(|stamped| (stamped.row.key(), stamped.write_ts)).collect();
        let acknowledges = Acknowledges::Rows(self.entity.clone(), keys);
        (Write::Rows { entity: self.entity, rows: self.rows, entries: self.entries }, acknowledges)
    }
}

/// What the acknowledgement of a write says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Acknowledges {
    /// These images are in the store.
    Rows(EntityId, Vec<(RowKey, WriteTs)>),
    /// This timer is.
    Timer(Timer),
    /// Nothing anyone waits for but the watermark.
    Nothing,
}

#[derive(Debug)]
struct Unit {
    wal_end: i64,
    write_ts: WriteTs,
    open: usize,
}

/// What is outstanding, by transaction.
#[derive(Debug, Default)]
pub(crate) struct Flush {
    units: VecDeque<Unit>,
    /// The number of the first of `units`.
    first: u64,
    writes: HashMap<u64, (u64, Acknowledges)>,
    appends: HashMap<u64, u64>,
    /// The furthest position behind which nothing is owed, not written yet.
    reached: Option<(i64, WriteTs)>,
    /// The watermark that is being written: request number and position.
    writing: Option<(u64, i64)>,
}

impl Flush {
    /// Begins a unit: everything before `wal_end`, stamped by its partition row.
    pub(crate) fn begin(&mut self, wal_end: i64, write_ts: WriteTs) -> u64 {
        self.units.push_back(Unit { wal_end, write_ts, open: 0 });
        self.first + self.units.len() as u64 - 1
    }

    /// A write of `unit` is under way.
    pub(crate) fn expect_write(&mut self, unit: u64, number: u64, acknowledges: Acknowledges) {
        self.writes.insert(number, (unit, acknowledges));
        self.unit(unit).open += 1;
    }

    /// An append of `unit` is under way.
    pub(crate) fn expect_append(&mut self, unit: u64, token: u64) {
        self.appends.insert(token, unit);
        self.unit(unit).open += 1;
    }

    fn unit(&mut self, unit: u64) -> &mut Unit {
        let place = usize::try_from(unit - self.first).expect("units are few");
        &mut self.units[place]
    }

    /// A write was acknowledged; `None` where nobody waits for it.
    pub(crate) fn written(&mut self, number: u64) -> Option<Acknowledges> {
        let (unit, acknowledges) = self.writes.remove(&number)?;
        self.unit(unit).open -= 1;
        Some(acknowledges)
    }

    /// An append was acknowledged.
    pub(crate) fn appended(&mut self, token: u64) {
        if let Some(unit) = self.appends.remove(&token) {
            self.unit(unit).open -= 1;
        }
    }

    /// The watermark to write now, if it moved and none is being written.
    pub(crate) fn next_watermark(&mut self, number: impl FnOnce() -> u64) -> Option<(u64, i64, WriteTs)> {
        while self.units.front().is_some_and(|unit| unit.open == 0) {
            if let Some(unit) = self.units.pop_front() {
                self.first += 1;
                self.reached = Some((unit.wal_end, unit.write_ts));
            }
        }
        if self.writing.is_some() {
            return None;
        }
        let (position, write_ts) = self.reached.take()?;
        let number = number();
        self.writing = Some((number, position));
        Some((number, position, write_ts))
    }

    /// The position of the watermark, where this acknowledges it.
    pub(crate) fn watermark_written(&mut self, number: u64) -> Option<i64> {
        let (_, position) = self.writing.take_if(|(expected, _)| *expected == number)?;
        Some(position)
    }

    /// Whether nothing is owed and the watermark says so.
    pub(crate) fn is_settled(&self) -> bool {
        self.units.is_empty() && self.reached.is_none() && self.writing.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watermark_waits_for_the_oldest_unit() {
        let mut flush = Flush::default();
        let first = flush.begin(10, WriteTs(1));
        flush.expect_write(first, 100, Acknowledges::Nothing);
        flush.expect_append(first, 7);
        let second = flush.begin(20, WriteTs(2));
        flush.expect_write(second, 101, Acknowledges::Nothing);

        assert!(flush.written(101).is_some());
        assert_eq!(flush.next_watermark(|| 1), None, "the first unit owes a write and an append");
        assert!(flush.written(100).is_some());
        assert_eq!(flush.next_watermark(|| 1), None, "the first unit owes an append");
        flush.appended(7);
        assert_eq!(flush.next_watermark(|| 1), Some((1, 20, WriteTs(2))));
        assert!(!flush.is_settled());
        assert_eq!(flush.watermark_written(1), Some(20));
        assert!(flush.is_settled());
    }
}
