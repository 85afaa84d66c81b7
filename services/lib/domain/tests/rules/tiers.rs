//! Tiers by points, purchases and memberships; grace, minimum stay, warnings (S21, S28, S30).

use crate::scenario::{Ledger, play, tariffs};
use domain::calendar::{Span, Unit};
use domain::declared::{Segment, Sign};
use domain::event::NoticeKind;
use domain::reach::IfLost;
use domain::tariff::{ByTier, Effect, Metric, Notices, Tariff, Tiers, Window};
use domain::{Event, Minor, Name};

fn with_tiers(mut tariff: Tariff, change: impl FnOnce(&mut Tiers)) -> Tariff {
    change(tariff.tiers.as_mut().expect("a tariff with tiers"));
    tariff
}

/// Silver, Gold from 500 points, Platinum from 650; the upper two earn 10 %.
fn by_points() -> Tariff {
    let points = Metric::Points(Name::from("bonus"));
    let mut tariff = with_tiers(tariffs::tiered_by(points, 500, Window::Lifetime), |tiers| {
        tiers.levels.push(tariffs::level("platinum", 650));
    });
    let rates = ["0.05", "0.10", "0.10"].map(tariffs::factor).to_vec();
    tariff.rules[0].effect = Effect::Rate(ByTier::Each(rates));
    tariff
}

fn by_purchases(window: Window) -> Tariff {
    tariffs::tiered_by(Metric::Purchases, 2, window)
}

/// Every change of tier that was told, `from>to`, in order.
fn changes(ledger: &Ledger) -> Vec<String> {
    let tier = |event: &Event| match event {
        Event::Tier(change) => Some(format!("{}>{}", change.from, change.to)),
        _ => None,
    };
    ledger.all.iter().filter_map(tier).collect()
}

#[test]
fn s28_points_reach_a_level_and_the_sale_that_does_is_rated_at_the_old_one() {
    play(
        by_points(),
        "
        day 1   sale A at X 9999              => earned 499, tier silver
        day 2   sale B at X 20                => earned 1, tier gold
        day 3   sale C at X 1000              => earned 100, tier gold
        day 4   sale D at X 490               => earned 49, tier gold
        day 5   sale E at X 10                => earned 1, tier platinum
    ",
    );
}

#[test]
fn s24_s28_a_sale_that_is_rated_anew_counts_what_it_earns_then() {
    // 450, 100, 100: the last is Gold's, and with it the member is Platinum.
    let script = [
        "day 1 sale A at X 9000 => tier silver",
        "day 2 sale B at X 2000 => tier gold",
        "day 3 sale C at X 1000 => tier platinum, earned_all 650",
    ];
    play(by_points(), &script.join("\n"));
    play(
        by_points(),
        "
        day 10  sale C at X 1000 dated day 3  => earned 50, tier silver
        day 11  sale B at X 2000 dated day 2  => earned 100, tier silver
        day 12  sale A at X 9000 dated day 1  => earned 450, tier platinum, lot C net 100, earned_all 650
        day 13  return r of A at X dated day 1 => lot C net 50, tier silver
    ",
    );
}

#[test]
fn s21_s28_a_return_takes_back_the_points_it_claws_back_from_its_own_time_on() {
    // 40,000 and more bring 1,000 points beside: with the laptop go 3,500 of 3,509.
    let mut tariff = tariffs::threshold();
    let points = Metric::Points(Name::from("bonus"));
    tariff.tiers = tariffs::tiered_by(points, 10, Window::Lifetime).tiers;
    play(
        tariff,
        "
        day 1   sale A at X 50000 190         => earned 3509, tier gold
        day 2   return r of A at X 1          => clawed 3500, tier silver
        day 3   sale B at X 20                => earned 1, tier gold
        day 4   return s of A at X 2          => clawed 9, tier silver
    ",
    );
}

#[test]
fn s24_s28_returns_that_come_in_another_order_count_in_their_own() {
    let mut tariff = tariffs::threshold();
    let points = Metric::Points(Name::from("bonus"));
    tariff.tiers = tariffs::tiered_by(points, 2_000, Window::Lifetime).tiers;
    tariff.rules[0].effect =
        Effect::Rate(ByTier::Each(vec![tariffs::factor("0.05"), tariffs::factor("0.10")]));
    // The mouse goes back on day 3, the laptop on day 5: on day 4 the member is Gold still.
    let usual = "
        day 1   sale A at X 50000 190         => earned 3509, tier gold
        day 3   return m of A at X 2          => clawed 9, tier gold
        day 4   sale B at X 100               => earned 10
        day 5   return l of A at X 1          => tier silver
    ";
    play(tariff.clone(), usual);
    let turned = "
        day 1   sale A at X 50000 190         => earned 3509, tier gold
        day 4   sale B at X 100               => earned 10
        day 5   return l of A at X 1          => tier silver, lot B net 10
        day 6   return m of A at X 2 dated day 3 => lot B net 10, tier silver
        day 7   return n of B at X            => clawed 10, total 0
    ";
    play(tariff, turned);
}

