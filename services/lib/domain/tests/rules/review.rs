//! What a hostile review and the properties found, each by its smallest case.

use crate::scenario::{Ledger, play, tariffs};
use domain::calendar::Span;
use domain::event::NoticeKind;
use domain::tariff::{Expiry, Notices, Tariff};
use domain::{Event, Name, Timestamp};

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
    Tariff { notices: Notices { channels, before_expiry: vec![Span::Days(7), Span::Days(1)] }, ..tariff }
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
    let late = |event: &&Event| matches!(event, Event::Entry(entry) if entry.at == ledger.entity.account.now);
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
