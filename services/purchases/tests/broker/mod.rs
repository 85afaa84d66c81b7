//! A real broker and registry for tests: a deployment of its own by its prefix, deleted at the end.

#![allow(dead_code, unreachable_pub)]

use domain::Command;
use domain::event::OutcomeRecord;
use engine::codec::{Codec, Instruction};
use engine::message::Frame;
use lotstream_kafka::Connection;
use lotstream_kafka::admin::{Admin, TopicSpec};
use lotstream_kafka::feed::{FeedConsumer, FeedProducer};
use lotstream_kafka::record::Outgoing;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wire::codec::AvroCodec;
use wire::contract::Contract;
use wire::dead_letter::DeadLetterRecord;
use wire::registry::{Confluent, Registry};

/// How long a condition may take to become true.
pub const PATIENCE: Duration = Duration::from_secs(90);
const TICK: Duration = Duration::from_millis(50);
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A deployment.
pub struct Deployment {
    pub prefix: String,
    pub variables: Vec<(String, String)>,
    connection: Connection,
    registry: Arc<dyn Registry>,
    purchases: Contract,
    producer: FeedProducer,
    made: RefCell<Vec<String>>,
}

fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "expected {name} to name a server, found nothing; run `deploy/local/servers up kafka registry` and \
             `eval \"$(deploy/local/servers env)\"`, or set LOTSTREAM_NO_SERVERS=1 to leave these tests out"
        )
    })
}

impl Deployment {
    /// One with these topics; `None` only where the tests were told that there are no servers.
    pub fn new(topics: &[(&str, u32)]) -> Option<Self> {
        if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") {
            return None;
        }
        let (brokers, url) = (server("LOTSTREAM_KAFKA"), server("LOTSTREAM_REGISTRY"));
        let connection = Connection::to(brokers.as_str());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("test-{}-{since}-{number}-", std::process::id());
        let variables = [
            ("LOTSTREAM_KAFKA", brokers.as_str()),
            ("LOTSTREAM_KAFKA_SETTINGS", "session.timeout.ms=6000,heartbeat.interval.ms=1000"),
            ("LOTSTREAM_REGISTRY", &url),
            ("LOTSTREAM_PROGRAMME", "club"),
            ("LOTSTREAM_PREFIX", &prefix),
            ("LOTSTREAM_LISTEN", "127.0.0.1:0"),
        ];
        let registry: Arc<dyn Registry> = Arc::new(Confluent::new(&url));
        let deployment = Self {
            variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            purchases: Contract::new("purchase", Arc::clone(&registry), 1 << 20).unwrap(),
            producer: FeedProducer::new(&connection).unwrap(),
            made: RefCell::default(),
            prefix,
            connection,
            registry,
        };
        deployment.create(topics);
        deployment.create(&[("identity", 1)]);
        Some(deployment)
    }

    /// Makes more topics.
    pub fn create(&self, topics: &[(&str, u32)]) {
        let name = |name: &str| format!("{}{name}", self.prefix);
        let specs: Vec<TopicSpec> =
            topics.iter().map(|(topic, count)| TopicSpec::new(name(topic), *count, 1)).collect();
        Admin::new(&self.connection).unwrap().create(&specs).unwrap();
        self.made.borrow_mut().extend(specs.into_iter().map(|spec| spec.name));
    }

    pub fn config(&self) -> purchases::Config {
        purchases::Config::read(None, self.variables.clone()).unwrap()
    }

    /// Publishes lines of purchases of `partner` as Avro, bad ones as they are.
    pub fn publish(&self, partner: &str, lines: &[String]) {
        let topic = format!("{}purchases.{partner}", self.prefix);
        for line in lines {
            let record = purchases::FEED
                .publish(&self.purchases, "club", &feed::Identity::GIVEN, line.as_bytes())
                .unwrap();
            self.send(&topic, &record.key, &record.value);
        }
        for _ in lines {
            until("an acknowledgement", || self.producer.wait(TICK)).result.unwrap();
        }
    }

    fn send(&self, topic: &str, key: &[u8], value: &[u8]) {
        let record =
            Outgoing { topic, partition: None, key, value, headers: &[("traceparent", b"00-1-2-01")] };
        self.producer.send(&record, 0);
    }

    /// Reads `topic` from its beginning, one frame after another, until `done` says so.
    pub fn read(&self, topic: &str, mut done: impl FnMut(Frame) -> bool) {
        let (group, topic) = (format!("{}{topic}-reader", self.prefix), format!("{}{topic}", self.prefix));
        let consumer = FeedConsumer::new(&self.connection, &group, &[&topic]).unwrap();
        until(&format!("what is expected in {topic}"), || {
            let (_, record) = consumer.poll(TICK).unwrap()?;
            let headers =
                record.header("traceparent").map(|trace| ("traceparent".to_owned(), trace.to_vec()));
            let (key, value) = (record.key().to_vec(), record.value().unwrap().to_vec());
            done(Frame { key, value, headers: headers.into_iter().collect() }).then_some(())
        });
    }

    /// Reads commands until `done` says so.
    pub fn commands(&self, mut done: impl FnMut(Command) -> bool) {
        let codec = AvroCodec::new(&self.registry).unwrap();
        self.read("member-commands", |frame| match codec.decode(&frame).unwrap() {
            Instruction::Command(command) => done(Arc::unwrap_or_clone(command)),
            Instruction::Programme(_) => panic!("expected commands alone"),
        });
    }

    pub fn dead_letters(&self, count: usize) -> Vec<DeadLetterRecord> {
        self.records("dead-letters", "dead_letter", count)
    }

    pub fn outcomes(&self, partner: &str, count: usize) -> Vec<OutcomeRecord> {
        self.records(&format!("outcomes.{partner}"), "outcome", count)
    }

    fn records<T: for<'a> serde::Deserialize<'a>>(
        &self,
        topic: &str,
        schema: &'static str,
        count: usize,
    ) -> Vec<T> {
        let contract = Contract::new(schema, Arc::clone(&self.registry), 4 << 20).unwrap();
        let mut found = Vec::new();
        self.read(topic, |frame| {
            found.push(contract.decode(&frame.value, &mut Vec::new()).unwrap());
            found.len() == count
        });
        found
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        let made = self.made.borrow();
        let names: Vec<&str> = made.iter().map(String::as_str).collect();
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.connection.brokers);
        let Ok(client) = config.create::<AdminClient<DefaultClientContext>>() else { return };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let _ = runtime.block_on(client.delete_topics(&names, &AdminOptions::new()));
    }
}

/// Tries until `attempt` gives something, or fails saying what was waited for.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < deadline, "expected {what} within {PATIENCE:?}, did not happen");
    }
}
