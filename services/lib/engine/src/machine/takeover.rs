//! Takeover of a partition: from the assignment to the first record (design §5).
//!
//! Fence, committed offset, end of `ledger-wal`, and only then the state and the tail: in this order whatever
//! the predecessor committed is either before the noted end or refused. Nothing is consumed, decided or
//! flushed before the committed offset was found to agree with the partition row.
//!
//! # Agreement, and the log's epoch
//! Offset and row are from one transaction, so in one log they are equal. The row's stamp says which log that
//! was: its epoch is the row's, and the configured one is that of the `member-commands` there is now.
//!
//! | The newest partition row (store or tail) is | The group's committed offset must be | Then |
//! |---|---|---|
//! | of the configured epoch | the row's position | go on there |
//! | of an earlier epoch | none: nothing was decided in this log yet | begin this log, with the row's clock and timers |
//! | of a later epoch | | halt: this instance is set up with an old epoch |
//! | not there | none | begin this log |
//!
//! Anything else halts. So a log that was made anew under an unchanged epoch (a row, and no offset) halts, as
//! its stamps would be older than those in the store; and so does an epoch that was raised without a new log
//! (an offset, and a row of the epoch before). What the old log's transactions still owe the store comes with
//! the tail, whatever its epoch. Where the tail begins is [`super::tail`]'s.

use super::flush::Owed;
use super::io::{Input, Output, Stop};
use super::tail::{Known, Tail, is_old};
use crate::codec::Codec;
use crate::config::Config;
use crate::core::Context;
use crate::log::{Ownership, WalChunk, WalEntry, WalRange};
use crate::store::PartitionState;
use crate::unguarded::Safeguard;
use crate::wal::{PartitionRow, WalRecord, WriteTs};
use domain::Timestamp;

