//! Scenarios of spending: burn order, holds, captures, a till that was offline (S08, S11, S13–S15, S17–S19).

use crate::scenario::{Ledger, play, tariffs};
use domain::calendar::Span;
use domain::tariff::{Expiry, Spending, Tariff};

fn base(script: &str) -> Ledger {
    play(tariffs::base(), script)
}

#[test]
fn s07_total_is_pending_and_available_held_stands_beside() {
    base(
        "
        day 1   sale P at X 1000
        day 20  sale Q at X 600               => total 80, available 50, pending 30
        day 20  hold R at X 20                => total 60, available 30, held 20
    ",
    );
}

#[test]
fn s08_soonest_expiry_first_then_the_earlier_sale() {
    base(
        "
        day 1   sale P at X 1000
        day 3   sale Q at X 1000 dated day 2
        day 3   sale S at X 1000
        day 30  hold R at X 70
        day 30  capture c of R at X 70        => lot P spent 50, lot Q spent 20, lot S spent 0
    ",
    );
}

#[test]
fn s11_capture_in_part_releases_the_rest_unless_more_follows() {
    let setup = "
        day 1   sale P at X 2000
        day 20  hold R at X 60                => held 60, available 40
    ";
    base(&format!("{setup} day 21 capture c of R at X 20      => spent 20, held 0, available 80"));
    base(&format!(
        "{setup}
        day 21  capture c1 of R at X 20 more  => spent 20, held 40, available 40
        day 21  capture c2 of R at X 50       => decision refused, reason more_than_held
        day 21  capture c3 of R at X 40       => spent 60, held 0, available 40
        day 21  capture c4 of R at X 1        => decision refused, reason hold_captured"
    ));
}

#[test]
fn s11_cancel_releases_and_a_late_capture_is_told() {
    base(
        "
        day 1   sale P at X 2000
        day 20  hold R at X 60
        day 21  cancel x of R at X            => held 0, available 100
        day 21  capture c of R at X 10        => decision refused, reason hold_cancelled
        day 22  hold S at X 60
        day 26  capture d of S at X 60        => decision refused, reason hold_expired, available 100
        day 26  capture e of T at X 60        => decision refused, reason unknown_redemption
    ",
    );
}

#[test]
fn s11_a_purchase_captures_the_hold_it_names() {
    base(
        "
        day 1   sale P at X 2000
        day 20  hold R at X 60
        day 20  sale Q at X 500 paying 40 by R  => decision approved, used 40, spent 40, held 0, available 60, earned 23
    ",
    );
}

#[test]
fn s15_an_offline_till_spends_what_was_live_then() {
    let tariff = play_expiring;
    tariff(
        "
        day 1   sale P at X 2000                        => earned 100
        day 32  pass                                    => expired 100
        day 33  sale Q at X 500 paying 80 dated day 30  => used 80, uncovered 0, spent 80, expired 20, debt 0
    ",
    );
    tariff(
        "
        day 1   sale P at X 2000
        day 33  sale Q at X 500 paying 120 dated day 30 => used 120, debt 20, spent 100, expired 0
    ",
    );
}

fn play_expiring(script: &str) {
    play(tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(30))), script);
}

#[test]
fn s15_what_is_not_covered_is_said_where_no_debt_is_declared() {
    let spending = Spending { uncovered_becomes_debt: false, ..tariffs::base().spending };
    play(
        Tariff { spending, ..tariffs::base() },
        "
        day 1   sale P at X 2000
        day 20  sale Q at X 1000 paying 150    => decision refused, reason not_covered, used 100, uncovered 50, debt 0
        day 21  return r of Q at X             => given 100, available 100
    ",
    );
}

#[test]
fn s15_a_purchase_above_its_shrunk_hold() {
    base(
        "
        day 1   sale P at X 2000
        day 20  hold R at Z 100                => held 100
        day 21  return r of P at X             => held 0, clawed 100, debt 0
        day 22  sale Q at Z 500 paying 100 by R => used 100, debt 100
    ",
    );
}

#[test]
fn s17_a_held_part_is_repointed_and_shrinks_where_nothing_is_left() {
    base(
        "
        day 1   sale P at X 2000
        day 2   sale Q at Y 600
        day 20  hold R at Z 100                => lot P held 100, available 30
        day 21  return r of P at X             => lot P revoked 100, lot Q held 30, held 30, debt 0
        day 22  capture c of R at Z 30         => spent 30
    ",
    );
}

#[test]
fn s17_the_latest_redemption_is_repointed_first() {
    base(
        "
        day 1   sale P at X 1000 1000
        day 2   sale B at Y 400
        day 20  hold R at Z 50
        day 20  capture c of R at Z 50         => lot P spent 50
        day 21  hold S at Z 50
        day 21  capture d of S at Z 50         => lot P spent 100, available 20
        day 22  return r of P at X 1           => lot B spent 20, debt 30, lot P spent 80
        day 23  sale T at X 600
        day 38  pass                           => debt 0, lot T spent 30, lot P spent 50
    ",
    );
}

#[test]
fn s18_a_released_hold_repays_debts_first() {
    base(
        "
        day 1   sale P at X 2000
        day 2   sale Q at Y 1000
        day 20  hold R at Z 120
        day 20  capture c of R at Z 120        => available 30
        day 20  hold S at Z 30                 => available 0
        day 21  return r of P at X             => debt 100
        day 22  cancel x of S at Z             => debt 70, available 0
    ",
    );
}

#[test]
fn s19_grace_lets_restored_points_live() {
    let mut tariff = tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(30)));
    tariff.spending.grace = Some(Span::Days(10));
    play(
        tariff,
        "
        day 1   sale P at X 6000
        day 20  sale Q at X 300 paying 300
        day 40  return r of Q at X             => available 300, lot P expires 2026-02-19T12:00:00.000Z
        day 51  pass                           => expired 300
    ",
    );
}

#[test]
fn s17_s18_what_is_owed_of_a_redemption_is_not_taken_from_it_again() {
    let ledger = base(
        "
        day 1   sale P at X 1000 1000         => pending 100
        day 20  sale R at X 60 paying 60      => available 40
        day 21  sale S at Y 40 paying 40      => available 0
        day 22  return r1 of P at X 1         => clawed 50, debt 50
        day 23  return r2 of P at X 2         => clawed 50, debt 100
    ",
    );
    // The latest first: all 40 of S and 10 of R, then what is left of R.
    let mut owed: Vec<i64> = ledger.entity().debts.rows().values().map(|debt| debt.open.get()).collect();
    owed.sort_unstable();
    assert_eq!(owed, [40, 60]);
}
