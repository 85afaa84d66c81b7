//! Grants for reaching a level (S21, S24, S28): once for each reaching, kept or taken back where returns take it.

use crate::scenario::{Ledger, go_on, play, play_versions, tariffs};
use domain::calendar::{Span, Unit};
use domain::correction::Correction;
use domain::entry::EntryKind;
use domain::event::NoticeKind;
use domain::reach::IfLost::{self, Keep, TakeBack};
use domain::tariff::{Activation, Metric, Notices, Tariff, Window};
use domain::{Event, Name, Points, Timestamp};
use std::sync::Arc;

/// Gold from 10,000 of spend, and 500 points for reaching it; nothing for the purchases themselves.
fn welcome(window: Window, if_lost: IfLost) -> Tariff {
    let mut tariff = tariffs::tiered_by(Metric::Spend, 1_000_000, window);
    tariff.rules.clear();
    tariff.terms[0].activation = Activation::AtOnce;
    tariff.activities.levels = vec![tariffs::for_reaching("gold", 500, if_lost)];
    tariff
}

fn lifetime(if_lost: IfLost) -> Tariff {
    welcome(Window::Lifetime, if_lost)
}

/// What was granted, raised or clawed back by the rule, `kind points for cause`.
fn entries(ledger: &Ledger) -> Vec<(EntryKind, i64, String)> {
    let entry = |event: &Event| match event {
        Event::Entry(entry) => Some((entry.kind, entry.points.get(), entry.rule.to_string())),
        _ => None,
    };
    ledger.all.iter().filter_map(entry).collect()
}

#[test]
fn s21_s28_who_rises_to_a_level_is_granted_it_once_for_the_purchase_that_reached_it() {
    let ledger = play(
        lifetime(Keep),
        "
        day 1   sale A at X 9000    => tier silver, total 0
        day 2   sale B at X 2000    => tier gold, total 500, lot B net 500, earned 0
        day 3   sale C at X 20000   => tier gold, total 500
    ",
    );
    let rule = "welcome to gold".to_owned();
    let granted = entries(&ledger).into_iter().filter(|(kind, ..)| *kind == EntryKind::Accrual);
    assert_eq!(granted.collect::<Vec<_>>(), [(EntryKind::Accrual, 500, rule)]);
    let lot = ledger.lot("B");
    assert_eq!((lot.partner.as_str(), lot.version), ("house", 1), "funded by who the programme says");
}

#[test]
fn s21_s28_who_rises_past_a_level_is_granted_what_all_of_them_bring() {
    let mut tariff = lifetime(Keep);
    if let Some(tiers) = &mut tariff.tiers {
        tiers.levels.push(tariffs::level("platinum", 2_000_000));
    }
    tariff.activities.levels.push(tariffs::for_reaching("platinum", 70, Keep));
    tariff.activities.levels.push(tariffs::for_reaching("silver", 3, Keep));
    play(
        tariff,
        "
        day 1   sale A at X 1       => tier silver, total 3
        day 2   sale B at X 30000   => tier platinum, total 573
    ",
    );
}

#[test]
fn s17_s18_s21_what_a_return_takes_is_taken_back_what_is_spent_of_it_as_a_debt() {
    let script = "
        day 1   sale A at X 9000                => total 0
        day 2   sale B at X 2000                => tier gold, total 500
        day 3   hold R at Z 300
        day 3   capture c of R at Z 300         => available 200
        day 4   return r of B at X              => tier silver, available 0, revoked 200, debt 300, clawed_all 500
        day 5   sale C at X 1500                => tier gold, available 200, debt 0
        day 6   return r2 of A at X             => tier silver, available 0, debt 300
    ";
    play(lifetime(TakeBack), script);
}

#[test]
fn s21_what_is_kept_stays_and_is_not_granted_again_to_who_reaches_the_level_again() {
    play(
        lifetime(Keep),
        "
        day 1   sale A at X 12000               => tier gold, total 500
        day 2   return r of A at X              => tier silver, total 500, clawed_all 0
        day 3   sale B at X 12000               => tier gold, total 500, earned_all 500
        day 4   return r2 of B at X             => tier silver, total 500
    ",
    );
}

