//! Cohorts: members by the month they joined in, and how they bought in the months since.

use super::Answers;
use crate::month::Month;
use crate::sheet::{Cell, Kind, Sheet, average, share};
use std::collections::{BTreeMap, BTreeSet};

/// What a cohort did in one month.
#[derive(Clone, Copy, Default)]
struct Done {
    active: i64,
    amount: i64,
}

#[derive(Default)]
struct Cohort {
    members: i64,
    months: BTreeMap<Month, Done>,
}

pub(super) fn sheet(answers: &Answers) -> Sheet {
    let mut sheet = answers
        .sheet("cohorts", "Cohorts: members by the month they joined in")
        .column("cohort", "joined in", Kind::Text, "the month of the first event under the member's id")
        .column(
            "months_since",
            "months since",
            Kind::Count,
            "0 is the month of joining, from the day of joining on",
        )
        .column("members", "members", Kind::Count, "members who joined in that month")
        .column("active", "active", Kind::Count, "of these, who bought in the month so many months later")
        .column("active_share", "share", Kind::Share, "active over members")
        .column("revenue", "revenue", Kind::Money, "what they bought in that month, less what they returned")
        .column("per_member", "each", Kind::Money, "revenue over members")
        .compared_by("active_share");
    for (joined, cohort) in cohorts(answers) {
        for month in joined.0..=answers.months.last.0 {
            let Done { active, amount } = cohort.months.get(&Month(month)).copied().unwrap_or_default();
            let names: [Cell; 2] = [joined.to_string().into(), i64::from(month - joined.0).into()];
            sheet.row(names.into_iter().chain([
                cohort.members.into(),
                active.into(),
                share(active, cohort.members).into(),
                amount.into(),
                average(amount, cohort.members).into(),
            ]));
        }
    }
    sheet
}

fn cohorts(answers: &Answers) -> BTreeMap<Month, Cohort> {
    let mut cohorts: BTreeMap<Month, Cohort> = BTreeMap::new();
    for person in answers.people.values() {
        let Some(joined) = person.joined.filter(|joined| answers.months.contains(joined.month())) else {
            continue;
        };
        let cohort = cohorts.entry(joined.month()).or_default();
        cohort.members += 1;
        let mut active: BTreeSet<Month> = BTreeSet::new();
        for (day, shopping) in &person.days {
            let (bought, month) = (shopping.as_member, day.month());
            let done = cohort.months.entry(month).or_default();
            done.amount += bought.amount;
            done.active += i64::from(bought.purchases > 0 && active.insert(month));
        }
    }
    cohorts
}
