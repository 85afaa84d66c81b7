//! Scenarios of points under the rule they came from, and of figures that returns leave without a meaning (S29, S34).
//!
//! Shown to fail: where raises are passed over (`reward.rs`, `EntryKind::Accrual` alone), the first has no rule but
//! `purchase`; where a share is of whatever whole (`sheet.rs`, without the bounds), the third says `0.00 %`; where the line
//! of all together has a length (`Sheet::lengths`), the fourth says 150,000.

use crate::entries;
use crate::merchant::{ALL, lines, told};
use crate::scenario::{Ledger, play, tariffs};
use domain::award::Amount;
use domain::entry::EntryKind;
use domain::tariff::Tariff;
use domain::{Name, Points};
use reports::sheet::{Cell, Sheet};
use reports::{Question, sheet_page};
use std::collections::BTreeMap;

const COUPONS: &str = include_str!("../../../programme/tests/programmes/coupons.toml");

fn coupons() -> Tariff {
    let tariff = programme::compile("coupons.toml", COUPONS).unwrap();
    Tariff { programme: Name::from("test"), ..Tariff::clone(&tariff) }
}

/// What the entries say was issued, by rule.
fn by_entries(ledger: &Ledger) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for entry in entries(&ledger.all) {
        if matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise) {
            *sums.entry(entry.rule.to_string()).or_default() += entry.points.get();
        }
    }
    sums
}

/// What the report says was granted, by rule.
fn by_report(ledger: &Ledger) -> BTreeMap<String, i64> {
    let sheets = told(ledger, ALL).to(Question::Rewards).unwrap();
    let sheet = &sheets[0];
    let points = sheet.figures("points");
    let granted = sheet.rows.iter().zip(points).filter(|(row, _)| row[0] == Cell::Text("rule".to_owned()));
    granted.map(|(row, points)| (sheet.exact(&sheet.columns[1], &row[1]), points)).collect()
}

#[test]
fn s29_s34_points_that_limits_let_through_later_are_found_under_their_rules() {
    let ledger = play(
        coupons(),
        "
        day 40  sale P1 at X 1000 coupon=SPRING             => earned 50, later_earned 150
        day 40  sale P2 at X 2050 coupon=SPRING for n       => earned 102, later_earned 262
        day 41  sale P3 at X 1000 coupon=LETTER-1 for n     => later_earned 100
        day 42  sale P4 at X 3000 for k                     => later_reason limit_reached, later_earned 150
        day 43  return r of P1 at X                         => clawed 150
        day 44  sale P5 at X 1000 coupon=LETTER-1 for k     => later_reason limit_reached, later_earned 50
        day 50  pass",
    );
    let sheets = told(&ledger, ALL).to(Question::Rewards).unwrap();
    let expected = [
        "rule purchase points 5 402",
        "rule spring points 2 200",
        "rule large points 1 60",
        "rule letter points 1 50",
    ];
    assert_eq!(lines(&sheets[0]), expected);
    assert_eq!(by_report(&ledger), by_entries(&ledger));
    let cost = told(&ledger, ALL).to(Question::Cost).unwrap();
    assert_eq!(by_report(&ledger).values().sum::<i64>(), cost[1].figures("issued").iter().sum());
}

#[test]
fn s29_what_several_awards_grant_for_one_activity_is_found_under_each() {
    let mut tariff = tariffs::active();
    let mut second = tariff.activities.awards[0].clone();
    (second.name, second.amount) = (Name::from("gift"), Amount::Fixed(Points::at_least_zero(40)));
    tariff.activities.awards.push(second);
    let ledger = play(tariff, "day 1  activity r1 registration at X => earned 140\n day 2 pass");
    let sheets = told(&ledger, ALL).to(Question::Rewards).unwrap();
    assert_eq!(lines(&sheets[0]), ["rule gift bonus 1 40", "rule registration bonus 1 100"]);
    assert_eq!(by_report(&ledger), by_entries(&ledger));
}

#[test]
fn a_part_of_less_than_nothing_is_no_share_and_its_column_says_why() {
    let script = "
        day 1   sale P at X 1000
        day 20  sale Q at X 100 paying 40
        day 21  sale R at X 100 via L
        day 32  return r of P at X
        day 33  sale S at X 200 via L
        day 34  pass";
    let answers = told(&play(tariffs::base(), script), ALL);
    let cost = &answers.to(Question::Cost).unwrap()[0];
    let members = &answers.to(Question::Members).unwrap()[0];
    let of = |sheet: &Sheet, key: &str| -> Vec<String> {
        let place = sheet.place(key).unwrap();
        sheet.rows.iter().map(|row| sheet.shown(&sheet.columns[place], &row[place])).collect()
    };
    assert_eq!(of(cost, "redeemed_share"), ["3.33 %", "-"]);
    assert_eq!(of(cost, "discount_share"), ["0.00 %", "-"]);
    assert_eq!(of(members, "member_share"), ["91.66 %", "-", "25.00 %"]);
    for (sheet, key) in [(cost, "redeemed_share"), (cost, "discount_share"), (members, "member_share")] {
        let means = &sheet.columns[sheet.place(key).unwrap()].means;
        assert!(means.contains("- where returns"), "{key}: {means}");
    }
}

#[test]
fn the_line_of_all_together_shortens_no_bar() {
    let script = "
        day 1   sale P at X 1000
        day 40  sale Q at X 500
        day 41  pass";
    let revenue = &told(&play(tariffs::base(), script), ALL).to(Question::Revenue).unwrap()[0];
    assert_eq!(revenue.figures("per_member_after"), [100_000, 50_000, 150_000]);
    let (place, _) = revenue.compared_column().unwrap();
    let lengths: Vec<Option<String>> =
        revenue.lengths(place).iter().map(|it| it.map(|it| it.to_string())).collect();
    assert_eq!(lengths, [Some("100000".to_owned()), Some("50000".to_owned()), None]);
    let page = sheet_page::page("Report", "", std::slice::from_ref(revenue));
    let bars: Vec<&str> = page.lines().filter_map(|line| line.split("width=\"").nth(1)).collect();
    let widths: Vec<&str> = bars.iter().filter_map(|bar| bar.split('"').next()).collect();
    assert_eq!(widths, ["500", "250", "0"]);
}