#[test]
fn s21_a_return_that_leaves_enough_takes_nothing_and_one_that_is_protected_takes_it_still() {
    play(
        lifetime(TakeBack),
        "
        day 1   sale A at X 9000 3000           => tier gold, total 500
        day 2   return r of A at X 2            => tier silver, total 0
        day 3   sale B at X 5000                => tier gold, total 500
        day 4   sale C at X 100                 => tier gold, total 500
        day 5   return r2 of C at X             => tier gold, total 500
    ",
    );
    // The level stays until the year is over; the points do not. Who makes up for it has them again.
    let mut tariff = welcome(Window::Calendar(Unit::Year), TakeBack);
    if let Some(tiers) = &mut tariff.tiers {
        tiers.protected_from_returns = true;
    }
    play(
        tariff,
        "
        day 1   sale A at X 12000               => tier gold, total 500
        day 2   return r of A at X              => tier gold, total 0
        day 3   sale B at X 9000                => tier gold, total 0
        day 4   sale C at X 1000                => tier gold, total 500, lot C net 500
        day 5   sale D at X 1000                => tier gold, total 500, earned_all 1000, clawed_all 500
    ",
    );
}

#[test]
fn s21_s28_what_time_takes_was_reached_and_the_next_time_is_another() {
    for if_lost in [Keep, TakeBack] {
        play(
            welcome(Window::Rolling(10), if_lost),
            "
            day 1   sale A at X 12000           => tier gold, total 500
            day 12  pass                        => tier silver, total 500
            day 13  return r of A at X          => tier silver, total 500
            day 14  sale B at X 12000           => tier gold, total 1000, lot B net 500
        ",
        );
    }
}

#[test]
fn s24_a_late_sale_moves_the_reaching_to_whom_it_belongs() {
    for if_lost in [Keep, TakeBack] {
        let usual = play(
            lifetime(if_lost),
            "
            day 1   sale A at X 9000            => total 0
            day 2   sale B at X 2000            => total 500, lot B net 500
            day 3   sale C at X 10000           => total 500
            day 10  pass
        ",
        );
        let turned = play(
            lifetime(if_lost),
            "
            day 3   sale C at X 10000                   => tier gold, lot C net 500
            day 5   sale A at X 9000 dated day 1        => tier gold, total 500, lot C net 500
            day 6   sale B at X 2000 dated day 2        => tier gold, total 500, lot B net 500, lot C net 0
            day 7   sale B at X 2000 dated day 2        => outcome duplicate, total 500
            day 10  pass
        ",
        );
        let dates = |ledger: &Ledger| (ledger.lot("B").expires_at, ledger.lot("B").occurred_at);
        assert_eq!(dates(&usual), dates(&turned), "terms count from what reached it");
    }
}

#[test]
fn s24_a_late_return_undoes_what_was_never_reached_whatever_is_declared() {
    for if_lost in [Keep, TakeBack] {
        play(
            lifetime(if_lost),
            "
            day 1   sale A at X 9000                    => total 0
            day 3   sale B at X 2000                    => tier gold, total 500
            day 4   return r of A at X dated day 2      => tier silver, total 0
            day 5   sale D at X 800 dated day 1         => tier silver, total 0
            day 6   sale E at X 7200 dated day 2 23:00  => tier gold, total 500, lot B net 500
        ",
        );
    }
}

