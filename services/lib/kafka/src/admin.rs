//! Topics: making them from their specifications, and checking at start that they are as they must be.
//!
//! Changes nothing of a topic that exists but its compression, and deletes only what it is told to. A missing or wrong one is
//! named, with the command that makes it.

use crate::connection::{Connection, REQUEST_TIMEOUT};
use crate::door;
use crate::error::Error;
use crate::wait::wait;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::client::{Client, DefaultClientContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

/// What a topic must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// How many copies of each.
    pub replication: u32,
    /// Settings of the topic, such as `retention.ms`; what is not here is the broker's default.
    pub config: BTreeMap<String, String>,
}

impl TopicSpec {
    /// A topic that stamps records with the broker's append time, as every topic here must. Of three copies or more, a
    /// majority has a record before it is acknowledged: Kafka's own default is one, which a lost disk takes along.
    pub fn new(name: impl Into<String>, partitions: u32, replication: u32) -> Self {
        let mut config = BTreeMap::new();
        config.insert("message.timestamp.type".to_owned(), "LogAppendTime".to_owned());
        if replication >= 3 {
            config.insert("min.insync.replicas".to_owned(), (replication / 2 + 1).to_string());
        }
        Self { name: name.into(), partitions, replication, config }
    }

    /// The same with one more setting.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.config.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// What became of one topic of a [`Admin::create`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// It was made.
    New,
    /// It was there already, as specified.
    Existed,
    /// It was there already, and is as specified now: compression alone is ever changed, which harms nobody.
    Mended,
}

/// Asks and tells the cluster about topics.
pub struct Admin {
    pub(crate) client: AdminClient<DefaultClientContext>,
    connection: Connection,
}

