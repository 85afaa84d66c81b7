//! What the write-ahead log holds, and the stamp every stored row carries.
//!
//! A transaction's records stand in the order of the commands that made them. Applying a record twice, or an
//! older one late, changes nothing: every image is whole and names its place in history by its [`WriteTs`].

use domain::command::Command;
use domain::entry::Entry;
use domain::{EntityId, Name, Row, Timestamp};
use std::fmt;
use std::sync::Arc;

/// The write timestamp of a row: log epoch and input offset of the command that made the image. Larger is
/// newer. As microseconds since 1970 it lies in the past, as a CQL `USING TIMESTAMP` must.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WriteTs(pub i64);

impl WriteTs {
    /// Bits left to the offset.
    const OFFSET_BITS: u32 = 44;
    /// The first epoch that is refused: from here on a stamp could lie in the future.
    pub const EPOCH_LIMIT: i64 = 100;

    /// The stamp of the command at `offset` of `member-commands` in log epoch `epoch`.
    ///
    /// # Panics
    /// Where `epoch` is not in `0..100` or `offset` not in `0..2^44`: the deployment is set up wrongly.
    pub fn new(epoch: i64, offset: i64) -> Self {
        assert!((0..Self::EPOCH_LIMIT).contains(&epoch), "log epoch {epoch}, expected 0 to 99");
        assert!((0..1 << Self::OFFSET_BITS).contains(&offset), "offset {offset}, expected 0 to 2^44 - 1");
        Self(epoch << Self::OFFSET_BITS | offset)
    }

    /// The offset of the command in its partition of `member-commands`.
    pub const fn offset(self) -> i64 {
        self.0 & ((1 << Self::OFFSET_BITS) - 1)
    }

    /// The log epoch it was made in.
    pub const fn epoch(self) -> i64 {
        self.0 >> Self::OFFSET_BITS
    }
}

impl fmt::Debug for WriteTs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.epoch(), self.offset())
    }
}

/// A timer: at `due` something happens to `entity` by itself. The order is that of the scan.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Timer {
    /// When.
    pub due: Timestamp,
    /// To whom.
    pub entity: EntityId,
}

impl Timer {
    /// The day `due` falls on, in whole days since 1970-01-01 UTC: part of the key of table `timers`.
    pub const fn day(due: Timestamp) -> i64 {
        due.0.div_euclid(86_400_000)
    }
}

/// The partition row: where the partition stood after a transaction. Committed in that same transaction.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartitionRow {
    /// The next input offset. Equals the committed offset of the group; a takeover checks it.
    pub position: i64,
    /// The running maximum of the broker's append time; [`Timestamp::MIN`] before the first command.
    pub clock: Timestamp,
    /// Timers up to this one, inclusive, had their tick appended; `None`: look from the beginning. An empty
    /// entity stands for "everything before this instant".
    pub cursor: Option<Timer>,
}

impl PartitionRow {
    /// A partition nothing was decided in yet.
    pub const START: Self = Self { position: 0, clock: Timestamp::MIN, cursor: None };
}

/// A programme version, whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProgrammeVersion {
    /// The programme.
    pub programme: Name,
    /// Its version, from 1.
    pub version: i32,
    /// The file, as published.
    pub text: Arc<str>,
}

/// What one command did to the rows of its entity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EntityImage {
    /// Whose rows.
    pub entity: EntityId,
    /// The stamp of all of them.
    pub write_ts: WriteTs,
    /// Whole images, each key once, the head row first where it changed.
    pub rows: Vec<Arc<Row>>,
    /// The entries it posted, for the statement (table `entries`): written once, never read by the engine.
    pub entries: Vec<Arc<Entry>>,
    /// The account's next due instant, where the command changed it to a finite one: a timer row to write.
    pub due: Option<Timestamp>,
}

/// A command the ledger itself sends after commit, to its own or another partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FollowUp {
    /// The stamp of the command that caused it.
    pub write_ts: WriteTs,
    /// What to append. Its key derives from its cause, so that sending it twice is harmless.
    pub command: Arc<Command>,
}

/// One record of `ledger-wal`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WalRecord {
    /// Rows to write.
    Rows(EntityImage),
    /// A command to append.
    FollowUp(FollowUp),
    /// A programme version to store, by the command with this stamp.
    Programme(WriteTs, ProgrammeVersion),
    /// The last record of every transaction.
    Partition(WriteTs, PartitionRow),
}
