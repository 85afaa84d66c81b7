//! What a merged member had reached, and where they stood (S21, S24, S28): nobody is granted a level for being merged,
//! and a late return of before the merge takes what it takes.

use crate::scenario::{play, play_versions, tariffs};
use domain::calendar::Unit;
use domain::reach::IfLost::{self, Keep, TakeBack};
use domain::tariff::{Activation, Metric, Tariff, Window};
use domain::{Name, Timestamp};

/// Gold from 10,000 of spend, and 500 points for reaching it; nothing for the purchases themselves.
pub fn welcome(window: Window, if_lost: IfLost) -> Tariff {
    let mut tariff = tariffs::tiered_by(Metric::Spend, 1_000_000, window);
    tariff.rules.clear();
    tariff.terms[0].activation = Activation::AtOnce;
    tariff.activities.levels = vec![tariffs::for_reaching("gold", 500, if_lost)];
    tariff
}

fn lifetime(if_lost: IfLost) -> Tariff {
    welcome(Window::Lifetime, if_lost)
}

/// No grants at first; from noon of day 10 on gold brings 500.
fn granted_since(if_lost: IfLost) -> Vec<Tariff> {
    let mut first = lifetime(if_lost);
    first.activities.levels.clear();
    let from = Timestamp(1_767_268_800_000 + 9 * 86_400_000);
    vec![first, Tariff { version: 2, from, ..lifetime(if_lost) }]
}

#[test]
fn s21_s24_a_return_of_before_a_merge_that_comes_behind_it_takes_what_was_reached() {
    let sold = "day 1   sale A at X 12000 for n                 => n: tier gold, n: total 500";
    for (if_lost, left) in [(TakeBack, 0), (Keep, 500)] {
        for steps in [
            "day 2   return r of A at X for n
             day 3   merge g of m for n",
            "day 3   merge g of m for n
             day 4   return r of A at X for n dated day 2",
            "day 3   merge g of m for n
             day 4   return r of A at X for n",
        ] {
            let after = format!("day 5   sale B at X 100                     => tier silver, total {left}");
            let again = "day 6   sale C at X 20000                   => tier gold, total 500";
            play(lifetime(if_lost), &format!("{sold}\n{steps}\n{after}\n{again}"));
        }
    }
}

#[test]
fn s17_s18_what_is_spent_of_it_by_then_is_a_debt() {
    play(
        lifetime(TakeBack),
        "
        day 1   sale A at X 12000 for n                 => n: total 500
        day 3   merge g of m for n                      => available 500
        day 3   hold R at Z 300
        day 3   capture c of R at Z 300                 => available 200
        day 4   return r of A at X for n dated day 2    => available 0, debt 300, revoked 200
        day 5   sale B at X 11000                       => available 200, debt 0
    ",
    );
}

#[test]
fn s24_a_late_sale_of_before_a_merge_moves_the_reaching_to_whom_it_belongs() {
    for if_lost in [Keep, TakeBack] {
        play(
            lifetime(if_lost),
            "
            day 2   sale A at X 12000 for n                 => n: total 500
            day 3   merge g of m for n                      => total 500
            day 4   sale B at X 11000 for n dated day 1     => total 500, lot B net 500, lot A net 0
            day 5   return r of B at X for n dated day 1 18:00  => tier gold, total 500
            day 6   sale C at X 100                         => total 500
            day 99  sale D at X 100                         => total 500
        ",
        );
        // What neither would have reached alone, the merge reached.
        play(
            lifetime(if_lost),
            "
            day 1   sale A at X 6000 for n                  => n: tier silver
            day 1   sale B at X 5000                        => tier silver
            day 3   merge g of m for n                      => tier gold, total 500
            day 4   sale C at X 5000 for n dated day 2      => tier gold, total 500, lot C net 500
            day 5   sale D at X 100                         => total 500
        ",
        );
    }
}

