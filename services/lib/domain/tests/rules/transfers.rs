//! S33: transfers between members; S17 and S18 where the sale behind a gift is undone.

use crate::scenario::{Ledger, go_on, play, tariffs};
use domain::entry::EntryKind;
use domain::lot::Bucket;
use domain::outcome::Reason;
use domain::{Body, Command, Event, EventKey, Timestamp};
use std::collections::VecDeque;

pub fn giving(script: &str) -> Ledger {
    play(tariffs::giving(), script)
}

#[test]
fn s33_given_points_keep_their_origin_and_their_dates() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 5    transfer T at Z 60 to n          => outcome applied, used 60, decision approved, decisions 1, kinds moved_out+moved_in
        day 5    pass                             => available 40, moved 60, n: available 60, n: moved_in 60, n: earned_all 0
        day 5    pass                             => lot P expires 2027-01-01T12:00:00.000Z, n: lot P expires 2027-01-01T12:00:00.000Z
        day 365  pass                             => available 40, n: available 60
        day 366  pass                             => expired 40, n: expired 60, n: available 0
    ",
    );
}

#[test]
fn s33_what_is_first_to_burn_is_given_first() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 9    sale Q at Y 1600                 => total 180
        day 10   transfer T at Z 130 to n         => outcome applied, available 50
        day 10   pass                             => lot P available 0, lot Q available 50, n: lot P available 100, n: lot Q available 30
    ",
    );
}

#[test]
fn s29_s33_both_accounts_name_the_transfer_that_moved_points_and_who_funds_them() {
    let ledger = giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 5    transfer T at Z 60 to n          => outcome applied
    ",
    );
    let moved = ledger.all.iter().filter_map(|event| match event {
        Event::Entry(entry) if entry.from == Some(Bucket::Moved) || entry.to == Some(Bucket::Moved) => {
            Some(entry)
        }
        Event::Entry(entry) if entry.kind == EntryKind::MovedIn => Some(entry),
        _ => None,
    });
    let told: Vec<_> = moved.map(|entry| (entry.kind, entry.redemption, entry.partner.as_str())).collect();
    let transfer = EventKey::of("Z", "redemptions", "T");
    assert_eq!(told, [(EntryKind::MovedOut, transfer, "X"), (EntryKind::MovedIn, transfer, "X")]);
}

/// What the giver's sale lost before is the giver's: the gift is whole.
#[test]
fn s17_s33_a_gift_of_a_lot_that_a_return_made_smaller_is_a_lot_of_its_own() {
    let ledger = giving(
        "
        day 1    sale P at X 1000 1000            => total 100
        day 2    return r of P at X 1             => clawed 50
        day 3    transfer T at Z 50 to n          => outcome applied, available 0, n: available 50
    ",
    );
    let gifts = ledger.named("n").lots.rows().values();
    let figures = gifts.map(|lot| (lot.issued.get(), lot.clawed_back.get(), lot.net().get()));
    assert_eq!(figures.collect::<Vec<_>>(), [(50, 0, 50)]);
}

#[test]
fn s33_only_what_is_available_is_given_and_only_to_another_member() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    hold H at Z 50                   => held 50
        day 2    transfer T1 at Z 60 to n         => outcome rejected, reason insufficient_points, decision refused
        day 2    transfer T2 at Z 10 to m         => outcome rejected, reason not_another_member
        day 2    transfer T3 at Z 10:other to n   => outcome rejected, reason unknown_wallet
        day 2    transfer T4 at Z 50 to n         => outcome applied, available 0, held 50
        day 3    block b1                         => outcome applied
        day 3    cancel X1 of H at Z              => available 50
        day 3    transfer T5 at Z 10 to n         => outcome rejected, reason account_blocked, available 50
        day 3    sale C at X 2000 via K           => K: total 100
        day 3    transfer T6 at Z 10 to n via K   => outcome rejected, reason not_another_member, K: available 100
        day 40   unblock b2                       => outcome applied
        day 80   transfer T7 at Z 10 to n dated day 2   => outcome rejected, reason too_late, decision refused
    ",
    );
    play(
        tariffs::paying(Default::default()),
        "
        day 1    sale P at X 2000                 => total 100
        day 2    transfer T at Z 10 to n          => outcome rejected, reason transfers_forbidden, available 100
    ",
    );
}

