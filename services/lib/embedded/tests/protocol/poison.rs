//! A command that failed: what becomes of its account, and of the command when it is delivered again, while its account is
//! parked, after its release, and where the account goes on without it.

use crate::tally::{DUE_STEP, PANICS, PANICS_ENCODED, TOO_LARGE, entity, sale, sends_on};
use crate::world::{GOES_ON, Instance, World, crash, running, version};
use domain::command::{Action, Adjustment, Body, Command};
use domain::outcome::{OutcomeKind, Reason};
use domain::{Account, Digest, Event, EventKey, Row};
use embedded::Value;
use engine::message::Topic;
use engine::route::partition_of;
use engine::store::{Stamped, Store, Ticket, Write};
use engine::wal::WriteTs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The answers to the event `id`, in order.
fn answers(world: &World, id: &str) -> Vec<(OutcomeKind, Reason)> {
    let outcomes = world.events(&Topic::Outcomes("shop".into())).into_iter();
    let answers = outcomes.filter_map(|value| match value {
        Value::Event(event) => match *event {
            Event::Outcome(record) if record.source.id.as_str() == id => {
                Some((record.outcome.kind, record.outcome.reason))
            }
            _ => None,
        },
        _ => None,
    });
    answers.collect()
}

fn with_other_content(command: &Command) -> Arc<Command> {
    Arc::new(Command { content: Digest::of(b"another"), ..command.clone() })
}

/// An operator's release: the head row says so.
fn release(world: &World, n: u64, offset: i64) {
    let mut store = world.tables.open();
    let rows = store.entity(&entity(n)).unwrap();
    let account = rows.iter().find_map(|stamped| match &*stamped.row {
        Row::Account(account) => Some(Account { parked: false, ..account.clone() }),
        _ => None,
    });
    let row = Arc::new(Row::Account(account.expect("a parked entity has a head row")));
    let rows = vec![Stamped { write_ts: WriteTs::new(0, offset), row }];
    store.write(Ticket { partition: 0, number: 1 }, Write::Rows { entity: entity(n), rows, entries: vec![] });
}

#[test]
fn poison_that_comes_again_is_a_duplicate_and_its_first_content_stands() {
    for amount in [PANICS, TOO_LARGE] {
        let world = World::new(1);
        let mut owner = running(&world);
        let poison = sale(1, "bad", amount);
        for command in [Arc::clone(&poison), sale(1, "behind", 1), Arc::clone(&poison)] {
            world.broker.publish(command);
            world.settle(&mut [&mut owner]);
        }
        world.broker.expel(owner.log().member());
        let mut successor = running(&world);
        world.broker.publish(with_other_content(&poison));
        world.broker.publish(sale(1, "behind", 1));
        world.settle(&mut [&mut successor]);
        let first = (OutcomeKind::DeadLettered, Reason::Poison);
        let again = (OutcomeKind::Duplicate, Reason::Poison);
        let other = (OutcomeKind::Conflict, Reason::ContentDiffers);
        assert_eq!(answers(&world, "bad"), [first, again, other], "amount {amount}");
        let waits = (OutcomeKind::Parked, Reason::EntityParked);
        assert_eq!(answers(&world, "behind"), [waits, waits], "amount {amount}");
        assert_eq!(world.events(&Topic::DeadLetters).len(), 1, "amount {amount}");
    }
}

#[test]
fn a_released_account_takes_the_replay_once() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.publish(sale(1, "bad", PANICS));
    world.settle(&mut [&mut owner]);
    world.broker.expel(owner.log().member());
    release(&world, 1, 0);
    let mut successor = running(&world);
    // The same event again, and what it failed of is mended.
    for _ in 0..2 {
        world.broker.publish(sale(1, "bad", 1));
        world.settle(&mut [&mut successor]);
    }
    let first = (OutcomeKind::DeadLettered, Reason::Poison);
    let applied = (OutcomeKind::Applied, Reason::None);
    let again = (OutcomeKind::Duplicate, Reason::None);
    assert_eq!(answers(&world, "bad"), [first, applied, again]);
}

