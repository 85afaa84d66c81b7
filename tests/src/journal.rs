//! Whole topics, decoded: read committed, from the beginning to the end they have now, nothing left out.

use crate::deployment::Deployment;
use domain::Command;
use engine::codec::{Codec, Instruction};
use engine::message::Frame;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Incoming;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::registry::{Cached, Confluent, Registry};
use wire::{AvroCodec, Contract};

/// The largest record of any topic.
const LIMIT: usize = 8 << 20;
/// How long nothing may come before the reading counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(200);

/// Reads the topics of a deployment.
pub struct Journal<'d> {
    deployment: &'d Deployment,
    registry: Arc<dyn Registry>,
}

impl<'d> Journal<'d> {
    /// A reader that joins no group and commits nothing.
    pub fn of(deployment: &'d Deployment) -> Self {
        Self { registry: Arc::new(Cached::new(Confluent::new(&deployment.registry))), deployment }
    }

    /// A schema as the registry has it.
    pub fn contract(&self, schema: &'static str) -> Contract {
        Contract::new(schema, Arc::clone(&self.registry), LIMIT).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Topics of a feed or role, such as `outcomes.`, of all partners, by their full names.
    pub fn topics(&self, start: &str) -> Vec<String> {
        let topics = self.deployment.topics();
        topics.iter().filter(|name| name.starts_with(start)).map(|name| self.deployment.topic(name)).collect()
    }

    /// Every record of a topic, or of the partners' topics that start with this.
    pub fn read<T: DeserializeOwned>(&self, start: &str, schema: &'static str) -> Vec<T> {
        let contract = self.contract(schema);
        let mut found = Vec::new();
        self.each(start, |record| {
            let decoded = contract.decode(record.value().unwrap_or_default(), &mut Vec::new());
            found.push(decoded.unwrap_or_else(|error| {
                panic!("{} {} {}: {error}", record.topic(), record.partition(), record.offset())
            }));
        });
        found
    }

    /// Every command of `member-commands`, in the order of its partition.
    pub fn commands(&self, mut take: impl FnMut(&Command)) {
        let codec = AvroCodec::new(&self.registry).unwrap_or_else(|error| panic!("{error}"));
        self.each("member-commands", |record| {
            let value = record.value().unwrap_or_default().to_vec();
            let frame = Frame { key: record.key().to_vec(), value, headers: Vec::new() };
            match codec.decode(&frame) {
                Ok(Instruction::Command(command)) => take(&command),
                Ok(Instruction::Programme(_)) => {}
                // The ledger dead-letters it; the sum over the inputs tells.
                Err(error) => eprintln!("member-commands {}: {error}", record.offset()),
            }
        });
    }

    /// Shows every record there is.
    pub fn each(&self, start: &str, mut show: impl FnMut(&Incoming<'_>)) {
        let topics = self.topics(start);
        if topics.is_empty() {
            return;
        }
        let mut reader = Reader::open(&self.deployment.connection, &topics, Start::Beginning)
            .unwrap_or_else(|error| panic!("{error}"));
        let mut heard = Instant::now();
        while !reader.is_done() {
            if let Some(record) = reader.poll(TICK).unwrap_or_else(|error| panic!("{error}")) {
                heard = Instant::now();
                show(&record);
            }
            assert!(
                heard.elapsed() < PATIENCE,
                "expected {start} to be read to its end, nothing came for {PATIENCE:?}"
            );
        }
    }
}
