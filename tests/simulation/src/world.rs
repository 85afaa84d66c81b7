//! The world of a run: time, what is on its way, and everything that is not a ledger instance.
//!
//! One queue of what happens when; nothing else moves time, and of what happens at the same time what was asked
//! for first comes first. So a seed is a run.

use crate::broker::Broker;
use crate::chance::Chance;
use crate::guards::Without;
use crate::mix::Mix;
use crate::node::Node;
use crate::poison::{Operator, Poison};
use crate::store::Replica;
use crate::trace::Trace;
use crate::weather::Weather;
use std::collections::BTreeMap;

/// Something that happens.
pub(crate) type Act = Box<dyn FnOnce(&mut World)>;

/// The instant, in milliseconds since 1970, a run begins at: 2026-01-01T00:00:00Z.
pub(crate) const BEGINNING: i64 = 1_767_225_600_000;

/// Milliseconds of the log's clock in one of the run's.
const PACE: i64 = 20;
/// How long everything must have been calm before a run can be at rest: what is due by itself has happened then.
const CALM: i64 = 16_000;

/// The time of the log at this of the run.
pub(crate) const fn clock_at(now: i64) -> i64 {
    BEGINNING + (now - BEGINNING) * PACE
}

/// Whom an instance talks to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Peer {
    /// The broker.
    Broker,
    /// A replica of the store.
    Replica(usize),
}

/// What the queue holds.
pub(crate) enum Due {
    /// Do this.
    Act(Act),
    /// Let an instance go on that waits with this ticket.
    Wake { node: usize, ticket: u64 },
}

/// The world.
pub(crate) struct World {
    /// Milliseconds since 1970.
    pub(crate) now: i64,
    queue: BTreeMap<(i64, u64), Due>,
    sequence: u64,
    pub(crate) chance: Chance,
    pub(crate) without: Without,
    /// What fails in the core.
    pub(crate) poison: Poison,
    pub(crate) operator: Operator,
    pub(crate) broker: Broker,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) weather: Weather,
    pub(crate) mix: Mix,
    pub(crate) trace: Trace,
    /// Where partners' events stand in their feed.
    pub(crate) published: Vec<i64>,
    /// Whether they have published all.
    pub(crate) is_published: bool,
    /// Instances to be started.
    pub(crate) to_start: Vec<usize>,
    /// When the storm was over.
    calm_at: Option<i64>,
}

impl World {
    pub(crate) fn new(seed: u64, partitions: i32, nodes: usize, without: Without, trace: Trace) -> Self {
        Self {
            now: BEGINNING,
            queue: BTreeMap::new(),
            sequence: 0,
            chance: Chance::new(seed),
            poison: Poison::of(seed, &without),
            operator: Operator::default(),
            without,
            broker: Broker::new(partitions),
            replicas: vec![Replica::default(); 3],
            nodes: (0..nodes).map(|_| Node::default()).collect(),
            weather: Weather::new(nodes),
            mix: Mix::default(),
            trace,
            published: Vec::new(),
            is_published: false,
            to_start: Vec::new(),
            calm_at: None,
        }
    }

    /// The time of the log and of the clocks on the wall: it runs faster than messages do, so that minutes pass.
    pub(crate) const fn clock(&self) -> i64 {
        clock_at(self.now)
    }

    /// What happens next, at the time it does; `None` where nothing will.
    pub(crate) fn next(&mut self) -> Option<Due> {
        let ((at, _), due) = self.queue.pop_first()?;
        self.now = self.now.max(at);
        Some(due)
    }

    /// `due` happens `delay` milliseconds from now.
    fn put(&mut self, delay: i64, due: Due) {
        self.sequence += 1;
        self.queue.insert((self.now + delay.max(0), self.sequence), due);
    }

    /// `act` happens `delay` milliseconds from now, whoever lives or dies.
    pub(crate) fn after(&mut self, delay: i64, act: impl FnOnce(&mut Self) + 'static) {
        self.put(delay, Due::Act(Box::new(act)));
    }

