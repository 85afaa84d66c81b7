//! What is loaded of one entity: its head row, and shelves of rows that may be there only in part.
//!
//! `decide` reads an [`Entity`] and answers with changes; where it needs a row that was not loaded it answers
//! [`Missing`] instead, the engine loads the row and asks again. So a decision's cost is bounded by what it
//! touches, never by a member's lifetime, and the core still does no I/O.

use crate::account::Account;
use crate::debt::{Debt, DebtId};
use crate::id::{EntityId, EventKey, LotId};
use crate::lot::Lot;
use crate::purchase::Purchase;
use crate::redemption::Redemption;
use crate::row::{Parked, Route, Row, RowKey, Seen};
use std::collections::{BTreeMap, BTreeSet, btree_map};

/// What has to be loaded before the decision can be made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Missing {
    /// A row.
    Row(RowKey),
    /// Every row of the entity.
    Whole,
}

/// Rows of one kind: those loaded, and the keys known to have none.
///
/// Each row has a place of its own: a tree keeps eleven places in its smallest node, and most accounts have a
/// row or two of a kind.
#[derive(Clone, Debug)]
pub struct Shelf<K, V> {
    rows: BTreeMap<K, Box<V>>,
    absent: BTreeSet<K>,
    complete: bool,
}

impl<K: Ord + Copy, V> Shelf<K, V> {
    /// A shelf where a key without a row means there is none (`complete`), or that nobody looked.
    pub const fn new(complete: bool) -> Self {
        Self { rows: BTreeMap::new(), absent: BTreeSet::new(), complete }
    }

    /// The row, `Ok(None)` where there surely is none, or the news that nobody looked yet.
    pub fn get(&self, key: K, missing: impl FnOnce(K) -> RowKey) -> Result<Option<&V>, Missing> {
        match self.rows.get(&key) {
            Some(row) => Ok(Some(row)),
            None if self.complete || self.absent.contains(&key) => Ok(None),
            None => Err(Missing::Row(missing(key))),
        }
    }

    /// Whether every row of its kind is here.
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Rows loaded, in key order.
    pub const fn rows(&self) -> Rows<'_, K, V> {
        Rows(&self.rows)
    }

    /// Puts a row here, over an older image.
    pub fn put(&mut self, key: K, row: V) {
        if !self.complete {
            self.absent.remove(&key);
        }
        self.rows.insert(key, Box::new(row));
    }

    /// Takes the row of this key out, as if there never was one.
    pub fn forget(&mut self, key: K) {
        self.rows.remove(&key);
        self.note_absent(key);
    }

    /// Notes that the store has no row of this key.
    pub fn note_absent(&mut self, key: K) {
        if !self.complete && !self.rows.contains_key(&key) {
            self.absent.insert(key);
        }
    }
}

/// The rows of a shelf, in key order.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, K, V>(&'a BTreeMap<K, Box<V>>);

impl<'a, K: Ord, V> Rows<'a, K, V> {
    /// The row of this key.
    pub fn get(self, key: &K) -> Option<&'a V> {
        self.0.get(key).map(Box::as_ref)
    }

    /// Whether there is a row of this key.
    pub fn contains_key(self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Every row.
    pub fn values(self) -> impl Iterator<Item = &'a V> {
        self.0.values().map(Box::as_ref)
    }

    /// Every key.
    pub fn keys(self) -> impl Iterator<Item = &'a K> {
        self.0.keys()
    }

    /// The rows from `key` on.
    pub fn from(self, key: K) -> impl Iterator<Item = &'a V> {
        self.0.range(key..).map(|(_, row)| row.as_ref())
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl<'a, K: Ord, V> IntoIterator for Rows<'a, K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = std::iter::Map<btree_map::Iter<'a, K, Box<V>>, fn((&'a K, &'a Box<V>)) -> (&'a K, &'a V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, row)| (key, row.as_ref()))
    }
}

/// One entity as far as it is loaded. The head row and every lot from [`Account::live_from`] on are always
/// there; the rest comes when asked for.
#[derive(Clone, Debug)]
pub struct Entity {
    /// The head row.
    pub account: Account,
    /// Lots.
    pub lots: Shelf<LotId, Lot>,
    /// Purchases.
    pub purchases: Shelf<EventKey, Purchase>,
    /// Redemptions.
    pub redemptions: Shelf<EventKey, Redemption>,
    /// Debts.
    pub debts: Shelf<DebtId, Debt>,
    /// Remembered events.
    pub seen: Shelf<EventKey, Seen>,
    /// Waiting commands.
    pub parked: Shelf<EventKey, Parked>,
    /// Where events were sent.
    pub routes: Shelf<EventKey, Route>,
}

impl Entity {
    /// An entity nothing is known of. `complete`: every row it has will be put here (memory, a full read), so
    /// that a key without a row means there is none.
    pub fn new(entity: EntityId, complete: bool) -> Self {
        Self {
            account: Account::new(entity),
            lots: Shelf::new(complete),
            purchases: Shelf::new(complete),
            redemptions: Shelf::new(complete),
            debts: Shelf::new(complete),
            seen: Shelf::new(complete),
            parked: Shelf::new(complete),
            routes: Shelf::new(complete),
        }
    }

    /// Whether every row it has is here: a key without a row means there is none.
    pub const fn is_whole(&self) -> bool {
        self.lots.is_complete()
    }

    /// Puts a row where it belongs, over an older image: a loaded one, or one a decision left behind.
    pub fn put(&mut self, row: Row) {
        match row {
            Row::Account(account) => self.account = account,
            Row::Lot(lot) => self.lots.put(lot.id, lot),
            Row::Purchase(purchase) => self.purchases.put(purchase.key, purchase),
            Row::Redemption(redemption) => self.redemptions.put(redemption.key, redemption),
            Row::Debt(debt) => self.debts.put(debt.id, debt),
            Row::Seen(seen) => self.seen.put(seen.key, seen),
            Row::Parked(parked) => self.parked.put(parked.key, parked),
            Row::Route(route) => self.routes.put(route.key, route),
        }
    }

    /// Notes that the store has no row of this key.
    pub fn note_absent(&mut self, key: RowKey) {
        match key {
            RowKey::Account => {}
            RowKey::Lot(id) => self.lots.note_absent(id),
            RowKey::Purchase(key) => self.purchases.note_absent(key),
            RowKey::Redemption(key) => self.redemptions.note_absent(key),
            RowKey::Debt(id) => self.debts.note_absent(id),
            RowKey::Seen(key) => self.seen.note_absent(key),
            RowKey::Parked(key) => self.parked.note_absent(key),
            RowKey::Route(key) => self.routes.note_absent(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_is_forgotten_was_never_there() {
        for complete in [true, false] {
            let mut shelf = Shelf::new(complete);
            shelf.put(1, "row");
            shelf.forget(1);
            assert_eq!(shelf.rows().get(&1), None);
            assert!(matches!(shelf.get(1, |_| unreachable!("it is known to be absent")), Ok(None)));
        }
    }
}
