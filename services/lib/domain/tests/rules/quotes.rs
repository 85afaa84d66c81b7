//! Scenarios of quotes: till price, earnings, what points may pay, the way to the next tier, and why (S07, S29).

use crate::scenario::tariffs::{self, factor};
use crate::scenario::{Ledger, play};
use domain::command::SaleLine;
use domain::offer::{Discount, Offer, Offers};
use domain::purchase::Quantity;
use domain::quote::{Ask, Pay, Quote, at_tier, quote, quote_visitor};
use domain::tariff::{ByTier, Condition, Effect, Rounding, Tariff, Tariffs, Window};
use domain::{Entity, EntityId, Minor, Name, Points, Timestamp};
use std::sync::Arc;

/// 1 February 2026.
const AT: Timestamp = Timestamp(1_769_904_000_000);

fn ask(prices: &[i64]) -> Ask {
    let line = |(price, line): (&i64, i32)| SaleLine {
        line,
        sku: Name::from("item"),
        group: Name::default(),
        quantity: Quantity(1_000),
        amount: Minor(price * 100),
        promotional: false,
    };
    Ask {
        partner: Name::from("X"),
        at: AT,
        lines: prices.iter().zip(1..).map(line).collect(),
        pay: None,
        attributes: Vec::new(),
    }
}

fn tariffs_of(tariff: &Tariff) -> Tariffs {
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::new(tariff.clone()));
    tariffs
}

fn member(tariff: &Tariff, tier: &str) -> Entity {
    at_tier(tariff, EntityId::member("test", "m"), &Name::from(tier), AT)
}

fn asked(tariff: &Tariff, entity: &Entity, ask: &Ask) -> Quote {
    quote(&tariffs_of(tariff), entity, ask).expect("a quote")
}

fn why(quote: &Quote) -> Vec<String> {
    let told = |verdict: &domain::because::Verdict| {
        format!("{}: {}", verdict.name, verdict.because.words(&quote.tariff.currency))
    };
    quote.verdicts.iter().map(told).collect()
}

fn five_off() -> Offers {
    let five = Offer {
        name: Name::from("five"),
        condition: Condition::default(),
        items: Vec::new(),
        discount: Discount::Share(ByTier::All(factor("0.05"))),
        priority: 0,
        stacks: false,
        rounding: Rounding::HalfUp,
        step: Minor(1),
    };
    Offers { all: vec![five], delivery: Vec::new() }
}

#[test]
fn s29_each_rule_with_the_first_condition_that_failed() {
    let tariff = tariffs::steps();
    let told = |price: i64| why(&asked(&tariff, &member(&tariff, ""), &ask(&[price])));
    assert_eq!(told(200), ["base: applies", "ten more: applies", "small: basket 200.00 is not below 100.00"]);
    assert_eq!(
        told(90),
        ["base: basket 90.00 is below 100.00", "ten more: basket 90.00 is below 200.00", "small: applies"]
    );
    assert_eq!(told(0)[2], "small: nothing it applies to is paid in money");
}

#[test]
fn s29_a_rule_that_holds_and_gives_nothing_says_so() {
    let nothing = Effect::Rate(ByTier::Each(vec![factor("0"), factor("0.1")]));
    let rules = vec![tariffs::rule("gold only", Condition::default(), nothing)];
    let tariff = Tariff { rules, ..tariffs::tiered(Window::Lifetime) };
    let told = |tier: &str| why(&asked(&tariff, &member(&tariff, tier), &ask(&[100])));
    assert_eq!(told("silver"), ["gold only: what it gives here is nothing"]);
    assert_eq!(told("gold"), ["gold only: applies"]);
}

