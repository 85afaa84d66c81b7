//! Scenarios of the statement: plain words, and both balances after each line (S07, S29).

use crate::entries;
use crate::scenario::{Ledger, play, tariffs};
use domain::award::Amount;
use domain::{EventKey, Name, Points, Timestamp};
use reports::Statement;
use reports::statement::Line;
use reports::words::{Known, Told};

const DAY: i64 = 86_400_000;
/// 2026-01-01T00:00:00Z.
const DAY_1: i64 = 1_767_225_600_000;

fn of(ledger: &Ledger, known: &Known, days: (i64, i64)) -> Statement {
    let day = |day: i64| Timestamp(DAY_1 + (day - 1) * DAY);
    let all = entries(&ledger.all);
    Statement::of(ledger.entity().account.entity.clone(), &all, known, (day(days.0), day(days.1)))
}

fn told(line: &Line) -> String {
    let after = line.after.unwrap_or_default();
    format!("{} | {} {} {} {}", line.what, after.total, after.available, after.held, after.debt)
}

fn lines(statement: &Statement) -> Vec<String> {
    statement.lines.iter().map(told).collect()
}

#[test]
fn s07_every_line_says_what_happened_and_both_balances_after_it() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 20  hold R at Z 60
        day 21  capture c of R at Z 50
        day 40  pass
    ",
    );
    let statement = of(&ledger, &Known::default(), (1, 400));
    assert_eq!(
        lines(&statement),
        [
            "100 points for a purchase at X | 100 0 0 0",
            "100 points can be spent now, from a purchase at X | 100 100 0 0",
            "60 points reserved for a redemption at Z | 40 40 60 0",
            "50 points spent for a redemption at Z | 40 40 10 0",
            "10 points free again, reserved for a redemption at Z before | 50 50 0 0",
        ]
    );
}

#[test]
fn s18_a_debt_and_its_repayment_are_a_line_each() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 2   sale Q at Y 1600
        day 20  hold R at Z 150
        day 20  capture c of R at Z 150
        day 21  return r of P at X
        day 22  sale S at X 2000
        day 40  pass
    ",
    );
    let statement = of(&ledger, &Known::default(), (21, 400));
    assert_eq!(
        lines(&statement),
        [
            "30 points pay for a redemption at Z in place of others that a return took back | 0 0 0 0",
            "70 points owed: spent for a redemption at Z, taken back after a return at X | 0 0 0 70",
            "100 points for a purchase at X | 100 0 0 70",
            "100 points can be spent now, from a purchase at X | 100 100 0 70",
            "70 points repay what was owed for a redemption at Z | 30 30 0 0",
        ]
    );
    let ends = &statement.wallets[0];
    assert_eq!((ends.opening.total, ends.closing.total, ends.closing.debt), (30, 30, 0));
}

#[test]
fn s29_what_is_known_of_an_event_names_it() {
    let ledger = play(tariffs::base(), "day 1  sale P at X 2000");
    let mut known = Known::default();
    let event = Told { feed: Name::from("purchases"), partner: Name::from("X"), id: Name::from("P") };
    known.events.insert(EventKey::of("X", "purchases", "P"), event);
    known.units.insert(Name::from("bonus"), Name::from("bonuses"));
    let statement = of(&ledger, &known, (1, 400));
    assert_eq!(lines(&statement), ["100 bonuses for purchase P at X | 100 0 0 0"]);
}

#[test]
fn s28_a_change_of_tier_is_a_line_where_it_is_known() {
    let tariff = tariffs::tiered(domain::tariff::Window::Lifetime);
    let ledger = play(tariff, "day 1  sale P at X 20000\n day 2  sale Q at X 100");
    let tiers = ledger.all.iter().filter_map(|event| match event {
        domain::Event::Tier(change) => Some(change.clone()),
        _ => None,
    });
    let known = Known { tiers: tiers.collect(), ..Known::default() };
    let statement = of(&ledger, &known, (1, 400));
    let said: Vec<&str> = statement.lines.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(
        said,
        ["1000 points for a purchase at X", "joined at tier gold", "10 points for a purchase at X"]
    );
}