#[test]
fn s21_s28_a_purchase_counts_while_anything_of_it_is_kept() {
    play(
        by_purchases(Window::Lifetime),
        "
        day 1   sale A at X 10                => tier silver
        day 2   sale B at X 10 20             => tier gold
        day 3   return r of B at X 1          => tier gold
        day 4   return s of B at X 2          => tier silver
        day 5   sale C at X 10                => tier gold
        day 6   sale D at X 10 dated day 2    => tier gold
        day 7   return t of A at X            => tier gold
        day 8   return u of C at X            => tier silver
    ",
    );
}

#[test]
fn s28_grace_keeps_what_time_takes_and_not_a_millisecond_longer() {
    // Two purchases on 10 January are in the window of ten days until 20 January.
    let tariff = with_tiers(by_purchases(Window::Rolling(10)), |tiers| tiers.grace = Some(Span::Days(5)));
    let ledger = play(
        tariff,
        "
        2026-01-10 10:00  sale A at X 10      => tier silver
        2026-01-10 10:00  sale B at X 10      => tier gold
        2026-01-20 00:00  pass                => tier gold
        2026-01-24 23:59  sale C at X 1000    => earned 100, tier gold
        2026-01-25 00:00  pass                => tier silver
        2026-01-25 00:00  sale D at X 1000    => earned 50, tier gold
    ",
    );
    assert_eq!(changes(&ledger), [">silver", "silver>gold", "gold>silver", "silver>gold"]);
}

#[test]
fn s28_a_level_reached_again_within_the_grace_was_never_lost() {
    let tariff = with_tiers(tariffs::tiered(Window::Calendar(Unit::Month)), |tiers| {
        tiers.grace = Some(Span::Days(10));
    });
    let ledger = play(
        tariff,
        "
        2026-01-31 23:59  sale A at X 10000   => tier gold
        2026-02-28 23:59  pass                => tier gold
        2026-03-10 23:59  sale B at X 10000   => earned 1000, tier gold
        2026-04-30 23:59  pass                => tier gold
        2026-05-10 23:59  pass                => tier gold
        2026-05-11 00:00  pass                => tier silver
    ",
    );
    assert_eq!(changes(&ledger), [">gold", "gold>silver"]);
}

#[test]
fn s28_a_level_is_kept_for_its_minimum_stay_whatever_time_takes() {
    // Reached on 31 January: a month of stay ends on 28 February.
    let tariff = with_tiers(by_purchases(Window::Rolling(10)), |tiers| tiers.stay = Some(Span::Months(1)));
    play(
        tariff.clone(),
        "
        2026-01-31 10:00  sale A at X 10      => tier silver
        2026-01-31 10:00  sale B at X 10      => tier gold
        2026-02-28 09:59  sale C at X 1000    => earned 100, tier gold
        2026-02-28 10:00  pass                => tier silver
    ",
    );
    // One that was reached by what came back was not reached: the return takes it at once, and its stay with it.
    play(
        tariff.clone(),
        "
        2026-01-31 10:00  sale A at X 10      => tier silver
        2026-01-31 10:00  sale B at X 10      => tier gold
        2026-02-01 10:00  return r of B at X  => tier silver
    ",
    );
    // One that stands without what came back keeps its stay.
    play(
        tariff.clone(),
        "
        2026-01-31 10:00  sale A at X 10      => tier silver
        2026-01-31 10:00  sale B at X 10      => tier gold
        2026-02-01 10:00  sale C at X 10      => tier gold
        2026-02-02 10:00  return r of C at X  => tier gold
        2026-02-28 09:59  pass                => tier gold
        2026-02-28 10:00  pass                => tier silver
    ",
    );
    // Within the stay that time had come to rely on, a return of what no longer counts changes nothing.
    play(
        tariff,
        "
        2026-01-31 10:00  sale A at X 10      => tier silver
        2026-01-31 10:00  sale B at X 10      => tier gold
        2026-02-15 10:00  return r of B at X  => tier gold
        2026-02-28 10:00  pass                => tier silver
    ",
    );
}

