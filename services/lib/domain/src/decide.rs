//! `decide`: one command, one entity, the published tariffs; out come rows and events. Performs nothing.

use crate::accept;
use crate::act;
use crate::adjust;
use crate::arrive;
use crate::award;
use crate::calendar;
use crate::card;
use crate::claim;
use crate::command::{Body, Command, who_and_why};
use crate::conservation::assert_conserved;
use crate::convert;
use crate::correct;
use crate::entity::{Entity, Missing};
use crate::event::{Event, OutcomeRecord, Step};
use crate::fall::{self, FallStep};
use crate::give;
use crate::hold::{self, Ruling, say_decision};
use crate::id::EventKey;
use crate::maturity::{mature, next_due_of, oldest_in_range};
use crate::moved::Moved;
use crate::notice::notify_of_command;
use crate::occasion;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::reserve;
use crate::resume;
use crate::returns;
use crate::route;
use crate::row::{Parked, Row, RowKey, Seen};
use crate::sale;
use crate::share;
use crate::shared::{Share, ShareStep};
use crate::tariff::{Tariff, Tariffs};
use crate::time::Timestamp;
use crate::transit::key_of_gift;
use crate::upcoming::Upcoming;
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
    /// Commands to other entities, in order.
    pub follow_ups: Vec<Command>,
}

/// The rows `command` surely reads beside the head row and the live lots: load them together.
pub fn needs(command: &Command) -> Vec<RowKey> {
    let asked = command.asked().0;
    let mut keys = rows_of(asked);
    if command.entity.is_card() {
        keys.extend(route::needs(asked));
    }
    keys
}

