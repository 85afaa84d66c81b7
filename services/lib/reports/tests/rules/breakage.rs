//! Scenarios of breakage (S31): what became of the points of a month.

use crate::entries;
use crate::scenario::{Ledger, play, tariffs};
use domain::Name;
use domain::tariff::Tariff;
use reports::Breakage;
use reports::breakage::{BreakageError, Fate};

/// `month partner: what became`, line by line; zeros are left out.
fn told(ledger: &Ledger) -> Vec<String> {
    let mut breakage = Breakage::new([(Name::from("test"), ledger.tariffs.first("test").unwrap().zone)]);
    entries(&ledger.all).iter().for_each(|entry| breakage.post(entry).unwrap());
    let lines = breakage.lines();
    assert!(lines.iter().all(|(_, fate)| fate.adds_up()), "{lines:?}");
    lines.iter().map(|(of, fate)| format!("{} {}:{}", of.month, of.partner, words(fate))).collect()
}

fn words(fate: &Fate) -> String {
    let figures = [
        ("issued", fate.issued),
        ("spent", fate.spent),
        ("expired", fate.expired),
        ("revoked", fate.revoked),
        ("written off", fate.written_off),
        ("moved", fate.moved),
        ("outstanding", fate.outstanding),
    ];
    figures
        .iter()
        .filter(|(_, points)| *points != 0)
        .map(|(what, points)| format!(" {what} {points}"))
        .collect()
}

fn base(script: &str) -> Vec<String> {
    told(&play(tariffs::base(), script))
}

#[test]
fn s31_points_of_a_month_are_spent_expired_revoked_written_off_or_outstanding() {
    let told = base(
        "
        day 1   sale P at X 2000
        day 1   sale Q at Y 1600
        day 5   return r of Q at Y
        day 20  hold R at Z 30
        day 20  capture c of R at Z 30
        day 40  sale S at X 400
        day 41  write_off w1 5         => outcome applied
        day 500 pass
    ",
    );
    assert_eq!(
        told,
        [
            "2026-01 X: issued 100 spent 30 expired 65 written off 5",
            "2026-01 Y: issued 80 revoked 80",
            "2026-02 X: issued 20 expired 20"
        ]
    );
}

#[test]
fn s31_what_is_spent_and_given_back_is_outstanding_again() {
    let told = base(
        "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 100
        day 21  return r of Q at Z      => given 100
    ",
    );
    assert_eq!(told[0], "2026-01 X: issued 100 outstanding 100");
}

#[test]
fn s31_what_moves_with_a_card_is_issued_once_and_stays_in_its_month() {
    let told = base(
        "
        day 1   sale P at X 2000 via K
        day 50  bind b card K to m at Z
        day 50  pass                    => total 100
    ",
    );
    assert_eq!(told, ["2026-01 X: issued 100 outstanding 100"]);
}

#[test]
fn s31_months_are_the_programmes_own_wherever_its_points_go() {
    // 22:00 UTC is the next day in Moscow, and on day 31 the next month; what is given on is of the month it came in.
    let tariff = Tariff { zone: chrono_tz::Europe::Moscow, ..tariffs::giving() };
    let told = told(&play(
        tariff,
        "
        day 31 20:00 sale P at X 2000
        day 31 22:00 sale Q at Y 1600
        day 31 23:00 sale K at X 400 via K
        day 40  transfer T at Z 130 to n
        day 41  transfer U at Z 5 to o for n
        day 42  bind b card K to m at Z
        day 43  sale R at Z 500 paying 40
    ",
    ));
    assert_eq!(
        told,
        [
            "2026-01 X: issued 100 outstanding 100",
            "2026-02 X: issued 20 outstanding 20",
            "2026-02 Y: issued 80 spent 40 outstanding 40",
            "2026-02 Z: issued 23 outstanding 23",
        ]
    );
}

#[test]
fn s31_entries_that_are_missing_or_of_another_programme_are_refused() {
    let ledger = play(tariffs::base(), "day 1  sale P at X 2000\n day 20  hold R at Z 60");
    let all = entries(&ledger.all);
    let mut breakage = Breakage::new([(Name::from("test"), chrono_tz::UTC)]);
    assert!(matches!(breakage.post(&all[1]), Err(BreakageError::Sequence(_))));
    let told = Breakage::new([]).post(&all[0]).unwrap_err().to_string();
    assert!(told.contains("programme `test`") && told.contains("--programme"), "{told}");
}