#[test]
fn s33_limits_count_in_the_givers_calendar_month() {
    giving(
        "
        day 1    sale P at X 20000                => total 1000
        day 2    transfer T1 at Z 300 to n        => outcome applied
        day 3    transfer T2 at Z 201 to k        => outcome rejected, reason transfer_limit
        day 3    transfer T3 at Z 200 to k        => outcome applied, available 500
        day 31   transfer T4 at Z 1 to n          => outcome rejected, reason transfer_limit
        day 31   transfer T5 at Z 100 to k for n  => outcome applied, n: available 200
        day 32   transfer T6 at Z 500 to n        => outcome applied, available 0
    ",
    );
}

#[test]
fn s23_a_transfer_is_decided_once() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    transfer T at Z 60 to n          => outcome applied, used 60
        day 2    transfer T at Z 60 to n          => outcome duplicate, used 60, available 40, n: available 60
        day 2    transfer T at Z 60 to n dated day 1   => outcome conflict, available 40
        day 2    transfer U at Z 70 to n          => outcome rejected, reason insufficient_points
        day 3    sale Q at X 2000                 => available 140
        day 3    transfer U at Z 70 to n dated day 2   => outcome duplicate, reason insufficient_points, available 140
    ",
    );
}

#[test]
fn s18_what_comes_repays_what_the_receiver_owes_first() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 1    sale Q at Y 2000 for n           => n: available 100
        day 2    sale S at Z 500 paying 80 for n  => n: lot Q spent 80
        day 3    return R of Q at Y for n         => n: debt 59
        day 4    transfer T at Z 70 to n          => outcome applied, available 30, n: debt 0, n: available 11
    ",
    );
}

#[test]
fn s17_the_giver_owes_for_a_gift_whose_sale_was_undone() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    transfer T at Z 60 to n          => available 40
        day 3    return R of P at X               => clawed 100, available 0, revoked 40, debt 60, n: available 60
        day 4    sale Q at Y 2000                 => available 40, debt 0, revoked 100, moved 60
        day 4    pass                             => lot Q moved 60, n: available 60, n: lot Q available 60, n: lot P moved 60
        day 5    return S of Q at Y               => debt 60, available 0, n: available 60
    ",
    );
}

#[test]
fn s17_available_points_of_the_giver_stand_for_the_gift() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    sale Q at Y 1600                 => total 180
        day 3    transfer T at Z 100 to n         => lot P moved 100
        day 4    hold H at Z 50 for n             => n: held 50
        day 5    sale S at Z 30 paying 30 for n   => n: lot P spent 30, n: lot P held 50, n: lot P available 20
        day 6    return R of P at X               => available 0, debt 20, lot P revoked 80, lot Q moved 80
        day 6    pass                             => n: lot Q available 20, n: lot Q held 50, n: lot Q spent 10, n: lot P spent 20
        day 6    sale U at W 400                  => debt 0, available 0, lot P revoked 100
        day 6    pass                             => n: lot U spent 20, n: lot P spent 0, n: held 50, n: available 20
        day 6    capture C of H at Z 50 for n     => n: redeemed 80
    ",
    );
}

#[test]
fn s17_a_gift_that_was_given_on_is_followed() {
    let ledger = giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    transfer T1 at Z 100 to n        => n: available 100
        day 3    transfer T2 at Z 70 to k for n   => n: available 30, k: available 70
        day 4    return R of P at X               => debt 100, n: available 30, k: available 70
        day 5    sale Q at Y 2000                 => debt 0, available 0, n: available 30, k: available 70
    ",
    );
    let (n, k) = (ledger.named("n"), ledger.named("k"));
    let of_y = |entity: &domain::Entity| -> i64 {
        let lots = entity.lots.rows().values().filter(|lot| lot.partner.as_str() == "Y");
        lots.map(|lot| lot.buckets.available.get()).sum()
    };
    assert_eq!((of_y(n), of_y(k)), (30, 70), "all of it is Y's now, whose sale stands");
}

