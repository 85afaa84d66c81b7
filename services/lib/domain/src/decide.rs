//! `decide`: one command, one entity, the published tariffs; out come rows and events. Performs nothing.

use crate::act;
use crate::adjust;
use crate::calendar;
use crate::command::{Body, Command};
use crate::conservation::assert_conserved;
use crate::entity::{Entity, Missing};
use crate::event::{Event, OutcomeRecord, Step};
use crate::hold::{self, Ruling, say_decision};
use crate::id::EventKey;
use crate::maturity::{mature, next_due_of, oldest_in_range};
use crate::notice::notify_of_command;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::returns;
use crate::row::{Parked, Row, RowKey, Seen};
use crate::sale;
use crate::tariff::{Tariff, Tariffs};
use crate::time::Timestamp;
use crate::work::{Cause, Read, Work};
use std::sync::Arc;

/// What a command does: the images of every row it changed (the head row first), and what it says, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    /// Whole images, each key once. Apply them with [`Entity::put`].
    pub rows: Vec<Row>,
    /// Events in the order they happened; exactly one [`Event::Outcome`] with `later: false` for every
    /// command but a tick.
    pub events: Vec<Event>,
}

/// The rows `command` surely reads beside the head row and the live lots: load them together.
pub fn needs(command: &Command) -> Vec<RowKey> {
    match &command.body {
        Body::Sale(sale) => {
            let holds = sale.tenders.iter().map(|tender| tender.hold).filter(|hold| *hold != EventKey::NONE);
            std::iter::once(RowKey::Purchase(command.key)).chain(holds.map(RowKey::Redemption)).collect()
        }
        Body::Return(ret) => vec![RowKey::Seen(command.key), RowKey::Purchase(ret.purchase)],
        Body::Authorise(_) => vec![RowKey::Seen(command.key)],
        Body::Capture(capture) => vec![RowKey::Seen(command.key), RowKey::Redemption(capture.redemption)],
        Body::Cancel(cancel) => vec![RowKey::Seen(command.key), RowKey::Redemption(cancel.redemption)],
        Body::Adjust(adjustment) => {
            std::iter::once(RowKey::Seen(command.key)).chain(adjust::needs(adjustment)).collect()
        }
        Body::Activity(_) => vec![RowKey::Seen(command.key)],
        Body::Tick => Vec::new(),
    }
}

/// Decides `command` at `now`, the log's time; where the account has seen a later one, that (S09).
///
/// # Errors
/// [`Missing`]: load that row (or note its absence) and ask again; nothing has changed.
///
/// # Panics
/// Where an invariant of S05 would not hold afterwards: a bug. The caller parks the entity.
pub fn decide(
    entity: &Entity,
    command: &Command,
    now: Timestamp,
    tariffs: &Tariffs,
) -> Result<Decision, Missing> {
    let now = now.max(entity.account.now);
    let mut work = Work::new(entity, tariffs, now, returns::cause_of(command));
    mature(&mut work)?;
    if !matches!(command.body, Body::Tick) {
        let outcome = answer(&mut work, command)?;
        settle(&mut work)?;
        notify_of_command(&mut work);
        say_outcome(&mut work, command, outcome, false, now);
        if let Body::Sale(_) = command.body
            && outcome.kind == OutcomeKind::Applied
        {
            returns::apply_waiting(&mut work, command.key)?;
        }
    }
    assert_conserved(&work);
    Ok(work.finish())
}

/// Lets everything due until `now` happen: for an answer as of now (S07), the `Advance` at the end of a run.
///
/// # Errors
/// As [`decide`].
pub fn advance(entity: &Entity, now: Timestamp, tariffs: &Tariffs) -> Result<Decision, Missing> {
    let cause = Cause { event: EventKey::NONE, occurred_at: now };
    let mut work = Work::new(entity, tariffs, now.max(entity.account.now), cause);
    mature(&mut work)?;
    assert_conserved(&work);
    Ok(work.finish())
}

/// What the command's own changes made due already happens now: a lot that activates at once, a late one.
pub(crate) fn settle(work: &mut Work) -> Read<()> {
    let due = work.changed_lots().map(next_due_of).min().unwrap_or(Timestamp::NEVER);
    work.account.next_due = work.account.next_due.min(due);
    let oldest = oldest_in_range(work, work.changed_lots());
    work.account.live_from = work.account.live_from.min(oldest);
    mature(work)
}

