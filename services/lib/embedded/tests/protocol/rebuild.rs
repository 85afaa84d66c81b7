//! Rebuilding the tables from the input alone: the engine that ships, over recorded input and tables of its own.

use crate::tally::{BAD_INPUT, DUE_STEP, PANICS, TOO_LARGE, sale, sends_on};
use crate::world::{GOES_ON, Instance, Narrow, World, crash, running, step, version};
use domain::entry::Entry;
use domain::{EntityId, Timestamp};
use embedded::{MemoryStore, Tables, Value};
use engine::codec::Codec;
use engine::driver::Driver;
use engine::log::{Incoming, Log, LogError};
use engine::rebuild::handover::{self, Ledger};
use engine::rebuild::log::{Batch, ReplayLog, Source, Stretch};
use engine::rebuild::mark::Mark;
use engine::rebuild::projection::Projection;
use engine::rebuild::write_all;
use engine::store::{Stamped, Store};
use engine::wal::WalRecord;
use std::collections::BTreeMap;
use std::time::Duration;

/// Records of a partition a poll.
const FETCH: usize = 4;

/// Recorded input, read from memory.
struct Recorded {
    inputs: Vec<Vec<Incoming<Value>>>,
    /// The next offset of each started partition, and whether it is paused.
    reading: BTreeMap<i32, (i64, bool)>,
    /// Pauses so far, and which of them fails.
    pauses: usize,
    fails: Option<usize>,
    /// The most records that were delivered of a paused partition: none may be.
    delivered: usize,
}

impl Recorded {
    fn of(world: &World) -> Self {
        let input = |partition| {
            let records = (0..).zip(world.broker.input(partition));
            records
                .map(|(offset, (appended_at, message))| Incoming { offset, appended_at, message })
                .collect()
        };
        let inputs = (0..world.broker.partitions()).map(input).collect();
        Self { inputs, reading: BTreeMap::new(), pauses: 0, fails: None, delivered: 0 }
    }
}

impl Source for Recorded {
    type Message = Value;

    fn poll(&mut self, _wait: Duration, batches: &mut Vec<Batch<Value>>) -> Result<(), LogError> {
        for (partition, (next, paused)) in &mut self.reading {
            let input = &self.inputs[*partition as usize];
            let from = (*next as usize).min(input.len());
            let records = &input[from..input.len().min(from + FETCH)];
            if !*paused && !records.is_empty() {
                *next += records.len() as i64;
                self.delivered += records.len();
                batches.push((*partition, records.to_vec()));
            }
        }
        Ok(())
    }

    fn start(&mut self, partition: i32, position: i64) -> Result<(), LogError> {
        self.reading.insert(partition, (position, false));
        Ok(())
    }

    fn stop(&mut self, partition: i32) {
        self.reading.remove(&partition);
    }

    fn pause(&mut self, partition: i32, paused: bool) -> Result<(), LogError> {
        self.pauses += usize::from(paused);
        if paused && self.fails == Some(self.pauses) {
            return Err(LogError::Retry("pausing failed, as a test asked".to_owned()));
        }
        self.reading.entry(partition).and_modify(|reading| reading.1 = paused);
        Ok(())
    }
}

type Rebuild = Driver<ReplayLog<Recorded>, Projection<MemoryStore>, Narrow>;

/// How far the group of the ledgers has come.
fn reached(world: &World) -> Vec<i64> {
    let mut log = world.broker.join();
    let reached =
        (0..world.broker.partitions()).map(|partition| log.committed(partition).unwrap().unwrap_or(0));
    let reached = reached.collect();
    world.broker.expel(log.member());
    reached
}

/// A rebuild into `tables`, from where it stands there.
fn rebuild(world: &World, tables: &Tables, source: Recorded) -> Rebuild {
    let stretch = |(partition, to): (i32, i64)| {
        let from = tables.open().partition_state(partition).unwrap().row.map(|row| row.position);
        Stretch { from, to }
    };
    let stretches: Vec<Stretch> = (0..).zip(reached(world)).map(stretch).collect();
    let log = ReplayLog::new(source, &stretches);
    // A clock that begins before anything is due, and goes on for the pauses of a takeover.
    let mut passed = -1_000_000_000;
    let passed = std::sync::Mutex::new(move || {
        passed += 1;
        passed
    });
    let wall = move || Timestamp((passed.lock().unwrap())());
    Driver::new(log, Projection::new(tables.open()), world.context(), wall)
}

