//! News of a card: handed out, bound, unbound, blocked, replaced (design §3).
//!
//! A card is at most one member's at a time. A binding that comes while the card is someone else's waits for the
//! end of that, and an end that comes before its binding waits for it: news may come in any order within the
//! lateness bound (S24). What went to a member stays with the member, for it may be spent by now.
//!
//! Where S24 does not reach: a binding hands over all that the card holds, also what was sold after an end of it that is
//! known already; a second binding to the same member does not begin earlier because an older one comes late; activities
//! by a card extend (S06) the lots of whoever has it when they arrive. What moves is one record, so a card with more than
//! some thousand receipts that nobody registered is parked at its binding, and says so.

use crate::calendar;
use crate::command::{Body, CardChange, CardNews, Command, Unlink};
use crate::depart::move_out;
use crate::grant::{Origin, retarget};
use crate::id::{EntityId, EventKey, LotId};
use crate::links::Binding;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::returns::{end_wait, later_fate, wait};
use crate::route::pass_on;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use crate::work::{Read, Work};

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
    Ok(match change {
        CardChange::Bound { member } => match (holder(work, at), is_free(work, at)?) {
            (Some(binding), _) if binding.to == *member => None,
            (None, true) => None,
            _ => Some(waits_for(change)),
        },
        CardChange::Unbound if open_at(work, at).is_none() => Some(waits_for(change)),
        CardChange::Replaced { by } if !may_replace(work, at, by) => Some(waits_for(change)),
        _ => None,
    })
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
        CardChange::Bound { member } if holder(work, at).is_none() => {
            grant_once(work, tariff, command)?;
            bind(work, command, member.clone())?;
        }
        CardChange::Bound { .. } => {}
        CardChange::Unbound => unbind(work, command),
        CardChange::Replaced { by } => replace(work, command, by)?,
    }
    Ok(APPLIED)
}

/// The binding that `at` falls in.
fn holder<'w>(work: &'w Work<'_>, at: Timestamp) -> Option<&'w Binding> {
    let mut bindings = work.account.links.iter().flat_map(|links| &links.bindings);
    bindings.find(|binding| binding.from <= at && at < binding.until)
}

/// Whether a binding may begin at `at`, where nobody has the card: none follows, or an end that waits comes before it.
/// That end is applied right after, as news of its own.
fn is_free(work: &Work, at: Timestamp) -> Read<bool> {
    let bindings = work.account.links.iter().flat_map(|links| &links.bindings);
    let Some(next) = bindings.map(|binding| binding.from).filter(|from| *from > at).min() else {
        return Ok(true);
    };
    let ends = |(end, _, change): &(Timestamp, EventKey, &CardChange)| {
        **change == CardChange::Unbound && at < *end && *end <= next
    };
    Ok(waiting(work)?.iter().any(ends))
}

/// The open binding that an end at `at` ends: one that begins at that very instant is not meant.
fn open_at<'w>(work: &'w Work<'_>, at: Timestamp) -> Option<&'w Binding> {
    let bindings = work.account.links.iter().flat_map(|links| &links.bindings);
    bindings
        .filter(|binding| binding.from < at && !binding.until.is_finite())
        .max_by_key(|binding| binding.from)
}

/// Whether another card may take over: once, from a time on that no other binding follows, and never in a circle.
fn may_replace(work: &Work, at: Timestamp, by: &EntityId) -> bool {
    let Some(links) = &work.account.links else { return true };
    let last = links.bindings.last();
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
        rule: "card".into(),
    };
    retarget(work, &origin, LotId::NONE, grant.points)?;
    Ok(())
}

/// Gives the account, with all it holds, to another from the command's time on; and what is dated before goes there,
/// too.
pub(crate) fn bind(work: &mut Work, command: &Command, to: EntityId) -> Read<()> {
    let until = Timestamp::NEVER;
    let binding = Binding { event: command.key, to, from: command.occurred_at, until };
    let bindings = &mut work.account.links_mut().bindings;
    let place = bindings.partition_point(|other| other.from < binding.from);
    bindings.insert(place, binding.clone());
    move_out(work, command, &binding)
}

fn unbind(work: &mut Work, command: &Command) {
    let at = command.occurred_at;
    let bindings = &mut work.account.links_mut().bindings;
    let ends = |binding: &&mut Binding| binding.from <= at && !binding.until.is_finite();
    // One that begins at that very instant is meant only where there is no other.
    let open = bindings.iter_mut().filter(ends).max_by_key(|binding| (binding.from < at, binding.from));
    let open = open.expect("a binding that was looked for before");
    open.until = at;
    let to = open.to.clone();
    let body = Body::Unlink(Unlink { card: work.account.entity.clone() });
    let key = command.key.derived("unlink", 0);
    work.send(Command { key, entity: to, body, ..command.clone() });
}

/// Another card takes over: whoever has this one has that one; what comes for this one goes there.
fn replace(work: &mut Work, command: &Command, by: &EntityId) -> Read<()> {
    let at = command.occurred_at;
    let member = holder(work, at).filter(|binding| !binding.until.is_finite()).map(|open| open.to.clone());
    if member.is_some() {
        unbind(work, command);
    }
    bind(work, command, by.clone())?;
    if let Some(member) = member {
        // Behind what it holds: a grant that was made is not made again.
        let bound = CardChange::Bound { member };
        work.send(pass_on(command, by.clone(), command.key.derived("replaced", 0), bound));
    }
    Ok(())
}
