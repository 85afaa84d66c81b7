//! Scenarios of earning: units, rounding, dates, tiers (S02, S03, S06, S07, S20, S21, S26, S28).

use crate::scenario::{Ledger, play, tariffs};
use domain::Points;
use domain::calendar::{Span, Unit};
use domain::tariff::{Activation, Condition, Downgrade, Effect, Expiry, Level, Rounding, Tariff, Window};

fn under(tariff: Tariff, script: &str) -> Ledger {
    play(tariff, script)
}

#[test]
fn s02_rounding_modes() {
    for (mode, earned) in
        [(Rounding::Floor, 2), (Rounding::HalfEven, 2), (Rounding::HalfUp, 3), (Rounding::Ceil, 3)]
    {
        let tariff = tariffs::with_terms(|terms| terms.rounding = mode);
        under(tariff, &format!("day 1 sale P at X 50 => earned {earned}"));
    }
}

#[test]
fn s02_each_line_by_itself_where_declared() {
    under(tariffs::with_terms(|terms| terms.level = Level::Line), "day 1 sale P at X 30 30 30 => earned 3");
}

#[test]
fn s02_minimum_then_cap_and_nothing_stays_nothing() {
    let tariff = || {
        tariffs::with_terms(|terms| {
            terms.minimum = Points::at_least_zero(10);
            terms.cap = Some(Points::at_least_zero(100));
        })
    };
    under(tariff(), "day 1 sale P at X 20    => earned 10");
    under(tariff(), "day 1 sale P at X 5000  => earned 100");
    under(tariff(), "day 1 sale P at X 0     => earned 0");
}

#[test]
fn s02_a_returned_part_of_a_quantity_takes_its_share_cumulatively() {
    under(
        tariffs::base(),
        "
        day 1  sale P at X 100x3             => earned 5
        day 2  return r1 of P at X 1x1       => clawed 2, total 3
        day 3  return r2 of P at X 1x1       => clawed 2, total 1
        day 4  return r3 of P at X 1x1       => clawed 1, total 0
    ",
    );
}

#[test]
fn s03_money_paid_with_points_earns_only_where_declared() {
    let script = |earned| {
        format!(
            "
        day 1   sale A at X 10000             => earned 500
        day 20  sale P at X 1000 paying 500   => earned {earned}
    "
        )
    };
    under(tariffs::base(), &script(25));
    under(Tariff { points_earn: true, ..tariffs::base() }, &script(50));
}

#[test]
fn s06_activation_at_once_and_on_the_first_of_the_next_month() {
    let at_once = tariffs::with_terms(|terms| terms.activation = Activation::AtOnce);
    under(at_once, "day 1 sale P at X 1000 => available 50, kinds accrual+activation");
    let next = tariffs::with_terms(|terms| terms.activation = Activation::NextStart(Unit::Month));
    under(
        next,
        "
        day 10        sale P at X 1000     => pending 50
        day 31 23:59  pass                 => pending 50
        day 32 00:00  pass                 => available 50
    ",
    );
}

#[test]
fn s06_half_open_spendable_while_now_is_before_the_expiry() {
    let tariff = tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(30)));
    under(
        tariff,
        "
        day 1  12:00  sale P at X 1000     => lot P activates 2026-01-15T12:00:00.000Z
        day 15 11:59  pass                 => available 0, pending 50
        day 15 12:00  pass                 => available 50
        day 31 11:59  hold R at X 10       => decision approved
        day 31 12:00  hold S at X 10       => decision refused, expired 40, held 10
    ",
    );
}

#[test]
fn s06_expiry_rounded_to_the_end_of_its_month() {
    let tariff = tariffs::with_terms(|terms| terms.expiry_rounded_to = Some(Unit::Month));
    under(tariff, "day 10 sale P at X 1000 => lot P expires 2027-02-01T00:00:00.000Z");
}

#[test]
fn s06_local_days_in_the_programmes_zone_over_a_change_of_clocks() {
    let tariff = Tariff { zone: chrono_tz::Europe::Berlin, ..tariffs::base() };
    // 14 local days after noon in winter time is noon in summer time, an hour earlier in UTC.
    under(tariff, "2026-03-20 11:00 sale P at X 1000 => lot P activates 2026-04-03T10:00:00.000Z");
}