#[test]
fn a_statement_opens_where_the_one_before_closed() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 20  hold R at Z 60
        day 21  capture c of R at Z 50
        day 40  sale Q at Y 1000
        day 60  pass
    ",
    );
    for day in 1..60 {
        let (first, second) =
            (of(&ledger, &Known::default(), (1, day)), of(&ledger, &Known::default(), (day, 400)));
        let closing = first.wallets.first().map(|wallet| wallet.closing).unwrap_or_default();
        assert_eq!(closing, second.wallets[0].opening, "day {day}");
        assert_eq!(second.wallets[0].closing.total, 100);
    }
}

#[test]
fn s28_what_is_no_longer_known_of_tiers_is_said_where_it_matters() {
    let ledger = play(tariffs::base(), "day 1   sale P at X 2000");
    let known = |day: i64| Known { tiers_from: Some(Timestamp(DAY_1 + (day - 1) * DAY)), ..Known::default() };
    let remark = of(&ledger, &known(10), (1, 40)).remark(chrono_tz::UTC);
    let expected = "changes of tier before 2026-01-10 00:00 are no longer kept and not told";
    assert_eq!(remark.as_deref(), Some(expected));
    assert_eq!(of(&ledger, &known(10), (20, 40)).remark(chrono_tz::UTC), None, "it begins later");
    assert_eq!(of(&ledger, &Known::default(), (1, 40)).remark(chrono_tz::UTC), None);
}

#[test]
fn s29_a_forgiven_debt_that_a_return_lifts_is_told_as_owed_again_first() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 20  sale S at Z 100 paying 100
        day 21  return r1 of P at X
        day 22  forgive f1 100
        day 23  return r2 of S at Z
    ",
    );
    let told = lines(&of(&ledger, &Known::default(), (21, 400)));
    assert_eq!(
        told,
        [
            "100 points owed: spent for a redemption at Z, taken back after a return at X | 0 0 0 100",
            "100 points owed for a redemption at Z forgiven (op-7: a good reason) | 0 0 0 0",
            "100 points forgiven before stand as owed for a redemption at Z again | 0 0 0 100",
            "100 points no longer owed for a redemption at Z, undone by a return at Z | 0 0 0 0",
        ]
    );
}

#[test]
fn s33_points_that_are_given_away_are_a_line_for_both() {
    let ledger = play(
        tariffs::giving(),
        "
        day 1   sale P at X 2000
        day 2   transfer T at Z 60 to n
    ",
    );
    let all = entries(&ledger.all);
    let lines_of = |member: &str| {
        let id = ledger.named(member).account.entity.clone();
        let own: Vec<_> = all.iter().filter(|entry| entry.entity == id).cloned().collect();
        lines(&Statement::of(id, &own, &Known::default(), (Timestamp::MIN, Timestamp::NEVER)))
    };
    assert_eq!(lines_of("m").last().unwrap(), "60 points given to another member | 40 40 0 0");
    assert_eq!(lines_of("n"), ["60 points given by another member | 60 60 0 0"]);
}

#[test]
fn s29_one_redemption_is_one_line_whoever_funds_what_it_draws_on() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 1   sale Q at Y 1600
        day 20  hold R at Z 150
        day 21  capture c of R at Z 140
        day 22  pass
    ",
    );
    assert_eq!(
        lines(&of(&ledger, &Known::default(), (20, 400))),
        [
            "150 points reserved for a redemption at Z | 30 30 150 0",
            "140 points spent for a redemption at Z | 30 30 10 0",
            "10 points free again, reserved for a redemption at Z before | 40 40 0 0",
        ]
    );
}

#[test]
fn s29_what_two_rules_grant_for_one_cause_is_a_line_of_each() {
    let mut tariff = tariffs::active();
    let mut second = tariff.activities.awards[0].clone();
    (second.name, second.amount) = (Name::from("gift"), Amount::Fixed(Points::at_least_zero(40)));
    tariff.activities.awards.push(second);
    let ledger = play(tariff, "day 1  activity r1 registration at X\n day 2  sale P at X 2000");
    let statement = of(&ledger, &Known::default(), (1, 10));
    assert_eq!(
        lines(&statement),
        [
            "100 points for a purchase at X (registration) | 100 0 0 0",
            "40 points for a purchase at X (gift) | 140 0 0 0",
            "100 points for a purchase at X | 240 0 0 0",
        ]
    );
    let rules: Vec<&str> = statement.lines.iter().map(|line| line.rule.as_str()).collect();
    assert_eq!(rules, ["registration", "gift", "base"]);
}
