//! A ledger's log on topics of its own, driven from a test.

use super::{Broker, PATIENCE, until};
use engine::log::{Appending, CommitError, Committed, Log, LogError, LogEvent, Transaction, WalChunk};
use engine::message::{Frame, Outgoing, Topic};
use lotstream_kafka::KafkaLog;
use lotstream_kafka::ledger::{Config, Topics};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use std::time::Duration;

/// One poll.
pub const TICK: Duration = Duration::from_millis(20);

/// The topics of one ledger, and the configuration all its instances share.
pub struct Deployment {
    pub broker: Broker,
    pub config: Config,
}

impl Deployment {
    /// Makes the topics.
    pub fn new(broker: Broker, partitions: u32) -> Self {
        let topics = Topics::with_prefix(&broker.name(""));
        for name in topics.required() {
            broker.make(lotstream_kafka::admin::TopicSpec::new(name, partitions, 1));
        }
        let mut config = Config::new(broker.connection.clone());
        config.group = broker.name("ledger");
        config.transactional_prefix = broker.name("ledger-");
        config.topics = topics;
        config.session_timeout = Duration::from_secs(6);
        Self { broker, config }
    }

    /// Joins.
    pub fn open(&self) -> Instance {
        Instance { log: KafkaLog::open(self.config.clone()).unwrap(), events: Vec::new() }
    }

    /// Joins, and waits for the one partition.
    pub fn open_alone(&self) -> Instance {
        let mut instance = self.open();
        assert_eq!(instance.assigned(), [0]);
        instance
    }

    /// A producer with the transactional id of `partition`, behind the log's back.
    pub fn zombie(&self, id: &str) -> BaseProducer {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.broker.connection.brokers)
            .set("transactional.id", id)
            .set("linger.ms", "0");
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        producer
    }
}

/// One instance and what it heard.
pub struct Instance {
    pub log: KafkaLog,
    pub events: Vec<LogEvent<Frame>>,
}

impl Instance {
    /// Polls once.
    pub fn poll(&mut self) {
        match self.log.poll(TICK, &mut self.events) {
            Ok(()) | Err(LogError::Retry(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Polls until `take` takes an event out.
    pub fn take<T>(&mut self, what: &str, take: impl Fn(&LogEvent<Frame>) -> Option<T>) -> T {
        until(what, || {
            self.poll();
            let place = self.events.iter().position(|event| take(event).is_some())?;
            take(&self.events.remove(place))
        })
    }

    pub fn assigned(&mut self) -> Vec<i32> {
        self.take("an assignment", |event| match event {
            LogEvent::Assigned(partitions) => Some(partitions.clone()),
            _ => None,
        })
    }

    pub fn revoked(&mut self) -> Vec<i32> {
        self.take("a revocation", |event| match event {
            LogEvent::Revoked(partitions) => Some(partitions.clone()),
            _ => None,
        })
    }

    pub fn result(&mut self) -> Result<Committed, CommitError> {
        self.take("a commit's result", |event| match event {
            LogEvent::CommitResult { result, .. } => Some(result.clone()),
            _ => None,
        })
    }

    /// Commits one transaction and waits for it.
    pub fn commit(&mut self, partition: i32, wal: &[&str], position: i64) -> Result<Committed, CommitError> {
        self.log.commit(partition, transaction(wal, position));
        self.result()
    }

    /// Waits until `count` appends are acknowledged.
    pub fn appended(&mut self, count: usize) -> Vec<u64> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.take("acknowledgements", |event| match event {
                LogEvent::Appended { tokens, .. } => Some(tokens.clone()),
                _ => None,
            }));
        }
        all.sort_unstable();
        all
    }

    /// Values of the next `count` records.
    pub fn values(&mut self, count: usize) -> Vec<String> {
        let mut all = Vec::new();
        while all.len() < count {
            all.extend(self.take("records", |event| match event {
                LogEvent::Records { records, .. } => {
                    Some(records.iter().map(|record| text(&record.message)).collect::<Vec<_>>())
                }
                _ => None,
            }));
        }
        all
    }

    /// Appends values to partition 0, tokens from 0.
    pub fn append(&mut self, values: impl IntoIterator<Item = String>) -> usize {
        let messages: Vec<_> = values
            .into_iter()
            .zip(0..)
            .map(|(value, token)| Appending { token, to: 0, message: frame(&value) })
            .collect();
        let count = messages.len();
        self.log.append(0, messages);
        count
    }

    /// All committed values of the write-ahead log, up to its read-uncommitted end.
    pub fn wal(&mut self) -> Vec<String> {
        let range = self.log.wal_range(0).unwrap();
        let (mut all, mut from) = (Vec::new(), range.start);
        while from < range.end {
            let WalChunk { entries, next } = self.log.read_wal(0, from, range.end).unwrap();
            assert!(next > from);
            all.extend(entries.iter().map(|entry| text(&entry.message)));
            from = next;
        }
        all
    }
}

pub fn frame(value: &str) -> Frame {
    Frame {
        key: b"key".to_vec(),
        value: value.as_bytes().to_vec(),
        headers: vec![("h".to_owned(), b"v".to_vec())],
    }
}

pub fn text(frame: &Frame) -> String {
    assert_eq!((frame.key.as_slice(), frame.header("h")), (b"key".as_slice(), Some(b"v".as_slice())));
    String::from_utf8(frame.value.clone()).unwrap()
}

pub fn transaction(wal: &[&str], position: i64) -> Transaction<Frame> {
    let event = Outgoing { topic: Topic::Entries, message: frame("event") };
    Transaction { wal: wal.iter().map(|value| frame(value)).collect(), events: vec![event], position }
}
