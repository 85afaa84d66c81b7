//! Merges (design §3): two members are one person; all of the larger id's goes to the smaller, whichever a desk names.

use crate::scenario::{Ledger, go_on, play, tariffs};
use domain::command::Body;
use domain::entry::{Entry, EntryKind};
use domain::outcome::OutcomeKind;
use domain::{Command, EntityId, Event, Name, Timestamp};
use std::collections::{BTreeMap, VecDeque};

fn base(script: &str) -> Ledger {
    play(tariffs::base(), script)
}

/// Entries of this account, of the last merge or erasure on.
fn entries<'l>(ledger: &'l Ledger, of: &str) -> Vec<&'l Entry> {
    let of = EntityId::member("test", of);
    let entry = |event: &'l Event| match event {
        Event::Entry(entry) if entry.entity == of => Some(entry),
        _ => None,
    };
    ledger.all.iter().filter_map(entry).collect()
}

#[test]
fn a_merged_member_is_erased_by_either_number() {
    for erased in ["m", "n"] {
        let script = format!(
            "
            day 1   sale P at X 2000 for n                    => n: total 100
            day 1   sale Q at X 1000                          => total 50
            day 40  sale L at X 1000 for n dated day 2        => outcome quarantined
            day 41  merge g of m for n                        => outcome applied, total 150
            day 42  erase e1 for {erased}                     => outcome applied, later rejected, total 0
            day 42  erase e1 for {erased}                     => outcome duplicate
            day 43  sale S at X 1000 for n                    => outcome rejected, reason account_erased, total 0
            day 43  sale T at X 1000                          => outcome rejected, reason account_erased
            day 43  hold R at X 1 for n                       => decision refused, reason account_erased
            day 43  sale L at X 1000 for n dated day 2        => outcome duplicate, reason account_erased
            day 44  erase e2 for n                            => outcome rejected, reason account_erased
            day 44  release r of L at X for n                 => outcome rejected, reason account_erased
        "
        );
        let ledger = base(&script);
        for member in ["m", "n"] {
            let kinds: Vec<EntryKind> = entries(&ledger, member).iter().map(|entry| entry.kind).collect();
            assert_eq!(kinds.last(), Some(&EntryKind::Erasure), "{member}, erased as {erased}: {kinds:?}");
            assert!(ledger.named(member).account.erased, "{member}, erased as {erased}");
        }
        let mut waits = ledger.named("n").parked.rows().values();
        assert!(waits.all(|parked| parked.command.body == Body::Tick), "what waited has left its row");
    }
}

#[test]
fn the_erasure_of_a_merged_member_unbinds_its_cards_once() {
    let ledger = base(
        "
        day 1   bind b1 card K to n at Z                  => n: cards 1
        day 2   merge g of m for n                        => cards 2
        day 3   erase e1 for n                            => outcome applied, cards 0
        day 4   bind b2 card K to k at Z                  => outcome applied, k: cards 1
        day 5   sale P at X 2000 via K                    => k: total 100
    ",
    );
    assert_eq!(ledger.named("K").seen.rows().len(), 3, "bound, unbound, bound");
}

#[test]
fn a_block_of_a_merged_member_blocks_whom_it_was_merged_into() {
    base(
        "
        day 1   sale P at X 2000                          => total 100
        day 2   merge g of m for n                        => outcome applied
        day 20  block b1 for n                            => outcome applied
        day 21  hold R at X 10                            => decision refused, reason account_blocked
        day 21  hold S at X 10 for n                      => decision refused, reason account_blocked
        day 22  unblock u1 for n                          => outcome applied
        day 23  hold T at X 10 for n                      => decision approved, held 10
        day 23  hold U at X 10                            => decision approved, held 20
    ",
    );
}

