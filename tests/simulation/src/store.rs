//! A replica of a simulated CQL store: whole rows, the newest stamp wins.
//!
//! A row is written whole and with one stamp for all of its cells, so that last write wins cell by cell is last write
//! wins row by row.

use domain::entry::Entry;
use domain::{EntityId, Name, Row, RowKey};
use engine::store::{Answer, PartitionState, Read, Stamped, TimerScan, Write};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer, WriteTs};
use std::collections::btree_map::Entry as Place;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A replica.
#[derive(Clone, Default)]
pub(crate) struct Replica {
    rows: BTreeMap<EntityId, BTreeMap<RowKey, Stamped>>,
    timers: BTreeMap<i32, BTreeSet<Timer>>,
    partitions: BTreeMap<i32, (WriteTs, PartitionRow)>,
    watermarks: BTreeMap<i32, (WriteTs, i64)>,
    programmes: BTreeMap<i32, BTreeMap<(Name, i32), ProgrammeVersion>>,
    pub(crate) entries: BTreeMap<(EntityId, WriteTs, i64), Arc<Entry>>,
}

/// Puts what was written with `write_ts` in its place: where the rule holds, unless something newer is there.
fn put<K: Ord, V>(
    rows: &mut BTreeMap<K, (WriteTs, V)>,
    key: K,
    (write_ts, value): (WriteTs, V),
    has_rule: bool,
) {
    if !has_rule || rows.get(&key).is_none_or(|(known, _)| *known <= write_ts) {
        rows.insert(key, (write_ts, value));
    }
}

impl Replica {
    /// Applies a write. `has_rule`: whether an older stamp yields to a newer one.
    pub(crate) fn apply(&mut self, write: &Write, has_rule: bool) {
        match write {
            Write::Rows { entity, rows, entries } => {
                let shelf = self.rows.entry(entity.clone()).or_default();
                for row in rows {
                    let key = row.row.key();
                    if !has_rule || shelf.get(&key).is_none_or(|known| known.write_ts <= row.write_ts) {
                        shelf.insert(key, row.clone());
                    }
                }
                for (write_ts, entry) in entries {
                    self.entries.insert((entity.clone(), *write_ts, entry.sequence), Arc::clone(entry));
                }
            }
            Write::Timer { partition, timer, .. } => {
                self.timers.entry(*partition).or_default().insert(timer.clone());
            }
            Write::Programme { partition, version, .. } => {
                let key = (version.programme.clone(), version.version);
                self.programmes.entry(*partition).or_default().insert(key, version.clone());
            }
            Write::Partition { partition, row, write_ts } => {
                put(&mut self.partitions, *partition, (*write_ts, row.clone()), has_rule);
            }
            Write::Watermark { partition, position, write_ts } => {
                put(&mut self.watermarks, *partition, (*write_ts, *position), has_rule);
            }
        }
    }

    /// Who has rows in it.
    pub(crate) fn entities(&self) -> Vec<EntityId> {
        self.rows.keys().cloned().collect()
    }

    /// The rows of an account.
    pub(crate) fn rows(&self, entity: &EntityId) -> impl Iterator<Item = (&RowKey, &Stamped)> {
        self.rows.get(entity).into_iter().flatten()
    }

    /// What it knows.
    pub(crate) fn read(&self, read: &Read) -> Answer {
        let shelf = self.rows.get(read.entity());
        let all = || shelf.into_iter().flat_map(|shelf| shelf.values().cloned());
        match read {
            Read::Head(_) => Answer::Head {
                account: shelf.and_then(|shelf| shelf.get(&RowKey::Account).cloned()),
                lots: all().filter(|row| matches!(*row.row, Row::Lot(_))).collect(),
            },
            Read::Row(_, key) => Answer::Row(shelf.and_then(|shelf| shelf.get(key).cloned())),
            Read::Whole(_) => Answer::Whole(all().collect()),
        }
    }

    pub(crate) fn timers(&self, scan: &TimerScan) -> Vec<Timer> {
        let there = self.timers.get(&scan.partition).into_iter().flatten();
        let meant = there.filter(|timer| **timer > scan.after && timer.due <= scan.until);
        meant.take(scan.limit).cloned().collect()
    }

    pub(crate) fn state(&self, partition: i32) -> PartitionState {
        let (row, watermark) = (self.partitions.get(&partition), self.watermarks.get(&partition));
        let programmes = self.programmes.get(&partition).into_iter().flat_map(BTreeMap::values);
        PartitionState {
            row: row.map(|(_, row)| row.clone()),
            row_ts: row.map_or(WriteTs::default(), |(write_ts, _)| *write_ts),
            watermark: watermark.map(|(_, position)| *position),
            watermark_ts: watermark.map_or(WriteTs::default(), |(write_ts, _)| *write_ts),
            programmes: programmes.cloned().collect(),
        }
    }
}

/// The newer of two answers to one read, row by row.
pub(crate) fn newest(one: Answer, other: Answer) -> Answer {
    match (one, other) {
        (Answer::Head { account, lots }, Answer::Head { account: other, lots: others }) => {
            Answer::Head { account: newer(account, other), lots: newest_rows(lots, others) }
        }
        (Answer::Row(one), Answer::Row(other)) => Answer::Row(newer(one, other)),
        (Answer::Whole(rows), Answer::Whole(others)) => Answer::Whole(newest_rows(rows, others)),
        (one, _) => one,
    }
}

fn newer(one: Option<Stamped>, other: Option<Stamped>) -> Option<Stamped> {
    [one, other].into_iter().flatten().max_by_key(|row| row.write_ts)
}

fn newest_rows(rows: Vec<Stamped>, others: Vec<Stamped>) -> Vec<Stamped> {
    let mut newest: BTreeMap<RowKey, Stamped> = BTreeMap::new();
    for row in rows.into_iter().chain(others) {
        match newest.entry(row.row.key()) {
            Place::Vacant(place) => _ = place.insert(row),
            Place::Occupied(mut known) if known.get().write_ts <= row.write_ts => _ = known.insert(row),
            Place::Occupied(_) => {}
        }
    }
    newest.into_values().collect()
}

/// Of two answers about a partition, the newer row and the newer watermark.
pub(crate) fn newest_state(one: PartitionState, other: PartitionState) -> PartitionState {
    let (row, row_ts) =
        if one.row_ts >= other.row_ts { (one.row, one.row_ts) } else { (other.row, other.row_ts) };
    let (watermark, watermark_ts) = if one.watermark_ts >= other.watermark_ts {
        (one.watermark, one.watermark_ts)
    } else {
        (other.watermark, other.watermark_ts)
    };
    let key = |version: &ProgrammeVersion| (version.programme.clone(), version.version);
    let mut programmes: Vec<_> = one.programmes.into_iter().chain(other.programmes).collect();
    programmes.sort_by_key(key);
    programmes.dedup_by_key(|version| key(version));
    PartitionState { row, row_ts, watermark, watermark_ts, programmes }
}
