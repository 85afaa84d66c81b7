//! A feed service: partners' topics in, commands, dead letters and outcomes out. The same for every feed.
//!
//! Stateless: any number of instances share the work, and any of them may be killed at any time. It needs no
//! transaction: an idempotent producer, offsets committed after the acknowledgements, and ids derived from the
//! input make a redelivery harmless (design §2).

mod agreement;
mod answer;
pub mod config;
mod error;
mod follow;
mod metrics;
mod open;
mod partners;
mod pauses;
mod rate;
mod relay;
mod topics;

pub use agreement::Agreement;
pub use config::Config;
pub use error::ServiceError;
pub use rate::Limit;

use crate::feed::Feed;
use answer::Answerer;
use engine::config::Clock;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::feed::{FeedConsumer, FeedProducer};
use metrics::Metrics;
use partners::Watch;
use pauses::Pauses;
use rate::Rates;
use relay::Relay;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use telemetry::trace::Tracer;
use telemetry::{Health, Register, Server, Stop};
use topics::Topics;
use tracing::{info, warn};
use wire::contract::ContractError;
use wire::registry::{Cached, Confluent, Registry};

/// How long the loop may take to come round, a broker's restart in the middle of a commit included.
const PATIENCE: Duration = Duration::from_secs(180);

/// What makes brokers unpack what partners send.
const MENDED_BY: &str = "`lotstream topics create`, with its partner, sets compression.type=uncompressed";

/// A feed service that serves its metrics and health, and is yet to work.
pub struct Service {
    feed: &'static Feed,
    config: Config,
    metrics: Metrics,
    tracer: Tracer,
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
        let mut register = Register::new(&[("feed", feed.name)]);
        let metrics = Metrics::new(&mut register);
        let tracer = Tracer::start(&config.traces, feed.name, &mut register);
        let health = Health::new(PATIENCE);
        let server = Server::start(&config.listen, register.registry(), health.clone())?;
        Ok(Self { feed, config, metrics, tracer, health, server })
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
        let Self { feed, config, metrics, tracer, health, server } = self;
        let topics = Topics::new(feed, &config.prefix);
        let admin = Admin::new(&config.kafka)?;
        let check = || {
            if let Some(states) = topics.states().filter(|_| config.bad.percent > 0) {
                admin.check_exist(&[&states])?;
            }
            let (partitions, partners) = topics.check(&admin, config.clock)?;
            let heard: Vec<&str> = partners.heard.iter().map(String::as_str).collect();
            Ok::<_, lotstream_kafka::Error>((partitions, admin.packed(&heard)?, partners))
        };
        let Some((partitions, packed, partners)) =
            telemetry::patiently(stop, &health, "kafka", lotstream_kafka::Error::may_pass, check)?
        else {
            return Ok(());
        };
        for topic in packed {
            warn!(
                topic,
                "batches are kept as they were packed: a small one may fill this service's memory; {MENDED_BY}"
            );
        }
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(&config.registry)));
        let join =
            || Agreement::of(&config.kafka, &registry, &config.prefix)?.join(&config.identity, feed.name);
        let whom = "where it is agreed what members are kept under";
        let joined = telemetry::patiently(stop, &health, whom, ServiceError::may_pass, join)?;
        let Some(()) = joined else { return Ok(()) };
        let event_clock = config.clock == Clock::Event;
        let agree = || {
            let answerer = Answerer::new(
                feed,
                topics.clone(),
                &registry,
                (&config.programme, &config.identity),
                partitions,
                event_clock,
            )?;
            Ok((answerer, Rates::new(feed.name, config.bad, topics.states(), &registry)?))
        };
        let agreed =
            telemetry::patiently(stop, &health, "the schema registry", ContractError::may_pass, agree)?;
        let Some(judges) = agreed else { return Ok(()) };
        let pauses = match topics.states() {
            Some(states) => Pauses::start(&config.kafka, &registry, states)?,
            None => Pauses::none(),
        };
        let Some(paused) = pauses.first(stop, || health.beat()) else { return Ok(()) };
        let producer = FeedProducer::new(&config.kafka)?;
        let consumer = FeedConsumer::new(&config.kafka, &topics.group(), &[&topics.pattern()])?;
        let watch = Watch::start(&config.kafka, topics.clone())?;
        let identity = config.identity.as_str();
        info!(feed = feed.name, programme = config.programme, clock = ?config.clock, identity, partitions, "started");
        let seen = (watch, pauses);
        let mut relay = Relay::new(&config, topics, judges, (metrics, tracer, health), stop, producer, seen);
        relay.pause(&consumer, paused)?;
        relay.hear(&consumer, partners)?;
        let worked = relay.work(consumer);
        drop(server);
        worked
    }
}
