//! Topics that are made anew: the log's epoch, and what a takeover does about a log that is not the one the
//! store was written from.

use crate::tally::{entity, sale, sends_on};
use crate::world::{Instance, World, crash, running, step};
use domain::{Account, Row};
use embedded::Tables;
use engine::message::Topic;
use engine::store::Store;
use engine::width::Width;
use std::time::Duration;

fn drained(world: &World, commands: usize) {
    let mut owner = running(world);
    (0..commands).for_each(|n| world.broker.publish(sale(1, &format!("old-{n}"), 1)));
    world.settle(&mut [&mut owner]);
    owner.drain(Duration::from_secs(1)).unwrap();
}

fn account(world: &World, n: u64) -> Account {
    let rows = world.tables.open().entity(&entity(n)).unwrap();
    rows.iter()
        .find_map(|stamped| match &*stamped.row {
            Row::Account(account) => Some(account.clone()),
            _ => None,
        })
        .expect("the entity has a head row")
}

/// Why a new instance halts.
fn halts(world: &World) -> String {
    let mut instance = world.join();
    step(&mut instance, 3);
    let halted = instance.halted();
    assert_eq!((halted.len(), instance.running().len()), (1, 0), "expected a halted partition");
    halted[0].1.to_owned()
}

#[test]
fn a_log_made_anew_under_a_raised_epoch_is_begun_over_the_old_store() {
    for both in [false, true] {
        let mut world = World::new(1);
        drained(&world, 3);
        world.broker.renew_input(0);
        if both {
            world.broker.renew_wal(0);
        }
        world.config.epoch = 1;
        let mut owner = running(&world);
        world.broker.publish(sale(1, "old-2", 1));
        world.broker.publish(sale(1, "new", 4));
        world.settle(&mut [&mut owner]);
        let account = account(&world, 1);
        assert_eq!(
            (account.sequence, account.wallets[0].earned.get()),
            (4, 7),
            "three old sales and the new one"
        );
        // In the new epoch a takeover is like any other.
        crash(&world, owner);
        world.broker.publish(sale(1, "newer", 1));
        let mut successor = running(&world);
        world.settle(&mut [&mut successor]);
        assert_eq!(self::account(&world, 1).sequence, 5);
    }
}

#[test]
fn what_the_old_log_owed_the_store_comes_with_the_tail_of_an_earlier_epoch() {
    let mut world = World::new(1);
    drained(&world, 1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    owner.log().hold_appends();
    world.broker.publish(sends_on(1, "owed"));
    step(&mut owner, 5);
    assert_eq!(owner.counters().commits, 1);
    crash(&world, owner);
    world.broker.renew_input(0);
    world.config.epoch = 1;
    let mut successor = running(&world);
    world.settle(&mut [&mut successor]);
    assert_eq!(account(&world, 1).sequence, 2, "its rows were flushed");
    assert_eq!(account(&world, 0).sequence, 1, "its follow-up was sent to the new log, and decided");
    let answers = world.events(&Topic::Outcomes("shop".into())).len();
    assert_eq!(answers, 3, "nothing was decided twice");
}

#[test]
fn a_log_made_anew_under_the_same_epoch_halts() {
    let world = World::new(1);
    drained(&world, 3);
    world.broker.renew_input(0);
    let text = halts(&world);
    assert!(text.contains("offset is none, expected 3") && text.contains("raise `epoch` to 1"), "{text}");
}

#[test]
fn an_epoch_raised_over_an_old_log_halts() {
    let mut world = World::new(1);
    drained(&world, 3);
    world.config.epoch = 2;
    let text = halts(&world);
    assert!(text.contains("offset is 3, expected none") && text.contains("set `epoch` to 0"), "{text}");
}

#[test]
fn an_instance_of_an_earlier_epoch_halts() {
    let mut world = World::new(1);
    world.config.epoch = 2;
    drained(&world, 3);
    world.config.epoch = 1;
    let text = halts(&world);
    assert!(text.contains("log epoch 2, expected 1") && text.contains("set `epoch` to 2"), "{text}");
    // In the tail alone, too: nothing of the new epoch reached the store.
    let mut world = World::new(1);
    world.config.epoch = 2;
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "a", 1));
    step(&mut owner, 3);
    crash(&world, owner);
    world.config.epoch = 1;
    let text = halts(&world);
    assert!(text.contains("log epoch 2, expected 1"), "{text}");
}

