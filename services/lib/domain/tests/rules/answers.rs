//! Scenarios of answers: order in time, duplicates, early and late events, notices (S09, S22, S23, S25, S30).

use crate::scenario::{Ledger, play, tariffs};
use domain::calendar::Span;
use domain::event::NoticeKind;
use domain::money::Currency;
use domain::tariff::{Expiry, Notices, Tariff};
use domain::{Event, Name};

fn base(script: &str) -> Ledger {
    play(tariffs::base(), script)
}

#[test]
fn s09_what_is_due_happens_at_its_own_instant_and_names_its_own_cause() {
    let ledger = base(
        "
        day 1   sale P at X 1000
        day 40  sale Q at X 1000
    ",
    );
    let activation = ledger.all.iter().find_map(|event| match event {
        Event::Entry(entry) if entry.kind == domain::entry::EntryKind::Activation => Some(entry.clone()),
        _ => None,
    });
    let activation = activation.expect("an activation");
    assert_eq!(activation.at.to_string(), "2026-01-15T12:00:00.000Z");
    assert_eq!(activation.cause, ledger.lot("P").cause);
}

#[test]
fn s09_at_one_instant_expiry_before_end_of_hold_before_activation() {
    // P expires, R's hold ends, and Q activates at the same instant: day 31, noon.
    let mut tariff = tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(30)));
    tariff.spending.hold = Span::Days(10);
    play(
        tariff,
        "
        day 1   sale P at X 1000
        day 17  sale Q at X 1000
        day 21  hold R at X 20
        day 31  pass                           => kinds expiry+release+expiry+activation, expired 50, available 50
    ",
    );
}

#[test]
fn s22_more_than_was_bought_the_excess_is_rejected() {
    base(
        "
        day 1  sale P at X 100x2 40
        day 2  return r1 of P at X 1x3         => outcome applied, reason more_than_bought, clawed 5
        day 3  return r2 of P at X 1x1         => outcome rejected, reason more_than_bought
        day 3  return r3 of P at X 9           => outcome rejected, reason unknown_line
    ",
    );
}

#[test]
fn s22_outside_the_return_window() {
    let tariff = Tariff { return_window: Span::Days(14), ..tariffs::base() };
    play(
        tariff,
        "
        day 1   sale P at X 1000
        day 16  return r of P at X             => outcome rejected, reason return_window_over, total 50
    ",
    );
}

#[test]
fn s22_a_purchase_that_never_comes_rejects_its_return() {
    base(
        "
        day 1   return r of P at X             => outcome parked
        day 32  pass                           => later rejected
        day 33  sale P at X 1000               => earned 50, total 50
        day 34  return r of P at X dated day 1 => outcome duplicate
    ",
    );
}

#[test]
fn s22_another_partners_purchase_is_not_found() {
    base(
        "
        day 1   sale P at X 1000
        day 2   return r of P at Y             => outcome parked, total 50
    ",
    );
}

#[test]
fn s23_a_repeated_step_repeats_its_answer() {
    base(
        "
        day 1   sale P at X 2000
        day 20  hold R at Z 60                 => decision approved, used 60
        day 21  hold R at Z 60 dated day 20    => outcome duplicate, used 60, held 60, entries 0
        day 21  hold R at Z 70 dated day 20    => outcome conflict, held 60
    ",
    );
}

#[test]
fn s25_later_than_the_bound_is_quarantined() {
    base(
        "
        day 40  sale P at X 1000 dated day 1   => outcome quarantined, reason too_late, total 0
        day 41  sale P at X 1000 dated day 1   => outcome duplicate
        day 41  sale Q at X 1000 dated day 20  => outcome applied
    ",
    );
}

#[test]
fn s14_s25_a_step_that_comes_too_late_is_decided_for_good() {
    base(
        "
        day 1   sale P at X 2000
        day 60  hold R at Z 10 dated day 2     => decision refused, outcome rejected, reason too_late, held 0, available 100
    ",
    );
}

