//! Activities: what they are granted, once or each time, in whatever order they arrive (S02, S06, S24, S27).

use crate::scenario::{Ledger, play, play_versions, tariffs};
use domain::award::{Often, Once};
use domain::calendar::Span;
use domain::circumstances::Circumstances;
use domain::declared::Declared;
use domain::outcome::Reason;
use domain::tariff::{Activation, Condition, Expiry, Tariff, Window};
use domain::{Name, Points, Timestamp, refusal};

fn active(script: &str) {
    play(tariffs::active(), script);
}

#[test]
fn a_contest_brings_points_by_place_under_the_wallets_terms() {
    active(
        "
        day 1   activity c1 contest at X place=1 => outcome applied, earned 1000, pending 1000, lot c1 net 1000
        day 2   activity c2 contest at X place=3 => earned 500, total 1500
        day 3   activity c3 contest at X place=9 => outcome applied, earned 0, entries 0
        day 15  pass                             => available 1000, pending 500
        day 16  activity c1 contest at X place=1 dated day 1 => outcome duplicate, earned 1000, total 1500
        day 17  activity c1 contest at X place=2 dated day 1 => outcome conflict, total 1500
    ",
    );
}

#[test]
fn points_per_unit_are_exact_until_the_one_rounding() {
    active(
        "
        day 1   activity j1 jars at X number=5              => earned 100
        day 1   activity s1 subscription at X paid=199.99   => earned 19
        day 1   activity s2 subscription at X paid=0.00     => earned 0
    ",
    );
}

#[test]
fn s27_what_the_programme_does_not_declare_is_bad_input_and_may_be_sent_again_corrected() {
    active(
        "
        day 1   activity a1 sleep at X                     => outcome dead_lettered, reason unknown_activity
        day 1   activity a2 contest at X                   => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=first       => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=01          => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=-1          => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=1000001     => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=@test:member:m => outcome dead_lettered, reason bad_attribute
        day 1   activity a2 contest at X place=1 prize=car => outcome dead_lettered, reason bad_attribute
        day 1   activity a3 review at X colour=green       => outcome dead_lettered, reason bad_attribute
        day 1   activity a4 referral at X friend=dmitry    => outcome dead_lettered, reason bad_attribute
        day 1   activity a5 subscription at X paid=1.005   => outcome dead_lettered, reason bad_attribute
        day 1   activity a5 subscription at X paid=-1      => outcome dead_lettered, reason bad_attribute
        day 1   activity a6 birthday at X on=2001-02-29    => outcome dead_lettered, reason bad_attribute
        day 1   activity a6 birthday at X on=--02-29       => outcome applied
        day 1   activity a2 contest at X place=1           => outcome applied, earned 1000
    ",
    );
}

#[test]
fn s27_bad_input_says_which_attribute_what_its_type_asks_for_and_what_came() {
    let place =
        "attribute `place`: expected a whole number from 0 to 1000000, without sign or leading zeros, found ";
    for (line, expected) in [
        ("contest at X", format!("{place}none")),
        ("contest at X place=01", format!("{place}`01`")),
        ("contest at X place=@test:member:m", format!("{place}a member or card")),
        ("contest at X place=1 prize=car", "unknown attribute `prize`: expected `place`".to_owned()),
        (
            "subscription at X paid=1.005",
            "attribute `paid`: expected an amount in RUB from 0 to 10000000000, to 2 decimals, found `1.005`".to_owned(),
        ),
        ("referral at X friend=dmitry", "attribute `friend`: expected a member or card, found `dmitry`".to_owned()),
        (
            "birthday at X on=2001-02-29",
            "attribute `on`: expected a date such as `2001-05-17`, or a day of every year such as `--05-17`, found \
             `2001-02-29`"
                .to_owned(),
        ),
    ] {
        let mut ledger = Ledger::new(vec![tariffs::active()]);
        let (command, _) = ledger.read(&format!("day 1 activity a1 {line}"));
        let told = refusal::words(&command, Reason::BadAttribute, &ledger.tariffs);
        assert_eq!(told, expected, "{line}");
    }
}

#[test]
fn once_is_once_whoever_sends_it_and_once_for_each_friend() {
    active(
        "
        day 1   activity r1 registration at X                   => earned 100
        day 2   activity r2 registration at Y                   => outcome applied, earned 0, total 100
        day 3   activity f1 referral at X friend=@test:member:a => earned 300
        day 3   activity f2 referral at X friend=@test:member:a => earned 0
        day 3   activity f3 referral at X friend=@test:member:b => earned 300, total 700
    ",
    );
}

