//! Burn order: which lots pay first (S08).

use crate::id::{EventKey, LotId};
use crate::lot::Lot;
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// Soonest expiry, earliest business time, lot id; never-expiring lots last. Within one wallet.
pub(crate) type BurnKey = (Timestamp, Timestamp, EventKey);

pub(crate) fn burn_key(lot: &Lot) -> BurnKey {
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

/// `lots` in burn order.
pub(crate) fn sort_by_burn_order(work: &Work, lots: &[LotId]) -> Read<Vec<LotId>> {
    let mut keyed = Vec::with_capacity(lots.len());
    for id in lots {
        let lot = work.lot(*id)?.expect("a lot that a redemption draws on");
        keyed.push((burn_key(lot), *id));
    }
    keyed.sort_unstable();
    Ok(keyed.into_iter().map(|(_, id)| id).collect())
}
