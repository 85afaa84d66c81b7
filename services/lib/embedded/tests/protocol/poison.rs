//! A command that failed, delivered again: while its entity is parked, and after its release.

use crate::tally::{PANICS, TOO_LARGE, entity, sale, sends_on};
use crate::world::{World, running};
use domain::command::Command;
use domain::outcome::{OutcomeKind, Reason};
use domain::{Account, Digest, Event, Row};
use embedded::Value;
use engine::message::Topic;
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
