//! Entries, folded: what lots and wallets must be. In wide numbers, for rows that were changed by hand may hold any.

use domain::entry::{Entry, EntryKind};
use domain::lot::{Bucket, Buckets};
use domain::{LotId, Name};
use std::collections::BTreeMap;
use std::fmt;

/// A lot or a wallet: as its entries tell it, or as its row does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Book {
    /// In the order of [`Bucket::ALL`].
    pub(crate) points: [i128; 8],
    pub(crate) issued: i128,
    pub(crate) clawed_back: i128,
    pub(crate) debt: i128,
}

/// What all entries of an account come to.
#[derive(Clone, Default, Debug)]
pub(crate) struct Folded {
    pub(crate) lots: BTreeMap<LotId, Book>,
    pub(crate) wallets: BTreeMap<Name, Book>,
    /// The number of the entry by which a bucket of its lot fell below 0, of the first one.
    pub(crate) below: Option<i64>,
}

impl Folded {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut folded = Self::default();
        for entry in entries {
            folded.add(entry);
        }
        folded
    }

    fn add(&mut self, entry: &Entry) {
        let came_in = entry.kind == EntryKind::MovedIn;
        let wallet = self.wallets.entry(entry.wallet.clone()).or_default();
        wallet.post(entry);
        // What came from another account was issued there.
        if came_in {
            wallet.issued -= wide(entry.points.get());
        }
        if entry.lot.is_none() {
            return;
        }
        let lot = self.lots.entry(entry.lot).or_default();
        lot.post(entry);
        // A debt that came in was clawed back before: the lot's row says so, as it did where it comes from.
        if came_in {
            lot.clawed_back += wide(entry.debt);
        }
        if self.below.is_none() && lot.points.iter().any(|points| *points < 0) {
            self.below = Some(entry.sequence);
        }
    }
}

impl Book {
    pub(crate) fn post(&mut self, entry: &Entry) {
        let points = wide(entry.points.get());
        for (place, bucket) in Bucket::ALL.into_iter().enumerate() {
            if entry.from == Some(bucket) {
                self.points[place] -= points;
            }
            if entry.to == Some(bucket) {
                self.points[place] += points;
            }
        }
        if entry.from.is_none() && entry.to.is_some() {
            self.issued += points;
        }
        self.clawed_back += wide(entry.clawed_back.get());
        self.debt += wide(entry.debt);
    }

    pub(crate) fn get(&self, bucket: Bucket) -> i128 {
        let place = Bucket::ALL.iter().position(|known| *known == bucket);
        place.map_or(0, |place| self.points[place])
    }

    pub(crate) fn sum(&self) -> i128 {
        self.points.iter().sum()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.points.iter_mut().zip(other.points) {
            *mine += theirs;
        }
        self.issued += other.issued;
        self.clawed_back += other.clawed_back;
        self.debt += other.debt;
    }
}

/// Only what is not 0: `available 30, issued 30`.
impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buckets = Bucket::ALL.into_iter().map(|bucket| (bucket.as_str(), self.get(bucket)));
        let rest = [("issued", self.issued), ("clawed back", self.clawed_back), ("owed", self.debt)];
        let said = buckets.chain(rest).filter(|(_, points)| *points != 0);
        let said: Vec<String> = said.map(|(word, points)| format!("{word} {points}")).collect();
        if said.is_empty() { f.write_str("nothing") } else { f.write_str(&said.join(", ")) }
    }
}

pub(crate) fn points(buckets: &Buckets) -> [i128; 8] {
    Bucket::ALL.map(|bucket| wide(buckets.get(bucket).get()))
}

pub(crate) const fn wide(points: i64) -> i128 {
    points as i128
}
