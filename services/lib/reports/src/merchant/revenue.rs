//! Revenue per member, before and after joining.

use super::Answers;
use super::buyer::Person;
use crate::month::{Day, Month};
use crate::sheet::{Kind, Sheet, average};
use std::collections::BTreeMap;

/// Money and people of a month, on one side of joining.
#[derive(Clone, Copy, Default)]
struct Side {
    amount: i64,
    members: i64,
}

pub(super) fn sheet(answers: &Answers) -> Sheet {
    let mut months: BTreeMap<Month, [Side; 2]> = BTreeMap::new();
    for person in answers.people.values() {
        add(&mut months, person, answers);
    }
    let mut sheet = answers
        .sheet("revenue", "Revenue per member, before and after joining")
        .column("month", "month", Kind::Text, "")
        .column(
            "revenue_before",
            "revenue before",
            Kind::Money,
            "what members bought on days before that of joining, less what they returned then; joining is the first event under the member's id",
        )
        .column(
            "members_before",
            "members before",
            Kind::Count,
            "members from the month of their first purchase to that of joining, both included, where they bought before they joined",
        )
        .column("per_member_before", "each before", Kind::Money, "revenue before over members before")
        .column(
            "revenue_after",
            "revenue after",
            Kind::Money,
            "what members bought less what they returned, from the day of joining on",
        )
        .column("members_after", "members after", Kind::Count, "members who had joined by the month's end")
        .column("per_member_after", "each after", Kind::Money, "revenue after over members after")
        .compared_by("per_member_after");
    let mut sums = [Side::default(); 2];
    for month in answers.months.each() {
        let sides = months.get(&month).copied().unwrap_or_default();
        for (sum, side) in sums.iter_mut().zip(sides) {
            sum.amount += side.amount;
            sum.members += side.members;
        }
        row(&mut sheet, month.to_string(), sides);
    }
    row(&mut sheet, "together".to_owned(), sums);
    sheet
}

fn row(sheet: &mut Sheet, month: String, [before, after]: [Side; 2]) {
    let cells = [before, after]
        .map(|side| [side.amount.into(), side.members.into(), average(side.amount, side.members).into()]);
    sheet.row(std::iter::once(month.into()).chain(cells.into_iter().flatten()));
}

fn add(months: &mut BTreeMap<Month, [Side; 2]>, person: &Person, answers: &Answers) {
    let Some(joined) = person.joined else { return };
    for (day, bought) in &person.days {
        let side = usize::from(person.is_member(*day));
        months.entry(day.month()).or_default()[side].amount += bought.amount;
    }
    let mut count = |side: usize, from: Month, until: Month| {
        let told = answers.months;
        for month in from.max(told.first).0..=until.min(told.last).0 {
            months.entry(Month(month)).or_default()[side].members += 1;
        }
    };
    if let Some(first) = first_before(person, joined) {
        count(0, first.month(), joined.month());
    }
    count(1, joined.month(), answers.months.last);
}

fn first_before(person: &Person, joined: Day) -> Option<Day> {
    person.days.keys().next().copied().filter(|first| *first < joined)
}
