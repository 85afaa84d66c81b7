//! Faults of servers, networks, disks and clocks under load, on a cluster of three machines' worth of processes: each
//! story ends with the checker, which reads nothing but topics and tables.
//!
//! Run by `tests/faults`, which gives them a network and mounts of their own; ignored elsewhere. One at a time.

mod brokers;
mod clocks;
mod hot;
mod kills;
mod logs;
mod machines;
mod network;
mod processes;
mod stores;

use lotstream_tests::cards::{Fate, with_cards};
use lotstream_tests::feeds::Feeds;
use std::time::Duration;

/// Longer than sessions (3 s) and transactions (10 s) last.
const LONG: Duration = Duration::from_secs(20);

/// The load of most stories: a real year of some households, every other one with a card that changes hands.
fn year() -> Feeds {
    with_cards(&Feeds::journey(60).under_few_partners(4), 3, Fate::Moves)
}
