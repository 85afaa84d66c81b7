//! The consumer group, classic protocol, eager assignment: everybody gives up everything, then joins again.

use std::collections::BTreeMap;

/// A member that was silent for so long is out, in milliseconds.
const SESSION: i64 = 900;
/// How long a rebalance waits for members that are not out yet.
const PATIENCE: i64 = 1_500;

/// What a member hears to its heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beat {
    /// Go on.
    Fine,
    /// Give up what you have, and join again.
    Rebalance,
    /// You are out: join as somebody new.
    Unknown,
}

/// What a member hears when everybody has joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Joined {
    pub(crate) node: usize,
    pub(crate) life: u64,
    pub(crate) member: u64,
    pub(crate) generation: i64,
    pub(crate) partitions: Vec<i32>,
}

#[derive(Debug)]
struct Member {
    node: usize,
    life: u64,
    heard: i64,
    joined: bool,
}

/// The group.
#[derive(Debug)]
pub(crate) struct Group {
    partitions: i32,
    generation: i64,
    members: BTreeMap<u64, Member>,
    next: u64,
    /// Since when members are waited for.
    joining: Option<i64>,
}

impl Group {
    pub(super) const fn new(partitions: i32) -> Self {
        Self { partitions, generation: 0, members: BTreeMap::new(), next: 0, joining: None }
    }

    /// Whether an offset of this member is taken: of the generation that is, be it about to end.
    pub(super) fn is_current(&self, member: u64, generation: i64) -> bool {
        self.generation == generation && self.members.contains_key(&member)
    }

    /// Somebody joins, known by `member` or new; its id.
    pub(crate) fn join(&mut self, now: i64, member: Option<u64>, (node, life): (usize, u64)) -> u64 {
        let known = member.filter(|member| self.members.contains_key(member));
        let member = known.unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        self.members.insert(member, Member { node, life, heard: now, joined: true });
        self.joining.get_or_insert(now);
        member
    }

    /// A member is alive.
    pub(crate) fn beat(&mut self, now: i64, member: u64, generation: i64) -> Beat {
        let Some(found) = self.members.get_mut(&member) else { return Beat::Unknown };
        found.heard = now;
        match self.joining {
            _ if generation < self.generation => Beat::Unknown,
            Some(_) => Beat::Rebalance,
            None => Beat::Fine,
        }
    }

    /// Throws out a member: as an operator may, or a coordinator that lost it.
    pub(crate) fn expel(&mut self, now: i64, node: usize) -> bool {
        let before = self.members.len();
        self.members.retain(|_, member| member.node != node);
        let is_out = self.members.len() < before;
        if is_out {
            self.joining.get_or_insert(now);
        }
        is_out
    }

    /// Time passes: the silent are out; whoever has joined is told, once everybody has or patience ends.
    pub(crate) fn tick(&mut self, now: i64) -> Vec<Joined> {
        let before = self.members.len();
        self.members.retain(|_, member| now - member.heard <= SESSION);
        if self.members.len() < before {
            self.joining.get_or_insert(now);
        }
        let Some(since) = self.joining else { return Vec::new() };
        if now - since > PATIENCE {
            self.members.retain(|_, member| member.joined);
        }
        if self.members.values().any(|member| !member.joined) {
            return Vec::new();
        }
        self.assign()
    }

    fn assign(&mut self) -> Vec<Joined> {
        self.joining = None;
        self.generation += 1;
        let generation = self.generation;
        let count = self.members.len();
        let share = |place: usize| -> Vec<i32> {
            (0..self.partitions).filter(|partition| *partition as usize % count == place).collect()
        };
        let joined = self.members.iter().enumerate().map(|(place, (member, found))| Joined {
            node: found.node,
            life: found.life,
            member: *member,
            generation,
            partitions: share(place),
        });
        let joined = joined.collect();
        self.members.values_mut().for_each(|member| member.joined = false);
        joined
    }
}
