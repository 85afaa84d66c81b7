//! Single steps of the protocol, each from a world of its own.

use crate::tally::{BAD_INPUT, DUE_STEP, PANICS, PANICS_ENCODED, TOO_LARGE, entity, sale, sends_on};
use crate::world::{World, crash, running, step, version};
use domain::outcome::Reason;
use domain::{Row, RowKey, Timestamp};
use embedded::{Broker, Fault, Value};
use engine::config::Clock;
use engine::driver::Driver;
use engine::message::Topic;
use engine::store::{PartitionState, Store};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

fn state(world: &World) -> PartitionState {
    world.tables.open().partition_state(0).unwrap()
}

fn parked_rows(world: &World, n: u64) -> usize {
    let rows = world.tables.open().entity(&entity(n)).unwrap();
    rows.iter().filter(|stamped| matches!(stamped.row.key(), RowKey::Parked(_))).count()
}

fn dead_letters(world: &World) -> Vec<(Reason, String)> {
    let letters = world.events(&Topic::DeadLetters).into_iter().map(|value| match value {
        Value::DeadLetter(letter) => (letter.reason, letter.text.clone()),
        other => panic!("expected a dead letter, found {other:?}"),
    });
    letters.collect()
}

#[test]
fn what_is_committed_and_not_flushed_is_flushed_by_the_successor() {
    let world = World::new(1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sends_on(1, "a"));
    world.broker.publish(sale(2, "b", 4));
    step(&mut owner, 6);
    assert_eq!(owner.counters().commits, 2, "the command's batch, and its follow-up's");
    assert!(world.tables.open().entity(&entity(1)).unwrap().is_empty(), "nothing was flushed");
    crash(&world, owner);
    let mut successor = running(&world);
    world.settle(&mut [&mut successor]);
    assert!(successor.counters().recovered >= 4, "rows of three commands and a follow-up");
    world.judge();
}

#[test]
fn a_follow_up_that_was_not_acknowledged_is_sent_by_the_successor() {
    let world = World::new(1);
    let mut owner = running(&world);
    owner.log().hold_appends();
    world.broker.publish(sends_on(1, "a"));
    step(&mut owner, 6);
    assert_eq!(state(&world).watermark, None, "the rows are in the store, the follow-up is not sent");
    crash(&world, owner);
    let mut successor = running(&world);
    world.settle(&mut [&mut successor]);
    world.judge();
}

#[test]
fn nothing_is_flushed_before_the_commit_came_back() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.set_fault(0, Fault::Silent);
    world.broker.publish(sale(1, "a", 4));
    step(&mut owner, 5);
    assert_eq!(owner.counters().writes, 0);
    assert!(world.tables.open().entity(&entity(1)).unwrap().is_empty());
    // It dies with its transaction open; the successor ends that and decides anew.
    crash(&world, owner);
    let mut successor = running(&world);
    world.settle(&mut [&mut successor]);
    assert_eq!(successor.counters().recovered, 0);
    world.judge();
}

#[test]
fn an_unknown_outcome_is_found_out_by_taking_over_anew() {
    for fault in [Fault::Aborted, Fault::AnswerLost, Fault::LeftOpen] {
        let world = World::new(1);
        let mut owner = running(&world);
        world.broker.set_fault(0, fault);
        world.broker.publish(sends_on(1, "a"));
        world.settle(&mut [&mut owner]);
        assert_eq!((owner.counters().failed_commits, owner.counters().takeovers), (1, 2), "{fault:?}");
        world.judge();
    }
}

#[test]
fn poison_parks_its_entity_and_nobody_else() {
    for amount in [PANICS, TOO_LARGE, PANICS_ENCODED] {
        let world = World::new(1);
        let mut owner = running(&world);
        for command in [sale(1, "a", 1), sale(1, "b", amount), sale(1, "c", 1), sale(2, "d", 1)] {
            world.broker.publish(command);
        }
        world.broker.publish(sale(1, "c", 1));
        world.settle(&mut [&mut owner]);
        assert_eq!(parked_rows(&world, 1), 1, "the one behind it waits, once");
        let letters = dead_letters(&world);
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!(letters[0].0, Reason::Poison);
        // A successor finds it parked still.
        crash(&world, owner);
        world.broker.publish(sale(1, "e", 1));
        let mut successor = running(&world);
        world.settle(&mut [&mut successor]);
        assert_eq!(parked_rows(&world, 1), 2);
        world.judge();
    }
}

