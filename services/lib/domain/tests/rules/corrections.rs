//! Audited corrections of versions: what a faulty one rated is rated again, by whatever touches the account (S26).

use crate::scenario::{Ledger, go_on, tariffs};
use domain::calendar::Span;
use domain::correction::{Correction, CorrectionError};
use domain::entry::{Entry, EntryKind};
use domain::event::NoticeKind;
use domain::tariff::{Activation, Condition, Expiry, Level, Notices, Tariff, Window};
use domain::{Event, Name, Timestamp};
use std::sync::Arc;

/// Noon of day `day` of 2026, as scenarios count.
fn day(day: i64) -> Timestamp {
    Timestamp(1_767_268_800_000 + (day - 1) * 86_400_000)
}

/// `tariff` as version `version`, in place of `replaces` for events of noon of day `from` until noon of day `until`.
fn correcting(tariff: Tariff, version: i32, replaces: i32, from: i64, until: i64) -> Tariff {
    let (actor, reason) = (Name::from("op-7"), Name::from("a slip in the rates"));
    let correction = Some(Correction { replaces, until: day(until), actor, reason });
    Tariff { version, from: day(from), correction, ..tariff }
}

fn at_rate(rate: &str) -> Tariff {
    tariffs::with_rules(vec![tariffs::rule("base", Condition::default(), tariffs::rate(rate))])
}

fn publish(ledger: &mut Ledger, tariff: Tariff) {
    ledger.tariffs.check_correction(&tariff).expect("a correction that may be published");
    ledger.tariffs.add(Arc::new(tariff));
}

/// Plays `before` under the faulty version, then `after` under the correction, too.
fn play(faulty: Tariff, before: &str, correction: Tariff, after: &str) -> Ledger {
    let mut ledger = Ledger::new(vec![faulty]);
    go_on(&mut ledger, before);
    publish(&mut ledger, correction);
    go_on(&mut ledger, after);
    ledger
}

fn entries(ledger: &Ledger) -> impl Iterator<Item = &Entry> {
    ledger.all.iter().filter_map(|event| match event {
        Event::Entry(entry) => Some(entry),
        _ => None,
    })
}

#[test]
fn s26_too_low_a_rate_is_raised_by_whatever_touches_the_account() {
    let correction = || correcting(at_rate("0.10"), 2, 1, 5, 20);
    let sold = "day 10 sale P at X 1000 => earned 50";
    let raised = "day 12 pass => total 100, earned_all 100, clawed_all 0, lot P net 100, entries 2";
    play(tariffs::base(), sold, correction(), raised);
    let another = "day 12 sale Q at X 1000 => earned 100, total 200, lot P net 100";
    play(tariffs::base(), sold, correction(), another);
    let returned = "day 12 return r of P at X => clawed 100, total 0, lot P net 0";
    play(tariffs::base(), sold, correction(), returned);
    let late = "day 21 sale Q at X 1000 dated day 19 => earned 100, total 200";
    play(tariffs::base(), sold, correction(), late);
}

