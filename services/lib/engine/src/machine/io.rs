//! What goes into the machine and what comes out: the whole of its contact with the world, as values.

use crate::log::{Appending, CommitError, Committed, Incoming, Ownership, Transaction, WalChunk, WalRange};
use crate::store::{Answer, PartitionState, Read, TimerScan, Write};
use crate::tally::Tally;
use crate::wal::Timer;
use domain::Timestamp;
use thiserror::Error;

/// News for a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input<M> {
    /// The partition is ours: take it over. The first input of a machine.
    Assigned {
        /// Wall-clock time, to judge the age of what is unflushed.
        now: Timestamp,
    },
    /// [`Output::Fence`] is done.
    Fenced,
    /// Answers [`Output::FetchCommitted`].
    Committed(Option<i64>),
    /// Answers [`Output::FindWalRange`].
    WalRange(WalRange),
    /// Answers [`Output::ReadState`].
    State(PartitionState),
    /// Answers [`Output::ReadWal`].
    WalChunk(WalChunk<M>),
    /// Answers [`Output::Prove`].
    Ownership(Ownership),
    /// Records of `member-commands`.
    Records(Vec<Incoming<M>>),
    /// Answers [`Output::Commit`].
    CommitResult(Result<Committed, CommitError>),
    /// Acknowledges messages of [`Output::Append`].
    Appended(Vec<u64>),
    /// The append producer failed for good.
    AppendBroken(String),
    /// Answers [`Output::Read`].
    Loaded {
        /// Of the request.
        number: u64,
        /// One a read.
        answers: Vec<Answer>,
    },
    /// Answers [`Output::Write`].
    Written(u64),
    /// Answers [`Output::ScanTimers`].
    Timers {
        /// Of the request.
        number: u64,
        /// In order.
        timers: Vec<Timer>,
    },
    /// The wall clock: how far timers may be looked for. Says nothing about *now*.
    Clock(Timestamp),
    /// Finish what is decided, begin nothing new.
    Drain,
}

/// What has to be done for a partition. Everything with an answer is answered by one [`Input`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output<M> {
    /// Open the transactional producer: [`Input::Fenced`].
    Fence,
    /// [`Input::Committed`].
    FetchCommitted,
    /// [`Input::WalRange`].
    FindWalRange,
    /// [`Input::State`].
    ReadState,
    /// A part of `ledger-wal`: [`Input::WalChunk`].
    ReadWal {
        /// First offset.
        from: i64,
        /// End, exclusive.
        to: i64,
    },
    /// [`Input::Ownership`].
    Prove {
        /// The input offset to carry.
        position: i64,
    },
    /// Start consuming; `None`: at the beginning.
    Start {
        /// The first input offset.
        position: Option<i64>,
    },
    /// Nothing has to be done: what the next transaction but those under way decided, for who counts.
    Decided(Tally),
    /// Run one transaction: [`Input::CommitResult`].
    Commit(Transaction<M>),
    /// Append to `member-commands`: [`Input::Appended`].
    Append(Vec<Appending<M>>),
    /// Stop delivering records.
    Pause,
    /// Deliver records again.
    Resume,
    /// `ledger-wal` is not needed before this offset.
    Flushed(i64),
    /// Read from the store: [`Input::Loaded`].
    Read {
        /// To be returned.
        number: u64,
        /// What.
        reads: Vec<Read>,
    },
    /// Write to the store: [`Input::Written`].
    Write {
        /// To be returned.
        number: u64,
        /// What.
        write: Write,
    },
    /// Read timers: [`Input::Timers`].
    ScanTimers {
        /// To be returned.
        number: u64,
        /// Which.
        scan: TimerScan,
    },
    /// The machine ended. Release the partition in log and store; nothing else comes out.
    Stop(Stop),
}

/// Why a machine ended, and what the owner of the assignment does next.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum Stop {
    /// A commit's outcome is unknown, or an append failed: take the partition over anew, proving ownership.
    #[error("taking the partition over anew: {0}")]
    Restart(String),
    /// The partition is someone else's now: wait for an assignment.
    #[error("giving the partition up: {0}")]
    GiveUp(String),
    /// Going on could do harm: stop this partition and alert a person.
    #[error("partition halted: {0}")]
    Halt(String),
}
