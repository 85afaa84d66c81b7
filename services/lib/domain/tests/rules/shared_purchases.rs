//! Limits that members share, of rules of purchases (S34): a code for three, one for each code, a budget.

use crate::scenario::tariffs::{self, from, rate, rule};
use crate::scenario::{go_on, play, play_versions};
use crate::shared::{Under, budget, limit, member, usage, uses};
use domain::award::{AttributeSpec, AttributeType};
use domain::circumstances::{Circumstances, Values, Wanted};
use domain::correction::Correction;
use domain::shared::SharedLimit;
use domain::tariff::{ByTier, Condition, Effect, Rule, Tariff, Window};
use domain::{EntityId, Name, Points, Timestamp};

pub fn bonus(points: i64) -> Effect {
    Effect::Bonus(Points::at_least_zero(points))
}

/// A rule for who shows one of these codes.
pub fn coupon(name: &str, codes: &[&str], effect: Effect, within: SharedLimit) -> Rule {
    let values = Values::OneOf(codes.iter().map(|code| Name::from(*code)).collect());
    let only = vec![Wanted { attribute: Name::from("code"), values }];
    let asked = Circumstances { only, ..Circumstances::default() };
    let condition = Condition { circumstances: Some(Box::new(asked)), ..Condition::default() };
    Rule { within: Some(within), ..rule(name, condition, effect) }
}

/// 5 %; 100 more by the code `THREE`, for three; twice as much by `A1` and `A2`, each for one; 60 more from 2,000 on, 100
/// together.
pub fn coupons() -> Tariff {
    let double = Effect::Multiplier(ByTier::All(tariffs::factor("2")));
    let mut tariff = tariffs::with_rules(vec![
        rule("base", Condition::default(), rate("0.05")),
        coupon("three", &["THREE"], bonus(100), uses("three", 3, None)),
        coupon("each", &["A1", "A2"], double, uses("each", 1, Some("code"))),
        Rule { within: Some(budget("spree", 100)), ..rule("spree", from(2_000), bonus(60)) },
    ]);
    let (name, takes) = (Name::from("code"), AttributeType::Text);
    tariff.declared.purchase = vec![AttributeSpec { name, takes, optional: true }];
    tariff
}

const NOTHING: [(i64, i64); 2] = [(0, 0), (0, 0)];

fn confirmed(uses: i64, points: i64) -> [(i64, i64); 2] {
    [(0, 0), (uses, points)]
}

#[test]
fn s34_a_code_for_three_among_five_sales() {
    let ledger = play(
        coupons(),
        "
        day 1   sale P1 at X 1000 code=THREE               => outcome applied, reason awaits_limit, earned 50, later applied, later_reason none, later_earned 150, fates 1, total 150
        day 1   sale P2 at X 1000 code=THREE for n         => later_earned 150, n: total 150
        # Without the code no limit is asked.
        day 2   sale Q at X 1000 for n                     => outcome applied, earned 50, later none, n: total 200
        day 2   sale P3 at X 1000 code=THREE               => later_earned 150, later_reason none, notices none
        day 3   sale P4 at X 1000 code=THREE for k         => later applied, later_reason limit_reached, later_earned 50, k: total 50
        day 3   sale P5 at X 1000 code=THREE               => later_reason limit_reached, fates 1, total 350
        # The same sale again: what came of it, and nothing is asked.
        day 4   sale P1 at X 1000 code=THREE dated day 1   => outcome duplicate, reason none, earned 150, later none
        day 4   sale P4 at X 1000 code=THREE for k dated day 3 => outcome duplicate, reason limit_reached, earned 50, later none
    ",
    );
    assert_eq!(usage(&ledger, &limit("three", None)), confirmed(3, 300));
}

#[test]
fn s34_a_sale_is_answered_at_once_as_it_stands() {
    let mut under = Under::new(coupons());
    under.event("day 1 sale P at X 1000 code=THREE");
    assert_eq!(under.total("m"), 50);
    assert_eq!(under.on_their_way.len(), 1, "one question");
    under.deliver(&limit("three", None), 1);
    assert_eq!(under.total("m"), 50, "granted, and not heard yet");
    under.deliver_all(2);
    assert_eq!(under.total("m"), 150);
    assert_eq!(usage(&under.ledger, &limit("three", None)), confirmed(1, 100));
}