#[test]
fn s23_once_for_each_value_counts_values_and_not_their_spellings() {
    let mut tariff = tariffs::active();
    let award = tariff.activities.awards.iter_mut().find(|award| award.activity.as_str() == "subscription");
    award.expect("an award for a subscription").often =
        Often { once: Some(Once::Ever), for_each: Some(Name::from("paid")) };
    play(
        tariff,
        "
        day 1   activity s1 subscription at X paid=200.50 => earned 20
        day 2   activity s2 subscription at X paid=200.5  => outcome applied, earned 0
        day 3   activity s3 subscription at X paid=0200.50 => outcome applied, earned 0
        day 4   activity s4 subscription at X paid=300    => earned 30
        day 5   activity b1 birthday at X on=+001-05-17   => outcome dead_lettered, reason bad_attribute
    ",
    );
}

#[test]
fn places_of_a_month_are_forgotten_when_no_late_event_can_take_them() {
    let ledger = play(
        tariffs::active(),
        "
        day 1   activity v1 review at X colour=red        => earned 50
        day 40  activity v2 review at X colour=red        => earned 50
        day 91  activity v3 review at X colour=red        => earned 50
        day 92  activity v4 review at X colour=red dated day 70 => earned 50
        day 93  activity v5 review at X colour=red dated day 65 => earned 50, clawed 50
        day 94  activity r1 registration at X             => earned 100
        day 365 activity v6 review at X colour=red        => earned 50
    ",
    );
    let firsts = &ledger.entity().account.activities.firsts;
    assert_eq!(firsts.iter().map(|first| first.fact.id.as_str()).collect::<Vec<_>>(), ["r1", "v6"]);
}

#[test]
fn once_a_month_is_a_month_of_the_programmes_zone() {
    active(
        "
        day 30  activity v1 review at X colour=red        => earned 50
        day 31  activity v2 review at X colour=blue       => earned 0
        day 32  activity v3 review at X colour=blue       => earned 50
    ",
    );
}

#[test]
fn s24_once_goes_to_the_earliest_with_its_own_terms_however_late_it_comes() {
    active(
        "
        day 20  activity r2 registration at Y             => earned 100, pending 100, lot r2 net 100
        day 21  activity r1 registration at X dated day 3 => earned 100, clawed 100, total 100, available 100
        day 21  pass                                      => lot r1 net 100, lot r2 net 0, lot r2 revoked 100
        day 22  activity r3 registration at Z dated day 4 => earned 0, clawed 0, total 100
        day 23  activity r0 registration at A dated day 3 => earned 100, clawed 100, lot r1 net 0, lot r0 net 100
    ",
    );
}

#[test]
fn s17_s24_what_was_spent_of_a_place_that_is_lost_is_charged_to_who_took_it() {
    active(
        "
        day 1   activity r2 registration at Y             => pending 100
        day 20  sale P at X 500 paying 60                 => available 40, lot r2 spent 60
        day 20  activity r1 registration at X dated 2025-12-31 => available 40, lot r1 spent 60, lot r2 net 0, debt 0
    ",
    );
}

#[test]
fn s24_a_fact_is_the_latest_in_its_own_time() {
    active(
        "
        day 10  activity b1 birthday at X on=2001-05-17              => fact birthday b1/2001-05-17
        day 11  activity b2 birthday at X on=2001-05-18 dated day 9  => fact birthday b1/2001-05-17
        day 12  activity b3 birthday at X on=2001-05-19              => fact birthday b3/2001-05-19
    ",
    );
}

#[test]
fn s25_a_late_activity_is_quarantined_and_released_as_of_its_own_time() {
    active(
        "
        day 1   activity r2 registration at Y             => earned 100
        day 40  activity r1 registration at X dated 2025-12-31 => outcome quarantined, reason too_late, total 100
        day 41  release q1 of activities/r1 at X          => outcome applied, later applied, total 100
        day 41  pass                                      => lot r1 net 100, lot r2 net 0
    ",
    );
}

#[test]
fn s06_s26_points_of_an_earlier_version_still_wait_for_their_activity() {
    // The second version asks for no activity any more, from noon of day 10 on.
    let second = domain::tariff::Tariff {
        version: 2,
        from: Timestamp(1_767_268_800_000 + 9 * 86_400_000),
        ..tariffs::active()
    };
    play_versions(
        vec![waiting(), second],
        "
        day 1    sale P at X 1000                  => pending 50
        day 20   activity r1 registration at X     => available 50, lot P available 50
        day 31   pass                              => expired 50
    ",
    );
}

fn waiting() -> domain::tariff::Tariff {
    let mut tariff = tariffs::active();
    tariff.terms[0].activation = Activation::OnActivity(Name::from("registration"));
    tariff.terms[0].expiry = Expiry::AfterActivation(Span::Days(10));
    tariff.activities.awards.remove(0);
    tariff
}

#[test]
fn s06_points_wait_for_an_action_and_count_from_it() {
    play(
        waiting(),
        "
        day 1   sale P at X 1000                          => earned 50, pending 50, lot P activates never
        day 60  activity r1 registration at X             => available 50, lot P expires 2026-03-11T12:00:00.000Z
        day 61  sale Q at X 1000                          => pending 50, lot Q activates never
        day 70  pass                                      => available 0, expired 50, pending 50
    ",
    );
}