    /// `act` happens in the process of `node` as it lives now, `delay` milliseconds from now: later where it is paused
    /// then, never where it died.
    pub(crate) fn after_at(&mut self, node: usize, delay: i64, act: impl FnOnce(&mut Self) + 'static) {
        let life = self.nodes[node].life;
        self.after(delay, move |world| world.happen_at(node, life, Box::new(act)));
    }

    /// The same, now, in the life that is meant.
    pub(crate) fn happen_at(&mut self, node: usize, life: u64, act: Act) {
        let found = &mut self.nodes[node];
        if !found.is_up || found.life != life {
            return;
        }
        if found.paused_until > self.now {
            found.deferred.push(act);
            return;
        }
        act(self);
        self.wake(node);
    }

    /// `node` goes on from a pause: what came meanwhile comes now.
    pub(crate) fn resume(&mut self, node: usize) {
        for act in std::mem::take(&mut self.nodes[node].deferred) {
            act(self);
        }
        self.wake(node);
    }

    /// `node` waits, for news or until `until`.
    pub(crate) fn sleep(&mut self, node: usize, until: i64) {
        self.nodes[node].ticket += 1;
        let ticket = self.nodes[node].ticket;
        self.put(until - self.now, Due::Wake { node, ticket });
    }

    /// There is news for `node`.
    pub(crate) fn wake(&mut self, node: usize) {
        let ticket = self.nodes[node].ticket;
        self.put(0, Due::Wake { node, ticket });
    }

    /// Asks `peer` from `node`: `serve` happens there, if the request arrives; what it returns is brought back to
    /// `heard`, if the answer arrives and the process still lives.
    pub(crate) fn ask<T: 'static>(
        &mut self,
        node: usize,
        peer: Peer,
        serve: impl FnOnce(&mut Self) -> T + 'static,
        heard: impl FnOnce(&mut Self, T) + 'static,
    ) {
        let life = self.nodes[node].life;
        let Some(there) = self.travel(node, peer) else { return };
        self.after(there, move |world| {
            if world.weather.is_down(peer) {
                return;
            }
            let answer = serve(world);
            let Some(back) = world.travel(node, peer) else { return };
            world.after(back, move |world| {
                world.happen_at(node, life, Box::new(move |world| heard(world, answer)));
            });
        });
    }

    /// How long a message takes between `node` and `peer`; `None` where it is lost.
    fn travel(&mut self, node: usize, peer: Peer) -> Option<i64> {
        self.weather.travel(&mut self.chance, &mut self.mix, node, peer)
    }

    /// The storm is over: all links are mended, all clocks right, all instances up.
    pub(crate) fn calm(&mut self) {
        self.weather.clear();
        self.calm_at = Some(self.now);
        for node in 0..self.nodes.len() {
            self.nodes[node].clock_off = 0;
            if !self.nodes[node].is_up {
                self.to_start.push(node);
            }
            if self.nodes[node].paused_until > self.now {
                self.nodes[node].paused_until = 0;
                self.resume(node);
            }
        }
    }

    /// Whether all that was published is decided and in the store, and time had its turn.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.calm_at.is_some_and(|since| self.now - since > CALM) && self.restless().is_none()
    }

    /// Why it is not at rest.
    pub(crate) fn why_not_at_rest(&self) -> String {
        let why = self.restless().unwrap_or_else(|| "time has not passed".to_owned());
        format!("does not come to rest: {why}")
    }

    fn restless(&self) -> Option<String> {
        if !self.is_published {
            return Some("partners are publishing".to_owned());
        }
        for (number, node) in self.nodes.iter().enumerate() {
            if let Some((partition, why)) = node.halted.first() {
                return Some(format!("instance {number} halted partition {partition}: {why}"));
            }
            if !node.is_up || !node.is_settled || node.log.is_sending() {
                return Some(format!("instance {number} is at work"));
            }
        }
        for (number, partition) in self.broker.partitions.iter().enumerate() {
            let (end, committed) = (partition.input.len() as i64, partition.committed.unwrap_or(0));
            if end != committed || partition.is_unstable() {
                return Some(format!("partition {number} is decided to {committed} of {end}"));
            }
        }
        self.operator.is_needed(self).then(|| "what failed waits for the operator".to_owned())
    }
}
