//! What a hostile review and the properties found, each by its smallest case.

use crate::scenario::{Ledger, play, play_versions, tariffs};
use domain::calendar::{Span, Unit};
use domain::event::NoticeKind;
use domain::tariff::{Activation, Downgrade, Expiry, Notices, Tariff, Window};
use domain::{Event, EventKey, Minor, Name, Timestamp};

fn base(script: &str) -> Ledger {
    play(tariffs::base(), script)
}

/// `tariff`, telling everything, reminding a week and a day ahead.
fn telling(tariff: Tariff) -> Tariff {
    let kinds = [
        NoticeKind::Accrued,
        NoticeKind::Activated,
        NoticeKind::Expiring,
        NoticeKind::Expired,
        NoticeKind::Returned,
        NoticeKind::InDebt,
    ];
    let channels = kinds.into_iter().map(|kind| (kind, vec![Name::from("sms")])).collect();
    Tariff {
        notices: Notices {
            channels,
            before_expiry: vec![Span::Days(7), Span::Days(1)],
            ..Notices::default()
        },
        ..tariff
    }
}

fn expiring_after(days: u32) -> Tariff {
    tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(days)))
}

#[test]
fn s09_s30_no_reminder_is_lost_where_nobody_looks_for_long() {
    play(
        telling(expiring_after(30)),
        "
        day 1    sale P at X 1000    => notices accrued
        day 90   pass                => notices activated+expiring+expiring+expired
    ",
    );
}

#[test]
fn s09_a_debt_repaid_by_time_falls_at_the_due_instant() {
    let ledger = base(
        "
        day 1    sale P at X 1000 paying 10   => debt 10
        day 90   pass                         => debt 0, kinds activation+repayment+repayment
    ",
    );
    let late =
        |event: &&Event| matches!(event, Event::Entry(entry) if entry.at == ledger.entity().account.now);
    assert_eq!(ledger.all.iter().filter(late).count(), 0, "everything was due before day 90");
}

#[test]
fn s30_what_is_accrued_announces_its_own_activation() {
    let ledger = play(
        telling(expiring_after(20)),
        "
        day 1    sale P at X 1000
        day 14 13:00  sale Q at X 1000   => notices expiring+accrued
    ",
    );
    let announced = ledger.all.iter().rev().find_map(|event| match event {
        Event::Notice(notice) if notice.kind == NoticeKind::Accrued => Some(notice.until),
        _ => None,
    });
    assert_eq!(announced.map(|at: Timestamp| at.to_string()).as_deref(), Some("2026-01-28T13:00:00.000Z"));
}

/// 2026-02-01T00:00:00Z, day 32.
const FEBRUARY: Timestamp = Timestamp(1_769_904_000_000);

fn from_february(tariff: Tariff) -> Tariff {
    Tariff { version: 2, from: FEBRUARY, ..tariff }
}

#[test]
fn s21_s28_a_calendar_tier_outlasts_a_return_and_the_sales_after_it() {
    play(
        tariffs::tiered(Window::Calendar(Unit::Month)),
        "
        day 1    sale P at X 10000          => tier gold
        day 2    return r of P at X         => tier gold
        day 3    sale Q at X 100            => tier gold, earned 10
        day 32   pass                       => tier silver
    ",
    );
}

#[test]
fn s26_s28_a_return_leaves_the_tier_to_the_version_in_force() {
    let mut dearer = tariffs::tiered(Window::Lifetime);
    dearer.tiers.as_mut().expect("tiers").levels[1].from = Minor(100_000_000);
    play_versions(
        vec![tariffs::tiered(Window::Lifetime), from_february(dearer)],
        "
        day 1    sale P at X 10000 100      => tier gold
        day 40   sale Q at X 100            => earned 10, tier silver
        day 41   return r of P at X 2       => tier silver
    ",
    );
}

#[test]
fn s26_s28_a_version_without_tiers_ends_their_evaluation() {
    play_versions(
        vec![tariffs::tiered(Window::Rolling(30)), from_february(tariffs::base())],
        "
        day 20   sale P at X 10000          => tier gold
        day 90   pass                       => total 500
        day 91   sale Q at X 1000           => earned 50
    ",
    );
}