impl Admin {
    /// Connects lazily: a cluster that does not answer shows at the first question.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let client =
            connection.config().create().map_err(Error::kafka("making the administration client"))?;
        Ok(Self { client, connection: connection.clone() })
    }

    /// The client itself, for calls that it has no function for.
    pub(crate) fn native(&self) -> &Client<DefaultClientContext> {
        self.client.inner()
    }

    /// Whether the cluster answers, within `patience`: to ask it often, before asking for more.
    ///
    /// # Errors
    /// It does not.
    pub fn reach(&self, patience: Duration) -> Result<(), Error> {
        self.told(("reaching the cluster", patience)).map(drop)
    }

    /// Makes the topics that do not exist and checks those that do. Says what became of each, in order.
    pub fn create(&self, specs: &[TopicSpec]) -> Result<Vec<Created>, Error> {
        let topics: Vec<NewTopic<'_>> = specs.iter().map(new_topic).collect();
        let answers =
            wait(self.client.create_topics(&topics, &options())).map_err(Error::kafka("creating topics"))?;
        let mut existed = BTreeSet::new();
        let mut errors = Vec::new();
        for answer in answers {
            match answer {
                Ok(_) => {}
                Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => {
                    existed.insert(name);
                }
                Err((name, code)) => {
                    errors.push(Error::kafka(format!("creating topic `{name}`"))(KafkaError::AdminOp(code)));
                }
            }
        }
        Error::all(errors)?;
        self.wait_for(specs)?;
        let old: Vec<TopicSpec> = specs.iter().filter(|spec| existed.contains(&spec.name)).cloned().collect();
        let mended = self.unpack(&old)?;
        self.check(&old)?;
        let fate = |spec: &TopicSpec| match (existed.contains(&spec.name), mended.contains(&spec.name)) {
            (false, _) => Created::New,
            (true, true) => Created::Mended,
            (true, false) => Created::Existed,
        };
        Ok(specs.iter().map(fate).collect())
    }

    /// Waits until a broker shows every topic with a leader for each partition: creating answers before that.
    fn wait_for(&self, specs: &[TopicSpec]) -> Result<(), Error> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            let metadata = self.metadata()?;
            let ready = |spec: &&TopicSpec| {
                let topic = metadata.topics().iter().find(|topic| topic.name() == spec.name);
                topic.is_some_and(|topic| topic.partitions().iter().all(|partition| partition.leader() >= 0))
            };
            let Some(late) = specs.iter().find(|spec| !ready(spec)) else { return Ok(()) };
            if Instant::now() > deadline {
                let doing = format!("waiting for topic `{}` to have leaders", late.name);
                return Err(Error::Late { doing, millis: REQUEST_TIMEOUT.as_millis() });
            }
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Checks that every topic exists with its partitions and settings; names every one that does not.
    pub fn check(&self, specs: &[TopicSpec]) -> Result<(), Error> {
        if specs.is_empty() {
            return Ok(());
        }
        let found = self.partitions()?;
        let mut errors = Vec::new();
        let mut existing = Vec::new();
        for spec in specs {
            match found.get(&spec.name) {
                None => errors.push(Error::MissingTopic { topic: spec.name.clone() }),
                Some(&count) if count != spec.partitions as usize => errors.push(Error::Partitions {
                    topic: spec.name.clone(),
                    found: count,
                    expected: spec.partitions as usize,
                    why: "as the topic catalogue says".to_owned(),
                }),
                Some(_) => existing.push(spec),
            }
        }
        errors.extend(self.differences(&existing)?);
        Error::all(errors)
    }

    /// Deletes topics with all they hold. For tests and benchmarks, of topics they made themselves; one that is
    /// not there is no error.
    pub fn delete(&self, topics: &[&str]) -> Result<(), Error> {
        let answers =
            wait(self.client.delete_topics(topics, &options())).map_err(Error::kafka("deleting topics"))?;
        let errors = answers.into_iter().filter_map(|answer| match answer {
            Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => None,
            Err((name, code)) => {
                Some(Error::kafka(format!("deleting topic `{name}`"))(KafkaError::AdminOp(code)))
            }
        });
        Error::all(errors.collect())
    }

    /// Deletes every record that `topics` hold now, as their retention would in time. For tests, and for an operator
    /// whom the law leaves less time than the catalogue.
    ///
    /// # Errors
    /// A topic that does not exist, a cluster that does not answer.
    pub fn empty(&self, topics: &[&str]) -> Result<(), Error> {
        let found = self.partitions()?;
        let mut ends = TopicPartitionList::new();
        for topic in topics {
            let partitions =
                found.get(*topic).ok_or_else(|| Error::MissingTopic { topic: (*topic).to_owned() })?;
            for partition in 0..*partitions {
                let placed = ends.add_partition_offset(
                    topic,
                    i32::try_from(partition).unwrap_or(i32::MAX),
                    Offset::End,
                );
                placed.map_err(Error::kafka(format!("emptying topic `{topic}`")))?;
            }
        }
        let answers = wait(self.client.delete_records(&ends, &options()));
        let answers = answers.map_err(Error::kafka("emptying topics"))?;
        let errors = answers.elements().into_iter().filter_map(|place| {
            let doing = format!("emptying topic `{}` {}", place.topic(), place.partition());
            place.error().err().map(Error::kafka(doing))
        });
        Error::all(errors.collect())
    }

    /// Deletes the records of a partition before `offset`, as its retention would. For tests, of topics they made.
    ///
    /// # Errors
    /// A topic that does not exist, a cluster that does not answer.
    pub fn delete_before(&self, topic: &str, partition: i32, offset: i64) -> Result<(), Error> {
        let doing = || format!("deleting records of `{topic}` {partition}");
        let mut places = TopicPartitionList::new();
        let place = places.add_partition_offset(topic, partition, Offset::Offset(offset));
        place.map_err(Error::kafka(doing()))?;
        wait(self.client.delete_records(&places, &options())).map_err(Error::kafka(doing()))?;
        Ok(())
    }

    /// How long `topic` keeps a record, in milliseconds; `None` where it is never deleted.
    ///
    /// # Errors
    /// A topic that does not exist, a cluster that does not answer.
    pub fn retention(&self, topic: &str) -> Result<Option<i64>, Error> {
        let doing = || format!("reading the settings of topic `{topic}`");
        let (asked, options) = ([ResourceSpecifier::Topic(topic)], options());
        let answers = wait(self.client.describe_configs(&asked, &options)).map_err(Error::kafka(doing()))?;
        let settings = answers.into_iter().next().transpose();
        let settings = settings.map_err(|code| Error::kafka(doing())(KafkaError::AdminOp(code)))?;
        let value =
            settings.and_then(|settings| settings.get("retention.ms").and_then(|entry| entry.value.clone()));
        Ok(value.and_then(|value| value.parse().ok()).filter(|millis| *millis >= 0))
    }

    /// The class that decides who may do what; `None` where the cluster lets everybody do everything.
    ///
    /// # Errors
    /// A cluster that does not answer, or does not tell.
    pub fn authorizer(&self) -> Result<Option<String>, Error> {
        let broker = self.metadata()?.brokers().first().map(rdkafka::metadata::MetadataBroker::id);
        let Some(broker) = broker else { return Ok(None) };
        let doing = || format!("reading the settings of broker {broker}");
        let (asked, options) = ([ResourceSpecifier::Broker(broker)], options());
        let answers = wait(self.client.describe_configs(&asked, &options)).map_err(Error::kafka(doing()))?;
        let settings = answers.into_iter().next().transpose();
        let settings = settings.map_err(|code| Error::kafka(doing())(KafkaError::AdminOp(code)))?;
        let name = settings.and_then(|it| it.get("authorizer.class.name")?.value.clone());
        Ok(name.filter(|name| !name.is_empty()))
    }

    /// Checks that `topics` exist; names every one that does not.
    pub fn check_exist(&self, topics: &[&str]) -> Result<(), Error> {
        let found = self.partitions()?;
        let missing = topics.iter().filter(|topic| !found.contains_key(**topic));
        Error::all(missing.map(|topic| Error::MissingTopic { topic: (*topic).to_owned() }).collect())
    }

    /// Checks that `topics` exist and stamp records with the broker's append time.
    pub fn check_append_time(&self, topics: &[&str]) -> Result<(), Error> {
        let found = self.partitions()?;
        let specs: Vec<TopicSpec> = topics
            .iter()
            .map(|name| {
                let count = found.get(*name).copied().unwrap_or(0);
                TopicSpec::new(*name, u32::try_from(count).unwrap_or(0), 1)
            })
            .collect();
        self.check(&specs)
    }

    /// Checks that each partition of `commands` has its write-ahead log, the partition of the same number of `wal`, and
    /// returns how many there are. More of `wal` are of no use, and no harm: Kafka takes none back.
    pub fn check_pair(&self, commands: &str, wal: &str) -> Result<u32, Error> {
        let found = self.partitions()?;
        let missing = |topic: &str| Error::MissingTopic { topic: topic.to_owned() };
        match (found.get(commands), found.get(wal)) {
            (Some(commands), Some(wal)) if commands <= wal => {
                Ok(u32::try_from(*commands).unwrap_or(u32::MAX))
            }
            (Some(&expected), Some(&found)) => {
                let why = format!("as many as `{commands}`");
                Err(Error::Partitions { topic: wal.to_owned(), found, expected, why })
            }
            (None, Some(_)) => Err(missing(commands)),
            (Some(_), None) => Err(missing(wal)),
            (None, None) => Err(Error::Several(vec![missing(commands), missing(wal)])),
        }
    }

    /// Every topic of the cluster and its number of partitions.
    pub fn partitions(&self) -> Result<BTreeMap<String, usize>, Error> {
        let metadata = self.metadata()?;
        Ok(metadata
            .topics()
            .iter()
            .map(|topic| (topic.name().to_owned(), topic.partitions().len()))
            .collect())
    }

    fn metadata(&self) -> Result<Metadata, Error> {
        self.told(("listing topics", REQUEST_TIMEOUT))
    }

    fn told(&self, why: (&str, Duration)) -> Result<Metadata, Error> {
        door::metadata(self.client.inner(), &self.connection, None, why)
    }

    /// Settings of existing topics that are not as specified.
    fn differences(&self, specs: &[&TopicSpec]) -> Result<Vec<Error>, Error> {
        if specs.is_empty() {
            return Ok(Vec::new());
        }
        let asked: Vec<_> = specs.iter().map(|spec| ResourceSpecifier::Topic(&spec.name)).collect();
        let answers = wait(self.client.describe_configs(&asked, &options()))
            .map_err(Error::kafka("reading the settings of topics"))?;
        let mut errors = Vec::new();
        for (spec, answer) in specs.iter().zip(answers) {
            let doing = format!("reading the settings of topic `{}`", spec.name);
            let settings = answer.map_err(|code| Error::kafka(doing)(KafkaError::AdminOp(code)))?;
            for (key, expected) in &spec.config {
                let found = settings.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default();
                if found != *expected {
                    errors.push(Error::Config {
                        topic: spec.name.clone(),
                        key: key.clone(),
                        found,
                        expected: expected.clone(),
                    });
                }
            }
        }
        Ok(errors)
    }
}

pub(crate) fn options() -> AdminOptions {
    AdminOptions::new().request_timeout(Some(REQUEST_TIMEOUT)).operation_timeout(Some(REQUEST_TIMEOUT))
}

fn new_topic(spec: &TopicSpec) -> NewTopic<'_> {
    let partitions = i32::try_from(spec.partitions).unwrap_or(i32::MAX);
    let replication = TopicReplication::Fixed(i32::try_from(spec.replication).unwrap_or(i32::MAX));
    let topic = NewTopic::new(&spec.name, partitions, replication);
    spec.config.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
}
