//! Events that wait for their turn: one unanswered event an account, the others behind it in order.

use super::clusters::Clusters;
use domain::{EntityId, EventKey};
use std::collections::{BTreeMap, VecDeque};

/// An event, ready to be sent.
pub(super) struct Waiting {
    /// The topic it goes to.
    pub(super) topic: String,
    /// The record key.
    pub(super) key: Vec<u8>,
    /// The record.
    pub(super) value: Vec<u8>,
    /// Whom it concerns and what its outcome will name; none for a line that no one can answer by name.
    pub(super) answer: Option<(EntityId, EventKey)>,
}

impl Waiting {
    /// The event for a message.
    pub(super) fn describe(&self) -> String {
        match &self.answer {
            Some((entity, event)) => format!("{event} of {entity} in {}", self.topic),
            None => self.topic.clone(),
        }
    }
}

/// Events by account, or by the cluster of accounts that news of cards connect.
#[derive(Default)]
pub(super) struct Queue {
    clusters: Clusters,
    accounts: BTreeMap<EntityId, VecDeque<Waiting>>,
    length: usize,
}

impl Queue {
    /// A queue for accounts that are connected so.
    pub(super) fn of(clusters: Clusters) -> Self {
        Self { clusters, ..Self::default() }
    }

    /// Takes an event; gives it back where it may be sent at once.
    pub(super) fn add(&mut self, waiting: Waiting) -> Option<&Waiting> {
        let Some((entity, _)) = waiting.answer.clone() else {
            // Nobody answers it by name, so nothing waits for it; it is sent from a queue of its own.
            let entity = EntityId::from_key("");
            let place = self.accounts.entry(entity).or_default();
            place.clear();
            place.push_back(waiting);
            return place.back();
        };
        self.length += 1;
        let account = self.accounts.entry(self.clusters.of(&entity)).or_default();
        account.push_back(waiting);
        if account.len() == 1 { account.front() } else { None }
    }

    /// The account's event was answered: that event, and the next to send. None where another one waits.
    pub(super) fn answered(
        &mut self,
        entity: &EntityId,
        event: EventKey,
    ) -> Option<(Waiting, Option<&Waiting>)> {
        let entity = &self.clusters.of(entity);
        let account = self.accounts.get_mut(entity)?;
        let awaited = account.front()?.answer.as_ref()?.1;
        if awaited != event {
            return None;
        }
        let done = account.pop_front()?;
        self.length -= 1;
        if account.is_empty() {
            self.accounts.remove(entity);
            return Some((done, None));
        }
        let next = self.accounts.get(entity).and_then(VecDeque::front);
        Some((done, next))
    }

    /// Events that wait or are unanswered.
    pub(super) const fn len(&self) -> usize {
        self.length
    }

    /// Whether every event was answered.
    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Accounts with an unanswered event.
    pub(super) fn open(&self) -> usize {
        self.accounts
            .values()
            .filter(|account| account.front().is_some_and(|first| first.answer.is_some()))
            .count()
    }

    /// One of the unanswered events.
    pub(super) fn first(&self) -> Option<&Waiting> {
        self.accounts.values().filter_map(VecDeque::front).find(|waiting| waiting.answer.is_some())
    }
}