#[test]
fn s26_too_high_a_rate_is_clawed_back_wherever_the_points_are() {
    let correction = || correcting(at_rate("0.03"), 2, 1, 1, 20);
    // Pending.
    play(
        tariffs::base(),
        "day 10 sale P at X 1000 => earned 50, pending 50",
        correction(),
        "day 12 pass => pending 30, clawed_all 20, revoked 20, debt 0",
    );
    // Available.
    play(
        tariffs::base(),
        "day 10 sale P at X 1000 => earned 50",
        correction(),
        "day 30 pass => available 30, clawed_all 20, debt 0",
    );
    // Spent: a debt, that the next points repay; the redemption stays decided.
    play(
        tariffs::base(),
        "
        day 1   sale P at X 1000  => earned 50
        day 16  hold R at Z 50    => decision approved
        day 16  capture c of R at Z 50 => spent 50, available 0
    ",
        correction(),
        "
        day 17  pass              => debt 20, spent 50, clawed_all 20, redeemed 50, available 0
        day 18  sale Q at X 1000  => earned 30, debt 20
        day 33  pass              => debt 0, available 10, redeemed 50
    ",
    );
    // Spent, with others at hand: they pay (S17).
    play(
        tariffs::base(),
        "
        day 1   sale P at X 1000  => earned 50
        day 2   sale Q at X 400   => earned 20
        day 17  hold R at Z 50    => decision approved
        day 17  capture c of R at Z 50 => lot P spent 50, available 20
    ",
        correcting(at_rate("0.03"), 2, 1, 1, 2),
        "day 18  pass              => lot P spent 30, lot Q spent 20, debt 0, available 0",
    );
    // Expired.
    let short = || tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(16)));
    let low = Tariff { rules: at_rate("0.03").rules, ..short() };
    play(
        short(),
        "
        day 1   sale P at X 1000  => earned 50
        day 18  pass              => expired 50
    ",
        correcting(low, 2, 1, 1, 20),
        "day 19  pass              => expired 30, clawed_all 20, debt 0, revoked 20",
    );
    // Held.
    play(
        tariffs::base(),
        "
        day 1   sale P at X 1000  => earned 50
        day 16  hold R at Z 50    => held 50
    ",
        correction(),
        "day 17  pass              => held 30, clawed_all 20, debt 0",
    );
}

#[test]
fn s26_raised_points_take_the_state_their_dates_give() {
    let short = || tariffs::with_terms(|terms| terms.expiry = Expiry::AfterAccrual(Span::Days(16)));
    let high = Tariff { rules: at_rate("0.10").rules, ..short() };
    play(
        short(),
        "
        day 1   sale P at X 1000  => earned 50
        day 16  pass              => available 50
    ",
        correcting(high.clone(), 2, 1, 1, 20),
        "day 16 18:00 pass         => available 100",
    );
    play(
        short(),
        "
        day 1   sale P at X 1000  => earned 50
        day 18  pass              => expired 50
    ",
        correcting(high, 2, 1, 1, 20),
        "day 19  pass              => expired 100, available 0",
    );
}

#[test]
fn s26_the_stretch_is_half_open() {
    play(
        tariffs::base(),
        "
        day 4 23:59   sale A at X 1000  => earned 50
        day 5 11:59   sale B at X 1000  => earned 50
        day 5 12:00   sale C at X 1000  => earned 50
        day 9 11:59   sale D at X 1000  => earned 50
        day 9 12:00   sale E at X 1000  => earned 50
    ",
        correcting(at_rate("0.10"), 2, 1, 5, 9),
        "
        day 10        pass              => lot A net 50, lot B net 50, lot C net 100, lot D net 100, lot E net 50
        day 11        sale F at X 1000 dated day 5 11:59 => earned 50
        day 11        sale G at X 1000 dated day 5 12:00 => earned 100
        day 11        sale H at X 1000 dated day 9 11:59 => earned 100
        day 11        sale I at X 1000 dated day 9 12:00 => earned 50
    ",
    );
}

#[test]
fn s26_another_version_is_left_alone_and_the_end_may_be_that_of_the_faulty_one() {
    let second = Tariff { version: 2, from: day(10), ..at_rate("0.07") };
    let mut ledger = Ledger::new(vec![tariffs::base(), second]);
    go_on(
        &mut ledger,
        "
        day 9   sale A at X 1000  => earned 50
        day 11  sale B at X 1000  => earned 70
    ",
    );
    let for_good = correcting(at_rate("0.10"), 3, 1, 5, 9);
    let correction = for_good.correction.clone().map(|it| Correction { until: Timestamp::NEVER, ..it });
    publish(&mut ledger, Tariff { correction, ..for_good });
    go_on(
        &mut ledger,
        "
        day 12  pass              => lot A net 100, lot B net 70
        day 13  sale C at X 1000  => earned 70
        day 13  sale D at X 1000 dated day 9 => earned 100
    ",
    );
}