/// What a takeover finds: where to start and what the predecessor left to be flushed.
#[derive(Debug)]
pub(crate) struct TakenOver {
    /// The partition row, the newest of store and log; `None` where nothing was ever decided.
    pub(crate) row: Option<PartitionRow>,
    /// The first input offset; `None`: the beginning of the log.
    pub(crate) start: Option<i64>,
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
    tail: Tail,
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
            tail: Tail::default(),
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
        let epoch = context.config.epoch;
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
                not_behind(self.state.row_ts.max(self.state.watermark_ts), epoch)?;
                let Self { state, range, committed, .. } = self;
                let known = Known { state, range: *range, committed: *committed, epoch };
                let from = self.tail.begin(&known)?;
                self.read_tail(from, &context.config, out)
            }
            (Step::Tail, Input::WalChunk(chunk)) => {
                let next = chunk.next;
                let again = self.add(context, chunk)?;
                self.read_tail(again.unwrap_or(next), &context.config, out)
            }
            (Step::Proof { then_halt }, Input::Ownership(ownership)) => {
                self.proven(then_halt, epoch, ownership)
            }
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

    /// The partition row and its stamp, from the tail where that has one, for it is newer.
    fn row(&self) -> Option<(WriteTs, &PartitionRow)> {
        let stored = self.state.row.as_ref().map(|row| (self.state.row_ts, row));
        self.owed.row.as_ref().map(|(write_ts, row)| (*write_ts, row)).or(stored)
    }

    /// The input offset the group must have committed.
    fn expected(&self, epoch: i64) -> Option<i64> {
        self.row().filter(|(write_ts, _)| write_ts.epoch() == epoch).map(|(_, row)| row.position)
    }

    fn read_tail<M>(
        &mut self,
        from: i64,
        config: &Config,
        out: &mut Vec<Output<M>>,
    ) -> Result<Option<TakenOver>, Stop> {
        if from < self.range.end {
            return self.ask(Step::Tail, Output::ReadWal { from, to: self.range.end }, out);
        }
        self.check(config, out)
    }

    /// Takes a part of the tail; an offset where that was of another log, and has to be read again from there.
    fn add<C: Codec>(
        &mut self,
        context: &Context<C>,
        chunk: WalChunk<C::Message>,
    ) -> Result<Option<i64>, Stop> {
        let mut entries = chunk.entries.into_iter();
        if self.tail.at_foot() {
            let first = entries.next();
            let record = first.as_ref().map(|entry| read(context, entry)).transpose()?;
            let place = first.as_ref().map(|entry| entry.offset).zip(record.as_ref());
            let Self { state, range, committed, .. } = self;
            let known = Known { state, range: *range, committed: *committed, epoch: context.config.epoch };
            if let Some(again) = self.tail.stand_on(&known, place)? {
                return Ok(Some(again));
            }
        }
        for entry in entries {
            if let Some(retention) = context.config.wal_retention
                && is_old(&entry, self.now, retention)
            {
                return Err(Stop::Halt(format!(
                    "ledger-wal offset {} of {} is not in the store yet, and older than half of the retention \
                     of {retention} ms; raise the retention of ledger-wal, then start again",
                    entry.offset, entry.appended_at
                )));
            }
            let record = read(context, &entry)?;
            self.tail.pass(&record);
            self.owed.add(record);
            self.tail_end = Some(entry.offset + 1);
        }
        Ok(None)
    }

    /// The committed offset against the partition row: both are from one transaction.
    fn check<M>(&mut self, config: &Config, out: &mut Vec<Output<M>>) -> Result<Option<TakenOver>, Stop> {
        let epoch = config.epoch;
        let Self { state, range, committed, .. } = self;
        self.tail.end(&Known { state, range: *range, committed: *committed, epoch })?;
        if let Some((write_ts, _)) = self.row() {
            not_behind(write_ts, epoch)?;
        }
        let expected = self.expected(epoch);
        let unchecked = config.lacks(Safeguard::PartitionRowCheck);
        let agree = self.committed == expected || unchecked;
        if agree && !self.suspect {
            return Ok(Some(self.finish()));
        }
        let position = self.committed.or(expected).unwrap_or(0);
        self.ask(Step::Proof { then_halt: !agree }, Output::Prove { position }, out)
    }

    fn proven(
        &mut self,
        then_halt: bool,
        epoch: i64,
        ownership: Ownership,
    ) -> Result<Option<TakenOver>, Stop> {
        match ownership {
            Ownership::Refused(reason) => Err(Stop::GiveUp(reason)),
            Ownership::Proven if then_halt => Err(Stop::Halt(self.disagreement(epoch))),
            Ownership::Proven => Ok(Some(self.finish())),
        }
    }

    /// What a person has to know where offset and row do not agree.
    fn disagreement(&self, epoch: i64) -> String {
        let offset = |at: Option<i64>| at.map_or("none".to_owned(), |at| at.to_string());
        let (found, expected) = (offset(self.committed), offset(self.expected(epoch)));
        let found = format!("the group's committed offset is {found}, expected {expected}");
        match self.row() {
            Some((write_ts, _)) if write_ts.epoch() < epoch => format!(
                "{found}: the partition row is of log epoch {row}, and nothing was decided in epoch {epoch} \
                 yet; if member-commands was not made anew, set `epoch` to {row}; if it was, delete the group's \
                 offsets of it",
                row = write_ts.epoch()
            ),
            Some(_) => format!(
                "{found}, that of the partition row; if member-commands was made anew, raise `epoch` to {next} \
                 in every instance; if the group's offsets were lost or changed by hand, set them to the expected \
                 one",
                next = epoch + 1
            ),
            None => format!(
                "{found}: there is no partition row; if the tables were made anew, rebuild them from \
                 member-commands (`lotstream rebuild --keyspace NEW`); if not, is `keyspace` the right one?"
            ),
        }
    }

    fn finish(&mut self) -> TakenOver {
        TakenOver {
            row: self.row().map(|(_, row)| row.clone()),
            start: self.committed,
            state: std::mem::take(&mut self.state),
            owed: std::mem::take(&mut self.owed),
            tail_end: self.tail_end,
        }
    }
}

fn read<C: Codec>(context: &Context<C>, entry: &WalEntry<C::Message>) -> Result<WalRecord, Stop> {
    context.codec.decode_wal(&entry.message).map_err(|error| {
        Stop::Halt(format!("ledger-wal offset {}: {error}; start a version that reads it", entry.offset))
    })
}

/// Halts where this stamp is of a later epoch than this instance writes: its own would be older.
fn not_behind(write_ts: WriteTs, epoch: i64) -> Result<(), Stop> {
    let found = write_ts.epoch();
    if found <= epoch {
        return Ok(());
    }
    Err(Stop::Halt(format!(
        "the partition was written in log epoch {found}, expected {epoch} (as this instance is set up) or an \
         earlier one; set `epoch` to {found} in every instance of the group"
    )))
}

impl TakenOver {
    /// The stamp of the tail: that of its partition row.
    pub(crate) fn tail_ts(&self) -> WriteTs {
        self.owed.row.as_ref().map_or(WriteTs::default(), |(write_ts, _)| *write_ts)
    }
}
