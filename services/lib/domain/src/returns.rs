//! Returns: what a returned line takes back and gives back, and returns that come before their purchase
//! (S16, S17, S19, S22).
//!
//! Reads the rating context stored with the purchase; never looks at today's tier or version.

use crate::account::{Rated, RatedKind, Waiting};
use crate::calendar;
use crate::claim;
use crate::command::{Body, Command, Return, ReturnLine};
use crate::decide::{say_outcome, settle};
use crate::fall;
use crate::giveback::give_back;
use crate::id::EventKey;
use crate::money::Minor;
use crate::notice::notify_of_command;
use crate::order;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::purchase::{Purchase, Quantity};
use crate::rating::Extent;
use crate::rerate;
use crate::row::{Parked, Seen};
use crate::sale::qualifying;
use crate::tariff::Tariff;
use crate::tier;
use crate::time::Timestamp;
use crate::trade::Trade;
use crate::transit;
use crate::work::{Cause, Read, Work};

/// A return that was not seen before: applied, rejected, or parked until its purchase comes (S22).
pub(crate) fn receive(work: &mut Work, tariff: &Tariff, command: &Command, ret: &Return) -> Read<Outcome> {
    if work.purchase(ret.purchase)?.is_some() {
        return apply(work, command, ret);
    }
    wait(work, command, ret.purchase, calendar::add(tariff.zone, work.now, tariff.return_waits));
    Ok(Outcome::of(OutcomeKind::Parked, Reason::PurchaseNotSeen))
}

/// Lets `command` wait for another event until then.
pub(crate) fn wait(work: &mut Work, command: &Command, purchase: EventKey, until: Timestamp) {
    work.account.waiting.push(Waiting { event: command.key, purchase, until });
    work.account.next_due = work.account.next_due.min(until);
    let (sequence, command) = (work.account.sequence, work.as_it_came(command));
    work.put_parked(Parked { key: command.key, sequence, until, waits: true, command });
}

/// Applies the returns that waited for this purchase, in the order they came.
pub(crate) fn apply_waiting(work: &mut Work, purchase: EventKey) -> Read<()> {
    let due: Vec<EventKey> = work
        .account
        .waiting
        .iter()
        .filter(|waiting| waiting.purchase == purchase)
        .map(|waiting| waiting.event)
        .collect();
    for event in due {
        let held = end_wait(work, event)?;
        let command = held.asked().0;
        match &command.body {
            Body::Return(ret) => {
                later_fate(work, command, |work| apply(work, command, ret))?;
            }
            Body::Fall(told) => fall::attach(work, command, told)?,
            _ => unreachable!("only returns, and grants that fall with it, wait for a purchase"),
        }
    }
    Ok(())
}

/// Lets a command that was answered before have its `effect` now: under its own cause, told as a record of its
/// own (S27). One that waits on, for something else, is told of when that came.
pub(crate) fn later_fate(
    work: &mut Work,
    command: &Command,
    effect: impl FnOnce(&mut Work) -> Read<Outcome>,
) -> Read<Outcome> {
    let caused = std::mem::replace(&mut work.cause, cause_of(command));
    let was_later = std::mem::replace(&mut work.is_later, true);
    let outcome = effect(work)?;
    work.is_later = was_later;
    settle(work)?;
    notify_of_command(work);
    match outcome.kind {
        OutcomeKind::Parked => work.put_seen(Seen { key: command.key, content: command.content, outcome }),
        _ => settle_later(work, command, outcome, work.now),
    }
    work.cause = caused;
    Ok(outcome)
}

/// What it waited for never came: rejected (S22). A step of a transfer is looked at again.
pub(crate) fn give_up(work: &mut Work, event: EventKey, at: Timestamp) -> Read<()> {
    let held = end_wait(work, event)?;
    let command = held.asked().0;
    if transit::may_wait(&command.body) {
        work.send(held);
        return Ok(());
    }
    work.cause = cause_of(command);
    let reason = match &command.body {
        Body::Fall(told) => return fall::waited(work, &held, told),
        Body::Card(news) => crate::card::waits_for(&news.change),
        _ => Reason::PurchaseNeverCame,
    };
    settle_later(work, command, Outcome::of(OutcomeKind::Rejected, reason), at);
    Ok(())
}

pub(crate) fn cause_of(command: &Command) -> Cause {
    Cause { event: command.key, occurred_at: command.occurred_at }
}

pub(crate) fn end_wait(work: &mut Work, event: EventKey) -> Read<Command> {
    work.account.waiting.retain(|waiting| waiting.event != event);
    unpark(work, event)
}

/// A parked command, as it came: it waits no more.
pub(crate) fn unpark(work: &mut Work, event: EventKey) -> Read<Command> {
    let parked = work.parked_mut(event)?;
    parked.waits = false;
    Ok(parked.command.clone())
}

/// The later fate of a command: what its repetition is answered, and a record outside the sum (S27).
pub(crate) fn settle_later(work: &mut Work, command: &Command, outcome: Outcome, at: Timestamp) {
    work.put_seen(Seen { key: command.key, content: command.content, outcome });
    say_outcome(work, command, outcome, true, at);
}

