//! Adjustments: what operators do to an account, each with its actor and reason in the entries (S18, S25).

use crate::account::Balance;
use crate::burn::in_burn_order;
use crate::card;
use crate::command::{Action, Adjustment, Body, Command, who_and_why};
use crate::debt::DebtId;
use crate::decide::{admit, effect};
use crate::entry::{Entry, EntryKind};
use crate::erase::erase;
use crate::event::Event;
use crate::grant::{Origin, all_by, retarget};
use crate::hold::wallet_of;
use crate::id::{EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::merge;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::repay::{lower, say_debt};
use crate::resume;
use crate::returns::{apply_waiting, later_fate, settle_later, unpark};
use crate::route;
use crate::row::{Parked, RowKey};
use crate::tariff::{Tariff, Terms};
use crate::work::{Movement, Read, Work};

/// Rows that an adjustment surely reads.
pub(crate) fn needs(adjustment: &Adjustment) -> Vec<RowKey> {
    match adjustment.action {
        Action::Release { event } | Action::Refuse { event } => {
            vec![RowKey::Parked(event), RowKey::Seen(event)]
        }
        _ => Vec::new(),
    }
}

/// Applies an adjustment that was not seen before: all of it, or none and the reason.
pub(crate) fn apply(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    adjustment: &Adjustment,
) -> Read<Outcome> {
    work.rule = who_and_why(&adjustment.actor, &adjustment.reason);
    let reason = refusal(work, tariff, command, &adjustment.action)?;
    let mut outcome = match reason {
        Reason::None => Outcome::of(OutcomeKind::Applied, reason),
        _ => Outcome::of(OutcomeKind::Rejected, reason),
    };
    if reason == Reason::None {
        audit(work, 0);
        outcome.earned = act(work, tariff, command, adjustment)?;
    }
    work.rule = Name::default();
    Ok(outcome)
}

/// The entry that says who and why, before what it moves; `version` is that of a programme that was corrected, else 0.
pub(crate) fn audit(work: &mut Work, version: i32) {
    let entry = work.entry(EntryKind::Adjustment, Name::default(), LotId::NONE, work.now);
    work.say(Event::Entry(Entry { version, ..entry }));
}

/// Whether it moves more than an operator may, by the version in force *now*: an adjustment dated back does not
/// find older limits.
fn beyond_limit(work: &Work, tariff: &Tariff, action: &Action) -> bool {
    let limits = work.tariff_now().map_or(tariff.adjustments, |tariff| tariff.adjustments);
    let (points, limit) = match action {
        Action::Grant { points, .. } => (points, limits.grant),
        Action::WriteOff { points, .. } => (points, limits.write_off),
        Action::Forgive { points, .. } => (points, limits.forgive),
        _ => return false,
    };
    limit.is_some_and(|limit| *points > limit)
}

/// Why the action is refused; nothing has changed yet.
fn refusal(work: &Work, tariff: &Tariff, command: &Command, action: &Action) -> Read<Reason> {
    if beyond_limit(work, tariff, action) {
        return Ok(Reason::AdjustmentLimit);
    }
    Ok(match action {
        Action::Grant { wallet, .. } if terms_of(tariff, wallet).is_none() => Reason::UnknownWallet,
        Action::Grant { partner, .. } if !tariff.takes_part(partner) => Reason::UnknownPartner,
        Action::WriteOff { wallet, points } => match balance_of(work, tariff, wallet) {
            Err(reason) => reason,
            Ok(there) if there.map_or(Points::ZERO, Balance::total) < *points => Reason::InsufficientPoints,
            Ok(_) => Reason::None,
        },
        Action::Forgive { wallet, points } => match balance_of(work, tariff, wallet) {
            Err(reason) => reason,
            Ok(there) if there.map_or(Points::ZERO, |balance| balance.debt) < *points => Reason::NotOwed,
            Ok(_) => Reason::None,
        },
        Action::Release { event } | Action::Refuse { event } if quarantined(work, *event)?.is_none() => {
            Reason::NothingQuarantined
        }
        Action::Resume if !work.account.parked => Reason::NotParked,
        Action::Merge { into } => merge::refusal(work, command, into),
        _ => Reason::None,
    })
}

/// The balance of the wallet that is meant; none where nothing ever happened in it.
fn balance_of<'w>(work: &'w Work, tariff: &Tariff, wallet: &Name) -> Result<Option<&'w Balance>, Reason> {
    let wallet = wallet_of(tariff, wallet).ok_or(Reason::UnknownWallet)?;
    Ok(work.account.balance(wallet.as_str()))
}

