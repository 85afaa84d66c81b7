//! Expiry that activity moves further out (S06).

use crate::burn::in_burn_order;
use crate::calendar;
use crate::entry::EntryKind;
use crate::id::EventKey;
use crate::lot::{Bucket, Lot};
use crate::repay::repay;
use crate::tariff::Tariff;
use crate::terms::{reminder, rounded};
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};

/// A purchase at `occurred_at` moves the expiry of the lots that lived then, where their terms say so. A lot
/// that had expired too early, because the purchase came late, is reopened.
pub(crate) fn by_purchase(work: &mut Work, tariff: &Tariff, occurred_at: Timestamp) -> Read<()> {
    for terms in &tariff.terms {
        let Some(span) = terms.extended_by_purchase else { continue };
        let moved = calendar::add(tariff.zone, occurred_at, span);
        let expires_at = rounded(tariff, terms.expiry_rounded_to, moved);
        let lived = |lot: &Lot| {
            lot.terms == terms.name
                && lot.occurred_at <= occurred_at
                && lot.expires_at > occurred_at
                && lot.expires_at < expires_at
        };
        let lots = in_burn_order(work, terms.wallet.as_str(), lived);
        for id in lots {
            let (reminded, remind_at) = reminder(tariff, expires_at, 0, work.now);
            let at = work.now;
            let lot = work.lot_mut(id)?;
            // What expired although the lot lives on by grace (S19) had expired in time.
            let too_early = lot.expires_at <= at && at < expires_at;
            lot.expires_at = expires_at;
            lot.reminded = reminded;
            lot.remind_at = remind_at;
            let (points, wallet) = (lot.buckets.expired, lot.wallet.clone());
            if !points.is_zero() && too_early {
                let (from, to, redemption) = (Some(Bucket::Expired), Bucket::Available, EventKey::NONE);
                work.shift(id, Movement { kind: EntryKind::Reopening, from, to, points, at, redemption })?;
                repay(work, &wallet, at)?;
            }
        }
    }
    Ok(())
}
