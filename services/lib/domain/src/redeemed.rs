//! What a redemption spent net of what it gave back, wallet by wallet (S05, S10).

use crate::id::Name;
use crate::points::Points;
use crate::redemption::Redemption;
use crate::work::{Read, Work};
use std::collections::BTreeMap;

/// Its draws by the wallets of their lots; what no lot covers is owed in the redemption's own.
pub(crate) fn redeemed(work: &Work, redemption: &Redemption) -> Read<BTreeMap<Name, Points>> {
    let mut by_wallet: BTreeMap<Name, Points> = BTreeMap::new();
    // What a transfer gave is spent by whom it was given to.
    if redemption.to.is_some() {
        return Ok(by_wallet);
    }
    let mut left = redemption.captured - redemption.given_back;
    for draw in redemption.draws.iter().filter(|draw| !draw.spent.is_zero()) {
        let lot = work.lot(draw.lot)?.expect("a lot that a redemption draws on");
        *by_wallet.entry(lot.wallet.clone()).or_default() += draw.spent;
        left -= draw.spent;
    }
    if !left.is_zero() {
        *by_wallet.entry(redemption.wallet.clone()).or_default() += left;
    }
    Ok(by_wallet)
}
