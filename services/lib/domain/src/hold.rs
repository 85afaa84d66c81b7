//! Holds: authorise, capture, cancel, and the end of their time (S11, S13, S14).

use crate::basket::Basket;
use crate::burn::{across, sort_by_burn_order};
use crate::calendar;
use crate::command::{Authorise, Capture, Command};
use crate::convert;
use crate::entry::EntryKind;
use crate::event::{Event, RedemptionDecision, Step};
use crate::id::{EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::maturity::expire_if_due;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::redemption::{HoldState, Redemption};
use crate::repay::{charge, repay};
use crate::split::{Run, payers, split};
use crate::tariff::{Tariff, Wallet};
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};

/// What a step came to.
pub(crate) struct Ruling {
    pub(crate) reason: Reason,
    pub(crate) redemption: EventKey,
    pub(crate) requested: Points,
    /// Points reserved, spent or released.
    pub(crate) points: Points,
    /// The most that limits let be spent, where that is what is wrong; else 0.
    pub(crate) largest: Points,
}

impl Ruling {
    /// A till did what is beyond the limits: that is said, and granted.
    pub(crate) fn approved(&self) -> bool {
        self.reason == Reason::None || self.reason == Reason::OverLimit && self.points == self.requested
    }

    /// The outcome of the event that asked.
    pub(crate) fn outcome(&self) -> Outcome {
        let kind = if self.approved() { OutcomeKind::Applied } else { OutcomeKind::Rejected };
        Outcome { spent: self.points, ..Outcome::of(kind, self.reason) }
    }
}

/// Publishes the decision on a step: exactly one for each request (S14).
pub(crate) fn say_decision(
    work: &mut Work,
    command: &Command,
    step: Step,
    ruling: &Ruling,
    uncovered: Points,
) {
    work.say(Event::Decision(RedemptionDecision {
        event: command.key,
        redemption: ruling.redemption,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        entity: work.account.entity.clone(),
        step,
        approved: ruling.approved(),
        reason: ruling.reason,
        requested: ruling.requested,
        points: ruling.points,
        uncovered,
        at: work.now,
        largest: ruling.largest,
    }));
}

/// The wallet an adjustment is of: the one it names, else the first to burn (S08).
pub(crate) fn wallet_of<'t>(tariff: &'t Tariff, named: &Name) -> Option<&'t Name> {
    if !named.as_str().is_empty() {
        return tariff.wallet(named.as_str()).map(|wallet| &wallet.name);
    }
    tariff.burns_first().map(|wallet| &wallet.name)
}

/// Reserves points if the wallets have them, and limits let them be spent.
pub(crate) fn authorise(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    ask: &Authorise,
) -> Read<Ruling> {
    let wallets = payers(tariff, &ask.wallet);
    let lots = across(work.lots_in_range().filter(|lot| !lot.buckets.available.is_zero()), &wallets);
    let mut runs: Vec<Run> = Vec::with_capacity(wallets.len());
    for (wallet, lot) in &lots {
        let points = work.lot(*lot)?.expect("a lot just found").buckets.available;
        match runs.last_mut().filter(|run| run.wallet == *wallet) {
            Some(run) => run.points += points,
            None => runs.push(Run { wallet: *wallet, points }),
        }
    }
    let basket = Basket::new(tariff, &ask.lines);
    let parts = split(&basket, &wallets, &runs, ask.points);
    let reason = refusal(work, &wallets, &runs, &parts, ask.points);
    let approved = reason == Reason::None;
    let declared = calendar::add(tariff.zone, work.now, tariff.spending.hold);
    let asked = if ask.time_to_live > 0 { work.now.plus_millis(ask.time_to_live) } else { declared };
    let wallet = wallets.first().map(|wallet| wallet.name.clone()).unwrap_or_default();
    let expires_at = declared.min(asked);
    let state = if approved { HoldState::Open } else { HoldState::Refused };
    open(work, command, command.key, wallet, ask.points, state, expires_at);
    if approved {
        reserve(work, command.key, &lots, parts)?;
        work.account.open_holds.push(command.key);
        work.account.next_due = work.account.next_due.min(expires_at);
    }
    let points = if approved { ask.points } else { Points::ZERO };
    let largest = match reason {
        Reason::OverLimit => {
            let all = runs.iter().map(|run| run.points).sum();
            split(&basket, &wallets, &runs, all).into_iter().sum()
        }
        _ => Points::ZERO,
    };
    Ok(Ruling { reason, redemption: command.key, requested: ask.points, points, largest })
}