/// Decides everything.
fn settle(driver: &mut Rebuild) {
    for _ in 0..50_000 {
        driver.step(Duration::ZERO).unwrap();
        assert_eq!(driver.halted(), []);
        if driver.log().is_done() && driver.is_settled() {
            return;
        }
    }
    panic!("not done: {:?}", driver.counters());
}

fn finish(driver: &mut Rebuild) {
    settle(driver);
    driver.drain(Duration::from_secs(1)).unwrap();
}

/// What the write-ahead log of the ledgers says of `partition`, `behind` its beginning.
fn ledger(world: &World, partition: i32, behind: i64) -> Ledger {
    let mut log = world.broker.join();
    let range = log.wal_range(partition).unwrap();
    let chunk = log.read_wal(partition, range.start, range.end);
    world.broker.expel(log.member());
    let mut found = Ledger { last: None, first: None, since: range.start + behind, range };
    for entry in chunk.map(|chunk| chunk.entries).unwrap_or_default() {
        if let WalRecord::Partition(write_ts, row) = Narrow.decode_wal(&entry.message).unwrap() {
            if entry.offset >= found.since {
                found.first.get_or_insert((entry.offset, write_ts));
            }
            found.last = Some((write_ts, row));
        }
    }
    found
}

/// As the command does: partition rows first, then what lets a ledger take over.
fn hand_over(world: &World, driver: &mut Rebuild, behind: i64) {
    for partition in 0..world.broker.partitions() {
        let projection = driver.store();
        let Some((write_ts, row)) = projection.row(partition) else { continue };
        let ledger = ledger(world, partition, behind);
        let (write_ts, row) = handover::row(partition, (write_ts, row.clone()), &ledger).unwrap();
        let writes = vec![
            handover::write_row(partition, (write_ts, row)),
            handover::write_watermark(partition, write_ts, &ledger),
        ];
        assert!(write_all(projection.store(), writes, || false).unwrap());
    }
    assert!(Mark::Complete.set(driver.store().store(), || false).unwrap());
}

/// All rows with their stamps, and the statements.
fn whole(tables: &Tables) -> BTreeMap<EntityId, (Vec<Stamped>, Vec<Entry>)> {
    let (mut store, mut found) = (tables.open(), BTreeMap::new());
    store.scan(&mut |entity, rows| drop(found.insert(entity, (rows, Vec::new())))).unwrap();
    for (entity, (_, entries)) in &mut found {
        *entries = store.statement(entity).unwrap();
    }
    found
}

/// Sales, returns that send on, ticks, poison that parks and poison that is left out and replayed, bad input, and an
/// owner that dies with everything in flight.
fn history(partitions: i32) -> World {
    let world = World::new(partitions);
    let mut owner = running(&world);
    for n in 0..120_u64 {
        let id = format!("{n}");
        let amount = match n % 10 {
            3 => DUE_STEP,
            6 => [BAD_INPUT, TOO_LARGE, PANICS][(n / 10) as usize % 3],
            _ => 1 + (n % 5) as i64,
        };
        // Those that fail park their entity: not everyone's.
        let entity = if n % 10 == 6 { 8 + n % 3 } else { n % 7 };
        world.broker.publish(if n % 10 == 8 { sends_on(entity, &id) } else { sale(entity, &id, amount) });
        step(&mut owner, 2);
        world.pass(300);
        match n {
            20 => (0..partitions).for_each(|partition| world.broker.append(partition, version(1, GOES_ON))),
            // What failed is mended.
            100 => world.broker.publish(sale(10, "26", 1)),
            _ => {}
        }
        if n == 60 {
            crash(&world, owner);
            owner = running(&world);
        }
    }
    world.settle(&mut [&mut owner]);
    owner.drain(Duration::from_secs(1)).unwrap();
    world
}

