//! Scenarios of who is behind an account: cards that are bound late, twice and again, and what counts as a purchase.
//!
//! Shown to fail: where a card's points are its first member's (`buyer.rs`, `Timestamp::MIN` for `*decided` of what
//! turned), m has n's 60.00; where nothing undone is forgotten (`forget_undone`), m bought four times.

use crate::merchant::{ALL, lines, told};
use crate::scenario::{play, tariffs};
use reports::Question;

#[test]
fn what_a_card_bought_before_its_binding_is_no_members_purchase_whenever_the_member_joined() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 1000
        day 5   sale Q at X 400 via K
        day 10  bind b1 card K to m at X
        day 12  sale R at X 200 via K
        day 40  pass",
    );
    let answers = told(&ledger, ALL);
    let revenue = answers.to(Question::Revenue).unwrap();
    let expected =
        ["2026-01 400.00 1 400.00 1200.00 1 1200.00", "together 400.00 1 400.00 1200.00 1 1200.00"];
    assert_eq!(lines(&revenue[0]), expected);
    let members = answers.to(Question::Members).unwrap();
    assert_eq!(lines(&members[0])[0], "2026-01 2 1200.00 600.00 1 400.00 400.00 0.7500");
    let active = answers.to(Question::Active).unwrap();
    assert_eq!(lines(&active[0]), ["m 3 1600.00 533.33 0.00 80.00 0.00 2026-01-12"]);
}

#[test]
fn points_of_a_card_are_those_of_whoever_bound_it_next() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale A at X 1000 via K
        day 5   bind b1 card K to m at X
        day 10  unbind u1 card K at X
        day 12  sale B at X 1200 via K
        day 20  bind b2 card K to n at X
        day 22  sale C at X 200 via K
        day 40  pass",
    );
    let active = told(&ledger, ALL).to(Question::Active).unwrap();
    let expected =
        ["n 2 1400.00 700.00 0.00 70.00 0.00 2026-01-22", "m 1 1000.00 1000.00 0.00 50.00 0.00 2026-01-01"];
    assert_eq!(lines(&active[0]), expected);
}

#[test]
fn a_binding_that_comes_late_takes_what_was_bought_since() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale A at X 1000 via K
        day 15  sale B at X 600 via K
        day 20  bind b1 card K to m at X dated day 10
        day 40  pass",
    );
    let answers = told(&ledger, ALL);
    let revenue = answers.to(Question::Revenue).unwrap();
    assert_eq!(lines(&revenue[0])[0], "2026-01 1000.00 1 1000.00 600.00 1 600.00");
}

#[test]
fn together_a_member_counts_once() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 1000 via K
        day 33  sale Q at X 500 via K
        day 62  bind b1 card K to m at X
        day 63  sale R at X 300 for n
        day 95  sale S at X 300
        day 100 pass",
    );
    let revenue = told(&ledger, ALL).to(Question::Revenue).unwrap();
    assert_eq!(lines(&revenue[0]).last().unwrap(), "together 1500.00 1 1500.00 600.00 2 300.00");
}

#[test]
fn a_purchase_of_which_nothing_was_kept_is_none() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 1000x2
        day 2   return r1 of P at X 1x1
        day 3   sale Q at X 0 off 30:spring
        day 4   sale R at X 700x2 off 30:spring
        day 5   return r2 of R at X 1x1
        day 6   return r3 of R at X 1x1
        day 7   return r4 of Q at X
        day 8   sale S at X 100 via K
        day 9   bind b1 card K to m at X
        day 10  return r5 of S at X
        day 40  pass",
    );
    let answers = told(&ledger, ALL);
    let active = answers.to(Question::Active).unwrap();
    assert_eq!(lines(&active[0]), ["m 1 500.00 500.00 0.00 25.00 0.00 2026-01-01"]);
    let members = answers.to(Question::Members).unwrap();
    assert_eq!(members[0].figures("member_purchases")[0], 1);
    assert_eq!(members[0].figures("other_purchases")[0], 0);
}

#[test]
fn the_discount_on_what_cost_nothing_comes_back_with_the_last_of_it() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 0x2 off 30:spring
        day 33  return r1 of P at X 1x1
        day 62  return r2 of P at X 1x1
        day 95  pass",
    );
    let cost = told(&ledger, ALL).to(Question::Cost).unwrap();
    assert_eq!(cost[0].figures("discounts")[..3], [3000, 0, -3000]);
}
