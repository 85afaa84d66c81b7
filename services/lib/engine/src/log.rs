//! The log as one ledger instance sees it: a group consumer of `member-commands`, and for each partition it
//! is given, a transactional producer, an idempotent one and a reader of `ledger-wal`.
//!
//! The surface is synchronous and one thread drives it. What takes long and happens all the time (commits,
//! appends) runs inside, on a thread per producer, and is answered by a [`LogEvent`]; what belongs to a
//! takeover blocks, each call for no longer than the implementation's request timeout. `partition` is always
//! the number shared by `member-commands` and `ledger-wal`.
//!
//! What an implementation promises (the conformance suite asks for each):
//! - classic group protocol, eager assignment; group metadata is taken when the assignment arrives and goes
//!   with every transaction, so that a stale member's transaction is refused;
//! - input is read committed and delivered in offset order, never before [`Log::start`], and a position that
//!   does not exist is an error, not a jump;
//! - nothing of a partition is delivered between [`Log::release`] and its next [`Log::start`]: no record, no
//!   commit result, no acknowledgement;
//! - after a transaction failed, the next one needs a new [`Log::fence`].

use crate::message::Outgoing;
use domain::Timestamp;
use std::time::Duration;
use thiserror::Error;

/// A record of `member-commands`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Incoming<M> {
    /// Its offset.
    pub offset: i64,
    /// The broker's append time (`LogAppendTime`).
    pub appended_at: Timestamp,
    /// Key, value and headers.
    pub message: M,
}

/// What there is of a partition of `ledger-wal`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WalRange {
    /// The first offset that still exists: retention removed what was before.
    pub start: i64,
    /// The offset behind the last record, open transactions included: the high watermark as a
    /// *read-uncommitted* client sees it. A read-committed one sees the last stable offset instead.
    pub end: i64,
}

/// A record of `ledger-wal`, committed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WalEntry<M> {
    /// Its offset.
    pub offset: i64,
    /// The broker's append time.
    pub appended_at: Timestamp,
    /// The record.
    pub message: M,
}

/// Part of a read of `ledger-wal`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WalChunk<M> {
    /// Committed records in offset order.
    pub entries: Vec<WalEntry<M>>,
    /// Where to go on. Control records and aborted ones advance it too; at or beyond the wanted end when the
    /// read is complete.
    pub next: i64,
}

/// One transaction: everything in it becomes visible together, or nothing does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transaction<M> {
    /// Records for the partition of `ledger-wal`, in order. Follow-ups are among them; the partition row is
    /// the last.
    pub wal: Vec<M>,
    /// Events, in the order they happened; those of one key keep it.
    pub events: Vec<Outgoing<M>>,
    /// The next input offset, committed for the group with the group metadata of the assignment.
    pub position: i64,
}

/// A transaction that surely was committed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Committed {
    /// The offset behind its last record in `ledger-wal`: all of the transaction is before it.
    pub wal_end: i64,
}

/// A transaction that did not come back as committed. Whatever the kind, the engine flushes nothing, reruns
/// nothing, and takes the partition over anew or gives it up: the kinds are for people and metrics.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CommitError {
    /// Refused or failed before the commit was asked for, and aborted.
    #[error("transaction aborted: {0}")]
    Aborted(String),
    /// Another producer with the same id was opened since, or the group moved on.
    #[error("fenced by a successor: {0}")]
    Fenced(String),
    /// The commit was asked for and its answer is not known.
    #[error("outcome of the commit unknown: {0}")]
    Unknown(String),
}

/// A command the engine appends to `member-commands` outside any transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Appending<M> {
    /// Returned by the acknowledgement; grows with every message of an owner.
    pub token: u64,
    /// The partition to append to: [`crate::route::partition_of`] the command's entity.
    pub to: i32,
    /// The message.
    pub message: M,
}

/// Whether this instance still owns a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ownership {
    /// The broker accepted offsets under this assignment.
    Proven,
    /// It refused them: fenced, or a stale generation.
    Refused(String),
}

/// What the log has to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LogEvent<M> {
    /// These partitions are this instance's now. Nothing of them comes before [`Log::start`].
    Assigned(Vec<i32>),
    /// These partitions are taken away, or lost. The group waits for [`Log::confirm_revoked`].
    Revoked(Vec<i32>),
    /// Records of a started partition, in offset order, without gaps but for control records.
    Records {
        /// The partition.
        partition: i32,
        /// At least one.
        records: Vec<Incoming<M>>,
    },
    /// The answer to the one [`Log::commit`] that is open in the partition.
    CommitResult {
        /// The partition.
        partition: i32,
        /// Committed, or not known to be.
        result: Result<Committed, CommitError>,
    },
    /// These messages of [`Log::append`] are in `member-commands`, acknowledged by all in-sync replicas.
    Appended {
        /// The owner's partition, not the one appended to.
        partition: i32,
        /// Their tokens, in any order.
        tokens: Vec<u64>,
    },
    /// The append producer of this owner failed for good. The engine takes the partition over anew, which
    /// sends everything again.
    AppendBroken {
        /// The owner's partition.
        partition: i32,
        /// Why.
        reason: String,
    },
}

