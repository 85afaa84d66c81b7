//! Breakage (S31): what became of the points issued in a month, by partner: spent, expired unspent, still there.
//!
//! A fold of the entries alone. What is issued is counted from the entries that issue; everything else from the
//! buckets points went to, so that the sum of a line proves it.

use domain::Name;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Whose points, of when.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Vintage {
    /// The programme.
    pub programme: Name,
    /// The month the lots were issued in, UTC: `2026-03`.
    pub month: String,
    /// The partner that funds them.
    pub partner: Name,
    /// The wallet.
    pub wallet: Name,
}

/// What became of them so far, in the wallet's smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Fate {
    /// Issued, raises included.
    pub issued: i64,
    /// Spent, and not given back.
    pub spent: i64,
    /// Expired, and not reopened.
    pub expired: i64,
    /// Revoked by returns and corrections.
    pub revoked: i64,
    /// Cancelled by operators.
    pub written_off: i64,
    /// Left for other accounts, less what arrived: in transit.
    pub moved: i64,
    /// Pending, available or held.
    pub outstanding: i64,
}

impl Fate {
    /// Whether what became of them is what was issued (S05).
    pub const fn adds_up(&self) -> bool {
        let gone = self.spent + self.expired + self.revoked + self.written_off + self.moved;
        self.issued == gone + self.outstanding
    }

    const fn of_bucket(&mut self, bucket: Bucket) -> &mut i64 {
        match bucket {
            Bucket::Pending | Bucket::Available | Bucket::Held => &mut self.outstanding,
            Bucket::Spent => &mut self.spent,
            Bucket::Expired => &mut self.expired,
            Bucket::Revoked => &mut self.revoked,
            Bucket::Moved => &mut self.moved,
            Bucket::WrittenOff => &mut self.written_off,
        }
    }

    fn post(&mut self, entry: &Entry) {
        let points = entry.points.get();
        match entry.kind {
            EntryKind::Accrual | EntryKind::Raise => self.issued += points,
            EntryKind::MovedIn => self.moved -= points,
            _ => {}
        }
        if let Some(from) = entry.from {
            *self.of_bucket(from) -= points;
        }
        if let Some(to) = entry.to {
            *self.of_bucket(to) += points;
        }
    }
}

impl AddAssign for Fate {
    fn add_assign(&mut self, other: Self) {
        self.issued += other.issued;
        self.spent += other.spent;
        self.expired += other.expired;
        self.revoked += other.revoked;
        self.written_off += other.written_off;
        self.moved += other.moved;
        self.outstanding += other.outstanding;
    }
}

/// A fold of entries, in any order.
#[derive(Clone, Default, Debug)]
pub struct Breakage {
    fates: BTreeMap<(Name, i32, Name, Name), Fate>,
}

impl Breakage {
    /// Posts an entry. One about no lot says nothing here.
    pub fn post(&mut self, entry: &Entry) {
        if entry.lot.is_none() || entry.to.is_none() && entry.from.is_none() {
            return;
        }
        let programme = Name::from(entry.entity.programme());
        let key = (programme, entry.lot.issued_month, entry.partner.clone(), entry.wallet.clone());
        self.fates.entry(key).or_default().post(entry);
    }

    /// Every month, partner and wallet with points, in that order.
    pub fn lines(&self) -> Vec<(Vintage, Fate)> {
        let line = |((programme, month, partner, wallet), fate): (&(Name, i32, Name, Name), &Fate)| {
            let month = format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1);
            let (programme, partner, wallet) = (programme.clone(), partner.clone(), wallet.clone());
            (Vintage { programme, month, partner, wallet }, *fate)
        };
        self.fates.iter().map(line).collect()
    }
}
