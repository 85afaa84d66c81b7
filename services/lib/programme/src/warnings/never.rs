//! Rules and offers that can never apply: their conditions contradict themselves, or their time is over.

use super::{Kind, Shown};
use crate::field::Field;
use crate::phrase::at_least;
use crate::table::Table;
use domain::Timestamp;
use domain::calendar::{self, Unit};
use domain::circumstances::{Circumstances, Stretch, Times, Values, Wanted};
use domain::occasion::Day;
use domain::tariff::{Condition, Tariff};

/// Days that are looked at before something is taken to apply some time.
const DAYS: usize = 1_000;

pub(super) fn warn(root: &Table<'_>, tariff: &Tariff, excused: &mut Shown) {
    days(root, tariff, excused);
    let rules = tariff.rules.iter().map(|rule| ("rules", Kind::Rule, &rule.name, &rule.condition));
    let offers = tariff.offers.all.iter().map(|offer| ("offers", Kind::Offer, &offer.name, &offer.condition));
    for (key, kind, name, condition) in rules.chain(offers) {
        let tables = root.optional(key, Field::open_table);
        let Some(table) = tables.and_then(|tables| tables.optional(name.as_str(), Field::open_table)) else {
            continue;
        };
        let what = format!("{} `{name}`", key.trim_end_matches('s'));
        for (key, why, hint) in reasons(tariff, condition, &table) {
            excused.note(kind, name);
            table.warn_at(key, format!("{what} can never apply: {why}"), hint);
        }
    }
}

/// Grants of a day that the version does not see.
fn days(root: &Table<'_>, tariff: &Tariff, excused: &mut Shown) {
    let Some(tables) = root.optional("grants", Field::open_table) else { return };
    let end = tariff.correction.as_ref().map_or(Timestamp::NEVER, |correction| correction.until);
    for occasion in &tariff.activities.occasions {
        let Day::Once(at) = occasion.day else { continue };
        let table = tables.optional(occasion.name.as_str(), Field::open_table);
        if let Some(table) = table.filter(|_| at < tariff.from || end <= at) {
            excused.note(Kind::Grant, &occasion.name);
            let message = format!(
                "grant `{}` can never be given: the version is not in force on its day",
                occasion.name
            );
            table.warn_at("on", message, "name another day, or leave it out of this version");
        }
    }
}

/// Why it never applies: the key to point at, the reason, and what to do.
type Reason = (&'static str, String, &'static str);

fn reasons(tariff: &Tariff, condition: &Condition, table: &Table<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let all_in = |some: &[domain::Name], others: &[domain::Name]| {
        !some.is_empty() && some.iter().all(|name| others.contains(name))
    };
    if all_in(&condition.groups, &condition.groups_except) {
        let why = "`except_groups` leaves out every group of `groups`".to_owned();
        reasons.push(("except_groups", why, "leave out one of the two"));
    }
    let Some(asked) = condition.circumstances.as_deref() else { return reasons };
    if all_in(&asked.segments, &asked.segments_except) {
        let why = "`except_segments` leaves out every segment of `segments`".to_owned();
        reasons.push(("except_segments", why, "leave out one of the two"));
    }
    if let (Some(within), Some(after)) = (asked.joined_within, asked.joined_for)
        && at_least(after, within)
    {
        let why = "`member_within` ends before `member_for` begins".to_owned();
        reasons.push(("member_within", why, "make it longer than `member_for`"));
    }
    if let Some(wanted) = asked.only.iter().find(|wanted| is_excepted(wanted, asked)) {
        let why = format!("`except` leaves out every value of `{}` that `only` asks for", wanted.attribute);
        reasons.push(("except", why, "leave out one of the two"));
    }
    reasons.extend(no_time(tariff, &asked.times, table));
    reasons
}

fn is_excepted(wanted: &Wanted, asked: &Circumstances) -> bool {
    let excepted = |except: &Wanted| match (&wanted.values, &except.values) {
        (Values::OneOf(wanted), Values::OneOf(except)) => wanted.iter().all(|value| except.contains(value)),
        (Values::Between(from, below), Values::Between(first, end)) => first <= from && below <= end,
        (Values::OneOf(wanted), Values::Between(first, end)) => {
            let within = |number: i64| *first <= number && number < *end;
            wanted.iter().all(|value| value.as_str().parse().is_ok_and(within))
        }
        (Values::Between(..), Values::OneOf(_)) => false,
    };
    asked.except.iter().filter(|except| except.attribute == wanted.attribute).any(excepted)
}

/// Whether its time is over, or never comes.
fn no_time(tariff: &Tariff, times: &Times, table: &Table<'_>) -> Option<Reason> {
    let end = tariff.correction.as_ref().map_or(Timestamp::NEVER, |correction| correction.until);
    let begins = |stretch: &Stretch| stretch.from.max(tariff.from);
    let left: Vec<Stretch> = times
        .during
        .iter()
        .map(|stretch| Stretch { from: begins(stretch), until: stretch.until.min(end) })
        .filter(|stretch| stretch.from < stretch.until)
        .collect();
    let given = |keys: &[&'static str]| table.given(keys).first().copied();
    if left.is_empty() && !times.during.is_empty() {
        let over = times.during.iter().all(|stretch| stretch.until <= tariff.from);
        let why = if over {
            "its dates are over before the version begins"
        } else {
            "the version ends before its dates begin"
        };
        let key = if over { given(&["until", "during"]) } else { given(&["from", "during"]) };
        return Some((key?, why.to_owned(), "move its dates, or leave it out of this version"));
    }
    let whole = [Stretch { from: tariff.from, until: end }];
    let stretches = if times.during.is_empty() { &whole[..] } else { &left };
    if ever(tariff, times, stretches) {
        return None;
    }
    let key = given(&["weekdays", "hours", "not_during", "during", "from", "until"])?;
    let why = "no instant has all of its dates, days and hours".to_owned();
    Some((key, why, "compare `from`, `until`, `during`, `not_during`, `weekdays` and `hours`"))
}

/// Whether some instant of `stretches` is on one of the days, within the hours, and in no exception.
fn ever(tariff: &Tariff, times: &Times, stretches: &[Stretch]) -> bool {
    stretches.iter().any(|stretch| {
        let mut from = stretch.from;
        for _ in 0..DAYS {
            if from >= stretch.until {
                return false;
            }
            let next = calendar::end_of(tariff.zone, from, Unit::Day);
            let midnight = calendar::start_of(tariff.zone, from, Unit::Day);
            let on =
                times.weekdays.is_empty() || times.weekdays.contains(&calendar::weekday(tariff.zone, from));
            let (first, last) = times.minutes.unwrap_or((0, 1_441));
            let begin = from.max(midnight.plus_millis(i64::from(first) * 60_000));
            let end = stretch.until.min(next).min(midnight.plus_millis(i64::from(last) * 60_000));
            if on && !is_covered(begin, end, &times.except) {
                return true;
            }
            from = next;
        }
        true
    })
}

/// Whether every instant from `begin` and before `end` is in one of `stretches`.
fn is_covered(begin: Timestamp, end: Timestamp, stretches: &[Stretch]) -> bool {
    let mut at = begin;
    while at < end {
        let Some(next) = stretches.iter().filter(|stretch| stretch.holds(at)).map(|it| it.until).max() else {
            return false;
        };
        at = next;
    }
    true
}
