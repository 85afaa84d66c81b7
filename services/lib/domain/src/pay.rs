//! Points as a tender of a purchase: a hold captured by it, or spent by a till that was offline (S04, S11, S15).

use crate::burn::in_burn_order;
use crate::command::{Command, PointsTender};
use crate::convert::is_exchange;
use crate::debt::DebtId;
use crate::entry::EntryKind;
use crate::event::Step;
use crate::hold::{Ruling, close, count_captured, open, say_decision, take, wallet_of, why_closed};
use crate::id::{EventKey, LotId, Name};
use crate::lot::{Bucket, Lot};
use crate::outcome::Reason;
use crate::points::Points;
use crate::redemption::HoldState;
use crate::repay::{charge, owe, repay};
use crate::tariff::Tariff;
use crate::work::{Read, Work};

/// How a tender was met.
pub(crate) struct Payment {
    /// The redemption that paid.
    pub(crate) redemption: EventKey,
    /// Points met by lots or a debt.
    pub(crate) covered: Points,
}

/// Spends what the till says was spent. What neither hold, lots nor a debt cover is said in the decision.
pub(crate) fn pay(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    tender: &PointsTender,
) -> Read<Option<Payment>> {
    let Some(redemption) = redemption_of(work, tariff, command, tender)? else {
        let ruling = Ruling {
            reason: Reason::UnknownWallet,
            redemption: command.key,
            requested: tender.points,
            points: Points::ZERO,
        };
        say_decision(work, command, Step::Spend, &ruling, tender.points);
        return Ok(None);
    };
    let mut covered = Points::ZERO;
    let row = work.redemption(redemption)?.expect("a redemption found or opened");
    if row.state == HoldState::Open {
        covered = row.held().min(tender.points);
        if !covered.is_zero() {
            take(work, redemption, covered)?;
        }
        close(work, redemption, HoldState::Captured, work.now)?;
    }
    covered += spend_without_hold(work, tariff, command, redemption, tender.points - covered)?;
    let uncovered = tender.points - covered;
    let reason = if uncovered.is_zero() { Reason::None } else { Reason::NotCovered };
    let ruling = Ruling { reason, redemption, requested: tender.points, points: covered };
    say_decision(work, command, Step::Spend, &ruling, uncovered);
    Ok(Some(Payment { redemption, covered }))
}

/// The hold the tender names, or a redemption of the purchase's own. None where there is no such wallet.
fn redemption_of(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    tender: &PointsTender,
) -> Read<Option<EventKey>> {
    if tender.hold != EventKey::NONE
        && let Some(row) = work.redemption(tender.hold)?
        && why_closed(Some(row)) != Reason::HoldRefused
        && !is_exchange(work, tender.hold)?
    {
        return Ok(Some(tender.hold));
    }
    let Some(wallet) = wallet_of(tariff, &tender.wallet).cloned() else { return Ok(None) };
    if work.redemption(command.key)?.is_none() {
        let now = work.now;
        open(work, command, wallet, tender.points, HoldState::Captured, now);
    }
    Ok(Some(command.key))
}

/// S15: lots that were live when the till spent, or held then by this redemption's own hold, pay in burn order
/// although they expired since; the rest is a debt if the programme declares so. How many points were met.
fn spend_without_hold(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    redemption: EventKey,
    points: Points,
) -> Read<Points> {
    if points.is_zero() {
        return Ok(points);
    }
    let at = command.occurred_at;
    let row = work.redemption(redemption)?.expect("a redemption found or opened");
    let wallet = row.wallet.clone();
    let own: Vec<LotId> = if row.state != HoldState::Captured && row.expires_at > at {
        row.draws.iter().map(|draw| draw.lot).collect()
    } else {
        Vec::new()
    };
    let was_live = |lot: &Lot| lot.activates_at <= at && at < lot.expires_at || own.contains(&lot.id);
    let mut left = points;
    for lot in in_burn_order(work, wallet.as_str(), was_live) {
        left -= spend_from(work, redemption, lot, Bucket::Available, left)?;
        // What expired while the lot lives on by grace (S19) had expired before.
        if work.lot(lot)?.expect("a lot just found").expires_at <= work.now {
            left -= spend_from(work, redemption, lot, Bucket::Expired, left)?;
        }
    }
    if tariff.spending.uncovered_becomes_debt && !left.is_zero() {
        count_captured(work, redemption, points)?;
        owe(work, DebtId { redemption, lot: LotId::NONE }, left)?;
        repay(work, &wallet, work.now)?;
        return Ok(points);
    }
    count_captured(work, redemption, points - left)?;
    Ok(points - left)
}

fn spend_from(work: &mut Work, redemption: EventKey, lot: LotId, from: Bucket, most: Points) -> Read<Points> {
    let taken = work.lot(lot)?.expect("a lot just found").buckets.get(from).min(most);
    if !taken.is_zero() {
        let at = work.now;
        charge(work, redemption, lot, taken, from, Bucket::Spent, EntryKind::Spend, at)?;
    }
    Ok(taken)
}

/// What points may pay of a line: its amount, in whole points of the wallet, rounded down (S02, S04).
pub(crate) fn payable(tariff: &Tariff, wallet: &Name, amount: i64) -> i128 {
    let wallet = wallet_of(tariff, wallet).and_then(|name| tariff.wallet(name.as_str()));
    let Some(wallet) = wallet else { return 0 };
    let point = i128::from(wallet.point_value.millionths()) * 10_i128.pow(tariff.currency.exponent);
    i128::from(amount) * 10_i128.pow(wallet.scale) * i128::from(crate::factor::Factor::UNIT) / point.max(1)
}
