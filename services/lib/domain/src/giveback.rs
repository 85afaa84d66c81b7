//! Points given back because what they paid for was returned (S19).

use crate::burn::sort_by_burn_order;
use crate::calendar;
use crate::debt::DebtId;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::maturity::expire_if_due;
use crate::points::Points;
use crate::repay::{lower, release_spent, repay, say_debt, taken_into, wallet_of_debt};
use crate::terms::reminder;
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};

/// Gives `points` of `redemption` in `wallet` back: its own debts are lifted first, forgiven ones too; the rest returns
/// to the lots it is charged to now, in reverse burn order.
pub(crate) fn give_back(work: &mut Work, redemption: EventKey, wallet: &Name, points: Points) -> Read<()> {
    let mut left = points;
    let row = work.redemption_mut(redemption)?;
    row.given_back += points;
    let owes = (row.wallet == *wallet).then_some(LotId::NONE);
    let drawn: Vec<LotId> = row.draws.iter().map(|draw| draw.lot).collect();
    work.balance_mut(wallet).redeemed -= points;
    let mut lots = Vec::with_capacity(drawn.len());
    for lot in sort_by_burn_order(work, &drawn)? {
        if work.lot(lot)?.expect("a lot that a redemption draws on").wallet == *wallet {
            lots.push(lot);
        }
    }
    for lot in owes.into_iter().chain(lots.iter().rev().copied()) {
        left -= lift(work, DebtId { redemption, lot }, left)?;
    }
    for lot in lots.into_iter().rev() {
        left -= restore(work, redemption, lot, left)?;
    }
    assert!(left.is_zero(), "S19: {left} points to give back beyond what the redemption took");
    Ok(())
}

/// Takes back what a transfer gave and nobody took (S33): its debts are lifted, the rest is where it was.
pub(crate) fn take_back(work: &mut Work, transfer: EventKey) -> Read<()> {
    let row = work.redemption(transfer)?.expect("a transfer");
    let drawn: Vec<LotId> = row.draws.iter().map(|draw| draw.lot).collect();
    // All debts first: what is back would repay them.
    for lot in drawn.iter().copied() {
        let given = work.redemption_mut(transfer)?.draw_mut(lot).spent;
        lift(work, DebtId { redemption: transfer, lot }, given)?;
    }
    for lot in sort_by_burn_order(work, &drawn)?.into_iter().rev() {
        let given = work.redemption_mut(transfer)?.draw_mut(lot).spent;
        restore(work, transfer, lot, given)?;
    }
    Ok(())
}

/// Lifts up to `points` of a debt, open or forgiven. How many.
fn lift(work: &mut Work, id: DebtId, points: Points) -> Read<Points> {
    let wallet = wallet_of_debt(work, id)?;
    let in_debt = work.account.balance(wallet.as_str()).is_some_and(|b| !(b.debt + b.forgiven).is_zero());
    if !in_debt || points.is_zero() {
        return Ok(Points::ZERO);
    }
    let Some(debt) = work.debt(id)? else { return Ok(Points::ZERO) };
    let open = debt.open.min(points);
    let forgiven = debt.forgiven.min(points - open);
    if !open.is_zero() {
        lower(work, id, open)?;
    }
    if !forgiven.is_zero() {
        work.debt_mut(id)?.forgiven -= forgiven;
        work.balance_mut(&wallet).forgiven -= forgiven;
        // Owed again, to be lifted: so that entries alone tell what is forgiven, and what was redeemed.
        say_debt(work, EntryKind::Forgiveness, id, forgiven.get(), Points::ZERO, work.now)?;
    }
    let lifted = open + forgiven;
    if !lifted.is_zero() {
        if !id.lot.is_none() {
            release_spent(work, id, lifted, EntryKind::DebtLifted, work.now)?;
        }
        say_debt(work, EntryKind::DebtLifted, id, -lifted.get(), Points::ZERO, work.now)?;
    }
    Ok(lifted)
}

/// Returns up to `points` to one lot: available again, used for any debt, and expired where its time is over,
/// unless the programme declares a grace. How many.
fn restore(work: &mut Work, redemption: EventKey, lot: LotId, points: Points) -> Read<Points> {
    let draw = work.redemption_mut(redemption)?.draw_mut(lot);
    let restored = draw.spent.min(points);
    if restored.is_zero() {
        return Ok(restored);
    }
    draw.spent -= restored;
    let at = work.now;
    let (from, to) = (Some(taken_into(work, redemption)?), Bucket::Available);
    let movement = Movement { kind: EntryKind::GiveBack, from, to, points: restored, at, redemption };
    work.shift(lot, movement)?;
    let row = work.lot(lot)?.expect("a lot that was drawn on");
    let (wallet, over) = (row.wallet.clone(), row.expires_at <= at);
    repay(work, &wallet, at)?;
    if over && !work.lot(lot)?.expect("a lot just restored").buckets.available.is_zero() {
        outlive(work, lot, at)?;
    }
    Ok(restored)
}

/// What is left of a restored lot whose time is over expires, or lives on where a grace is declared.
fn outlive(work: &mut Work, lot: LotId, at: Timestamp) -> Read<()> {
    let tariff = work.tariff_now();
    let declared = tariff.and_then(|tariff| tariff.spending.grace.map(|grace| (tariff, grace)));
    let Some((tariff, grace)) = declared else { return expire_if_due(work, lot, at) };
    let expires_at = calendar::add(tariff.zone, at, grace);
    let (reminded, remind_at) = reminder(&tariff, expires_at, 0, at);
    let row = work.lot_mut(lot)?;
    row.expires_at = expires_at;
    row.reminded = reminded;
    row.remind_at = remind_at;
    Ok(())
}
