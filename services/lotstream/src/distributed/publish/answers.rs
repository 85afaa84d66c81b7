//! Outcomes as they come: which event of which account was answered.

use super::super::deployment::Deployment;
use super::super::other;
use crate::failure::Failure;
use domain::event::OutcomeRecord;
use domain::outcome::Reason;
use domain::{EntityId, EventKey};
use feed::files::File;
use lotstream_kafka::reader::{Reader, Start};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use wire::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// Records taken in one go.
const AT_ONCE: usize = 1_000;

pub(super) struct Answers {
    reader: Reader,
    contract: Contract,
    /// Events that wait for a limit (S34): what becomes of them is their answer.
    waiting: BTreeSet<EventKey>,
}

impl Answers {
    /// Reads the outcomes of every partner that has a file, from now on.
    pub(super) fn open(deployment: &Deployment, files: &[File]) -> Result<Self, Failure> {
        let partners: BTreeSet<&str> = files.iter().map(|file| file.partner.as_str()).collect();
        let prefix = deployment.prefix();
        let topics: Vec<String> =
            partners.iter().map(|partner| format!("{prefix}outcomes.{partner}")).collect();
        let reader = Reader::open(deployment.kafka(), &topics, Start::Now).map_err(other)?;
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
        let contract = Contract::new("outcome", registry, 1 << 20).map_err(other)?;
        Ok(Self { reader, contract, waiting: BTreeSet::new() })
    }

    /// The answers there are, waiting a moment for the first.
    pub(super) fn poll(&mut self) -> Result<Vec<(EntityId, EventKey)>, Failure> {
        let mut answers = Vec::new();
        let mut wait = Duration::from_millis(5);
        while answers.len() < AT_ONCE {
            let Some(record) = self.reader.poll(wait).map_err(other)? else { break };
            wait = Duration::ZERO;
            let Some(value) = record.value() else { continue };
            let mut scratch = Vec::new();
            let outcome: OutcomeRecord = self.contract.decode(value, &mut scratch).map_err(other)?;
            if self.is_answer(&outcome) {
                answers.push((outcome.entity, outcome.event));
            }
        }
        Ok(answers)
    }

    fn is_answer(&mut self, record: &OutcomeRecord) -> bool {
        if record.outcome.reason == Reason::AwaitsLimit {
            self.waiting.insert(record.event);
            return false;
        }
        !record.later || self.waiting.remove(&record.event)
    }
}
