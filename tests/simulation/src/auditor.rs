//! `lotstream verify` beside a run: the rules of crate `verify` over the replicas while instances die and messages are lost.
//! It must never say that something is wrong.
//!
//! An account is read as the real one is: table after table, each from some two replicas, and the run goes on between two
//! of them. It changes nothing and draws from a stream of its own, so that a seed is the same run with and without it.

use crate::chance::Chance;
use crate::store::newest_state;
use crate::world::World;
use domain::entry::Entry;
use domain::{EntityId, Event, RowKey};
use embedded::Value;
use engine::route::partition_of;
use engine::store::{PartitionState, Stamped};
use engine::wal::WriteTs;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use verify::positions::Said;
use verify::{Books, Fence, Finding, Look, Positions, Suspect, Transit, judge};

/// Accounts that are read at a time.
const EYES: usize = 3;
/// Tables that are read of each: head rows, lots, redemptions, debts, entries.
const TABLES: usize = 5;
/// Of how many events one lets an eye open on the next account, or a suspect be looked at again. Reading costs more than
/// what is looked at: an eye that is open reads on after every third event, so that it sees the same halves of writes.
const SELDOM: u64 = 128;

/// An account that is being read.
struct Eye {
    entity: EntityId,
    books: Books,
    /// Tables read so far.
    read: usize,
    /// In which order.
    order: [usize; TABLES],
    /// That did not add up before.
    suspect: Option<Suspect>,
}

/// Looks on.
pub(crate) struct Auditor {
    chance: Chance,
    eyes: Vec<Eye>,
    suspects: Vec<Suspect>,
    /// Accounts of this round that are left.
    left: Vec<EntityId>,
    /// How often an account did not add up.
    pub(crate) suspected: u64,
    /// How often one was looked at once more.
    pub(crate) looked_again: u64,
    /// What it called wrong.
    pub(crate) wrong: Vec<String>,
}

impl Auditor {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed ^ 0x5eed_0f5e_ed0f),
            eyes: Vec::new(),
            suspects: Vec::new(),
            left: Vec::new(),
            suspected: 0,
            looked_again: 0,
            wrong: Vec::new(),
        }
    }

    /// Something happened: each eye may read its next table.
    pub(crate) fn look(&mut self, world: &World) {
        self.call(world);
        if self.eyes.len() < EYES && self.chance.once_in(SELDOM) {
            self.open(world);
        }
        for mut eye in std::mem::take(&mut self.eyes) {
            if self.chance.once_in(3) {
                let pair = self.pair();
                eye.read(world, pair);
            }
            if eye.read < TABLES {
                self.eyes.push(eye);
            } else {
                self.close(world, eye);
            }
        }
    }

    /// Suspects whose time has come are looked at again.
    fn call(&mut self, world: &World) {
        if self.suspects.is_empty() || !self.chance.once_in(SELDOM) {
            return;
        }
        let (one, other) = self.pair();
        let ends: Vec<i64> =
            world.broker.partitions.iter().map(|partition| partition.input.len() as i64).collect();
        let state = |partition: usize| -> PartitionState {
            let of = |replica: usize| world.replicas[replica].state(partition as i32);
            newest_state(of(one), of(other))
        };
        let flushed = |partition: usize| -> i64 {
            let state = state(partition);
            state.watermark.map_or(0, |_| state.watermark_ts.offset() + 1)
        };
        let flushed: Vec<i64> = (0..ends.len()).map(flushed).collect();
        for mut suspect in std::mem::take(&mut self.suspects) {
            if suspect.is_due(&ends, &flushed) {
                self.looked_again += 1;
                let eye = self.eye(suspect.entity.clone(), Some(suspect));
                self.eyes.push(eye);
            } else {
                self.suspects.push(suspect);
            }
        }
    }

    fn open(&mut self, world: &World) {
        if self.left.is_empty() {
            self.left = world.replicas[self.chance.below(3) as usize].entities();
        }
        let Some(entity) = self.left.pop() else { return };
        let watched = self.suspects.iter().map(|suspect| &suspect.entity);
        if !watched.chain(self.eyes.iter().map(|eye| &eye.entity)).any(|known| *known == entity) {
            let eye = self.eye(entity, None);
            self.eyes.push(eye);
        }
    }

    /// An eye that reads tables in an order of chance.
    fn eye(&mut self, entity: EntityId, suspect: Option<Suspect>) -> Eye {
        let mut order = [0, 1, 2, 3, 4];
        for place in (1..TABLES).rev() {
            order.swap(place, self.chance.below(place as u64 + 1) as usize);
        }
        Eye { entity, books: Books::default(), read: 0, order, suspect }
    }

    /// Two of three replicas.
    fn pair(&mut self) -> (usize, usize) {
        *self.chance.pick(&[(0, 1), (1, 2), (0, 2)])
    }

    fn close(&mut self, world: &World, eye: Eye) {
        let Eye { entity, books, suspect, .. } = eye;
        let Some(mut suspect) = suspect else {
            // What has no rows at all is no account yet.
            if books != Books::default() && !judge(&entity, &books).is_empty() {
                self.suspected += 1;
                let partitions = world.broker.partitions.len() as i32;
                let partition = partition_of(entity.as_str(), partitions) as usize;
                self.suspects.push(Suspect::new(entity, partition, books));
            }
            return;
        };
        match suspect.look(books) {
            Look::Clear => {}
            Look::Again => self.suspects.push(suspect),
            Look::Wrong(findings) => self.wrong.extend(findings.iter().map(told)),
        }
    }
}