#[test]
fn s24_a_return_of_before_merges_in_a_row_takes_what_was_reached() {
    play(
        lifetime(TakeBack),
        "
        day 1   sale A at X 12000 for n                 => n: total 500
        day 3   merge g1 of m for n                     => total 500
        day 4   merge g2 of a for m                     => a: tier gold, a: total 500
        day 5   return r of A at X for n dated day 2    => a: tier silver, a: total 0
        day 6   sale B at X 12000 for m                 => a: tier gold, a: total 500
    ",
    );
}

#[test]
fn s24_what_a_merged_member_had_reached_long_ago_is_still_taken_by_a_late_return() {
    play(
        welcome(Window::Calendar(Unit::Year), TakeBack),
        "
        day 1   sale A at X 12000 for n                 => n: total 500
        day 100 sale B at X 1 for n                     => n: total 500
        day 101 merge g of m for n                      => tier gold, total 500
        day 102 return r of A at X for n dated day 100 18:00 => tier silver, total 0
        day 103 sale C at X 12000                       => tier gold, total 500
        day 104 sale D at X 1 dated day 102             => tier gold, total 500
        day 199 sale E at X 1                           => tier gold, total 500
    ",
    );
}

#[test]
fn s28_who_stands_at_a_level_already_is_not_granted_it_by_a_merge_whichever_id_is_smaller() {
    for if_lost in [Keep, TakeBack] {
        for (stands, other) in [("m", "n"), ("n", "m")] {
            for buys in [format!("day 2   sale B at X 100 for {other}"), String::new()] {
                play_versions(
                    granted_since(if_lost),
                    &format!(
                        "
                        day 1   sale A at X 12000 for {stands}  => {stands}: tier gold
                        {buys}
                        day 11  sale C at X 100 for {stands}    => {stands}: total 0
                        day 12  merge g of m for n              => tier gold, total 0
                        day 13  sale D at X 100                 => tier gold, total 0
                        day 14  sale E at X 100 dated day 11    => tier gold, total 0
                        day 15  sale F at X 100 for n dated day 11 => tier gold, total 0
                        day 90  sale G at X 100                 => tier gold, total 0
                    "
                    ),
                );
            }
        }
    }
}

#[test]
fn s28_who_stood_there_is_not_granted_it_by_merges_in_a_row_nor_for_a_card() {
    play_versions(
        granted_since(TakeBack),
        "
        day 1   sale A at X 12000 via K                 => K: tier gold
        day 2   bind b card K to n at X                 => n: tier gold
        day 12  merge g1 of m for n                     => tier gold, total 0
        day 13  merge g2 of a for m                     => a: tier gold, a: total 0
        day 14  sale B at X 100 for n dated day 11      => a: tier gold, a: total 0
        day 15  sale C at X 100 via K dated day 1       => a: total 0
    ",
    );
    // The card of somebody: bound since the grant, it reaches the level for its member.
    play_versions(
        granted_since(TakeBack),
        "
        day 1   sale A at X 12000 via K                 => K: tier gold
        day 11  bind b card K to n at X                 => n: tier gold, n: total 500
        day 12  merge g1 of m for n                     => tier gold, total 500
        day 13  sale B at X 100 dated day 11            => total 500
    ",
    );
}

#[test]
fn s21_what_a_return_took_before_a_merge_comes_again_with_what_makes_up_for_it() {
    // The level is protected until the year is over; what it brought is not.
    let mut tariff = welcome(Window::Calendar(Unit::Year), TakeBack);
    if let Some(tiers) = &mut tariff.tiers {
        tiers.protected_from_returns = true;
    }
    play(
        tariff,
        "
        day 1   sale A at X 12000 for n         => n: tier gold, n: total 500
        day 2   return r of A at X for n        => n: tier gold, n: total 0
        day 2   sale B at X 2000 for n          => n: total 0
        day 2   sale C at X 1000                => tier silver, total 0
        day 3   merge g of m for n              => tier silver, total 0
        day 4   sale D at X 8000                => tier gold, total 500, lot D net 500
        day 5   sale E at X 1 dated day 4       => total 500
        day 5   sale F at X 1 for n dated day 2 => total 500
    ",
    );
}

