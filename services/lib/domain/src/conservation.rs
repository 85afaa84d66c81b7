//! Conservation (S05): checked on every decision before it leaves the core, in release builds too.

use crate::account::Balance;
use crate::lot::Lot;
use crate::work::Work;

/// Whether the eight buckets of a lot are what was issued, and no more was clawed back than that.
pub fn lot_adds_up(lot: &Lot) -> bool {
    lot.buckets.sum() == lot.issued && lot.clawed_back <= lot.issued && lot.buckets.revoked <= lot.clawed_back
}

/// Whether a wallet's totals satisfy S05, and it has not both a debt and something available (S18).
pub fn wallet_adds_up(balance: &Balance) -> bool {
    let buckets = &balance.buckets;
    let owned = buckets.pending + buckets.available + buckets.held + buckets.expired + buckets.moved;
    let left = (owned + buckets.written_off).get() - (balance.debt + balance.forgiven).get();
    let right = (balance.earned + balance.moved_in).get() - (balance.clawed_back + balance.redeemed).get();
    left == right && (balance.debt.is_zero() || buckets.available.is_zero())
}

/// Panics where a decision would break S05 or S18: a bug, and the engine parks the entity.
pub(crate) fn assert_conserved(work: &Work) {
    for lot in work.changed_lots() {
        assert!(lot_adds_up(lot), "S05: a lot's buckets are not what was issued: {lot:?}");
    }
    for balance in &work.account.wallets {
        assert!(wallet_adds_up(balance), "S05/S18: a wallet's totals do not add up: {balance:?}");
    }
}
