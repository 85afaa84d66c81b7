//! Records as a partner writes them: framed Avro from JSON, or any bytes at all, with a key, to any topic.

use crate::deployment::Deployment;
use crate::journal::Journal;
use crate::wait::until;
use feed::Feed;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use std::time::Duration;
use wire::Contract;

/// How long the broker may take to acknowledge a record.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes to partners' topics.
pub struct Partner<'d> {
    deployment: &'d Deployment,
    producer: FeedProducer,
    contracts: Vec<(&'static Feed, Contract)>,
}

impl<'d> Partner<'d> {
    /// A partner of this deployment.
    pub fn of(deployment: &'d Deployment) -> Self {
        let journal = Journal::of(deployment);
        let producer = FeedProducer::new(&deployment.connection).unwrap_or_else(|error| panic!("{error}"));
        let contracts = feed::FEEDS.map(|feed| (feed, journal.contract(feed.schema))).into();
        Self { deployment, producer, contracts }
    }

    /// The record that a line of JSON is published as.
    ///
    /// # Panics
    /// Where the line is no record: then its bytes are what there is to write.
    pub fn record(&self, feed: &str, line: &str) -> Vec<u8> {
        let found = self.contracts.iter().find(|(known, _)| known.name == feed);
        let (feed, contract) = found.unwrap_or_else(|| panic!("expected a feed, found {feed}"));
        let published = feed.publish(contract, "veloprobeg", &feed::Identity::GIVEN, line.as_bytes());
        let published = published.unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_ne!(published.value, line.as_bytes(), "expected a line that Avro can say");
        published.value
    }

    /// The number a schema is registered under.
    pub fn schema_id(&self, schema: &'static str) -> u32 {
        Journal::of(self.deployment).contract(schema).id()
    }

    /// Writes these bytes, waits until they are in the topic, and says at which offset.
    pub fn write(&self, topic: &str, key: &[u8], value: &[u8]) -> i64 {
        self.write_traced(topic, key, value, "")
    }

    /// The same with a `traceparent`, unless that is empty.
    pub fn write_traced(&self, topic: &str, key: &[u8], value: &[u8], trace: &str) -> i64 {
        let topic = self.deployment.topic(topic);
        let header = [("traceparent", trace.as_bytes())];
        let headers = if trace.is_empty() { &[][..] } else { &header[..] };
        let record = Outgoing { topic: &topic, partition: None, key, value, headers };
        self.producer.send(&record, 0);
        let acknowledged = until("an acknowledgement of the broker", PATIENCE, || {
            self.producer.wait(Duration::from_millis(100))
        });
        acknowledged.result.unwrap_or_else(|error| panic!("{error}")).1
    }
}
