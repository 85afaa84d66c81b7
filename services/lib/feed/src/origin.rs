//! Where a record came from: what its topic or file proves, and what the broker says of it.

use domain::{Name, Timestamp};

/// When a record reached us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The record says it, or it is when it happened: the event clock, `--clock event`.
    AsTold,
    /// The broker appended it to the partner's topic then. Lateness is judged by it (S25).
    Appended(Timestamp),
}

/// Where a record came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// The partner, by the name of the topic or file.
    pub partner: Name,
    /// Partition of the topic; 0 for a file.
    pub partition: i32,
    /// Offset in that partition; line, from 0, for a file.
    pub offset: i64,
    /// When it reached us.
    pub arrival: Arrival,
    /// W3C `traceparent`; empty where it had none.
    pub trace: Name,
}

impl Origin {
    /// A line of a file of `partner`, from 0, under the event clock.
    pub fn line(partner: Name, line: i64) -> Self {
        Self { partner, partition: 0, offset: line, arrival: Arrival::AsTold, trace: Name::default() }
    }
}