fn rows_of(command: &Command) -> Vec<RowKey> {
    match &command.body {
        Body::Sale(sale) => {
            let holds = sale.tenders.iter().map(|tender| tender.hold).filter(|hold| *hold != EventKey::NONE);
            std::iter::once(RowKey::Purchase(command.key)).chain(holds.map(RowKey::Redemption)).collect()
        }
        Body::Return(ret) => vec![RowKey::Seen(command.key), RowKey::Purchase(ret.purchase)],
        Body::Authorise(_) | Body::Order(_) | Body::Transfer(_) => vec![RowKey::Seen(command.key)],
        Body::Capture(capture) => vec![RowKey::Seen(command.key), RowKey::Redemption(capture.redemption)],
        Body::Cancel(cancel) => vec![RowKey::Seen(command.key), RowKey::Redemption(cancel.redemption)],
        Body::Adjust(adjustment) => {
            let own = [RowKey::Seen(command.key), RowKey::Route(command.key)];
            own.into_iter().chain(adjust::needs(adjustment)).collect()
        }
        Body::Card(_)
        | Body::Activity(_)
        | Body::MoveIn(_)
        | Body::MergeIn(_)
        | Body::Unlink(_)
        | Body::Given(_) => vec![RowKey::Seen(command.key)],
        Body::GivenAnswer(answer) => {
            let transfer = answer.transfer;
            vec![RowKey::Seen(command.key), RowKey::Seen(transfer), RowKey::Redemption(transfer)]
        }
        Body::Share(share) => match share.step {
            ShareStep::Reserved | ShareStep::Refused => claim::needs(share),
            _ => vec![RowKey::Seen(share.reservation)],
        },
        Body::Relabel(relabel) => {
            let gift = key_of_gift(relabel.transfer);
            vec![RowKey::Seen(command.key), RowKey::Seen(gift), RowKey::Lot(relabel.lot)]
        }
        Body::Fall(told) => match told.step {
            FallStep::Ask => vec![RowKey::Seen(command.key), RowKey::Purchase(told.purchase)],
            FallStep::Undone => vec![RowKey::Seen(told.grant)],
        },
        Body::Tick | Body::Forwarded(_) => Vec::new(),
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
    let (asked, forwarded) = command.asked();
    let mut work = Work::new(entity, tariffs, now, returns::cause_of(asked));
    if let Some(forwarded) = forwarded {
        (work.line, work.answered, work.hops) = (forwarded.line, forwarded.answered, forwarded.hops);
        // One that waited behind a failed command was answered, but not judged.
        work.let_in = forwarded.answered && asked.entity != entity.account.entity;
    }
    mature(&mut work)?;
    correct::apply(&mut work)?;
    work.begin();
    resume::let_in(&mut work, command)?;
    match &asked.body {
        Body::Tick => {}
        Body::MoveIn(moved) => come(&mut work, asked, moved)?,
        Body::MergeIn(merged) => {
            work.rule = who_and_why(&merged.actor, &merged.reason);
            come(&mut work, asked, &merged.moved)?;
        }
        Body::Unlink(unlink) => arrive::unlink(&mut work, asked, unlink)?,
        Body::Share(told) => listen(&mut work, asked, told)?,
        Body::Given(given) => accept::receive(&mut work, asked, given)?,
        Body::GivenAnswer(answer) => give::hear_back(&mut work, asked, answer)?,
        Body::Relabel(relabel) => accept::relabel(&mut work, asked, relabel)?,
        Body::Fall(told) => fall::hear(&mut work, asked, told)?,
        Body::Adjust(_) if resume::is_last(asked) => resume::go_on(&mut work, asked)?,
        _ => match route::way(&work, asked)? {
            Some(way) => route::forward(&mut work, asked, &way)?,
            None => {
                route::stay(&mut work, asked.key)?;
                hear(&mut work, asked)?;
            }
        },
    }
    assert_conserved(&work);
    Ok(work.finish())
}

/// Takes in what moves here, or sends it further.
fn come(work: &mut Work, command: &Command, moved: &Moved) -> Read<()> {
    if route::pass_further(work, command, moved)? {
        return Ok(());
    }
    arrive::receive(work, command, moved)?;
    // The partition it comes from may have rated before a correction came there.
    correct::apply(work)
}

/// What an account tells a limit, or a limit answers.
fn listen(work: &mut Work, command: &Command, told: &Share) -> Read<()> {
    match told.step {
        ShareStep::Reserved | ShareStep::Refused => share::answered(work, command, told),
        _ => reserve::hear(work, command, told),
    }
}

/// Answers a command of this entity, once; then what waited for it.
fn hear(work: &mut Work, command: &Command) -> Read<()> {
    let outcome = answer(work, command)?;
    settle(work)?;
    notify_of_command(work);
    let repeated = matches!(outcome.kind, OutcomeKind::Duplicate | OutcomeKind::Conflict);
    // A later fate is told once: its command may be sent on twice, or wait on for something else.
    let waits_on = outcome.kind == OutcomeKind::Parked;
    let told = work.answered_there || work.answered && (repeated || waits_on);
    if !told {
        say_outcome(work, command, outcome, work.answered, work.now);
    }
    match command.body {
        Body::Sale(_) if outcome.kind == OutcomeKind::Applied => returns::apply_waiting(work, command.key),
        // News that wait for others may be what others wait for.
        Body::Card(_) if matches!(outcome.kind, OutcomeKind::Applied | OutcomeKind::Parked) => {
            card::apply_waiting(work)
        }
        _ => Ok(()),
    }
}

/// Lets everything due until `now` happen: for an answer as of now (S07), the `Advance` at the end of a run.
///
/// # Errors
/// As [`decide`].
pub fn advance(entity: &Entity, now: Timestamp, tariffs: &Tariffs) -> Result<Decision, Missing> {
    let cause = Cause { event: EventKey::NONE, occurred_at: now };
    let mut work = Work::new(entity, tariffs, now.max(entity.account.now), cause);
    mature(&mut work)?;
    correct::apply(&mut work)?;
    assert_conserved(&work);
    Ok(work.finish())
}

/// What the command's own changes made due already happens now: a lot that activates at once, a late one, a conversion.
pub(crate) fn settle(work: &mut Work) -> Read<()> {
    loop {
        let due = work.changed_lots().map(next_due_of).min().unwrap_or(Timestamp::NEVER);
        let mut next = work.account.next_due.min(due);
        occasion::each_due(work, |at, _| next = next.min(at));
        work.account.next_due = next;
        let oldest = oldest_in_range(work, work.changed_lots());
        work.account.live_from = work.account.live_from.min(oldest);
        mature(work)?;
        // A gift may be due at once, too.
        if !convert::follow(work, work.cause.event)? {
            return Ok(());
        }
    }
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
    if work.account.erased && !resume::resumes(command) {
        return refuse_for_good(work, &tariff, command);
    }
    if let Body::Adjust(adjustment) = &command.body {
        let outcome = adjust::apply(work, &tariff, command, adjustment)?;
        return Ok(remember(work, command, outcome));
    }
    if !work.let_in && command.has_outcome() && is_late(&tariff, command) {
        if let Some(seen) = work.seen(command.key)? {
            return Ok(seen.outcome.again(seen.content == command.content));
        }
        if command.body.is_step() {
            // It was answered once and for all (S14, S24): there is nothing left to release.
            refuse_step(work, command, Reason::TooLate);
            return Ok(remember(work, command, Outcome::of(OutcomeKind::Rejected, Reason::TooLate)));
        }
        work.account.quarantined.push(command.key);
        let outcome = Outcome::of(OutcomeKind::Quarantined, Reason::TooLate);
        let (sequence, until, came) = (work.account.sequence, Timestamp::NEVER, work.as_it_came(command));
        work.put_parked(Parked { key: command.key, sequence, until, waits: true, command: came });
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
        Body::Card(news) => {
            let outcome = card::apply(work, tariff, command, news)?;
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
fn refuse_for_good(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<Outcome> {
    if let Some(seen) = work.seen(command.key)? {
        return Ok(seen.outcome.again(seen.content == command.content));
    }
    refuse_step(work, command, Reason::AccountErased);
    share::give_up(work, tariff, command)?;
    Ok(remember(work, command, Outcome::of(OutcomeKind::Rejected, Reason::AccountErased)))
}

/// A step of a redemption that is refused unseen is answered like any request (S14): nothing was reserved or spent.
fn refuse_step(work: &mut Work, command: &Command, reason: Reason) {
    let (step, redemption, requested) = match &command.body {
        Body::Authorise(ask) => (Step::Authorise, command.key, ask.points),
        Body::Capture(ask) => (Step::Capture, ask.redemption, ask.points),
        Body::Cancel(ask) => (Step::Cancel, ask.redemption, Points::ZERO),
        Body::Order(_) => (Step::Order, command.key, Points::ZERO),
        Body::Transfer(ask) => (Step::Transfer, command.key, ask.points),
        _ => return,
    };
    let ruling = Ruling { reason, redemption, requested, points: Points::ZERO, largest: Points::ZERO };
    say_decision(work, command, step, &ruling, Points::ZERO);
}

/// A step of a redemption: one decision each (S14).
fn step(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<Outcome> {
    let (step, ruling): (Step, Ruling) = match &command.body {
        Body::Authorise(ask) => (Step::Authorise, hold::authorise(work, tariff, command, ask)?),
        Body::Capture(ask) => (Step::Capture, hold::capture(work, ask)?),
        Body::Cancel(ask) => (Step::Cancel, hold::cancel(work, ask.redemption)?),
        Body::Order(ask) => (Step::Order, convert::order(work, tariff, command, ask)?),
        Body::Transfer(ask) => {
            let ruling = give::give(work, tariff, command, ask)?;
            if ruling.approved() {
                // Its decision is said with its outcome, once the receiver took the points.
                return Ok(remember(work, command, give::under_way(ruling.points)));
            }
            (Step::Transfer, ruling)
        }
        _ => unreachable!("not a step of a redemption"),
    };
    say_decision(work, command, step, &ruling, Points::ZERO);
    Ok(remember(work, command, ruling.outcome()))
}

/// The answer where the same id was answered before (S23).
fn repetition(work: &Work, command: &Command) -> Read<Option<Outcome>> {
    let first = match command.body {
        // One that waits for an operator, or was refused by one, left no purchase behind.
        Body::Sale(_) if !work.account.quarantined.contains(&command.key) => {
            work.purchase(command.key)?.map(|first| (first.content, first.outcome))
        }
        _ => work.seen(command.key)?.map(|first| (first.content, first.outcome)),
    };
    Ok(first.map(|(content, outcome)| outcome.again(content == command.content)))
}

/// What a repetition of an event that `entity` has answered is answered with (S23); `None` of one it has not. Nothing
/// happens.
///
/// # Errors
/// As [`decide`].
pub fn repeated(entity: &Entity, command: &Command, tariffs: &Tariffs) -> Result<Option<Outcome>, Missing> {
    repetition(&Work::new(entity, tariffs, entity.account.now, returns::cause_of(command)), command)
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
        Body::Authorise(ask) if !ask.lines.is_empty() && ask.currency != tariff.currency.code => {
            Err(Reason::WrongCurrency)
        }
        Body::Sale(sale) => {
            award::admit(&tariff, &tariff.declared.purchase, &sale.attributes).map(|()| tariff.clone())
        }
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
    if command.has_outcome() {
        let next = Upcoming::of(work.lots_in_range());
        let trade = work.trade.take().map(Box::new);
        let record = OutcomeRecord::of(command, &work.account, next, outcome, later, at);
        work.say(Event::Outcome(OutcomeRecord { trade, ..record }));
    }
}