/// It was applied before; what fails is its repetition. A replay must not apply it once more.
#[test]
fn what_was_answered_before_it_failed_is_not_decided_again() {
    let world = World::new(1);
    let mut owner = running(&world);
    let command = sends_on(1, "good");
    world.broker.publish(Arc::clone(&command));
    world.settle(&mut [&mut owner]);
    world.failing.store(true, Ordering::Relaxed);
    world.broker.publish(Arc::clone(&command));
    world.settle(&mut [&mut owner]);
    world.failing.store(false, Ordering::Relaxed);
    world.broker.expel(owner.log().member());
    release(&world, 1, 3);
    let mut successor = running(&world);
    world.broker.publish(command);
    world.settle(&mut [&mut successor]);
    let applied = (OutcomeKind::Applied, Reason::None);
    let failed = (OutcomeKind::DeadLettered, Reason::Poison);
    let again = (OutcomeKind::Duplicate, Reason::None);
    assert_eq!(answers(&world, "good"), [applied, failed, again]);
}

/// Whoever wrote it counts other partitions: its account's writer is elsewhere.
#[test]
fn a_command_in_another_partition_than_its_accounts_is_set_aside_and_decided_where_it_belongs() {
    let world = World::new(2);
    let mut owner = running(&world);
    let command = sale(1, "stray", 1);
    let own = partition_of(command.entity.as_str(), 2);
    world.broker.append(1 - own, Value::Command(Arc::clone(&command)));
    world.settle(&mut [&mut owner]);
    assert_eq!((answers(&world, "stray"), owner.counters().dead_letters), (Vec::new(), 1));
    world.broker.append(own, Value::Command(command));
    world.settle(&mut [&mut owner]);
    assert_eq!(answers(&world, "stray"), [(OutcomeKind::Applied, Reason::None)]);
}

/// Whether the account `n` is parked, as the store has it.
fn is_parked(world: &World, n: u64) -> bool {
    let rows = world.tables.open().entity(&entity(n)).unwrap();
    rows.iter().any(|stamped| matches!(&*stamped.row, Row::Account(account) if account.parked))
}

/// A world whose programme says that accounts go on without what failed, and its owner.
fn going_on() -> (World, Instance) {
    let world = World::new(1);
    let owner = running(&world);
    world.broker.append(0, version(1, GOES_ON));
    (world, owner)
}

#[test]
fn s24_an_account_that_goes_on_decides_what_is_behind_and_what_failed_once_it_is_mended() {
    for amount in [PANICS, TOO_LARGE, PANICS_ENCODED] {
        let (world, mut owner) = going_on();
        let poison = sale(1, "bad", amount);
        for command in [sale(1, "before", 1), Arc::clone(&poison), sale(1, "behind", 1)] {
            world.broker.publish(command);
        }
        world.settle(&mut [&mut owner]);
        // Nothing is mended yet: it fails again, and that attempt has its letter.
        world.broker.publish(poison);
        world.settle(&mut [&mut owner]);
        assert_eq!((owner.counters().poisoned, owner.counters().parked), (2, 0), "amount {amount}");
        crash(&world, owner);
        let mut successor = running(&world);
        for command in [sale(1, "bad", 1), sale(1, "bad", 1), sale(1, "last", 1)] {
            world.broker.publish(command);
        }
        world.settle(&mut [&mut successor]);
        let failed = (OutcomeKind::DeadLettered, Reason::Poison);
        let applied = (OutcomeKind::Applied, Reason::None);
        let again = (OutcomeKind::Duplicate, Reason::None);
        assert_eq!(answers(&world, "bad"), [failed, failed, applied, again], "amount {amount}");
        for id in ["before", "behind", "last"] {
            assert_eq!(answers(&world, id), [applied], "{id}, amount {amount}");
        }
        assert_eq!(world.events(&Topic::DeadLetters).len(), 2, "amount {amount}");
        assert!(!is_parked(&world, 1), "amount {amount}");
        world.judge();
    }
}

