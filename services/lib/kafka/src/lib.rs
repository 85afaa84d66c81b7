//! Kafka: the ledger's log as transactions on partitions, and what feed services and tools need beside it.
//!
//! Never decides anything about points. Implements the engine's [`engine::log::Log`]; the engine knows no
//! Kafka, and nothing else here knows librdkafka.
//!
//! - [`ledger`]: [`KafkaLog`], one ledger instance's log.
//! - [`feed`]: consumer and producer of the feed services.
//! - [`admin`]: topics made and checked.
//! - [`access`]: rights given and listed.
//! - [`group`]: how far a consumer group has read, for tools.
//! - [`reader`]: whole topics without a group, for tools.
//! - [`tail`]: topics without a group from somewhere on, and what comes to them, for tools that stay.

pub mod access;
pub mod admin;
mod aside;
pub mod connection;
mod door;
mod ends;
pub mod error;
pub mod feed;
pub mod group;
mod header;
mod leaders;
pub mod ledger;
pub mod reader;
pub mod record;
pub mod tail;
mod unpack;
mod wait;

pub use connection::Connection;
pub use error::Error;
pub use ledger::KafkaLog;
