//! S33: steps of a transfer that come to the receiver too early wait there, and nothing of them is lost (S17, S26).

use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::transfers::{begin, deliver, giving};
use domain::debt::Debt;
use domain::lot::Buckets;
use domain::outcome::OutcomeKind;
use domain::purchase::Purchase;
use domain::redemption::{HoldState, Redemption};
use domain::tariff::Tariffs;
use domain::{Body, Command, Entity, EntityId, Event, EventKey, Lot, Name, Points, Timestamp};
use std::sync::Arc;

/// Decides commands that a merged member passes on, and leaves what they send on its way.
fn pass_on(ledger: &mut Ledger, commands: &[Command], now: Timestamp) -> Vec<Command> {
    commands.iter().flat_map(|command| ledger.decide(command, now)).collect()
}

fn relabels(commands: &[Command]) -> usize {
    commands.iter().filter(|command| matches!(command.body, Body::Relabel(_))).count()
}

fn waits(ledger: &Ledger, member: &str) -> usize {
    ledger.named(member).account.waiting.len()
}

/// Nothing but time.
fn tick(ledger: &mut Ledger, member: &str, line: &str) -> (Vec<Command>, Timestamp) {
    let (command, now) = ledger.read(line);
    let key = EventKey::NONE.derived("tick", now.0);
    let tick = Command { key, entity: EntityId::member("test", member), body: Body::Tick, ..command };
    (ledger.decide(&tick, now), now)
}

/// Member n gave o the 100 points of P and was merged into m, where P was returned and Q pays instead: the gift, and the
/// relabelling that overtakes it.
fn overtaken(setup: &str) -> (Ledger, Vec<Command>, Vec<Command>, Timestamp) {
    let mut ledger = giving(&format!(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 1    sale Q at Y 2000 for n           => n: total 200
        {setup}
    "
    ));
    let (gift, _) = begin(&mut ledger, "day 3 transfer T at Z 100 to o for n");
    go_on(&mut ledger, "day 3 merge g of m for n => outcome applied, available 100, moved 100");
    let (sent, now) = begin(&mut ledger, "day 3 return R of P at X for n");
    let relabel = pass_on(&mut ledger, &sent, now);
    assert_eq!(relabels(&relabel), 1, "{relabel:?}");
    (ledger, gift, relabel, now)
}

#[test]
fn s17_a_relabelling_that_overtakes_its_gift_waits_for_it() {
    let (mut ledger, gift, relabel, now) = overtaken("");
    deliver(&mut ledger, relabel, now);
    assert_eq!(waits(&ledger, "o"), 1);
    deliver(&mut ledger, gift, now);
    go_on(
        &mut ledger,
        "
        day 3 pass => available 0, debt 0, revoked 100, o: available 100, o: lot P available 0, o: lot Q available 100
        day 4 transfer T at Z 100 to o for n dated day 3 => outcome duplicate, reason none, used 100
    ",
    );
    assert_eq!(waits(&ledger, "o"), 0);
}

#[test]
fn s33_a_relabelling_of_what_was_refused_waits_for_nothing() {
    for first in [true, false] {
        let (mut ledger, gift, relabel, now) = overtaken("day 2 erase e1 for o => outcome applied");
        let steps = if first { [relabel, gift] } else { [gift, relabel] };
        for step in steps {
            deliver(&mut ledger, step, now);
        }
        go_on(&mut ledger, "day 3 pass => available 100, lot Q available 100, o: total 0, o: moved_in 0");
        assert_eq!(waits(&ledger, "o"), 0, "relabelled first: {first}");
    }
}

#[test]
fn s33_an_erased_receiver_lets_what_waited_for_a_gift_go_with_it() {
    let (mut ledger, gift, relabel, now) = overtaken("");
    deliver(&mut ledger, relabel, now);
    go_on(&mut ledger, "day 3 erase e1 for o => outcome applied");
    deliver(&mut ledger, gift, now);
    go_on(&mut ledger, "day 3 pass => available 100, lot Q available 100, o: total 0, o: moved_in 0");
    assert_eq!(waits(&ledger, "o"), 0);
}

#[test]
fn s17_what_waited_at_a_member_goes_on_to_whom_it_is_merged_into() {
    let (mut ledger, gift, relabel, now) = overtaken("");
    deliver(&mut ledger, relabel, now);
    go_on(&mut ledger, "day 3 merge h of k for o => outcome applied, k: available 0");
    assert_eq!((waits(&ledger, "o"), waits(&ledger, "k")), (0, 1));
    deliver(&mut ledger, gift, now);
    go_on(
        &mut ledger,
        "day 3 pass => o: total 0, k: available 100, k: lot Q available 100, k: lot P available 0",
    );
    assert_eq!(waits(&ledger, "k"), 0);
}

