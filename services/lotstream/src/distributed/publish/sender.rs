//! Lines of files as records of partners' topics.

use super::super::deployment::Deployment;
use super::super::{other, reached};
use super::clusters::Clusters;
use super::queue::Waiting;
use crate::failure::Failure;
use domain::EventKey;
use feed::files::{Line, Lines};
use feed::{Converter, FEEDS, Feed, Identity};
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// How long the rest may take to be acknowledged.
const PATIENCE: Duration = Duration::from_secs(120);
/// Records sent and not acknowledged, at the most.
const IN_FLIGHT: u64 = 50_000;

pub(super) struct Sender {
    producer: FeedProducer,
    contracts: BTreeMap<&'static str, Contract>,
    converter: Converter,
    programme: String,
    identity: Identity,
    prefix: String,
    sent: u64,
    acknowledged: u64,
    unpaced: u64,
}

/// Whether events of `feed` may connect accounts.
pub(super) fn connects(feed: &Feed) -> bool {
    [feed::PARTNER_CARDS.name, feed::ADJUSTMENTS.name].contains(&feed.name)
}

impl Sender {
    pub(super) fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
        let mut contracts = BTreeMap::new();
        for feed in FEEDS {
            let contract =
                Contract::new(feed.schema, Arc::clone(&registry), feed::limits::RECORD).map_err(other)?;
            contracts.insert(feed.name, contract);
        }
        let programme = deployment.programme().to_owned();
        reached(deployment)?;
        Ok(Self {
            producer: FeedProducer::new(deployment.kafka()).map_err(other)?,
            contracts,
            converter: Converter::keeping(&programme, deployment.identity().clone()),
            identity: deployment.identity().clone(),
            programme,
            prefix: deployment.prefix().to_owned(),
            sent: 0,
            acknowledged: 0,
            unpaced: 0,
        })
    }

    /// A line as a record, and what will answer it.
    pub(super) fn prepare(&mut self, line: &Line) -> Result<Waiting, Failure> {
        let feed = line.file.feed;
        let published = feed.publish(&self.contracts[feed.name], &self.programme, &self.identity, line.bytes);
        let published = published.map_err(other)?;
        let answer = match line.command(&mut self.converter) {
            Ok(command) => Some((command.entity, command.key)),
            Err(bad) => match (published.entity, bad.id) {
                (Some(entity), Some(id)) => {
                    Some((entity, EventKey::of(line.file.partner.as_str(), feed.name, id.as_str())))
                }
                _ => None,
            },
        };
        let topic = format!("{}{}.{}", self.prefix, feed.name, line.file.partner);
        Ok(Waiting { topic, key: published.key, value: published.value, answer })
    }

    /// Which accounts the news of cards and the merges among `lines` connect.
    pub(super) fn clusters(&mut self, lines: &mut Lines) -> Result<Clusters, Failure> {
        let mut clusters = Clusters::default();
        while let Some(line) = lines.next_line().map_err(other)? {
            if connects(line.file.feed)
                && let Ok(command) = line.command(&mut self.converter)
            {
                clusters.note(&command);
            }
        }
        Ok(clusters)
    }

    /// Sends an event.
    pub(super) fn send(&mut self, waiting: &Waiting) -> Result<(), Failure> {
        let (key, value) = (waiting.key.as_slice(), waiting.value.as_slice());
        let record = Outgoing { topic: &waiting.topic, partition: None, key, value, headers: &[] };
        self.producer.send(&record, 0);
        self.sent += 1;
        self.unpaced += u64::from(waiting.answer.is_none());
        while self.sent - self.acknowledged > IN_FLIGHT {
            self.hear(Duration::from_secs(1))?;
        }
        self.check()
    }

    /// Events nobody answers by name.
    pub(super) const fn unpaced(&self) -> u64 {
        self.unpaced
    }

    /// Fails where the broker refused something.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        self.hear(Duration::ZERO)
    }

    fn hear(&mut self, wait: Duration) -> Result<(), Failure> {
        if !wait.is_zero()
            && let Some(acknowledged) = self.producer.wait(wait)
        {
            acknowledged.result.map_err(other)?;
            self.acknowledged += 1;
        }
        for acknowledged in self.producer.acknowledged() {
            acknowledged.result.map_err(other)?;
            self.acknowledged += 1;
        }
        self.producer.fatal().map_or(Ok(()), |error| Err(other(error)))
    }

    /// Waits until everything is acknowledged.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + PATIENCE;
        while self.acknowledged < self.sent {
            if Instant::now() > deadline {
                let open = self.sent - self.acknowledged;
                return Err(other(format!(
                    "kafka did not acknowledge {open} records within {} s",
                    PATIENCE.as_secs()
                )));
            }
            self.hear(Duration::from_millis(100))?;
        }
        Ok(())
    }
}
