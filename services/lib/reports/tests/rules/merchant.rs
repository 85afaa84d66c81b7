//! Scenarios of a merchant's questions: a quarter of two members and a card, every figure worked out by hand.
//!
//! Shown to fail: where a card's days stay the card's (`buyer.rs`, `whose` returns `id.clone()`), revenue before joining
//! and the first member's purchases are gone.

use crate::scenario::{Ledger, play, tariffs};
use domain::Event;
use domain::calendar::Span;
use domain::tariff::{Expiry, Tariff};
use reports::merchant::{Answers, Asked};
use reports::sheet::{Cell, Sheet};
use reports::{Merchant, Prices, Question};

pub(crate) const ALL: Asked = Asked { months: None, lapsed_after: 30, top: 10 };

/// Earns 5 %, spendable after 14 days, gone after 60.
fn sixty_days() -> Tariff {
    tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(60)))
}

/// m shows a card on day 1 and binds it on day 10; nobody binds L; n begins in February. Of Q and S nothing is kept.
const QUARTER: &str = "
    day 1   sale P at X 1000 via K
    day 5   sale U at X 400 via L
    day 10  bind b1 card K to m at X
    day 12  sale Q at Y 2000
    day 35  sale R at X 600 paying 40
    day 36  sale S at X 300 for n off 30:spring
    day 40  return r1 of Q at Y
    day 41  return r2 of S at X for n
    day 80  sale T at X 1000 for n
    day 90  pass";

/// What all events of `ledger` answer.
pub(crate) fn told(ledger: &Ledger, asked: Asked) -> Answers {
    answers(ledger.all.iter(), &ledger.tariffs, asked)
}

/// What `events` answer, in whatever order.
pub(crate) fn answers<'e>(
    events: impl Iterator<Item = &'e Event>,
    tariffs: &domain::tariff::Tariffs,
    asked: Asked,
) -> Answers {
    let mut merchant = Merchant::new(Prices::of("test", tariffs).unwrap(), tariffs);
    for event in events {
        match event {
            Event::Entry(entry) => merchant.post(entry).unwrap(),
            Event::Outcome(record) => merchant.hear(record),
            _ => {}
        }
    }
    merchant.finish(asked).unwrap()
}

/// The lines of a sheet, one text each.
pub(crate) fn lines(sheet: &Sheet) -> Vec<String> {
    let cell = |(column, cell): (_, &Cell)| match cell {
        Cell::Nothing => "-".to_owned(),
        cell => sheet.exact(column, cell),
    };
    sheet
        .rows
        .iter()
        .map(|row| sheet.columns.iter().zip(row).map(cell).collect::<Vec<_>>().join(" "))
        .collect()
}

fn quarter(question: Question) -> Vec<Vec<String>> {
    let sheets = told(&play(sixty_days(), QUARTER), ALL).to(question).unwrap();
    sheets.iter().map(lines).collect()
}

#[test]
fn revenue_per_member_before_and_after_joining() {
    let expected = [
        "2026-01 1000.00 1 1000.00 2000.00 1 2000.00",
        "2026-02 0.00 0 - -1400.00 2 -700.00",
        "2026-03 0.00 0 - 1000.00 2 500.00",
        "together 1000.00 1 1000.00 1600.00 2 800.00",
    ];
    assert_eq!(quarter(Question::Revenue), [expected]);
}

#[test]
fn members_against_cards_that_nobody_had_bound() {
    let expected = [
        "2026-01 0 2000.00 - 2 1400.00 700.00 0.5882",
        "2026-02 1 -1400.00 -1400.00 0 0.00 - -",
        "2026-03 1 1000.00 1000.00 0 0.00 - 1.0000",
        "together 2 1600.00 800.00 2 1400.00 700.00 0.5333",
    ];
    assert_eq!(quarter(Question::Members), [expected]);
}

#[test]
fn churn_after_thirty_days() {
    let expected = ["2026-01 0 1 1 0 0 1 0.0000", "2026-02 1 1 0 1 1 1 0.5000", "2026-03 1 1 1 0 1 1 0.5000"];
    assert_eq!(quarter(Question::Churn), [expected]);
}

