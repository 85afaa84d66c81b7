//! Points as a tender of a purchase: a hold captured by it, or spent by a till that was offline (S04, S11, S15).
//!
//! A till that spent more than limits allow did so: what is beyond them is paid like the rest, and the decision says it.

use crate::basket::Basket;
use crate::burn::across;
use crate::command::{Command, PointsTender};
use crate::convert::is_exchange;
use crate::debt::DebtId;
use crate::entry::EntryKind;
use crate::event::Step;
use crate::hold::{Part, Ruling, add_part, close, count_captured, open, say_decision, take, why_closed};
use crate::id::{EventKey, LotId};
use crate::lot::{Bucket, Lot};
use crate::outcome::Reason;
use crate::points::Points;
use crate::redemption::HoldState;
use crate::repay::{charge, owe, repay};
use crate::split::{Run, payers, split};
use crate::tariff::{Tariff, Wallet};
use crate::work::{Read, Work};

/// How a tender was met.
pub(crate) struct Payment {
    /// The redemption that paid; [`EventKey::NONE`] where there is no such wallet.
    pub(crate) redemption: EventKey,
    /// Points met by lots or a debt, by wallet: first the one that what is not covered was asked of.
    pub(crate) parts: Vec<Part>,
}

impl Payment {
    /// Points met by lots or a debt.
    pub(crate) fn covered(&self) -> Points {
        self.parts.iter().map(|(_, points)| *points).sum()
    }

    fn add(&mut self, parts: &[Part]) {
        parts.iter().for_each(|(wallet, points)| add_part(&mut self.parts, wallet, *points));
    }
}

/// Spends what the till says was spent.
pub(crate) fn pay(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    tender: &PointsTender,
    basket: &Basket<'_>,
) -> Read<Payment> {
    let Some(redemption) = redemption_of(work, tariff, command, tender)? else {
        let parts = vec![(tender.wallet.clone(), Points::ZERO)];
        return Ok(Payment { redemption: EventKey::NONE, parts });
    };
    let row = work.redemption(redemption)?.expect("a redemption found or opened");
    let (open, held) = (row.state == HoldState::Open, row.held());
    let mut payment = Payment { redemption, parts: vec![(row.wallet.clone(), Points::ZERO)] };
    if open {
        let covered = held.min(tender.points);
        if !covered.is_zero() {
            payment.add(&take(work, redemption, covered)?);
        }
        close(work, redemption, HoldState::Captured, work.now)?;
    }
    spend_without_hold(work, tariff, command, tender, basket, &mut payment)?;
    Ok(payment)
}

/// Says how a tender was met: what neither hold, lots nor a debt cover, or what is beyond what limits `allowed`.
pub(crate) fn say_payment(
    work: &mut Work,
    command: &Command,
    tender: &PointsTender,
    payment: &Payment,
    allowed: Points,
) -> Reason {
    let (redemption, points) = (payment.redemption, payment.covered());
    let uncovered = tender.points - points;
    let (reason, redemption) = match redemption {
        EventKey::NONE => (Reason::UnknownWallet, command.key),
        _ if !uncovered.is_zero() => (Reason::NotCovered, redemption),
        _ if allowed < tender.points => (Reason::OverLimit, redemption),
        _ => (Reason::None, redemption),
    };
    let largest = if reason == Reason::OverLimit { allowed } else { Points::ZERO };
    let ruling = Ruling { reason, redemption, requested: tender.points, points, largest };
    say_decision(work, command, Step::Spend, &ruling, uncovered);
    reason
}

/// The hold the tender names, or a redemption of the purchase's own: one for each wallet that tenders without a hold
/// begin with, so that each owes in its own. None where there is no such wallet.
fn redemption_of(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    tender: &PointsTender,
) -> Read<Option<EventKey>> {
    if tender.hold != EventKey::NONE
        && let Some(row) = work.redemption(tender.hold)?
        && why_closed(Some(row)) != Reason::HoldRefused
        && row.to.is_none()
        && !is_exchange(work, tender.hold)?
    {
        return Ok(Some(tender.hold));
    }
    let Some(wallet) = payers(tariff, &tender.wallet).first().map(|wallet| wallet.name.clone()) else {
        return Ok(None);
    };
    let first = work.redemption(command.key)?.map(|row| row.wallet == wallet);
    let key = match first {
        None | Some(true) => command.key,
        Some(false) => command.key.derived(wallet.as_str(), 0),
    };
    match work.redemption(key)?.is_some() {
        true => work.redemption_mut(key)?.requested += tender.points,
        false => open(work, command, key, wallet, tender.points, HoldState::Captured, work.now),
    }
    Ok(Some(key))
}