#[test]
fn what_the_ledger_sent_itself_parks_its_account_whatever_is_declared() {
    let (world, mut owner) = going_on();
    let mut sent = Command::clone(&sale(1, "", PANICS));
    sent.key = EventKey::of("shop", "f", "first").derived("follow-up", 0);
    world.broker.publish(Arc::new(sent));
    world.broker.publish(sale(1, "behind", 1));
    world.broker.publish(sale(2, "elsewhere", 1));
    world.settle(&mut [&mut owner]);
    assert_eq!(answers(&world, "behind"), [(OutcomeKind::Parked, Reason::EntityParked)]);
    assert_eq!(answers(&world, "elsewhere"), [(OutcomeKind::Applied, Reason::None)]);
    assert_eq!((owner.counters().poisoned, owner.counters().parked), (1, 1));
    assert!(is_parked(&world, 1));
    world.judge();
}

/// What fails by time alone fails with every command: tried again and again, it would be dead-lettered for ever.
#[test]
fn a_tick_that_fails_parks_its_account_whatever_is_declared_and_is_not_tried_again() {
    let (world, mut owner) = going_on();
    world.broker.publish(sale(1, "due", DUE_STEP));
    world.settle(&mut [&mut owner]);
    world.failing.store(true, Ordering::Relaxed);
    world.broker.publish(sale(1, "fails", 1));
    world.settle(&mut [&mut owner]);
    assert!(!is_parked(&world, 1), "an event is left out");
    for _ in 0..40 {
        world.pass(500);
        world.settle(&mut [&mut owner]);
    }
    assert!(is_parked(&world, 1));
    let counters = owner.counters();
    assert_eq!((counters.ticks, counters.poisoned, counters.parked), (1, 2, 1), "{counters:?}");
    assert_eq!(world.events(&Topic::DeadLetters).len(), 2);
}

#[test]
fn s26_the_version_in_force_when_it_fails_says_what_becomes_of_the_account() {
    let world = World::new(1);
    let mut owner = running(&world);
    let parked = (OutcomeKind::Parked, Reason::EntityParked);
    let applied = (OutcomeKind::Applied, Reason::None);
    for (n, text, behind) in [(1, "wait", parked), (2, GOES_ON, applied), (3, "wait", parked)] {
        world.broker.append(0, version(n, text));
        let n = n.unsigned_abs().into();
        world.broker.publish(sale(n, &format!("bad-{n}"), PANICS));
        world.broker.publish(sale(n, &format!("behind-{n}"), 1));
        // One that was parked before waits on, whatever is declared since.
        world.broker.publish(sale(1, &format!("first-{n}"), 1));
        world.settle(&mut [&mut owner]);
        assert_eq!(answers(&world, &format!("behind-{n}")), [behind], "version {n}");
        assert_eq!(answers(&world, &format!("first-{n}")), [parked], "version {n}");
    }
    world.judge();
}

#[test]
fn a_release_that_fails_leaves_its_account_parked_whatever_is_declared() {
    let world = World::new(1);
    let mut owner = running(&world);
    world.broker.publish(sale(1, "bad", PANICS));
    world.broker.append(0, version(1, GOES_ON));
    world.settle(&mut [&mut owner]);
    world.failing.store(true, Ordering::Relaxed);
    let adjustment = Adjustment { actor: "op-7".into(), reason: "mended".into(), action: Action::Resume };
    let mut resume = Command::clone(&sale(1, "resume", 1));
    resume.body = Body::Adjust(adjustment);
    world.broker.publish(Arc::new(resume));
    world.settle(&mut [&mut owner]);
    assert_eq!(answers(&world, "resume"), [(OutcomeKind::DeadLettered, Reason::Poison)]);
    assert!(is_parked(&world, 1));
    assert_eq!((owner.counters().poisoned, owner.counters().parked), (2, 2));
}
