//! Revenue per member, before and after joining.

use super::Answers;
use super::buyer::Person;
use crate::month::{Day, Month};
use crate::sheet::{Cell, Kind, Sheet, average};
use std::collections::{BTreeMap, BTreeSet};

/// Money and people of a month, on one side of joining.
#[derive(Clone, Copy, Default)]
struct Side {
    amount: i64,
    members: i64,
}

pub(super) fn sheet(answers: &Answers) -> Sheet {
    let mut months: BTreeMap<Month, [Side; 2]> = BTreeMap::new();
    let mut all = [Side::default(); 2];
    for person in answers.people.values() {
        add(&mut months, &mut all, person, answers);
    }
    let mut sheet = answers
        .sheet("revenue", "Revenue per member, before and after joining")
        .column("month", "month", Kind::Text, "")
        .column(
            "revenue_before",
            "revenue before",
            Kind::Money,
            "what members bought on days before that of joining, or with a card that was not theirs by that day, less what they returned so; joining is the first event under the member's id",
        )
        .column(
            "members_before",
            "members before",
            Kind::Count,
            "members from the month of their first purchase to that of joining, both included, where they bought before they joined, and those who bought with a card not theirs yet; together each once",
        )
        .column("per_member_before", "each before", Kind::Money, "revenue before over members before")
        .column(
            "revenue_after",
            "revenue after",
            Kind::Money,
            "what members bought less what they returned, from the day of joining on",
        )
        .column("members_after", "members after", Kind::Count, "members who had joined by the month's end; together each once")
        .column("per_member_after", "each after", Kind::Money, "revenue after over members after")
        .compared_by("per_member_after");
    for month in answers.months.each() {
        let sides = months.get(&month).copied().unwrap_or_default();
        all.iter_mut().zip(sides).for_each(|(sum, side)| sum.amount += side.amount);
        sheet.row(cells(month.to_string(), sides));
    }
    sheet.total_row(cells("together".to_owned(), all));
    sheet
}

fn cells(month: String, [before, after]: [Side; 2]) -> impl Iterator<Item = Cell> {
    let cells = [before, after]
        .map(|side| [side.amount.into(), side.members.into(), average(side.amount, side.members).into()]);
    std::iter::once(month.into()).chain(cells.into_iter().flatten())
}

/// Adds what a person bought, and counts them: in each month, and once in all.
fn add(months: &mut BTreeMap<Month, [Side; 2]>, all: &mut [Side; 2], person: &Person, answers: &Answers) {
    let Some(joined) = person.joined else { return };
    let told = answers.months;
    let mut before: BTreeSet<Month> = BTreeSet::new();
    for (day, shopping) in &person.days {
        let sides = [shopping.before, shopping.as_member];
        for (side, bought) in months.entry(day.month()).or_default().iter_mut().zip(sides) {
            side.amount += bought.amount;
        }
        if shopping.before.purchases > 0 {
            before.insert(day.month());
        }
    }
    if let Some(first) = first_before(person, joined) {
        before.extend((first.month().0..=joined.month().0).map(Month));
    }
    let after = (joined.month().0..=told.last.0).map(Month).collect();
    for (side, of_side) in [before, after].into_iter().enumerate() {
        let counted = of_side.into_iter().filter(|month| told.contains(*month));
        let count = counted.map(|month| months.entry(month).or_default()[side].members += 1).count();
        all[side].members += i64::from(count > 0);
    }
}

fn first_before(person: &Person, joined: Day) -> Option<Day> {
    person.days.keys().next().copied().filter(|first| *first < joined)
}