#[test]
fn s17_a_relabelling_that_overtakes_the_one_before_it_waits_for_that() {
    let mut ledger = giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 1    sale Q at Y 1000 for n           => n: total 150
        day 3    transfer T at Z 100 to o for n   => o: available 100
    ",
    );
    let (first, now) = begin(&mut ledger, "day 4 return R of P at X 1x0.5 for n");
    assert_eq!(relabels(&first), 1, "Q pays for 50 of P");
    go_on(&mut ledger, "day 4 merge g of m for n => available 0, debt 0");
    go_on(&mut ledger, "day 4 sale S at W 1000 => available 50");
    let (sent, now_second) = begin(&mut ledger, "day 4 return R2 of Q at Y for n");
    let second = pass_on(&mut ledger, &sent, now_second);
    assert_eq!(relabels(&second), 1, "S pays for the 50 of Q");
    deliver(&mut ledger, second, now);
    go_on(&mut ledger, "day 4 pass => o: available 100, o: lot P available 100");
    assert_eq!(waits(&ledger, "o"), 1);
    deliver(&mut ledger, first, now);
    go_on(
        &mut ledger,
        "day 4 pass => o: available 100, o: lot P available 50, o: lot Q available 0, o: lot S available 50",
    );
    assert_eq!(waits(&ledger, "o"), 0);
}

#[test]
fn s17_a_relabelling_that_is_sent_again_while_its_rest_is_under_way_relabels_no_more_than_the_rest() {
    let mut ledger = giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 1    sale Q at Y 1000 for n           => n: total 150
        day 3    transfer T at Z 100 to o for n   => o: available 100
    ",
    );
    let (first, _) = begin(&mut ledger, "day 4 return R of P at X 1x0.3 for n");
    let (second, _) = begin(&mut ledger, "day 4 return R2 of P at X 1x0.2 for n");
    go_on(&mut ledger, "day 4 sale S at W 1000 for n => n: available 50");
    let (third, now) = begin(&mut ledger, "day 4 return R3 of Q at Y 1x0.8 for n");
    assert_eq!([&first, &second, &third].map(|sent| relabels(sent)), [1; 3], "30 and 20 of P, 40 of Q");
    deliver(&mut ledger, first, now);
    deliver(&mut ledger, third.clone(), now);
    go_on(&mut ledger, "day 4 pass => o: lot Q available 0, o: lot S available 30");
    assert_eq!(waits(&ledger, "o"), 1, "10 of Q did not come yet");
    let rest = pass_on(&mut ledger, &second, now);
    assert_eq!(relabels(&rest), 1);
    deliver(&mut ledger, third, now);
    deliver(&mut ledger, rest, now);
    go_on(
        &mut ledger,
        "day 4 pass => o: available 100, o: lot P available 50, o: lot Q available 10, o: lot S available 40",
    );
    assert_eq!(waits(&ledger, "o"), 0);
}

#[test]
fn s17_a_relabelling_that_is_sent_again_behind_a_merge_relabels_no_more_than_its_rest() {
    let mut ledger = giving(
        "
        day 1    sale P at X 2000 for n           => n: total 100
        day 1    sale Q at Y 1000 for n           => n: total 150
        day 3    transfer T at Z 100 to o for n   => o: available 100
    ",
    );
    let (first, _) = begin(&mut ledger, "day 4 return R of P at X 1x0.3 for n");
    let (second, _) = begin(&mut ledger, "day 4 return R2 of P at X 1x0.2 for n");
    go_on(&mut ledger, "day 4 sale S at W 1000 for n => n: available 50");
    let (third, now) = begin(&mut ledger, "day 4 return R3 of Q at Y 1x0.8 for n");
    deliver(&mut ledger, first, now);
    deliver(&mut ledger, third.clone(), now);
    let (mut merging, now) = begin(&mut ledger, "day 4 merge h of k for o");
    let mut rest = Vec::new();
    while let Some(command) = merging.pop() {
        match command.body {
            Body::Relabel(_) => rest.push(command),
            _ => merging.extend(ledger.decide(&command, now)),
        }
    }
    assert_eq!((relabels(&rest), waits(&ledger, "o"), waits(&ledger, "k")), (1, 0, 0), "the 10 of Q");
    deliver(&mut ledger, third, now);
    deliver(&mut ledger, rest, now);
    assert_eq!(waits(&ledger, "k"), 1);
    deliver(&mut ledger, second, now);
    go_on(
        &mut ledger,
        "day 4 pass => k: available 100, k: lot P available 50, k: lot Q available 10, k: lot S available 40",
    );
    assert_eq!(waits(&ledger, "k"), 0);
}

