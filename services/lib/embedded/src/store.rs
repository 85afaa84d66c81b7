//! The memory store: tables shared by every instance of a process, newest stamp wins.

use domain::entry::Entry;
use domain::{EntityId, LotId, Row, RowKey};
use engine::store::{
    Answer, PartitionState, Read, Stamped, Store, StoreError, StoreEvent, Ticket, TimerScan, Write,
};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer, WriteTs};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
struct Rows {
    rows: BTreeMap<RowKey, Stamped>,
    entries: BTreeMap<i64, (WriteTs, Arc<Entry>)>,
}

#[derive(Debug, Default)]
struct Partition {
    row: Option<(WriteTs, PartitionRow)>,
    watermark: Option<(WriteTs, i64)>,
    timers: BTreeSet<Timer>,
    programmes: BTreeMap<(domain::Name, i32), (WriteTs, ProgrammeVersion)>,
}

#[derive(Debug, Default)]
struct State {
    entities: HashMap<EntityId, Rows>,
    partitions: BTreeMap<i32, Partition>,
}

/// The tables. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    state: Arc<Mutex<State>>,
}

fn newer<T>(place: &mut Option<(WriteTs, T)>, write_ts: WriteTs, value: T) {
    if place.as_ref().is_none_or(|(known, _)| *known <= write_ts) {
        *place = Some((write_ts, value));
    }
}

impl State {
    fn write(&mut self, write: Write) {
        match write {
            Write::Rows { entity, rows, entries } => {
                self.entities.entry(entity).or_default().write(rows, entries)
            }
            Write::Timer { partition, timer, .. } => {
                self.partitions.entry(partition).or_default().timers.insert(timer);
            }
            Write::Programme { partition, version, write_ts } => {
                let programmes = &mut self.partitions.entry(partition).or_default().programmes;
                let key = (version.programme.clone(), version.version);
                let mut place = programmes.remove(&key);
                newer(&mut place, write_ts, version);
                programmes.extend(place.map(|found| (key, found)));
            }
            Write::Partition { partition, row, write_ts } => {
                newer(&mut self.partitions.entry(partition).or_default().row, write_ts, row);
            }
            Write::Watermark { partition, position, write_ts } => {
                newer(&mut self.partitions.entry(partition).or_default().watermark, write_ts, position);
            }
        }
    }

    fn read(&self, read: &Read) -> Answer {
        match read {
            Read::Row(entity, key) => {
                Answer::Row(self.entities.get(entity).and_then(|rows| rows.rows.get(key)).cloned())
            }
            Read::Whole(entity) => Answer::Whole(
                self.entities
                    .get(entity)
                    .map(|rows| rows.rows.values().cloned().collect())
                    .unwrap_or_default(),
            ),
            Read::Head(entity) => {
                self.entities.get(entity).map_or(Answer::Head { account: None, lots: Vec::new() }, Rows::head)
            }
        }
    }
}

impl Rows {
    fn write(&mut self, rows: Vec<Stamped>, entries: Vec<(WriteTs, Arc<Entry>)>) {
        for stamped in rows {
            let key = stamped.row.key();
            match self.rows.get(&key) {
                Some(known) if known.write_ts > stamped.write_ts => {}
                Some(_) | None => drop(self.rows.insert(key, stamped)),
            }
        }
        self.entries.extend(entries.into_iter().map(|(stamp, entry)| (entry.sequence, (stamp, entry))));
    }

    fn head(&self) -> Answer {
        let account = self.rows.get(&RowKey::Account).cloned();
        let lots = match account.as_ref().map(|stamped| stamped.row.as_ref()) {
            Some(Row::Account(account)) => {
                let from =
                    RowKey::Lot(LotId { issued_month: account.live_from, key: domain::EventKey::NONE });
                let lots = self.rows.range(from..).take_while(|(key, _)| matches!(key, RowKey::Lot(_)));
                lots.map(|(_, stamped)| stamped.clone()).collect()
            }
            _ => Vec::new(),
        };
        Answer::Head { account, lots }
    }
}

