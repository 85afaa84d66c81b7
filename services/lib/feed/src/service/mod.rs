//! A feed service: partners' topics in, commands, dead letters and outcomes out. The same for every feed.
//!
//! Stateless: any number of instances share the work, and any of them may be killed at any time. It needs no
//! transaction: an idempotent producer, offsets committed after the acknowledgements, and ids derived from the
//! input make a redelivery harmless (design §2).

mod answer;
pub mod config;
mod error;
mod metrics;
mod open;
mod partners;
mod pauses;
mod relay;
mod topics;

pub use config::Config;
pub use error::ServiceError;

use crate::feed::Feed;
use answer::Answerer;
use engine::config::Clock;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::feed::{FeedConsumer, FeedProducer};
use metrics::Metrics;
use partners::Watch;
use pauses::Pauses;
use relay::Relay;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Health, Server, Stop, prometheus};
use topics::Topics;
use tracing::{info, warn};
use wire::contract::ContractError;
use wire::registry::{Cached, Confluent, Registry, RegistryError};

/// How long the loop may take to come round, a broker's restart in the middle of a commit included.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long before what did not answer at the start is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// A feed service that serves its metrics and health, and is yet to work.
pub struct Service {
    feed: &'static Feed,
    config: Config,
    metrics: Metrics,
    health: Health,
    server: Server,
}

/// Runs the service of `feed` until `stop`, then drains, commits and leaves.
///
/// # Errors
/// What no retry mends, such as a missing topic. Brokers and a registry that are away are waited for.
pub fn run(feed: &'static Feed, config: Config, stop: &Stop) -> Result<(), ServiceError> {
    Service::new(feed, config)?.work(stop)
}

impl Service {
    /// Serves metrics and health. Connects to nothing yet.
    ///
    /// # Errors
    /// An address that is taken.
    pub fn new(feed: &'static Feed, config: Config) -> Result<Self, ServiceError> {
        let registry = prometheus::Registry::new();
        let metrics = Metrics::new(feed.name, &registry)?;
        let health = Health::new(PATIENCE);
        let server = Server::start(&config.listen, registry, health.clone())?;
        Ok(Self { feed, config, metrics, health, server })
    }

    /// Where metrics and health are served.
    pub const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Works until `stop`.
    ///
    /// # Errors
    /// As [`run`].
    pub fn work(self, stop: &Stop) -> Result<(), ServiceError> {
        let Self { feed, config, metrics, health, server } = self;
        let topics = Topics::new(feed, &config.prefix);
        let admin = Admin::new(&config.kafka)?;
        let check = || topics.check(&admin, config.clock);
        let Some((partitions, partners)) = patiently(stop, &health, "kafka", is_away, check)? else {
            return Ok(());
        };
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(&config.registry)));
        let event_clock = config.clock == Clock::Event;
        let agree = || {
            let topics = topics.clone();
            Answerer::new(feed, topics, &registry, &config.programme, partitions, event_clock)
        };
        let agreed = patiently(stop, &health, "the schema registry", is_unanswered, agree)?;
        let Some(answerer) = agreed else { return Ok(()) };
        let pauses = match topics.states() {
            Some(states) => Pauses::start(&config.kafka, &registry, states)?,
            None => Pauses::none(),
        };
        let Some(paused) = pauses.first(stop, || health.beat()) else { return Ok(()) };
        let producer = FeedProducer::new(&config.kafka)?;
        let consumer = FeedConsumer::new(&config.kafka, &topics.group(), &[&topics.pattern()])?;
        let watch = Watch::start(&config.kafka, topics.clone())?;
        info!(feed = feed.name, programme = config.programme, clock = ?config.clock, partitions, "started");
        let seen = (watch, pauses);
        let mut relay = Relay::new(&config, topics, answerer, (metrics, health), stop, producer, seen);
        relay.pause(&consumer, paused)?;
        relay.hear(&consumer, partners)?;
        let worked = relay.work(consumer);
        drop(server);
        worked
    }
}

/// Asks until there is an answer, or an error that no patience mends; `None` where the stop came first.
fn patiently<T, E: std::fmt::Display>(
    stop: &Stop,
    health: &Health,
    whom: &str,
    passes: fn(&E) -> bool,
    mut ask: impl FnMut() -> Result<T, E>,
) -> Result<Option<T>, E> {
    while !stop.is_asked() {
        health.beat();
        match ask() {
            Err(error) if passes(&error) => {
                warn!(%error, "waiting for {whom}");
                health.waiting(&format!("{whom} does not answer"));
                stop.wait(AGAIN);
            }
            answer => return answer.map(Some),
        }
    }
    Ok(None)
}

/// Whether Kafka itself fails, rather than being otherwise than it must be. A refused login looks like a
/// restart for a while: it is waited for too, and named in the log.
const fn is_away(error: &lotstream_kafka::Error) -> bool {
    matches!(error, lotstream_kafka::Error::Kafka { .. } | lotstream_kafka::Error::Late { .. })
}

const fn is_unanswered(error: &ContractError) -> bool {
    matches!(error, ContractError::Registry(RegistryError::Unavailable { .. }))
}
