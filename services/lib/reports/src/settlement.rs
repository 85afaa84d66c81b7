//! Settlement between partners (S35): whose points paid for goods of whom, at the issue price of each lot.
//!
//! Folds every entry of a programme from the first on, and settles a period by when an entry was *recorded*: a
//! return that comes in February undoes in February what was settled in January, and nothing settled changes.
//! The books beside it prove it: what was issued, less what was clawed back, redeemed, expired or set aside, is
//! what its issuer still has outstanding, where *outstanding* is counted from the buckets and the rest is not.

mod book;
mod report;

pub use book::Book;
pub use report::{Cell, IssuerBook, Payment, Position, Report, Traced};

use crate::effect::{Effect, PROGRAMME, effects};
use crate::prices::Prices;
use crate::sequence::{OutOfSequence, Sequences};
use domain::entry::{Entry, EntryKind};
use domain::{EntityId, Name, Timestamp};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use thiserror::Error;

/// Entries that cannot be settled.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum SettlementError {
    /// An entry is missing, or comes twice.
    #[error(transparent)]
    Sequence(#[from] OutOfSequence),
    /// A lot of a version that is not known.
    #[error(
        "{entity} entry {sequence}: no price of wallet `{wallet}` in version {version}; name the version's file"
    )]
    Price {
        /// Whose entry.
        entity: EntityId,
        /// Which.
        sequence: i64,
        /// The wallet.
        wallet: Name,
        /// The version.
        version: i32,
    },
    /// Money beyond what an amount can hold.
    #[error("issued by {issuer}, redeemed at {redeemer}: an amount beyond any currency")]
    Amount {
        /// Who funds the points.
        issuer: Name,
        /// Where they were spent.
        redeemer: Name,
    },
}

/// Points and what they are worth, exactly.
#[derive(Clone, Copy, Default, Debug)]
struct Sum {
    points: i64,
    worth: Decimal,
}

/// Wallet, issuer, redeemer.
type Corner = (Name, Name, Name);

/// A settlement while entries are posted to it.
#[derive(Clone, Debug)]
pub struct Settlement {
    prices: Prices,
    from: Timestamp,
    until: Timestamp,
    sequences: Sequences,
    cells: BTreeMap<Corner, Sum>,
    books: BTreeMap<(Name, Name), Book>,
    entries: u64,
    explained: Option<(Name, Name)>,
    traced: Vec<Traced>,
}

impl Settlement {
    /// Of what is recorded in `[from, until)`.
    pub fn new(prices: Prices, from: Timestamp, until: Timestamp) -> Self {
        Self {
            prices,
            from,
            until,
            sequences: Sequences::default(),
            cells: BTreeMap::new(),
            books: BTreeMap::new(),
            entries: 0,
            explained: None,
            traced: Vec::new(),
        }
    }

    /// Keeps the entries behind one corner of the matrix.
    #[must_use]
    pub fn explaining(mut self, issuer: &str, redeemer: &str) -> Self {
        self.explained = Some((Name::from(issuer), Name::from(redeemer)));
        self
    }

    /// Posts an entry; those of an account in their order. Entries of another programme are passed over.
    ///
    /// # Errors
    /// An entry of an account is missing or comes twice, or its lot has no price.
    pub fn post(&mut self, entry: &Entry) -> Result<(), SettlementError> {
        if entry.entity.programme() != self.prices.programme().as_str() {
            return Ok(());
        }
        self.sequences.next(entry)?;
        if entry.recorded_at >= self.until {
            return Ok(());
        }
        let settles = entry.recorded_at >= self.from;
        let effects = effects(entry);
        self.book(entry, &effects, settles);
        if settles {
            self.entries += 1;
            effects.into_iter().try_for_each(|effect| self.settle(entry, effect))?;
        }
        Ok(())
    }

    fn book(&mut self, entry: &Entry, effects: &[Effect], settles: bool) {
        if book::is_a_move(entry) {
            return;
        }
        // What is forgiven stays with the programme, which advanced it.
        if entry.debt != 0 && entry.kind != EntryKind::Forgiveness {
            self.book_of(entry, PROGRAMME).owes(entry.debt, settles);
        }
        for effect in effects {
            self.book_of(entry, effect.issuer.as_str()).redeems(effect.points, settles);
        }
        if !entry.lot.is_none() {
            self.book_of(entry, entry.partner.as_str()).moves(entry, settles);
        }
    }

    fn book_of(&mut self, entry: &Entry, issuer: &str) -> &mut Book {
        self.books.entry((entry.wallet.clone(), Name::from(issuer))).or_default()
    }

    fn settle(&mut self, entry: &Entry, effect: Effect) -> Result<(), SettlementError> {
        let price =
            self.prices.price(&entry.wallet, entry.version).ok_or_else(|| SettlementError::Price {
                entity: entry.entity.clone(),
                sequence: entry.sequence,
                wallet: entry.wallet.clone(),
                version: entry.version,
            })?;
        let worth = Decimal::from(effect.points) * price;
        if self
            .explained
            .as_ref()
            .is_some_and(|(issuer, redeemer)| (issuer, redeemer) == (&effect.issuer, &effect.redeemer))
        {
            self.traced.push(Traced::of(entry, effect.points, worth));
        }
        let sum = self.cells.entry((entry.wallet.clone(), effect.issuer, effect.redeemer)).or_default();
        sum.points += effect.points;
        sum.worth += worth;
        Ok(())
    }

    /// The settlement of what was posted.
    ///
    /// # Errors
    /// An amount beyond what money can be.
    pub fn finish(self) -> Result<Report, SettlementError> {
        report::of(self)
    }
}
