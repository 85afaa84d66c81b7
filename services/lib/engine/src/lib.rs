//! The ledger's engine: one state machine a partition, without I/O, and the traits of what surrounds it.
//!
//! [`machine`] decides what has to happen, [`driver`] makes it happen on a [`log::Log`] and a [`store::Store`].
//! Exactly once by this invariant: **the store is a projection of the log**. Rows reach the store only after
//! the transaction that carries their images was committed; what is read was acknowledged by the store or is
//! in the overlay. The engine knows `domain` and nothing else: no Kafka, no CQL, no Avro, no programme file.

pub mod codec;
pub mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod core;
pub mod counters;
pub mod driver;
mod guard;
pub mod log;
pub mod machine;
pub mod message;
pub mod rebuild;
pub mod route;
pub mod store;
pub mod tally;
pub mod unguarded;
pub mod wake;
pub mod wal;
pub mod watch;
pub mod width;
