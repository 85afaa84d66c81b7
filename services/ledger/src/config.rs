//! What one ledger instance is started with.

use std::time::Duration;

/// Where rows are kept.
#[derive(Clone, Debug)]
pub enum StoreChoice {
    /// In a CQL store.
    Cql(Box<lotstream_scylla::Config>),
    /// In this process, gone with it: for measuring the log alone. Never with a second instance.
    Memory,
}

/// Everything the service needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// The log.
    pub kafka: lotstream_kafka::ledger::Config,
    /// The schema registry's Confluent API.
    pub registry: String,
    /// The store.
    pub store: StoreChoice,
    /// Bounds and the clock.
    pub engine: engine::config::Config,
    /// Where metrics and health are served, such as `0.0.0.0:9100`; nowhere unless said.
    pub listen: Option<String>,
    /// Where spans go, such as `http://127.0.0.1:4318/v1/traces`; nowhere where it is empty.
    pub traces: String,
    /// How long draining may take after a stop.
    pub drain: Duration,
}
