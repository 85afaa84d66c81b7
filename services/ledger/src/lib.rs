//! The ledger service: the engine over Kafka and a CQL store, any number of instances in one group.
//!
//! Thin: it opens what the configuration names, drives the engine until it is told to stop, and shows what the
//! engine counted. It decides nothing.

mod compiler;
mod config;
mod error;
mod metrics;

pub use compiler::compile;
pub use config::{Config, StoreChoice};
pub use error::LedgerError;

use domain::Timestamp;
use embedded::Tables;
use engine::core::Context;
use engine::driver::Driver;
use engine::log::Log as _;
use engine::store::Store;
use lotstream_kafka::KafkaLog;
use lotstream_kafka::admin::Admin;
use lotstream_scylla::ScyllaStore;
use metrics::Metrics;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use telemetry::{Health, Server, Stop};
use wire::AvroCodec;
use wire::registry::{Cached, Confluent, Registry};

/// How long the loop waits for news when there is nothing to do.
const IDLE: Duration = Duration::from_millis(50);
/// How often counters are published.
const PUBLISH_EVERY: i64 = 500;
/// How long the loop may be silent before the process counts as dead. A takeover blocks it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs one instance until `stop`, then drains, commits and leaves the group.
///
/// # Errors
/// Something the configuration names is missing or wrong, with the command that makes it right; or the log or
/// store gave up. Nothing is lost: the next owner of each partition goes on.
pub fn run(config: &Config, stop: &Stop) -> Result<(), LedgerError> {
    let health = Health::new(PATIENCE);
    let metrics = Metrics::new();
    let _server = match &config.listen {
        Some(address) => Some(Server::start(address, metrics.registry(), health.clone())?),
        None => None,
    };
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(&config.registry)));
    let commands = &config.kafka.topics.commands;
    let prefix = commands.strip_suffix("member-commands").unwrap_or_default();
    let codec = AvroCodec::new(&registry)?.under(prefix);
    let log = KafkaLog::open(config.kafka.clone())?;
    let mut engine = config.engine.clone();
    engine.wal_retention = Admin::new(&config.kafka.connection)?.retention(&config.kafka.topics.wal)?;
    let context = Context::new(engine, codec, compile, log.partitions());
    let context = Arc::new(context);
    match &config.store {
        StoreChoice::Cql(store) => {
            let store = ScyllaStore::open(store)?;
            serve(Driver::new(log, store, context, wall), config, stop, &health, &metrics)
        }
        StoreChoice::Memory => {
            let store = Tables::default().open();
            serve(Driver::new(log, store, context, wall), config, stop, &health, &metrics)
        }
    }
}

fn serve<S: Store>(
    mut driver: Driver<KafkaLog, S, AvroCodec>,
    config: &Config,
    stop: &Stop,
    health: &Health,
    metrics: &Metrics,
) -> Result<(), LedgerError> {
    tracing::info!(group = config.kafka.group, "ledger runs");
    let mut published = Timestamp::MIN;
    while !stop.is_asked() {
        driver.step(IDLE)?;
        health.beat();
        let now = wall();
        if now >= published.plus_millis(PUBLISH_EVERY) {
            published = now;
            metrics.publish(&driver.counters());
            show_health(&driver, health);
        }
    }
    health.waiting("draining");
    driver.drain(config.drain)?;
    metrics.publish(&driver.counters());
    tracing::info!("ledger drained and left its group");
    Ok(())
}

fn show_health<S: Store>(driver: &Driver<KafkaLog, S, AvroCodec>, health: &Health) {
    match driver.halted().first() {
        Some((partition, reason)) => health.waiting(&format!("partition {partition} halted: {reason}")),
        None if driver.running().is_empty() => health.waiting("no partition is assigned yet"),
        None => health.ready(),
    }
}

/// The wall clock, for timers and pauses; *now* comes from the log.
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
