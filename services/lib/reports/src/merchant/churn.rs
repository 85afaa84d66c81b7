//! Churn: who bought, who came for the first time, who came back, and who stayed away.

use super::Answers;
use super::buyer::Person;
use crate::month::{Day, Month};
use crate::sheet::{Kind, Sheet, share};
use std::collections::BTreeMap;

/// A month.
#[derive(Clone, Copy, Default)]
struct Count {
    active: i64,
    first: i64,
    returned: i64,
    lapsed: i64,
}

pub(super) fn sheet(answers: &Answers) -> Sheet {
    let after = i32::try_from(answers.asked.lapsed_after).unwrap_or(i32::MAX);
    let mut months: BTreeMap<Month, Count> = BTreeMap::new();
    for person in answers.people.values().filter(|person| person.joined.is_some()) {
        count(&mut months, person, after, answers.last_day);
    }
    let mut sheet = columns(answers, after);
    // Those who bought at last no longer ago than that: all that changed before the first month told.
    let change = |count: &Count| count.first + count.returned - count.lapsed;
    let mut current: i64 = months.range(..answers.months.first).map(|(_, count)| change(count)).sum();
    for month in answers.months.each() {
        let count = months.get(&month).copied().unwrap_or_default();
        let began = current;
        current += change(&count);
        let Count { active, first, returned, lapsed } = count;
        let figures = [began, active, first, returned, lapsed, current].map(Into::into);
        let cells = std::iter::once(month.to_string().into()).chain(figures);
        sheet.row(cells.chain([share(lapsed, began + first + returned).into()]));
    }
    sheet
}

fn columns(answers: &Answers, after: i32) -> Sheet {
    answers
        .sheet("churn", format!("Churn: members who stay away for {after} days"))
        .column("month", "month", Kind::Text, "")
        .column(
            "current",
            "current",
            Kind::Count,
            format!("members at its beginning whose last purchase was at most {after} days ago"),
        )
        .column(
            "active",
            "active",
            Kind::Count,
            "members who bought in the month, and did not return all of it; what cards bought before joining included",
        )
        .column("first", "first", Kind::Count, "members whose first purchase of all was in the month")
        .column(
            "returned",
            "returned",
            Kind::Count,
            format!("times a member bought again after more than {after} days without a purchase"),
        )
        .column(
            "lapsed",
            "lapsed",
            Kind::Count,
            format!("times a member had not bought for more than {after} days, from a day of the month on"),
        )
        .column("current_after", "current after", Kind::Count, "current, first and returned less lapsed")
        .column("churn", "churn", Kind::Share, "lapsed over current, first and returned together")
        .compared_by("churn")
}

fn count(months: &mut BTreeMap<Month, Count>, person: &Person, after: i32, last_day: Day) {
    let mut before: Option<Day> = None;
    let mut counted: Option<Month> = None;
    for day in person.active() {
        let month = day.month();
        if let Some(before) = before {
            lapse(months, before, after, day);
        }
        let entry = months.entry(month).or_default();
        entry.active += i64::from(counted != Some(month));
        entry.first += i64::from(before.is_none());
        entry.returned += i64::from(before.is_some_and(|before| lapses(before, after) <= day));
        (before, counted) = (Some(day), Some(month));
    }
    if let Some(before) = before {
        lapse(months, before, after, last_day);
    }
}

/// The first day on which a member who bought on `day` and then no more has lapsed.
const fn lapses(day: Day, after: i32) -> Day {
    Day(day.0.saturating_add(after).saturating_add(1))
}

/// Counts the lapse after a purchase on `day`, where it came by the day of `next`.
fn lapse(months: &mut BTreeMap<Month, Count>, day: Day, after: i32, next: Day) {
    let lapses = lapses(day, after);
    if lapses <= next && lapses.0 < i32::MAX {
        months.entry(lapses.month()).or_default().lapsed += 1;
    }
}
