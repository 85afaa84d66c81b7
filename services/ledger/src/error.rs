//! Why a ledger instance ends.

use thiserror::Error;

/// Why a ledger instance did not start, or could not go on.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// Kafka.
    #[error(transparent)]
    Kafka(#[from] lotstream_kafka::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] lotstream_scylla::ScyllaError),
    /// The registry, or a schema it refuses.
    #[error(transparent)]
    Contract(#[from] wire::contract::ContractError),
    /// Metrics and health.
    #[error(transparent)]
    Http(#[from] telemetry::HttpError),
    /// What a test asked for.
    #[cfg(feature = "failpoints")]
    #[error("{0}")]
    Failpoint(String),
    /// The engine.
    #[error(transparent)]
    Driver(#[from] engine::driver::DriverError),
}