#[test]
fn s16_s26_returns_use_the_replacement_before_and_after() {
    play(
        tariffs::base(),
        "
        day 10  sale P at X 1000 500      => earned 75
        day 11  return r of P at X 1      => clawed 50, total 25
    ",
        correcting(at_rate("0.10"), 2, 1, 5, 20),
        "
        day 12  pass                      => total 50, lot P net 50
        day 13  return s of P at X 2      => clawed 50, total 0
        day 40  pass                      => available 0, debt 0
    ",
    );
    // The replacement has a step, and what remains is below it.
    play(
        tariffs::base(),
        "
        day 10  sale P at X 40000 100     => earned 2005
        day 11  return r of P at X 1      => clawed 2000, total 5
    ",
        correcting(tariffs::threshold(), 2, 1, 5, 20),
        "day 12  pass                     => total 5",
    );
    // A return that waits for its sale, and both come after.
    play(
        tariffs::base(),
        "day 10  return r of P at X 1     => outcome parked",
        correcting(at_rate("0.10"), 2, 1, 5, 20),
        "day 12  sale P at X 1000 500 dated day 9 => earned 150, total 50",
    );
}

#[test]
fn s24_s26_a_tier_that_is_reached_by_corrected_levels_rates_what_follows() {
    let gold_from = |amount: i64| {
        let mut tariff = tariffs::tiered(Window::Lifetime);
        tariff.tiers.as_mut().expect("tiers").levels[1].from = domain::Minor(amount * 100);
        tariff
    };
    let sold = "
        day 10  sale A at X 9000  => earned 450, tier silver
        day 12  sale B at X 1000  => earned 50, tier silver
        day 25  sale C at X 1000  => earned 50, tier silver
    ";
    play(
        gold_from(100_000),
        sold,
        correcting(gold_from(10_000), 2, 1, 5, 20),
        "
        day 26  pass              => lot A net 450, lot B net 50, lot C net 100
        day 26  sale D at X 1000 dated day 19 => earned 100
    ",
    );
    // For good.
    let for_good = |tariff: Tariff| correcting(tariff, 2, 1, 5, 4_000);
    let gold = "day 26 pass => tier gold, lot C net 100";
    let ledger = play(gold_from(100_000), sold, for_good(gold_from(10_000)), gold);
    let corrected = |event: &Event| matches!(event, Event::Tier(change) if change.correction);
    assert!(ledger.all.iter().any(corrected), "S28: a retroactive change says so");
    // By a return alone, in the stretch: no sale of the account is the faulty version's there.
    play(
        gold_from(1_000),
        "
        day 1   sale A at X 1000 500  => tier gold
        day 10  return r of A at X 1  => tier silver
        day 25  sale B at X 100       => earned 5
    ",
        correcting(gold_from(400), 2, 1, 9, 20),
        "day 26  pass                 => lot B net 10, tier silver",
    );
}

#[test]
fn s26_a_correction_acts_once() {
    let once = "
        day 12  pass               => entries 2, total 100
        day 13  pass               => entries 0, total 100
        day 13  sale Q at X 100    => kinds accrual, total 110
    ";
    let correction = || correcting(at_rate("0.10"), 2, 1, 5, 20);
    let mut ledger = play(tariffs::base(), "day 10 sale P at X 1000 => earned 50", correction(), once);
    ledger.tariffs.add(Arc::new(correction()));
    go_on(&mut ledger, "day 14 pass => entries 0, total 110");
    let again = ledger.tariffs.check_correction(&correction());
    assert_eq!(again, Err(CorrectionError::NotNewest { version: 2, newest: 2 }));
}