#[test]
fn bad_input_goes_to_dead_letters_and_the_stream_goes_on() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.append(0, Value::Garbage("\u{1}".into()));
    world.broker.append(0, Value::Garbage("explosive".into()));
    world.broker.publish(sale(1, "a", BAD_INPUT));
    world.broker.publish(sale(1, "b", 1));
    world.settle(&mut [&mut owner]);
    let reasons: Vec<Reason> = dead_letters(&world).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(reasons, [Reason::None, Reason::None, Reason::WrongCurrency]);
    world.judge();
}

#[test]
fn offsets_that_differ_from_the_partition_row_halt() {
    for changed in [None, Some(1), Some(3)] {
        let world = World::new(1);
        let mut owner = running(&world);
        (0..2).for_each(|n| world.broker.publish(sale(1, &n.to_string(), 1)));
        world.settle(&mut [&mut owner]);
        owner.drain(Duration::from_secs(1)).unwrap();
        world.broker.set_committed(0, changed);
        let mut successor = world.join();
        step(&mut successor, 3);
        let halted = successor.halted();
        assert_eq!(halted.len(), 1, "{changed:?}");
        assert!(halted[0].1.contains("expected 2"), "{}", halted[0].1);
    }
}

#[test]
fn a_write_ahead_log_that_lost_its_tail_halts() {
    let world = World::new(1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "a", 1));
    step(&mut owner, 3);
    crash(&world, owner);
    world.broker.forget_wal(0, 1);
    let mut successor = world.join();
    step(&mut successor, 3);
    assert!(successor.halted()[0].1.contains("removed by retention"), "{:?}", successor.halted());
}

#[test]
fn an_idle_partition_whose_write_ahead_log_expired_runs() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.publish(sale(1, "a", 1));
    world.settle(&mut [&mut owner]);
    owner.drain(Duration::from_secs(1)).unwrap();
    // Everything goes, the control record behind the watermark too.
    world.broker.forget_wal(0, i64::MAX);
    let mut successor = running(&world);
    world.broker.publish(sale(1, "b", 1));
    world.settle(&mut [&mut successor]);
    world.judge();
}

#[test]
fn an_unflushed_record_older_than_half_of_the_retention_halts() {
    for (age, halts) in [(499, false), (501, true)] {
        let mut world = World::new(1);
        world.config.wal_retention = Some(1_000);
        let mut owner = running(&world);
        owner.store().hold_writes();
        world.broker.publish(sale(1, "a", 1));
        step(&mut owner, 3);
        crash(&world, owner);
        world.pass(age);
        let mut successor = world.join();
        step(&mut successor, 3);
        assert_eq!(!successor.halted().is_empty(), halts, "age {age}: {:?}", successor.halted());
    }
}

#[test]
fn a_store_that_does_not_answer_stops_the_input_within_bounds() {
    let mut world = World::new(1);
    world.config.unflushed_rows = 20;
    let mut owner = running(&world);
    owner.store().hold_writes();
    (0..200).for_each(|n| world.broker.publish(sale(n % 5, &n.to_string(), 1)));
    step(&mut owner, 300);
    let counters = owner.counters();
    // What is open when the bound is met may add a batch or two of three commands, three rows each.
    assert!((20..40).contains(&counters.unflushed_rows), "{counters:?}");
    owner.store().stop_holding();
    world.settle(&mut [&mut owner]);
    world.judge();
}

#[test]
fn an_idle_entity_is_woken_when_it_is_due() {
    let world = World::new(1);
    let mut owner = running(&world);
    (0..7).for_each(|n| world.broker.publish(sale(n, &format!("s{n}"), DUE_STEP)));
    world.settle(&mut [&mut owner]);
    assert_eq!(owner.counters().ticks, 0, "nobody is due yet");
    world.pass(1_500);
    world.settle(&mut [&mut owner]);
    (0..20).for_each(|_| {
        world.pass(1_000);
        world.settle(&mut [&mut owner]);
    });
    assert_eq!(owner.counters().ticks, 7, "each was woken once, page by page");
    world.judge();
}

