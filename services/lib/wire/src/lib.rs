//! Bytes and what they mean: Avro with Confluent framing, the schema registry, JSON Lines of the partners'
//! feeds, the topic catalogue, CloudEvents headers, and the engine's codec over all of it.
//!
//! Never decides anything and never touches a topic. What it accepts it accepts to the last byte, within a
//! size; what it refuses it names: expected, found, where.

pub mod avro;
pub mod cloud_event;
pub mod codec;
pub mod contract;
pub mod dead_letter;
pub mod dead_letter_replay;
pub mod error;
pub mod frame;
pub mod history;
pub mod identity;
pub mod partner_state;
pub mod record;
pub mod registry;
pub mod resolve;
pub mod schema;
mod step;
pub mod topic;
pub mod walk;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod probe;

pub use codec::AvroCodec;
pub use contract::Contract;
pub use error::WireError;
