//! A parked account that is let go on: nothing overtakes what waited in it ([`domain::resume`]).

use crate::scenario::{Ledger, play, tariffs};
use crate::shared::{Under, limit, shared, usage};
use domain::command::Body;
use domain::resume::{broken_off, left_to_its_letter, waits};
use domain::{Command, EventKey, Timestamp};

/// Decides what has to be decided alone; what it sends on.
fn decide(ledger: &mut Ledger, (command, now): (&Command, Timestamp)) -> Vec<Command> {
    assert_eq!(waits(ledger.entity_of(&command.entity), command), Ok(false), "{:?} waits", command.body);
    ledger.decide(command, now)
}

/// An operator lets the account go on: what is sent to it, and when.
fn resume(ledger: &mut Ledger, line: &str) -> (Vec<Command>, Timestamp) {
    let (command, now) = ledger.read(line);
    (decide(ledger, (&command, now)), now)
}

/// Decides all of it, in its order.
fn decide_all(ledger: &mut Ledger, sent: &[Command], now: Timestamp) {
    sent.iter().for_each(|command| _ = decide(ledger, (command, now)));
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
    let (sent, now) = resume(&mut ledger, "day 3 resume r");
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
fn only_what_was_sent_again_is_let_in_and_a_second_operator_comes_behind_it() {
    let (mut ledger, ..) = merged();
    let (sent, _) = resume(&mut ledger, "day 3 resume r");
    let mut other = sent[0].clone();
    assert_eq!(waits(ledger.entity(), &other), Ok(false));
    other.source.offset += 1;
    assert_eq!(waits(ledger.entity(), &other), Ok(true), "not to the letter");
    let (second, now) = ledger.read("day 3 resume s");
    let end = decide(&mut ledger, (&second, now));
    assert_eq!(end.len(), 1, "nothing but another end, should the first never come: {end:?}");
    for command in &sent {
        decide(&mut ledger, (command, now));
        assert!(ledger.entity().account.parked, "the second operator's end is to come");
    }
    assert_eq!(decide(&mut ledger, (&end[0], now)), []);
    assert!(!ledger.entity().account.parked);
}

/// `command` failed while its account was let go on, as the engine notes it.
fn fail(ledger: &mut Ledger, command: &Command) {
    let row = broken_off(ledger.entity(), command).expect("every row is in memory");
    ledger.put(row.expect("a round that is under way"));
}

#[test]
fn what_fails_again_is_the_first_again_and_what_came_behind_it_keeps_its_place() {
    let (mut ledger, moves, copy) = merged();
    ledger.park(2, copy.clone());
    let (sent, _) = resume(&mut ledger, "day 3 resume r");
    let [first, behind, end] = sent.as_slice() else { panic!("expected both and an end, found {sent:?}") };
    assert_eq!(
        waits(ledger.entity(), behind),
        Ok(true),
        "part of an earlier round, sent once more by a successor"
    );
    fail(&mut ledger, first);
    assert_eq!(waits(ledger.entity(), behind), Ok(true), "it would overtake the move that failed");
    // An operator who is early is heard once the round has ended.
    let (early, now) = ledger.read("day 3 resume s");
    let [next] = <[Command; 1]>::try_from(decide(&mut ledger, (&early, now))).expect("an end of its own");
    assert_eq!(waits(ledger.entity(), behind), Ok(true));
    assert_eq!(decide(&mut ledger, (end, now)), [], "that round is nobody's any more");
    let sent = decide(&mut ledger, (&next, now));
    let keys: Vec<EventKey> = sent.iter().map(|command| command.key).collect();
    assert_eq!(keys[..2], [moves.key, copy.key], "in the order in which they came");
    decide_all(&mut ledger, &sent, now);
    assert!(!ledger.entity().account.parked);
    assert_eq!(ledger.entity().account.wallets[0].total().get(), 150, "once");
}

#[test]
fn a_round_that_failed_waits_for_an_operator() {
    let (mut ledger, ..) = merged();
    let (sent, now) = resume(&mut ledger, "day 3 resume r");
    fail(&mut ledger, &sent[0]);
    assert_eq!(decide(&mut ledger, (&sent[1], now)), []);
    assert!(ledger.entity().account.parked);
    let (sent, now) = resume(&mut ledger, "day 4 resume s");
    assert_eq!(sent.len(), 2, "the move and an end");
    decide_all(&mut ledger, &sent, now);
    assert!(!ledger.entity().account.parked);
}

/// The engine breaks no round off where the programme has accounts go on without what failed.
#[test]
fn where_what_fails_is_left_out_the_round_goes_on_without_it() {
    let mut ledger = play(tariffs::base(), "day 1   sale Q at X 1000   => total 50");
    ledger.let_wait(1, "day 2 sale V at X 1000");
    ledger.let_wait(2, "day 2 sale W at X 1000");
    let (sent, now) = resume(&mut ledger, "day 3 resume r");
    let [fails, behind, end] = sent.as_slice() else { panic!("expected both and an end, found {sent:?}") };
    assert_eq!(waits(ledger.entity(), behind), Ok(true), "only the first is let in");
    let row = left_to_its_letter(ledger.entity(), fails).expect("every row is in memory");
    ledger.put(row.expect("it waited"));
    assert_eq!(waits(ledger.entity(), fails), Ok(true), "it is not decided twice");
    decide_all(&mut ledger, &[behind.clone(), end.clone()], now);
    assert!(!ledger.entity().account.parked);
    assert_eq!(ledger.entity().account.wallets[0].total().get(), 100);
}

#[test]
fn however_much_waits_a_round_is_of_bounded_size() {
    let mut ledger = play(tariffs::base(), "day 1   sale Q at X 1000   => total 50");
    for number in 0..150 {
        ledger.let_wait(number, &format!("day 2 sale W{number} at X 1000"));
    }
    let (mut sent, now) = resume(&mut ledger, "day 3 resume r");
    let mut rounds = 0;
    while !sent.is_empty() {
        assert!(sent.len() <= 65, "{} in one round", sent.len());
        rounds += 1;
        let round = std::mem::take(&mut sent);
        for command in &round {
            sent.extend(decide(&mut ledger, (command, now)));
        }
    }
    assert_eq!(rounds, 3);
    assert!(!ledger.entity().account.parked);
    assert_eq!(ledger.entity().account.wallets[0].total().get(), 151 * 50);
}

#[test]
fn an_erased_account_that_is_parked_is_let_go_on() {
    let mut ledger = play(
        tariffs::base(),
        "
        day 1   sale Q at X 1000   => total 50
        day 2   erase e            => total 0
        ",
    );
    ledger.let_wait(1, "day 3 sale W at X 1000");
    let (sent, now) = resume(&mut ledger, "day 4 resume r");
    assert_eq!(sent.len(), 2, "what waits is rejected when it comes again");
    decide_all(&mut ledger, &sent, now);
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

/// The account of a limit is parked, and an operator lets it go on as any other.
#[test]
fn s34_what_a_parked_limit_was_asked_is_answered_when_it_goes_on() {
    let mut under = Under::new(shared());
    under.event("day 1 activity c1 code at X");
    let codes = limit("codes", None);
    let question = under.on_their_way.pop_front().expect("a question on its way");
    assert_eq!(question.entity, codes);
    under.ledger.park(1, question);
    let (mut resume, now) = under.ledger.read("day 2 resume g");
    resume.entity = codes.clone();
    let sent = under.ledger.decide(&resume, now);
    under.on_their_way.extend(sent);
    under.deliver_all(1);
    assert!(!under.ledger.account(&codes).parked);
    assert_eq!((usage(&under.ledger, &codes), under.total("m")), ([(0, 0), (1, 50)], 50));
}
