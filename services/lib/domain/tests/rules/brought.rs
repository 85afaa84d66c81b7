//! Each rule's own points, where several grant into one lot: later than the sale, or for one activity (S02, S24, S29,
//! S34).
//!
//! Shown to fail: where a raise names the first rule of its grant (`rerate.rs`, `all_by(grant.rule.clone())` for
//! `grant.risen_since`), the first says `Raise base 100`; where what another limit agreed to meanwhile is taken for rated
//! (`as_rated`, always `all`), the third says `Raise base 150`; where an activity keeps its first award's name alone
//! (`act.rs`), the last says `Accrual review 75`.

use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::shared::{Under, limit, uses};
use crate::shared_purchases::{bonus, coupon, coupons};
use domain::award::{Amount, AttributeSpec, AttributeType, Award};
use domain::entry::EntryKind;
use domain::tariff::{Condition, Tariff, Window};
use domain::{Event, Name, Points};

/// What was issued, in order: `kind rule points`.
fn issued(ledger: &Ledger) -> Vec<String> {
    let issued = ledger.all.iter().filter_map(|event| match event {
        Event::Entry(entry) if matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise) => {
            Some(format!("{:?} {} {}", entry.kind, entry.rule, entry.points))
        }
        _ => None,
    });
    issued.collect()
}

#[test]
fn s29_s34_what_limits_let_through_later_is_an_entry_of_each_rule() {
    let ledger = play(
        coupons(),
        "
        day 1   sale P1 at X 1050 code=THREE               => earned 52, later_earned 152
        day 1   sale P2 at X 1000 code=A1 for n            => later_earned 100
        day 1   sale P3 at X 2000 1000 code=THREE for k    => earned 150, later_earned 310
    ",
    );
    let expected = [
        "Accrual base 52",
        "Raise three 100",
        "Accrual base 50",
        "Raise each 50",
        "Accrual base 150",
        "Raise three 100",
        "Raise spree 60",
    ];
    assert_eq!(issued(&ledger), expected);
}

/// Silver at 5 %, Gold from 10,000 at 10 %; 100 more by the code, 60 more for the first.
fn by_tier() -> Tariff {
    let mut tariff = tariffs::tiered(Window::Lifetime);
    let sixty = tariffs::rule("first", Condition::default(), bonus(60));
    tariff.rules.push(coupon("three", &["THREE"], bonus(100), uses("three", 3, None)));
    tariff.rules.push(domain::tariff::Rule { within: Some(uses("first", 1, None)), ..sixty });
    tariff.declared.purchase =
        vec![AttributeSpec { name: Name::from("code"), takes: AttributeType::Text, optional: true }];
    tariff
}

#[test]
fn s24_s29_what_a_late_sale_raises_is_the_rules_whose_points_rise() {
    let mut ledger = play(by_tier(), "day 5  sale P at X 1000 code=THREE => later_earned 210");
    go_on(&mut ledger, "day 7  sale R at X 10000 dated day 1 => later_reason limit_reached");
    let expected =
        ["Accrual base 50", "Raise three 100", "Raise first 60", "Accrual base 500", "Raise base 50"];
    assert_eq!(issued(&ledger), expected);
}

#[test]
fn s24_s29_s34_a_late_sale_between_the_answers_of_two_limits_takes_none_of_their_points() {
    let mut under = Under::new(by_tier());
    under.event("day 5 sale P at X 1000 code=THREE");
    under.deliver(&limit("three", None), 1);
    under.deliver(&crate::shared::member("m"), 1);
    under.event("day 7 sale R at X 10000 dated day 1");
    assert_eq!(under.total("m"), 700);
    under.deliver_all(1);
    let expected =
        ["Accrual base 50", "Accrual base 500", "Raise base 50", "Raise three 100", "Raise first 60"];
    assert_eq!(issued(&under.ledger), expected);
}

#[test]
fn s02_s29_what_an_activity_is_granted_by_several_is_an_entry_of_each() {
    let mut tariff = tariffs::active();
    let review = tariff.activities.awards.iter().find(|award| award.activity.as_str() == "review");
    let half = Award {
        name: Name::from("half"),
        amount: Amount::Fixed(Points::at_least_zero(25)),
        often: Default::default(),
        ..review.expect("an award for a review").clone()
    };
    tariff.activities.awards.push(half);
    let ledger = play(
        tariff,
        "
        day 1   activity v1 review at X colour=red         => earned 75, lot v1 net 75, pending 75
        day 2   activity v2 review at X colour=red         => earned 25, total 100
    ",
    );
    assert_eq!(issued(&ledger), ["Accrual review 50", "Accrual half 25", "Accrual half 25"]);
}