#[test]
fn s28_one_level_a_day_where_a_rolling_window_is_empty() {
    let mut tariff = tariffs::tiered(Window::Rolling(30));
    let tiers = tariff.tiers.as_mut().expect("tiers");
    tiers.downgrade = Downgrade::OneLevel;
    tiers.levels.push(tariffs::level("platinum", 2_000_000));
    play(
        tariff,
        "
        day 1         sale P at X 20000     => tier platinum
        day 31 00:00  pass                  => tier gold
        day 32 00:00  pass                  => tier silver
    ",
    );
}

fn notice_ids(ledger: &Ledger) -> Vec<EventKey> {
    let ids = ledger.all.iter().filter_map(|event| match event {
        Event::Notice(notice) => Some(notice.id),
        _ => None,
    });
    ids.collect()
}

#[test]
fn s30_each_part_of_a_lot_that_expires_is_told() {
    let ledger = play(
        telling(expiring_after(30)),
        "
        day 1         sale P at X 2000
        day 30        pass
        day 30 23:00  hold R at X 40        => decision approved, notices none
        day 31 13:00  pass                  => notices expired
        day 34        pass                  => notices expired, expired 100
    ",
    );
    let mut ids = notice_ids(&ledger);
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "a notice with the id of another is never sent");
}

#[test]
fn s30_a_debt_repaid_at_once_is_not_announced() {
    let mut tariff = telling(expiring_after(30));
    tariff.terms[0].activation = Activation::AtOnce;
    play(
        tariff,
        "
        day 1    sale P at X 2000
        day 3    sale Q at X 1000 paying 50 dated day 1 11:00  => debt 0, notices accrued
    ",
    );
}

#[test]
fn s22_s30_a_return_that_waited_is_told_of_too() {
    play(
        telling(tariffs::base()),
        "
        day 1    return r of P at X         => outcome parked
        day 2    sale P at X 2000 dated day 1 => notices accrued+returned
    ",
    );
}

#[test]
fn s22_s25_windows_are_half_open() {
    let tariff = Tariff { return_window: Span::Days(14), ..tariffs::base() };
    play(
        tariff,
        "
        day 1         sale P at X 1000 1000
        day 15 11:59  return r1 of P at X 1   => outcome applied
        day 15 12:00  return r2 of P at X 2   => outcome rejected, reason return_window_over
        day 31 11:59  sale Q at X 1000 dated day 1 12:00  => outcome applied
        day 31 12:00  sale R at X 1000 dated day 1 12:00  => outcome quarantined
    ",
    );
}

#[test]
fn s19_s30_points_that_live_on_by_grace_are_reminded_of() {
    let mut tariff = telling(expiring_after(30));
    tariff.spending.grace = Some(Span::Days(10));
    play(
        tariff,
        "
        day 1    sale P at X 2000
        day 20   sale Q at X 100 paying 100
        day 40   return r of Q at X       => available 100, notices returned
        day 60   pass                     => notices expiring+expiring+expired
    ",
    );
}

/// Points live 30 days, and 10 more where they come back to a lot that expired.
fn with_grace() -> Tariff {
    let mut tariff = expiring_after(30);
    tariff.spending.grace = Some(Span::Days(10));
    tariff
}

#[test]
fn s15_s19_what_expired_before_a_grace_pays_for_nothing() {
    play(
        with_grace(),
        "
        day 1    sale P at X 2000
        day 20   sale Q at X 100 paying 60    => available 40
        day 40   return r of Q at X           => available 60, expired 40
        day 41   sale S at X 100 paying 100   => spent 60, expired 40, debt 40
    ",
    );
}

#[test]
fn s06_s19_what_expired_before_a_grace_is_not_reopened() {
    let mut tariff = with_grace();
    tariff.terms[0].extended_by_purchase = Some(Span::Days(20));
    play(
        tariff,
        "
        day 1    sale P at X 2000
        day 20   sale S at X 100 paying 60    => available 40
        day 60   return r of S at X           => available 60, expired 40
        day 61   sale T at X 100              => available 60, expired 40
    ",
    );
}

#[test]
fn s15_a_hold_that_was_cancelled_holds_nothing_any_more() {
    play(
        expiring_after(30),
        "
        day 1         sale P at X 2000
        day 30 23:00  hold R at X 100                => held 100
        day 31 13:00  cancel x of R at X             => expired 100
        day 31 14:00  sale S at X 100 paying 100 by R => expired 100, spent 0, debt 100
    ",
    );
}
