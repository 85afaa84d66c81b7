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
    /// The store could not say over how many partitions its accounts are spread.
    #[error("how many partitions the accounts of keyspace `{keyspace}` are spread over: {error}")]
    Unknown {
        /// The keyspace.
        keyspace: String,
        /// What it said.
        error: engine::store::StoreError,
    },
    /// The topics have another number of partitions than when the accounts of this keyspace began.
    #[error(
        "topic `{topic}` has {found} partitions, expected {expected} (as when the accounts of keyspace `{keyspace}` began): \
         keys would move to other partitions, and an account would have two writers; the number is never changed in place, \
         see deploy/runbook/PartitionNotRunning.md"
    )]
    Width {
        /// `member-commands`, as it is called here.
        topic: String,
        /// The keyspace.
        keyspace: String,
        /// What the topic has.
        found: i32,
        /// What the store remembers.
        expected: i64,
    },
    /// The engine.
    #[error(transparent)]
    Driver(#[from] engine::driver::DriverError),
}
