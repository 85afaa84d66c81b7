//! Events that were taken for new twice: their partner sent an id again under another card or member.
//!
//! Identity of an event is checked per account (S23), so each of the two accounts answered it as new. Found as far back as
//! memory reaches: at least the latest so many events with a first answer, each 48 bytes and what a map needs; with twice
//! as many at the most.

use domain::{Digest, EntityId, EventKey};
use std::collections::BTreeMap;

/// Where an event was answered first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The account, by the hash of its id.
    entity: Digest,
    /// The partition of the event's topic.
    pub partition: i32,
    /// The offset there.
    pub offset: i64,
}

/// The latest events.
#[derive(Clone, Debug)]
pub struct Events {
    young: BTreeMap<EventKey, Place>,
    old: BTreeMap<EventKey, Place>,
    most: usize,
}

impl Events {
    /// Remembers at least the latest `most`.
    pub const fn new(most: usize) -> Self {
        Self { young: BTreeMap::new(), old: BTreeMap::new(), most }
    }

    /// The first answer to `event` of `entity`, which stood at `partition` and `offset`. Where it was answered first
    /// before, at another position, and whether that was another account's.
    pub fn first(
        &mut self,
        event: EventKey,
        entity: &EntityId,
        partition: i32,
        offset: i64,
    ) -> Option<(Place, bool)> {
        let place = Place { entity: Digest::of(entity.as_str().as_bytes()), partition, offset };
        if let Some(before) = self.young.get(&event).or_else(|| self.old.get(&event)).copied() {
            let elsewhere = (before.partition, before.offset) != (partition, offset);
            return elsewhere.then_some((before, before.entity != place.entity));
        }
        self.young.insert(event, place);
        if self.young.len() >= self.most {
            self.old = std::mem::take(&mut self.young);
        }
        None
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s23_an_id_that_is_sent_under_another_account_is_found() {
        let (ann, bob) = (EntityId::member("p", "ann"), EntityId::card("p", "bob"));
        let event = |number: i64| EventKey::of("shop", "purchases", &number.to_string());
        let mut events = Events::new(3);
        assert_eq!(events.first(event(1), &ann, 0, 10), None);
        assert_eq!(events.first(event(1), &ann, 0, 10), None, "the same record, which positions judge");
        let (before, other) = events.first(event(1), &bob, 1, 7).unwrap();
        assert_eq!((before.partition, before.offset, other), (0, 10, true));
        assert!(!events.first(event(1), &ann, 1, 8).unwrap().1, "under the same account");
        for number in 2..=5 {
            assert_eq!(events.first(event(number), &ann, 0, 10 + number), None);
            assert!(events.len() <= 6);
        }
        assert!(events.first(event(3), &bob, 0, 99).is_some(), "the latest three are remembered");
        for number in 6..=9 {
            events.first(event(number), &ann, 0, 10 + number);
        }
        assert_eq!(events.first(event(1), &bob, 0, 100), None, "so long ago");
    }
}