fn told(finding: &Finding) -> String {
    format!("verify raises a false alarm: {finding}")
}

impl Eye {
    /// Reads the next table from two replicas.
    fn read(&mut self, world: &World, (one, other): (usize, usize)) {
        let table = self.order[self.read];
        self.read += 1;
        if table == TABLES - 1 {
            self.books.entries = entries(world, &self.entity, [one, other]);
            return;
        }
        let mut newest: BTreeMap<&RowKey, &Stamped> = BTreeMap::new();
        for (key, row) in
            [one, other].into_iter().flat_map(|replica| world.replicas[replica].rows(&self.entity))
        {
            let is_newer = |known: &&Stamped| known.write_ts < row.write_ts;
            if table_of(key) == Some(table) && newest.get(key).is_none_or(is_newer) {
                newest.insert(key, row);
            }
        }
        newest.into_values().for_each(|stamped| self.books.take((*stamped.row).clone()));
    }
}

/// Which of the tables an eye reads a row is of.
const fn table_of(key: &RowKey) -> Option<usize> {
    match key {
        RowKey::Account => Some(0),
        RowKey::Lot(_) => Some(1),
        RowKey::Redemption(_) => Some(2),
        RowKey::Debt(_) => Some(3),
        _ => None,
    }
}

/// The entries of an account by their numbers, as these replicas have them together.
fn entries(world: &World, entity: &EntityId, replicas: [usize; 2]) -> Vec<Entry> {
    let mut found: BTreeMap<i64, Arc<Entry>> = BTreeMap::new();
    for replica in replicas {
        let key = |end: i64| (entity.clone(), WriteTs(end), end);
        let of = world.replicas[replica].entries.range(key(i64::MIN)..=key(i64::MAX));
        found.extend(of.map(|((_, _, sequence), entry)| (*sequence, Arc::clone(entry))));
    }
    found.into_values().map(|entry| (*entry).clone()).collect()
}

/// What verify says of a run that has come to rest: nothing.
pub(crate) fn at_rest(world: &World) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut transit, mut fence) = (Transit::default(), Fence::default());
    for _ in 0..2 {
        transit.begin(&fence);
        for entity in world.replicas[0].entities() {
            let mut eye =
                Eye { entity, books: Books::default(), read: 0, order: [0, 1, 2, 3, 4], suspect: None };
            (0..TABLES).for_each(|_| eye.read(world, (0, 1)));
            eye.books.entries.iter().for_each(|entry| transit.take(entry));
            wrong.extend(judge(&eye.entity, &eye.books).iter().map(told));
        }
        wrong.extend(transit.end(&fence).iter().map(told));
        (0..9).for_each(|_| fence.advance(&[0], &[0]));
    }
    wrong.extend(positions(world));
    wrong.truncate(3);
    wrong
}

/// Every position has its outcome, and none a second first one, in whatever order partitions are read.
fn positions(world: &World) -> Option<String> {
    let count = world.broker.partitions.len() as i32;
    let backward: Vec<i32> = (0..count).rev().collect();
    for order in [(0..count).collect(), backward] {
        let (mut positions, mut published) = (Positions::from(0), BTreeSet::new());
        published.extend(world.published.iter().copied());
        for partition in order {
            for outgoing in world.broker.committed_events(partition) {
                let Value::Event(event) = &outgoing.message else { continue };
                let Event::Outcome(record) = &**event else { continue };
                let (offset, said) = (record.source.offset, Said::of(record.outcome));
                // The operator's are of no partner's topic.
                if !world.published.contains(&offset) {
                    continue;
                }
                if !record.later && positions.say(offset, said) {
                    return Some(format!("verify finds two first answers at {offset}"));
                }
                published.remove(&offset);
            }
        }
        if positions.answered != world.published.len() as u64 || !published.is_empty() {
            let answered = positions.answered;
            return Some(format!("verify counts {answered} of {} positions", world.published.len()));
        }
    }
    None
}