#[test]
fn s26_a_correction_grants_what_it_says_and_takes_what_it_does_not() {
    let corrected = |version: i32, points: i64| {
        let mut tariff = lifetime(Keep);
        tariff.activities.levels[0].points = Points::at_least_zero(points);
        let (actor, reason) = (Name::from("op-7"), Name::from("a slip in the grant"));
        let day = |day: i64| Timestamp(1_767_268_800_000 + (day - 1) * 86_400_000);
        let correction = Some(Correction { replaces: 1, until: day(100), actor, reason });
        Tariff { version, from: day(1), correction, ..tariff }
    };
    let sold = "
        day 2   sale A at X 12000   => tier gold, total 500
        day 3   hold R at Z 100
        day 3   capture c of R at Z 100
    ";
    for (points, left, owed) in [(700, 600, 0), (80, 0, 20)] {
        let mut ledger = Ledger::new(vec![lifetime(Keep)]);
        go_on(&mut ledger, sold);
        ledger.tariffs.add(Arc::new(corrected(2, points)));
        let after = format!("day 5 pass => available {left}, debt {owed}, tier gold");
        go_on(&mut ledger, &after);
        go_on(&mut ledger, &format!("day 6 sale B at X 100 => available {left}, debt {owed}"));
    }
}

#[test]
fn s24_a_card_reaches_its_level_for_the_member_it_is_bound_to() {
    play(
        lifetime(TakeBack),
        "
        day 1   sale A at X 12000 via K         => K: tier gold, K: total 0
        day 5   bind b card K to m at X         => tier gold, total 500
        day 6   return r of A at X via K        => tier silver, total 0
    ",
    );
    // The binding is known before the sale comes.
    play(
        lifetime(TakeBack),
        "
        day 5   bind b card K to m at X                 => total 0
        day 6   sale A at X 12000 via K dated day 1     => tier gold, total 500
        day 7   return r of A at X via K                => tier silver, total 0
    ",
    );
}

#[test]
fn who_is_merged_brings_what_was_reached_and_reaches_it_but_once() {
    play(
        lifetime(TakeBack),
        "
        day 1   sale A at X 12000 for n         => n: tier gold, n: total 500
        day 2   sale B at X 1000                => tier silver, total 0
        day 3   merge g of m for n              => tier gold, total 500
        day 4   sale C at X 100                 => total 500
        day 5   sale D at X 100 dated day 2     => total 500
        day 6   return r of A at X for n        => tier silver, total 0, clawed_all 500
        day 7   sale E at X 20000               => tier gold, total 500
        day 99  sale F at X 100                 => tier gold, total 500
        day 100 return s of E at X              => tier silver, total 0
    ",
    );
}

#[test]
fn s24_a_merge_brings_what_was_reached_before_any_of_its_cards_reaches_it_again() {
    // Whatever the names: one of those that bind comes before the desk that merges, one behind it.
    for partner in ["bakery", "zoo"] {
        play(
            lifetime(TakeBack),
            &format!(
                "
                day 1   sale A at X 5000 via K          => K: total 0
                day 2   bind b card K to n at {partner} => n: tier silver
                day 3   sale B at X 5000 for n          => n: tier gold, n: total 500
                day 4   sale C at X 5000                => tier silver, total 0
                day 5   merge g of m for n              => tier gold, total 500, earned_all 0
                day 6   sale D at X 100 dated day 4     => tier gold, total 500
                day 70  sale E at X 100                 => tier gold, total 500
                day 71  sale F at X 100 dated day 69    => tier gold, total 500
                day 72  return r of B at X for n        => tier gold, total 500
                day 73  return s of C at X              => tier silver, total 0
            "
            ),
        );
        // The binding itself reached it, and the month is another now.
        play(
            lifetime(TakeBack),
            &format!(
                "
                day 1   sale A at X 12000 via K         => K: total 0
                day 2   bind b card K to n at {partner} => n: tier gold, n: total 500
                day 32  merge g of m for n              => tier gold, total 500, earned_all 0
                day 33  sale D at X 100 dated day 20    => tier gold, total 500
                day 99  sale E at X 100                 => tier gold, total 500
                day 100 return r of A at X via K        => tier silver, total 0
            "
            ),
        );
    }
}

