//! A parked account that is let go on: nothing overtakes what waited in it ([`domain::resume`]).

use crate::scenario::{Ledger, play, tariffs};
use domain::command::Body;
use domain::resume::waits;
use domain::{Command, Timestamp};

/// Decides what has to be decided alone; what it sends on.
fn decide(ledger: &mut Ledger, (command, now): (&Command, Timestamp)) -> Vec<Command> {
    assert_eq!(waits(ledger.entity_of(&command.entity), command), Ok(false), "{:?} waits", command.body);
    ledger.decide(command, now)
}

/// How the ledger is before: `n` is merged into `m`, what that moves waits at `m`, and a copy of a sale of `n` came behind
/// it. Gives that move, and the copy as `n` sends it on.
fn merged() -> (Ledger, Command, Command) {
    let mut ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000 for n       => n: total 100
        day 1   sale Q at X 1000             => total 50
        ",
    );
    let (mut asked, at) = ledger.read("day 2 merge g of m for n");
    // The two agree first; then what `n` has is on its way to `m`.
    while !matches!(asked.body, Body::MergeIn(_)) {
        asked = decide(&mut ledger, (&asked, at)).remove(0);
    }
    let moves = asked;
    ledger.park(1, moves.clone());
    let (again, at) = ledger.read("day 2 sale P at X 2000 for n dated day 1");
    let copy = decide(&mut ledger, (&again, at)).remove(0);
    assert_eq!(copy.entity, moves.entity, "what came for the merged one goes where that is by now");
    (ledger, moves, copy)
}

#[test]
fn s23_a_copy_that_comes_while_what_waited_is_on_its_way_comes_behind_it() {
    let (mut ledger, moves, copy) = merged();
    let (resume, now) = ledger.read("day 3 resume r");
    let sent = decide(&mut ledger, (&resume, now));
    let [first, last] = sent.as_slice() else { panic!("expected the move and a last one, found {sent:?}") };
    assert_eq!(first.key, moves.key);
    assert!(ledger.entity().account.parked);
    // Decided now the sale would be one that nobody knows, and its points there twice.
    assert_eq!(waits(ledger.entity(), &copy), Ok(true));
    ledger.park(2, copy.clone());

    decide(&mut ledger, (first, now));
    assert_eq!(ledger.entity().account.wallets[0].total().get(), 150);
    let next = decide(&mut ledger, (last, now));
    assert!(ledger.entity().account.parked, "the copy is on its way");
    let [again, end] = next.as_slice() else { panic!("expected the copy and a last one, found {next:?}") };
    assert_eq!(again.asked().0, copy.asked().0);
    decide(&mut ledger, (again, now));
    assert_eq!(decide(&mut ledger, (end, now)), []);
    assert!(!ledger.entity().account.parked);
    assert_eq!(ledger.entity().account.wallets[0].total().get(), 150, "once");

    // Sent again by a successor: nothing is let go on any more.
    for late in [last, end] {
        assert_eq!(decide(&mut ledger, (late, now)), []);
        assert!(!ledger.entity().account.parked);
    }
}

#[test]
fn only_what_was_sent_again_is_let_in_and_one_operator_is_enough() {
    let (mut ledger, ..) = merged();
    let (resume, now) = ledger.read("day 3 resume r");
    let sent = decide(&mut ledger, (&resume, now));
    let mut other = sent[0].clone();
    assert_eq!(waits(ledger.entity(), &other), Ok(false));
    other.source.offset += 1;
    assert_eq!(waits(ledger.entity(), &other), Ok(true), "not to the letter");
    let (second, now) = ledger.read("day 3 resume s");
    assert_eq!(decide(&mut ledger, (&second, now)), [], "not_parked: it is under way");
    for command in &sent {
        decide(&mut ledger, (command, now));
    }
    assert!(!ledger.entity().account.parked);
}

#[test]
fn a_parked_account_in_which_nothing_waits_goes_on_at_once() {
    let mut ledger = play(tariffs::base(), "day 1   sale Q at X 1000   => total 50");
    ledger.change_head(|account| account.parked = true);
    let (resume, now) = ledger.read("day 3 resume r");
    assert_eq!(decide(&mut ledger, (&resume, now)), []);
    assert!(!ledger.entity().account.parked);
}
