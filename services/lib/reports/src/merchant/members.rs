//! Members against everybody else.

use super::Answers;
use super::buyer::Bought;
use crate::month::Month;
use crate::sheet::{Cell, Kind, Sheet, average, share};
use std::collections::BTreeMap;

pub(super) fn sheet(answers: &Answers) -> Sheet {
    let mut months: BTreeMap<Month, [Bought; 2]> = BTreeMap::new();
    for person in answers.people.values() {
        for (day, bought) in &person.days {
            let sides = months.entry(day.month()).or_default();
            sides[0].add(bought.as_member);
            sides[1].add(bought.before);
        }
    }
    let mut sheet = columns(answers);
    let mut sums = [Bought::default(); 2];
    for month in answers.months.each() {
        let sides = months.get(&month).copied().unwrap_or_default();
        sums.iter_mut().zip(sides).for_each(|(sum, side)| sum.add(side));
        sheet.row(cells(month.to_string(), sides));
    }
    sheet.total_row(cells("together".to_owned(), sums));
    sheet
}

fn columns(answers: &Answers) -> Sheet {
    let others = "a card that nobody had bound by that day";
    answers
        .sheet("members", "Members against non-members")
        .column("month", "month", Kind::Text, "")
        .column(
            "member_purchases",
            "member purchases",
            Kind::Count,
            "purchases of those who had joined by that day, but for those wholly returned",
        )
        .column(
            "member_revenue",
            "member revenue",
            Kind::Money,
            "what they came to after discounts, less returns",
        )
        .column("member_average", "member average", Kind::Money, "member revenue over member purchases")
        .column(
            "other_purchases",
            "other purchases",
            Kind::Count,
            format!("purchases by {others}, but for those wholly returned"),
        )
        .column(
            "other_revenue",
            "other revenue",
            Kind::Money,
            "what they came to after discounts, less returns",
        )
        .column("other_average", "other average", Kind::Money, "other revenue over other purchases")
        .column("member_share", "share", Kind::Share, "the part of all revenue that members brought; - where returns leave members or others less than nothing")
        .compared_by("member_share")
}

fn cells(month: String, sides: [Bought; 2]) -> impl Iterator<Item = Cell> {
    let cells = sides
        .map(|side| [side.purchases.into(), side.amount.into(), average(side.amount, side.purchases).into()]);
    let all = sides.iter().map(|side| side.amount).sum();
    let of_members = share(sides[0].amount, all).into();
    std::iter::once(month.into()).chain(cells.into_iter().flatten()).chain([of_members])
}
