//! `partitions`, `watermarks`, `programmes`, `timers`, `timer_days`: what belongs to a partition, not to an
//! entity.

use domain::{EntityId, Name, Timestamp};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer};
use scylla::{DeserializeRow, SerializeRow};
use std::sync::Arc;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct PartitionColumns<'a> {
    partition: i32,
    position: i64,
    clock: i64,
    has_cursor: bool,
    cursor_due: i64,
    cursor_entity: &'a str,
    pub(crate) write_ts: i64,
}

impl<'a> PartitionColumns<'a> {
    pub(crate) fn of(partition: i32, row: &'a PartitionRow, write_ts: i64) -> Self {
        let cursor = row.cursor.as_ref();
        Self {
            partition,
            position: row.position,
            clock: row.clock.0,
            has_cursor: cursor.is_some(),
            cursor_due: cursor.map_or(Timestamp::MIN.0, |timer| timer.due.0),
            cursor_entity: cursor.map_or("", |timer| timer.entity.as_str()),
            write_ts,
        }
    }

    pub(crate) fn row(&self) -> PartitionRow {
        let cursor = self.has_cursor.then(|| Timer {
            due: Timestamp(self.cursor_due),
            entity: EntityId::from_key(self.cursor_entity),
        });
        PartitionRow { position: self.position, clock: Timestamp(self.clock), cursor }
    }
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct WatermarkColumns {
    pub(crate) partition: i32,
    pub(crate) position: i64,
    pub(crate) write_ts: i64,
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct ProgrammeColumns<'a> {
    partition: i32,
    programme: &'a str,
    version: i32,
    rules: &'a str,
    write_ts: i64,
}

impl<'a> ProgrammeColumns<'a> {
    pub(crate) fn of(partition: i32, version: &'a ProgrammeVersion, write_ts: i64) -> Self {
        Self {
            partition,
            programme: version.programme.as_str(),
            version: version.version,
            rules: &version.text,
            write_ts,
        }
    }

    pub(crate) fn version(&self) -> ProgrammeVersion {
        ProgrammeVersion {
            programme: Name::from(self.programme),
            version: self.version,
            text: Arc::from(self.rules),
        }
    }
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct TimerColumns<'a> {
    partition: i32,
    day: i64,
    due: i64,
    entity: &'a str,
    write_ts: i64,
}

impl<'a> TimerColumns<'a> {
    pub(crate) fn of(partition: i32, timer: &'a Timer, write_ts: i64) -> Self {
        let (due, entity) = (timer.due.0, timer.entity.as_str());
        Self { partition, day: Timer::day(timer.due), due, entity, write_ts }
    }

    pub(crate) fn timer(&self) -> Timer {
        Timer { due: Timestamp(self.due), entity: EntityId::from_key(self.entity) }
    }
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct DayColumns {
    pub(crate) partition: i32,
    pub(crate) day: i64,
    pub(crate) write_ts: i64,
}
