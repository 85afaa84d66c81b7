//! The overlay: images decided here and not yet acknowledged by the store.
//!
//! Invariant: what the store answers, with the overlay's newer images over it, is the latest state. So an
//! image leaves only when the store acknowledged that very one: the acknowledged stamp is its own.

use crate::store::Stamped;
use crate::wal::WriteTs;
use domain::{EntityId, RowKey};
use std::collections::{BTreeMap, HashMap};

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

    /// Puts an image here, unless a newer one is.
    pub(crate) fn put(&mut self, entity: &EntityId, image: Stamped) {
        if !self.entities.contains_key(entity) {
            self.entities.insert(entity.clone(), BTreeMap::new());
        }
        let shelf = self.entities.get_mut(entity).expect("the shelf was just put there");
        let key = image.row.key();
        match shelf.get(&key) {
            Some(known) if known.write_ts >= image.write_ts => {}
            Some(_) => drop(shelf.insert(key, image)),
            None => {
                shelf.insert(key, image);
                self.rows += 1;
            }
        }
    }

    /// The store acknowledged the image of this stamp: a newer one stays.
    pub(crate) fn acknowledge(&mut self, entity: &EntityId, rows: &[(RowKey, WriteTs)]) {
        let Some(shelf) = self.entities.get_mut(entity) else { return };
        for (key, write_ts) in rows {
            if shelf.get(key).is_some_and(|known| known.write_ts == *write_ts) {
                shelf.remove(key);
                self.rows -= 1;
            }
        }
        if shelf.is_empty() {
            self.entities.remove(entity);
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
        overlay.put(&entity, image(1));
        overlay.put(&entity, image(2));
        overlay.acknowledge(&entity, &[(RowKey::Account, WriteTs(1))]);
        assert_eq!(overlay.copy(&entity), [image(2)]);
        overlay.acknowledge(&entity, &[(RowKey::Account, WriteTs(2))]);
        assert_eq!((overlay.rows(), overlay.copy(&entity).len()), (0, 0));
    }

    #[test]
    fn an_older_image_does_not_replace_a_newer_one() {
        let entity = EntityId::from_key("p:member:1");
        let mut overlay = Overlay::default();
        overlay.put(&entity, image(2));
        overlay.put(&entity, image(1));
        assert_eq!((overlay.rows(), overlay.copy(&entity)), (1, vec![image(2)]));
    }
}
