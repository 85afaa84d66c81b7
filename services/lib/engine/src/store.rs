//! The store as one ledger instance sees it: rows by key, written with a stamp, the newest image wins.
//!
//! Requests that happen all the time carry a [`Ticket`] and are answered by a [`StoreEvent`]; an
//! implementation hides its own concurrency. **They never fail**: reads and writes are retried inside until
//! they are answered by a quorum, or forgotten by [`Store::release`]. Outstanding work is bounded by the
//! engine. What cannot be retried (a missing table, a wrong schema) comes from [`Store::poll`] and ends the
//! instance.
//!
//! What an implementation promises (the conformance suite asks for each):
//! - a row written with an older stamp never replaces one with a newer; the same stamp twice is once;
//! - a write that was acknowledged is seen by every later read, of whichever instance;
//! - every column is bound, rows are never deleted, an absent row is reported as absent.

use crate::wal::{EntityImage, PartitionRow, ProgrammeVersion, Timer, WriteTs};
use domain::entry::Entry;
use domain::{EntityId, Row, RowKey, Timestamp};
use std::sync::Arc;
use thiserror::Error;

/// Names a request, so that its answer finds the one who asked. An implementation only returns it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket {
    /// The partition that asked: what [`Store::release`] forgets.
    pub partition: i32,
    /// Unique in the instance's lifetime.
    pub number: u64,
}

/// A row's image and its stamp.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stamped {
    /// The stamp it was written with.
    pub write_ts: WriteTs,
    /// The image.
    pub row: Arc<Row>,
}

/// What to read of an entity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Read {
    /// The head row, and every lot from its `live_from` on. The head is read first (or at the same time as a
    /// wider range), never after the lots.
    Head(EntityId),
    /// One row. [`RowKey::Account`] reads the head row alone.
    Row(EntityId, RowKey),
    /// Every row of the entity.
    Whole(EntityId),
}

impl Read {
    /// Whose rows.
    pub const fn entity(&self) -> &EntityId {
        let (Self::Head(entity) | Self::Row(entity, _) | Self::Whole(entity)) = self;
        entity
    }
}

/// What was read: the answer to the [`Read`] of the same place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// To [`Read::Head`].
    Head {
        /// The head row; `None` where the entity has none: then it has no lots either.
        account: Option<Stamped>,
        /// Lots with `issued_month >= live_from`, in key order.
        lots: Vec<Stamped>,
    },
    /// To [`Read::Row`]; `None` where there is no such row.
    Row(Option<Stamped>),
    /// To [`Read::Whole`], in key order; empty where there is none.
    Whole(Vec<Stamped>),
}

/// What to write. Each row with its own stamp (`USING TIMESTAMP`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Write {
    /// Rows of one entity: one unlogged batch. Each key once.
    Rows {
        /// Whose.
        entity: EntityId,
        /// The images.
        rows: Vec<Stamped>,
        /// Entries for its statement (table `entries`), each with the stamp of its command. A store without
        /// a statement leaves them out.
        entries: Vec<(WriteTs, Arc<Entry>)>,
    },
    /// A timer row.
    Timer {
        /// The partition it belongs to.
        partition: i32,
        /// Due instant and entity: all of it is key.
        timer: Timer,
        /// The stamp.
        write_ts: WriteTs,
    },
    /// A programme version.
    Programme {
        /// The partition it was published in.
        partition: i32,
        /// The version, whole.
        version: ProgrammeVersion,
        /// The stamp.
        write_ts: WriteTs,
    },
    /// The partition row.
    Partition {
        /// The partition.
        partition: i32,
        /// Where it stands.
        row: PartitionRow,
        /// The stamp.
        write_ts: WriteTs,
    },
    /// The flush watermark: everything before `position` of `ledger-wal` is in the store.
    Watermark {
        /// The partition.
        partition: i32,
        /// The next offset of `ledger-wal` to read at a takeover.
        position: i64,
        /// The stamp.
        write_ts: WriteTs,
    },
}

