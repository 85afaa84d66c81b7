//! What points may pay for, and several wallets in one purchase (S04, S10, S12, S15, S17–S19).

use crate::scenario::{Ledger, play, tariffs};
use domain::calendar::Span;
use domain::command::SaleLine;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::purchase::Quantity;
use domain::split::{Run, largest_spend, payers};
use domain::tariff::{Spending, Tariff};
use domain::{Minor, Name, Points};

fn share(text: &str) -> Factor {
    tariffs::factor(text)
}

fn points(number: i64) -> Points {
    Points::at_least_zero(number)
}

/// `amount:group`, `!` for a promotional line.
fn basket(text: &str) -> Vec<SaleLine> {
    let line = |(word, line): (&str, i32)| {
        let (word, promotional) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
        let (amount, group) = word.split_once(':').unwrap_or((word, ""));
        let amount = Minor(amount.parse::<i64>().expect("an amount") * 100);
        let (sku, group, quantity) = (Name::default(), Name::from(group), Quantity(1000));
        SaleLine { line, sku, group, quantity, amount, promotional }
    };
    text.split_whitespace().zip(1..).map(line).collect()
}

fn largest(tariff: &Tariff, available: i64, lines: &str) -> i64 {
    let wallets = payers(tariff, &Name::default());
    let runs: Vec<Run> = (0..wallets.len()).map(|wallet| Run { wallet, points: points(available) }).collect();
    largest_spend(tariff, &wallets, &runs, &basket(lines), points(i64::MAX)).get()
}

#[test]
fn s12_each_limit_by_itself() {
    let all = Limits::default;
    let groups =
        |groups: &[(&str, &str)]| groups.iter().map(|(group, of)| (Name::from(*group), share(of))).collect();
    let table = [
        ("nothing declared", all(), "1000:a 500", 1500),
        ("a share of the purchase", Limits { share: share("0.3"), ..all() }, "1000:a 500", 450),
        (
            "a share of each line, rounded down by itself",
            Limits { of_line: share("0.1"), ..all() },
            "99 99:a",
            18,
        ),
        (
            "a share of a group's lines",
            Limits { of_groups: groups(&[("a", "0.1")]), ..all() },
            "1000:a 500",
            600,
        ),
        ("a group's share instead of a line's", tariffs::only(&[("a", "0.5")]), "1000:a 500:b", 500),
        ("an excluded group", Limits { except_groups: vec!["a".into()], ..all() }, "1000:a 500", 500),
        ("promotional lines", Limits { promotional: false, ..all() }, "1000! 500", 500),
        ("promotional lines that may be paid", all(), "1000! 500", 1500),
        ("at most", Limits { at_most: Some(points(70)), ..all() }, "1000", 70),
        ("at least, and there is less to pay", Limits { at_least: points(100), ..all() }, "99", 0),
        ("at least, and there is as much", Limits { at_least: points(100), ..all() }, "100", 100),
        ("a step", Limits { step: points(50), ..all() }, "149", 100),
        ("a step below the least", Limits { step: points(50), at_least: points(120), ..all() }, "149", 0),
    ];
    for (what, limits, lines, expected) in table {
        assert_eq!(largest(&tariffs::paying(limits), 10_000, lines), expected, "{what}");
    }
}

#[test]
fn s12_what_is_available_bounds_it_too_and_the_rate_of_exchange_turns_money_into_points() {
    let mut tariff = tariffs::paying(Limits { of_line: share("0.5"), step: points(10), ..Limits::default() });
    assert_eq!(largest(&tariff, 77, "1000"), 70);
    tariff.wallets[0].point_value = share("0.4");
    assert_eq!(largest(&tariff, 10_000, "1001"), 1250, "500.50 at 0.40 is 1251.25");
}

#[test]
fn s12_a_request_without_a_basket_knows_only_least_most_and_step() {
    let limits = Limits {
        share: share("0.01"),
        at_least: points(100),
        at_most: Some(points(300)),
        step: points(50),
        ..Limits::default()
    };
    play(
        tariffs::paying(limits),
        "
        day 1   grant g at X 1000
        day 2   hold a at X 50                => decision refused, reason over_limit, largest 300, held 0
        day 2   hold b at X 120               => decision refused, reason over_limit, largest 300
        day 2   hold c at X 350               => decision refused, reason over_limit, largest 300
        day 2   hold d at X 1050              => decision refused, reason insufficient_points, largest 0
        day 2   hold e at X 100 buying 20000  => decision approved, held 100
        day 2   hold f at X 300               => decision approved, held 400
    ",
    );
}

