//! What ends a feed service. Whatever passes by itself (a broker that restarts, a registry that is away) is
//! waited for instead.

use domain::Name;
use wire::contract::ContractError;

/// A feed service that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Kafka refuses: a missing topic, no right to write, a clock that differs, an offset that is gone.
    #[error("{0}")]
    Kafka(#[from] lotstream_kafka::Error),
    /// The registry refuses a schema of ours.
    #[error("{0}")]
    Schema(#[from] ContractError),
    /// The address for metrics and health is taken.
    #[error("{0}")]
    Http(#[from] telemetry::HttpError),
    /// An answer that cannot be written: a bug of ours, and nothing may be left out.
    #[error(
        "{feed}.{partner}, partition {partition}, offset {offset}: expected to write its answer: {reason}"
    )]
    Answer {
        /// The feed.
        feed: &'static str,
        /// The partner.
        partner: Name,
        /// Where the record stands.
        partition: i32,
        /// Where in it.
        offset: i64,
        /// What is wrong with the answer.
        reason: String,
    },
}
