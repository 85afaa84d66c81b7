//! Breakage (S31): what became of the points issued in a month, by partner: spent, expired unspent, still there.
//!
//! A fold of the entries alone. What is issued is counted from the entries that issue; everything else from the
//! buckets points went to, so that the sum of a line proves it. Months are those of the programme's time zone.

use crate::lot_month::LotMonths;
use crate::month::Month;
use crate::sequence::{OutOfSequence, Sequences};
use chrono_tz::Tz;
use domain::Name;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use thiserror::Error;

/// Whose points, of when.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
pub struct Vintage {
    /// The programme.
    pub programme: Name,
    /// The local month the lots were issued in: `2026-03`.
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

/// Entries that cannot be counted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum BreakageError {
    /// Nobody said whose clocks its months are read from.
    #[error("entries of programme `{0}`, of which no version is known; name its file with --programme")]
    Programme(Name),
    /// An entry is missing, or comes twice.
    #[error(transparent)]
    Sequence(#[from] OutOfSequence),
}

/// Points of a month, partner and wallet.
type Fates = BTreeMap<(Month, Name, Name), Fate>;

/// A fold of entries, those of an account in their order.
#[derive(Clone, Debug)]
pub struct Breakage {
    zones: BTreeMap<Name, Tz>,
    sequences: Sequences,
    issued_in: LotMonths,
    fates: BTreeMap<Name, Fates>,
}

impl Breakage {
    /// Nothing yet, of programmes whose months begin by the clocks of these zones.
    pub fn new(zones: impl IntoIterator<Item = (Name, Tz)>) -> Self {
        let (sequences, issued_in) = (Sequences::default(), LotMonths::default());
        Self { zones: zones.into_iter().collect(), sequences, issued_in, fates: BTreeMap::new() }
    }

    /// Posts an entry. One about no lot says nothing here.
    ///
    /// # Errors
    /// An entry of the account is missing or comes twice, or its programme is not known.
    pub fn post(&mut self, entry: &Entry) -> Result<(), BreakageError> {
        self.sequences.next(entry)?;
        let programme = entry.entity.programme();
        let Some((programme, zone)) = self.zones.get_key_value(programme) else {
            return Err(BreakageError::Programme(Name::from(programme)));
        };
        if entry.lot.is_none() || entry.to.is_none() && entry.from.is_none() {
            return Ok(());
        }
        let month = self.issued_in.of(*zone, entry);
        let fates = self.fates.entry(programme.clone()).or_default();
        fates.entry((month, entry.partner.clone(), entry.wallet.clone())).or_default().post(entry);
        Ok(())
    }

    /// Every programme, month, partner and wallet with points, in that order.
    pub fn lines(&self) -> Vec<(Vintage, Fate)> {
        let all = self.fates.iter().flat_map(|(programme, fates)| {
            fates.iter().map(move |((month, partner, wallet), fate)| {
                let (programme, month) = (programme.clone(), month.to_string());
                let (partner, wallet) = (partner.clone(), wallet.clone());
                (Vintage { programme, month, partner, wallet }, *fate)
            })
        });
        all.collect()
    }
}
