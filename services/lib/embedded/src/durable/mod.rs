//! The durable ledger of one process: the same state machine as everywhere, over one database on this disk.
//!
//! **One transaction a batch.** Each input is decided with all it sends on before the next one, and a batch is as many
//! of them as wait: how many that are decides nothing. What the machine commits (input with its arrival, row images,
//! entries, timers, the partition row), what it says, and how far each feed was read go into the database as one
//! atomic batch, synced to the disk before anyone hears of it. So there is no log to be first and no tail to flush: after a
//! crash the database is as it was behind some batch, the feeds are read on from where that batch says, and
//! what a lost batch would have said was never published. Machine and protocol are those of Kafka; a takeover
//! merely finds an empty write-ahead log.
//!
//! **Saying it once.** A file cannot be part of that transaction, so what is said goes through an outbox in it:
//! commit, append to the files of `out/`, and from time to time sync those files and empty the outbox, noting
//! their lengths. At the start what the outbox holds and a file does not is written behind its noted length, the same
//! bytes: a reader who follows a file never sees a line that is taken back. A file may be moved away at any time
//! (`growing`).
//!
//! **Time.** Each line's arrival is read once, by whoever reads the line, and kept with the input; so the table
//! `input` decides everything again, the same way.
//!
//! **Bytes.** Rows, entries and commands are framed Avro under the schemas of `schemas/`. The schemas they were
//! written under are in the database too: the next build reads the rows of this one by resolving them, and
//! refuses to open what it could not read.
//!
//! **fjall, not redb.** Measured by `loadtest/databases` on 2 shared cores, each transaction synced: 500 commands'
//! rows in 7.2 ms against 27.1 ms (medians of 3), 5 commands' in 0.23 ms against 0.81 ms; 3.0 to 4.5 times
//! faster in every row of `loadtest/README.md`. redb was better at the slowest transaction and at space. Both
//! are kept (fjall 3.1.13, commits in every month from February to July 2026, where our copy ends; redb 4.6.0 of
//! November 2026), pure Rust, MIT or Apache-2.0. What fjall asks for: a transaction gives all its changes one
//! number, so each key may be in it once (`changes`).

mod changes;
mod copy;
mod error;
mod format;
mod growing;
mod key;
mod ledger;
mod out;
mod place;
mod read;
mod store;
mod tables;
mod write;

pub use copy::{Copied, back_up, restore};
pub use error::DurableError;
pub use ledger::{Arrived, Durable, Settings};
pub use out::Texts;
pub use place::Place;
pub use store::{DurableStore, open_store};
