//! Scenarios of points that are unlike: of two wallets, of stamps and gifts, of versions that value them otherwise, of
//! wallets with decimal digits.
//!
//! Shown to fail: where the price of an exchange counts as paid (`points.rs`, `Part::Price`), its money says redeemed
//! 10.00; where a redemption is told apart by its cause alone (`reward.rs`, `is_first`), premium is 0 times; where a lot
//! keeps its month in UTC (`lot_month.rs`), the calendar says 2026-01.

use crate::merchant::{ALL, lines, told};
use crate::scenario::{Ledger, play, play_versions, tariffs};
use domain::Points;
use domain::calendar::Span;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::tariff::{ByTier, Condition, Effect, Tariff};
use domain::{Name, Timestamp};
use reports::Question;
use reports::sheet::Cell;

fn sheet(ledger: &Ledger, question: Question, place: usize) -> Vec<String> {
    lines(&told(ledger, ALL).to(question).unwrap()[place])
}

#[test]
fn a_redemption_of_two_wallets_counts_once_in_each() {
    let ledger = play(
        tariffs::premium(Limits::default(), Limits::default()),
        "
        day 1   grant g at X 100
        day 1   grant h in premium at X 500
        day 1   grant i at X 100
        day 2   hold R at X 250
        day 3   capture c of R at X 250
        day 4   pass",
    );
    let rewards = sheet(&ledger, Question::Rewards, 0);
    let expected = ["rule (operators) premium 1 500", "paid at X bonus 1 200", "paid at X premium 1 50"];
    assert_eq!(rewards[1..], expected);
}

#[test]
fn s29_what_several_rules_gave_is_each_ones_part_and_all_of_it() {
    let bonus = |points| Effect::Bonus(Points::at_least_zero(points));
    let mut tariff = tariffs::with_rules(vec![
        tariffs::rule("base", Condition::default(), tariffs::rate("0.05")),
        tariffs::rule("welcome", tariffs::from(1_000), bonus(10)),
        tariffs::rule(
            "double",
            tariffs::group("toys"),
            Effect::Multiplier(ByTier::All(tariffs::factor("2"))),
        ),
        tariffs::rule("least", Condition::default(), Effect::AtLeast(Points::at_least_zero(7))),
    ]);
    tariff.terms[0].minimum = Points::at_least_zero(1);
    let ledger = play(
        tariff,
        "
        day 1   sale P at X 1000 500:toys    => earned 110
        day 2   sale Q at X 40               => earned 7
        day 3   sale R at X 90:toys          => earned 9
        day 4   pass",
    );
    let rewards = sheet(&ledger, Question::Rewards, 0);
    // P: 75 by the rate, 10 of welcome, 25 more of toys; Q: 2 and 5 more; R: 4.5 and 4.5 more, rounded together.
    let expected =
        ["rule base bonus 3 82", "rule least bonus 3 5", "rule double bonus 2 29", "rule welcome bonus 1 10"];
    assert_eq!(rewards, expected);
}

/// Stamps and gifts that pay for nothing.
fn counted() -> Tariff {
    let mut tariff = tariffs::stamps();
    for wallet in &mut tariff.wallets {
        wallet.limits = Limits { share: Factor::ZERO, ..Limits::default() };
    }
    tariff
}

const STAMPS: &str = "
    day 1   sale P at X 100x12
    day 2   order o1 treat at X as mask
    day 3   sale Q at X 100x5
    day 4   order o2 treat at X as mask
    day 5   cancel c of o2 at X
    day 40  pass";

#[test]
fn s32_what_pays_for_nothing_is_worth_nothing() {
    let money = sheet(&play(counted(), STAMPS), Question::Cost, 0);
    assert_eq!(money[0], "2026-01 200.00 0.00 0.0000 0.00 0.00 0.0000 0.00 0.00 0.00");
}

#[test]
fn s32_an_exchange_is_no_payment_and_its_gift_was_granted_for_nothing_else() {
    // 12 stamps, of which ten are a gift at once; of the 2 left no mask is had, of 7 one, and its order is cancelled.
    let ledger = play(tariffs::stamps(), STAMPS);
    let money = sheet(&ledger, Question::Cost, 0);
    // 17.00 issued, 10.00 given for a gift worth 1.00: 7 stamps and the gift are left.
    assert_eq!(money[0], "2026-01 200.00 0.00 0.0000 17.00 0.00 0.0000 9.00 0.00 8.00");
    let points = sheet(&ledger, Question::Cost, 1);
    assert_eq!(points[0], "2026-01 bonus 17 0 0 10 0 0 7 0");
    let rewards = sheet(&ledger, Question::Rewards, 0);
    assert!(!rewards.iter().any(|line| line.starts_with("paid")), "{rewards:?}");
}

#[test]
fn s26_liability_is_what_the_version_in_force_lets_members_pay() {
    let february = Timestamp(1_769_904_000_000);
    let mut dearer = Tariff { version: 2, from: february, ..tariffs::base() };
    dearer.wallets[0].point_value = tariffs::factor("2");
    let ledger = play_versions(
        vec![tariffs::base(), dearer],
        "
        day 1   sale P at X 2000
        day 40  sale Q at X 1000 paying 100
        day 60  pass",
    );
    let cost = told(&ledger, ALL).to(Question::Cost).unwrap();
    // 100 of the first version, 1.00 each in January and 2.00 each in February, when 100 of them are spent: settled at
    // the 1.00 they were issued at (S35). What Q earned is worth 2.00 each.
    assert_eq!(cost[0].figures("liability")[0], 10_000);
    assert_eq!(cost[0].figures("redeemed")[1], 10_000);
    let outstanding = cost[1].figures("outstanding")[1];
    assert_eq!(cost[0].figures("liability")[1], outstanding * 200);
    assert!(outstanding > 0);
}

#[test]
fn lots_and_periods_have_one_calendar() {
    let tariff = Tariff {
        zone: chrono_tz::Europe::Moscow,
        ..tariffs::with_terms(|terms| {
            terms.expiry = domain::tariff::Expiry::AfterAccrual(Span::Days(60));
        })
    };
    let ledger = play(tariff, "day 31 22:00 sale P at X 2000\n day 120 pass");
    let cost = told(&ledger, ALL).to(Question::Cost).unwrap();
    assert_eq!(lines(&cost[2]), ["2026-02 bonus 100 0 100 0 0 1.0000"]);
    assert_eq!(lines(&cost[1])[0], "2026-02 bonus 100 0 0 0 0 0 100 0");
}

#[test]
fn s01_points_are_told_in_whole_units_and_never_under_a_currency() {
    let mut tariff = tariffs::base();
    tariff.wallets[0].scale = 2;
    let ledger = play(tariff, "day 1  sale P at X 1234.50\n day 2 pass");
    let answers = told(&ledger, ALL);
    let points = &answers.to(Question::Cost).unwrap()[1];
    assert_eq!(lines(points)[0], "2026-01 bonus 61.72 0.00 0.00 0.00 0.00 0.00 61.72 0.00");
    assert_eq!(points.shown(&points.columns[2], &Cell::Points(123_456_789, 2)), "1,234,567.89");
    assert_eq!(points.heading(), "What became of points");
    let money = &answers.to(Question::Cost).unwrap()[0];
    assert_eq!(money.heading(), "Cost of discounts against cost of points, in money (RUB)");
    assert_eq!(money.figures("issued"), [6172]);
    assert_eq!(ledger.tariffs.first("test").unwrap().wallets[0].name, Name::from("bonus"));
}