/// Why points are not reserved.
fn refusal(work: &Work, wallets: &[&Wallet], runs: &[Run], parts: &[Points], points: Points) -> Reason {
    if wallets.is_empty() {
        Reason::UnknownWallet
    } else if work.account.blocked {
        Reason::AccountBlocked
    } else if runs.iter().map(|run| run.points).sum::<Points>() < points {
        Reason::InsufficientPoints
    } else if parts.iter().copied().sum::<Points>() < points {
        Reason::OverLimit
    } else {
        Reason::None
    }
}

/// Puts a new redemption's row, with nothing drawn yet.
pub(crate) fn open(
    work: &mut Work,
    command: &Command,
    key: EventKey,
    wallet: Name,
    requested: Points,
    state: HoldState,
    expires_at: Timestamp,
) {
    work.put_redemption(Redemption {
        key,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        wallet,
        state,
        requested,
        expires_at,
        sequence: work.account.sequence + 1,
        draws: Vec::new(),
        captured: Points::ZERO,
        given_back: Points::ZERO,
        to: None,
    });
}

/// Reserves of each wallet its part, from `lots` in their order.
fn reserve(
    work: &mut Work,
    redemption: EventKey,
    lots: &[(usize, LotId)],
    mut parts: Vec<Points>,
) -> Read<()> {
    for (wallet, lot) in lots {
        let taken = work.lot(*lot)?.expect("a lot just found").buckets.available.min(parts[*wallet]);
        if !taken.is_zero() {
            let at = work.now;
            charge(work, redemption, *lot, taken, Bucket::Available, Bucket::Held, EntryKind::Hold, at)?;
            parts[*wallet] -= taken;
        }
    }
    let left: Points = parts.into_iter().sum();
    assert!(left.is_zero(), "S14: approved {left} points beyond what is available");
    Ok(())
}

/// Why a hold cannot be captured or cancelled any more.
pub(crate) fn why_closed(redemption: Option<&Redemption>) -> Reason {
    match redemption.map(|redemption| redemption.state) {
        None => Reason::UnknownRedemption,
        Some(HoldState::Open) => Reason::None,
        Some(HoldState::Captured) => Reason::HoldCaptured,
        Some(HoldState::Cancelled) => Reason::HoldCancelled,
        Some(HoldState::Expired) => Reason::HoldExpired,
        Some(HoldState::Refused) => Reason::HoldRefused,
        // Its card sends whatever names it after it: only one that was never there is asked for here.
        Some(HoldState::Moved) => Reason::UnknownRedemption,
    }
}

/// A capture step: all it asks for, or a refusal.
pub(crate) fn capture(work: &mut Work, ask: &Capture) -> Read<Ruling> {
    let redemption = work.redemption(ask.redemption)?;
    let mut reason = why_closed(redemption);
    let held = redemption.map_or(Points::ZERO, Redemption::held);
    if reason == Reason::None && ask.points > held {
        reason = Reason::MoreThanHeld;
    }
    let mut points = Points::ZERO;
    if reason == Reason::None {
        points = ask.points;
        take(work, ask.redemption, points)?;
        if !ask.more {
            close(work, ask.redemption, HoldState::Captured, work.now)?;
        }
    }
    Ok(Ruling { reason, redemption: ask.redemption, requested: ask.points, points, largest: Points::ZERO })
}

/// Points of one wallet.
pub(crate) type Part = (Name, Points);

/// Adds points of a wallet to those of it that are there.
pub(crate) fn add_part(parts: &mut Vec<Part>, wallet: &Name, points: Points) {
    match parts.iter_mut().find(|(name, _)| name == wallet) {
        Some((_, there)) => *there += points,
        None => parts.push((wallet.clone(), points)),
    }
}