#[test]
fn s04_s12_what_a_till_spent_beyond_the_limits_stays_spent_and_is_said() {
    play(
        tariffs::paying(tariffs::only(&[("a", "0.10"), ("b", "0.50")])),
        "
        day 1   grant g at X 1000
        day 3   sale P at X 1000:a 500:b paying 400   => used 400, reason over_limit, decision approved, largest 350
        day 3   sale Q at X 1000:a 500:b paying 350   => used 350, reason none, paid Q 1 100, paid Q 2 250, spent 750
        day 4   return r of P at X                    => given 400, available 707
    ",
    );
}

#[test]
fn s04_what_is_beyond_the_limits_goes_to_what_they_leave_of_each_line() {
    play(
        tariffs::paying(tariffs::only(&[("a", "0.10"), ("b", "0.50")])),
        "
        day 1   grant g at X 1000
        day 3   sale P at X 1000:a 500:b 300:c! paying 400  => paid P 1 131, paid P 2 259, paid P 3 10
    ",
    );
}

fn both(script: &str) -> Ledger {
    play(tariffs::premium(Limits::default(), Limits::default()), script)
}

const BOTH: &str = "
    day 1   grant g at X 100
    day 1   grant h in premium at X 500   => available 100, in premium available 500
";

#[test]
fn s10_a_redemption_that_names_no_wallet_follows_the_burn_order_over_those_that_may_pay() {
    both(&format!(
        "{BOTH}
        day 2   hold R at X 250               => decision approved, decisions 1, held 100, in premium held 150
        day 3   capture c of R at X 120 more  => spent 100, in premium spent 20, in premium held 130
        day 3   capture d of R at X 30        => in premium spent 50, in premium held 0, in premium available 450
        day 4   hold S at X 451               => decision refused, reason insufficient_points
        day 4   hold T at X 50:premium        => in premium held 50
    "
    ));
}

#[test]
fn s10_s13_each_wallet_gets_back_what_a_hold_does_not_spend() {
    both(&format!(
        "{BOTH}
        day 2   hold R at X 250               => held 100, in premium held 150
        day 2   cancel x of R at X            => available 100, in premium available 500
        day 2   hold S at X 250               => held 100, in premium held 150
        day 9   pass                          => available 100, in premium available 500
    "
    ));
}

#[test]
fn s10_s19_each_tender_names_its_wallet_and_a_return_gives_back_to_each() {
    both(&format!(
        "{BOTH}
        day 2   sale P at X 300 300 paying 90:bonus 200:premium  => used 290, decisions 2, spent 90, in premium spent 200
        day 3   return r of P at X 1                             => given 145, spent 45, in premium spent 100
        day 3   return s of P at X 2                             => given 145, spent 0, in premium spent 0
    "
    ));
}

#[test]
fn s10_s19_points_of_a_line_go_back_to_the_wallet_that_paid_for_it() {
    let limits = |group: &str| tariffs::only(&[(group, "1")]);
    play(
        tariffs::premium(limits("work"), limits("parts")),
        &format!(
            "{BOTH}
        day 2   sale P at X 80:work 200:parts paying 280   => used 280, reason none, spent 80, in premium spent 200
        day 3   return r of P at X 1                       => given 80, spent 0, in premium spent 200
    "
        ),
    );
}

