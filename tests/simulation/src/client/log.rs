//! The log of an instance.

use super::appender::Appender;
use super::commit::Producer;
use super::{CALL, REQUEST};
use crate::broker::{Carried, Refused};
use crate::guards::Guard;
use crate::node::Seat;
use crate::world::{Peer, World};
use embedded::Value;
use engine::log::{Appending, Log, LogError, LogEvent, Ownership, Transaction, WalChunk, WalRange};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// Input of a partition that is consumed.
pub(crate) struct Consumer {
    position: i64,
    is_paused: bool,
}

/// What the instance's log holds. Dies with the process.
#[derive(Default)]
pub(crate) struct LogState {
    pub(super) member: Option<u64>,
    pub(super) generation: i64,
    pub(super) assigned: Vec<i32>,
    pub(super) joining_since: Option<i64>,
    pub(super) is_revoking: bool,
    pub(super) news: VecDeque<LogEvent<Value>>,
    consumers: BTreeMap<i32, Consumer>,
    pub(super) producers: BTreeMap<i32, Producer>,
    pub(super) appenders: BTreeMap<i32, Appender>,
    /// Numbers producers: what was sent by an earlier one of the same partition is told apart.
    seats: u64,
}

impl LogState {
    /// Whether it reads this partition.
    pub(crate) fn consumes(&self, partition: i32) -> bool {
        self.consumers.contains_key(&partition)
    }

    /// Whether something is to be appended that is not acknowledged.
    pub(crate) fn is_sending(&self) -> bool {
        self.appenders.values().any(Appender::is_sending)
    }

    pub(super) fn next_seat(&mut self) -> u64 {
        self.seats += 1;
        self.seats
    }
}

/// The log of the process that sits there.
pub(crate) struct LogClient<'a>(pub(crate) Seat<'a>);

fn late(what: &str) -> LogError {
    LogError::Retry(format!("{what}: no answer in time"))
}

impl LogClient<'_> {
    fn state<T>(&self, act: impl FnOnce(&mut LogState) -> T) -> T {
        self.0.with(|world| act(&mut world.nodes[self.0.node].log))
    }

    fn hold(&self, partition: i32, is_paused: bool) {
        self.state(|log| {
            if let Some(consumer) = log.consumers.get_mut(&partition) {
                consumer.is_paused = is_paused;
            }
        });
    }

    /// Asks the broker until it has an answer, or time is up.
    fn insist<T: 'static>(
        &self,
        what: &str,
        serve: impl Fn(&mut World) -> Option<T> + 'static,
    ) -> Result<T, LogError> {
        let deadline = self.0.with(|world| world.now + CALL);
        let serve = Rc::new(serve);
        while self.0.with(|world| world.now) < deadline {
            let serve = Rc::clone(&serve);
            match self.0.call(Peer::Broker, REQUEST, move |world| serve(world)) {
                Some(Some(answer)) => return Ok(answer),
                Some(None) => self.0.stand(7),
                None => {}
            }
        }
        Err(late(what))
    }

    /// Records of partitions that are consumed; a part of what there is.
    fn fetch(&self, events: &mut Vec<LogEvent<Value>>) {
        let node = self.0.node;
        self.0.with(|world| {
            if world.weather.is_cut(node, Peer::Broker) {
                return;
            }
            let World { nodes, broker, chance, .. } = world;
            for (partition, consumer) in &mut nodes[node].log.consumers {
                let there = &broker.partition(*partition).input;
                let from = consumer.position as usize;
                if consumer.is_paused || from >= there.len() {
                    continue;
                }
                let until = there.len().min(from + 1 + chance.below(20) as usize);
                consumer.position = until as i64;
                events
                    .push(LogEvent::Records { partition: *partition, records: there[from..until].to_vec() });
            }
        });
    }
}