#[test]
fn s22_a_relabelling_that_follows_nothing_is_given_up_in_the_end() {
    let (mut ledger, gift, relabel, now) = overtaken("");
    deliver(&mut ledger, gift, now);
    let astray = relabel.into_iter().map(|mut command| {
        if let Body::Relabel(relabel) = &mut command.body {
            relabel.lot.key = EventKey::NONE;
        }
        command
    });
    deliver(&mut ledger, astray.collect(), now);
    assert_eq!(waits(&ledger, "o"), 1);
    for (day, waiting) in [(20, 1), (80, 0)] {
        let (sent, now) = tick(&mut ledger, "o", &format!("day {day} sale W at X 1"));
        deliver(&mut ledger, sent, now);
        assert_eq!(waits(&ledger, "o"), waiting, "day {day}");
    }
    go_on(&mut ledger, "day 81 pass => o: available 100, o: lot P available 100");
}

/// A ledger that has the second version, from day 2, everywhere; and what the receiver's partition knows of it.
fn half_published() -> (Ledger, Tariffs, Tariffs) {
    let first = tariffs::giving();
    let from = Timestamp(first.from.0 + 1);
    let mut second = first.clone();
    (second.version, second.from) = (first.version + 1, from);
    second.notices.before_expiry = vec![domain::calendar::Span::Days(30)];
    second.notices.channels.insert(domain::event::NoticeKind::Expiring, vec![Name::from("sms")]);
    let mut half = Tariffs::default();
    half.add(Arc::new(first));
    let mut whole = half.clone();
    whole.add(Arc::new(second));
    let mut ledger = play(tariffs::giving(), "");
    ledger.tariffs = whole.clone();
    (ledger, half, whole)
}

fn answers(ledger: &Ledger, id: &str) -> Vec<OutcomeKind> {
    let key = EventKey::of("Z", "redemptions", id);
    let kind = |event: &Event| match event {
        Event::Outcome(record) if record.event == key => Some(record.outcome.kind),
        _ => None,
    };
    ledger.all.iter().filter_map(kind).collect()
}

#[test]
fn s26_a_gift_of_a_version_that_is_not_here_yet_waits_for_it() {
    for erased in [false, true] {
        let (mut ledger, half, whole) = half_published();
        go_on(&mut ledger, "day 1 sale P at X 2000 => total 100");
        let (gift, now) = begin(&mut ledger, "day 2 transfer T at Z 60 to n");
        ledger.tariffs = half;
        deliver(&mut ledger, gift, now);
        go_on(&mut ledger, "day 2 transfer T at Z 60 to n => outcome duplicate, reason transfer_under_way");
        assert_eq!((waits(&ledger, "n"), answers(&ledger, "T").len()), (1, 1), "the duplicate's");
        // Another sale, and days on which something may be due: nobody asks for the version.
        go_on(&mut ledger, "day 3 sale Q at X 400 for n => n: total 20, n: available 20");
        if erased {
            go_on(&mut ledger, "day 3 erase e1 for n => outcome applied, n: total 0");
        } else {
            let (sent, now) = tick(&mut ledger, "n", "day 340 sale W at X 1");
            deliver(&mut ledger, sent, now);
            assert_eq!(waits(&ledger, "n"), 1);
        }
        ledger.tariffs = whole;
        let (sent, now) = tick(&mut ledger, "n", "day 341 sale W at X 1");
        deliver(&mut ledger, sent, now);
        assert_eq!(waits(&ledger, "n"), 0);
        let (left, there, fate) =
            if erased { (100, 0, OutcomeKind::Rejected) } else { (40, 80, OutcomeKind::Applied) };
        go_on(&mut ledger, &format!("day 341 pass => available {left}, n: available {there}"));
        assert_eq!(
            answers(&ledger, "T"),
            [OutcomeKind::Duplicate, fate],
            "S27: one answer, once it is known"
        );
    }
}

#[test]
fn s26_a_relabelling_of_a_version_that_is_not_here_yet_waits_for_it() {
    let (mut ledger, half, whole) = half_published();
    ledger.tariffs = half.clone();
    go_on(
        &mut ledger,
        "
        day 1 sale P at X 2000           => total 100
        day 2 transfer T at Z 100 to n   => n: available 100
    ",
    );
    ledger.tariffs = whole.clone();
    go_on(&mut ledger, "day 3 sale Q at Y 2000 => total 100");
    let (relabel, now) = begin(&mut ledger, "day 4 return R of P at X");
    assert_eq!(relabels(&relabel), 1);
    ledger.tariffs = half;
    deliver(&mut ledger, relabel, now);
    assert_eq!(waits(&ledger, "n"), 1);
    ledger.tariffs = whole;
    let (sent, now) = tick(&mut ledger, "n", "day 5 sale W at X 1");
    deliver(&mut ledger, sent, now);
    assert_eq!(waits(&ledger, "n"), 0);
    go_on(&mut ledger, "day 5 pass => n: available 100, n: lot P available 0, n: lot Q available 100");
}

