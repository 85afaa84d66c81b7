//! Debts: opened by spent points that nothing covers, repaid by whatever becomes available (S18).

use crate::accept::tell_receiver;
use crate::burn::in_burn_order;
use crate::debt::{Debt, DebtId};
use crate::entry::{Entry, EntryKind};
use crate::event::Event;
use crate::id::{EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::points::Points;
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};

/// Opens (or enlarges) the debt of `redemption` on `lot`. With a lot, the points were clawed back from it and
/// stay spent there until repaid; without one they were spent and never covered (S15).
pub(crate) fn owe(work: &mut Work, id: DebtId, points: Points) -> Read<()> {
    let redemption = work.redemption(id.redemption)?.expect("a redemption that is owed for");
    let (sequence, is_gift) = (redemption.sequence, redemption.to.is_some());
    let mut partner = redemption.partner.clone();
    if is_gift {
        // Whoever redeems the gift is paid by who funds it, and that one is owed for it (S17).
        partner = work.lot(id.lot)?.expect("the lot of a debt").partner.clone();
    }
    let wallet = wallet_of_debt(work, id)?;
    match work.debt(id)?.is_some() {
        true => work.debt_mut(id)?.open += points,
        false => work.put_debt(Debt {
            id,
            wallet: wallet.clone(),
            partner,
            open: points,
            forgiven: Points::ZERO,
            sequence,
            opened_at: work.now,
        }),
    }
    list_as_open(work, id, sequence)?;
    let mut clawed_back = Points::ZERO;
    if !id.lot.is_none() {
        clawed_back = points;
        work.lot_mut(id.lot)?.clawed_back += points;
    }
    let balance = work.balance_mut(&wallet);
    balance.debt += points;
    balance.clawed_back += clawed_back;
    say_debt(work, EntryKind::DebtOpened, id, points.get(), clawed_back, work.now)
}

/// The wallet a debt stands in: the returned lot's; without one, the redemption's own.
pub(crate) fn wallet_of_debt(work: &Work, id: DebtId) -> Read<Name> {
    if !id.lot.is_none() {
        return Ok(work.lot(id.lot)?.expect("the lot of a debt").wallet.clone());
    }
    Ok(work.redemption(id.redemption)?.expect("a redemption that is owed for").wallet.clone())
}

/// Keeps the head row's list of open debts in the order they are repaid.
pub(crate) fn list_as_open(work: &mut Work, id: DebtId, sequence: i64) -> Read<()> {
    if work.account.open_debts.contains(&id) {
        return Ok(());
    }
    let mut place = work.account.open_debts.len();
    for (at, open) in work.account.open_debts.iter().enumerate() {
        let other = work.debt(*open)?.expect("a debt listed as open");
        if (sequence, id) < (other.sequence, other.id) {
            place = at;
            break;
        }
    }
    work.account.open_debts.insert(place, id);
    Ok(())
}

/// Who funds the lot a debt draws on, and the version that prices it: of a debt without one, nobody, and the version
/// in force when it was opened.
fn funder(work: &Work, debt: &Debt) -> Read<(Name, i32)> {
    Ok(match work.lot(debt.id.lot)? {
        Some(lot) => (lot.partner.clone(), lot.version),
        None => (Name::default(), work.version_at(debt.opened_at)),
    })
}

/// Says that a debt changed by `change` at `at`, without points of a lot moving in this entry.
pub(crate) fn say_debt(
    work: &mut Work,
    kind: EntryKind,
    id: DebtId,
    change: i64,
    clawed: Points,
    at: Timestamp,
) -> Read<()> {
    let debt = work.debt(id)?.expect("a debt that changes");
    let (wallet, redeemer) = (debt.wallet.clone(), debt.partner.clone());
    let (partner, version) = funder(work, debt)?;
    let entry = work.entry(kind, wallet, id.lot, at);
    let redemption = id.redemption;
    work.say(Event::Entry(Entry {
        debt: change,
        clawed_back: clawed,
        redemption,
        version,
        partner,
        redeemer,
        ..entry
    }));
    Ok(())
}