#[test]
fn s21_s28_a_return_ends_the_stay_of_a_calendar_window_at_its_next_evaluation() {
    let tariff = with_tiers(tariffs::tiered(Window::Calendar(Unit::Month)), |tiers| {
        tiers.stay = Some(Span::Months(6));
    });
    play(
        tariff.clone(),
        "
        2026-01-31 10:00  sale A at X 10000   => tier gold
        2026-07-31 09:59  pass                => tier gold
        2026-07-31 10:00  pass                => tier silver
    ",
    );
    play(
        tariff,
        "
        2026-01-31 10:00  sale A at X 10000   => tier gold
        2026-01-31 11:00  return r of A at X  => tier gold
        2026-02-01 00:00  pass                => tier silver
    ",
    );
}

#[test]
fn s28_one_level_at_a_time_each_with_its_own_grace() {
    let tariff = with_tiers(by_points_in(Window::Rolling(10)), |tiers| {
        tiers.grace = Some(Span::Days(2));
        tiers.downgrade = domain::tariff::Downgrade::OneLevel;
    });
    play(
        tariff,
        "
        2026-01-10 10:00  sale A at X 13000   => earned 650, tier platinum
        2026-01-21 23:59  pass                => tier platinum
        2026-01-22 00:00  pass                => tier gold
        2026-01-24 23:59  pass                => tier gold
        2026-01-25 00:00  pass                => tier silver
    ",
    );
}

fn by_points_in(window: Window) -> Tariff {
    with_tiers(by_points(), |tiers| tiers.window = window)
}

/// A warning a week and a day before time takes the tier.
fn warning(tariff: Tariff) -> Tariff {
    let channels = [NoticeKind::TierEnding].into_iter().map(|kind| (kind, vec![Name::from("sms")]));
    let before_tier_change = vec![Span::Days(7), Span::Days(1)];
    Tariff {
        notices: Notices { channels: channels.collect(), before_tier_change, ..Notices::default() },
        ..tariff
    }
}

#[test]
fn s30_a_warning_comes_before_time_takes_the_tier_and_not_where_it_does_not() {
    // Lost on 1 March at midnight.
    let tariff = warning(tariffs::tiered(Window::Calendar(Unit::Month)));
    let ledger = play(
        tariff,
        "
        2026-01-10 10:00  sale A at X 10000   => tier gold
        2026-02-21 23:59  pass                => notices none
        2026-02-22 00:00  pass                => notices tier_ending
        2026-02-27 10:00  sale B at X 10000   => notices none
        2026-02-28 10:00  pass                => notices none
        2026-03-24 23:59  pass                => notices none
        2026-03-25 00:00  pass                => notices tier_ending
        2026-03-31 00:00  pass                => notices tier_ending
        2026-04-01 00:00  pass                => notices none, tier silver
        2026-06-01 00:00  pass                => notices none
    ",
    );
    let ends: Vec<String> = ledger
        .all
        .iter()
        .filter_map(|event| match event {
            Event::Notice(notice) => Some(format!("{} {}", notice.tier, notice.until)),
            _ => None,
        })
        .collect();
    let (march, april) = ("silver 2026-03-01T00:00:00.000Z", "silver 2026-04-01T00:00:00.000Z");
    assert_eq!(ends, [march, april, april]);
}

/// Gold is who paid 99 within a year; jars end it.
fn paid() -> Tariff {
    let mut tariff = Tariff {
        activities: tariffs::activities(),
        ..tariffs::tiered_by(Metric::Membership, 0, Window::Lifetime)
    };
    tariff.tiers.as_mut().expect("tiers").levels[1].membership = Name::from("prime");
    let sign = |activity: &str| Sign { activity: Name::from(activity), only: Vec::new() };
    tariff.declared.segments = vec![Segment {
        name: Name::from("prime"),
        joined_by: sign("registration"),
        left_by: Some(sign("jars")),
        lasts: Some(Span::Days(100)),
        price: Some(Minor(9_900)),
    }];
    tariff
}

#[test]
fn s28_a_paid_membership_reaches_a_level_until_it_ends() {
    let ledger = play(
        paid(),
        "
        day 1   sale A at X 1000                          => earned 50, tier silver
        day 2   activity p registration at X              => tier gold
        day 3   sale B at X 1000                          => earned 100
        day 102 11:59  sale C at X 1000                   => earned 100
        day 102 12:00  sale D at X 1000                   => earned 50, tier silver
    ",
    );
    assert_eq!(changes(&ledger), [">silver", "silver>gold", "gold>silver"]);
}