#[test]
fn s26_a_correction_of_a_correction() {
    let mut ledger = play(
        tariffs::base(),
        "
        day 10  sale P at X 1000  => earned 50
        day 15  sale Q at X 1000  => earned 50
    ",
        correcting(at_rate("0.50"), 2, 1, 5, 20),
        "day 16  pass             => lot P net 500, lot Q net 500",
    );
    publish(&mut ledger, correcting(at_rate("0.10"), 3, 2, 5, 12));
    go_on(
        &mut ledger,
        "
        day 17  pass              => lot P net 100, lot Q net 500
        day 17  sale R at X 1000 dated day 11 => earned 100
        day 17  sale S at X 1000 dated day 13 => earned 500
        day 17  return r of P at X => clawed 100
    ",
    );
    // Both before anything touches the account: the end is the same.
    let mut ledger = Ledger::new(vec![tariffs::base()]);
    go_on(&mut ledger, "day 10 sale P at X 1000 => earned 50");
    publish(&mut ledger, correcting(at_rate("0.50"), 2, 1, 5, 20));
    publish(&mut ledger, correcting(at_rate("0.10"), 3, 2, 5, 12));
    go_on(&mut ledger, "day 17 pass => lot P net 100, total 100");
}

#[test]
fn s26_s29_entries_name_the_correction_who_and_why() {
    let ledger = play(
        tariffs::base(),
        "day 10 sale P at X 1000 => earned 50",
        correcting(at_rate("0.03"), 2, 1, 5, 20),
        "day 40 pass => kinds activation+adjustment+clawback",
    );
    let of_correction: Vec<&Entry> =
        entries(&ledger).filter(|entry| entry.rule.as_str() == "op-7: a slip in the rates").collect();
    let [audit, clawback] = of_correction[..] else { panic!("two entries, found {of_correction:?}") };
    assert_eq!((audit.kind, clawback.kind), (EntryKind::Adjustment, EntryKind::Clawback));
    assert_eq!(audit.cause, clawback.cause);
    assert_eq!((audit.version, clawback.version), (2, 2));
    assert_eq!((clawback.at, clawback.recorded_at, clawback.occurred_at), (day(40), day(40), day(5)));
    assert_ne!(audit.cause, entries(&ledger).next().expect("the sale's").cause);
}

#[test]
fn s26_other_dates_are_other_lots() {
    let later = |terms: &mut domain::tariff::Terms| {
        terms.activation = Activation::After(Span::Days(30));
        terms.expiry = Expiry::AfterAccrual(Span::Days(60));
    };
    play(
        tariffs::base(),
        "
        day 1   sale P at X 1000  => earned 50
        day 16  hold R at Z 30    => decision approved
        day 16  capture c of R at Z 30 => spent 30, available 20
    ",
        correcting(tariffs::with_terms(later), 2, 1, 1, 20),
        "
        day 17  pass              => total 50, pending 50, available 0, debt 30
        day 32  pass              => available 20, debt 0, redeemed 30
        day 62  pass              => expired 20
    ",
    );
    // And back again, under a third version.
    let mut ledger = play(
        tariffs::base(),
        "day 1 sale P at X 1000 => earned 50",
        correcting(tariffs::with_terms(later), 2, 1, 1, 20),
        "day 2 pass => pending 50, earned_all 100, clawed_all 50",
    );
    publish(&mut ledger, correcting(at_rate("0.10"), 3, 2, 1, 20));
    go_on(&mut ledger, "day 3 pass => pending 100, earned_all 200, clawed_all 100");
    go_on(&mut ledger, "day 16 pass => available 100");
    go_on(&mut ledger, "day 17 return r of P at X => total 0, debt 0");
}

