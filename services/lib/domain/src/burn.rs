//! Burn order: which lots pay first (S08).

use crate::id::{EventKey, LotId};
use crate::lot::Lot;
use crate::tariff::Wallet;
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// Soonest expiry, earliest business time, lot id; never-expiring lots last. Within one wallet.
pub type BurnKey = (Timestamp, Timestamp, EventKey);

/// The place of `lot` among those of its wallet (S08).
pub fn burn_key(lot: &Lot) -> BurnKey {
    (lot.expires_at, lot.occurred_at, lot.id.key)
}

/// The lots of `wallet` that `pays` says can pay, first to burn first.
pub(crate) fn in_burn_order(work: &Work, wallet: &str, pays: impl Fn(&Lot) -> bool) -> Vec<LotId> {
    let mut lots: Vec<(BurnKey, LotId)> = work
        .lots_in_range()
        .filter(|lot| lot.wallet.as_str() == wallet && pays(lot))
        .map(|lot| (burn_key(lot), lot.id))
        .collect();
    lots.sort_unstable();
    lots.into_iter().map(|(_, id)| id).collect()
}

/// Those of `lots` that are of `wallets`, first to burn first: each with the place of its wallet, by the wallets'
/// priority first.
pub(crate) fn across<'l>(lots: impl Iterator<Item = &'l Lot>, wallets: &[&Wallet]) -> Vec<(usize, LotId)> {
    let mut found: Vec<(i32, BurnKey, LotId, usize)> = Vec::new();
    for lot in lots {
        if let Some(place) = wallets.iter().position(|wallet| wallet.name == lot.wallet) {
            found.push((wallets[place].priority, burn_key(lot), lot.id, place));
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, _, id, place)| (place, id)).collect()
}

/// `lots` in burn order. Those of several wallets by the priority these had when the lots were granted: what a later
/// version says must not depend on who looks when (S09).
pub(crate) fn sort_by_burn_order(work: &Work, lots: &[LotId]) -> Read<Vec<LotId>> {
    let mut rows = Vec::with_capacity(lots.len());
    for id in lots {
        rows.push(work.lot(*id)?.expect("a lot that a redemption draws on"));
    }
    let several = rows.iter().any(|lot| lot.wallet != rows[0].wallet);
    let priority = |lot: &Lot| {
        let tariff = several.then(|| work.tariff(lot.version))?;
        tariff.wallet(lot.wallet.as_str()).map(|wallet| wallet.priority)
    };
    let mut keyed: Vec<_> = rows.into_iter().map(|lot| (priority(lot), burn_key(lot), lot.id)).collect();
    keyed.sort_unstable();
    Ok(keyed.into_iter().map(|(_, _, id)| id).collect())
}
