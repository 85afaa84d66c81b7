//! Conservation (S05): checked on every decision before it leaves the core, in release builds too.

use crate::account::{Account, Balance};
use crate::lot::Lot;
use crate::points::Points;
use crate::work::Work;

/// Whether the eight buckets of a lot are what was issued, and no more was clawed back than that.
pub fn lot_adds_up(lot: &Lot) -> bool {
    lot.buckets.sum() == lot.issued && lot.clawed_back <= lot.issued && lot.buckets.revoked <= lot.clawed_back
}

/// Whether a wallet's totals satisfy S05, and it has not both a debt and something available (S18).
pub fn wallet_adds_up(account: &Account, balance: &Balance) -> bool {
    let buckets = &balance.buckets;
    let owed_out =
        account.links.as_ref().map_or(Points::ZERO, |links| links.owed_out(balance.wallet.as_str()));
    let moved_out = buckets.moved - owed_out;
    let owned = buckets.pending + buckets.available + buckets.held + buckets.expired + moved_out;
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
        assert!(
            wallet_adds_up(&work.account, balance),
            "S05/S18: a wallet's totals do not add up: {balance:?}"
        );
    }
}