#[test]
fn s24_s28_a_renewal_goes_on_from_the_end_in_whichever_order_they_come() {
    play(
        paid(),
        "
        day 1   activity p registration at X              => tier gold
        day 90  activity q registration at X              => tier gold
        day 201 11:59  pass                               => tier gold
        day 201 12:00  pass                               => tier silver
    ",
    );
    play(
        paid(),
        "
        day 20  activity q registration at X dated day 15 => tier gold
        day 21  activity p registration at X dated day 1  => tier gold
        day 201 11:59  pass                               => tier gold
        day 201 12:00  pass                               => tier silver
    ",
    );
    // Behind its end it begins anew.
    play(
        paid(),
        "
        day 1   activity p registration at X              => tier gold
        day 111 activity q registration at X              => tier gold
        day 211 11:59  pass                               => tier gold
        day 211 12:00  pass                               => tier silver
    ",
    );
}

#[test]
fn s28_a_membership_that_is_ended_pays_back_its_unused_days_once() {
    play(
        paid(),
        "
        day 1   activity p registration at X              => refund 0
        day 41  activity r jars at X number=1             => refund 5940, tier silver
        day 42  activity s jars at X number=1             => refund 0
    ",
    );
    // A day less a minute later; a renewal is paid back with it; a late end as of its own time.
    play(
        paid(),
        "
        day 1   activity p registration at X              => refund 0
        day 41 12:01  activity r jars at X number=1       => refund 5841
    ",
    );
    play(
        paid(),
        "
        day 1   activity p registration at X              => refund 0
        day 21  activity q registration at X              => refund 0
        day 41  activity r jars at X number=1             => refund 15840
    ",
    );
    play(
        paid(),
        "
        day 1   activity p registration at X              => tier gold
        day 46  sale A at X 1000                          => earned 100
        day 50  activity r jars at X number=1 dated day 41 => refund 5940, tier silver, lot A net 50
    ",
    );
}

#[test]
fn s24_s28_a_sale_before_a_membership_that_comes_late_stays_and_one_behind_it_is_raised() {
    play(
        paid(),
        "
        day 1   sale A at X 1000                              => earned 50
        day 5   sale B at X 1000                              => earned 50
        day 6   activity p registration at X dated day 3      => tier gold, lot A net 50, lot B net 100
    ",
    );
}

#[test]
fn s24_s28_a_paid_membership_comes_along_to_who_never_bought() {
    let mut tariff = paid();
    tariff.activities.levels = vec![tariffs::for_reaching("gold", 500, IfLost::Keep)];
    let ledger = play(
        tariff.clone(),
        "
        day 1   activity p registration at X for n        => n: tier gold, n: total 600
        day 3   merge g of m for n                        => tier gold, total 600
        day 4   sale A at X 1000                          => earned 100, total 700
        day 5   sale B at X 1000 dated day 3 13:00        => earned 100, total 800
        day 99  sale C at X 1000                          => earned 100
        day 101 11:59  pass                               => tier gold
        day 101 12:00  pass                               => tier silver
    ",
    );
    assert_eq!(changes(&ledger), [">gold", ">gold", "gold>silver"]);
    // The same of a card; it reaches nothing by itself, and its member does by the binding.
    play(
        tariff,
        "
        day 1   activity p registration at X via K        => K: total 100
        day 2   bind b card K to m at X                   => tier gold, total 600
        day 4   sale A at X 1000                          => earned 100, total 700
    ",
    );
}

#[test]
fn s28_levels_count_on_a_card_before_its_binding_and_for_its_member_since() {
    play(
        by_points(),
        "
        day 1   sale A at X 9999 card c                   => c: tier silver
        day 2   bind b card c to m at X                   => tier silver
        day 3   sale B at X 20                            => tier gold
        day 4   sale D at X 100 card c dated day 1        => tier gold
        day 5   return r of A at X card c                 => tier silver
    ",
    );
}

#[test]
fn s29_a_change_of_tier_says_what_the_tier_brings() {
    let tariff = with_tiers(by_purchases(Window::Lifetime), |tiers| {
        tiers.levels[0].perks = vec![Name::from("tea")];
        tiers.levels[1].perks = vec![Name::from("tea"), Name::from("lounge")];
    });
    let ledger = play(tariff, "day 1 sale A at X 10\nday 2 sale B at X 10\nday 3 return r of A at X");
    let perks: Vec<usize> = ledger
        .all
        .iter()
        .filter_map(|event| match event {
            Event::Tier(change) => Some(change.perks.len()),
            _ => None,
        })
        .collect();
    assert_eq!(perks, [1, 2, 1]);
}