/// The wallets that pay what no hold does: the one that is named, or the hold's own, or the burn order from it on.
fn wallets_of<'t>(
    work: &Work,
    tariff: &'t Tariff,
    tender: &PointsTender,
    redemption: EventKey,
) -> Read<Vec<&'t Wallet>> {
    let own = &work.redemption(redemption)?.expect("a redemption found or opened").wallet;
    let wallets = payers(tariff, &tender.wallet);
    Ok(match wallets.first() {
        Some(first) if first.name == *own => wallets,
        _ => payers(tariff, own),
    })
}

/// S15: lots that were live when the till spent, or held then by this redemption's own hold, pay in burn order
/// although they expired since; the rest is a debt if the programme declares so.
fn spend_without_hold(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    tender: &PointsTender,
    basket: &Basket<'_>,
    payment: &mut Payment,
) -> Read<()> {
    let (redemption, mut left) = (payment.redemption, tender.points - payment.covered());
    if left.is_zero() {
        return Ok(());
    }
    let at = command.occurred_at;
    let row = work.redemption(redemption)?.expect("a redemption found or opened");
    let own: Vec<LotId> = if row.state != HoldState::Captured && row.expires_at > at {
        row.draws.iter().map(|draw| draw.lot).collect()
    } else {
        Vec::new()
    };
    let was_live = |lot: &&Lot| lot.activates_at <= at && at < lot.expires_at || own.contains(&lot.id);
    let wallets = wallets_of(work, tariff, tender, redemption)?;
    let lots = across(work.lots_in_range().filter(was_live), &wallets);
    let mut spent = Vec::new();
    // Each wallet its part first; then what is beyond the limits.
    let parts = parts_of(work, &wallets, &lots, basket, payment, left)?;
    for mut most in [parts, vec![left; wallets.len()]] {
        for (wallet, lot) in &lots {
            let points = spend_from(work, redemption, *lot, most[*wallet].min(left))?;
            add_part(&mut spent, &wallets[*wallet].name, points);
            most[*wallet] -= points;
            left -= points;
        }
    }
    spent.retain(|(_, points)| !points.is_zero());
    count_captured(work, redemption, &spent)?;
    payment.add(&spent);
    if tariff.spending.uncovered_becomes_debt && !left.is_zero() {
        let wallet = work.redemption(redemption)?.expect("a redemption found or opened").wallet.clone();
        let owed = [(wallet.clone(), left)];
        count_captured(work, redemption, &owed)?;
        owe(work, DebtId { redemption, lot: LotId::NONE }, left)?;
        repay(work, &wallet, work.now)?;
        payment.add(&owed);
    }
    Ok(())
}

/// How many points limits let each wallet pay. One alone pays all of it, whatever they say.
fn parts_of<'a>(
    work: &Work,
    wallets: &[&'a Wallet],
    lots: &[(usize, LotId)],
    basket: &Basket<'a>,
    payment: &Payment,
    points: Points,
) -> Read<Vec<Points>> {
    if wallets.len() < 2 {
        return Ok(vec![points; wallets.len()]);
    }
    let mut basket = basket.clone();
    for (name, points) in payment.parts.iter().filter(|(_, points)| !points.is_zero()) {
        if let Some(wallet) = wallets.iter().find(|wallet| wallet.name == *name) {
            basket.pay(wallet, *points);
        }
    }
    let mut runs = Vec::with_capacity(lots.len());
    for (wallet, lot) in lots {
        let points = payable(work.lot(*lot)?.expect("a lot just found"), work).iter().map(|it| it.1).sum();
        runs.push(Run { wallet: *wallet, points });
    }
    Ok(split(&basket, wallets, &runs, points))
}

/// What a lot may pay, and from where. What expired while it lives on by grace (S19) had expired before.
fn payable(lot: &Lot, work: &Work) -> Vec<(Bucket, Points)> {
    let over = lot.expires_at <= work.now;
    let buckets = [Some(Bucket::Available), over.then_some(Bucket::Expired)];
    buckets.into_iter().flatten().map(|bucket| (bucket, lot.buckets.get(bucket))).collect()
}

/// Spends up to `most` points of a lot. How many.
fn spend_from(work: &mut Work, redemption: EventKey, lot: LotId, most: Points) -> Read<Points> {
    let mut left = most;
    for (from, there) in payable(work.lot(lot)?.expect("a lot just found"), work) {
        let taken = there.min(left);
        if !taken.is_zero() {
            let at = work.now;
            charge(work, redemption, lot, taken, from, Bucket::Spent, EntryKind::Spend, at)?;
            left -= taken;
        }
    }
    Ok(most - left)
}
