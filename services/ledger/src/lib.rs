//! The ledger service: the engine over Kafka and a CQL store, any number of instances in one group.
//!
//! Thin: it opens what the configuration names (and waits for what does not answer yet), drives the engine until
//! it is told to stop, and shows what the engine counted. It decides nothing.

mod compiler;
mod config;
mod error;
#[cfg(feature = "failpoints")]
pub mod failpoints;
mod metrics;
mod partitions;
#[cfg(feature = "failpoints")]
pub mod poison;
pub mod rebuild;
#[cfg(feature = "failpoints")]
pub mod skew;
mod start;
mod watch;

pub use compiler::compile;
pub use config::{Config, StoreChoice};
pub use error::LedgerError;

use domain::Timestamp;
use embedded::Tables;
use engine::core::Context;
use engine::driver::{Driver, DriverError};
use engine::store::Store;
use lotstream_kafka::KafkaLog;
use metrics::Metrics;
use start::Start;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use telemetry::trace::Tracer;
use telemetry::{Health, Register, Server, Stop};
use watch::Watcher;
use wire::AvroCodec;

/// How long the loop waits for news when there is nothing to do.
const IDLE: Duration = Duration::from_millis(50);
/// How often counters are published.
const PUBLISH_EVERY: i64 = 500;
/// How long the loop may be silent before the process counts as dead. A takeover blocks it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs one instance until `stop`, then drains, commits and leaves the group. Kafka, the registry and a store
/// that do not answer at the start are waited for.
///
/// # Errors
/// Something the configuration names is missing or wrong, with the command that makes it right; or the log or
/// store gave up. Nothing is lost: the next owner of each partition goes on.
pub fn run(config: &Config, stop: &Stop) -> Result<(), LedgerError> {
    #[cfg(feature = "failpoints")]
    failpoints::set_up().map_err(LedgerError::Failpoint)?;
    let health = Health::new(PATIENCE);
    let mut register = Register::new(&[]);
    let metrics = Metrics::new(&config.engine, &mut register);
    let tracer = Tracer::start(&config.traces, "ledger", &mut register);
    let watcher = Watcher::new(&config.kafka.topics.commands, tracer, &mut register);
    let _server = match &config.listen {
        Some(address) => Some(Server::start(address, register.registry(), health.clone())?),
        None => None,
    };
    let start = Start { stop, health: &health };
    let Some((partitions, retention)) = start.kafka(&config.kafka)? else { return Ok(()) };
    let Some(codec) = start.codec(&config.registry)? else { return Ok(()) };
    metrics.partitions(partitions);
    let commands = &config.kafka.topics.commands;
    let codec = codec.under(commands.strip_suffix("member-commands").unwrap_or_default());
    let mut engine = config.engine.clone();
    engine.wal_retention = retention;
    let context = Context::new(engine, codec, compile, partitions);
    #[cfg(feature = "failpoints")]
    let context = poison::failing(context).map_err(LedgerError::Failpoint)?;
    let context = Arc::new(context);
    // The group is joined last: a member that does not poll would be thrown out again.
    match &config.store {
        StoreChoice::Cql(cql) => {
            let Some(mut store) = start.store(cql)? else { return Ok(()) };
            let Some(()) = start.width(config, &cql.keyspace, &mut store, partitions)? else { return Ok(()) };
            Start::warn_of(&store);
            let Some(log) = start.log(&config.kafka)? else { return Ok(()) };
            let driver = Driver::new(log, store, context, wall).watched(watcher);
            serve(driver, config, stop, &health, metrics)
        }
        StoreChoice::Memory => {
            let Some(log) = start.log(&config.kafka)? else { return Ok(()) };
            let store = Tables::default().open();
            let driver = Driver::new(log, store, context, wall).watched(watcher);
            serve(driver, config, stop, &health, metrics)
        }
    }
}

fn serve<S: Store>(
    mut driver: Driver<KafkaLog, S, AvroCodec>,
    config: &Config,
    stop: &Stop,
    health: &Health,
    mut metrics: Metrics,
) -> Result<(), LedgerError> {
    let (epoch, clock) = (config.engine.epoch, config.engine.clock);
    tracing::info!(group = config.kafka.group, epoch, ?clock, "ledger runs");
    let mut published = Timestamp::MIN;
    while !stop.is_asked() {
        driver.step(IDLE)?;
        health.beat();
        let now = wall();
        if now >= published.plus_millis(PUBLISH_EVERY) {
            published = now;
            metrics.publish(&driver.counters());
            metrics.stand(&driver.standings(), &driver.log().ends(), now);
            show_health(&driver, health);
        }
    }
    health.waiting("draining");
    let drained = driver.drain(config.drain);
    metrics.publish(&driver.counters());
    if let Err(DriverError::Undrained(partitions)) = drained {
        let seconds = config.drain.as_secs();
        tracing::error!(partitions, seconds, "the drain was cut short; the next owners finish what is left");
    }
    drained?;
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
    let now = Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    #[cfg(feature = "failpoints")]
    let now = now.plus_millis(skew::ahead());
    now
}