#[test]
fn s16_s34_a_full_return_frees_one_and_a_part_none_while_the_rule_applies() {
    let ledger = play(
        coupons(),
        "
        day 1   sale P1 at X 1000 1000 code=THREE          => later_earned 260, total 260
        day 1   sale P2 at X 1000 code=THREE for n         => n: total 150
        day 1   sale P3 at X 1000 code=THREE for k         => k: total 150
        # From 2,000 on no more: the budget gets its 60 back, the code stays used.
        day 2   return r1 of P1 at X 1                     => clawed 110, total 150
        day 2   sale P4 at X 1000 code=THREE for l         => later_reason limit_reached
        day 3   return r2 of P1 at X 2                     => clawed 150, total 0
        day 3   sale P5 at X 1000 code=THREE for l         => later_reason none, later_earned 150, l: total 200
        # Who was refused stays so: nobody asks again.
        day 4   return r3 of P2 at X for n                 => n: total 0
        day 4   return r4 of P4 at X for l                 => l: total 150
    ",
    );
    assert_eq!(usage(&ledger, &limit("three", None)), confirmed(2, 200));
    assert_eq!(usage(&ledger, &limit("spree", None)), NOTHING);
}

#[test]
fn s34_each_code_once_and_a_budget_to_its_last_point() {
    let ledger = play(
        coupons(),
        "
        day 1   sale P1 at X 1000 code=A1                  => later_earned 100, total 100
        day 1   sale P2 at X 1000 code=A1 for n            => later_reason limit_reached, n: total 50
        day 1   sale P3 at X 1000 code=A2 for n            => later_earned 100, n: total 150
        day 2   sale P4 at X 2000 for k                    => later_earned 160, k: total 160
        day 2   sale P5 at X 2000 for k                    => later_reason limit_reached, later_earned 100, k: total 260
        # Two at once: one agrees, the other does not.
        day 3   sale P6 at X 2000 code=THREE for l         => later_reason limit_reached, later_earned 200, l: total 200, fates 1
        day 4   return r of P1 at X                        => total 0
        day 4   sale P7 at X 1000 code=A1 for n            => later_earned 100, n: total 250
    ",
    );
    assert_eq!(usage(&ledger, &limit("spree", None)), confirmed(1, 60));
    assert_eq!(usage(&ledger, &limit("each", Some("A1"))), confirmed(1, 0));
}

#[test]
fn s19_s34_a_rule_that_gives_nothing_asks_nothing_and_what_a_till_has_to_know_comes_first() {
    let mut tariff = coupons();
    tariff.spending.uncovered_becomes_debt = false;
    play(
        tariff,
        "
        day 1   sale P at X 10000                          => later_earned 560, total 560
        day 20  sale Q at X 100 paying 100 code=THREE      => outcome applied, earned 0, later none, reason none
        day 21  sale R at X 1000 paying 600 code=THREE     => reason not_covered, uncovered 140, earned 20, later_reason not_covered, later_earned 120
    ",
    );
}

#[test]
fn s24_s34_a_late_sale_takes_the_rule_away_and_its_share_goes_back() {
    let mut tariff = tariffs::tiered(Window::Lifetime);
    let within = Some(uses("starters", 1, None));
    let first = Condition { tiers: vec![Name::from("silver")], ..Condition::default() };
    tariff.rules.push(Rule { within, ..rule("starter", first, bonus(100)) });
    let mut ledger = play(
        tariff,
        "
        day 5   sale P at X 1000                           => later_earned 150, total 150
        day 6   sale Q at X 1000 for n                     => later_reason limit_reached, n: total 50
    ",
    );
    assert_eq!(usage(&ledger, &limit("starters", None)), confirmed(1, 100));
    // Gold from 10,000 on: the sale of day 5 was one at gold, at 10 %.
    let late =
        "day 7 sale R at X 10000 dated day 1 => later_reason limit_reached, later_earned 500, total 600";
    go_on(&mut ledger, late);
    assert_eq!(usage(&ledger, &limit("starters", None)), NOTHING);
    go_on(&mut ledger, "day 8 return r of R at X dated day 3 => total 150");
    assert_eq!(usage(&ledger, &limit("starters", None)), confirmed(1, 100), "asked again, and granted");
}

