//! An instance as a member of the group: joins, shows that it lives, gives up, joins again.

use crate::broker::{Beat, Joined};
use crate::world::{Peer, World};
use engine::log::LogEvent;

/// How often a member shows that it lives, in milliseconds.
const HEARTBEAT: i64 = 100;
/// How long it waits for the others before it joins again.
const PATIENCE: i64 = 1_800;

impl World {
    /// `node` asks to join.
    pub(crate) fn join_group(&mut self, node: usize) {
        let (now, life) = (self.now, self.nodes[node].life);
        let log = &mut self.nodes[node].log;
        log.joining_since = Some(now);
        let known = log.member;
        self.ask(
            node,
            Peer::Broker,
            move |world| world.broker.group.join(world.now, known, (node, life)),
            move |world, member| world.nodes[node].log.member = Some(member),
        );
    }

    /// The thread of `node` that keeps its membership, as long as this life lasts.
    pub(crate) fn keep_alive(&mut self, node: usize, life: u64) {
        let found = &self.nodes[node];
        if !found.is_up || found.life != life {
            return;
        }
        if found.paused_until <= self.now {
            self.beat(node);
        }
        self.after(HEARTBEAT, move |world| world.keep_alive(node, life));
    }

    fn beat(&mut self, node: usize) {
        let log = &self.nodes[node].log;
        if log.joining_since.is_some_and(|since| self.now - since > PATIENCE) {
            return self.join_group(node);
        }
        let Some(member) = log.member else { return };
        // Who waits for a generation is of none.
        let generation = if log.joining_since.is_some() { i64::MAX } else { log.generation };
        self.ask(
            node,
            Peer::Broker,
            move |world| world.broker.group.beat(world.now, member, generation),
            move |world, beat| world.hear_beat(node, (member, generation), beat),
        );
    }

    fn hear_beat(&mut self, node: usize, (member, generation): (u64, i64), beat: Beat) {
        let log = &mut self.nodes[node].log;
        let asked_of = if log.joining_since.is_some() { i64::MAX } else { log.generation };
        if log.member != Some(member) || asked_of != generation || beat == Beat::Fine {
            return;
        }
        if beat == Beat::Unknown {
            log.member = None;
        }
        if log.joining_since.is_some() {
            if beat == Beat::Unknown {
                self.join_group(node);
            }
        } else if !log.is_revoking {
            log.is_revoking = true;
            log.news.push_back(LogEvent::Revoked(log.assigned.clone()));
        }
    }

    /// Tells a member what it has, if it still lives.
    pub(crate) fn tell_joined(&mut self, joined: Joined) {
        if !self.weather.is_cut(joined.node, Peer::Broker) {
            let (node, life) = (joined.node, joined.life);
            self.happen_at(node, life, Box::new(move |world| world.hear_joined(joined)));
        }
    }

    /// `node` is told what it has in the new generation.
    fn hear_joined(&mut self, joined: Joined) {
        let Joined { node, member, generation, partitions, .. } = joined;
        let log = &mut self.nodes[node].log;
        if log.joining_since.is_none() || log.member.is_some_and(|known| known != member) {
            return;
        }
        (log.joining_since, log.member) = (None, Some(member));
        log.generation = generation;
        log.assigned.clone_from(&partitions);
        log.news.push_back(LogEvent::Assigned(partitions));
        self.mix.effect("assignment");
    }
}