#[test]
fn s03_earnings_go_by_the_till_price_and_by_what_is_paid_in_money() {
    let tariff = Tariff { offers: five_off(), ..tariffs::base() };
    let ledger: Ledger =
        play(tariff.clone(), "day 1 sale P at X 10000 => earned 500\nday 20 pass => available 500");
    let mut question = ask(&[1_000, 3_000]);
    let entity = ledger.entity().clone();
    let answer = asked(&tariff, &entity, &question);
    assert_eq!((answer.priced.list(), answer.priced.till()), (Minor(400_000), Minor(380_000)));
    assert_eq!((answer.earned().get(), answer.owed()), (190, Minor(380_000)));
    assert_eq!(answer.earnings[0].by_line.iter().map(|points| points.get()).collect::<Vec<_>>(), [48, 142]);
    assert_eq!((answer.spendable[0].available.get(), answer.spendable[0].most.get()), (500, 500));
    question.pay = Some(Pay { wallet: Name::default(), points: Points::at_least_zero(300) });
    let paid = asked(&tariff, &entity, &question);
    assert_eq!((paid.earned().get(), paid.owed()), (175, Minor(350_000)));
    question.pay = Some(Pay { wallet: Name::default(), points: Points::at_least_zero(9_999) });
    let most = asked(&tariff, &entity, &question);
    assert_eq!((most.payment.as_ref().map(|it| it.points.get()), most.owed()), (Some(500), Minor(330_000)));
    let small = asked(&tariff, &entity, &ask(&[100]));
    assert_eq!((small.spendable[0].most.get(), small.spendable[0].worth), (95, Minor(9_500)));
}

#[test]
fn s02_what_a_period_would_earn_more() {
    let tariff = tariffs::monthly();
    let ledger = play(tariff.clone(), "day 32 sale P at X 900 => earned 27");
    let mut question = ask(&[100]);
    question.at = Timestamp(AT.0 + 5 * 86_400_000);
    // 900 earn 27 at 3 %, 1,000 earn 100 at 10 %.
    let answer = asked(&tariff, ledger.entity(), &question);
    assert_eq!(answer.earned().get(), 73);
    assert_eq!(why(&answer), ["share: applies"]);
}

#[test]
fn s28_the_way_to_the_next_tier() {
    let tariff = tariffs::tiered(Window::Lifetime);
    let ledger = play(tariff.clone(), "day 1 sale P at X 9000 => earned 450");
    let progress = asked(&tariff, ledger.entity(), &ask(&[10])).progress.expect("tiers");
    assert_eq!((progress.tier.as_str(), progress.spend), ("silver", Minor(900_000)));
    assert_eq!((progress.next.as_ref().map(Name::as_str), progress.missing), (Some("gold"), Minor(100_000)));
    let top = asked(&tariff, &member(&tariff, "gold"), &ask(&[10])).progress.expect("tiers");
    assert_eq!((top.next, top.missing), (None, Minor::ZERO));
    let newcomer = asked(&tariff, &member(&tariff, ""), &ask(&[10])).progress.expect("tiers");
    assert_eq!((newcomer.tier.as_str(), newcomer.missing), ("silver", Minor(1_000_000)));
}

#[test]
fn s29_a_visitor_is_told_up_to_and_why_no_more() {
    let mut tariff = tariffs::tiered(Window::Lifetime);
    let gold = Condition { tiers: vec![Name::from("gold")], ..Condition::default() };
    tariff.rules.push(tariffs::rule("gold", gold, Effect::Bonus(Points::at_least_zero(7))));
    let answer = quote_visitor(&tariffs_of(&tariff), "test", &ask(&[100])).expect("a quote");
    assert_eq!((answer.visitor, answer.earned().get()), (true, 17));
    assert!(why(&answer).contains(&"gold: no tier, expected gold".to_owned()), "{:?}", why(&answer));
    assert!(answer.progress.is_none() && answer.spendable.is_empty());
}

#[test]
fn s26_before_the_first_version_there_is_no_quote() {
    let tariff = Tariff { from: Timestamp(AT.0 + 1), ..tariffs::base() };
    let refused = quote(&tariffs_of(&tariff), &member(&tariff, ""), &ask(&[100])).expect_err("refused");
    assert!(refused.to_string().contains("would not be applied"), "{refused}");
}