/// Applies a return to a purchase that is there.
fn apply(work: &mut Work, command: &Command, ret: &Return) -> Read<Outcome> {
    let mut purchase = work.purchase(ret.purchase)?.expect("a purchase just seen").clone();
    let tariff = work.tariff(purchase.version);
    if command.occurred_at >= calendar::add(tariff.zone, purchase.occurred_at, tariff.return_window) {
        return Ok(Outcome::of(OutcomeKind::Rejected, Reason::ReturnWindowOver));
    }
    let before = purchase.clone();
    let (changed, reason) = take_lines(&mut purchase, ret);
    if !changed {
        return Ok(Outcome::of(OutcomeKind::Rejected, reason));
    }
    let mut outcome = Outcome::of(OutcomeKind::Applied, reason);
    outcome.given_back = give_points_back(work, &before, &purchase)?;
    claim::follow(work, &tariff, &mut purchase);
    let change = rerate::rerate(work, &tariff, &before, &mut purchase)?;
    outcome.clawed_back = Points::at_least_zero(-change);
    outcome.earned = Points::at_least_zero(change);
    let spend =
        qualifying(&tariff, &purchase, Extent::Remaining) - qualifying(&tariff, &before, Extent::Remaining);
    let rated = rated(&tariff, command, &before, &purchase, spend);
    let line = purchase.line;
    work.trade = Some(Trade::of_return(&before, &purchase));
    work.put_purchase(purchase);
    let placed = order::place(work, rated, line)?;
    rerate::on_grounds(work, &placed.changed)?;
    placed.announce(work, RatedKind::Return)?;
    fall::undone(work, command, ret.purchase)?;
    Ok(outcome)
}

/// The return in the rating order: never before its purchase, and counting where that counts (S21).
fn rated(tariff: &Tariff, command: &Command, before: &Purchase, purchase: &Purchase, amount: Minor) -> Rated {
    let counts = tariff.counts();
    let by_lines = !counts.as_str().is_empty();
    let taken =
        before.lines.iter().zip(&purchase.lines).filter(|(old, new)| by_lines && old.returned < new.returned);
    let taken = taken
        .map(|(old, new)| ReturnLine { line: new.line, quantity: Quantity(new.returned.0 - old.returned.0) });
    Rated {
        of: by_lines.then_some(purchase.key),
        taken: taken.collect(),
        counts,
        at: command.occurred_at.max(purchase.occurred_at),
        kind: RatedKind::Return,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        event: command.key,
        version: purchase.version,
        bucket: tier::bucket_of(tariff, purchase.occurred_at),
        amount,
        ..Rated::at(purchase.occurred_at)
    }
}

/// Marks lines as returned; whether anything was, and why something was not (S22: the excess is rejected).
fn take_lines(purchase: &mut Purchase, ret: &Return) -> (bool, Reason) {
    let (mut changed, mut reason) = (false, Reason::None);
    for part in &ret.lines {
        let Some(line) = purchase.lines.iter_mut().find(|line| line.line == part.line) else {
            reason = Reason::UnknownLine;
            continue;
        };
        let left = line.quantity.0 - line.returned.0;
        let taken = part.quantity.0.min(left);
        if taken < part.quantity.0 {
            reason = Reason::MoreThanBought;
        }
        changed |= taken > 0;
        line.returned = Quantity(line.returned.0 + taken);
    }
    (changed, reason)
}

/// S19: the points that paid for what is returned now, cumulative over partial returns.
fn give_points_back(work: &mut Work, before: &Purchase, after: &Purchase) -> Read<Points> {
    if !after.parts.is_empty() {
        return give_parts_back(work, before, after);
    }
    let shares = before.lines.iter().zip(&after.lines).map(|(old, new)| {
        let points = new.points.get();
        Points::at_least_zero(new.returned_share(points) - old.returned_share(points))
    });
    let points: Points = shares.sum();
    let mut left = points;
    for key in after.redemptions.iter().rev() {
        let redemption = work.redemption(*key)?.expect("a redemption that paid for a purchase");
        let part = (redemption.captured - redemption.given_back).min(left);
        if !part.is_zero() {
            let wallet = redemption.wallet.clone();
            give_back(work, *key, &wallet, part)?;
            left -= part;
        }
    }
    Ok(points - left)
}

/// The same where several redemptions or wallets paid: each gets back what it paid for (S10).
fn give_parts_back(work: &mut Work, before: &Purchase, after: &Purchase) -> Read<Points> {
    let mut given = Points::ZERO;
    for part in after.parts.iter().rev() {
        let lines = part.points.iter().zip(before.lines.iter().zip(&after.lines));
        let shares = lines.map(|(points, (old, new))| {
            let points = points.get();
            Points::at_least_zero(new.returned_share(points) - old.returned_share(points))
        });
        let points: Points = shares.sum();
        if !points.is_zero() {
            give_back(work, part.redemption, &part.wallet, points)?;
            given += points;
        }
    }
    Ok(given)
}