/// A page of timers to read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TimerScan {
    /// The partition.
    pub partition: i32,
    /// Behind this one (exclusive), in the order of [`Timer`]. Its entity may be empty.
    pub after: Timer,
    /// Up to this instant, inclusive.
    pub until: Timestamp,
    /// At most so many, above 0.
    pub limit: usize,
}

/// What the store has to say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreEvent {
    /// The answers to [`Store::read`], in the order of the reads.
    Loaded {
        /// Of the request.
        ticket: Ticket,
        /// One an asked read.
        answers: Vec<Answer>,
    },
    /// The [`Write`] is acknowledged, whole.
    Written {
        /// Of the request.
        ticket: Ticket,
    },
    /// The answer to [`Store::scan_timers`].
    Timers {
        /// Of the request.
        ticket: Ticket,
        /// In order, the `limit` first ones; fewer where the range holds no more.
        timers: Vec<Timer>,
    },
}

impl StoreEvent {
    /// Of the request it answers.
    pub const fn ticket(&self) -> Ticket {
        match self {
            Self::Loaded { ticket, .. } | Self::Written { ticket } | Self::Timers { ticket, .. } => *ticket,
        }
    }
}

/// What a takeover starts from.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PartitionState {
    /// The partition row; `None` before the first flush.
    pub row: Option<PartitionRow>,
    /// The stamp of the partition row; the smallest where there is none.
    pub row_ts: WriteTs,
    /// The flush watermark; `None`: the beginning of the log.
    pub watermark: Option<i64>,
    /// The stamp of the watermark; the smallest where there is none. Equal to `row_ts` where the watermark
    /// covers the last transaction that was flushed.
    pub watermark_ts: WriteTs,
    /// Programme versions stored for this partition, in the order (programme, version).
    pub programmes: Vec<ProgrammeVersion>,
}

/// The store does not answer as it should.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum StoreError {
    /// Try again: no quorum now.
    #[error("{0}; trying again")]
    Retry(String),
    /// It will not get better by itself: a missing table (naming the command that creates it), a row that
    /// cannot be read.
    #[error("{0}")]
    Fatal(String),
}

/// The store of one ledger instance. See the module for what is promised.
pub trait Store {
    /// The partition row, the watermark and the programmes, read by quorum. Blocks.
    ///
    /// # Errors
    /// [`StoreError::Retry`], [`StoreError::Fatal`].
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError>;

    /// Reads everything asked for at once; one [`StoreEvent::Loaded`] answers all of it.
    fn read(&mut self, ticket: Ticket, reads: Vec<Read>);

    /// Writes; [`StoreEvent::Written`] answers. Writes may overtake each other: the stamp decides.
    fn write(&mut self, ticket: Ticket, write: Write);

    /// Reads a page of timers; [`StoreEvent::Timers`] answers.
    fn scan_timers(&mut self, ticket: Ticket, scan: TimerScan);

    /// Appends what happened to `events`. Never waits.
    ///
    /// # Errors
    /// [`StoreError::Fatal`] ends the instance.
    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError>;

    /// Forgets what `partition` asked for: its answers need not come. Writes may still happen; they are
    /// committed images and do no harm.
    fn release(&mut self, partition: i32) {
        let _ = partition;
    }

    /// Every row of one entity, in key order; empty where there is none. Blocks; for tools.
    ///
    /// # Errors
    /// [`StoreError::Retry`], [`StoreError::Fatal`].
    fn entity(&mut self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError>;

    /// The entries of one entity in the order of their sequence. Blocks; for tools.
    ///
    /// # Errors
    /// [`StoreError::Retry`], [`StoreError::Fatal`].
    fn statement(&mut self, entity: &EntityId) -> Result<Vec<Entry>, StoreError>;

    /// Shows every entity once, with all its rows in key order; entities in any order. Blocks; for tools.
    ///
    /// # Errors
    /// [`StoreError::Retry`], [`StoreError::Fatal`].
    fn scan(&mut self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError>;
}

impl EntityImage {
    /// The rows, each with the stamp.
    pub fn stamped(&self) -> impl Iterator<Item = Stamped> + '_ {
        self.rows.iter().map(|row| Stamped { write_ts: self.write_ts, row: Arc::clone(row) })
    }
}
