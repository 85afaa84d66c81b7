//! Applies an activity: what it is granted, what an earlier one that came late takes over, and what is
//! remembered of it (S06, S24, S27).
//!
//! What is granted once goes to the earliest activity in the rating order, whatever came first: a late one takes
//! the place, with its own terms, and the one that had it is rated again without. An activity itself is never
//! undone, so a place only ever moves to an earlier one, and nothing but its holder has to be remembered.

use crate::account::{Rated, RatedKind};
use crate::activity::{Activity, Fact, First, Occurrence};
use crate::award::{Award, rate};
use crate::clawback::claw_back;
use crate::command::Command;
use crate::extend;
use crate::fall;
use crate::grant::{Origin, retarget};
use crate::id::{EventKey, LotId, Name};
use crate::moved::Moved;
use crate::order::{self, Placed};
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::purchase::PurchaseGrant;
use crate::rerate;
use crate::share;
use crate::tariff::{Activation, Tariff};
use crate::time::Timestamp;
use crate::work::{Read, Work};
use std::sync::Arc;

/// Applies an activity that was not seen before and that `tariff` declares.
pub(crate) fn apply(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    activity: &Activity,
) -> Read<Outcome> {
    let fact = fact_of(tariff, command, activity);
    if share::ask(work, tariff, command, &fact)? {
        return Ok(Outcome::of(OutcomeKind::Parked, Reason::AwaitsLimit));
    }
    let mut first = First {
        fact: fact.clone(),
        event: command.key,
        version: tariff.version,
        places: Vec::new(),
        grants: Vec::new(),
    };
    let refused = share::is_refused(work, tariff, command.key, &fact)?;
    let reason = if refused { Reason::LimitReached } else { Reason::None };
    let mut outcome = Outcome::of(OutcomeKind::Applied, reason);
    forget_places(work);
    let moved = take_places(work, tariff, &mut first)?;
    note_occurrence(work, tariff, &fact);
    let placed = tell(work, tariff, command, &fact)?;
    // Raised before lowered, so that what is taken over pays for itself (S09).
    outcome.earned = Points::at_least_zero(grant(work, command, &mut first)?);
    let granted_now = granted(work, tariff, &first)?;
    fall::ask(work, command, &first, &granted_now)?;
    keep(work, first);
    for mut holder in moved {
        outcome.clawed_back += Points::at_least_zero(-grant(work, command, &mut holder)?);
        keep(work, holder);
    }
    extend::from(work, command.occurred_at)?;
    work.account.activities.learn(fact);
    if let Some(placed) = placed {
        outcome.refund = placed.refund;
        rerate::on_grounds(work, &placed.changed)?;
        placed.announce(work, RatedKind::News)?;
    }
    Ok(outcome)
}

/// An activity in the rating order, its values in their one form.
pub(crate) fn fact_of(tariff: &Tariff, command: &Command, activity: &Activity) -> Fact {
    Fact {
        at: command.occurred_at,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        activity: tariff.activities.canonical(tariff, activity),
    }
}

/// Puts what the activity tells of the member into the rating order, where some rule asks for it.
fn tell(work: &mut Work, tariff: &Tariff, command: &Command, fact: &Fact) -> Read<Option<Placed>> {
    let Some(told) = tariff.declared.told_by(tariff, fact) else { return Ok(None) };
    let news = Rated {
        kind: RatedKind::News,
        partner: fact.partner.clone(),
        id: fact.id.clone(),
        event: command.key,
        version: tariff.version,
        told: Some(Arc::new(told)),
        ..Rated::at(fact.at)
    };
    let line = work.line;
    order::place(work, news, line).map(Some)
}

/// Takes the places `first` comes first at, from those who had them; these, with what they keep.
fn take_places(work: &mut Work, tariff: &Tariff, first: &mut First) -> Read<Vec<First>> {
    let mut moved: Vec<First> = Vec::new();
    for award in applicable(tariff, &first.fact) {
        if !share::may_grant(work, first.event, award)? {
            continue;
        }
        let Some(place) = award.place(tariff, &first.fact.activity, first.fact.at) else { continue };
        let holds = |holder: &First| holder.places.contains(&place);
        let firsts = &mut work.account.activities.firsts;
        if !moved.iter().any(holds)
            && let Some(at) = firsts.iter().position(|first| holds(first))
        {
            if firsts[at].fact.place() < first.fact.place() {
                continue;
            }
            moved.push(Arc::unwrap_or_clone(firsts.remove(at)));
        }
        // Who gave up one place comes later, and gives up every other.
        moved.iter_mut().for_each(|holder| holder.places.retain(|held| *held != place));
        first.places.push(place);
    }
    Ok(moved)
}