#[test]
fn a_member_who_was_blocked_stays_so_where_it_is_merged_into() {
    let ledger = base(
        "
        day 1   sale P at X 2000                          => total 100
        day 2   block b1 for n                            => outcome applied
        day 3   merge g of m for n                        => outcome applied
        day 20  hold R at X 10 for n                      => decision refused, reason account_blocked
        day 20  hold S at X 10                            => decision refused, reason account_blocked
        day 21  unblock u1 for n                          => outcome applied
        day 22  hold T at X 10 for n                      => decision approved, held 10
    ",
    );
    let said = |entry: &&Entry| entry.kind == EntryKind::Adjustment;
    let rules: Vec<&str> =
        entries(&ledger, "m").into_iter().filter(said).map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["op-7: a good reason"; 3], "the block, the merge and the unblock");
}

#[test]
fn adjustments_of_a_merged_member_go_along_the_merge() {
    base(
        "
        day 1   sale P at X 2000                          => total 100
        day 2   merge g of m for n                        => outcome applied
        day 3   grant g1 at X for n 30                    => outcome applied, total 130, n: total 0
        day 4   write_off w1 for n 20                     => outcome applied, total 110
        day 4   write_off w1 for n 20                     => outcome duplicate, total 110
        day 5   write_off w2 for n 500                    => outcome rejected, reason insufficient_points
    ",
    );
}

#[test]
fn s05_a_merge_with_an_erased_member_is_refused_and_the_points_stay() {
    base(
        "
        day 1   sale P at X 2000 for n                    => n: total 100
        day 2   erase e1                                  => outcome applied
        day 3   merge g1 of m for n                       => outcome rejected, reason account_erased, n: total 100
        day 3   merge g1 of m for n                       => outcome duplicate, reason account_erased
        day 3   merge g1 of k for n                       => outcome conflict
        day 3   grant g1 at X for n 100                   => outcome conflict, n: total 100
        day 4   merge g2 of n for m                       => outcome rejected, reason account_erased
        day 4   merge g2 of n for m                       => outcome duplicate, reason account_erased
        day 5   sale Q at X 2000 for n                    => outcome applied, n: total 200
        day 6   merge g3 of k for m                       => outcome rejected, reason account_erased
        day 6   merge g4 of m for k                       => outcome rejected, reason account_erased
    ",
    );
}

#[test]
fn s29_a_merge_says_who_and_why_in_both_accounts() {
    let ledger = base(
        "
        day 1   sale P at X 2000 for n                    => n: total 100
        day 3   merge g1 of m for n                       => outcome applied, kinds adjustment+moved_out+adjustment+moved_in
    ",
    );
    let rules = |of: &str, from: usize| -> Vec<&str> {
        entries(&ledger, of)[from..].iter().map(|entry| entry.rule.as_str()).collect()
    };
    assert_eq!(rules("n", 1), ["op-7: a good reason"; 2]);
    assert_eq!(rules("m", 0), ["op-7: a good reason"; 2]);
}

#[test]
fn s27_a_merge_goes_from_the_larger_id_to_the_smaller_whichever_is_asked() {
    for (asked, of) in [("n", "m"), ("m", "n")] {
        let script = format!(
            "
            day 1   sale P at X 2000 for n                    => n: total 100
            day 1   sale Q at X 1000                          => total 50
            day 3   merge g1 of {of} for {asked}              => outcome applied, total 150, n: total 0, n: moved 100
            day 3   merge g1 of {of} for {asked}              => outcome duplicate, entries 0
            day 3   merge g1 of k for {asked}                 => outcome conflict, total 150
            day 4   sale S at X 400 for n                     => earned 20, total 170
            day 5   merge g2 of {asked} for {of}              => outcome rejected, reason merge_direction, entries 0
            day 6   return r of P at X for n                  => clawed 100, total 70
        "
        );
        base(&script);
    }
}

