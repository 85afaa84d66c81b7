//! Accounts, one stretch of the ring after the other; and those that did not add up, until that is sure.

use super::Trouble;
use super::ledgers::Ledgers;
use domain::EntityId;
use engine::route::partition_of;
use engine::store::StoreError;
use lotstream_scylla::{AccountPoints, ScyllaStore, Stretch};
use std::collections::BTreeMap;
use std::sync::Arc;
use verify::{Books, Finding, Look, Suspect, Transit, Violation, judge};

/// Suspects at once; of more it is only counted that they were not judged.
const SUSPECTS: usize = 1_000;
/// Looks at one account, after which it is left for the next pass: it changes all the time.
const LOOKS: u32 = 100;

/// What a pass counted.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Counted {
    pub(super) accounts: u64,
    pub(super) entries: u64,
    pub(super) lots: u64,
    /// Points issued: the buckets of all lots together.
    pub(super) issued: i128,
    /// Accounts that did not add up and were not judged.
    pub(super) unjudged: u64,
}

/// Goes round.
pub(super) struct Accounts {
    pub(super) store: ScyllaStore,
    /// Where the next stretch begins; none at the end of the ring.
    after: Option<i64>,
    suspects: Vec<Suspect>,
    pub(super) transit: Transit,
    pub(super) counted: Counted,
    /// Whether this pass judges accounts, and not moves between them alone.
    judges: bool,
}

impl Accounts {
    pub(super) fn over(store: ScyllaStore) -> Self {
        let (transit, counted) = (Transit::default(), Counted::default());
        Self { store, after: None, suspects: Vec::new(), transit, counted, judges: true }
    }

    /// Begins a pass: over accounts and the moves between them, or over moves alone.
    pub(super) fn begin(&mut self, ledgers: &Ledgers, judges: bool) {
        (self.after, self.judges) = (Some(i64::MIN), judges);
        self.counted = Counted::default();
        self.transit.begin(&ledgers.fence);
    }

    /// How much of the ring is behind it, of 1,000.
    pub(super) fn done(&self) -> u64 {
        let behind = self.after.map_or(1 << 64, |after| i128::from(after) - i128::from(i64::MIN));
        u64::try_from((behind * 1_000) >> 64).unwrap_or(1_000)
    }

    /// Accounts that did not add up and are looked at again.
    pub(super) const fn suspects(&self) -> usize {
        self.suspects.len()
    }

    /// Whether the pass has come to the end of the ring.
    pub(super) const fn is_round(&self) -> bool {
        self.after.is_none()
    }

    /// Judges the next stretch, of so many accounts. How many there were.
    pub(super) fn step(
        &mut self,
        most: i32,
        partitions: i32,
        found: &mut Vec<Finding>,
    ) -> Result<u64, Trouble> {
        let Some(after) = self.after else { return Ok(0) };
        let before = self.counted.accounts;
        let stretch = self.store.stretch(after, most)?;
        let accounts = match self.store.points_within(stretch) {
            Err(StoreError::Fatal(_)) => self.one_by_one(stretch, found)?,
            accounts => accounts?,
        };
        for (entity, points) in accounts {
            self.take(entity, points, partitions);
        }
        self.after = stretch.next();
        Ok(self.counted.accounts - before)
    }

    /// The same, each by itself, for one of them cannot be read.
    fn one_by_one(
        &mut self,
        stretch: Stretch,
        found: &mut Vec<Finding>,
    ) -> Result<BTreeMap<EntityId, AccountPoints>, Trouble> {
        let (mut accounts, mut unreadable) = (BTreeMap::new(), Vec::new());
        for entity in self.store.entities(stretch)? {
            match self.store.points(&entity) {
                Err(StoreError::Fatal(why)) => {
                    let expected = "rows as a ledger writes them";
                    unreadable.push(Finding::new(Violation::Unreadable, &entity, expected, why));
                }
                points => _ = accounts.insert(entity, points?),
            }
        }
        if let Some(first) = unreadable.first().filter(|_| accounts.is_empty() && unreadable.len() > 1) {
            // Not one of them: it is no row that is at fault.
            return Err(Trouble::Lasting(first.found.clone()));
        }
        if !unreadable.is_empty() {
            self.transit.miss();
        }
        self.counted.accounts += unreadable.len() as u64;
        found.extend(unreadable.into_iter().filter(|_| self.judges));
        Ok(accounts)
    }

    fn take(&mut self, entity: EntityId, points: AccountPoints, partitions: i32) {
        let books = books(points);
        self.counted.accounts += 1;
        self.counted.entries += books.entries.len() as u64;
        self.counted.lots += books.lots.len() as u64;
        self.counted.issued += books.lots.values().map(|lot| i128::from(lot.issued.get())).sum::<i128>();
        books.entries.iter().for_each(|entry| self.transit.take(entry));
        if !self.judges || judge(&entity, &books).is_empty() {
            return;
        }
        if self.suspects.len() >= SUSPECTS {
            self.counted.unjudged += 1;
        } else if !self.suspects.iter().any(|known| known.entity == entity) {
            let partition = usize::try_from(partition_of(entity.as_str(), partitions)).unwrap_or(0);
            self.suspects.push(Suspect::new(entity, partition, books));
        }
    }

    /// Looks again at those that are due: everything that was under way when they were seen is in the tables.
    pub(super) fn settle(&mut self, ledgers: &Ledgers, found: &mut Vec<Finding>) -> Result<(), Trouble> {
        let standing = &ledgers.standing;
        let (mut waiting, mut left) = (std::mem::take(&mut self.suspects).into_iter(), Vec::new());
        while let Some(mut suspect) = waiting.next() {
            if !suspect.is_due(&standing.ends, &standing.flushed) {
                left.push(suspect);
                continue;
            }
            let points = match self.store.points(&suspect.entity) {
                Ok(points) => points,
                // The next pass tells that it cannot be read.
                Err(StoreError::Fatal(_)) => continue,
                Err(error) => {
                    left.push(suspect);
                    left.extend(waiting);
                    self.suspects = left;
                    return Err(error.into());
                }
            };
            match suspect.look(books(points)) {
                Look::Clear => {}
                Look::Wrong(findings) => found.extend(findings),
                Look::Again if suspect.looks < LOOKS => left.push(suspect),
                Look::Again => self.counted.unjudged += 1,
            }
        }
        self.suspects = left;
        Ok(())
    }
}

fn books(points: AccountPoints) -> Books {
    let mut books = Books { entries: points.entries, ..Books::default() };
    points.rows.into_iter().for_each(|stamped| books.take(Arc::unwrap_or_clone(stamped.row)));
    books
}
