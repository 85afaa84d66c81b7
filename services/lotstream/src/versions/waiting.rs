//! Accounts that a correction waits in: found by deciding each as it stands, and writing nothing.

use crate::failure::{Failure, other};
use crate::table::counted;
use domain::tariff::Tariffs;
use domain::{Decision, Entity, Row, awaits_correction};
use engine::store::Store;
use std::collections::BTreeMap;
use std::fmt;

/// Hands every account of `store` that has something to correct to `take`, with what that is.
pub(crate) fn each(
    store: &mut impl Store,
    tariffs: &Tariffs,
    mut take: impl FnMut(&Entity, &Decision) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut failed = Ok(());
    let visit = &mut |id, rows: Vec<engine::store::Stamped>| {
        let mut entity = Entity::new(id, true);
        rows.into_iter().for_each(|stamped| entity.put(Row::clone(&stamped.row)));
        if failed.is_ok() && awaits_correction(&entity.account, tariffs) {
            failed = correction_of(&entity, tariffs).and_then(|decision| match decision.events.is_empty() {
                true => Ok(()),
                false => take(&entity, &decision),
            });
        }
    };
    store.scan(visit).map_err(other)?;
    failed
}

/// Nothing is due at the last *now* of an account: what it says then is what is corrected.
fn correction_of(entity: &Entity, tariffs: &Tariffs) -> Result<Decision, Failure> {
    domain::advance(entity, entity.account.now, tariffs)
        .map_err(|missing| other(format!("{}: row {missing:?} is gone", entity.account.entity)))
}

/// What a correction would do, wallet by wallet.
#[derive(Default)]
pub(crate) struct Forecast {
    accounts: u64,
    wallets: BTreeMap<String, Change>,
}

/// Points, in a wallet's smallest unit.
#[derive(Clone, Copy, Default)]
struct Change {
    raised: i64,
    clawed_back: i64,
    owed: i64,
}

impl Forecast {
    /// Adds what happens to `before`.
    pub(crate) fn add(&mut self, before: &Entity, decision: &Decision) {
        self.accounts += 1;
        let after = decision.rows.iter().find_map(|row| match row {
            Row::Account(account) => Some(account),
            _ => None,
        });
        for balance in after.into_iter().flat_map(|account| &account.wallets) {
            let was = before.account.balance(balance.wallet.as_str());
            let change = self.wallets.entry(balance.wallet.to_string()).or_default();
            change.raised += balance.earned.get() - was.map_or(0, |was| was.earned.get());
            change.clawed_back += balance.clawed_back.get() - was.map_or(0, |was| was.clawed_back.get());
            change.owed += balance.debt.get() - was.map_or(0, |was| was.debt.get());
        }
    }

    /// How many accounts.
    pub(crate) const fn accounts(&self) -> u64 {
        self.accounts
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let have = if self.accounts == 1 { "has" } else { "have" };
        write!(f, "{} {have} sales to be rated again", counted(self.accounts, "account"))?;
        self.wallets.iter().try_for_each(|(wallet, Change { raised, clawed_back, owed })| {
            write!(f, "\n{wallet}: raised {raised}, clawed back {clawed_back}, owed {owed:+}")
        })
    }
}