/// Does it; points it granted.
fn act(work: &mut Work, tariff: &Tariff, command: &Command, adjustment: &Adjustment) -> Read<Points> {
    match &adjustment.action {
        Action::Grant { wallet, points, partner } => {
            let terms = terms_of(tariff, wallet).expect("terms that were looked for before");
            let (partner, occurred_at) = (partner.clone(), command.occurred_at);
            let rules = all_by(work.rule.clone());
            let origin = Origin { tariff, terms, cause: command.key, partner, occurred_at, rules };
            retarget(work, &origin, LotId::NONE, *points)?;
            return Ok(*points);
        }
        Action::WriteOff { wallet, points } => {
            let wallet = wallet_of(tariff, wallet).expect("a wallet that was looked for before").clone();
            write_off(work, &wallet, *points)?;
        }
        Action::Forgive { wallet, points } => {
            let wallet = wallet_of(tariff, wallet).expect("a wallet that was looked for before").clone();
            forgive(work, &wallet, *points)?;
        }
        Action::Block => work.account.blocked = true,
        Action::Unblock => work.account.blocked = false,
        Action::Release { event } => release(work, *event)?,
        Action::Refuse { event } => refuse(work, *event)?,
        Action::Erase => erase(work, command)?,
        Action::Resume => resume::resume(work, command)?,
        Action::Merge { into } => merge::apply(work, command, adjustment, into)?,
    }
    Ok(Points::ZERO)
}

/// The first terms points of `wallet` are granted under.
fn terms_of<'t>(tariff: &'t Tariff, wallet: &Name) -> Option<&'t Terms> {
    let wallet = wallet_of(tariff, wallet)?;
    tariff.terms.iter().find(|terms| terms.wallet == *wallet)
}

pub(crate) fn write_off(work: &mut Work, wallet: &Name, points: Points) -> Read<()> {
    let mut left = points;
    for bucket in [Bucket::Available, Bucket::Pending] {
        for lot in in_burn_order(work, wallet.as_str(), |lot| !lot.buckets.get(bucket).is_zero()) {
            let there = work.lot(lot)?.expect("a lot just found").buckets.get(bucket);
            let (points, at) = (there.min(left), work.now);
            if !points.is_zero() {
                let (kind, from, to) = (EntryKind::WriteOff, Some(bucket), Bucket::WrittenOff);
                work.shift(lot, Movement { kind, from, to, points, at, redemption: EventKey::NONE })?;
                left -= points;
            }
        }
    }
    Ok(())
}

pub(crate) fn forgive(work: &mut Work, wallet: &Name, points: Points) -> Read<()> {
    let mut left = points;
    let open: Vec<DebtId> = work.account.open_debts.clone();
    for id in open {
        let debt = work.debt(id)?.expect("a debt listed as open");
        let forgiven = debt.open.min(left);
        if debt.wallet != *wallet || forgiven.is_zero() {
            continue;
        }
        lower(work, id, forgiven)?;
        work.debt_mut(id)?.forgiven += forgiven;
        work.balance_mut(wallet).forgiven += forgiven;
        say_debt(work, EntryKind::Forgiveness, id, -forgiven.get(), Points::ZERO, work.now)?;
        left -= forgiven;
    }
    Ok(())
}

/// The quarantined event of this id, as it came.
fn quarantined<'w>(work: &'w Work<'_>, event: EventKey) -> Read<Option<&'w Parked>> {
    let waits = work.seen(event)?.is_some_and(|seen| seen.outcome.kind == OutcomeKind::Quarantined);
    let parked = work.parked(event)?.filter(|parked| waits && parked.waits);
    Ok(parked.filter(|parked| {
        let body = &parked.command.asked().0.body;
        matches!(body, Body::Sale(_) | Body::Return(_) | Body::Activity(_) | Body::Card(_))
    }))
}

/// Applies what was quarantined as if it had been in time.
fn release(work: &mut Work, event: EventKey) -> Read<()> {
    work.account.quarantined.retain(|waiting| *waiting != event);
    let held = unpark(work, event)?;
    let (held, forwarded) = held.asked();
    let rule = std::mem::take(&mut work.rule);
    work.line = forwarded.map_or(EventKey::NONE, |forwarded| forwarded.line);
    if let Some(way) = route::way_of_released(work, held)? {
        work.answered = true;
        route::forward(work, held, &way)?;
        work.answered = false;
    } else {
        apply_released(work, held)?;
    }
    (work.rule, work.line) = (rule, EventKey::NONE);
    Ok(())
}

fn apply_released(work: &mut Work, held: &Command) -> Read<()> {
    let outcome = later_fate(work, held, |work| match admit(work, held) {
        Ok(tariff) => effect(work, &tariff, held),
        Err(reason) => Ok(Outcome::of(OutcomeKind::Rejected, reason)),
    })?;
    match held.body {
        Body::Sale(_) if outcome.kind == OutcomeKind::Applied => apply_waiting(work, held.key),
        Body::Card(_) if outcome.kind == OutcomeKind::Applied => card::apply_waiting(work),
        _ => Ok(()),
    }
}

/// Refuses it for good: it stays listed, for a sale that is sent again is known by that (S23).
fn refuse(work: &mut Work, event: EventKey) -> Read<()> {
    let held = unpark(work, event)?;
    let refused = Outcome::of(OutcomeKind::Rejected, Reason::RefusedByOperator);
    settle_later(work, held.asked().0, refused, work.now);
    Ok(())
}
