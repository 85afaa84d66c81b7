//! Where the tail of `ledger-wal` begins: what is before it is in the store, what is behind it may not be.
//!
//! The watermark is an offset, and an offset means something in one log only. The record before it is the
//! partition row of the last flushed transaction, with the watermark's own stamp: reading begins there, and
//! where that record is not found (beyond the end, or something else) the watermark is of another
//! `ledger-wal`, which is gone. Then all of this one is tail, if nothing of the other can be missing:
//! - the watermark's stamp is that of the stored partition row, and the group's committed offset is the row's
//!   position: nothing was committed behind the watermark; or
//! - the same stamps, and the row is of an earlier epoch: `member-commands` was made anew too, with its
//!   offsets. Its last transactions may have been committed and not flushed at all, which nothing can tell:
//!   **drain every ledger (exit code 0) before both topics are deleted**; or
//! - the stored row is of this epoch, the watermark of an earlier one, and the row is found in this log, which
//!   is whole: the instance that wrote it took over at the beginning of this log and saw one of the above.
//!
//! Otherwise the partition halts: rows may be lost that only a rebuild from `member-commands` brings back.

use super::io::Stop;
use crate::log::{WalEntry, WalRange};
use crate::store::PartitionState;
use crate::wal::{WalRecord, WriteTs};

/// The beginning of a tail.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// Where the watermark's own partition row must be.
    foot: Option<i64>,
    /// The stamp of a partition row that must be among the records of the tail.
    sought: Option<WriteTs>,
}

/// What is known when the tail is about to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) state: &'a PartitionState,
    pub(crate) range: WalRange,
    pub(crate) committed: Option<i64>,
    /// The configured epoch.
    pub(crate) epoch: i64,
}

impl Tail {
    /// The first offset to read.
    pub(crate) fn begin(&mut self, known: &Known<'_>) -> Result<i64, Stop> {
        let Known { state, range, .. } = known;
        let Some(watermark) = state.watermark.filter(|watermark| *watermark > range.start) else {
            return known.at_the_start();
        };
        if watermark > range.end {
            return self.of_another_log(known);
        }
        self.foot = Some(watermark - 1);
        Ok(watermark - 1)
    }

    /// Whether the record before the watermark is being read.
    pub(crate) const fn at_foot(&self) -> bool {
        self.foot.is_some()
    }

    /// The first record of the tail's first chunk, if it has one: `Ok(None)` where it is the watermark's own
    /// row, otherwise where to read again.
    pub(crate) fn stand_on(
        &mut self,
        known: &Known<'_>,
        first: Option<(i64, &WalRecord)>,
    ) -> Result<Option<i64>, Stop> {
        let foot = self.foot.take();
        match first {
            Some((offset, WalRecord::Partition(write_ts, _)))
                if Some(offset) == foot && *write_ts == known.state.watermark_ts =>
            {
                Ok(None)
            }
            _ => self.of_another_log(known).map(Some),
        }
    }

    /// A record of the tail.
    pub(crate) fn pass(&mut self, record: &WalRecord) {
        if let WalRecord::Partition(write_ts, _) = record {
            self.sought.take_if(|sought| sought == write_ts);
        }
    }

    /// The tail was read to its end.
    pub(crate) fn end(&self, known: &Known<'_>) -> Result<(), Stop> {
        if self.sought.is_some() { Err(known.lost()) } else { Ok(()) }
    }

    /// The watermark is of another log: all of this one, if nothing of the other is missing.
    fn of_another_log(&mut self, known: &Known<'_>) -> Result<i64, Stop> {
        let Known { state, range, epoch, .. } = known;
        let begun_in_this = state.watermark_ts.epoch() < *epoch && state.row_ts.epoch() == *epoch;
        if !known.is_covered() {
            if !begun_in_this || range.start > 0 {
                return Err(known.lost());
            }
            self.sought = Some(state.row_ts);
        }
        tracing::warn!(
            watermark = state.watermark,
            start = range.start,
            end = range.end,
            "ledger-wal was made anew since the last flush; all of it is read"
        );
        Ok(range.start)
    }
}

impl Known<'_> {
    /// Nothing is left of what was before the watermark. Behind it, retention may have removed control records
    /// only: then the watermark is that of the last transaction, or there never was one.
    fn at_the_start(&self) -> Result<i64, Stop> {
        let (from, start) = (self.state.watermark.unwrap_or(0), self.range.start);
        if from < start && !self.is_covered() {
            return Err(Stop::Halt(format!(
                "ledger-wal begins at {start}, expected {from}, the flush watermark: what is between was removed \
                 by retention and never reached the store; rebuild the store from member-commands (`lotstream rebuild \
                 --keyspace NEW`)"
            )));
        }
        Ok(start)
    }

    /// Whether the watermark covers everything that was committed before what `ledger-wal` holds now.
    fn is_covered(&self) -> bool {
        let Some(row) = &self.state.row else {
            return self.state.watermark.is_none() && self.committed.is_none();
        };
        let raised = self.state.row_ts.epoch() < self.epoch;
        self.state.watermark.is_some()
            && self.state.watermark_ts == self.state.row_ts
            && (raised || self.committed == Some(row.position))
    }

    fn lost(&self) -> Stop {
        let offset = |at: Option<i64>| at.map_or("none".to_owned(), |at| at.to_string());
        let WalRange { start, end } = self.range;
        Stop::Halt(format!(
            "ledger-wal holds {start} to {end}, expected the row of {stamp:?} before {watermark}, the flush \
             watermark: the topic was made anew while transactions of the old one were not in the store (the \
             group's offset is {committed}, the stored partition row is of {row:?}); rebuild the store from \
             member-commands (`lotstream rebuild --keyspace NEW`)",
            stamp = self.state.watermark_ts,
            watermark = offset(self.state.watermark),
            committed = offset(self.committed),
            row = self.state.row_ts,
        ))
    }
}

/// Whether `entry` is older than half of `retention`, both in milliseconds: then it may be gone tomorrow.
pub(crate) fn is_old<M>(entry: &WalEntry<M>, now: domain::Timestamp, retention: i64) -> bool {
    entry.appended_at < now.plus_millis(-(retention / 2))
}