/// Of all that is owed, the partition row of the first transaction alone reaches the store.
fn flush_partition_row(world: &World, owner: &mut Instance) {
    owner.store().let_through(1, true);
    let state = world.tables.open().partition_state(0).unwrap();
    assert_eq!((state.row_ts.epoch(), state.watermark_ts.epoch()), (1, 0), "{state:?}");
}

/// Commits `count` sales of entity 1 that never reach the store, and dies.
fn owes(world: &World, count: usize) {
    let mut owner = running(world);
    owner.store().hold_writes();
    (0..count).for_each(|n| world.broker.publish(sale(1, &format!("owed-{n}"), 1)));
    step(&mut owner, count + 3);
    assert!(world.broker.is_consumed(), "they are committed");
    crash(world, owner);
}

#[test]
fn a_watermark_of_another_write_ahead_log_halts_where_the_store_may_lack_rows() {
    let world = World::new(1);
    drained(&world, 4);
    owes(&world, 1);
    world.broker.renew_wal(0);
    let text = halts(&world);
    assert!(text.contains("ledger-wal holds 0 to 0") && text.contains("rebuild the store"), "{text}");
}

#[test]
fn a_watermark_of_another_write_ahead_log_is_passed_over_where_everything_is_in_the_store() {
    let world = World::new(1);
    drained(&world, 4);
    world.broker.renew_wal(0);
    let mut owner = running(&world);
    world.broker.publish(sale(1, "new", 1));
    world.settle(&mut [&mut owner]);
    crash(&world, owner);
    let mut successor = running(&world);
    world.broker.publish(sale(1, "newer", 1));
    world.settle(&mut [&mut successor]);
    world.judge();
}

/// The new log may have grown beyond the old one's watermark: that is an offset, and says nothing there.
#[test]
fn the_offset_of_another_write_ahead_log_skips_nothing_of_this_one() {
    for flushed in [false, true] {
        let mut world = World::new(1);
        drained(&world, 1);
        world.broker.renew_input(0);
        world.broker.renew_wal(0);
        world.config.epoch = 1;
        let mut owner = running(&world);
        owner.store().hold_writes();
        for n in 0..5 {
            world.broker.publish(sale(1, &format!("new-{n}"), 1));
            step(&mut owner, 3);
        }
        assert!(owner.counters().commits >= 5, "the log is longer than the old one was");
        if flushed {
            flush_partition_row(&world, &mut owner);
        }
        crash(&world, owner);
        let mut successor = running(&world);
        world.settle(&mut [&mut successor]);
        assert_eq!(account(&world, 1).sequence, 6, "the old sale and five new ones, flushed: {flushed}");
        let rows = world.tables.open().entity(&entity(1)).unwrap();
        let lots = rows.iter().filter(|stamped| matches!(&*stamped.row, Row::Lot(_))).count();
        assert_eq!(lots, 6, "each left its lot, flushed: {flushed}");
    }
}

#[test]
fn a_write_ahead_log_made_anew_in_the_middle_of_a_new_epoch_halts() {
    let mut world = World::new(1);
    drained(&world, 1);
    world.broker.renew_input(0);
    world.config.epoch = 1;
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "new", 1));
    step(&mut owner, 3);
    flush_partition_row(&world, &mut owner);
    crash(&world, owner);
    world.broker.renew_wal(0);
    let text = halts(&world);
    assert!(text.contains("rebuild the store"), "{text}");
}

/// Keys would move to other partitions, and timers would not.
#[test]
fn a_number_of_partitions_is_kept_for_ever() {
    let tables = Tables::default();
    let keep = |epoch, partitions| Width::keep(&mut tables.open(), epoch, partitions, || false).unwrap();
    let mut silent = tables.open();
    silent.hold_writes();
    assert_eq!(Width::keep(&mut silent, 0, 4, || true).unwrap(), Width::Silent);
    drop(silent);
    assert_eq!(keep(0, 4), Width::Same, "the first ledger writes it down");
    assert_eq!((keep(0, 4), keep(0, 5), keep(0, 3)), (Width::Same, Width::Other(4), Width::Other(4)));
    assert_eq!((keep(1, 4), keep(1, 6)), (Width::Same, Width::Other(4)), "in another epoch, too");
    assert_eq!(tables.open().partition_state(0).unwrap().watermark, None, "no partition's own row");
}
