//! Rebuilding the store: the engine that ships over the recorded input, in a keyspace nobody else uses.
//!
//! Stamps derive from epoch and offset, *now* from append times, ids from inputs, and all of it is in
//! `member-commands`: what the [`Driver`](crate::driver::Driver) makes of the same records is the same rows under the
//! same stamps. What differs is around it:
//!
//! | | live | here |
//! |---|---|---|
//! | `member-commands` | of the group, for ever | [`log::ReplayLog`]: from the beginning up to the group's offset |
//! | `ledger-wal` | a topic | in memory, as long as the store owes what it holds |
//! | events, follow-ups | to their topics | nowhere: they are there already |
//! | ticks | by the wall clock | none of our own: those that were sent are in the input |
//! | partition row, watermark | rows, with the others | in memory ([`projection::Projection`]), written once at a good end |
//!
//! The partition row must not be in the store ahead of the rows before it, for there is no log a successor could read
//! what is missing from. So a rebuild that was killed leaves none, and is begun anew ([`mark`]). Drained, it goes on
//! where it was. At the end [`handover`] says what a ledger needs to take the partition over.

pub mod handover;
pub mod log;
pub mod mark;
pub mod projection;

use crate::store::{Store, StoreError, StoreEvent, Ticket, Write};
use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

/// Between two looks whether the store has acknowledged.
const LOOK: Duration = Duration::from_millis(1);

/// Writes all of `writes` and waits until they are acknowledged, or until `gives_up`. Whether they are.
///
/// # Errors
/// As [`Store::poll`].
pub fn write_all(
    store: &mut impl Store,
    writes: Vec<Write>,
    mut gives_up: impl FnMut() -> bool,
) -> Result<bool, StoreError> {
    let mut waiting = BTreeSet::new();
    for (number, write) in (0..).zip(writes) {
        let ticket = Ticket { partition: mark::PLACE, number };
        waiting.insert(ticket);
        store.write(ticket, write);
    }
    let mut events = Vec::new();
    while !waiting.is_empty() {
        store.poll(&mut events)?;
        for event in events.drain(..) {
            if let StoreEvent::Written { ticket } = event {
                waiting.remove(&ticket);
            }
        }
        if waiting.is_empty() || gives_up() {
            break;
        }
        thread::park_timeout(LOOK);
    }
    Ok(waiting.is_empty())
}