#[test]
fn s10_limits_of_two_wallets_add_up_unless_they_exclude_each_other() {
    let bonus = || tariffs::only(&[("work", "0.10")]);
    let premium = || tariffs::only(&[("work", "0.50")]);
    let exclusive = Limits { exclusive_with: vec!["premium".into()], ..bonus() };
    let whole = Limits::default;
    let table = [
        ("both", bonus(), premium(), 600),
        ("the larger for both", exclusive.clone(), premium(), 500),
        ("the other way round", bonus(), Limits { exclusive_with: vec!["bonus".into()], ..premium() }, 500),
        (
            "shares of the purchase",
            Limits { share: share("0.2"), ..whole() },
            Limits { share: share("0.3"), ..whole() },
            500,
        ),
        ("never more than it costs", whole(), whole(), 1000),
    ];
    for (what, bonus, premium, expected) in table {
        assert_eq!(largest(&tariffs::premium(bonus, premium), 10_000, "1000:work"), expected, "{what}");
    }
    let script = "
        day 1   grant g at X 1000
        day 1   grant h in premium at X 1000
        day 2   hold R at X 501 buying 1000:work                          => reason over_limit, largest 500
        day 2   hold S at X 500 buying 1000:work                          => held 100, in premium held 400
        day 3   sale P at X 1000:work paying 400:premium 100:bonus        => reason none
        day 3   sale Q at X 1000:work paying 500:premium 1:bonus          => reason over_limit
    ";
    play(tariffs::premium(exclusive, premium()), script);
}

#[test]
fn s10_what_a_smallest_amount_or_a_step_keeps_one_wallet_from_paying_the_next_pays() {
    let script = "
        day 1   grant g at X 130
        day 1   grant h in premium at X 500
        day 2   hold R at X 200               => held 100, in premium held 100
        day 3   hold S at X 40                => held 100, in premium held 140
    ";
    play(tariffs::premium(Limits { step: points(50), ..Limits::default() }, Limits::default()), script);
}

#[test]
fn s08_s10_wallets_of_one_priority_pay_by_soonest_expiry_and_one_of_another_worth_does_not() {
    let mut tariff = tariffs::premium(Limits::default(), Limits::default());
    tariff.wallets[1].priority = 0;
    let script = "
        day 1   grant g in premium at X 100
        day 2   grant h at X 100
        day 3   grant i in premium at X 100
        day 4   hold R at X 250               => held 100, in premium held 150
        day 4   capture c of R at X 150       => spent 50, in premium spent 100, available 50
    ";
    play(tariff.clone(), script);
    tariff.wallets[1].point_value = share("2");
    assert_eq!(payers(&tariff, &Name::default()).len(), 1);
    tariff.wallets[1].point_value = Factor::ONE;
    tariff.wallets[0].limits.share = Factor::ZERO;
    let names: Vec<&str> =
        payers(&tariff, &Name::default()).iter().map(|wallet| wallet.name.as_str()).collect();
    assert_eq!(names, ["premium"], "one that never pays");
}

#[test]
fn s10_s15_what_nothing_covers_is_owed_in_the_wallet_that_was_named() {
    let tariff = tariffs::premium(Limits::default(), Limits::default());
    play(
        tariff.clone(),
        &format!(
            "{BOTH}
        day 2   sale P at X 900 paying 150:bonus 600:premium  => uncovered 0, debt 43, in premium debt 100
        day 3   grant i in premium at X 120                   => in premium debt 0, in premium available 20, debt 43
        day 4   return r of P at X                            => given 750, debt 0, available 100, in premium available 620
    "
        ),
    );
    let spending = Spending { hold: Span::Days(3), uncovered_becomes_debt: false, grace: None };
    play(
        Tariff { spending, ..tariff },
        &format!(
            "{BOTH} day 2 sale P at X 900 paying 700  => used 600, uncovered 100, reason not_covered, debt 0"
        ),
    );
}

#[test]
fn s10_s17_a_returned_lot_is_repointed_within_its_own_wallet() {
    both(&format!(
        "{BOTH}
        day 2   sale P at X 1000              => lot P net 50, available 150
        day 3   hold R at X 350               => held 150, in premium held 200
        day 3   capture c of R at X 350
        day 4   return r of P at X            => debt 50, in premium debt 0, in premium available 300
        day 5   grant i at X 60               => debt 0, available 10
    "
    ));
}

#[test]
fn s10_s15_a_purchase_above_its_hold_is_paid_by_the_next_wallets() {
    both(&format!(
        "{BOTH}
        day 2   hold R at X 80
        day 2   sale P at X 900 paying 300 by R  => used 300, decisions 1, spent 100, in premium spent 200
    "
    ));
}