#[test]
fn s24_one_purchase_of_two_who_are_merged_reaches_its_level_once() {
    // Granted in one month, the two are one lot; else they are two.
    for day in [4, 32] {
        play(
            lifetime(TakeBack),
            &format!(
                "
                day 3   sale A at X 12000 for n                 => n: total 500
                day {day}   sale A at X 12000 dated day 3       => total 500
                day 33  merge g of m for n                      => tier gold, total 500
                day 34  sale B at X 1 dated day 33              => tier gold, total 500
                day 35  sale C at X 1 dated day 2               => tier gold, total 500
                day 99  sale D at X 1                           => tier gold, total 500, debt 0
            "
            ),
        );
    }
}

#[test]
fn s21_a_merge_brings_what_was_reached_to_who_never_bought() {
    let ledger = play(
        lifetime(Keep),
        "
        day 1   sale A at X 12000 for n         => n: tier gold, n: total 500
        day 2   return r of A at X for n        => n: tier silver, n: total 500
        day 3   merge g of m for n              => tier silver, total 500
        day 4   sale B at X 12000               => tier gold, total 500
        day 5   sale C at X 100 dated day 4     => tier gold, total 500
        day 99  sale D at X 100                 => tier gold, total 500
    ",
    );
    let granted = entries(&ledger).into_iter().filter(|(kind, ..)| *kind == EntryKind::Accrual);
    assert_eq!(granted.count(), 1);
}

#[test]
fn s24_what_no_late_event_can_change_is_still_taken_back_by_a_return() {
    let ledger = play(
        welcome(Window::Calendar(Unit::Year), TakeBack),
        "
        day 1   sale A at X 12000               => tier gold, total 500
        day 200 sale B at X 1                   => tier gold, total 500
        day 300 return r of A at X              => tier gold, total 0
        day 340 sale D at X 1                   => tier gold, total 0
        day 341 sale C at X 15000               => tier gold, total 500
        day 800 sale E at X 1                   => tier silver, total 0, expired 500
        day 900 sale F at X 1                   => tier silver
    ",
    );
    let reached = ledger.entity().account.standing.as_ref().map(|standing| standing.reached.len());
    assert_eq!(reached, Some(0), "what time took long ago is forgotten");
}

#[test]
fn s21_a_grace_and_a_stay_keep_the_level_and_what_was_reached() {
    let mut tariff = welcome(Window::Rolling(10), TakeBack);
    if let Some(tiers) = &mut tariff.tiers {
        tiers.grace = Some(Span::Days(5));
    }
    play(
        tariff,
        "
        day 1   sale A at X 12000               => tier gold, total 500
        day 13  pass                            => tier gold
        day 14  sale B at X 11000               => tier gold, total 500
        day 40  sale C at X 11000               => tier gold, total 1000
    ",
    );
}

#[test]
fn s28_s30_a_level_that_time_brings_is_told_with_what_it_brings() {
    let asked = [NoticeKind::TierChanged, NoticeKind::Accrued];
    let channels = asked.into_iter().map(|kind| (kind, vec![Name::from("sms")])).collect();
    let first = Tariff {
        notices: Notices { channels, ..Notices::default() },
        ..welcome(Window::Calendar(Unit::Month), Keep)
    };
    // From 20 January on less is enough; who has it already is looked at when the month is over.
    let from = Timestamp(1_768_867_200_000);
    let mut second = Tariff { version: 2, from, ..first.clone() };
    if let Some(tiers) = &mut second.tiers {
        tiers.levels[1] = tariffs::level("gold", 500_000);
    }
    let ledger = play_versions(
        vec![first, second],
        "
        2026-01-10 10:00  sale A at X 6000      => tier silver, total 0
        2026-01-31 23:59  pass                  => tier silver, notices none
        2026-02-03 10:00  sale B at X 1         => tier gold, total 500, notices tier_changed+accrued
        2026-02-04 10:00  sale C at X 1         => total 500, notices none
    ",
    );
    let notices = ledger.all.iter().filter_map(|event| match event {
        Event::Notice(notice) => Some((notice.points.get(), notice.at.to_string())),
        _ => None,
    });
    let midnight = "2026-02-01T00:00:00.000Z".to_owned();
    assert_eq!(notices.collect::<Vec<_>>(), [(0, midnight.clone()), (500, midnight)]);
}
