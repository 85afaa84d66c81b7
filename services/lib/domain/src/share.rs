//! An account's side of the limits that members share (S34): it asks before it grants, waits for the answer, and says
//! what came of it.
//!
//! An activity whose grants ask is answered *parked*; when every limit has answered, what becomes of it is its later
//! fate (S27). A reservation is remembered as one event: *parked* while asked for, *applied* while it may be granted,
//! *rejected* where it was refused or given back. What comes twice finds it changed, and changes nothing, but that room
//! that comes behind a refusal is given back. What rules ask for purchases is in [`crate::claim`].

use crate::act;
use crate::activity::{Fact, First};
use crate::award::{Award, rate};
use crate::claim;
use crate::command::{Body, Command};
use crate::id::{EntityId, EventKey};
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::returns::{end_wait, later_fate, settle_later, wait};
use crate::route::{self, HOPS, Way};
use crate::row::Seen;
use crate::shared::{Share, ShareStep, SharedLimit};
use crate::tariff::Tariff;
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// A grant that asks a limit: of which event, and which.
struct Asked<'t> {
    award: &'t Award,
    limit: &'t SharedLimit,
    /// The limit's account.
    of: EntityId,
    event: EventKey,
}

impl Asked<'_> {
    fn reservation(&self) -> EventKey {
        reservation(self.event, self.award)
    }

    fn told(&self, work: &Work, step: ShareStep) -> Share {
        let Self { limit, of, event, .. } = self;
        let is_answer = matches!(step, ShareStep::Reserved | ShareStep::Refused);
        let from = if is_answer { of } else { &work.account.entity };
        Share {
            step,
            reservation: self.reservation(),
            event: *event,
            from: from.clone(),
            points: Points::ZERO,
            uses_at_most: limit.uses.unwrap_or(0),
            points_at_most: limit.points.unwrap_or_default(),
            hops: 0,
        }
    }
}

/// The key of what a grant of `event` asks a limit for.
pub(crate) fn reservation(event: EventKey, award: &Award) -> EventKey {
    event.derived(&format!("share/{}", award.name), 0)
}

/// The grants of `event` that ask a limit.
fn asking<'t>(tariff: &'t Tariff, event: EventKey, fact: &Fact) -> Vec<Asked<'t>> {
    let asks = |award: &'t Award| {
        let limit = award.within.as_ref()?;
        let of = limit.entity(tariff.programme.as_str(), &fact.activity.attributes);
        Some(Asked { award, limit, of, event })
    };
    act::applicable(tariff, fact).into_iter().filter_map(asks).collect()
}

/// Where a reservation stands, as far as this account knows of it.
fn standing(work: &Work, reservation: EventKey) -> Read<Option<Outcome>> {
    Ok(work.seen(reservation)?.map(|seen| seen.outcome))
}

fn note(work: &mut Work, command: &Command, reservation: EventKey, kind: OutcomeKind, reason: Reason) {
    let outcome = Outcome::of(kind, reason);
    work.put_seen(Seen { key: reservation, content: command.content, outcome });
}

/// Whether a grant of `event` may be made: it asks no limit, or its limit agreed.
pub(crate) fn may_grant(work: &Work, event: EventKey, award: &Award) -> Read<bool> {
    if award.within.is_none() {
        return Ok(true);
    }
    Ok(is_reserved(standing(work, reservation(event, award))?))
}

fn is_reserved(standing: Option<Outcome>) -> bool {
    standing.is_some_and(|outcome| outcome.kind == OutcomeKind::Applied)
}

/// Asks the limits that were not asked yet, and lets the event wait while an answer is to come; whether it does.
pub(crate) fn ask(work: &mut Work, tariff: &Tariff, command: &Command, fact: &Fact) -> Read<bool> {
    let mut first = None;
    for asked in asking(tariff, command.key, fact) {
        let key = asked.reservation();
        match standing(work, key)? {
            Some(outcome) if outcome.kind != OutcomeKind::Parked => continue,
            Some(_) => {}
            None if act::is_granted_before(work, tariff, asked.award, fact) => continue,
            None => {
                note(work, command, key, OutcomeKind::Parked, Reason::AwaitsLimit);
                let terms =
                    tariff.terms(asked.award.terms.as_str()).expect("terms of the tariff's own grant");
                let points = rate(tariff, terms, &fact.activity, &[asked.award]).0;
                let share = Share { points, ..asked.told(work, ShareStep::Reserve) };
                work.send(command.by_itself(key, asked.of, Body::Share(share)));
            }
        }
        first = first.or(Some(key));
    }
    if let Some(key) = first {
        wait(work, command, key, Timestamp::NEVER);
    }
    Ok(first.is_some())
}

