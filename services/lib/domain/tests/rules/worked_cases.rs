//! The worked cases of the ledger rules, by their numbers.

use crate::scenario::{play, tariffs};
use domain::tariff::{Tariff, Window};

fn base(script: &str) {
    play(tariffs::base(), script);
}

fn under(tariff: Tariff, script: &str) {
    play(tariff, script);
}

#[test]
fn case_01_s16_rounding_one_by_one() {
    base(
        "
        day 1   sale P at X 30 30 30          => earned 4, total 4
        day 2   return r1 of P at X 1         => clawed 1, total 3
        day 3   return r2 of P at X 2         => clawed 2, total 1
        day 4   return r3 of P at X 3         => clawed 1, total 0
    ",
    );
}

#[test]
fn case_01_s16_rounding_at_once() {
    base(
        "
        day 1   sale P at X 30 30 30          => earned 4
        day 2   return r1 of P at X           => clawed 4, total 0
    ",
    );
}

#[test]
fn case_02_s16_threshold() {
    under(
        tariffs::threshold(),
        "
        day 1   sale P at X 50000 190         => earned 3509
        day 2   return r1 of P at X 1         => clawed 3500, total 9
    ",
    );
}

#[test]
fn case_03_s17_s18_a_returned_lot_that_was_spent_is_repointed() {
    base("
        day 1   sale P at X 2000              => lot P pending 100
        day 2   sale Q at Y 1600              => lot Q pending 80
        day 20  hold R at Z 150               => decision approved, held 150, available 30
        day 20  capture c of R at Z 150       => lot P spent 100, lot Q spent 50
        day 21  return r of P at X            => clawed 100, lot Q spent 80, lot P revoked 30, lot P spent 70, debt 70
        day 22  sale S at X 2000              => lot S pending 100, debt 70
        day 37  pass                          => lot S spent 70, lot P revoked 100, lot P spent 0, available 30, debt 0
    ");
}

#[test]
fn case_04_s04_s19_tenders() {
    base(
        "
        day 1   sale P at X 10000             => earned 500
        day 20  sale Q at X 1000 500 paying 300 => used 300, earned 60, available 200
        day 21  return r of Q at X 2          => given 100, available 300, clawed 20
    ",
    );
}

#[test]
fn case_05_s19_the_lot_had_expired_in_between() {
    let grace_free = tariffs::with_terms(|terms| {
        terms.expiry = domain::tariff::Expiry::AfterAccrual(domain::calendar::Span::Days(30));
    });
    under(grace_free, "
        day 1   sale P at X 6000              => earned 300
        day 20  sale Q at X 1000 500 paying 300 => used 300, available 0
        day 40  return r of Q at X 2          => given 100, lot P expired 100, lot P available 0, lot P spent 200
    ");
}

#[test]
fn case_05_s19_restored_and_expired_are_two_entries() {
    let short = tariffs::with_terms(|terms| {
        terms.expiry = domain::tariff::Expiry::AfterAccrual(domain::calendar::Span::Days(30));
    });
    under(
        short,
        "
        day 1   sale P at X 6000
        day 20  sale Q at X 300 paying 300    => earned 0
        day 40  return r of Q at X            => kinds give_back+expiry, given 300, expired 300
    ",
    );
}

#[test]
fn case_06_s22_s24_the_return_comes_first() {
    base("
        day 1   return r of P at X            => outcome parked, reason purchase_not_seen
        day 2   sale P at X 2000 dated day 1  => outcome applied, later applied, earned 100, total 0, clawed_all 100
    ");
    base(
        "
        day 1   sale P at X 2000              => outcome applied
        day 2   return r of P at X            => outcome applied, total 0, clawed_all 100
    ",
    );
}

#[test]
fn case_07_s13_expiry_during_a_hold() {
    let midnight = || {
        tariffs::with_terms(|terms| {
            terms.expiry = domain::tariff::Expiry::EndOf(domain::calendar::Unit::Month);
        })
    };
    under(
        midnight(),
        "
        day 1         sale P at X 1000         => earned 50
        day 31 23:59  hold R at X 50           => held 50
        day 32 00:05  pass                     => held 50, expired 0
        day 32 00:10  cancel x of R at X       => expired 50, available 0, kinds release+expiry
    ",
    );
    under(
        midnight(),
        "
        day 1         sale P at X 1000         => earned 50
        day 31 23:59  hold R at X 50           => held 50
        day 32 00:10  capture c of R at X 50   => spent 50, expired 0
    ",
    );
}

#[test]
fn case_08_s06_leap_day_and_month_ends() {
    base(
        "
        2028-02-29 10:00  sale P at X 1000     => lot P expires 2029-02-28T10:00:00.000Z
    ",
    );
    let month = tariffs::with_terms(|terms| {
        terms.expiry = domain::tariff::Expiry::AfterAccrual(domain::calendar::Span::Months(1));
    });
    under(
        month.clone(),
        "
        2027-01-31 10:00  sale P at X 1000     => lot P expires 2027-02-28T10:00:00.000Z
    ",
    );
    under(
        month,
        "
        2028-01-31 10:00  sale P at X 1000     => lot P expires 2028-02-29T10:00:00.000Z
    ",
    );
}

#[test]
fn case_09_s14_twenty_requests_at_one_moment() {
    let mut script = "day 1 sale P at X 2000 => earned 100\n".to_owned();
    script += "day 20 hold R0 at Z 60 => decision approved, available 40\n";
    for number in 1..20 {
        script += &format!(
            "day 20 hold R{number} at Z 60 => decision refused, reason insufficient_points, held 60\n"
        );
    }
    base(&script);
}

#[test]
fn case_11_s23_conflict() {
    base(
        "
        day 1   sale P at X 1000              => outcome applied, earned 50
        day 2   sale P at X 1500 dated day 1  => outcome conflict, reason content_differs, total 50, entries 0
    ",
    );
}

#[test]
fn case_11_s23_duplicate() {
    base(
        "
        day 1   sale P at X 1000               => outcome applied, earned 50
        day 2   sale P at X 1000 dated day 1   => outcome duplicate, earned 50, total 50, entries 0
    ",
    );
}

#[test]
fn case_12_s18_s19_points_given_back_lift_the_debt() {
    base(
        "
        day 1   sale P at X 2000              => lot P pending 100
        day 2   sale Q at Y 1600              => lot Q pending 80
        day 20  sale G at Z 60 90 paying 150  => used 150, earned 0
        day 21  return r of P at X            => debt 70, available 0
        day 22  return g of G at Z 1          => given 60, debt 10, available 0
    ",
    );
}

#[test]
fn case_12_s18_s19_the_other_way_round() {
    base(
        "
        day 1   sale P at X 2000              => lot P pending 100
        day 2   sale Q at Y 1600              => lot Q pending 80
        day 20  sale G at Z 60 90 paying 150  => used 150
        day 21  return g of G at Z 1          => given 60, available 90, lot Q spent 0, lot P spent 90
        day 22  return r of P at X            => lot Q spent 80, debt 10, available 0
    ",
    );
}

#[test]
fn case_13_s17_the_expired_part_first() {
    let short = || {
        tariffs::with_terms(|terms| {
            terms.expiry = domain::tariff::Expiry::AfterAccrual(domain::calendar::Span::Days(30));
        })
    };
    under(
        short(),
        "
        day 1   sale P at X 1000 1000         => earned 100
        day 20  hold R at Z 60
        day 20  capture c of R at Z 60        => available 40
        day 35  pass                          => expired 40
        day 36  return r of P at X 1          => clawed 50, expired 0, debt 10
    ",
    );
    under(
        short(),
        "
        day 1   sale P at X 1000 1000         => earned 100
        day 20  hold R at Z 60
        day 20  capture c of R at Z 60        => available 40
        day 21  return r of P at X 1          => clawed 50, available 0, debt 10
        day 36  pass                          => expired 0, debt 10
    ",
    );
}

#[test]
fn case_14_s02_one_rounding_for_one_grant() {
    under(
        tariffs::car_service(),
        "
        day 1   sale P at X 990:work 1005:parts => earned 160
    ",
    );
}

#[test]
fn case_15_s02_s16_period() {
    under(
        tariffs::monthly(),
        "
        day 1   sale P at X 1666.67            => earned 250
        day 2   sale Q at X 1666.67            => total 500
        day 3   sale R at X 1666.66            => total 750
        day 32  pass                           => available 750
        day 60  pass                           => available 0, expired 750
    ",
    );
    under(
        tariffs::monthly(),
        "
        day 1   sale P at X 200                => total 6
        day 2   sale Q at X 1400               => total 240
        day 3   return r of P at X             => clawed 100, total 140
    ",
    );
}

#[test]
fn case_18_s16_a_step_gives_points_back() {
    under(
        tariffs::steps(),
        "
        day 1   sale P at X 100 10 90          => earned 20
        day 2   return r of P at X 1 2         => clawed 11, total 9
    ",
    );
    under(
        tariffs::steps(),
        "
        day 1   sale P at X 100 10 90          => earned 20
        day 2   return r1 of P at X 1          => clawed 15, total 5
        day 3   return r2 of P at X 2          => earned 4, total 9
    ",
    );
}

#[test]
fn case_10_s24_in_order() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 1   sale A at X 9000              => earned 450, tier silver
        day 2   sale B at X 2000              => earned 100, tier gold
        day 3   sale C at X 1000              => earned 100, total 650
    ",
    );
}

#[test]
fn case_10_s24_the_last_comes_first() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 4   sale C at X 1000 dated day 3  => earned 50, tier silver
        day 4   sale B at X 2000 dated day 2  => earned 100, total 150, tier silver
        day 4   sale A at X 9000 dated day 1  => earned 450, total 650, tier gold, lot C net 100
    ",
    );
}

