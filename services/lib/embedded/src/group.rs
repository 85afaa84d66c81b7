//! The consumer group of the memory broker: eager rebalances, generations, members that vanish.
//!
//! A rebalance takes everything from everyone, waits until each member confirmed, and deals anew under the
//! next generation. A member that was expelled learns of it at its next poll, as a stalled process would.

use engine::log::LogEvent;
use std::collections::{BTreeMap, VecDeque};

/// A member's side of the group.
#[derive(Debug, Default)]
struct Member {
    assigned: Vec<i32>,
    /// Whether it still has to confirm a revocation.
    owes: bool,
}

/// The group.
#[derive(Debug, Default)]
pub(crate) struct Group {
    members: BTreeMap<u64, Member>,
    /// What to tell whom, members that are out of the group included.
    news: BTreeMap<u64, VecDeque<News>>,
    next_member: u64,
    pub(crate) generation: u64,
    partitions: i32,
}

/// Something a member is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum News {
    Assigned { partitions: Vec<i32>, generation: u64 },
    Revoked(Vec<i32>),
}

impl News {
    /// As the log tells it.
    pub(crate) fn event<M>(self) -> LogEvent<M> {
        match self {
            Self::Assigned { partitions, .. } => LogEvent::Assigned(partitions),
            Self::Revoked(partitions) => LogEvent::Revoked(partitions),
        }
    }
}

impl Group {
    /// A group over so many partitions.
    pub(crate) fn new(partitions: i32) -> Self {
        Self { partitions, ..Self::default() }
    }

    /// A new member; its number.
    pub(crate) fn join(&mut self) -> u64 {
        self.next_member += 1;
        self.members.insert(self.next_member, Member::default());
        self.rebalance();
        self.next_member
    }

    /// A member goes, or is thought dead. It hears of what it loses if it still listens.
    pub(crate) fn remove(&mut self, member: u64) {
        let Some(gone) = self.members.remove(&member) else { return };
        if !gone.assigned.is_empty() && !gone.owes {
            self.tell(member, News::Revoked(gone.assigned));
        }
        self.rebalance();
    }

    /// Whether `member` is in the group at `generation`.
    pub(crate) fn is_current(&self, member: u64, generation: u64) -> bool {
        self.members.contains_key(&member) && generation == self.generation
    }

    /// The next thing `member` has to hear.
    pub(crate) fn next(&mut self, member: u64) -> Option<News> {
        self.news.get_mut(&member)?.pop_front()
    }

    /// `member` tore down what was revoked. One that was expelled joins again.
    pub(crate) fn confirm(&mut self, member: u64) {
        match self.members.get_mut(&member) {
            Some(known) => {
                known.owes = false;
                known.assigned.clear();
                self.deal();
            }
            None => {
                self.members.insert(member, Member::default());
                self.rebalance();
            }
        }
    }

    fn tell(&mut self, member: u64, news: News) {
        self.news.entry(member).or_default().push_back(news);
    }

    fn rebalance(&mut self) {
        let owing: Vec<(u64, Vec<i32>)> = self
            .members
            .iter_mut()
            .filter(|(_, member)| !member.owes && !member.assigned.is_empty())
            .map(|(number, member)| {
                member.owes = true;
                (*number, member.assigned.clone())
            })
            .collect();
        for (member, partitions) in owing {
            self.tell(member, News::Revoked(partitions));
        }
        self.deal();
    }

    /// Deals the partitions out once nobody owes a confirmation.
    fn deal(&mut self) {
        if self.members.is_empty() || self.members.values().any(|member| member.owes) {
            return;
        }
        self.generation += 1;
        let numbers: Vec<u64> = self.members.keys().copied().collect();
        for (place, number) in numbers.iter().enumerate() {
            let partitions: Vec<i32> = (0..self.partitions)
                .filter(|partition| *partition as usize % numbers.len() == place)
                .collect();
            if let Some(member) = self.members.get_mut(number) {
                member.assigned.clone_from(&partitions);
            }
            self.tell(*number, News::Assigned { partitions, generation: self.generation });
        }
    }
}