#[test]
fn a_merge_with_a_merged_member_reaches_whom_that_was_merged_into() {
    base(
        "
        day 1   sale P at X 2000 for o                    => o: total 100
        day 1   sale Q at X 1000 for n                    => n: total 50
        day 2   merge g1 of m for n                       => outcome applied, total 50
        day 3   merge g2 of n for o                       => outcome applied, total 150, o: total 0
        day 4   sale S at X 400 for o                     => earned 20, total 170
        day 5   merge g3 of m for o                       => outcome rejected, reason merge_direction
        day 5   merge g4 of m for m                       => outcome rejected, reason merge_direction
        day 5   merge g5 of k for n                       => outcome rejected, reason merge_direction
        day 6   erase e1                                  => outcome applied, total 0
        day 7   sale T at X 400 for o                     => outcome rejected, reason account_erased
        day 8   sale U at X 400 for p                     => p: total 20
        day 9   merge g6 of n for p                       => outcome rejected, reason account_erased, p: total 20
    ",
    );
}

#[test]
fn s27_a_merge_that_waited_at_a_parked_account_is_answered_once_more_as_its_later_fate() {
    for (parked, asked, of) in [("n", "n", "m"), ("m", "m", "n")] {
        let mut ledger = base(
            "
            day 1   sale P at X 2000 for n                    => n: total 100
            day 1   sale Q at X 1000                          => total 50
        ",
        );
        ledger.let_wait(1, &format!("day 2 merge g of {of} for {asked}"));
        let script = format!(
            "
            day 3   resume r for {parked}                     => outcome applied, later applied, total 150, n: total 0
            day 4   merge g of {of} for {asked} dated day 2   => outcome duplicate, total 150
        "
        );
        go_on(&mut ledger, &script);
    }
}

/// Who sends to whom: what one sends to another arrives in order.
type Way = (Option<EntityId>, EntityId);

/// Plays commands of one moment in the order that `choices` say, each the place of the way that is next among those
/// where something waits; gives each choice, with how many ways there were.
fn deliver(
    ledger: &mut Ledger,
    commands: Vec<(Command, Timestamp)>,
    choices: &[usize],
) -> Vec<(usize, usize)> {
    let mut ways: BTreeMap<Way, VecDeque<Command>> = BTreeMap::new();
    let now = commands.iter().map(|(_, now)| *now).max().expect("a command");
    for (command, _) in commands {
        ways.entry((None, command.entity.clone())).or_default().push_back(command);
    }
    let mut made = Vec::new();
    while !ways.is_empty() {
        let choice = choices.get(made.len()).copied().unwrap_or(0);
        made.push((choice, ways.len()));
        let way = ways.keys().nth(choice).expect("a way of those there are").clone();
        let waits = ways.get_mut(&way).expect("a way just found");
        let command = waits.pop_front().expect("a command that waits");
        if waits.is_empty() {
            ways.remove(&way);
        }
        for sent in ledger.decide(&command, now) {
            let way = (Some(way.1.clone()), sent.entity.clone());
            ways.entry(way).or_default().push_back(sent);
        }
    }
    made
}

/// Plays `setup`, and then `lines` in every order they, and what they cause, may arrive in; how many those were.
fn in_every_order(setup: &str, lines: &[&str], check: impl Fn(&Ledger)) -> usize {
    let (mut choices, mut orders): (Vec<usize>, usize) = Default::default();
    loop {
        let mut ledger = base(setup);
        let commands = lines.iter().map(|line| ledger.read(line)).collect();
        let made = deliver(&mut ledger, commands, &choices);
        orders += 1;
        check(&ledger);
        let Some(last) = made.iter().rposition(|(choice, ways)| choice + 1 < *ways) else { return orders };
        choices = made[..=last].iter().map(|(choice, _)| *choice).collect();
        choices[last] += 1;
    }
}

/// What became of the adjustment; it is told once.
fn fate(ledger: &Ledger, id: &str) -> OutcomeKind {
    let mut told = ledger.all.iter().filter_map(|event| match event {
        Event::Outcome(record) if record.source.id == Name::from(id) => Some(record),
        _ => None,
    });
    let record = told.next().expect("an answer");
    assert!(told.next().is_none() && !record.later, "S27: {id} is answered once");
    record.outcome.kind
}