#[test]
fn case_17_s24_what_a_card_collected_counts_for_its_member() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 1   sale A at X 9000 via K        => earned 450, K: total 450
        day 2   bind b card K to m at Z       => outcome applied, total 450, K: total 0, tier silver
        day 3   sale B at X 2000              => earned 100, tier gold
        day 4   sale C at X 1000              => earned 100, total 650
    ",
    );
}

#[test]
fn case_17_s24_the_binding_first() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 2   bind b card K to m at Z              => outcome applied, total 0
        day 3   sale B at X 2000                     => earned 100, tier silver
        day 4   sale C at X 1000                     => earned 50, tier silver
        day 5   sale A at X 9000 via K dated day 1   => earned 450, total 650, tier gold, lot C net 100
    ",
    );
}

#[test]
fn case_19_s05_a_card_in_debt_is_bound() {
    base(
        "
        day 1   sale P at X 2000 via K        => K: pending 100
        day 20  hold R at Z 100 via K         => decision approved, K: held 100
        day 20  capture c of R at Z 100 via K => K: spent 100
        day 21  return r of P at X 1x0.5 via K => clawed 50, K: debt 50
        day 22  bind b card K to m at Z       => outcome applied, debt 50, spent 100, redeemed 100, moved_in 50, total 0
        day 22  pass                          => K: debt 0, K: moved 100, K: redeemed 0, K: spent 0
        day 23  sale S at X 2000              => debt 50
        day 38  pass                          => debt 0, available 50, lot P revoked 50, lot P spent 50
    ",
    );
}

#[test]
fn s04_worked_case_16_points_go_to_lines_by_what_limits_let_them_pay() {
    under(
        tariffs::paying(tariffs::only(&[("a", "0.10"), ("b", "0.50")])),
        "
        day 1   grant g at X 400
        day 2   hold R at X 351 buying 1000:a 500:b     => decision refused, reason over_limit, largest 350
        day 2   hold S at X 350 buying 1000:a 500:b     => decision approved, largest 0, held 350
        day 2   cancel c of S at X                      => available 400
        day 3   sale P at X 1000:a 500:b paying 300     => used 300, reason none, paid P 1 86, paid P 2 214
        day 4   return r of P at X 1                    => given 86
        day 4   return s of P at X 2                    => given 214
    ",
    );
}