/// The answer to a command that is not a tick: a repetition, a refusal at the door, or its effect.
fn answer(work: &mut Work, command: &Command) -> Read<Outcome> {
    if let Some(repeated) = repetition(work, command)? {
        return Ok(repeated);
    }
    let tariff = match admit(work, command) {
        Ok(tariff) => tariff,
        Err(reason) => return Ok(Outcome::of(OutcomeKind::DeadLettered, reason)),
    };
    if work.account.erased {
        return refuse_for_good(work, command);
    }
    if let Body::Adjust(adjustment) = &command.body {
        let outcome = adjust::apply(work, &tariff, command, adjustment)?;
        return Ok(remember(work, command, outcome));
    }
    if is_late(&tariff, command) {
        if let Some(seen) = work.seen(command.key)? {
            return Ok(seen.outcome.again(seen.content == command.content));
        }
        refuse_step(work, command, Reason::TooLate);
        work.account.quarantined.push(command.key);
        let outcome = Outcome::of(OutcomeKind::Quarantined, Reason::TooLate);
        let (sequence, until) = (work.account.sequence, Timestamp::NEVER);
        work.put_parked(Parked { key: command.key, sequence, until, waits: true, command: command.clone() });
        return Ok(remember(work, command, outcome));
    }
    effect(work, &tariff, command)
}

/// The effect of a command that was let in.
pub(crate) fn effect(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<Outcome> {
    match &command.body {
        Body::Sale(sale) => sale::apply(work, tariff, command, sale),
        Body::Return(ret) => {
            let outcome = returns::receive(work, tariff, command, ret)?;
            Ok(remember(work, command, outcome))
        }
        Body::Activity(activity) => {
            let outcome = act::apply(work, tariff, command, activity)?;
            Ok(remember(work, command, outcome))
        }
        _ => step(work, tariff, command),
    }
}

/// An erased account takes nothing any more.
fn refuse_for_good(work: &mut Work, command: &Command) -> Read<Outcome> {
    if let Some(seen) = work.seen(command.key)? {
        return Ok(seen.outcome.again(seen.content == command.content));
    }
    refuse_step(work, command, Reason::AccountErased);
    Ok(remember(work, command, Outcome::of(OutcomeKind::Rejected, Reason::AccountErased)))
}

/// A step of a redemption that is refused unseen is answered like any request (S14): nothing was reserved or spent.
fn refuse_step(work: &mut Work, command: &Command, reason: Reason) {
    let (step, redemption, requested) = match &command.body {
        Body::Authorise(ask) => (Step::Authorise, command.key, ask.points),
        Body::Capture(ask) => (Step::Capture, ask.redemption, ask.points),
        Body::Cancel(ask) => (Step::Cancel, ask.redemption, Points::ZERO),
        Body::Sale(_) | Body::Return(_) | Body::Adjust(_) | Body::Activity(_) | Body::Tick => return,
    };
    let ruling = Ruling { reason, redemption, requested, points: Points::ZERO };
    say_decision(work, command, step, &ruling, Points::ZERO);
}

/// A step of a redemption: one decision each (S14).
fn step(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<Outcome> {
    let (step, ruling): (Step, Ruling) = match &command.body {
        Body::Authorise(ask) => (Step::Authorise, hold::authorise(work, tariff, command, ask)?),
        Body::Capture(ask) => (Step::Capture, hold::capture(work, ask)?),
        Body::Cancel(ask) => (Step::Cancel, hold::cancel(work, ask.redemption)?),
        Body::Sale(_) | Body::Return(_) | Body::Adjust(_) | Body::Activity(_) | Body::Tick => {
            unreachable!("not a step of a redemption")
        }
    };
    say_decision(work, command, step, &ruling, Points::ZERO);
    Ok(remember(work, command, ruling.outcome()))
}

/// The answer where the same id was answered before (S23).
fn repetition(work: &Work, command: &Command) -> Read<Option<Outcome>> {
    let first = match command.body {
        Body::Sale(_) => work.purchase(command.key)?.map(|first| (first.content, first.outcome)),
        _ => work.seen(command.key)?.map(|first| (first.content, first.outcome)),
    };
    Ok(first.map(|(content, outcome)| outcome.again(content == command.content)))
}

pub(crate) fn remember(work: &mut Work, command: &Command, outcome: Outcome) -> Outcome {
    work.put_seen(Seen { key: command.key, content: command.content, outcome });
    outcome
}

/// The version that decides the command, or why it is bad input (S26, S27).
pub(crate) fn admit(work: &Work, command: &Command) -> Result<Arc<Tariff>, Reason> {
    let tariff = work.tariff_at(command.occurred_at).ok_or_else(|| match work.tariff_now() {
        Some(_) => Reason::BeforeFirstVersion,
        None => Reason::UnknownProgramme,
    })?;
    match &command.body {
        Body::Sale(sale) if sale.currency != tariff.currency.code => Err(Reason::WrongCurrency),
        Body::Activity(activity) => tariff.activities.admit(&tariff, activity).map(|()| tariff.clone()),
        _ => Ok(tariff),
    }
}

/// Whether the event came later than the programme accepts (S25).
fn is_late(tariff: &Tariff, command: &Command) -> bool {
    command.delivered_at > command.occurred_at
        && command.delivered_at >= calendar::add(tariff.zone, command.occurred_at, tariff.lateness)
}

/// Publishes the outcome of an input event, with the balances as they are after it (S27).
pub(crate) fn say_outcome(work: &mut Work, command: &Command, outcome: Outcome, later: bool, at: Timestamp) {
    work.say(Event::Outcome(OutcomeRecord::of(command, &work.account, outcome, later, at)));
}