impl Tables {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An instance's side of the tables.
    pub fn open(&self) -> MemoryStore {
        MemoryStore { tables: self.clone(), events: VecDeque::new(), held: None }
    }
}

/// One instance's side of [`Tables`].
#[derive(Debug)]
pub struct MemoryStore {
    tables: Tables,
    events: VecDeque<StoreEvent>,
    /// Writes that wait for a test to let them through; `None`: they are performed at once.
    held: Option<Vec<(Ticket, Write)>>,
}

impl MemoryStore {
    /// From now on, writes wait for [`MemoryStore::let_through`].
    pub fn hold_writes(&mut self) {
        self.held.get_or_insert_default();
    }

    /// How many writes wait.
    pub fn held(&self) -> usize {
        self.held.as_ref().map_or(0, Vec::len)
    }

    /// Performs the waiting write at `place`; `acknowledge`: or its answer is lost for ever.
    pub fn let_through(&mut self, place: usize, acknowledge: bool) {
        let Some(held) = &mut self.held else { return };
        let (ticket, write) = held.swap_remove(place);
        self.tables.state().write(write);
        if acknowledge {
            self.events.push_back(StoreEvent::Written { ticket });
        }
    }

    /// Performs all waiting writes and holds no more.
    pub fn stop_holding(&mut self) {
        while self.held() > 0 {
            self.let_through(0, true);
        }
        self.held = None;
    }
}

impl Store for MemoryStore {
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError> {
        let state = self.tables.state();
        let Some(found) = state.partitions.get(&partition) else { return Ok(PartitionState::default()) };
        Ok(PartitionState {
            row: found.row.as_ref().map(|(_, row)| row.clone()),
            row_ts: found.row.as_ref().map_or(WriteTs::default(), |(stamp, _)| *stamp),
            watermark: found.watermark.map(|(_, position)| position),
            watermark_ts: found.watermark.map_or(WriteTs::default(), |(stamp, _)| stamp),
            programmes: found.programmes.values().map(|(_, version)| version.clone()).collect(),
        })
    }

    fn read(&mut self, ticket: Ticket, reads: Vec<Read>) {
        let state = self.tables.state();
        let answers = reads.iter().map(|read| state.read(read)).collect();
        self.events.push_back(StoreEvent::Loaded { ticket, answers });
    }

    fn write(&mut self, ticket: Ticket, write: Write) {
        match &mut self.held {
            Some(held) => held.push((ticket, write)),
            None => {
                self.tables.state().write(write);
                self.events.push_back(StoreEvent::Written { ticket });
            }
        }
    }

    fn scan_timers(&mut self, ticket: Ticket, scan: TimerScan) {
        use std::ops::Bound::{Excluded, Unbounded};
        let state = self.tables.state();
        let timers = state.partitions.get(&scan.partition).map(|partition| {
            let due = partition.timers.range((Excluded(&scan.after), Unbounded));
            due.take_while(|timer| timer.due <= scan.until).take(scan.limit).cloned().collect()
        });
        self.events.push_back(StoreEvent::Timers { ticket, timers: timers.unwrap_or_default() });
    }

    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError> {
        events.extend(self.events.drain(..));
        Ok(())
    }

    fn release(&mut self, partition: i32) {
        self.events.retain(|event| event.ticket().partition != partition);
    }

    fn entity(&mut self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        let state = self.tables.state();
        Ok(state.entities.get(entity).map(|rows| rows.rows.values().cloned().collect()).unwrap_or_default())
    }

    fn statement(&mut self, entity: &EntityId) -> Result<Vec<Entry>, StoreError> {
        let state = self.tables.state();
        let entries = state.entities.get(entity).map(|rows| &rows.entries);
        Ok(entries
            .map(|all| all.values().map(|(_, entry)| Entry::clone(entry)).collect())
            .unwrap_or_default())
    }

    fn scan(&mut self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError> {
        let state = self.tables.state();
        let mut entities: Vec<&EntityId> = state.entities.keys().collect();
        entities.sort_unstable();
        for entity in entities {
            visit(entity.clone(), state.entities[entity].rows.values().cloned().collect());
        }
        Ok(())
    }
}