#[test]
fn s26_s34_a_correction_gives_back_and_asks_anew() {
    let faulty = coupons();
    let mut corrected = coupons();
    corrected.version = 2;
    corrected.from = Timestamp(1_767_225_600_000); // 1 January
    let (actor, reason) = (Name::from("op-7"), Name::from("one more"));
    corrected.correction = Some(Correction { replaces: 1, until: Timestamp::NEVER, actor, reason });
    corrected.rules[1].within = Some(uses("three", 4, None));
    corrected.rules[3].effect = bonus(0);
    let mut ledger = play(
        faulty,
        "
        day 1   sale P0 at X 2000                          => later_earned 160
        day 1   sale P1 at X 1000 code=THREE for n         => later_earned 150
        day 1   sale P2 at X 1000 code=THREE for n         => later_earned 150
        day 1   sale P3 at X 1000 code=THREE for n         => later_earned 150
        day 1   sale P4 at X 1000 code=THREE for k         => later_reason limit_reached
        day 1   sale P5 at X 1000 code=THREE for l         => later_reason limit_reached
    ",
    );
    ledger.tariffs.add(std::sync::Arc::new(corrected));
    go_on(&mut ledger, "day 2 pass => total 100, n: total 450, k: total 150, l: total 50");
    assert_eq!(usage(&ledger, &limit("three", None)), confirmed(4, 400));
    assert_eq!(usage(&ledger, &limit("spree", None)), NOTHING);
    go_on(&mut ledger, "day 3 return r of P1 at X for n => n: total 300");
    assert_eq!(usage(&ledger, &limit("three", None)), confirmed(3, 300));
}

#[test]
fn s34_of_rules_that_exclude_each_other_the_next_one_asks_where_the_first_is_refused() {
    let mut tariff = coupons();
    tariff.rules[1].within = Some(uses("three", 1, None));
    let second = coupon("second", &["THREE"], bonus(30), uses("second", 1, None));
    let third = Rule { within: None, ..coupon("third", &["THREE"], bonus(10), uses("none", 1, None)) };
    tariff.rules.extend([Rule { rivals: vec![1], ..second }, Rule { rivals: vec![1, 4], ..third }]);
    let mut ledger = play(
        tariff,
        "
        day 1   sale P1 at X 1000 code=THREE               => earned 60, later_earned 150, total 150
        day 1   sale P2 at X 1000 code=THREE for n         => fates 1, later_reason limit_reached, later_earned 80, n: total 80
        day 1   sale P3 at X 1000 code=THREE for k         => fates 1, later_reason limit_reached, later_earned 60, k: total 60
    ",
    );
    assert_eq!(usage(&ledger, &limit("second", None)), confirmed(1, 30));
    go_on(&mut ledger, "day 2 return r of P2 at X for n => n: total 0");
    assert_eq!(usage(&ledger, &limit("second", None)), NOTHING);
}

#[test]
fn s22_s34_what_is_returned_while_it_asks_gives_its_share_back() {
    let mut under = Under::new(coupons());
    let three = limit("three", None);
    under.event("day 1 sale P at X 1000 code=THREE");
    under.event("day 1 return r of P at X");
    assert_eq!(under.total("m"), 0);
    under.deliver(&three, 2);
    assert_eq!(usage(&under.ledger, &three), [(1, 100), (0, 0)]);
    under.deliver_all(2);
    assert_eq!(usage(&under.ledger, &three), NOTHING);
    assert_eq!(under.total("m"), 0);
    go_on(
        &mut under.ledger,
        "day 2 sale P at X 1000 code=THREE dated day 1 => outcome duplicate, reason none",
    );
}

#[test]
fn s34_a_purchase_keeps_its_share_where_it_goes() {
    // Before its answer, between the two, after it.
    for heard in 0..3 {
        let mut under = Under::new(coupons());
        let three = limit("three", None);
        under.event("day 1 sale P at X 1000 code=THREE via K");
        if heard > 0 {
            under.deliver(&three, 2);
        }
        if heard > 1 {
            under.deliver(&EntityId::card("test", "K"), 2);
        }
        under.event("day 2 bind b card K to n at X");
        under.event("day 2 merge g of m for n");
        under.deliver_before(&three);
        under.deliver_all(2);
        assert_eq!((under.total("m"), under.total("n")), (150, 0), "heard: {heard}");
        assert_eq!(usage(&under.ledger, &three), confirmed(1, 100), "heard: {heard}");
        go_on(
            &mut under.ledger,
            "
            day 3   sale P at X 1000 code=THREE via K dated day 1 => outcome duplicate, earned 150, reason none
            day 4   return r of P at X via K                   => clawed 150, total 0
        ",
        );
        assert_eq!(usage(&under.ledger, &three), NOTHING, "heard: {heard}");
    }
}

