//! Appends to `member-commands`: idempotent, in order, sent again until acknowledged.

use super::REQUEST;
use crate::broker::AppenderName;
use crate::guards::Guard;
use crate::world::{Peer, World};
use domain::command::{Body, Command};
use embedded::Value;
use engine::log::{Appending, LogEvent};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The idempotent producer of an owner.
pub(crate) struct Appender {
    name: AppenderName,
    queue: VecDeque<Appending<Value>>,
    /// The next sequence number for each partition.
    sequences: BTreeMap<i32, u64>,
    /// Numbers what was sent, so that an answer finds what it is to.
    sent: u64,
    is_sending: bool,
}

impl Appender {
    pub(super) const fn new(name: AppenderName) -> Self {
        Self { name, queue: VecDeque::new(), sequences: BTreeMap::new(), sent: 0, is_sending: false }
    }

    pub(super) const fn is_sending(&self) -> bool {
        self.is_sending
    }
}

/// What is sent on, under an id that nobody knows: of whoever sends it, and not of its cause. A tick is no such thing.
fn anew(appending: Appending<Value>, by: AppenderName) -> Appending<Value> {
    let Value::Command(command) = &appending.message else { return appending };
    if matches!(command.body, Body::Tick) {
        return appending;
    }
    let key = command.key.derived(&format!("{by:?}"), appending.token as i64);
    let message = Value::Command(Arc::new(Command { key, ..Command::clone(command) }));
    Appending { message, ..appending }
}

impl World {
    /// `node` appends these for the owner of `partition`.
    pub(super) fn send_later(&mut self, node: usize, partition: i32, messages: Vec<Appending<Value>>) {
        let Some(appender) = self.nodes[node].log.appenders.get_mut(&partition) else { return };
        let forgets = self.without.lacks(Guard::ForwardedIdKept);
        appender
            .queue
            .extend(messages.into_iter().map(|it| if forgets { anew(it, appender.name) } else { it }));
        if !appender.is_sending {
            self.send_next(node, partition);
        }
    }

    fn send_next(&mut self, node: usize, partition: i32) {
        let Some(appender) = self.nodes[node].log.appenders.get_mut(&partition) else { return };
        let Some(Appending { to, message, .. }) = appender.queue.front().cloned() else {
            appender.is_sending = false;
            return;
        };
        appender.is_sending = true;
        appender.sent += 1;
        let (name, sent) = (appender.name, appender.sent);
        let sequence = *appender.sequences.entry(to).or_default();
        self.ask(
            node,
            Peer::Broker,
            move |world| world.append_once(name, sequence, to, &message),
            move |world, is_there| world.acknowledge(node, partition, (name, sent), is_there),
        );
        self.after_at(node, REQUEST, move |world| {
            if world.awaits(node, partition, (name, sent)) {
                world.send_next(node, partition);
            }
        });
    }

    fn append_once(&mut self, name: AppenderName, sequence: u64, to: i32, message: &Value) -> bool {
        let is_there = self.broker.append_once(self.clock(), name, sequence, to, message);
        self.wake_readers(to);
        is_there
    }

    /// Whoever reads `partition` has something to read.
    pub(crate) fn wake_readers(&mut self, partition: i32) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].is_up && self.nodes[node].log.consumes(partition) {
                self.wake(node);
            }
        }
    }

    fn awaits(&self, node: usize, partition: i32, (name, sent): (AppenderName, u64)) -> bool {
        let appender = self.nodes[node].log.appenders.get(&partition);
        appender.is_some_and(|it| it.name == name && it.sent == sent && it.is_sending)
    }

    fn acknowledge(&mut self, node: usize, partition: i32, sent: (AppenderName, u64), is_there: bool) {
        if !self.awaits(node, partition, sent) {
            return;
        }
        let log = &mut self.nodes[node].log;
        if is_there
            && let Some(appender) = log.appenders.get_mut(&partition)
            && let Some(Appending { token, to, .. }) = appender.queue.pop_front()
        {
            *appender.sequences.entry(to).or_default() += 1;
            log.news.push_back(LogEvent::Appended { partition, tokens: vec![token] });
        }
        self.send_next(node, partition);
    }
}
