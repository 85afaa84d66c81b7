//! Late events beside other things that change: versions, evaluations by time, periods (S21, S24–S26, S28).

use crate::scenario::{Ledger, play_versions, tariffs};
use domain::calendar::Span;
use domain::tariff::{Tariff, Window};
use domain::{Event, Timestamp};

/// Noon of day `day` of 2026, as scenarios count.
fn day(day: i64) -> Timestamp {
    Timestamp(1_767_268_800_000 + (day - 1) * 86_400_000)
}

/// `tariff` as version `version`, from noon of day `from` on.
fn version(tariff: Tariff, version: i32, from: i64) -> Tariff {
    Tariff { version, from: if version == 1 { Timestamp::MIN } else { day(from) }, ..tariff }
}

fn extended() -> Tariff {
    tariffs::with_terms(|terms| terms.extended_by_purchase = Some(Span::Days(30)))
}

/// Every change of tier that was told, `from>to`, in order.
fn changes(ledger: &Ledger) -> Vec<String> {
    let tier = |event: &Event| match event {
        Event::Tier(change) => Some(format!("{}>{}", change.from, change.to)),
        _ => None,
    };
    ledger.all.iter().filter_map(tier).collect()
}

#[test]
fn s21_a_return_of_a_sale_that_never_counted_takes_nothing_from_the_tier() {
    let versions = vec![version(extended(), 1, 0), version(tariffs::tiered(Window::Lifetime), 2, 10)];
    play_versions(
        versions,
        "
        day 1   sale A at X 9000              => tier none
        day 11  sale B at X 10000             => tier gold
        day 12  return r of A at X            => tier gold
        day 13  sale C at X 1000              => earned 100
    ",
    );
}

#[test]
fn s28_no_change_is_told_where_nothing_changed() {
    let versions = vec![version(tariffs::base(), 1, 0), version(tariffs::tiered(Window::Lifetime), 2, 10)];
    let ledger = play_versions(
        versions,
        "
        day 1   sale A at X 1000              => tier none
        day 11  sale B at X 1000              => tier silver
        day 12  return r of A at X            => tier silver
    ",
    );
    assert_eq!(changes(&ledger), [">silver"]);
    let versions = vec![version(tariffs::tiered(Window::Lifetime), 1, 0), version(tariffs::base(), 2, 10)];
    let ledger = play_versions(
        versions,
        "
        day 1   sale A at X 10000             => tier gold
        day 11  sale B at X 1000              => tier gold
    ",
    );
    assert_eq!(changes(&ledger), [">gold"]);
}

#[test]
fn s24_a_version_that_looks_back_less_far_forgets_nothing_that_a_late_sale_needs() {
    let rolling = tariffs::tiered(Window::Rolling(30));
    let versions = vec![version(tariffs::tiered(Window::Lifetime), 1, 0), version(rolling, 2, 70)];
    play_versions(
        versions,
        "
        day 1   sale A at X 10000             => tier gold
        day 65  sale B at X 100               => earned 10
        day 71  sale C at X 100               => outcome applied
        day 72  sale D at X 100 dated day 64  => earned 10, lot B net 10
    ",
    );
}

#[test]
fn s24_s25_the_longest_lateness_of_any_version_says_how_far_back_the_order_goes() {
    let lateness = |days| Tariff { lateness: Span::Days(days), ..tariffs::tiered(Window::Lifetime) };
    let versions = vec![version(lateness(60), 1, 0), version(lateness(10), 2, 50)];
    play_versions(
        versions,
        "
        day 10  sale A at X 9000              => earned 450
        day 20  sale B at X 2000              => earned 100
        day 51  sale C at X 100               => earned 10
        day 52  sale D at X 9000 dated day 9  => earned 450, lot B net 200
    ",
    );
}

#[test]
fn s16_a_period_is_kept_as_long_as_its_own_version_accepts_returns() {
    let short = Tariff { return_window: Span::Days(14), ..tariffs::monthly() };
    let versions = vec![version(tariffs::monthly(), 1, 0), version(short, 2, 152)];
    play_versions(
        versions,
        "
        day 10  sale P at X 1000              => outcome applied
        day 153 sale Q at X 1000              => outcome applied
        day 154 return r of P at X            => outcome applied
        day 155 return s of Q at X            => total 0
    ",
    );
}
