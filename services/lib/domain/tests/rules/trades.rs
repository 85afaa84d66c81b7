//! Scenarios of what answers tell in money, and of accounts that become one (S16, S22, S23, S27).
//!
//! Shown to fail: where a return tells each line's whole amount (`new.amount.0` for its returned share), the first says
//! `amount: expected -5000`.

use crate::scenario::{play, tariffs};
use domain::event::OutcomeRecord;
use domain::{Event, Minor};

#[test]
fn s27_an_answer_tells_the_money_of_a_purchase_and_what_a_return_takes_of_it() {
    play(
        tariffs::base(),
        "
        day 1   sale P at X 2000                    => amount 200000, by_points 0
        day 20  sale Q at Y 100x2 40 paying 70      => amount 14000, by_points 7000, trades 1
        day 20  sale Q at Y 100x2 40 paying 70      => outcome duplicate, trades 0
        day 21  return r1 of Q at Y 1x1             => amount -5000, by_points -2500
        day 22  return r2 of Q at Y 1x3 2           => amount -9000, by_points -4500
        day 23  return r3 of Q at Y                 => outcome rejected, trades 0
        day 24  pass                                => trades 0
    ",
    );
}

#[test]
fn s22_a_return_that_waited_tells_its_money_when_it_is_applied() {
    play(
        tariffs::base(),
        "
        day 1   return r1 of P at X                 => outcome parked, trades 0
        day 2   sale P at X 1000 dated day 1        => trades 2, amount 0
    ",
    );
}

#[test]
fn s25_a_sale_in_quarantine_tells_its_money_when_it_is_released() {
    play(
        tariffs::base(),
        "
        day 60  sale P at X 1000 dated day 1        => outcome quarantined, trades 0
        day 61  release q1 of P at X                => later applied, amount 100000
    ",
    );
}

#[test]
fn s27_what_offers_took_off_is_told_and_changes_nothing() {
    let script = |off: &str| format!("day 1  sale P at X 1000 {off}  => earned 50, amount 100000");
    let told = |script: &str| {
        let ledger = play(tariffs::base(), script);
        let record = ledger.all.iter().find_map(|event| match event {
            Event::Outcome(record) => Some(record.clone()),
            _ => None,
        });
        record.expect("an answer")
    };
    let (with, without) = (told(&script("off 50:spring 30:coupon")), told(&script("")));
    let discounts = with.trade.clone().expect("money").discounts;
    let discounts: Vec<(&str, Minor)> = discounts.iter().map(|it| (it.offer.as_str(), it.amount)).collect();
    assert_eq!(discounts, [("spring", Minor(5000)), ("coupon", Minor(3000))]);
    assert_eq!(OutcomeRecord { trade: None, ..with }, OutcomeRecord { trade: None, ..without });
}

#[test]
fn the_answer_to_a_binding_or_a_merge_names_both_accounts() {
    play(
        tariffs::base(),
        "
        day 1   sale P at X 2000 via K              => linked none, amount 200000
        day 3   bind b1 card K to m at Z            => linked m+K, trades 0
        day 4   bind b2 card K to m at Z            => linked K+m
        day 5   sale Q at X 1000 via K              => amount 100000
        day 5   sale R at X 1000 for n
        day 6   merge g1 of m for n                 => linked m+n
    ",
    );
}