#[test]
fn s16_s26_a_period_counts_what_the_replacement_lets_earn() {
    let counted = Tariff { points_earn: true, ..tariffs::monthly() };
    let second = Tariff { version: 2, from: day(20), ..tariffs::monthly() };
    let mut ledger = Ledger::new(vec![tariffs::monthly(), second]);
    go_on(
        &mut ledger,
        "
        day 5   grant g at X 500            => available 0
        day 33  sale Q at X 1000            => total 600
        day 34  sale P at X 600 paying 500  => used 500, earned 10
    ",
    );
    publish(&mut ledger, correcting(counted, 3, 2, 34, 40));
    // 1,000 and 600 of one month: 15 %.
    go_on(&mut ledger, "day 35 pass => pending 240");
    go_on(&mut ledger, "day 36 return r of P at X => pending 100");
}

#[test]
fn s26_cards_are_corrected_as_they_go() {
    let before = "
        day 10  issue i card K at X             => outcome applied
        day 10  sale P at X 1000 via K          => K: total 50
    ";
    let correction = || correcting(at_rate("0.10"), 2, 1, 5, 20);
    play(
        tariffs::base(),
        before,
        correction(),
        "
        day 12  bind b card K to m at X dated day 11 => total 100, K: total 0
        day 13  sale Q at X 1000 via K dated day 6   => total 200
        day 14  return r of P at X via K             => total 100
    ",
    );
    let bound = format!(
        "{before}
        day 12  bind b card K to m at X              => total 50"
    );
    play(tariffs::base(), &bound, correction(), "day 13 pass => total 100, lot P net 100");
}

#[test]
fn s26_s30_a_member_is_told_once() {
    let channels = [(NoticeKind::Accrued, vec![Name::from("sms")])].into_iter().collect();
    let told = |tariff| Tariff {
        notices: Notices { channels: std::clone::Clone::clone(&channels), ..Notices::default() },
        ..tariff
    };
    play(
        told(tariffs::base()),
        "day 10 sale P at X 1000 => notices accrued",
        correcting(told(at_rate("0.10")), 2, 1, 5, 20),
        "
        day 12  pass => notices accrued
        day 13  pass => notices none
    ",
    );
}

#[test]
fn s26_what_no_correction_may_change_is_refused() {
    let ledger = Ledger::new(vec![tariffs::base()]);
    let check = |tariff: Tariff, replaces: i32, from: i64, until: i64| {
        let told = ledger.tariffs.check_correction(&correcting(tariff, 2, replaces, from, until));
        told.err().map_or("may be published".to_owned(), |error| error.to_string())
    };
    let differs = |tariff: Tariff| check(tariff, 1, 5, 20);
    let period = tariffs::with_terms(|terms| terms.level = Level::Period(domain::calendar::Unit::Month));
    let extended = tariffs::with_terms(|terms| terms.extended_by_purchase = Some(Span::Days(9)));
    let wallets = |mut tariff: Tariff| {
        tariff.wallets[0].point_value = tariffs::factor("2");
        tariff
    };
    for (what, tariff) in [
        ("zone", Tariff { zone: chrono_tz::Europe::Moscow, ..tariffs::base() }),
        ("lateness", Tariff { lateness: Span::Days(9), ..tariffs::base() }),
        ("wallets", wallets(tariffs::base())),
        ("tiers' window, or what they count,", tariffs::tiered(Window::Lifetime)),
        ("activities and grants", tariffs::active()),
        ("extension of expiries", extended),
        ("terms of a period, or their rules,", period),
    ] {
        let told = differs(tariff);
        assert!(told.starts_with(&format!("its {what} differs from version 1:")), "{what}: {told}");
    }
    assert_eq!(differs(at_rate("0.2")), "may be published");
    assert!(
        check(at_rate("0.2"), 7, 5, 20)
            .starts_with("it replaces version 7, expected one that is published: 1")
    );
    let second = Tariff { version: 2, from: day(3), ..at_rate("0.07") };
    let later = Ledger::new(vec![tariffs::base(), second]);
    let told = later.tariffs.check_correction(&correcting(tariffs::base(), 3, 1, 5, 20));
    assert!(matches!(told, Err(CorrectionError::Nowhere { replaces: 1, .. })), "{told:?}");
}