#[test]
fn s17_a_gift_that_came_back_repays_itself() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    transfer T1 at Z 100 to n        => n: available 100
        day 3    transfer T2 at Z 100 to m for n  => available 100, n: available 0
        day 4    return R of P at X               => debt 0, available 0, n: available 0, n: debt 0
        day 5    sale Q at Y 2000                 => available 100, n: available 0
    ",
    );
}

#[test]
fn s33_what_an_erased_member_cannot_take_comes_back() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    erase e1 for n                   => outcome applied
        day 3    transfer T at Z 60 to n          => outcome rejected, reason account_erased, decision refused, decisions 1
        day 3    pass                             => available 100, moved 0
        day 4    transfer T at Z 60 to n dated day 3   => outcome duplicate, reason account_erased, available 100
        day 5    return R of P at X               => available 0, debt 0, revoked 100
    ",
    );
    // It does not count in the limit.
    giving(
        "
        day 1    sale P at X 20000                => total 1000
        day 2    erase e1 for n                   => outcome applied
        day 3    transfer T at Z 500 to n         => outcome rejected, available 1000
        day 3    transfer U at Z 500 to k         => outcome applied, available 500
    ",
    );
}

#[test]
fn s33_points_for_a_merged_member_come_to_whom_it_was_merged_into() {
    giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    merge g of k for n               => outcome applied
        day 3    transfer T at Z 60 to n          => outcome applied, available 40, k: available 60, n: total 0
        day 4    return R of P at X               => debt 60
        day 5    sale Q at Y 2000                 => available 40, k: lot Q available 60
    ",
    );
}

#[test]
fn s33_a_merged_giver_owes_as_whom_it_was_merged_into() {
    giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 2    transfer T at Z 60 to k for n    => n: available 40, k: available 60
        day 3    merge g of m for n               => outcome applied, available 40, moved 60, n: moved 100
        day 4    return R of P at X for n         => clawed 100, available 0, debt 60
        day 5    sale Q at Y 2000                 => available 40, debt 0, k: available 60, k: lot Q available 60
        day 6    transfer T at Z 60 to k for n dated day 2   => outcome duplicate, used 60, available 40
        day 7    transfer U at Z 10 to n          => outcome rejected, reason not_another_member
    ",
    );
    giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 2    transfer T at Z 60 to k for n    => k: available 60
        day 3    return R of P at X for n         => n: debt 60
        day 4    merge g of m for n               => debt 60, n: debt 0
        day 5    sale Q at Y 2000                 => available 40, debt 0, k: lot Q available 60
    ",
    );
}

#[test]
fn s17_giver_and_receiver_who_merge_keep_what_the_sale_still_earns() {
    giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 2    transfer T at Z 60 to m for n    => available 60, n: available 40
        day 3    merge g of m for n               => available 100
        day 4    return R of P at X for n         => clawed 100, available 0, debt 0
        day 5    sale Q at Y 2000                 => available 100
    ",
    );
}

/// Decides `line`, and leaves what it sends on its way.
pub fn begin(ledger: &mut Ledger, line: &str) -> (Vec<Command>, Timestamp) {
    let (command, now) = ledger.read(line);
    (ledger.decide(&command, now), now)
}

pub fn deliver(ledger: &mut Ledger, commands: Vec<Command>, now: Timestamp) {
    let mut commands = VecDeque::from(commands);
    while let Some(command) = commands.pop_front() {
        commands.extend(ledger.decide(&command, now));
        // Each comes twice: the log delivers at least once. Who was merged passes on both.
        commands.extend(ledger.decide(&command, now));
    }
}

#[test]
fn s33_each_step_happens_once_however_often_it_is_sent() {
    let mut ledger = giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    sale Q at Y 1600                 => total 180
    ",
    );
    let (sent, now) = begin(&mut ledger, "day 3 transfer T at Z 100 to n");
    deliver(&mut ledger, sent, now);
    let (sent, now) = begin(&mut ledger, "day 4 return R of P at X");
    assert!(sent.iter().any(|command| matches!(command.body, Body::Relabel(_))), "{sent:?}");
    deliver(&mut ledger, sent, now);
    go_on(
        &mut ledger,
        "day 5 pass => available 0, debt 20, n: available 100, n: lot Q available 80, n: moved_in 180",
    );
    let answers = ledger.all.iter().filter(|event| {
        matches!(event, Event::Outcome(record) if record.event == EventKey::of("Z", "redemptions", "T"))
    });
    assert_eq!(answers.count(), 1, "S27: one answer");
}

