//! Estimated bytes of what the cache holds, texts and the allocator's share included: a bound for memory, set so
//! that an instance under load stays below what it promises (loadtest/README.md), not a measurement.

use domain::entity::Entity;
use domain::lot::Lot;
use domain::purchase::Purchase;
use domain::redemption::Redemption;
use domain::{Account, Row, RowKey};

/// An entity without rows.
pub(super) const BASE: usize = 2_000;
/// The note that a row is absent.
pub(super) const ABSENT: usize = 48;
const DEBT: usize = 200;
const SEEN: usize = 160;
const ROUTE: usize = 160;
const PARKED: usize = 2_000;

fn account(account: &Account) -> usize {
    let spend = account.standing.as_ref().map_or(0, |standing| standing.spend.len());
    let shares: usize = account.periods.iter().map(|period| 80 + 64 * period.shares.len()).sum();
    let order = 240 * account.order.events.len();
    let lines = account.links.iter().flat_map(|links| &links.lines);
    let links: usize = lines.map(|line| 200 + 240 * line.order.events.len() + 16 * line.lots.len()).sum();
    160 * account.wallets.len() + 16 * spend + order + shares + links + 40 * account.waiting.len()
}

const fn lot(lot: &Lot) -> usize {
    500 + 16 * lot.drawn_by.len()
}

const fn purchase(purchase: &Purchase) -> usize {
    900 + 210 * purchase.lines.len() + 64 * purchase.grants.len()
}

const fn redemption(redemption: &Redemption) -> usize {
    280 + 64 * redemption.draws.len()
}

/// A row.
pub(super) fn of_row(row: &Row) -> usize {
    match row {
        Row::Account(row) => account(row),
        Row::Lot(row) => lot(row),
        Row::Purchase(row) => purchase(row),
        Row::Redemption(row) => redemption(row),
        Row::Debt(_) => DEBT,
        Row::Seen(_) => SEEN,
        Row::Parked(_) => PARKED,
        Row::Route(_) => ROUTE,
    }
}

/// The row of this key, as it is in `entity` now; 0 where there is none.
pub(super) fn in_place(entity: &Entity, key: RowKey) -> usize {
    match key {
        RowKey::Account => account(&entity.account),
        RowKey::Lot(key) => entity.lots.rows().get(&key).map_or(0, lot),
        RowKey::Purchase(key) => entity.purchases.rows().get(&key).map_or(0, purchase),
        RowKey::Redemption(key) => entity.redemptions.rows().get(&key).map_or(0, redemption),
        RowKey::Debt(key) => entity.debts.rows().get(&key).map_or(0, |_| DEBT),
        RowKey::Seen(key) => entity.seen.rows().get(&key).map_or(0, |_| SEEN),
        RowKey::Parked(key) => entity.parked.rows().get(&key).map_or(0, |_| PARKED),
        RowKey::Route(key) => entity.routes.rows().get(&key).map_or(0, |_| ROUTE),
    }
}

/// All of an entity.
pub(super) fn of_entity(entity: &Entity) -> usize {
    BASE + account(&entity.account)
        + entity.lots.rows().values().map(lot).sum::<usize>()
        + entity.purchases.rows().values().map(purchase).sum::<usize>()
        + entity.redemptions.rows().values().map(redemption).sum::<usize>()
        + DEBT * entity.debts.rows().len()
        + ROUTE * entity.routes.rows().len()
        + SEEN * entity.seen.rows().len()
        + PARKED * entity.parked.rows().len()
}
