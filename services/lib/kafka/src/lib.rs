//! Kafka: the ledger's log as transactions on partitions, and what feed services and tools need beside it.
//!
//! Never decides anything about points. Knows the engine's traits, not its state; the engine knows no Kafka.

pub mod admin;
mod aside;
pub mod connection;
pub mod error;
pub mod feed;
mod partition;
pub mod record;
mod wait;

pub use connection::Connection;
pub use error::Error;
pub use partition::partition_of;