#[test]
fn tables_are_rebuilt_from_the_input_row_by_row_and_stamp_by_stamp() {
    for partitions in [1, 3] {
        let world = history(partitions);
        let (tables, events) = (Tables::default(), world.broker.events().len());
        let mut driver = rebuild(&world, &tables, Recorded::of(&world));
        finish(&mut driver);
        assert_eq!(whole(&tables), whole(&world.tables));
        assert_eq!(world.broker.events().len(), events, "nothing is said again");
        let counters = driver.counters();
        assert_eq!((counters.ticks, counters.takeovers), (0, partitions as u64), "{counters:?}");
        assert!(counters.follow_ups > 0 && counters.parked > 0, "{counters:?}");
        assert!(counters.poisoned > counters.parked, "{counters:?}");
        assert!(driver.log().source().pauses > 0, "memory is bounded by pausing");
    }
}

#[test]
fn a_rebuild_that_was_stopped_goes_on_where_it_was() {
    let world = history(2);
    let tables = Tables::default();
    let mut stops = 0;
    loop {
        let mut driver = rebuild(&world, &tables, Recorded::of(&world));
        (0..9).for_each(|_| driver.step(Duration::ZERO).unwrap());
        driver.drain(Duration::from_secs(1)).unwrap();
        let rows = (0..2).filter_map(|partition| {
            let (write_ts, row) = driver.store().row(partition)?;
            Some(handover::write_row(partition, (write_ts, row.clone())))
        });
        let rows = rows.collect();
        assert!(write_all(driver.store().store(), rows, || false).unwrap());
        if driver.log().is_done() {
            break;
        }
        stops += 1;
    }
    assert!(stops > 1, "stopped {stops} times");
    assert_eq!(whole(&tables), whole(&world.tables));
}

/// While the ledgers are at work, the end moves on.
#[test]
fn a_rebuild_goes_on_to_ends_that_move() {
    let world = history(2);
    let tables = Tables::default();
    let mut driver = rebuild(&world, &tables, Recorded::of(&world));
    let ends = reached(&world);
    let log = ReplayLog::new(Recorded::of(&world), &[Stretch { from: None, to: 0 }; 2]);
    *driver.log() = log;
    for share in 1..=4 {
        let ends: Vec<i64> = ends.iter().map(|end| end * share / 4).collect();
        driver.log().extend(&ends).unwrap();
        settle(&mut driver);
        assert_eq!((0..2).map(|of| driver.store().row(of).unwrap().1.position).collect::<Vec<_>>(), ends);
    }
    assert_eq!(whole(&tables), whole(&world.tables));
}

/// Its rows may be ahead of any partition row, so there is none: a ledger halts over them, or has all of `ledger-wal`.
#[test]
fn a_rebuild_that_was_killed_leaves_rows_and_says_nothing_of_them() {
    let mut world = history(1);
    let tables = Tables::default();
    let mut driver = rebuild(&world, &tables, Recorded::of(&world));
    assert!(Mark::Begun.set(driver.store().store(), || false).unwrap());
    (0..20).for_each(|_| driver.step(Duration::ZERO).unwrap());
    assert!(!driver.log().is_done() && driver.log().decided() > 10, "killed in the middle");
    drop(driver);
    let state = tables.open().partition_state(0).unwrap();
    assert_eq!((state.row, state.watermark), (None, None));
    assert!(!whole(&tables).is_empty());
    assert_eq!(Mark::of(&mut tables.open()).unwrap(), Some(Mark::Begun));
    world.tables = tables;
    let mut ledger = world.join();
    step(&mut ledger, 3);
    assert!(ledger.halted()[0].1.contains("lotstream rebuild"), "{:?}", ledger.halted());
}

