//! News of a card: handed out, bound, unbound, blocked, replaced (design §3).
//!
//! A card is at most one member's at a time. A binding that comes while the card is someone else's waits for the
//! end of that, and an end that comes before its binding waits for it: news may come in any order within the
//! lateness bound (S24), and make one [`History`].
//!
//! Where S24 does not reach: what went to a member stays with the member, for it may be spent by now, on the line of
//! the binding that was known when it went; so does what a redemption by the card drew on together with it. What moves
//! is one record, so a card with more than some thousand receipts that nobody registered is parked at its binding, and
//! says so.

use crate::calendar;
use crate::command::{Body, CardChange, CardNews, Command, Unlink};
use crate::depart::move_out;
use crate::grant::{Origin, all_by, retarget};
use crate::history::History;
use crate::id::{EntityId, EventKey, LotId};
use crate::links::Binding;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::returns::{end_wait, later_fate, wait};
use crate::route::pass_on;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use crate::work::{Read, Work};
use std::collections::BTreeSet;

const APPLIED: Outcome = Outcome::of(OutcomeKind::Applied, Reason::None);

/// Applies news that were not seen before; then what waited for them.
pub(crate) fn apply(work: &mut Work, tariff: &Tariff, command: &Command, news: &CardNews) -> Read<Outcome> {
    let outcome = change(work, tariff, command, &news.change)?;
    if outcome.kind == OutcomeKind::Parked {
        wait(work, command, EventKey::NONE, calendar::add(tariff.zone, work.now, tariff.return_waits));
    }
    Ok(outcome)
}

/// Lets news that waited for others have their effect, where they can by now: the earliest first.
pub(crate) fn apply_waiting(work: &mut Work) -> Read<()> {
    while let Some(event) = first_possible(work)? {
        let command = end_wait(work, event)?;
        let Body::Card(news) = &command.body else { unreachable!("only news wait for news") };
        let tariff = work.tariff_at(command.occurred_at).expect("a version that let the news in");
        later_fate(work, &command, |work| change(work, &tariff, &command, &news.change))?;
    }
    Ok(())
}

fn first_possible(work: &Work) -> Read<Option<EventKey>> {
    let mut first: Option<(Timestamp, EventKey)> = None;
    for (at, event, change) in waiting(work)? {
        if refusal(work, change, at)?.is_none() && first.is_none_or(|first| (at, event) < first) {
            first = Some((at, event));
        }
    }
    Ok(first.map(|(_, event)| event))
}

/// News that wait for others: when each happened, and what it was.
fn waiting<'w>(work: &'w Work<'_>) -> Read<Vec<(Timestamp, EventKey, &'w CardChange)>> {
    let mut found = Vec::new();
    for waiting in work.account.waiting.iter().filter(|waiting| waiting.purchase == EventKey::NONE) {
        let command = &work.parked(waiting.event)?.expect("news listed as waiting").command;
        let Body::Card(news) = &command.body else { continue };
        found.push((command.occurred_at, waiting.event, &news.change));
    }
    Ok(found)
}

/// What a change waits for; nothing has changed yet.
fn refusal(work: &Work, change: &CardChange, at: Timestamp) -> Read<Option<Reason>> {
    let possible = match change {
        CardChange::Bound { member } => foreseen(work, EventKey::NONE, member, at)?.is_some(),
        CardChange::Unbound => history(work).with_end(at).is_ended_at(at),
        CardChange::Replaced { by } => may_replace(work, at, by),
        CardChange::Issued | CardChange::Blocked => true,
    };
    Ok((!possible).then(|| waits_for(change)))
}

fn history(work: &Work) -> History {
    History::of(work.account.links.as_deref(), &[])
}

/// The history with a binding in it, and with the ends that wait: they are applied right after, as news of their own.
/// `None` where someone else has the card then.
fn foreseen(work: &Work, event: EventKey, to: &EntityId, from: Timestamp) -> Read<Option<History>> {
    let waiting = waiting(work)?.into_iter();
    let ends = waiting.filter(|(_, _, change)| **change == CardChange::Unbound);
    let ends: Vec<Timestamp> = ends.map(|(end, _, _)| end).collect();
    let binding = Binding { event, to: to.clone(), from, until: Timestamp::NEVER };
    Ok(History::of(work.account.links.as_deref(), &ends).with_binding(binding))
}

/// What is said of news that waited in vain.
pub(crate) const fn waits_for(change: &CardChange) -> Reason {
    match change {
        CardChange::Unbound => Reason::CardNotBound,
        _ => Reason::CardBound,
    }
}

