//! The engine's suite for logs, on a real broker.
#![allow(clippy::unwrap_used)]

mod broker;

use broker::Broker;
use broker::instance::Deployment;
use engine::conformance::{LogWorld, log_conformance};
use engine::message::Frame;
use lotstream_kafka::KafkaLog;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

struct World {
    deployment: Deployment,
    producer: FeedProducer,
}

impl World {
    fn new() -> Option<Self> {
        let deployment = Deployment::new(Broker::get()?, 2);
        let producer = FeedProducer::new(&deployment.broker.connection).unwrap();
        Some(Self { deployment, producer })
    }

    /// All of a partition, read committed.
    fn read(&self, topic: &str, partition: i32) -> Vec<Frame> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.deployment.broker.connection.brokers)
            .set("group.id", self.deployment.broker.name("reader"))
            .set("enable.partition.eof", "true")
            .set("isolation.level", "read_committed");
        let reader: BaseConsumer = config.create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
        reader.assign(&list).unwrap();
        let mut all = Vec::new();
        loop {
            match reader.poll(broker::PATIENCE).unwrap() {
                Err(KafkaError::PartitionEOF(_)) => return all,
                Err(error) => panic!("{error}"),
                Ok(message) => all.push(Frame {
                    key: message.key().unwrap().to_vec(),
                    value: message.payload().unwrap().to_vec(),
                    headers: Vec::new(),
                }),
            }
        }
    }
}

impl LogWorld for World {
    type Log = KafkaLog;

    fn join(&self) -> KafkaLog {
        KafkaLog::open(self.deployment.config.clone()).unwrap()
    }

    fn publish(&self, partition: i32, messages: Vec<Frame>) {
        for frame in &messages {
            let record = Outgoing {
                topic: &self.deployment.config.topics.commands,
                partition: Some(partition),
                key: &frame.key,
                value: &frame.value,
                headers: &[],
            };
            self.producer.send(&record, 0);
        }
        for _ in &messages {
            self.producer.wait(broker::PATIENCE).unwrap().result.unwrap();
        }
    }

    fn input(&self, partition: i32) -> Vec<Frame> {
        self.read(&self.deployment.config.topics.commands, partition)
    }

    fn entries(&self) -> Vec<Frame> {
        let topic = &self.deployment.config.topics.entries;
        (0..2).flat_map(|partition| self.read(topic, partition)).collect()
    }

    fn message(&self, number: u32) -> Frame {
        Frame { key: b"key".to_vec(), value: number.to_be_bytes().to_vec(), headers: Vec::new() }
    }

    fn number(&self, message: &Frame) -> u32 {
        u32::from_be_bytes(message.value.as_slice().try_into().unwrap())
    }
}

#[test]
fn the_log_on_kafka_conforms() {
    if World::new().is_some() {
        log_conformance(|| World::new().unwrap());
    }
}
