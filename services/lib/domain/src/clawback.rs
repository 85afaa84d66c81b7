//! Clawbacks: what a returned lot gives up, and who is charged for what it had already paid (S17).
//!
//! Nothing is ever taken from another cause's lot: a redemption that drew on returned points is re-pointed to
//! what is available, and what finds nothing becomes a debt (S18).

use crate::accept::tell_receiver;
use crate::burn::in_burn_order;
use crate::debt::DebtId;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId};
use crate::lot::Bucket;
use crate::points::Points;
use crate::repay::{charge, owe};
use crate::work::{Movement, Read, Work};

/// Takes `points` back from `lot`: pending, available, expired, written off, then held, then spent, then given to
/// another member (S33), the latest hold, redemption or transfer first.
pub(crate) fn claw_back(work: &mut Work, lot: LotId, points: Points) -> Read<()> {
    let mut left = points;
    for bucket in [Bucket::Pending, Bucket::Available, Bucket::Expired, Bucket::WrittenOff] {
        let there = work.lot(lot)?.expect("the lot that is clawed back").buckets.get(bucket);
        let taken = there.min(left);
        if !taken.is_zero() {
            revoke(work, lot, bucket, taken, EventKey::NONE)?;
            left -= taken;
        }
    }
    for bucket in [Bucket::Held, Bucket::Spent, Bucket::Moved] {
        for (redemption, there) in drawn(work, lot, bucket)? {
            let taken = there.min(left);
            if !taken.is_zero() {
                repoint(work, lot, redemption, bucket, taken)?;
                left -= taken;
            }
        }
    }
    assert!(left.is_zero(), "S17: {left} points of {lot:?} to claw back beyond what it still earns");
    Ok(())
}

fn revoke(work: &mut Work, lot: LotId, from: Bucket, points: Points, redemption: EventKey) -> Read<()> {
    let at = work.now;
    let kind = EntryKind::Clawback;
    work.shift(lot, Movement { kind, from: Some(from), to: Bucket::Revoked, points, at, redemption })
}

/// What each redemption takes from `lot` in this bucket and does not owe for already, latest first.
pub(crate) fn drawn(work: &Work, lot: LotId, bucket: Bucket) -> Read<Vec<(EventKey, Points)>> {
    let mut drawn = Vec::new();
    for key in &work.lot(lot)?.expect("the lot that is clawed back").drawn_by {
        let redemption = work.redemption(*key)?.expect("a redemption that drew on a lot");
        let Some(draw) = redemption.draws.iter().find(|draw| draw.lot == lot) else { continue };
        let points = match bucket {
            Bucket::Held => draw.held,
            _ if redemption.takes_into() != bucket => continue,
            _ => draw.spent - owed(work, DebtId { redemption: *key, lot })?,
        };
        if !points.is_zero() {
            drawn.push((redemption.sequence, *key, points));
        }
    }
    drawn.sort_by_key(|(sequence, _, _)| std::cmp::Reverse(*sequence));
    Ok(drawn.into_iter().map(|(_, key, points)| (key, points)).collect())
}

/// What stands as spent on a lot although it was clawed back: open and forgiven debts.
fn owed(work: &Work, debt: DebtId) -> Read<Points> {
    Ok(work.debt(debt)?.map_or(Points::ZERO, |debt| debt.open + debt.forgiven))
}

/// Charges what `redemption` took from `lot` to available lots of the same wallet in burn order; the limits of
/// spending are not checked again. What finds no lot shrinks a hold, and becomes a debt when it was spent.
fn repoint(work: &mut Work, lot: LotId, redemption: EventKey, bucket: Bucket, points: Points) -> Read<()> {
    let wallet = work.lot(lot)?.expect("the lot that is clawed back").wallet.clone();
    let mut left = points;
    for other in in_burn_order(work, wallet.as_str(), |other| !other.buckets.available.is_zero()) {
        let available = work.lot(other)?.expect("a lot just found").buckets.available;
        let taken = available.min(left);
        if !taken.is_zero() {
            let at = work.now;
            charge(work, redemption, other, taken, Bucket::Available, bucket, EntryKind::Repoint, at)?;
            undraw(work, redemption, lot, bucket, taken)?;
            tell_receiver(work, redemption, lot, other, taken)?;
            left -= taken;
        }
    }
    match bucket {
        _ if left.is_zero() => Ok(()),
        Bucket::Held => undraw(work, redemption, lot, bucket, left),
        _ => owe(work, DebtId { redemption, lot }, left),
    }
}

fn undraw(work: &mut Work, redemption: EventKey, lot: LotId, bucket: Bucket, points: Points) -> Read<()> {
    let draw = work.redemption_mut(redemption)?.draw_mut(lot);
    match bucket {
        Bucket::Held => draw.held -= points,
        _ => draw.spent -= points,
    }
    revoke(work, lot, bucket, points, redemption)
}