/// Spends `points` of what an open hold reserves, in burn order; how many of each wallet.
pub(crate) fn take(work: &mut Work, redemption: EventKey, points: Points) -> Read<Vec<Part>> {
    let (mut left, mut parts) = (points, Vec::new());
    for lot in draws_in_burn_order(work, redemption)? {
        let held = work.redemption_mut(redemption)?.draw_mut(lot).held;
        let taken = held.min(left);
        if !taken.is_zero() {
            let at = work.now;
            charge(work, redemption, lot, taken, Bucket::Held, Bucket::Spent, EntryKind::Spend, at)?;
            add_part(&mut parts, &work.lot(lot)?.expect("a lot just charged").wallet, taken);
            left -= taken;
        }
    }
    assert!(left.is_zero(), "S11: captured {left} points beyond the hold");
    count_captured(work, redemption, &parts)?;
    Ok(parts)
}

/// Counts points as spent by `redemption`, covered by lots or by a debt.
pub(crate) fn count_captured(work: &mut Work, redemption: EventKey, parts: &[Part]) -> Read<()> {
    for (wallet, points) in parts {
        work.redemption_mut(redemption)?.captured += *points;
        work.balance_mut(wallet).redeemed += *points;
    }
    Ok(())
}

pub(crate) fn draws_in_burn_order(work: &Work, redemption: EventKey) -> Read<Vec<LotId>> {
    let draws = &work.redemption(redemption)?.expect("a redemption with draws").draws;
    let lots: Vec<LotId> = draws.iter().map(|draw| draw.lot).collect();
    sort_by_burn_order(work, &lots)
}

/// A cancellation step.
pub(crate) fn cancel(work: &mut Work, redemption: EventKey) -> Read<Ruling> {
    if let Some(ruling) = convert::cancel_order(work, redemption)? {
        return Ok(ruling);
    }
    let row = work.redemption(redemption)?;
    let reason = why_closed(row);
    let held = row.map_or(Points::ZERO, Redemption::held);
    if reason == Reason::None {
        close(work, redemption, HoldState::Cancelled, work.now)?;
    }
    let points = if reason == Reason::None { held } else { Points::ZERO };
    Ok(Ruling { reason, redemption, requested: held, points, largest: Points::ZERO })
}

/// Ends a hold: what it still reserves is released. Released points repay debts first, and expire at once
/// where their expiry passed meanwhile (S13, S18).
pub(crate) fn close(work: &mut Work, redemption: EventKey, state: HoldState, at: Timestamp) -> Read<()> {
    let row = work.redemption_mut(redemption)?;
    row.state = state;
    row.expires_at = row.expires_at.min(at);
    work.account.open_holds.retain(|open| *open != redemption);
    for lot in draws_in_burn_order(work, redemption)? {
        let draw = work.redemption_mut(redemption)?.draw_mut(lot);
        let points = std::mem::take(&mut draw.held);
        if !points.is_zero() {
            let kind = EntryKind::Release;
            let (from, to) = (Some(Bucket::Held), Bucket::Available);
            work.shift(lot, Movement { kind, from, to, points, at, redemption })?;
            let wallet = work.lot(lot)?.expect("a lot just released").wallet.clone();
            repay(work, &wallet, at)?;
            expire_if_due(work, lot, at)?;
        }
    }
    Ok(())
}

/// The end of a hold's time: released, and said to its partner.
pub(crate) fn run_out(work: &mut Work, redemption: EventKey, at: Timestamp) -> Read<()> {
    let row = work.redemption(redemption)?.expect("an open hold");
    let (partner, id, held) = (row.partner.clone(), row.id.clone(), row.held());
    close(work, redemption, HoldState::Expired, at)?;
    work.say(Event::Decision(RedemptionDecision {
        event: redemption.derived("hold expired", 0),
        redemption,
        partner,
        id,
        entity: work.account.entity.clone(),
        step: Step::Expire,
        approved: true,
        reason: Reason::HoldExpired,
        requested: held,
        points: held,
        uncovered: Points::ZERO,
        at,
        largest: Points::ZERO,
    }));
    Ok(())
}