#[test]
fn s06_activity_extends_and_a_late_one_reopens() {
    let tariff = || {
        tariffs::with_terms(|terms| {
            terms.activation = Activation::AtOnce;
            terms.expiry = Expiry::AfterAccrual(Span::Days(30));
            terms.extended_by_purchase = Some(Span::Days(30));
        })
    };
    under(
        tariff(),
        "
        day 1   sale P at X 1000              => lot P expires 2026-01-31T12:00:00.000Z
        day 20  sale Q at X 20                => lot P expires 2026-02-19T12:00:00.000Z
        day 40  pass                          => expired 0, available 51
    ",
    );
    under(
        tariff(),
        "
        day 1   sale P at X 1000              => available 50
        day 32  pass                          => expired 50
        day 33  sale Q at X 20 dated day 20   => expired 0, available 51, lot P expires 2026-02-19T12:00:00.000Z
    ",
    );
}

#[test]
fn s20_a_pending_lot_shrinks_without_touching_available() {
    under(
        tariffs::base(),
        "
        day 1   sale A at X 1000
        day 20  sale P at X 2000              => available 50, pending 100
        day 21  return r of P at X            => available 50, pending 0, kinds clawback
    ",
    );
}

#[test]
fn s28_the_sale_that_reaches_a_level_is_rated_at_the_old_one() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 1  sale P at X 9000               => earned 450, tier silver
        day 2  sale Q at X 2000               => earned 100, tier gold
        day 3  sale R at X 1000               => earned 100, tier gold
    ",
    );
}

#[test]
fn s21_the_tier_follows_a_return_at_once_for_a_lifetime_window() {
    under(
        tariffs::tiered(Window::Lifetime),
        "
        day 1  sale P at X 9000
        day 2  sale Q at X 2000               => tier gold
        day 3  return r of Q at X             => tier silver, clawed 100
        day 4  sale R at X 500                => earned 25
    ",
    );
}

#[test]
fn s21_protected_from_returns_where_declared() {
    let mut tariff = tariffs::tiered(Window::Lifetime);
    if let Some(tiers) = &mut tariff.tiers {
        tiers.protected_from_returns = true;
    }
    under(
        tariff,
        "
        day 1  sale P at X 11000              => tier gold
        day 3  return r of P at X             => tier gold
    ",
    );
}

#[test]
fn s28_rolling_window_ages_daily() {
    under(
        tariffs::tiered(Window::Rolling(30)),
        "
        day 1   sale P at X 9000              => tier silver
        day 2   sale Q at X 2000              => tier gold
        day 30  pass                          => tier gold
        day 31  pass                          => tier silver
    ",
    );
}

#[test]
fn s28_calendar_month_falls_only_at_its_end() {
    under(
        tariffs::tiered(Window::Calendar(Unit::Month)),
        "
        day 1   sale P at X 11000             => tier gold
        day 2   return r of P at X            => tier gold
        day 32  pass                          => tier silver
    ",
    );
    under(
        tariffs::tiered(Window::Calendar(Unit::Month)),
        "
        day 1   sale P at X 11000             => tier gold
        day 32  pass                          => tier gold
        day 59  pass                          => tier gold
        day 60  pass                          => tier silver
    ",
    );
}

#[test]
fn s28_one_level_at_a_time_where_declared() {
    let mut tariff = tariffs::tiered(Window::Rolling(30));
    if let Some(tiers) = &mut tariff.tiers {
        tiers.downgrade = Downgrade::OneLevel;
        let top = tariffs::level("vip", 2_000_000);
        tiers.levels.push(top);
    }
    tariff.rules[0].effect = Effect::Rate(domain::tariff::ByTier::All(tariffs::factor("0.05")));
    under(
        tariff,
        "
        day 1   sale P at X 25000             => tier vip
        day 31  pass                          => tier gold
    ",
    );
}

#[test]
fn s26_dated_before_the_first_version_is_bad_input() {
    let mut tariff = tariffs::base();
    tariff.from = domain::Timestamp(1_767_700_000_000); // 2026-01-06
    under(
        tariff,
        "
        day 1   sale P at X 1000              => outcome dead_lettered, reason before_first_version, total 0
        day 8   sale Q at X 1000              => outcome applied
    ",
    );
}

#[test]
fn s16_a_rate_of_a_period_is_rounded_once_over_all_of_it() {
    let mut tariff = tariffs::monthly();
    tariff.rules = vec![tariffs::rule("flat", Condition::default(), tariffs::rate("0.05"))];
    under(
        tariff,
        "
        day 1  sale P at X 30              => earned 1, total 1
        day 2  sale Q at X 30              => earned 2, total 3
        day 3  sale R at X 1000            => earned 50, total 53
        day 4  return r of R at X          => clawed 50, total 3
    ",
    );
}