#[test]
fn s28_where_a_merged_member_stood_counts_only_for_levels_up_to_there() {
    let mut versions = granted_since(Keep);
    for tariff in &mut versions {
        if let Some(tiers) = &mut tariff.tiers {
            tiers.levels.push(tariffs::level("platinum", 2_000_000));
        }
    }
    versions[1].activities.levels.push(tariffs::for_reaching("platinum", 70, Keep));
    let ledger = play_versions(
        versions,
        "
        day 1   sale A at X 12000 for n                 => n: tier gold
        day 2   sale B at X 9000                        => tier silver
        day 12  merge g of m for n                      => tier platinum, total 70
        day 13  sale C at X 100 for n dated day 11      => tier platinum, total 70
    ",
    );
    let lots: Vec<Name> = ledger.entity().lots.rows().values().map(|lot| lot.terms.clone()).collect();
    assert_eq!(lots.len(), 1, "for platinum alone");
}

#[test]
fn s24_what_time_brought_a_merged_member_is_brought_as_it_was() {
    let first = welcome(Window::Calendar(Unit::Month), Keep);
    // From 20 January on less is enough; who has it already is looked at when the month is over.
    let mut second = Tariff { version: 2, from: Timestamp(1_768_867_200_000), ..first.clone() };
    if let Some(tiers) = &mut second.tiers {
        tiers.levels[1] = tariffs::level("gold", 500_000);
    }
    let ledger = play_versions(
        vec![first, second],
        "
        2026-01-10 10:00  sale A at X 6000 for n                            => n: tier silver
        2026-02-02 10:00  sale B at X 1 for n                               => n: tier gold, n: total 500
        2026-02-03 10:00  merge g of m for n                                => tier gold, total 500, kinds adjustment+moved_out+adjustment+moved_in
        2026-02-04 10:00  sale C at X 1 for n dated 2026-01-15 10:00        => tier gold, total 500, entries 0
        2026-02-05 10:00  return r of A at X for n dated 2026-01-31 10:00   => total 0
    ",
    );
    assert_eq!(ledger.entity().lots.rows().len(), 1);
}

#[test]
fn s24_what_a_card_had_brought_a_merged_member_outlives_the_line_it_came_on() {
    for if_lost in [Keep, TakeBack] {
        play(
            lifetime(if_lost),
            "
            day 1   sale A at X 12000 via K                 => K: tier gold
            day 2   bind b card K to n at X                 => n: tier gold, n: total 500
            day 3   merge g of m for n                      => tier gold, total 500
            day 70  sale B at X 1                           => tier gold, total 500
            day 71  sale C at X 1 dated day 69              => tier gold, total 500
        ",
        );
        play(
            lifetime(if_lost),
            "
            day 1   sale A at X 12000 for n                 => n: total 500
            day 3   merge g1 of m for n                     => total 500
            day 4   merge g2 of a for m                     => a: tier gold, a: total 500
            day 70  sale B at X 1 for a                     => a: total 500
            day 71  bind c card L to a at X                 => a: tier gold, a: total 500
        ",
        );
    }
}

#[test]
fn s28_what_was_granted_for_good_before_a_merge_stays_granted() {
    for if_lost in [Keep, TakeBack] {
        play(
            welcome(Window::Rolling(10), if_lost),
            "
            day 1   sale A at X 12000 for n                 => n: tier gold, n: total 500
            day 20  pass                                    => n: tier silver, n: total 500
            day 100 merge g of m for n                      => tier silver, total 500
            day 101 sale B at X 1                           => total 500
            day 102 sale C at X 1 dated day 100 18:00       => total 500
            day 103 bind b card K to m at X                 => total 500
            day 199 sale D at X 1                           => total 500
            day 200 sale E at X 1 dated day 198             => total 500
        ",
        );
    }
}