#[test]
fn a_clock_that_was_ahead_and_is_set_back_stops_no_timers() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.wall.fetch_add(3_600_000, Ordering::Relaxed);
    step(&mut owner, 2);
    world.wall.fetch_sub(3_600_000, Ordering::Relaxed);
    world.broker.publish(sale(1, "a", DUE_STEP));
    world.settle(&mut [&mut owner]);
    for _ in 0..20 {
        world.pass(1_000);
        world.settle(&mut [&mut owner]);
    }
    world.judge_timers();
    world.judge();
}

#[test]
fn timers_that_nobody_fired_are_fired_by_the_successor() {
    let world = World::new(1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    (0..5).for_each(|n| world.broker.publish(sale(n, &format!("s{n}"), DUE_STEP)));
    step(&mut owner, 4);
    crash(&world, owner);
    world.pass(5_000);
    let mut successor = running(&world);
    for _ in 0..20 {
        world.pass(1_000);
        world.settle(&mut [&mut successor]);
    }
    for n in 0..5 {
        let rows = world.tables.open().entity(&entity(n)).unwrap();
        let Some(Row::Account(account)) = rows.first().map(|stamped| &*stamped.row) else {
            panic!("no head")
        };
        assert_eq!(account.next_due, Timestamp::NEVER, "entity {n} was not woken");
    }
    world.judge();
}

#[test]
fn a_timer_the_store_has_not_got_yet_fires() {
    let world = World::new(1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "a", DUE_STEP));
    step(&mut owner, 4);
    world.pass(5_000);
    step(&mut owner, 4);
    assert_eq!(owner.counters().ticks, 1);
    owner.store().stop_holding();
    world.settle(&mut [&mut owner]);
    world.judge_timers();
}

#[test]
fn a_tick_that_was_lost_is_sent_by_the_successor() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.publish(sale(1, "a", DUE_STEP));
    world.settle(&mut [&mut owner]);
    owner.log().hold_appends();
    world.pass(5_000);
    step(&mut owner, 2);
    assert_eq!(owner.counters().ticks, 1, "it is on its way");
    // Another batch persists the cursor, which is still before the timer.
    world.broker.publish(sale(2, "b", 1));
    step(&mut owner, 4);
    crash(&world, owner);
    world.pass(1_000);
    let mut successor = running(&world);
    for _ in 0..3 {
        world.pass(1_000);
        world.settle(&mut [&mut successor]);
    }
    world.judge();
    world.judge_timers();
}

#[test]
fn under_the_event_clock_nothing_ticks_and_now_is_the_entitys_own() {
    let mut world = World::new(1);
    world.config.clock = Clock::Event;
    let mut owner = running(&world);
    for (id, delivered_at) in [("a", 500), ("b", 300), ("c", 900)] {
        let mut command = (*sale(1, id, DUE_STEP)).clone();
        command.delivered_at = Timestamp(delivered_at);
        world.broker.publish(Arc::new(command));
        world.settle(&mut [&mut owner]);
        world.pass(100_000);
    }
    world.settle(&mut [&mut owner]);
    let at: Vec<Timestamp> = world
        .events(&Topic::Entries)
        .into_iter()
        .map(|value| match value {
            Value::Event(event) => match *event {
                domain::Event::Entry(entry) => entry.recorded_at,
                other => panic!("expected an entry, found {other:?}"),
            },
            other => panic!("expected an event, found {other:?}"),
        })
        .collect();
    assert_eq!(at, [Timestamp(500), Timestamp(500), Timestamp(900)]);
    assert_eq!(owner.counters().ticks, 0);
}

#[test]
fn draining_finishes_what_is_decided_and_leaves_nothing_to_recover() {
    let world = World::new(1);
    let mut owner = running(&world);
    (0..10).for_each(|n| world.broker.publish(sale(1, &n.to_string(), 1)));
    step(&mut owner, 2);
    owner.drain(Duration::from_secs(1)).unwrap();
    let watermark = state(&world).watermark.unwrap();
    let mut successor = running(&world);
    world.settle(&mut [&mut successor]);
    assert!(state(&world).watermark.unwrap() >= watermark);
    assert_eq!(successor.counters().recovered, 0);
    world.judge();
}

#[test]
fn a_wall_clock_that_jumps_does_not_cut_a_drain_short() {
    let mut world = World::new(1);
    world.drift = 10_000;
    let mut owner = running(&world);
    (0..10).for_each(|n| world.broker.publish(sale(1, &n.to_string(), 1)));
    step(&mut owner, 1);
    assert!(!owner.is_settled(), "something is left to be drained");
    owner.drain(Duration::from_secs(5)).unwrap();
}