#[test]
fn s31_cost_of_discounts_and_of_points() {
    let [money, points, breakage] = &quarter(Question::Cost)[..] else { panic!("expected three sheets") };
    let expected = [
        "2026-01 3400.00 0.00 0.0000 170.00 0.00 0.0000 0.00 0.00 170.00",
        "2026-02 -1400.00 0.00 - 43.00 40.00 - 0.00 0.00 58.00",
        "2026-03 1000.00 0.00 0.0000 50.00 0.00 0.0000 0.00 30.00 78.00",
    ];
    assert_eq!(money[..], expected);
    let expected = [
        "2026-01 bonus 170 0 0 0 0 0 170 0",
        "2026-02 bonus 43 115 40 0 0 0 58 0",
        "2026-03 bonus 50 0 0 0 30 0 78 0",
    ];
    assert_eq!(points[..], expected);
    let expected = [
        "2026-01 bonus 70 40 30 0 0 0.4285",
        "2026-02 bonus 28 0 0 0 28 0.0000",
        "2026-03 bonus 50 0 0 0 50 0.0000",
    ];
    assert_eq!(breakage[..], expected);
}

#[test]
fn cohorts_by_the_month_of_joining() {
    let expected = [
        "2026-01 0 1 0 0.0000 2000.00 2000.00",
        "2026-01 1 1 1 1.0000 -1400.00 -1400.00",
        "2026-01 2 1 0 0.0000 0.00 0.00",
        "2026-02 0 1 0 0.0000 0.00 0.00",
        "2026-02 1 1 1 1.0000 1000.00 1000.00",
    ];
    assert_eq!(quarter(Question::Cohorts), [expected]);
}

#[test]
fn the_most_active_members() {
    let expected =
        ["m 2 1600.00 800.00 40.00 78.00 40.00 2026-02-04", "n 1 1000.00 1000.00 0.00 50.00 0.00 2026-03-21"];
    assert_eq!(quarter(Question::Active), [expected]);
    let asked = Asked { months: Some("2026-03".parse().unwrap()), top: 1, ..ALL };
    let march = told(&play(sixty_days(), QUARTER), asked).to(Question::Active).unwrap();
    assert_eq!(lines(&march[0]), ["n 1 1000.00 1000.00 0.00 50.00 0.00 2026-03-21"]);
}

#[test]
fn the_rewards_most_used() {
    let [points, offers] = &quarter(Question::Rewards)[..] else { panic!("expected two sheets") };
    assert_eq!(points[..], ["rule base bonus 6 263", "paid at X bonus 1 40"]);
    assert_eq!(offers[..], ["spring 1 30.00"]);
}

#[test]
fn s32_gifts_are_what_points_were_exchanged_for_and_no_payment() {
    let ledger = play(
        tariffs::stamps(),
        "
        day 1   sale P at X 100x12
        day 2   sale Q at X 100x4
        day 3   order o1 treat at X as mask
        day 40  pass",
    );
    let sheets = told(&ledger, ALL).to(Question::Rewards).unwrap();
    let expected = ["rule stamp bonus 2 16", "exchange ten gift 1 1", "exchange treat mask 1 1"];
    assert_eq!(lines(&sheets[0]), expected);
}

#[test]
fn what_a_discount_cost_comes_back_with_what_is_returned() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 100x3 100 off 10:spring 5:coupon
        day 32  return r1 of P at X 1x1
        day 33  return r2 of P at X 1x1
        day 60  return r3 of P at X 1x1 2
    ",
    );
    let sheets = told(&ledger, ALL).to(Question::Cost).unwrap();
    // 15.00 off 200.00; of 100.00 in three pieces 33.33, 66.66 and 100.00 came back, at last the other 100.00, too.
    let months: Vec<i64> = sheets[0].figures("discounts");
    assert_eq!(months, [1500, -499, -1001]);
}

#[test]
fn a_member_who_was_merged_is_one_person_and_a_replaced_card_is_its_successor() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 1000 via K
        day 2   replace c1 card K by L at X
        day 3   sale Q at X 1000 via L
        day 4   bind b1 card L to n at X
        day 5   sale R at X 1000
        day 6   merge g1 of m for n
        day 40  pass",
    );
    let answers = told(&ledger, ALL);
    assert_eq!(
        lines(&answers.to(Question::Active).unwrap()[0])[0].split(' ').take(3).collect::<Vec<_>>(),
        ["m", "3", "3000.00"]
    );
    let members = answers.to(Question::Members).unwrap();
    assert_eq!(
        (members[0].figures("member_purchases"), members[0].figures("other_purchases")),
        (vec![1, 1], vec![2, 2])
    );
}