/// Whether a limit refused a grant of the event.
pub(crate) fn is_refused(work: &Work, tariff: &Tariff, event: EventKey, fact: &Fact) -> Read<bool> {
    for asked in asking(tariff, event, fact) {
        let outcome = standing(work, asked.reservation())?;
        if outcome.is_some_and(|outcome| outcome.reason == Reason::LimitReached) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells limits what came of an event: `granted` is confirmed, what else was reserved for it is released.
pub(crate) fn settle(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    (event, fact): (EventKey, &Fact),
    granted: &[&Award],
) -> Read<()> {
    for asked in asking(tariff, event, fact) {
        if is_reserved(standing(work, asked.reservation())?) {
            let is_granted = granted.iter().any(|award| award.name == asked.award.name);
            close(work, command, &asked, is_granted);
        }
    }
    Ok(())
}

fn close(work: &mut Work, command: &Command, asked: &Asked<'_>, granted: bool) {
    let (step, what) =
        if granted { (ShareStep::Confirm, "confirm") } else { (ShareStep::Release, "release") };
    let key = asked.reservation();
    if !granted {
        note(work, command, key, OutcomeKind::Rejected, Reason::None);
    }
    let told = asked.told(work, step);
    work.send(command.by_itself(key.derived(what, 0), asked.of.clone(), Body::Share(told)));
}

/// One event came to two accounts that are one now (S23): where a limit agreed to the one that comes, that holds, and the
/// one here, which it refuses, waits for it no more.
pub(crate) fn take_over(work: &mut Work, tariff: &Tariff, first: &First, came: &[Seen]) -> Read<()> {
    for asked in asking(tariff, first.event, &first.fact) {
        let key = asked.reservation();
        let came = came.iter().find(|seen| seen.key == key && is_reserved(Some(seen.outcome)));
        if let Some(came) = came
            && !is_reserved(standing(work, key)?)
        {
            work.put_seen(came.clone());
        }
    }
    if work.account.waiting.iter().any(|waiting| waiting.event == first.event) {
        let held = end_wait(work, first.event)?;
        let outcome = Outcome::of(OutcomeKind::Applied, Reason::LimitReached);
        settle_later(work, held.asked().0, outcome, work.now);
    }
    Ok(())
}

/// An event is refused for good: what was reserved for it is released.
pub(crate) fn give_up(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<()> {
    let Body::Activity(activity) = &command.body else { return Ok(()) };
    let fact = act::fact_of(tariff, command, activity);
    settle(work, tariff, command, (command.key, &fact), &[])
}

/// A limit's answer: to what waits here, to what follows it here, or to what is sent on.
pub(crate) fn answered(work: &mut Work, command: &Command, share: &Share) -> Read<()> {
    if claim::answered(work, command, share)? {
        return Ok(());
    }
    let waits = work.account.waiting.iter().any(|waiting| waiting.event == share.event);
    match standing(work, share.reservation)?.map(|outcome| outcome.kind) {
        Some(OutcomeKind::Parked) if waits => {
            accept(work, command, share);
            go_on(work, share.event)
        }
        Some(OutcomeKind::Applied) => Ok(()),
        None => come(work, command, share),
        Some(kind) => {
            if kind == OutcomeKind::Parked {
                note(work, command, share.reservation, OutcomeKind::Rejected, Reason::None);
            }
            release(work, command, share);
            Ok(())
        }
    }
}

fn accept(work: &mut Work, command: &Command, share: &Share) {
    let (kind, reason) = match share.step {
        ShareStep::Reserved => (OutcomeKind::Applied, Reason::None),
        _ => (OutcomeKind::Rejected, Reason::LimitReached),
    };
    note(work, command, share.reservation, kind, reason);
}

/// Gives back at once what nobody waits for: the event was refused meanwhile, or a question that was refused came to
/// the limit again. What became of the reservation stays as it is known.
pub(crate) fn release(work: &mut Work, command: &Command, share: &Share) {
    if share.step == ShareStep::Reserved {
        let from = work.account.entity.clone();
        let told = Share { step: ShareStep::Release, from, ..share.clone() };
        let key = share.reservation.derived("release", 0);
        work.send(command.by_itself(key, share.from.clone(), Body::Share(told)));
    }
}

/// An answer that another account sent on: its event comes right behind it.
fn come(work: &mut Work, command: &Command, share: &Share) -> Read<()> {
    let way = if share.hops < HOPS { route::way_of_answer(work, command, share.event)? } else { None };
    if let Some(way) = way {
        accept(work, command, share);
        pass_on(work, command, share, &way);
    } else if work.account.erased || work.seen(share.event)?.is_some() {
        note(work, command, share.reservation, OutcomeKind::Rejected, Reason::None);
        release(work, command, share);
    } else {
        accept(work, command, share);
    }
    Ok(())
}

/// Sends an answer the way its event went.
pub(crate) fn pass_on(work: &mut Work, command: &Command, share: &Share, way: &Way) {
    let further = Share { hops: share.hops + 1, ..share.clone() };
    work.send(command.by_itself(
        share.reservation.derived("answer", 0),
        way.to().clone(),
        Body::Share(further),
    ));
}

/// Lets an event that waited for limits go on, once each of them has answered: here, or where it belongs by now.
fn go_on(work: &mut Work, event: EventKey) -> Read<()> {
    let held = work.parked(event)?.expect("an event listed as waiting").command.clone();
    let (command, forwarded) = held.asked();
    let Body::Activity(activity) = &command.body else { unreachable!("only activities ask limits") };
    let tariff = work.tariff_at(command.occurred_at).expect("a version that let the event in");
    let fact = act::fact_of(&tariff, command, activity);
    let asked = asking(&tariff, event, &fact);
    for one in &asked {
        if standing(work, one.reservation())?.is_some_and(|outcome| outcome.kind == OutcomeKind::Parked) {
            return Ok(());
        }
    }
    end_wait(work, event)?;
    (work.line, work.hops) = forwarded.map_or((EventKey::NONE, 0), |it| (it.line, it.hops));
    if let Some(way) = route::way_of_released(work, command)? {
        for one in &asked {
            let Some(outcome) = standing(work, one.reservation())? else { continue };
            let agreed = outcome.kind == OutcomeKind::Applied;
            let step = if agreed { ShareStep::Reserved } else { ShareStep::Refused };
            let share = one.told(work, step);
            pass_on(work, command, &share, &way);
        }
        work.answered = true;
        route::forward(work, command, &way)?;
        work.answered = false;
    } else {
        later_fate(work, command, |work| act::apply(work, &tariff, command, activity))?;
    }
    (work.line, work.hops) = (EventKey::NONE, 0);
    Ok(())
}
