//! How far the services are, by what their partners can see: the input positions that have an answer.

use crate::deployment::Deployment;
use crate::journal::Journal;
use crate::wait::{until, within};
use domain::event::OutcomeRecord;
use lotstream_kafka::reader::{Reader, Start};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use wire::Contract;
use wire::dead_letter::DeadLetterRecord;

/// Answers that are no remainder: more than any transaction under way may have held.
const MORE: usize = 200;
/// How long one look reads.
const LOOK: Duration = Duration::from_millis(50);

/// Watches outcomes and dead letters as they come.
pub struct Progress {
    reader: Reader,
    outcome: Contract,
    letter: Contract,
    prefix: String,
    answered: BTreeSet<(String, i32, i64)>,
    later: BTreeSet<(String, i32, i64)>,
}

impl Progress {
    /// Watches from the beginning on.
    pub fn of(deployment: &Deployment) -> Self {
        let journal = Journal::of(deployment);
        let topics = [journal.topics("outcomes."), journal.topics("dead-letters")].concat();
        let reader = Reader::open(&deployment.connection, &topics, Start::Beginning);
        Self {
            reader: reader.unwrap_or_else(|error| panic!("{error}")),
            outcome: journal.contract("outcome"),
            letter: journal.contract("dead_letter"),
            prefix: deployment.prefix.clone(),
            answered: BTreeSet::new(),
            later: BTreeSet::new(),
        }
    }

    /// Positions answered so far.
    pub fn answered(&mut self) -> usize {
        let began = Instant::now();
        while began.elapsed() < LOOK {
            match self.reader.poll(Duration::from_millis(5)) {
                Ok(Some(record)) => {
                    let value = record.value().unwrap_or_default();
                    if record.topic().ends_with(".dead-letters") {
                        self.answered.extend(letter(&self.letter, value, &self.prefix));
                    } else if let Some((place, is_later)) = outcome(&self.outcome, value) {
                        _ = if is_later { self.later.insert(place) } else { self.answered.insert(place) };
                    }
                }
                Ok(None) => {}
                Err(error) => panic!("{error}"),
            }
        }
        self.answered.len()
    }

    /// Waits until so many positions are answered.
    pub fn await_answers(&mut self, count: usize, patience: Duration) {
        let mut found = 0;
        let reached = within(patience, || {
            found = self.answered();
            (found >= count).then_some(())
        });
        assert!(
            reached.is_some(),
            "expected {count} inputs to be answered within {patience:?}, found {found}"
        );
    }

    /// Waits until so many of what was parked have their later fate.
    pub fn await_later(&mut self, count: usize, patience: Duration) {
        let reached = within(patience, || {
            self.answered();
            (self.later.len() >= count).then_some(())
        });
        let found = self.later.len();
        assert!(reached.is_some(), "expected {count} later fates within {patience:?}, found {found}");
    }

    /// Watches for so long, whatever comes: nothing that came meanwhile is taken for later work.
    pub fn watch(&mut self, time: Duration) {
        within(time, || {
            self.answered();
            None::<()>
        });
    }

    /// Waits for more answers, enough that the services surely work; how long it took.
    pub fn await_more(&mut self, patience: Duration) -> Duration {
        let (before, began) = (self.answered.len(), Instant::now());
        until("more outcomes", patience, || (self.answered() >= before + MORE).then_some(()));
        began.elapsed()
    }
}

/// The position that is answered, and whether by a later fate.
fn outcome(contract: &Contract, value: &[u8]) -> Option<((String, i32, i64), bool)> {
    let record: OutcomeRecord = contract.decode(value, &mut Vec::new()).ok()?;
    let source = record.source;
    let place = (format!("{}.{}", source.feed, source.partner), source.partition, source.offset);
    Some((place, record.later))
}

fn letter(contract: &Contract, value: &[u8], prefix: &str) -> Option<(String, i32, i64)> {
    let record: DeadLetterRecord = contract.decode(value, &mut Vec::new()).ok()?;
    // Beside the ledger's own there is always an outcome.
    let topic = record.topic.strip_prefix(prefix)?;
    record.command.is_none().then(|| (topic.to_owned(), record.partition, record.offset))
}