#[test]
fn ownership_that_was_proven_is_not_doubted_for_ever() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.set_fault(0, Fault::AnswerLost);
    world.broker.publish(sale(1, "a", 1));
    world.settle(&mut [&mut owner]);
    assert_eq!((owner.counters().takeovers, owner.log().proofs()), (2, 1), "a lost answer is doubtful");
    // Taken over again for another reason: the commits in between say whose it is.
    owner.log().fail_to_pause();
    (0..20).for_each(|n| world.broker.publish(sale(1, &format!("b{n}"), 1)));
    world.settle(&mut [&mut owner]);
    assert_eq!((owner.counters().takeovers, owner.log().proofs()), (3, 1));
    world.judge();
}

#[test]
fn a_programme_comes_from_the_log_is_stored_and_never_changes() {
    let world = World::new(1);
    let mut owner = running(&world);
    for value in [version(1, "one"), version(1, "one"), version(1, "another"), version(2, "two")] {
        world.broker.append(0, value);
    }
    world.settle(&mut [&mut owner]);
    let stored: Vec<(i32, String)> =
        state(&world).programmes.iter().map(|version| (version.version, version.text.to_string())).collect();
    assert_eq!(stored, [(1, "one".to_owned()), (2, "two".to_owned())]);
    assert_eq!(dead_letters(&world).len(), 1, "the other text");
}

#[test]
fn s26_a_correction_is_stored_like_a_version_and_one_that_cannot_be_is_refused() {
    let world = World::new(1);
    let mut owner = running(&world);
    // The first has nothing to correct yet, the last is not the newest.
    for value in
        [version(3, "corrects 1"), version(1, "one"), version(5, "corrects 1"), version(4, "corrects 5")]
    {
        world.broker.append(0, value);
    }
    world.settle(&mut [&mut owner]);
    let numbers = || -> Vec<i32> { state(&world).programmes.iter().map(|it| it.version).collect() };
    assert_eq!((numbers(), dead_letters(&world).len()), (vec![1, 5], 2));
    crash(&world, owner);

    // A successor knows it, and corrects it. The second version takes the place of the first from then on.
    let mut successor = running(&world);
    for value in [version(5, "corrects 1"), version(6, "corrects 5"), version(2, "two")] {
        world.broker.append(0, value);
    }
    world.settle(&mut [&mut successor]);
    assert_eq!((numbers(), dead_letters(&world).len()), (vec![1, 2, 5, 6], 2));
    crash(&world, successor);

    // The next takes them back by their numbers, not as the log has them, and judges nothing again.
    let mut third = running(&world);
    world.broker.append(0, version(6, "corrects 5"));
    world.settle(&mut [&mut third]);
    assert_eq!((third.running(), dead_letters(&world).len()), (vec![0], 2));
    world.broker.append(0, version(7, "corrects 5"));
    world.settle(&mut [&mut third]);
    let text = dead_letters(&world).pop().expect("a letter").1;
    assert!(text.starts_with("programme p version 7 corrects nothing: version 5 is not in force"), "{text}");
}

#[test]
fn a_programme_that_cannot_be_compiled_halts() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.append(0, version(1, "broken"));
    step(&mut owner, 3);
    assert_eq!(owner.halted(), [(0, "programme p version 1: this text is broken")]);
}

#[test]
fn a_partition_that_halts_leaves_the_others_running() {
    let world = World::new(2);
    let mut owner = running(&world);
    world.broker.append(0, version(1, "broken"));
    step(&mut owner, 3);
    assert_eq!((owner.running(), owner.halted().len()), (vec![1], 1));
}

#[test]
fn a_compiler_that_panics_halts_its_partition_alone() {
    let world = World::new(2);
    let mut owner = running(&world);
    world.broker.append(0, version(1, "explosive"));
    step(&mut owner, 3);
    assert_eq!(owner.running(), [1]);
    let text = owner.halted()[0].1;
    assert!(
        text.starts_with("programme p version 1: the compiler failed") && text.contains("boom"),
        "{text}"
    );
}

/// The types fit together for whoever runs a ledger in a thread of its own.
#[test]
fn a_driver_can_be_sent_to_a_thread() {
    fn is_send<T: Send>() {}
    is_send::<Driver<embedded::MemoryLog, embedded::MemoryStore, embedded::PassThrough>>();
    is_send::<Broker>();
}
