//! One transaction, as a producer's thread runs it: records, offset, end. Each step is sent again until it is
//! answered, and what is not answered in the end is an unknown outcome.

use super::REQUEST;
use crate::broker::{Carried, ProducerName, Refused};
use crate::guards::Guard;
use crate::world::{Peer, World};
use embedded::Value;
use engine::log::{CommitError, Committed, LogEvent, Transaction};
use std::rc::Rc;

/// How often a step is tried.
const TRIES: u32 = 4;

/// A transactional producer.
pub(crate) struct Producer {
    seat: u64,
    name: ProducerName,
    epoch: u64,
    attempts: u64,
    /// The step that waits for its answer.
    step: u64,
}

/// A transaction under way.
#[derive(Clone)]
struct Open {
    node: usize,
    partition: i32,
    seat: u64,
    name: ProducerName,
    attempt: (u64, u64),
    carried: Carried,
    transaction: Rc<Transaction<Value>>,
    /// The offset behind its records, once they are written.
    end: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Step {
    Produce,
    Carry,
    End,
}

impl Producer {
    pub(super) const fn new(seat: u64, name: ProducerName, epoch: u64) -> Self {
        Self { seat, name, epoch, attempts: 0, step: 0 }
    }

    /// Begins another attempt: name, epoch, attempt.
    pub(super) const fn next_attempt(&mut self) -> (ProducerName, u64, u64) {
        self.attempts += 1;
        (self.name, self.epoch, self.attempts)
    }
}

impl World {
    /// `node` runs a transaction in `partition`.
    pub(super) fn commit(&mut self, node: usize, partition: i32, transaction: Transaction<Value>) {
        let log = &mut self.nodes[node].log;
        let (member, generation) = (log.member.unwrap_or(0), log.generation);
        let Some(producer) = log.producers.get_mut(&partition) else { return };
        let (name, epoch, attempt) = producer.next_attempt();
        let carried = Carried { member, generation, position: transaction.position };
        let seat = producer.seat;
        let transaction = Rc::new(transaction);
        let open =
            Open { node, partition, seat, name, attempt: (epoch, attempt), carried, transaction, end: 0 };
        self.go(open, Step::Produce, TRIES);
    }

    /// Sends a step, and again where nothing is heard.
    fn go(&mut self, open: Open, step: Step, tries: u32) {
        let Some(number) = self.next_step(&open) else { return };
        let (sent, again) = (open.clone(), open.clone());
        self.ask(
            open.node,
            Peer::Broker,
            move |world| world.serve(&sent, step),
            move |world, answer| world.heard(open, step, number, tries, answer),
        );
        self.after_at(again.node, REQUEST, move |world| {
            if !world.waits_for(&again, number) {
                return;
            }
            match tries {
                0 => world.fail(&again, step, "no answer"),
                _ => world.go(again, step, tries - 1),
            }
        });
    }

    fn next_step(&mut self, open: &Open) -> Option<u64> {
        let producer = self.nodes[open.node].log.producers.get_mut(&open.partition)?;
        if producer.seat != open.seat {
            return None;
        }
        producer.step += 1;
        Some(producer.step)
    }

    fn waits_for(&self, open: &Open, number: u64) -> bool {
        let producer = self.nodes[open.node].log.producers.get(&open.partition);
        producer.is_some_and(|producer| producer.seat == open.seat && producer.step == number)
    }

    /// A step, at the broker: the offset behind what was written, for the first.
    fn serve(&mut self, open: &Open, step: Step) -> Result<i64, Refused> {
        let (epoch, attempt) = open.attempt;
        let now = self.now;
        match step {
            Step::Produce => self.broker.produce(now, open.name, open.attempt, &open.transaction),
            Step::Carry => {
                let fences = !self.without.lacks(Guard::Generation);
                self.broker.carry(now, open.name, open.attempt, open.carried, fences).map(|()| 0)
            }
            Step::End => self.end_transaction(open.name, epoch, attempt, true).map(|()| 0),
        }
    }

    fn heard(&mut self, mut open: Open, step: Step, number: u64, tries: u32, answer: Result<i64, Refused>) {
        if !self.waits_for(&open, number) {
            return;
        }
        match (step, answer) {
            (Step::Produce, Ok(end)) => {
                open.end = end;
                self.go(open, Step::Carry, TRIES);
            }
            (Step::Carry, Ok(_)) => self.go(open, Step::End, TRIES),
            (Step::End, Ok(_)) => {
                let wal_end = open.end;
                self.done(&open, Ok(Committed { wal_end }));
            }
            (_, Err(Refused::Concurrent)) => {
                // The step's own timer would come, too: it is for the step before.
                let node = open.node;
                if self.next_step(&open).is_some() {
                    self.after_at(node, 6, move |world| world.go(open, step, tries));
                }
            }
            (_, Err(refused)) => self.fail(&open, step, &format!("{refused:?}")),
        }
    }

    fn fail(&mut self, open: &Open, step: Step, why: &str) {
        let text = format!("{step:?}: {why}");
        let (epoch, attempt) = open.attempt;
        let name = open.name;
        let error = match step {
            Step::End if why == "Fenced" => CommitError::Fenced(text),
            Step::End => CommitError::Unknown(text),
            _ => {
                let abort = move |world: &mut World| world.end_transaction(name, epoch, attempt, false);
                self.ask(open.node, Peer::Broker, abort, |_, _| {});
                if why == "Fenced" || why == "StaleMember" {
                    CommitError::Fenced(text)
                } else {
                    CommitError::Aborted(text)
                }
            }
        };
        self.mix.effect(match error {
            CommitError::Aborted(_) => "commit aborted",
            CommitError::Fenced(_) => "commit fenced",
            CommitError::Unknown(_) => "commit unknown",
        });
        self.done(open, Err(error));
    }

    fn done(&mut self, open: &Open, result: Result<Committed, CommitError>) {
        if self.next_step(open).is_none() {
            return;
        }
        let partition = open.partition;
        self.nodes[open.node].log.news.push_back(LogEvent::CommitResult { partition, result });
        self.wake(open.node);
    }
}