/// Forgets places of months and years over for so long that no late event can take them any more.
fn forget_places(work: &mut Work) {
    let until = work.remembered_from();
    let is_over = |work: &Work, first: &First| {
        let tariff = work.tariff(first.version);
        let mut ends = tariff.activities.awards.iter().filter_map(|award| {
            let place = award.place(&tariff, &first.fact.activity, first.fact.at)?;
            first.places.contains(&place).then(|| award.place_until(&tariff, first.fact.at))
        });
        // An award of another version has another name, and then no end that is known.
        let known = ends.clone().count() == first.places.len();
        known && ends.all(|end| end < until)
    };
    let firsts = std::mem::take(&mut work.account.activities.firsts);
    let kept = firsts.into_iter().filter(|first| !is_over(work, first)).collect();
    work.account.activities.firsts = kept;
}

/// The awards that apply to an activity, whether or not it comes first, or a limit agrees.
pub(crate) fn applicable<'t>(tariff: &'t Tariff, fact: &Fact) -> Vec<&'t Award> {
    let in_time = |award: &Award| award.within.as_ref().is_none_or(|limit| fact.at < limit.until);
    let applies = |award: &&Award| in_time(award) && award.applies(tariff, &fact.activity, &fact.partner);
    tariff.activities.awards.iter().filter(applies).collect()
}

/// What is remembered, as events, of an activity that holds a place: itself, what its grants fall with, and what they
/// have of limits.
pub(crate) fn noted_of(work: &Work, first: &First) -> Vec<EventKey> {
    let (event, tariff) = (first.event, work.tariff(first.version));
    let of_award = |award: &Award| [fall::key_of(event, award), share::reservation(event, award)];
    let noted = applicable(&tariff, &first.fact).into_iter().flat_map(of_award);
    std::iter::once(event).chain(noted).collect()
}

/// Whether an earlier activity holds the place of `award` that `fact` would take.
pub(crate) fn is_granted_before(work: &Work, tariff: &Tariff, award: &Award, fact: &Fact) -> bool {
    let Some(place) = award.place(tariff, &fact.activity, fact.at) else { return false };
    let mut firsts = work.account.activities.firsts.iter();
    firsts.any(|holder| holder.places.contains(&place) && holder.fact.place() < fact.place())
}

/// The awards an activity is granted, with the places it holds and as far as limits agree (S34).
fn granted<'t>(work: &Work, tariff: &'t Tariff, first: &First) -> Read<Vec<&'t Award>> {
    let mut awards = Vec::new();
    for award in applicable(tariff, &first.fact) {
        let place = award.place(tariff, &first.fact.activity, first.fact.at);
        let is_held = place.is_none_or(|place| first.places.contains(&place));
        let is_open = is_held && !fall::is_fallen(work, first.event, award)?;
        if is_open && share::may_grant(work, first.event, award)? {
            awards.push(award);
        }
    }
    Ok(awards)
}

/// Brings the lots of an activity to what it is granted, and tells limits; the change.
fn grant(work: &mut Work, command: &Command, first: &mut First) -> Read<i64> {
    let tariff = work.tariff(first.version);
    let awards = granted(work, &tariff, first)?;
    share::settle(work, &tariff, command, (first.event, &first.fact), &awards)?;
    let mut change = 0;
    for terms in &tariff.terms {
        let (target, rules) = rate(&tariff, terms, &first.fact.activity, &awards);
        let before = first.grants.iter().position(|grant| grant.terms == terms.name);
        if target.is_zero() && before.is_none() {
            continue;
        }
        let place = before.unwrap_or_else(|| {
            let none = PurchaseGrant::none(&terms.name, &Name::default());
            first.grants.push(PurchaseGrant { at_sale: target, ..none });
            first.grants.len() - 1
        });
        let (partner, occurred_at) = (first.fact.partner.clone(), first.fact.at);
        let origin = Origin { tariff: &tariff, terms, cause: first.event, partner, occurred_at, rules };
        let grant = &mut first.grants[place];
        grant.lot = retarget(work, &origin, grant.lot, target)?;
        change += target.get() - grant.now.get();
        grant.now = target;
    }
    Ok(change)
}

/// Brings what an activity is granted to what it is now, where it still holds a place, for the rule that `is_meant`.
pub(crate) fn again(
    work: &mut Work,
    command: &Command,
    event: EventKey,
    is_meant: impl Fn(&Award) -> bool,
) -> Read<()> {
    let firsts = &mut work.account.activities.firsts;
    let Some(place) = firsts.iter().position(|first| first.event == event) else { return Ok(()) };
    let mut first = Arc::unwrap_or_clone(firsts.remove(place));
    let tariff = work.tariff(first.version);
    let meant = tariff.activities.awards.iter().find(|award| is_meant(award));
    let rule = meant.map(|award| award.name.clone()).unwrap_or_default();
    let before = std::mem::replace(&mut work.rule, rule);
    grant(work, command, &mut first)?;
    work.rule = before;
    keep(work, first);
    Ok(())
}