#[test]
fn s06_s24_an_earlier_action_that_comes_late_activates_from_its_own_time() {
    play(
        waiting(),
        "
        day 1   sale P at X 1000                          => pending 50
        day 8   activity r2 registration at X             => available 50, lot P activates 2026-01-08T12:00:00.000Z
        day 9   activity r1 registration at X dated day 4 => lot P activates 2026-01-04T12:00:00.000Z
        day 10  sale Q at X 1000 dated day 3              => lot Q activates 2026-01-04T12:00:00.000Z, available 100
        day 14  pass                                      => available 0, expired 100
    ",
    );
}

#[test]
fn s06_an_activity_extends_points_that_lived_then() {
    let extended = || {
        let mut tariff = tariffs::active();
        tariff.terms[0].activation = Activation::AtOnce;
        tariff.terms[0].expiry = Expiry::AfterAccrual(Span::Days(10));
        tariff.terms[0].extended_by_activity = Some(Span::Days(10));
        tariff
    };
    play(
        extended(),
        "
        day 1   sale P at X 1000                          => available 50, lot P expires 2026-01-11T12:00:00.000Z
        day 5   activity a1 contest at X place=9          => lot P expires 2026-01-15T12:00:00.000Z
        day 15  pass                                      => available 0, expired 50
        day 16  activity a2 contest at X place=9 dated day 12 => available 50, lot P expires 2026-01-22T12:00:00.000Z
    ",
    );
    play(
        extended(),
        "
        day 5   activity a1 contest at X place=9          => total 0
        day 12  activity a2 contest at X place=9          => total 0
        day 16  sale P at X 1000 dated day 1              => available 50, lot P expires 2026-01-22T12:00:00.000Z
    ",
    );
}

#[test]
fn awards_of_the_same_terms_are_one_lot_rounded_once() {
    let mut tariff = tariffs::active();
    let jars = tariff.activities.awards[2].clone();
    let half = domain::award::Amount::PerUnit(Name::from("number"), 500_000);
    tariff.activities.awards[2].amount = half.clone();
    tariff.activities.awards.push(domain::award::Award { name: Name::from("again"), amount: half, ..jars });
    tariff.terms[0].cap = Some(Points::at_least_zero(4));
    play(
        tariff,
        "
        day 1   activity j1 jars at X number=3            => earned 3, lot j1 net 3, entries 2
        day 1   activity j2 jars at X number=9            => earned 4
    ",
    );
}

/// Rates nothing but a birthday, from day 20.
fn birthdays() -> Tariff {
    let birthday = Circumstances { birthday: Some(0), ..Circumstances::default() };
    let condition = Condition { circumstances: Some(Box::new(birthday)), ..Condition::default() };
    let told_by = Some((Name::from("birthday"), Name::from("on")));
    Tariff {
        version: 2,
        from: Timestamp(1_767_225_600_000 + 19 * 86_400_000),
        declared: Declared { birthday: told_by, ..Declared::default() },
        rules: vec![tariffs::rule("birthday", condition, tariffs::rate("0.10"))],
        ..tariffs::active()
    }
}

/// A version that asks for a birthday finds the one that was told under a version that did not.
#[test]
fn s25_what_was_told_before_any_rule_asked_is_known_when_one_does() {
    play_versions(
        vec![tariffs::active(), birthdays()],
        "
        day 1   activity b1 birthday at X on=2001-01-30    => outcome applied
        day 29  sale P at X 1000                           => earned 0
        day 30  sale Q at X 1000                           => earned 100
    ",
    );
}

#[test]
fn s24_of_two_facts_of_one_instant_the_one_of_the_later_id_holds_whichever_came_first() {
    let (b1, b2) = ("activity b1 birthday at X on=2001-01-30", "activity b2 birthday at X on=2001-01-29");
    for (first, second) in [(b1, b2), (b2, b1)] {
        play_versions(
            vec![tariffs::active(), birthdays()],
            &format!(
                "
                day 21  {first} dated day 21     => outcome applied
                day 21  {second} dated day 21    => outcome applied
                day 29  sale P at X 1000         => earned 100
                day 30  sale Q at X 1000         => earned 0
            "
            ),
        );
    }
}

#[test]
fn s28_what_an_activity_tells_gives_no_level_to_who_has_bought_nothing() {
    let tiers = tariffs::tiered(Window::Lifetime).tiers;
    play(
        Tariff { tiers, version: 1, from: Timestamp::MIN, ..birthdays() },
        "
        day 1   activity b1 birthday at X on=2001-01-30    => outcome applied, tier none
        day 2   sale P at X 1000                           => tier silver
    ",
    );
}
