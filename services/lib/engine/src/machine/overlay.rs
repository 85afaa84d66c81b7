//! The overlay: images decided here and not yet acknowledged by the store.
//!
//! Invariant: what the store answers, with the overlay's newer images over it, is the latest state. So an
//! image leaves only when the store acknowledged that very one: the acknowledged stamp is its own.

use crate::store::Stamped;
use crate::wal::WriteTs;
use domain::{EntityId, RowKey};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, hash_map};

/// Rows by entity and key.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    entities: HashMap<EntityId, BTreeMap<RowKey, Stamped>>,
    rows: usize,
}

impl Overlay {
    /// How many rows wait for an acknowledgement.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Puts images of one entity here, each unless a newer one is.
    pub(crate) fn put(&mut self, entity: &EntityId, images: impl Iterator<Item = Stamped>) {
        let shelf = self.entities.entry(entity.clone()).or_default();
        for image in images {
            match shelf.entry(image.row.key()) {
                Entry::Vacant(place) => {
                    place.insert(image);
                    self.rows += 1;
                }
                Entry::Occupied(mut place) => {
                    if place.get().write_ts < image.write_ts {
                        place.insert(image);
                    }
                }
            }
        }
    }

    /// The store acknowledged the image of this stamp: a newer one stays.
    pub(crate) fn acknowledge(&mut self, entity: EntityId, rows: &[(RowKey, WriteTs)]) {
        let hash_map::Entry::Occupied(mut place) = self.entities.entry(entity) else { return };
        let shelf = place.get_mut();
        for (key, write_ts) in rows {
            if shelf.get(key).is_some_and(|known| known.write_ts == *write_ts) {
                shelf.remove(key);
                self.rows -= 1;
            }
        }
        if shelf.is_empty() {
            place.remove();
        }
    }

    /// What is here of `entity`, in key order. Copied before a store read is issued: an acknowledgement
    /// that comes in between must not take away what that read did not see yet.
    pub(crate) fn copy(&self, entity: &EntityId) -> Vec<Stamped> {
        self.entities.get(entity).map(|shelf| shelf.values().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Account, Row};
    use std::sync::Arc;

    fn image(offset: i64) -> Stamped {
        let account = Account::new(EntityId::from_key("p:member:1"));
        Stamped { write_ts: WriteTs(offset), row: Arc::new(Row::Account(account)) }
    }

    #[test]
    fn an_acknowledgement_of_an_older_image_leaves_the_newer_one() {
        let entity = EntityId::from_key("p:member:1");
        let mut overlay = Overlay::default();
        overlay.put(&entity, [image(1)].into_iter());
        overlay.put(&entity, [image(2)].into_iter());
        overlay.acknowledge(entity.clone(), &[(RowKey::Account, WriteTs(1))]);
        assert_eq!(overlay.copy(&entity), [image(2)]);
        overlay.acknowledge(entity.clone(), &[(RowKey::Account, WriteTs(2))]);
        assert_eq!((overlay.rows(), overlay.copy(&entity).len()), (0, 0));
    }

    #[test]
    fn an_older_image_does_not_replace_a_newer_one() {
        let entity = EntityId::from_key("p:member:1");
        let mut overlay = Overlay::default();
        overlay.put(&entity, [image(2)].into_iter());
        overlay.put(&entity, [image(1)].into_iter());
        assert_eq!((overlay.rows(), overlay.copy(&entity)), (1, vec![image(2)]));
    }
}