#[test]
fn s23_a_duplicate_of_a_transfer_on_its_way_is_told_so() {
    let mut ledger = giving("day 1 sale P at X 2000 => total 100");
    let (sent, now) = begin(&mut ledger, "day 2 transfer T at Z 60 to n");
    go_on(
        &mut ledger,
        "day 2 transfer T at Z 60 to n => outcome duplicate, reason transfer_under_way, used 60, available 40",
    );
    deliver(&mut ledger, sent, now);
    go_on(
        &mut ledger,
        "day 2 transfer T at Z 60 to n => outcome duplicate, reason none, used 60, n: available 60",
    );
}

#[test]
fn s19_a_gift_that_comes_back_lifts_what_was_owed_for_it() {
    let mut ledger = giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    erase e1 for n                   => outcome applied
    ",
    );
    let (sent, now) = begin(&mut ledger, "day 2 transfer T at Z 60 to n");
    go_on(&mut ledger, "day 2 return R of P at X 1x0.5 => available 0, debt 10, moved 60");
    deliver(&mut ledger, sent, now);
    go_on(&mut ledger, "day 3 pass => available 50, debt 0, moved 0, revoked 50");
    let refused = ledger.all.iter().any(|event| {
        matches!(event, Event::Outcome(record) if record.outcome.reason == Reason::AccountErased && record.available.get() == 50)
    });
    assert!(refused, "the answer shows what is there once the points are back");
    // Others that stood in for what was returned come back, too, and repay nothing.
    let mut ledger = giving(
        "
        day 1    sale P at X 2000                 => total 100
        day 2    sale Q at Y 400                  => total 120
        day 2    erase e1 for n                   => outcome applied
    ",
    );
    let (sent, now) = begin(&mut ledger, "day 3 transfer T at Z 60 to n");
    go_on(&mut ledger, "day 3 return R of P at X => available 0, debt 40, lot Q moved 20");
    deliver(&mut ledger, sent, now);
    go_on(&mut ledger, "day 3 pass => available 20, debt 0, moved 0, revoked 100, lot Q available 20");
}

#[test]
fn s33_a_giver_who_is_merged_meanwhile_is_answered_where_the_points_are() {
    for erased in [false, true] {
        let mut ledger = giving(
            "
            day 1    sale P at X 2000 for n       => n: total 100
        ",
        );
        if erased {
            go_on(&mut ledger, "day 1 erase e1 for k => outcome applied");
        }
        let (sent, now) = begin(&mut ledger, "day 2 transfer T at Z 60 to k for n");
        go_on(&mut ledger, "day 2 merge g of m for n => outcome applied, available 40");
        deliver(&mut ledger, sent, now);
        let (left, answer) = if erased { (100, "account_erased") } else { (40, "none") };
        go_on(
            &mut ledger,
            &format!(
                "day 2 transfer T at Z 60 to k for n => outcome duplicate, reason {answer}, available {left}"
            ),
        );
    }
}

#[test]
fn s17_what_is_left_of_a_gift_moves_with_its_holder_too() {
    giving(
        "
        day 1 sale P at X 2000             => total 100
        day 2 sale Q at Y 1600             => total 180
        day 3 transfer T at Z 100 to n     => n: available 100
        day 4 return R of P at X 1x0.5     => n: available 100
        day 5 merge g of k for n           => k: available 100, n: available 0
    ",
    );
}

#[test]
fn s33_a_gift_lives_as_long_as_it_did_whoevers_sale_pays_for_it_since() {
    giving(
        "
        day 1   sale P at X 1000           => total 50
        day 30  sale Q at Y 1000           => total 100
        day 31  transfer T at Z 100 to n   => n: available 100
        day 290 sale C at W 2000           => available 100
        day 300 return R1 of P at X        => n: available 100
        day 367 pass                       => n: available 50, n: expired 50
        day 371 return R2 of Q at Y        => n: available 50, n: expired 50
        day 396 pass                       => n: available 0, n: expired 100
    ",
    );
}