/// The log does not answer as it should.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum LogError {
    /// Try again: a timeout, a broker that restarts.
    #[error("{0}; trying again")]
    Retry(String),
    /// This instance no longer owns the partition (fenced, stale generation): give it up.
    #[error("{0}; giving the partition up")]
    Lost(String),
    /// It will not get better by itself: a missing topic, no authorisation, unequal partition counts, an
    /// offset that does not exist.
    #[error("{0}")]
    Fatal(String),
}

/// The log of one ledger instance. See the module for what is promised.
pub trait Log {
    /// What it carries.
    type Message;

    /// The number of partitions of `member-commands`, and of `ledger-wal` (checked to be equal on opening).
    fn partitions(&self) -> i32;

    /// Appends what happened to `events`: at once if there is something, after `wait` at the latest. Also
    /// does the consumer's duties, so it has to be called often. A bounded number of records a call.
    ///
    /// # Errors
    /// [`LogError::Retry`] is logged and polled again, anything else ends the instance.
    fn poll(&mut self, wait: Duration, events: &mut Vec<LogEvent<Self::Message>>) -> Result<(), LogError>;

    /// The partitions of the last [`LogEvent::Revoked`] are torn down: the group may go on.
    ///
    /// # Errors
    /// As [`Log::poll`].
    fn confirm_revoked(&mut self) -> Result<(), LogError>;

    /// Stops delivering records of `partition`; those already on their way may still come.
    ///
    /// # Errors
    /// As [`Log::poll`].
    fn pause(&mut self, partition: i32) -> Result<(), LogError>;

    /// Delivers records of `partition` again, from where it stopped.
    ///
    /// # Errors
    /// As [`Log::poll`].
    fn resume(&mut self, partition: i32) -> Result<(), LogError>;

    /// Opens the transactional producer `ledger-<partition>`: its predecessor is fenced, and its open
    /// transaction ended. First step of a takeover.
    ///
    /// # Errors
    /// [`LogError::Retry`], [`LogError::Lost`], [`LogError::Fatal`].
    fn fence(&mut self, partition: i32) -> Result<(), LogError>;

    /// The group's committed input offset, *stable*: it waits while a transaction that carries one is open.
    /// `None` where there is none.
    ///
    /// # Errors
    /// As [`Log::fence`].
    fn committed(&mut self, partition: i32) -> Result<Option<i64>, LogError>;

    /// Start and read-uncommitted end of the partition of `ledger-wal`.
    ///
    /// # Errors
    /// As [`Log::fence`].
    fn wal_range(&mut self, partition: i32) -> Result<WalRange, LogError>;

    /// Reads `ledger-wal`, read committed, from `from` towards `to` (an end of [`Log::wal_range`]); a part of
    /// it, at the implementation's choice, but `next > from` unless nothing is left before `to`.
    ///
    /// # Errors
    /// As [`Log::fence`].
    fn read_wal(&mut self, partition: i32, from: i64, to: i64) -> Result<WalChunk<Self::Message>, LogError>;

    /// Proves ownership by a transaction that carries nothing but `position` as the input offset, under the
    /// assignment's group metadata, and is then aborted: nothing changes. If proven, the producer is opened
    /// anew.
    ///
    /// # Errors
    /// [`LogError::Retry`], [`LogError::Fatal`].
    fn prove(&mut self, partition: i32, position: i64) -> Result<Ownership, LogError>;

    /// Starts consuming at `position`; `None`: at the beginning of the log. Last step of a takeover.
    ///
    /// # Errors
    /// As [`Log::fence`]; [`LogError::Fatal`] where `position` does not exist.
    fn start(&mut self, partition: i32, position: Option<i64>) -> Result<(), LogError>;

    /// Runs one transaction on the partition's producer thread; [`LogEvent::CommitResult`] answers. At most
    /// one is open a partition.
    fn commit(&mut self, partition: i32, transaction: Transaction<Self::Message>);

    /// Appends to `member-commands`, in the order given and behind all earlier ones of this owner, idempotent
    /// and without a gap: retried until acknowledged (no message timeout). [`LogEvent::Appended`] answers.
    fn append(&mut self, partition: i32, messages: Vec<Appending<Self::Message>>);

    /// Nothing before `position` of `ledger-wal` will be read again. A log in memory may forget it.
    fn flushed(&mut self, partition: i32, position: i64) {
        let _ = (partition, position);
    }

    /// Gives the partition up at once: closes its producers without waiting, forgets what is on its way. A
    /// transaction whose commit runs may still be committed.
    fn release(&mut self, partition: i32);

    /// Leaves the group and closes everything, within the implementation's deadline.
    ///
    /// # Errors
    /// Where something did not close in time; nothing is lost by it.
    fn close(&mut self) -> Result<(), LogError>;
}
