//! What a rebuild makes of a run's input: the rows of its replicas, stamp by stamp, and its last partition rows.

use crate::broker::Partition;
use crate::rules::Shared;
use crate::store::newest;
use crate::world::World;
use domain::Timestamp;
use embedded::{MemoryStore, PassThrough, Tables, Value};
use engine::codec::Codec;
use engine::driver::Driver;
use engine::log::LogError;
use engine::rebuild::handover::{self, Ledger};
use engine::rebuild::log::{Batch, ReplayLog, Source, Stretch};
use engine::rebuild::projection::Projection;
use engine::store::{Answer, Read, Store};
use engine::wal::WalRecord;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Records of a partition a poll.
const FETCH: usize = 50;
/// How often it may come round before it is stuck.
const ROUNDS: usize = 100_000;

type Rebuild<'a> = Driver<ReplayLog<Recorded<'a>>, Projection<MemoryStore>, PassThrough>;

/// A run's input.
struct Recorded<'a> {
    partitions: &'a [Partition],
    /// The next offset of each started partition, and whether it is paused.
    reading: BTreeMap<i32, (usize, bool)>,
}

impl Source for Recorded<'_> {
    type Message = Value;

    fn poll(&mut self, _: Duration, batches: &mut Vec<Batch<Value>>) -> Result<(), LogError> {
        for (partition, (next, _)) in self.reading.iter_mut().filter(|(_, (_, paused))| !*paused) {
            let input = &self.partitions[*partition as usize].input;
            let records = &input[*next..input.len().min(*next + FETCH)];
            *next += records.len();
            if !records.is_empty() {
                batches.push((*partition, records.to_vec()));
            }
        }
        Ok(())
    }

    fn start(&mut self, partition: i32, position: i64) -> Result<(), LogError> {
        self.reading.insert(partition, (position as usize, false));
        Ok(())
    }

    fn stop(&mut self, partition: i32) {
        self.reading.remove(&partition);
    }

    fn pause(&mut self, partition: i32, paused: bool) -> Result<(), LogError> {
        self.reading.entry(partition).and_modify(|reading| reading.1 = paused);
        Ok(())
    }
}

/// What a rebuild of a run that came to rest has other than the run, where anything; `entities` have a state.
pub(crate) fn differs(world: &World, context: &Shared, entities: usize) -> Option<String> {
    let partitions = &world.broker.partitions[..];
    let stretch = |partition: &Partition| Stretch { from: None, to: partition.committed.unwrap_or(0) };
    let stretches: Vec<Stretch> = partitions.iter().map(stretch).collect();
    let log = ReplayLog::new(Recorded { partitions, reading: BTreeMap::new() }, &stretches);
    let tables = Tables::default();
    let store = Projection::new(tables.open());
    // Before anything is due.
    let mut driver = Driver::new(log, store, Arc::clone(context), || Timestamp(0));
    let mut rounds = 0;
    while !(driver.log().is_done() && driver.is_settled()) {
        rounds += 1;
        if let Err(error) = driver.step(Duration::ZERO) {
            return Some(format!("the rebuild ended: {error}"));
        }
        if rounds > ROUNDS || !driver.halted().is_empty() {
            return Some(format!("the rebuild is stuck: {:?}", driver.halted()));
        }
    }
    rows(world, &tables, entities).or_else(|| {
        let numbers = 0..i32::try_from(partitions.len()).unwrap_or(0);
        numbers.into_iter().find_map(|number| last(&mut driver, context, partitions, number))
    })
}

/// Rows and stamps.
fn rows(world: &World, tables: &Tables, entities: usize) -> Option<String> {
    let (mut wrong, mut count) = (None, 0);
    let scanned = tables.open().scan(&mut |entity, rebuilt| {
        count += 1;
        let read = Read::Whole(entity.clone());
        let live = newest(world.replicas[0].read(&read), world.replicas[1].read(&read));
        if live != Answer::Whole(rebuilt) && wrong.is_none() {
            wrong = Some(format!("{entity} is rebuilt otherwise than it is"));
        }
    });
    wrong
        .or_else(|| scanned.err().map(|error| error.to_string()))
        .or_else(|| (count != entities).then(|| format!("{count} entities are rebuilt, expected {entities}")))
}

/// The last partition row of `ledger-wal`.
fn last(driver: &mut Rebuild<'_>, context: &Shared, partitions: &[Partition], number: i32) -> Option<String> {
    let partition = &partitions[usize::try_from(number).unwrap_or(0)];
    let chunk = partition.read(0, partition.end(), i64::MAX >> 1);
    let row = |message: &Value| match context.codec.decode_wal(message) {
        Ok(WalRecord::Partition(write_ts, row)) => Some((write_ts, row)),
        _ => None,
    };
    let last = chunk.entries.iter().rev().find_map(|entry| row(&entry.message));
    let reached = driver.store().row(number).map(|(write_ts, row)| (write_ts, row.clone()));
    if reached.as_ref().map(|reached| reached.0) != last.as_ref().map(|last| last.0) {
        return Some(format!("partition {number} is rebuilt to {reached:?}, expected {last:?}"));
    }
    let range = engine::log::WalRange { start: 0, end: partition.end() };
    let ledger = Ledger { last, since: 0, first: None, range };
    handover::row(number, reached?, &ledger).err().map(|error| error.to_string())
}