/// Lowers an open debt by `points`, in row, list and balance.
pub(crate) fn lower(work: &mut Work, id: DebtId, points: Points) -> Read<()> {
    let debt = work.debt_mut(id)?;
    debt.open -= points;
    let (wallet, closed) = (debt.wallet.clone(), debt.open.is_zero());
    work.balance_mut(&wallet).debt -= points;
    if closed {
        work.account.open_debts.retain(|open| *open != id);
    }
    Ok(())
}

/// Repays the open debts of `wallet` from what is available there, first to burn first: a lot's own debt
/// before those of the earliest redemption (S18).
pub(crate) fn repay(work: &mut Work, wallet: &Name, at: Timestamp) -> Read<()> {
    while work
        .account
        .balance(wallet.as_str())
        .is_some_and(|b| !b.debt.is_zero() && !b.buckets.available.is_zero())
    {
        let payers = in_burn_order(work, wallet.as_str(), |lot| !lot.buckets.available.is_zero());
        let payer = *payers.first().expect("an available point is in some lot of the live range");
        let debt = next_debt(work, wallet, payer)?;
        let available = work.lot(payer)?.expect("a lot just found").buckets.available;
        let points = available.min(work.debt(debt)?.expect("a debt listed as open").open);
        repay_from(work, debt, payer, points, at)?;
    }
    Ok(())
}

fn next_debt(work: &Work, wallet: &Name, payer: LotId) -> Read<DebtId> {
    let mut first = None;
    for id in &work.account.open_debts {
        if work.debt(*id)?.expect("a debt listed as open").wallet == *wallet {
            if id.lot == payer {
                return Ok(*id);
            }
            first = first.or(Some(*id));
        }
    }
    Ok(first.expect("a wallet in debt has an open debt"))
}

/// `payer` is charged for the redemption; the returned lot's points are revoked at last.
fn repay_from(work: &mut Work, debt: DebtId, payer: LotId, points: Points, at: Timestamp) -> Read<()> {
    let redemption = debt.redemption;
    let to = taken_into(work, redemption)?;
    charge(work, redemption, payer, points, Bucket::Available, to, EntryKind::Repayment, at)?;
    if !debt.lot.is_none() {
        release_spent(work, debt, points, EntryKind::Repayment, at)?;
        tell_receiver(work, redemption, debt.lot, payer, points)?;
    }
    lower(work, debt, points)?;
    say_debt(work, EntryKind::Repayment, debt, -points.get(), Points::ZERO, at)
}

/// Where points are that `redemption` took.
pub(crate) fn taken_into(work: &Work, redemption: EventKey) -> Read<Bucket> {
    Ok(work.redemption(redemption)?.expect("a redemption that took points").takes_into())
}

/// The points a debt's lot still has as spent, or given, are revoked: they were clawed back when the debt was opened.
pub(crate) fn release_spent(
    work: &mut Work,
    debt: DebtId,
    points: Points,
    kind: EntryKind,
    at: Timestamp,
) -> Read<()> {
    work.redemption_mut(debt.redemption)?.draw_mut(debt.lot).spent -= points;
    let redemption = debt.redemption;
    let from = Some(taken_into(work, redemption)?);
    let movement = Movement { kind, from, to: Bucket::Revoked, points, at, redemption };
    work.shift(debt.lot, movement)
}

/// Charges `points` of `lot` to `redemption`: into held or spent, from wherever they are.
#[allow(clippy::too_many_arguments)]
pub(crate) fn charge(
    work: &mut Work,
    redemption: EventKey,
    lot: LotId,
    points: Points,
    from: Bucket,
    to: Bucket,
    kind: EntryKind,
    at: Timestamp,
) -> Read<()> {
    let draw = work.redemption_mut(redemption)?.draw_mut(lot);
    match to {
        Bucket::Held => draw.held += points,
        _ => draw.spent += points,
    }
    if from == Bucket::Held {
        draw.held -= points;
    }
    let row = work.lot_mut(lot)?;
    if !row.drawn_by.contains(&redemption) {
        row.drawn_by.push(redemption);
    }
    work.shift(lot, Movement { kind, from: Some(from), to, points, at, redemption })
}
