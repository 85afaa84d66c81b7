//! Grants that a day brings by itself: a birthday, New Year, a day of its own (S06, S09, S24).
//!
//! Each is granted once for each such day, at the day's first instant, to whoever was a member then; where that comes
//! to be known later, within twice the lateness bound, it is granted then, dated as of the day.

use crate::account::Granted;
use crate::calendar;
use crate::event::NoticeKind;
use crate::grant::{Origin, all_by, retarget};
use crate::id::{LotId, Name};
use crate::notice::{Notification, notify_at};
use crate::points::Points;
use crate::tariff::Tariff;
use crate::time::Timestamp;
use crate::work::{Cause, Read, Work};

/// Which days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Day {
    /// The member's birthday, `2001-05-17` or `--05-17`, once it is told.
    Birthday,
    /// This day of every year, `--01-01`; 29 February is the 28th where there is none.
    EveryYear(Name),
    /// This instant: the first of a local day.
    Once(Timestamp),
}

/// What a day brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Occasion {
    /// Its name, unique among the grants; entries carry it (S29).
    pub name: Name,
    /// The day.
    pub day: Day,
    /// The terms it grants under.
    pub terms: Name,
    /// Points, above 0.
    pub points: Points,
    /// Members of these segments; empty: all.
    pub segments: Vec<Name>,
    /// Who funds it.
    pub funder: Name,
}

/// The next instant at which the occasion at `place` of the tariff in force happens for this account.
pub(crate) fn due_at(work: &Work, tariff: &Tariff, occasion: &Occasion) -> Timestamp {
    let account = &work.account;
    let is_bound = account.links.as_ref().is_some_and(|links| !links.bindings.is_empty());
    if account.erased || account.entity.is_card() || is_bound {
        return Timestamp::NEVER;
    }
    let since = match (&occasion.day, &account.known) {
        (_, None) => return Timestamp::NEVER,
        (Day::Birthday, Some(_)) => told_at(work, tariff),
        (_, Some(known)) => known.joined_at.unwrap_or(Timestamp::NEVER),
    };
    if !since.is_finite() {
        return Timestamp::NEVER;
    }
    let last = account.occasions.iter().find(|granted| granted.occasion == occasion.name);
    let after = last.map_or(Timestamp::MIN, |granted| granted.at).max(looks_back_to(work));
    next_day(work, tariff, &occasion.day, since, after)
}

/// What is told later than this is too late for a day before it. By the account's own clock: days that it slept through
/// still come.
fn looks_back_to(work: &Work) -> Timestamp {
    Timestamp(work.account.now.0.saturating_sub(2 * work.longest_lateness()))
}

/// Since when the birthday is known.
fn told_at(work: &Work, tariff: &Tariff) -> Timestamp {
    let kind = tariff.declared.birthday.as_ref().map(|(kind, _)| kind);
    let fact = kind.and_then(|kind| work.account.activities.fact(kind.as_str()));
    fact.map_or(Timestamp::NEVER, |fact| fact.at)
}

/// The first such day that begins at `since` or later, and after `after`.
fn next_day(work: &Work, tariff: &Tariff, day: &Day, since: Timestamp, after: Timestamp) -> Timestamp {
    let birthday = work.account.known.as_ref().map(|known| &known.birthday);
    let day = match day {
        Day::Once(at) if *at >= since && *at > after => return *at,
        Day::Once(_) => return Timestamp::NEVER,
        Day::EveryYear(day) => Some(day),
        Day::Birthday => birthday.filter(|day| !day.as_str().is_empty()),
    };
    // An account of before the first of its days looks from where it began.
    let from = since.max(after.plus_millis(1)).max(Timestamp(0));
    day.map_or(Timestamp::NEVER, |day| calendar::next_day_of_year(tariff.zone, from, day.as_str()))
}

/// The next instant at which any occasion happens for this account, and which; `None` where the programme has none.
pub(crate) fn each_due(work: &Work, mut found: impl FnMut(Timestamp, usize)) {
    let Some(tariff) = work.tariff_now() else { return };
    for (place, occasion) in tariff.activities.occasions.iter().enumerate() {
        found(due_at(work, &tariff, occasion), place);
    }
}

/// The day came.
pub(crate) fn happen(work: &mut Work, place: usize, due_at: Timestamp, at: Timestamp) -> Read<()> {
    let Some(listed) = work.tariff_now() else { return Ok(()) };
    let name = &listed.activities.occasions[place].name;
    note(work, name, due_at);
    // The version of the day decides (S26).
    let tariff = work.tariff_at(due_at).unwrap_or(listed.clone());
    let Some(occasion) = tariff.activities.occasions.iter().find(|occasion| occasion.name == *name) else {
        return Ok(());
    };
    let cause = work.account_key().derived(occasion.name.as_str(), due_at.0);
    let known = work.account.known.clone().unwrap_or_default();
    let is_in = |name: &Name| {
        let is_meant =
            |of: &crate::profile::Membership| of.segment == *name && of.from <= due_at && due_at < of.until;
        known.segments.iter().any(is_meant)
    };
    if !occasion.segments.is_empty() && !occasion.segments.iter().any(is_in) {
        return Ok(());
    }
    let Some(terms) = tariff.terms(occasion.terms.as_str()) else { return Ok(()) };
    let (partner, rules) = (occasion.funder.clone(), all_by(occasion.name.clone()));
    work.cause = Cause { event: cause, occurred_at: due_at };
    let origin = Origin { tariff: &tariff, terms, cause, partner, occurred_at: due_at, rules };
    let lot = retarget(work, &origin, LotId::NONE, occasion.points)?;
    let until = work.lot(lot)?.map_or(Timestamp::NEVER, |lot| lot.expires_at);
    let (kind, wallet, points) = (NoticeKind::Accrued, terms.wallet.clone(), occasion.points);
    notify_at(work, Notification { kind, cause, wallet, points, until }, at, Name::default());
    Ok(())
}

/// Remembers that the day came, so that it does not come again.
fn note(work: &mut Work, occasion: &Name, at: Timestamp) {
    let occasions = &mut work.account.occasions;
    match occasions.binary_search_by(|granted| granted.occasion.cmp(occasion)) {
        Ok(place) => occasions[place].at = occasions[place].at.max(at),
        Err(place) => occasions.insert(place, Granted { occasion: occasion.clone(), at }),
    }
}

/// What a member was granted who is merged into this one: the same day does not bring it twice.
pub(crate) fn take_over(work: &mut Work, came: &[Granted]) {
    came.iter().for_each(|granted| note(work, &granted.occasion, granted.at));
}
