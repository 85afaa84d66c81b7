//! An account as it was before its last decision: its entries folded up to an instant (S07).
//!
//! Balances and lots are those of that instant. The dates of a lot may have been moved since by an extension: they are
//! today's. The tier is told where it has not changed since.

use super::member::Wallet;
use crate::failure::{Failure, other};
use domain::entry::Entry;
use domain::lot::Buckets;
use domain::{Bucket, Entity, Lot, LotId, Name, Points, Timestamp};
use std::collections::BTreeMap;

/// An account at an instant.
#[derive(Default)]
pub(super) struct Past {
    /// Balances by wallet.
    pub(super) wallets: BTreeMap<Name, Wallet>,
    /// Points of each lot by bucket, in the order of [`Bucket::ALL`], and what was issued and clawed back of it.
    lots: BTreeMap<LotId, ([i64; 8], i64, i64)>,
    /// How many entries were posted by then.
    pub(super) entries: usize,
}

impl Past {
    /// The account of `entity` at `at`, from all its `entries`.
    ///
    /// # Errors
    /// Entries that are not all there.
    pub(super) fn of(entity: &Entity, entries: &[Entry], at: Timestamp) -> Result<Self, Failure> {
        let account = &entity.account;
        if i64::try_from(entries.len()).ok() != Some(account.sequence) {
            return Err(other(format!(
                "{} is decided up to {}; to tell what was before takes its {} entries, found {}: the store keeps \
                 them where the setting `statement` was always true",
                account.entity,
                account.now,
                account.sequence,
                entries.len()
            )));
        }
        let mut posted = Timestamp::MIN;
        let by_then = entries.iter().take_while(|entry| {
            posted = posted.max(entry.at);
            posted <= at
        });
        let mut past = Self::default();
        by_then.for_each(|entry| past.post(entry));
        Ok(past)
    }

    fn post(&mut self, entry: &Entry) {
        let points = entry.points.get();
        let wallet = self.wallets.entry(entry.wallet.clone()).or_insert_with(|| Wallet::new(&entry.wallet));
        wallet.debt += entry.debt;
        self.entries += 1;
        let moves = [(entry.from, -points), (entry.to, points)];
        moves.into_iter().for_each(|(bucket, change)| wallet.add(bucket, change));
        if entry.lot.is_none() {
            return;
        }
        let (buckets, issued, clawed_back) = self.lots.entry(entry.lot).or_default();
        for (bucket, change) in moves {
            let place = bucket.and_then(|bucket| Bucket::ALL.iter().position(|it| *it == bucket));
            place.into_iter().for_each(|place| buckets[place] += change);
        }
        *issued += if entry.from.is_none() && entry.to.is_some() { points } else { 0 };
        *clawed_back += entry.clawed_back.get();
    }

    /// The lots there were, as they were.
    pub(super) fn lots(&self, entity: &Entity) -> Vec<Lot> {
        let then = |lot: &Lot| {
            let (points, issued, clawed_back) = self.lots.get(&lot.id)?;
            let mut buckets = Buckets::default();
            for (bucket, points) in Bucket::ALL.iter().zip(points) {
                *buckets.get_mut(*bucket) = Points::at_least_zero(*points);
            }
            let (issued, clawed_back) = (Points::at_least_zero(*issued), Points::at_least_zero(*clawed_back));
            Some(Lot { buckets, issued, clawed_back, ..lot.clone() })
        };
        entity.lots.rows().values().filter_map(then).collect()
    }
}
