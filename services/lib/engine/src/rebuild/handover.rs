//! What a ledger needs to take a rebuilt partition over: its partition row, and a watermark of `ledger-wal`.
//!
//! The rows are all there, but a ledger that was killed may have owed follow-ups: decided, and not sent. So the
//! watermark stands some time back in `ledger-wal`: the next owner flushes what is behind it, which is there already
//! (the same images under the same stamps), and sends its follow-ups again, which are remembered where they arrived.
//! It stands behind a partition row, with the stamp of that ([`crate::machine`], the tail), or at the beginning where the
//! log is no older. Where the log holds no row (its retention is over, it was made anew), it stands at the end, with the
//! stamp of the last one: nothing is missing.

use crate::log::WalRange;
use crate::store::Write;
use crate::wal::{PartitionRow, WriteTs};

/// A partition row, and its stamp.
pub type Stamped = (WriteTs, PartitionRow);

/// What `ledger-wal` says of a partition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ledger {
    /// The last committed partition row it holds.
    pub last: Option<Stamped>,
    /// From where on its follow-ups are to be sent again.
    pub since: i64,
    /// The first committed partition row from there on: its offset and stamp.
    pub first: Option<(i64, WriteTs)>,
    /// What there is of it.
    pub range: WalRange,
}

/// Why a partition cannot be handed over.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "partition {partition}: expected to come to the state of its last transaction in ledger-wal ({expected:?}), came \
     to {found:?}: member-commands does not hold what was decided"
)]
pub struct Differs {
    partition: i32,
    expected: Box<Stamped>,
    found: Box<Stamped>,
}

/// The partition row to write where `partition` came to `reached`. Where that is the last of `ledger-wal`, it is that one:
/// it says besides which timers have ticked, so that the next owner need not look through all there ever were.
///
/// # Errors
/// Where the same stamp stands for another state: the log was changed.
pub fn row(partition: i32, reached: Stamped, ledger: &Ledger) -> Result<Stamped, Differs> {
    let Some(last) = ledger.last.as_ref().filter(|last| last.0 == reached.0) else { return Ok(reached) };
    if (last.1.position, last.1.clock) == (reached.1.position, reached.1.clock) {
        return Ok(last.clone());
    }
    Err(Differs { partition, expected: Box::new(last.clone()), found: Box::new(reached) })
}

/// The write of a partition row.
pub fn write_row(partition: i32, (write_ts, row): Stamped) -> Write {
    Write::Partition { partition, row, write_ts }
}

/// The write of the watermark behind which the next owner of `partition` reads, whose row has the stamp `row`.
pub fn write_watermark(partition: i32, row: WriteTs, ledger: &Ledger) -> Write {
    let (position, write_ts) = match ledger.first {
        None => (ledger.range.end, row),
        // What ends at the first row begins before it.
        Some((_, stamp)) if ledger.since <= ledger.range.start => (ledger.range.start, stamp),
        Some((offset, stamp)) => (offset + 1, stamp),
    };
    Write::Watermark { partition, position, write_ts }
}
