//! The most active members.

use super::buyer::{Bought, Turned};
use super::{Answers, MerchantError, minor};
use crate::month::Day;
use crate::sheet::{Kind, Sheet, average};
use domain::EntityId;
use std::cmp::Reverse;

/// What a member did in the months told of.
struct Done<'a> {
    who: &'a EntityId,
    bought: Bought,
    turned: Turned,
    last: Option<Day>,
}

pub(super) fn sheet(answers: &Answers) -> Result<Sheet, MerchantError> {
    let mut done: Vec<Done<'_>> = Vec::new();
    for (who, person) in answers.people.iter().filter(|(_, person)| person.joined.is_some()) {
        let mut sum = Done { who, bought: Bought::default(), turned: Turned::default(), last: None };
        for (day, shopping) in person.days.iter().filter(|(day, _)| answers.months.contains(day.month())) {
            let bought = shopping.all();
            sum.bought.add(bought);
            sum.last = if bought.purchases > 0 { Some(*day) } else { sum.last };
        }
        for (_, turned) in person.turned.range(answers.months.first..=answers.months.last) {
            sum.turned.add(*turned);
        }
        done.push(sum);
    }
    done.retain(|it| it.bought.purchases > 0);
    done.sort_by_key(|it| (Reverse(it.bought.amount), it.who));
    let mut sheet = columns(answers, answers.asked.top);
    for Done { who, bought, turned, last } in done.into_iter().take(answers.asked.top) {
        sheet.row([
            who.local().to_owned().into(),
            bought.purchases.into(),
            bought.amount.into(),
            average(bought.amount, bought.purchases).into(),
            bought.by_points.into(),
            minor(turned.earned)?.into(),
            minor(turned.spent)?.into(),
            last.map(|day| day.to_string()).unwrap_or_default().into(),
        ]);
    }
    Ok(sheet)
}

fn columns(answers: &Answers, top: usize) -> Sheet {
    answers
        .sheet("active", format!("The {top} most active members, by what they bought"))
        .column("member", "member", Kind::Text, "")
        .column(
            "purchases",
            "purchases",
            Kind::Count,
            "how often they bought and kept something, before joining included",
        )
        .column("revenue", "revenue", Kind::Money, "what it came to after discounts, less returns")
        .column("average", "average", Kind::Money, "revenue over purchases")
        .column("paid_by_points", "by points", Kind::Money, "the part of revenue that points paid")
        .column(
            "earned",
            "earned",
            Kind::Money,
            "what points are worth that were granted, less those clawed back, where they pay as money",
        )
        .column("spent", "spent", Kind::Money, "what those are worth that were spent, less those given back")
        .column("last", "last purchase", Kind::Text, "")
        .compared_by("revenue")
}
