//! Entities in memory, within a bound. Dies with the assignment, like everything a machine holds.
//!
//! Invariant: an entity that is here is exactly the latest decided state as far as it is loaded. Eviction is
//! by second chance, whole entities, between batches only: an entity of an open batch stays.

use super::weight::{ABSENT, in_place, of_entity, of_row};
use crate::store::Stamped;
use domain::entity::Entity;
use domain::{EntityId, Row, RowKey};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

#[derive(Debug)]
struct Slot {
    entity: Entity,
    bytes: usize,
    used: bool,
}

/// The cache.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    /// Boxed: a table doubles its places, and an entity is large.
    slots: HashMap<EntityId, Box<Slot>>,
    queue: VecDeque<EntityId>,
    bytes: usize,
    limit: usize,
}

impl Cache {
    /// A cache of about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Changes the bound; the next [`Cache::evict`] keeps it.
    pub(crate) const fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Estimated bytes held.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether `entity` is here.
    #[cfg(test)]
    fn holds(&self, entity: &EntityId) -> bool {
        self.slots.contains_key(entity)
    }

    /// The entity, if it is here.
    pub(crate) fn get(&mut self, entity: &EntityId) -> Option<&Entity> {
        let slot = self.slots.get_mut(entity)?;
        slot.used = true;
        Some(&slot.entity)
    }

    /// Puts an entity here that was loaded.
    pub(crate) fn insert(&mut self, id: EntityId, entity: Entity) {
        let bytes = of_entity(&entity);
        self.bytes += bytes;
        self.queue.push_back(id.clone());
        let replaced = self.slots.insert(id, Box::new(Slot { entity, bytes, used: true }));
        assert!(replaced.is_none(), "an entity is loaded only while it is not in the cache");
    }

    /// Puts an entity here that was loaded whole, in the place of what was here of it.
    pub(crate) fn replace(&mut self, id: EntityId, entity: Entity) {
        let Some(slot) = self.slots.get_mut(&id) else { return self.insert(id, entity) };
        self.bytes -= slot.bytes;
        slot.bytes = of_entity(&entity);
        self.bytes += slot.bytes;
        (slot.entity, slot.used) = (entity, true);
    }

    /// The entity, if it is here, to judge by and to put rows into.
    pub(crate) fn hold(&mut self, entity: &EntityId) -> Option<Held<'_>> {
        let slot = self.slots.get_mut(entity)?;
        slot.used = true;
        Some(Held { slot, bytes: &mut self.bytes })
    }

    /// Puts one more row of an entity here, or the news that there is none.
    pub(crate) fn complete(&mut self, entity: &EntityId, key: RowKey, row: Option<&Stamped>) {
        match row {
            Some(stamped) => {
                if let Some(mut held) = self.hold(entity) {
                    held.put(std::slice::from_ref(&stamped.row));
                }
            }
            None => {
                if let Some(slot) = self.slots.get_mut(entity) {
                    slot.entity.note_absent(key);
                    slot.bytes += ABSENT;
                    self.bytes += ABSENT;
                }
            }
        }
    }

    /// Drops the entities longest unused until the bound is kept.
    pub(crate) fn evict(&mut self) {
        while self.bytes > self.limit {
            let Some(id) = self.queue.pop_front() else { return };
            let slot = self.slots.get_mut(&id).expect("what is queued is in the cache");
            if slot.used {
                slot.used = false;
                self.queue.push_back(id);
            } else {
                self.bytes -= slot.bytes;
                self.slots.remove(&id);
            }
        }
    }
}

/// An entity of the cache.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    slot: &'a mut Slot,
    bytes: &'a mut usize,
}

impl Held<'_> {
    /// As it is.
    pub(crate) const fn entity(&self) -> &Entity {
        &self.slot.entity
    }

    /// Puts rows over the older images.
    pub(crate) fn put(&mut self, rows: &[Arc<Row>]) {
        let before = self.slot.bytes;
        for row in rows {
            let entity = &mut self.slot.entity;
            self.slot.bytes = self.slot.bytes.saturating_sub(in_place(entity, row.key())) + of_row(row);
            entity.put(Row::clone(row));
        }
        *self.bytes = *self.bytes + self.slot.bytes - before;
    }
}

#[cfg(test)]
mod tests {
    use super::super::weight::BASE;
    use super::*;

    fn id(n: usize) -> EntityId {
        EntityId::member("p", &n.to_string())
    }

    #[test]
    fn keeps_its_bound_and_drops_the_longest_unused_first() {
        let mut cache = Cache::new(3 * BASE);
        for n in 0..3 {
            cache.insert(id(n), Entity::new(id(n), true));
        }
        cache.evict();
        assert_eq!(cache.bytes(), 3 * BASE);
        cache.insert(id(3), Entity::new(id(3), true));
        cache.evict(); // everyone was used: each gets a second chance, then the oldest goes
        assert!(!cache.holds(&id(0)));
        cache.get(&id(1));
        cache.insert(id(4), Entity::new(id(4), true));
        cache.evict();
        assert_eq!((0..5).map(|n| cache.holds(&id(n))).collect::<Vec<_>>(), [false, true, false, true, true]);
    }
}
