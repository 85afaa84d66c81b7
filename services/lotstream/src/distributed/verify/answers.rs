//! Outcomes and dead letters as they are read: what each says of which position.

use super::super::deployment::Deployment;
use super::super::other;
use super::Trouble;
use super::sources::LETTERS;
use crate::failure::Failure;
use domain::event::OutcomeRecord;
use lotstream_kafka::group::Place;
use lotstream_kafka::record::Incoming;
use std::sync::Arc;
use verify::positions::Said;
use wire::WireError;
use wire::contract::Contract;
use wire::dead_letter::DeadLetterRecord;
use wire::registry::{Cached, Confluent, Registry};

/// The largest record that is read.
const LIMIT: usize = 4 << 20;

/// What a record says.
pub(super) enum Answer {
    /// Something of an input position; the outcome, where it is one.
    Of(Place, i64, Said, Option<Box<OutcomeRecord>>),
    /// Nothing that counts: a later fate, a dead letter of the ledger, which stands beside its outcome.
    Nothing,
    /// It is no record of its topic: why.
    Unreadable(String),
}

/// Reads them.
pub(super) struct Answers {
    outcome: Contract,
    letter: Contract,
    prefix: String,
    scratch: Vec<u8>,
}

impl Answers {
    pub(super) fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
        Ok(Self {
            outcome: Contract::new("outcome", Arc::clone(&registry), LIMIT).map_err(other)?,
            letter: Contract::new("dead_letter", registry, LIMIT).map_err(other)?,
            prefix: deployment.prefix().to_owned(),
            scratch: Vec::new(),
        })
    }

    /// What `record` says.
    pub(super) fn read(&mut self, record: &Incoming<'_>) -> Result<Answer, Trouble> {
        let value = record.value().unwrap_or_default();
        let read = match record.topic().strip_prefix(&self.prefix) == Some(LETTERS) {
            true => self.letter.decode(value, &mut self.scratch).map(of_letter),
            false => self.outcome.decode(value, &mut self.scratch).map(|outcome| self.of_outcome(outcome)),
        };
        match read {
            Ok(answer) => Ok(answer),
            // The record is read: going on would leave its position without an answer.
            Err(error @ WireError::Registry(_)) => Err(Trouble::Lasting(error.to_string())),
            Err(error) => Ok(Answer::Unreadable(error.to_string())),
        }
    }

    fn of_outcome(&self, outcome: OutcomeRecord) -> Answer {
        if outcome.later {
            return Answer::Nothing;
        }
        let source = &outcome.source;
        let topic = format!("{}{}.{}", self.prefix, source.feed, source.partner);
        let (place, offset) = ((topic, source.partition), source.offset);
        Answer::Of(place, offset, Said::of(outcome.outcome), Some(Box::new(outcome)))
    }
}

fn of_letter(letter: DeadLetterRecord) -> Answer {
    match letter.command {
        Some(_) => Answer::Nothing,
        None => {
            let said = Said::Letter { named: !letter.id.is_empty() };
            Answer::Of((letter.topic, letter.partition), letter.offset, said, None)
        }
    }
}
