//! Takeover of a partition: from the assignment to the first record (design §5).
//!
//! Fence, committed offset, end of `ledger-wal`, and only then the state and the tail: in this order whatever
//! the predecessor committed is either before the noted end or refused. Nothing is consumed, decided or
//! flushed before the committed offset was found to agree with the partition row.

use super::flush::Owed;
use super::io::{Input, Output, Stop};
use crate::codec::Codec;
use crate::core::Context;
use crate::log::{Ownership, WalChunk, WalRange};
use crate::store::PartitionState;
use crate::wal::{PartitionRow, WriteTs};
use domain::Timestamp;

/// What a takeover finds: where to start and what the predecessor left to be flushed.
#[derive(Debug)]
pub(crate) struct TakenOver {
    /// The partition row, the newest of store and log; `None` where nothing was ever decided.
    pub(crate) row: Option<PartitionRow>,
    pub(crate) state: PartitionState,
    pub(crate) owed: Owed,
    /// The offset behind the last record of the tail; `None` where the tail is empty.
    pub(crate) tail_end: Option<i64>,
}

/// What is being waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Fence,
    Committed,
    Range,
    State,
    Tail,
    Proof { then_halt: bool },
}

/// A takeover under way.
#[derive(Debug)]
pub(crate) struct Takeover {
    /// Whether ownership is to be proven in any case: the last thing that happened was a failed commit.
    suspect: bool,
    now: Timestamp,
    step: Step,
    committed: Option<i64>,
    range: WalRange,
    state: PartitionState,
    owed: Owed,
    tail_end: Option<i64>,
}

impl Takeover {
    /// Begins; `now` is the wall clock's.
    pub(crate) fn begin<M>(suspect: bool, now: Timestamp, out: &mut Vec<Output<M>>) -> Self {
        out.push(Output::Fence);
        Self {
            suspect,
            now,
            step: Step::Fence,
            committed: None,
            range: WalRange { start: 0, end: 0 },
            state: PartitionState::default(),
            owed: Owed::default(),
            tail_end: None,
        }
    }

    /// The next answer; the finished takeover once the partition may be consumed.
    pub(crate) fn handle<C: Codec>(
        &mut self,
        context: &Context<C>,
        input: Input<C::Message>,
        out: &mut Vec<Output<C::Message>>,
    ) -> Result<Option<TakenOver>, Stop> {
        match (self.step, input) {
            (Step::Fence, Input::Fenced) => self.ask(Step::Committed, Output::FetchCommitted, out),
            (Step::Committed, Input::Committed(offset)) => {
                self.committed = offset;
                self.ask(Step::Range, Output::FindWalRange, out)
            }
            (Step::Range, Input::WalRange(range)) => {
                self.range = range;
                self.ask(Step::State, Output::ReadState, out)
            }
            (Step::State, Input::State(state)) => {
                self.state = state;
                let from = self.tail_start()?;
                self.read_tail(from, out)
            }
            (Step::Tail, Input::WalChunk(chunk)) => {
                let next = chunk.next;
                self.add(context, chunk)?;
                self.read_tail(next, out)
            }
            (Step::Proof { then_halt }, Input::Ownership(ownership)) => self.proven(then_halt, ownership),
            // A clock that goes on meanwhile, or an answer to what a predecessor asked.
            _ => Ok(None),
        }
    }

    fn ask<M>(
        &mut self,
        step: Step,
        output: Output<M>,
        out: &mut Vec<Output<M>>,
    ) -> Result<Option<TakenOver>, Stop> {
        self.step = step;
        out.push(output);
        Ok(None)
    }

    /// The partition row, from the tail where that has one, for it is newer.
    fn row(&self) -> Option<&PartitionRow> {
        self.owed.row.as_ref().map(|(_, row)| row).or(self.state.row.as_ref())
    }

    /// Where the tail begins. Behind the watermark retention may have removed control records only: then the
    /// watermark is that of the last transaction, or there never was one.
    fn tail_start(&self) -> Result<i64, Stop> {
        let from = self.state.watermark.unwrap_or(0);
        let row = self.state.row.as_ref();
        let covered = self.state.watermark_ts == self.state.row_ts
            && self.committed == row.map(|row| row.position)
            && (self.state.watermark.is_some() || row.is_none());
        if from < self.range.start && !covered {
            return Err(Stop::Halt(format!(
                "ledger-wal begins at {}, expected {from}, the flush watermark: what is between was removed by \
                 retention and never reached the store; rebuild the store from member-commands",
                self.range.start
            )));
        }
        Ok(from.max(self.range.start))
    }

    fn read_tail<M>(&mut self, from: i64, out: &mut Vec<Output<M>>) -> Result<Option<TakenOver>, Stop> {
        if from < self.range.end {
            return self.ask(Step::Tail, Output::ReadWal { from, to: self.range.end }, out);
        }
        self.check(out)
    }

    fn add<C: Codec>(&mut self, context: &Context<C>, chunk: WalChunk<C::Message>) -> Result<(), Stop> {
        for entry in chunk.entries {
            if let Some(retention) = context.config.wal_retention
                && entry.appended_at < self.now.plus_millis(-(retention / 2))
            {
                return Err(Stop::Halt(format!(
                    "ledger-wal offset {} of {} is not in the store yet, and older than half of the retention \
                     of {retention} ms; raise the retention of ledger-wal, then start again",
                    entry.offset, entry.appended_at
                )));
            }
            let record = context.codec.decode_wal(&entry.message).map_err(|error| {
                Stop::Halt(format!(
                    "ledger-wal offset {}: {error}; start a version that reads it",
                    entry.offset
                ))
            })?;
            self.owed.add(record);
            self.tail_end = Some(entry.offset + 1);
        }
        Ok(())
    }

    /// The committed offset against the partition row: both are from one transaction.
    fn check<M>(&mut self, out: &mut Vec<Output<M>>) -> Result<Option<TakenOver>, Stop> {
        let position = self.row().map(|row| row.position);
        let agree = self.committed == position;
        if agree && !self.suspect {
            return Ok(Some(self.finish()));
        }
        let position = self.committed.or(position).unwrap_or(0);
        self.ask(Step::Proof { then_halt: !agree }, Output::Prove { position }, out)
    }

    fn proven(&mut self, then_halt: bool, ownership: Ownership) -> Result<Option<TakenOver>, Stop> {
        match ownership {
            Ownership::Refused(reason) => Err(Stop::GiveUp(reason)),
            Ownership::Proven if then_halt => {
                let offset = |at: Option<i64>| at.map_or("none".to_owned(), |at| at.to_string());
                Err(Stop::Halt(format!(
                    "the group's committed offset is {}, expected {}, that of the partition row; if the \
                     group's offsets were lost or changed by hand, set them to the expected one",
                    offset(self.committed),
                    offset(self.row().map(|row| row.position))
                )))
            }
            Ownership::Proven => Ok(Some(self.finish())),
        }
    }

    fn finish(&mut self) -> TakenOver {
        TakenOver {
            row: self.row().cloned(),
            state: std::mem::take(&mut self.state),
            owed: std::mem::take(&mut self.owed),
            tail_end: self.tail_end,
        }
    }
}

impl TakenOver {
    /// The stamp of the tail: that of its partition row.
    pub(crate) fn tail_ts(&self) -> WriteTs {
        self.owed.row.as_ref().map_or(WriteTs::default(), |(write_ts, _)| *write_ts)
    }
}
