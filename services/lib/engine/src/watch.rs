//! What a driver shows of its work to whoever counts it or follows traces: values, after the fact.
//!
//! A watch decides nothing and can fail nothing; without one the driver looks at no clock for it.

use crate::tally::{Tally, Traced};
use domain::Timestamp;
use std::time::{Duration, Instant};

/// A step of a command on its way from the log to the store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// From the delivery of its record to the end of its batch.
    Decide,
    /// The transaction it is part of.
    Commit,
    /// The write of its account's rows.
    Write,
}

/// What there is to see.
#[derive(Clone, Copy, Debug)]
pub enum Sight<'a> {
    /// A transaction surely was committed, so long after it was begun.
    Committed(&'a Tally, Duration),
    /// A transaction did not come back as committed, so long after it was begun.
    NotCommitted(Duration),
    /// The store acknowledged a write, so long after it was asked.
    Written(Duration),
    /// The flush watermark is past a transaction, so long after its commit.
    Flushed(Duration),
    /// The partition was taken over, and is read from now on.
    TakenOver(Duration),
    /// A step of a traced command is over: steps are seen in their order.
    Stepped {
        /// Which.
        step: Step,
        /// Of which command.
        traced: &'a Traced,
        /// When it began.
        began: Instant,
        /// When it was over.
        ended: Instant,
    },
}

/// Sees what happens in the partitions of a driver, on its thread: quick, or everything waits.
pub trait Watch: Send {
    /// Something happened in `partition`.
    fn see(&mut self, partition: i32, sight: Sight<'_>);
}

/// Where a running partition stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Which.
    pub partition: i32,
    /// The offset behind the last input record whose decision is committed.
    pub position: i64,
    /// When the oldest record that was read and is not committed was appended.
    pub waiting_since: Option<Timestamp>,
    /// Ticks appended and not decided.
    pub ticks: usize,
    /// Timers that are due before this instant have ticked; `None` where none was ever due, or no time ticks.
    pub ticked_to: Option<Timestamp>,
    /// How long the oldest write that the store did not acknowledge was asked for; needs a watch.
    pub unflushed: Option<Duration>,
}