impl Log for LogClient<'_> {
    type Message = Value;

    fn partitions(&self) -> i32 {
        self.0.with(|world| world.broker.partitions.len() as i32)
    }

    fn poll(&mut self, wait: Duration, events: &mut Vec<LogEvent<Value>>) -> Result<(), LogError> {
        // Whatever was done took a moment.
        let moment = self.0.with(|world| world.chance.between(0, 2));
        self.0.stand(moment.max(1));
        let until = self.0.with(|world| world.now + (wait.as_millis() as i64).max(25));
        for is_last in [false, true] {
            self.state(|log| events.extend(log.news.drain(..)));
            self.fetch(events);
            let has_news = self.0.with(|world| world.nodes[self.0.node].store.has_news());
            if is_last || has_news || !events.is_empty() {
                break;
            }
            self.0.wait(until);
        }
        Ok(())
    }

    fn confirm_revoked(&mut self) -> Result<(), LogError> {
        let node = self.0.node;
        self.0.with(|world| {
            let log = &mut world.nodes[node].log;
            log.is_revoking = false;
            log.assigned.clear();
            log.consumers.clear();
            world.join_group(node);
        });
        Ok(())
    }

    fn pause(&mut self, partition: i32) -> Result<(), LogError> {
        self.hold(partition, true);
        Ok(())
    }

    fn resume(&mut self, partition: i32) -> Result<(), LogError> {
        self.hold(partition, false);
        Ok(())
    }

    fn fence(&mut self, partition: i32) -> Result<(), LogError> {
        self.0.breathe();
        let node = self.0.node;
        let name = self.0.with(|world| world.producer_name(partition, node));
        let epoch = self.insist("opening the producer", move |world| world.open_producer(name).ok())?;
        let appender = self.0.with(|world| (node, world.nodes[node].life));
        self.state(|log| {
            let seat = log.next_seat();
            log.producers.insert(partition, Producer::new(seat, name, epoch));
            log.appenders.insert(partition, Appender::new((appender.0, appender.1, seat)));
        });
        Ok(())
    }

    fn committed(&mut self, partition: i32) -> Result<Option<i64>, LogError> {
        self.0.breathe();
        self.insist("the committed offset", move |world| {
            let is_stable = !world.without.lacks(Guard::StableOffset);
            let found = world.broker.partition(partition);
            (!is_stable || !found.is_unstable()).then_some(found.committed)
        })
    }

    fn wal_range(&mut self, partition: i32) -> Result<WalRange, LogError> {
        self.0.breathe();
        self.insist("the end of ledger-wal", move |world| {
            let is_stable = world.without.lacks(Guard::UncommittedEnd);
            let found = world.broker.partition(partition);
            Some(WalRange { start: 0, end: if is_stable { found.stable_end() } else { found.end() } })
        })
    }

    fn read_wal(&mut self, partition: i32, from: i64, to: i64) -> Result<WalChunk<Value>, LogError> {
        self.0.breathe();
        let limit = self.0.with(|world| world.chance.between(1, 30));
        self.insist("reading ledger-wal", move |world| {
            let chunk = world.broker.partition(partition).read(from, to, limit);
            (chunk.next > from).then_some(chunk)
        })
    }

    fn prove(&mut self, partition: i32, position: i64) -> Result<Ownership, LogError> {
        self.0.breathe();
        let Some((name, epoch, attempt)) =
            self.state(|log| log.producers.get_mut(&partition).map(Producer::next_attempt))
        else {
            return Err(LogError::Retry("no producer to prove with".to_owned()));
        };
        let member = self.state(|log| log.member.map(|member| (member, log.generation)));
        let (member, generation) = member.unwrap_or((0, 0));
        let carried = Carried { member, generation, position };
        let answer = self.insist("proving ownership", move |world| {
            let fences = !world.without.lacks(Guard::Generation);
            let now = world.now;
            match world.broker.carry(now, name, (epoch, attempt), carried, fences) {
                Err(Refused::Concurrent) => None,
                answer => Some(answer),
            }
        })?;
        match answer {
            Ok(()) => {
                self.insist("ending the proof", move |world| {
                    Some(world.end_transaction(name, epoch, attempt, false))
                })?
                .map_err(|refused| LogError::Retry(format!("the proof: {refused:?}")))?;
                self.fence(partition)?;
                Ok(Ownership::Proven)
            }
            Err(refused) => Ok(Ownership::Refused(format!("{refused:?}"))),
        }
    }

    fn start(&mut self, partition: i32, position: Option<i64>) -> Result<(), LogError> {
        let position = position.unwrap_or(0);
        let end = self.0.with(|world| world.broker.partition(partition).input.len() as i64);
        if position > end {
            return Err(LogError::Fatal(format!("offset {position} is behind the end, {end}")));
        }
        self.state(|log| log.consumers.insert(partition, Consumer { position, is_paused: false }));
        Ok(())
    }

    fn commit(&mut self, partition: i32, transaction: Transaction<Value>) {
        self.0.breathe();
        self.0.with(|world| world.commit(self.0.node, partition, transaction));
    }

    fn append(&mut self, partition: i32, messages: Vec<Appending<Value>>) {
        self.0.breathe();
        self.0.with(|world| world.send_later(self.0.node, partition, messages));
    }

    fn release(&mut self, partition: i32) {
        self.state(|log| {
            log.consumers.remove(&partition);
            log.producers.remove(&partition);
            log.appenders.remove(&partition);
            log.news.retain(|event| !is_of(event, partition));
        });
    }

    fn close(&mut self) -> Result<(), LogError> {
        Ok(())
    }
}

fn is_of(event: &LogEvent<Value>, released: i32) -> bool {
    match event {
        LogEvent::Records { partition, .. }
        | LogEvent::CommitResult { partition, .. }
        | LogEvent::Appended { partition, .. }
        | LogEvent::AppendBroken { partition, .. } => *partition == released,
        LogEvent::Assigned(_) | LogEvent::Revoked(_) => false,
    }
}