#[test]
fn s34_who_is_forgotten_while_asking_is_granted_nothing() {
    let mut under = Under::new(coupons());
    let three = limit("three", None);
    under.event("day 1 sale P at X 2000 code=THREE");
    under.event("day 1 erase e");
    under.deliver_all(2);
    assert_eq!(usage(&under.ledger, &three), NOTHING);
    assert_eq!(usage(&under.ledger, &limit("spree", None)), NOTHING);
    assert_eq!(under.total("m"), 0);
    go_on(
        &mut under.ledger,
        "
        day 2   sale P at X 2000 code=THREE dated day 1    => outcome duplicate, reason account_erased, earned 100
        day 3   sale Q at X 1000 code=THREE for n          => later_earned 150
        day 4   erase e2 for n                             => n: total 0
    ",
    );
    assert_eq!(usage(&under.ledger, &three), confirmed(1, 100), "once confirmed it stays taken");
    assert!(under.ledger.account(&member("n")).erased);
}

/// All but what is to `last` arrives, then the erasure, then the rest.
fn forget_before(under: &mut Under, day: i64, last: &EntityId) {
    while let Some(next) = under.on_their_way.iter().find(|command| command.entity != *last) {
        let next = next.entity.clone();
        under.deliver(&next, 1);
    }
    under.event(&format!("day {day} erase e"));
    under.deliver_all(2);
    assert_eq!(under.total("m"), 0);
}

#[test]
fn s25_s34_who_is_forgotten_between_two_answers_keeps_neither_share() {
    for last in ["three", "spree"] {
        let mut under = Under::new(coupons());
        under.event("day 60 sale P at X 2000 code=THREE dated day 2");
        under.event("day 61 release q of P at X");
        forget_before(&mut under, 61, &limit(last, None));
        assert_eq!(usage(&under.ledger, &limit("three", None)), NOTHING, "{last} answers last");
        assert_eq!(usage(&under.ledger, &limit("spree", None)), NOTHING, "{last} answers last");
    }
}

#[test]
fn s24_s34_who_is_forgotten_between_two_later_answers_keeps_what_was_granted_before() {
    for last in ["first", "second"] {
        let mut tariff = tariffs::tiered(Window::Lifetime);
        let any = Rule { within: Some(uses("any", 1, None)), ..rule("any", from(500), bonus(10)) };
        let silver = |name: &str| {
            let within = Some(uses(name, 1, None));
            let only = Condition { tiers: vec![Name::from("silver")], ..Condition::default() };
            Rule { within, ..rule(name, only, bonus(100)) }
        };
        tariff.rules.extend([silver("first"), any, silver("second")]);
        let mut under = Under::new(tariff);
        under.event("day 5 sale P at X 1000");
        under.deliver_all(1);
        // A late sale takes silver away, and its return gives it back: both ask again.
        under.event("day 6 sale R at X 10000 dated day 1");
        under.deliver_all(1);
        under.event("day 7 return r of R at X dated day 3");
        forget_before(&mut under, 7, &limit(last, None));
        assert_eq!(usage(&under.ledger, &limit("any", None)), confirmed(1, 10), "granted on day 5");
        assert_eq!(usage(&under.ledger, &limit("first", None)), NOTHING, "{last} answers last");
        assert_eq!(usage(&under.ledger, &limit("second", None)), NOTHING, "{last} answers last");
    }
}

#[test]
fn s25_s27_s34_a_sale_that_is_released_has_one_later_fate() {
    let ledger = play(
        coupons(),
        "
        day 60  sale P at X 1000 code=THREE dated day 2    => outcome quarantined
        day 61  release q of P at X                        => outcome applied, fates 1, later applied, later_reason none, total 150
    ",
    );
    assert_eq!(usage(&ledger, &limit("three", None)), confirmed(1, 100));
}

#[test]
fn s23_s34_one_sale_under_two_members_has_one_share() {
    let ledger = play(
        coupons(),
        "
        day 1   sale P at X 1000 code=THREE for n          => later_earned 150
        day 1   sale P at X 1000 code=THREE                => later_reason limit_reached, total 50
        day 2   merge g of m for n                         => total 200
        day 3   return r of P at X                         => total 0
    ",
    );
    assert_eq!(usage(&ledger, &limit("three", None)), NOTHING);
}