#[test]
fn s27_a_gift_that_was_sent_again_to_a_parked_account_goes_on_with_it() {
    let (mut ledger, half, whole) = half_published();
    go_on(&mut ledger, "day 1 sale P at X 2000 => total 100");
    let (gift, now) = begin(&mut ledger, "day 2 transfer T at Z 60 to n");
    ledger.tariffs = half;
    deliver(&mut ledger, gift, now);
    let (mut sent, _) = tick(&mut ledger, "n", "day 3 sale W at X 1");
    assert_eq!((sent.len(), waits(&ledger, "n")), (1, 0), "it is looked at again");
    ledger.tariffs = whole;
    ledger.park(1, sent.pop().expect("the gift"));
    go_on(&mut ledger, "day 4 resume r for n => n: available 60, available 40");
    assert_eq!(answers(&ledger, "T"), [OutcomeKind::Applied]);
}

#[test]
fn s27_what_waits_in_a_parked_account_waits_on_when_that_goes_on() {
    let (mut ledger, gift, relabel, now) = overtaken("");
    deliver(&mut ledger, relabel, now);
    ledger.let_wait(1, "day 3 sale S at X 2000 for o");
    go_on(&mut ledger, "day 4 resume r for o => outcome applied, o: total 100");
    assert_eq!(waits(&ledger, "o"), 1);
    deliver(&mut ledger, gift, now);
    go_on(&mut ledger, "day 4 pass => o: available 200, o: lot Q available 100, o: lot P available 0");
}

/// Everything a card has had: what is left of a lot, what is held, what was spent, given back and is owed.
#[test]
fn s05_what_a_binding_moves_is_the_same_at_the_member_row_by_row() {
    let mut ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000 600 via K            => K: pending 130
        day 2   sale Q at Y 1000 via K                => K: pending 180
        day 20  sale R at Z 50 50 paying 100 via K    => K: available 80
        day 21  return r1 of R at Z 1 via K           => given 50
        day 22  hold H at Z 40 via K                  => K: available 90, K: held 40
        day 23  sale S at Y 90 paying 90 via K        => K: available 0
        day 24  return r2 of P at X 1 via K           => clawed 100
    ",
    );
    let card = ledger.named("K").clone();
    go_on(&mut ledger, "day 24 18:00 bind b card K to m at X => outcome applied");
    let member = ledger.entity();
    // What was revoked stays with the card: it is nobody's any more.
    let left = |lot: &Lot| {
        let revoked = lot.buckets.revoked;
        let buckets = Buckets { revoked: Points::ZERO, ..lot.buckets };
        Lot { issued: lot.issued - revoked, clawed_back: lot.clawed_back - revoked, buckets, ..lot.clone() }
    };
    let lots: Vec<Lot> = card.lots.rows().values().map(left).collect();
    assert!(member.lots.rows().values().eq(&lots), "{:?}\n{lots:?}", member.lots);
    // Each account numbers its redemptions by its own entries: their order is what counts.
    let unnumbered = |debt: &Debt| Debt { sequence: 0, ..debt.clone() };
    let (here, there) = (member.debts.rows().values(), card.debts.rows().values());
    assert!(here.map(unnumbered).eq(there.map(unnumbered)), "{:?}\n{:?}", member.debts, card.debts);
    let in_order = |entity: &Entity| {
        let mut all: Vec<Redemption> = entity.redemptions.rows().values().cloned().collect();
        all.sort_by_key(|redemption| redemption.sequence);
        all.into_iter().map(|redemption| Redemption { sequence: 0, ..redemption }).collect::<Vec<_>>()
    };
    assert_eq!(in_order(member), in_order(&card));
    // From now on they are of the line that the card is at the member.
    let of_the_card = |purchase: &Purchase| Purchase { line: EventKey::NONE, ..purchase.clone() };
    let (here, there) = (member.purchases.rows().values(), card.purchases.rows().values());
    assert!(here.map(of_the_card).eq(there.cloned()), "{:?}\n{:?}", member.purchases, card.purchases);
    let count = (card.debts.rows().len(), card.redemptions.rows().len(), card.purchases.rows().len());
    assert_eq!(count, (2, 3, 4));
    let left: Vec<&Redemption> = ledger.named("K").redemptions.rows().values().collect();
    let is_empty = |it: &Redemption| it.draws.is_empty() && it.captured.is_zero() && it.given_back.is_zero();
    assert!(left.iter().all(|it| it.state == HoldState::Moved && is_empty(it)), "{left:?}");
}