fn change(work: &mut Work, tariff: &Tariff, command: &Command, change: &CardChange) -> Read<Outcome> {
    let at = command.occurred_at;
    if let Some(reason) = refusal(work, change, at)? {
        return Ok(Outcome::of(OutcomeKind::Parked, reason));
    }
    match change {
        CardChange::Issued => {}
        CardChange::Blocked => work.account.blocked = true,
        CardChange::Bound { member } => {
            if history(work).holder(at).is_none() {
                grant_once(work, tariff, command)?;
            }
            bind(work, command, member.clone())?;
        }
        CardChange::Unbound => unbind(work, command)?,
        CardChange::Replaced { by } => replace(work, command, by)?,
    }
    Ok(APPLIED)
}

/// Whether another card may take over: once, from a time on that no other binding follows, and never in a circle.
fn may_replace(work: &Work, at: Timestamp, by: &EntityId) -> bool {
    let Some(links) = &work.account.links else { return true };
    let history = History::of(Some(links), &[]);
    let last = history.bindings.last();
    let free = last.is_none_or(|last| {
        last.from <= at && !last.to.is_card() && (at >= last.until || !last.until.is_finite())
    });
    free && !links.cards.contains(by)
}

/// Points that the card brings once, whoever binds it (S34: one writer a card).
fn grant_once(work: &mut Work, tariff: &Tariff, command: &Command) -> Read<()> {
    let Some(grant) = &tariff.card_grant else { return Ok(()) };
    if std::mem::replace(&mut work.account.links_mut().granted, true) {
        return Ok(());
    }
    let terms = tariff.terms(grant.terms.as_str()).expect("terms of the tariff's own grant");
    let origin = Origin {
        tariff,
        terms,
        cause: command.key,
        partner: command.source.partner.clone(),
        occurred_at: command.occurred_at,
        rules: all_by("card".into()),
    };
    retarget(work, &origin, LotId::NONE, grant.points)?;
    Ok(())
}

/// Gives the account, with what it holds of until the binding's end, to another from the command's time on; and what is
/// dated before goes there, too.
pub(crate) fn bind(work: &mut Work, command: &Command, to: EntityId) -> Read<()> {
    let (known, from) = (history(work), command.occurred_at);
    let history = foreseen(work, command.key, &to, from)?.expect("a binding that may be");
    let begins = (from, to.is_card());
    if known.bindings.iter().any(|other| other.begins() == begins) {
        return Ok(());
    }
    let place = history.bindings.partition_point(|other| other.begins() < begins);
    let (binding, open) = (history.bindings[place].clone(), history.is_open(&to));
    let told_again = known.holder(from).is_some_and(|holder| holder.to == to);
    work.account.links_mut().bindings = known.fitted_as(history).kept();
    if told_again {
        return Ok(());
    }
    let answers = command.has_outcome() && !work.is_later;
    move_out(work, command, &binding, answers)?;
    if !open {
        unlink(work, command, to);
    }
    Ok(())
}

/// Ends the binding of that time. Where it was told again behind that, the card is theirs again from then on.
fn unbind(work: &mut Work, command: &Command) -> Read<()> {
    let (before, after) = (history(work), history(work).with_end(command.occurred_at));
    work.account.links_mut().bindings = after.clone().kept();
    let mut had: BTreeSet<EntityId> = BTreeSet::new();
    had.extend(before.bindings.iter().filter(|it| !it.until.is_finite()).map(|open| open.to.clone()));
    for (place, binding) in after.bindings.iter().enumerate() {
        // One that told again what was known begins by itself now.
        if before.goes_on(place) && !after.goes_on(place) {
            move_out(work, command, binding, false)?;
            had.insert(binding.to.clone());
        }
    }
    for member in had.into_iter().filter(|member| !after.is_open(member)) {
        unlink(work, command, member);
    }
    Ok(())
}

fn unlink(work: &mut Work, command: &Command, member: EntityId) {
    let body = Body::Unlink(Unlink { card: work.account.entity.clone() });
    work.send(command.with(command.key.derived("unlink", 0), member, body));
}

/// Another card takes over: whoever has this one has that one; what comes for this one goes there.
fn replace(work: &mut Work, command: &Command, by: &EntityId) -> Read<()> {
    let at = command.occurred_at;
    let history = history(work);
    let member = history.holder(at).filter(|binding| !binding.until.is_finite()).map(|open| open.to.clone());
    if member.is_some() {
        unbind(work, command)?;
    }
    bind(work, command, by.clone())?;
    if let Some(member) = member {
        // Behind what it holds: a grant that was made is not made again.
        let bound = CardChange::Bound { member };
        work.send(pass_on(command, by.clone(), command.key.derived("replaced", 0), bound));
    }
    Ok(())
}