#[test]
fn a_partition_that_is_taken_over_again_in_between_finds_what_it_had_decided() {
    let world = history(1);
    for fails in 1..6 {
        let tables = Tables::default();
        let mut source = Recorded::of(&world);
        source.fails = Some(fails);
        let mut driver = rebuild(&world, &tables, source);
        driver.store().store().hold_writes();
        // Nothing of the first batches is in the tables when the pause fails.
        (0..3 * fails).for_each(|_| driver.step(Duration::ZERO).unwrap());
        driver.store().store().stop_holding();
        finish(&mut driver);
        assert_eq!(whole(&tables), whole(&world.tables), "pause {fails} failed");
        assert_eq!(driver.counters().takeovers, 2, "pause {fails} failed");
    }
}

/// How the last ledger ended, and how far behind the beginning of its log the next one begins.
#[derive(Clone, Copy, PartialEq, Debug)]
enum End {
    Drained,
    Killed { behind: i64 },
}

/// A ledger goes on over rebuilt tables, whether the one before was drained or killed with everything in flight: its
/// follow-ups arrive, and nothing acts twice.
#[test]
fn a_ledger_takes_rebuilt_tables_over() {
    for end in [End::Drained, End::Killed { behind: 0 }, End::Killed { behind: 1 }] {
        let mut world = history(2);
        let mut behind = 0;
        if let End::Killed { behind: first } = end {
            behind = first;
            let mut owner = running(&world);
            owner.store().hold_writes();
            owner.log().hold_appends();
            // What has nothing to send on, a transaction of its own in each partition.
            (0..7 * behind).for_each(|n| world.broker.publish(sale(n as u64, &format!("before-{n}"), 1)));
            step(&mut owner, 12);
            (0..7).for_each(|n| world.broker.publish(sends_on(n, &format!("owed-{n}"))));
            step(&mut owner, 12);
            assert!(world.broker.is_consumed(), "they are committed");
            crash(&world, owner);
        }
        let tables = Tables::default();
        let mut driver = rebuild(&world, &tables, Recorded::of(&world));
        assert!(Mark::Begun.set(driver.store().store(), || false).unwrap());
        finish(&mut driver);
        hand_over(&world, &mut driver, behind);
        assert_eq!(Mark::of(&mut tables.open()).unwrap(), Some(Mark::Complete));
        world.tables = tables;
        let mut owner = running(&world);
        assert_eq!(
            owner.counters().recovered > 0,
            end != End::Drained,
            "{end:?}: what was owed is performed"
        );
        (0..7).for_each(|n| world.broker.publish(sale(n, &format!("new-{n}"), DUE_STEP)));
        pass_time(&world, &mut owner);
        world.judge();
        world.judge_timers();
    }
}

/// Everything that becomes due by then has ticked.
fn pass_time(world: &World, owner: &mut Instance) {
    for _ in 0..40 {
        world.pass(500);
        step(owner, 3);
    }
    world.settle(&mut [owner]);
}

/// Which timers have ticked is known from the log of the ledgers: not all there ever were are looked at again.
#[test]
fn timers_that_have_ticked_do_not_tick_again_after_a_rebuild() {
    let mut world = history(1);
    let mut owner = running(&world);
    pass_time(&world, &mut owner);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "last", 1));
    step(&mut owner, 6);
    crash(&world, owner);
    let tables = Tables::default();
    let mut driver = rebuild(&world, &tables, Recorded::of(&world));
    finish(&mut driver);
    hand_over(&world, &mut driver, 0);
    world.tables = tables;
    let mut owner = running(&world);
    world.settle(&mut [&mut owner]);
    assert_eq!(owner.counters().ticks, 0, "{:?}", owner.counters());
}

#[test]
fn a_log_that_does_not_hold_what_was_decided_is_found_out() {
    let world = history(1);
    let mut owner = running(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "last", 1));
    step(&mut owner, 6);
    crash(&world, owner);
    let mut source = Recorded::of(&world);
    source.inputs[0].last_mut().unwrap().appended_at = Timestamp(i64::MAX - 1);
    let mut driver = rebuild(&world, &Tables::default(), source);
    finish(&mut driver);
    let (write_ts, row) = driver.store().row(0).unwrap();
    let said = handover::row(0, (write_ts, row.clone()), &ledger(&world, 0, 0)).unwrap_err().to_string();
    assert!(said.contains("member-commands does not hold what was decided"), "{said}");
}
