//! Loading: what the store answers, with the overlay's newer images over it, becomes entities in the cache.

use super::cache::Cache;
use super::overlay::Overlay;
use crate::store::{Answer, Read, Stamped};
use domain::entity::{Entity, Missing};
use domain::{EntityId, RowKey};
use std::collections::{BTreeMap, HashMap};

/// A request to the store, and the overlay's rows as they were before it was issued.
#[derive(Debug)]
pub(crate) struct Load {
    number: u64,
    reads: Vec<Read>,
    overlaid: HashMap<EntityId, Vec<Stamped>>,
}

/// What is found of one entity.
#[derive(Default)]
struct Found {
    /// Whether its head was asked for, and if so, whether the store has none: then it has no row at all.
    head: Option<bool>,
    /// Whether every row was asked for.
    whole: bool,
    rows: BTreeMap<RowKey, Stamped>,
    absent: Vec<RowKey>,
}

impl Found {
    fn put(&mut self, image: Stamped) {
        let key = image.row.key();
        if self.rows.get(&key).is_none_or(|known| known.write_ts < image.write_ts) {
            self.rows.insert(key, image);
        }
    }
}

impl Load {
    /// Copies the overlay's rows of every entity asked for.
    pub(crate) fn new(number: u64, reads: Vec<Read>, overlay: &Overlay) -> Self {
        let mut overlaid = HashMap::new();
        for read in &reads {
            let entity = read.entity();
            let rows = overlay.copy(entity);
            if !rows.is_empty() {
                overlaid.insert(entity.clone(), rows);
            }
        }
        Self { number, reads, overlaid }
    }

    /// The request's number.
    pub(crate) const fn number(&self) -> u64 {
        self.number
    }

    /// What to ask the store for.
    pub(crate) fn reads(&self) -> Vec<Read> {
        self.reads.clone()
    }

    /// Puts what was found into the cache.
    pub(crate) fn finish(mut self, answers: Vec<Answer>, cache: &mut Cache) {
        let mut entities: BTreeMap<EntityId, Found> = BTreeMap::new();
        for (read, answer) in std::mem::take(&mut self.reads).into_iter().zip(answers) {
            let found = entities.entry(read.entity().clone()).or_default();
            match (read, answer) {
                (Read::Row(_, key), Answer::Row(None)) => found.absent.push(key),
                (Read::Row(..), Answer::Row(Some(image))) => found.put(image),
                (Read::Head(_), Answer::Head { account, lots }) => {
                    found.head = Some(account.is_none());
                    account.into_iter().chain(lots).for_each(|image| found.put(image));
                }
                (Read::Whole(_), Answer::Whole(rows)) => {
                    found.whole = true;
                    rows.into_iter().for_each(|image| found.put(image));
                }
                (read, _) => unreachable!("the store answered {read:?} with something else"),
            }
        }
        for (id, mut found) in entities {
            for image in self.overlaid.remove(&id).unwrap_or_default() {
                found.put(image);
            }
            put(id, found, cache);
        }
    }
}

fn put(id: EntityId, found: Found, cache: &mut Cache) {
    match found.head {
        _ if found.whole => {
            // What the cache has of it is in the store or in the overlay, and so among what was found.
            let mut entity = Entity::new(id.clone(), true);
            found.rows.into_values().for_each(|image| entity.put(domain::Row::clone(&image.row)));
            cache.replace(id, entity);
        }
        Some(new) => {
            // Rows of a new entity are all in the overlay: its shelves are complete.
            let mut entity = Entity::new(id.clone(), new);
            found.rows.into_values().for_each(|image| entity.put(domain::Row::clone(&image.row)));
            found.absent.into_iter().for_each(|key| entity.note_absent(key));
            cache.insert(id, entity);
        }
        None => {
            // An entity in the cache has every row the overlay has; only what was asked for is news.
            for key in found.absent {
                cache.complete(&id, key, found.rows.get(&key));
            }
            for (key, image) in &found.rows {
                if cache.get(&id).is_some_and(|entity| !knows(entity, Missing::Row(*key))) {
                    cache.complete(&id, *key, Some(image));
                }
            }
        }
    }
}

/// Whether `missing` is known of `entity`: that it has or has not this row.
pub(crate) fn knows(entity: &Entity, missing: Missing) -> bool {
    let Missing::Row(key) = missing else { return entity.is_whole() };
    match key {
        RowKey::Account => true,
        RowKey::Lot(key) => entity.lots.get(key, RowKey::Lot).is_ok(),
        RowKey::Purchase(key) => entity.purchases.get(key, RowKey::Purchase).is_ok(),
        RowKey::Redemption(key) => entity.redemptions.get(key, RowKey::Redemption).is_ok(),
        RowKey::Debt(key) => entity.debts.get(key, RowKey::Debt).is_ok(),
        RowKey::Seen(key) => entity.seen.get(key, RowKey::Seen).is_ok(),
        RowKey::Parked(key) => entity.parked.get(key, RowKey::Parked).is_ok(),
        RowKey::Route(key) => entity.routes.get(key, RowKey::Route).is_ok(),
    }
}
