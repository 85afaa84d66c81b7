//! Totals of a ledger as of an instant: points by bucket, tiers, debts, conservation and the state hash.

use crate::books::Books;
use crate::failure::Failure;
use crate::table::{Table, grouped};
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::hash::StateHash;
use domain::lot::Bucket;
use domain::{Entity, Points, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What all accounts together hold, as of one instant.
#[derive(Serialize, Default)]
pub(crate) struct Ledger {
    /// As of when.
    pub(crate) at: String,
    /// Accounts of members and cards.
    pub(crate) accounts: u64,
    /// Limits that members share: accounts of their own (S34).
    pub(crate) limits: u64,
    /// Lots.
    pub(crate) lots: u64,
    /// Purchases.
    pub(crate) purchases: u64,
    /// Points issued, raises included.
    pub(crate) issued: i64,
    /// Points by bucket.
    pub(crate) buckets: BTreeMap<&'static str, i64>,
    /// Points owed.
    pub(crate) debt: i64,
    /// Points clawed back, those owed included.
    pub(crate) clawed_back: i64,
    /// Points captured less points given back.
    pub(crate) redeemed: i64,
    /// Members by tier.
    pub(crate) tiers: BTreeMap<String, u64>,
    /// Whether S05 holds for every lot and every wallet, and for the sums.
    pub(crate) conserved: bool,
    /// The state hash as of then.
    pub(crate) state_hash: String,
}

/// A sum over accounts that are all as of one instant.
pub(crate) struct Totals {
    ledger: Ledger,
    hash: StateHash,
}

impl Totals {
    /// Nothing yet.
    pub(crate) fn new(at: Timestamp) -> Self {
        let ledger = Ledger { at: at.to_string(), conserved: true, ..Ledger::default() };
        Self { ledger, hash: StateHash::default() }
    }

    /// Adds one account, whole and matured to the instant.
    pub(crate) fn add(&mut self, entity: &Entity) {
        self.hash.add(entity);
        self.ledger.add(entity);
    }

    /// All of them together.
    pub(crate) fn finish(self) -> Ledger {
        let Self { mut ledger, hash } = self;
        let moved = ledger.buckets.get(Bucket::Moved.as_str()).copied().unwrap_or(0);
        ledger.conserved &= ledger.issued == ledger.buckets.values().sum::<i64>() - moved;
        ledger.state_hash = hash.to_string();
        ledger
    }
}

/// Matures every account to `at` in memory and adds up.
pub(crate) fn of(books: &Books, at: Timestamp) -> Result<Ledger, Failure> {
    let (mut totals, mut ahead) = (Totals::new(at), books.ahead(at)?);
    for entity in books.entities() {
        let entity = ahead.take(&entity.account.entity).unwrap_or(entity);
        totals.add(&books.advanced(entity, at)?);
    }
    Ok(totals.finish())
}

impl Ledger {
    /// Adds one account, whole.
    fn add(&mut self, entity: &Entity) {
        match entity.account.entity.is_limit() {
            true => self.limits += 1,
            false => self.accounts += 1,
        }
        for lot in entity.lots.rows().values() {
            self.lots += 1;
            self.conserved &= lot_adds_up(lot);
            for bucket in Bucket::ALL {
                *self.buckets.entry(bucket.as_str()).or_default() += lot.buckets.get(bucket).get();
            }
        }
        self.purchases += u64::try_from(entity.purchases.rows().len()).unwrap_or(u64::MAX);
        for balance in &entity.account.wallets {
            // Issued where it came from: what moved on is found where it is now, or is lost (S05).
            self.issued += balance.earned.get();
            self.debt += balance.debt.get();
            self.clawed_back += balance.clawed_back.get();
            self.redeemed += balance.redeemed.get();
            self.conserved &= wallet_adds_up(&entity.account, balance) && lots_are(entity, balance);
        }
        if let Some(standing) = &entity.account.standing {
            *self.tiers.entry(standing.tier.to_string()).or_default() += 1;
        }
    }
}

/// Whether a wallet's totals are the sums of its lots.
fn lots_are(entity: &Entity, balance: &domain::Balance) -> bool {
    let lots = || entity.lots.rows().values().filter(|lot| lot.wallet == balance.wallet);
    let sum = |bucket| lots().map(|lot| lot.buckets.get(bucket)).sum::<Points>();
    Bucket::ALL.into_iter().all(|bucket| sum(bucket) == balance.buckets.get(bucket))
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut points = Table::new(&["points", "now"]);
        for bucket in Bucket::ALL {
            let name = bucket.as_str().replace('_', " ");
            points.row([name, grouped(self.buckets.get(bucket.as_str()).copied().unwrap_or(0))]);
        }
        points.row(["issued".to_owned(), grouped(self.issued)]);
        points.row(["owed".to_owned(), grouped(self.debt)]);
        write!(f, "{points}")?;
        let verdict = if self.conserved { "adds up for every lot and wallet" } else { "DOES NOT ADD UP" };
        writeln!(f, "\n  conservation (S05): {verdict}")?;
        write!(f, "  state hash {} as of {}", self.state_hash, self.at)
    }
}