#[test]
fn s25_a_late_sale_counts_its_terms_from_its_own_date() {
    base(
        "
        day 20  sale P at X 1000 dated day 1   => available 50, kinds accrual+activation
    ",
    );
}

#[test]
fn s30_notices_by_declared_kind_and_lead_time() {
    let kinds = [
        NoticeKind::Accrued,
        NoticeKind::Activated,
        NoticeKind::Expiring,
        NoticeKind::Expired,
        NoticeKind::Spent,
        NoticeKind::Returned,
        NoticeKind::InDebt,
    ];
    let channels = kinds.into_iter().map(|kind| (kind, vec![Name::from("sms")])).collect();
    let notices =
        Notices { channels, before_expiry: vec![Span::Days(30), Span::Days(7)], ..Notices::default() };
    let mut tariff = tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(100)));
    tariff.notices = notices;
    let ledger = play(
        tariff,
        "
        day 1    sale P at X 2000              => notices accrued
        day 15   pass                          => notices activated
        day 16   hold R at X 40                => notices none
        day 16   capture c of R at X 40        => notices spent
        day 72   pass                          => notices expiring
        day 95   pass                          => notices expiring
        day 102  pass                          => notices expired
        day 103  return r of P at X            => notices returned+in_debt
    ",
    );
    let mut ids: Vec<_> = ledger
        .all
        .iter()
        .filter_map(|event| match event {
            Event::Notice(notice) => Some(notice.id),
            _ => None,
        })
        .collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "each notice has an id of its own");
}

#[test]
fn s30_what_is_not_declared_is_not_sent() {
    base("day 1 sale P at X 2000 => notices none");
}

#[test]
fn s07_every_answer_that_shows_balances_says_what_activates_and_expires_next() {
    let channels = [NoticeKind::Accrued, NoticeKind::Spent].map(|kind| (kind, vec![Name::from("sms")]));
    let notices = Notices { channels: channels.into(), ..tariffs::base().notices };
    let ledger = play(
        Tariff { notices, ..tariffs::base() },
        "
        day 1   sale P at X 1000
        day 1   sale Q at X 200
        day 2   sale S at X 2000
        day 20  hold R at X 40
        day 20  capture c1 of R at X 40
    ",
    );
    let told = |event: &Event| match event {
        Event::Outcome(record) => Some(("outcome", record.next)),
        Event::Notice(notice) => Some(("notice", notice.next)),
        _ => None,
    };
    let told: Vec<String> = ledger
        .all
        .iter()
        .filter_map(told)
        .map(|(what, next)| {
            let [activation, expiry] = [next.activation, next.expiry].map(|due| {
                if due.is_due() {
                    format!("{} on {}", due.points, &due.at.to_string()[..10])
                } else {
                    "none".to_owned()
                }
            });
            format!("{what}: {activation}; {expiry}")
        })
        .collect();
    let expected = [
        "notice: 50 on 2026-01-15; 50 on 2027-01-01",
        "outcome: 50 on 2026-01-15; 50 on 2027-01-01",
        "notice: 60 on 2026-01-15; 60 on 2027-01-01",
        "outcome: 60 on 2026-01-15; 60 on 2027-01-01",
        "notice: 60 on 2026-01-15; 60 on 2027-01-01",
        "outcome: 60 on 2026-01-15; 60 on 2027-01-01",
        // What is on hold does not expire.
        "outcome: none; 20 on 2027-01-01",
        "notice: none; 20 on 2027-01-01",
        "outcome: none; 20 on 2027-01-01",
    ];
    assert_eq!(told, expected);
}

#[test]
fn s27_money_of_another_currency_is_bad_input() {
    let dollars = Tariff { currency: Currency::iso("USD").expect("a currency"), ..tariffs::base() };
    play(
        dollars,
        "
        day 1  sale P at X 100      => outcome dead_lettered, reason wrong_currency, entries 0
    ",
    );
}