#[test]
fn s23_s34_of_one_sale_under_two_members_no_share_is_forgotten() {
    // Told without the code here: this one asked nothing.
    let ledger = play(
        coupons(),
        "
        day 1   sale P at X 1000 code=THREE for n          => later_earned 150
        day 1   sale P at X 1000                           => outcome applied, later none, total 50
        day 2   merge g of m for n                         => total 200
        day 3   return r of P at X                         => total 0
    ",
    );
    assert_eq!(usage(&ledger, &limit("three", None)), NOTHING);
    // With another code: each has a share of its own, and one sale needs one.
    let mut ledger = play(
        coupons(),
        "
        day 1   sale P at X 1000 code=A1 for n             => later_earned 100
        day 1   sale P at X 1000 code=A2                   => later_earned 100
        day 2   merge g of m for n
    ",
    );
    assert_eq!(usage(&ledger, &limit("each", Some("A1"))), NOTHING);
    assert_eq!(usage(&ledger, &limit("each", Some("A2"))), confirmed(1, 0));
    go_on(&mut ledger, "day 3 return r of P at X => total 0");
    assert_eq!(usage(&ledger, &limit("each", Some("A2"))), NOTHING);
}

#[test]
fn s23_s27_s34_one_sale_under_two_members_that_still_asks_has_its_later_fate() {
    let mut under = Under::new(coupons());
    under.event("day 1 sale P at X 1000 code=THREE for n");
    under.event("day 1 sale P at X 1000");
    under.event("day 2 merge g of m for n");
    under.deliver_before(&limit("three", None));
    let told = under.ledger.count("fates");
    under.deliver_all(2);
    // What stays has no code: the limit's yes is given back, and the till hears how its sale ends.
    assert_eq!(under.ledger.count("fates"), told + 1);
    assert_eq!(under.total("m"), 50);
    assert_eq!(usage(&under.ledger, &limit("three", None)), NOTHING);
}

#[test]
fn s23_s27_s34_of_one_sale_under_two_members_the_share_of_one_outlives_the_refusal_of_the_other() {
    let three = limit("three", None);
    // The question of the other is under way when they are merged, or the refusal is; it is returned before that comes.
    for (asked, returned) in [(false, false), (true, false), (true, true)] {
        let mut under = Under::new(coupons());
        under.event("day 1 sale P at X 1000 code=THREE for n");
        under.deliver_all(1);
        under.event("day 4 sale P at X 1000 code=THREE dated day 1");
        let mut refusal = None;
        if asked {
            under.deliver(&three, 1);
            refusal = under.on_their_way.pop_back();
        }
        under.event("day 5 merge g of m for n");
        under.deliver_before(&three);
        assert_eq!(usage(&under.ledger, &three), confirmed(1, 100), "asked: {asked}");
        if returned {
            under.event("day 6 return r of P at X");
        }
        let told = under.ledger.count("fates");
        under.on_their_way.extend(refusal);
        under.deliver_all(2);
        assert_eq!(under.ledger.count("fates"), told + 1, "asked: {asked}, returned: {returned}");
        let (total, used) = if returned { (0, NOTHING) } else { (150, confirmed(1, 100)) };
        assert_eq!((under.total("m"), under.total("n")), (total, 0), "asked: {asked}, returned: {returned}");
        assert_eq!(usage(&under.ledger, &three), used, "asked: {asked}, returned: {returned}");
        go_on(
            &mut under.ledger,
            "
            day 7   sale P at X 1000 code=THREE dated day 1    => outcome duplicate, reason none, later none
            day 8   return r of P at X dated day 6             => total 0
        ",
        );
        assert_eq!(usage(&under.ledger, &three), NOTHING, "asked: {asked}, returned: {returned}");
    }
}

#[test]
fn s34_from_the_end_of_a_limit_on_nothing_is_asked() {
    let mut tariff = coupons();
    tariff.rules[1].within.as_mut().expect("the limit of the code").until = Timestamp(1_768_003_200_000); // 10 January
    let versions = vec![tariff];
    play_versions(
        versions,
        "
        day 11  sale P at X 1000 code=THREE dated day 9    => later_earned 150
        day 11  sale Q at X 1000 code=THREE dated day 10   => outcome applied, earned 50, later none, reason none
    ",
    );
}