fn total(ledger: &Ledger, member: &str) -> i64 {
    let account = &ledger.named(member).account;
    account.wallets.iter().map(|balance| balance.total().get()).sum()
}

const THREE: &str = "
    day 1   sale P at X 2000 for n                    => n: total 100
    day 1   sale Q at X 1000                          => total 50
    day 1   sale R at X 200 for k                     => k: total 10
";

#[test]
fn s27_opposite_merges_at_once_end_the_same_in_every_order() {
    let merges = ["day 3 merge g1 of m for n", "day 3 merge g2 of n for m"];
    let orders = in_every_order(THREE, &merges, |ledger| {
        let fates = [fate(ledger, "g1"), fate(ledger, "g2")];
        assert!(fates.contains(&OutcomeKind::Applied) && fates.contains(&OutcomeKind::Rejected), "{fates:?}");
        assert_eq!([total(ledger, "m"), total(ledger, "n")], [150, 0]);
    });
    assert!(orders > 10, "{orders} orders");
}

#[test]
fn merges_in_a_row_at_once_end_at_the_smallest_in_every_order() {
    let merges = ["day 3 merge g1 of m for n", "day 3 merge g2 of m for k"];
    let orders = in_every_order(THREE, &merges, |ledger| {
        assert_eq!([fate(ledger, "g1"), fate(ledger, "g2")], [OutcomeKind::Applied; 2]);
        assert_eq!([total(ledger, "k"), total(ledger, "m"), total(ledger, "n")], [160, 0, 0]);
    });
    assert!(orders > 10, "{orders} orders");
}

#[test]
fn s05_a_merge_and_an_erasure_at_once_lose_nothing_unsaid_in_any_order() {
    for erased in ["m", "n"] {
        let lines = ["day 3 merge g1 of m for n", &format!("day 3 erase e1 for {erased}")];
        let other = if erased == "m" { "n" } else { "m" };
        let orders = in_every_order(THREE, &lines, |ledger| {
            assert_eq!(fate(ledger, "e1"), OutcomeKind::Applied);
            let merged = fate(ledger, "g1") == OutcomeKind::Applied;
            assert_eq!(total(ledger, erased), 0);
            let kept = if other == "n" { 100 } else { 50 };
            assert_eq!(
                total(ledger, other),
                if merged { 0 } else { kept },
                "of one person, where they were merged"
            );
            assert_eq!(ledger.named(other).account.erased, merged);
            for member in ["m", "n"] {
                let written_off = |entry: &&Entry| entry.kind == EntryKind::WriteOff;
                assert!(
                    entries(ledger, member)
                        .into_iter()
                        .filter(written_off)
                        .all(|it| !it.rule.as_str().is_empty()),
                    "who and why"
                );
            }
        });
        assert!(orders > 3, "{orders} orders");
    }
}

#[test]
fn s16_s23_one_activity_under_two_members_that_are_merged_is_granted_once() {
    let same_month = "day 1   activity a registration at X";
    let next_month = "day 32  activity a registration at X dated day 1 12:00 delivered day 1";
    for second in [same_month, next_month] {
        play(
            tariffs::active(),
            &format!(
                "
                day 1   activity a registration at X for n      => n: total 100
                {second}                                        => total 100
                day 33  merge g of m for n                      => total 100
            "
            ),
        );
    }
    // Nor under a card and its member; what is spent of it by then is no debt.
    play(
        tariffs::active(),
        "
        day 1   activity a registration at X via K      => K: total 100
        day 1   activity a registration at X            => total 100
        day 20  hold R at Z 60
        day 20  capture c of R at Z 60                  => available 40
        day 21  bind b card K to m at X                 => total 40, debt 0, spent 60
    ",
    );
}
