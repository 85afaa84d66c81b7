//! The ledger in one process, without servers: log and store in memory, or [`durable`] on this disk.
//!
//! The same engine runs on them as on Kafka and CQL, with the same protocol: transactions, fencing by epoch,
//! group generations, takeovers. Values are carried as they are; what may be too large for a server's topic is
//! measured, and nothing else is encoded. Whatever is shared
//! between instances sits behind a [`Broker`] or [`Tables`], so several instances of one process hand
//! partitions over to each other.

mod broker;
pub mod durable;
mod group;
mod log;
mod partition;
mod size;
mod solo;
mod store;
mod value;

pub use broker::{Broker, Guards};
pub use log::MemoryLog;
pub use partition::Fault;
pub use solo::Solo;
pub use store::{MemoryStore, Tables};
pub use value::{DeadLettered, PassThrough, Value};