/// Remembers who holds a place; who holds none any more keeps what it was granted each time.
fn keep(work: &mut Work, first: First) {
    if first.places.is_empty() {
        return;
    }
    let firsts = &mut work.account.activities.firsts;
    let place = firsts.partition_point(|other| other.fact.place() < first.fact.place());
    firsts.insert(place, Arc::new(first));
}

/// Notes that it happened, where some terms wait for activities, and forgets what no late event comes before.
fn note_occurrence(work: &mut Work, tariff: &Tariff, fact: &Fact) {
    // Of every version: what an earlier one granted may still wait.
    let asked = work.tariffs_from(Timestamp::MIN).any(|tariff| {
        let waits = |activation: &Activation| matches!(activation, Activation::OnActivity(_));
        tariff.terms.iter().any(|terms| terms.extended_by_activity.is_some() || waits(&terms.activation))
    });
    let until = work.remembered_from();
    let recent = &mut work.account.activities.recent;
    recent.retain(|occurrence| occurrence.at >= until);
    if !asked {
        return;
    }
    let kind: Name = fact.activity.kind.clone();
    let occurrence = Occurrence { at: fact.at, kind, version: tariff.version };
    let line = work.line;
    if work.lines().iter().any(|other| other.binding == line) {
        order::note_on_line(work, line, &occurrence);
        return;
    }
    let recent = &mut work.account.activities.recent;
    let place = recent.partition_point(|other| *other < occurrence);
    recent.insert(place, occurrence);
}

/// What a card remembered comes to its member: what is granted once stays with whoever was first of the two (S24). What
/// happened before the binding is on its line.
pub(crate) fn take_over(work: &mut Work, command: &Command, moved: &Moved) -> Read<()> {
    let came = &moved.activities;
    for fact in &came.facts {
        work.account.activities.learn(fact.clone());
    }
    let recent = &mut work.account.activities.recent;
    // Those of before are on the binding's line, where there is one (see `arrive`).
    let since = |occurrence: &&Occurrence| occurrence.at >= moved.at;
    recent.extend(came.recent.iter().filter(since).cloned());
    recent.sort_unstable();
    for first in &came.firsts {
        let mut first = First::clone(first);
        share::take_over(work, &work.tariff(first.version), &first, &moved.seen)?;
        let firsts = &mut work.account.activities.firsts;
        let here = firsts.iter().position(|here| here.event == first.event);
        let here = here.map(|place| Arc::unwrap_or_clone(firsts.remove(place)));
        if here.as_ref().is_some_and(|here| here.fact != first.fact) {
            first.places.clear(); // two that share an id: the one here stands
        }
        let mut losers = yield_places(firsts, &mut first);
        let beyond = here.map(|here| unite(&mut first, here)).unwrap_or_default();
        losers.insert(0, first);
        for mut loser in losers {
            grant(work, command, &mut loser)?;
            keep(work, loser);
        }
        for lot in beyond {
            let points = work.lot(lot)?.expect("a lot that a grant names").net();
            claw_back(work, lot, points)?;
        }
    }
    Ok(())
}

/// One activity came to two accounts that are one now (S23): it is granted once, as it was here, with the places of both.
/// Lots of what `came` beyond that.
fn unite(came: &mut First, mut here: First) -> Vec<LotId> {
    let mut beyond = Vec::new();
    came.places.retain(|place| !here.places.contains(place));
    here.places.append(&mut came.places);
    for grant in came.grants.drain(..) {
        match here.grants.iter().find(|mine| mine.terms == grant.terms) {
            None => here.grants.push(grant),
            Some(mine) if mine.lot == grant.lot => {} // one lot now, brought to what one of them earns
            Some(_) => beyond.push(grant.lot),
        }
    }
    *came = here;
    beyond
}

/// Leaves each place of `first` to whoever comes earlier in the order; the holders that lost one.
fn yield_places(firsts: &mut Vec<Arc<First>>, first: &mut First) -> Vec<First> {
    let mut losers: Vec<First> = Vec::new();
    for place in std::mem::take(&mut first.places) {
        let holds = |holder: &First| holder.places.contains(&place);
        if let Some(loser) = losers.iter_mut().find(|loser| holds(loser)) {
            loser.places.retain(|other| *other != place); // it comes later: it lost another one
            first.places.push(place);
            continue;
        }
        match firsts.iter().position(|first| holds(first)) {
            Some(at) if firsts[at].fact.place() <= first.fact.place() => {}
            Some(at) => {
                let mut loser = Arc::unwrap_or_clone(firsts.remove(at));
                loser.places.retain(|other| *other != place);
                losers.push(loser);
                first.places.push(place);
            }
            None => first.places.push(place),
        }
    }
    losers
}
