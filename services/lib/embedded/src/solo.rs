//! One machine over one partition, its world in this thread's memory: what `run` and the demo are driven by.
//!
//! The engine is the one that ships; every output is answered at once, so what was submitted is decided,
//! committed and stored when [`Solo::submit`] returns. Each message is decided with all it sends on before the
//! next one, so nothing depends on how many are submitted together. Nothing survives the process.

use domain::entity::Entity;
use domain::{EntityId, Row, RowKey, Timestamp};
use engine::codec::Codec;
use engine::core::Context;
use engine::log::{Committed, Incoming, Ownership, WalRange};
use engine::machine::{Input, Machine, Output, Stop};
use engine::message::Outgoing;
use engine::store::{Answer, PartitionState, Read, Stamped, Write};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A whole ledger in memory.
pub struct Solo<C: Codec> {
    machine: Machine<C>,
    entities: BTreeMap<EntityId, BTreeMap<RowKey, Stamped>>,
    inputs: VecDeque<Input<C::Message>>,
    outputs: Vec<Output<C::Message>>,
    /// Commands the ledger sent itself, to be delivered next.
    appended: VecDeque<C::Message>,
    offset: i64,
    wal_end: i64,
}

impl<C: Codec> Solo<C> {
    /// An empty ledger.
    ///
    /// # Errors
    /// Where the machine refuses to start: a bug, for there is nothing to disagree with.
    pub fn new(context: Arc<Context<C>>) -> Result<Self, Stop> {
        let mut solo = Self {
            machine: Machine::new(context, 0, 0, false),
            entities: BTreeMap::new(),
            inputs: VecDeque::from([Input::Assigned { now: Timestamp::MIN }]),
            outputs: Vec::new(),
            appended: VecDeque::new(),
            offset: 0,
            wal_end: 0,
        };
        solo.pump(&mut |_| {})?;
        Ok(solo)
    }

    /// Decides `messages` in their order, as records of `member-commands`; everything they say goes to `sink`
    /// in the order it happened.
    ///
    /// # Errors
    /// [`Stop::Halt`]: a programme that cannot be loaded, for one.
    pub fn submit(
        &mut self,
        messages: Vec<C::Message>,
        sink: &mut impl FnMut(Outgoing<C::Message>),
    ) -> Result<(), Stop> {
        for message in messages {
            let mut next = Some(message);
            while let Some(message) = next {
                let record = self.record(message);
                self.inputs.push_back(Input::Records(vec![record]));
                self.pump(sink)?;
                next = self.appended.pop_front();
            }
        }
        Ok(())
    }

    /// Every entity with all its rows, in the order of their ids.
    pub fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        self.entities.iter().map(|(id, rows)| whole(id, rows.values()))
    }

    /// The entity with all its rows; without any where nothing happened to it.
    pub fn entity(&self, id: &EntityId) -> Entity {
        whole(id, self.entities.get(id).into_iter().flat_map(BTreeMap::values))
    }

    /// The entities with a row that `concerns`, with all their rows, in the order of their ids.
    pub fn concerned(&self, concerns: impl Fn(&Row) -> bool) -> impl Iterator<Item = Entity> {
        let found = self
            .entities
            .iter()
            .filter(move |(_, rows)| rows.values().any(|stamped| concerns(stamped.row.as_ref())));
        found.map(|(id, rows)| whole(id, rows.values()))
    }

    fn record(&mut self, message: C::Message) -> Incoming<C::Message> {
        let offset = self.offset;
        self.offset += 1;
        Incoming { offset, appended_at: Timestamp::MIN, message }
    }

    fn pump(&mut self, sink: &mut impl FnMut(Outgoing<C::Message>)) -> Result<(), Stop> {
        while let Some(input) = self.inputs.pop_front() {
            let mut outputs = std::mem::take(&mut self.outputs);
            self.machine.handle(input, &mut outputs);
            for output in outputs.drain(..) {
                self.answer(output, sink)?;
            }
            self.outputs = outputs;
        }
        Ok(())
    }

    fn answer(
        &mut self,
        output: Output<C::Message>,
        sink: &mut impl FnMut(Outgoing<C::Message>),
    ) -> Result<(), Stop> {
        let input = match output {
            Output::Fence => Input::Fenced,
            Output::FetchCommitted => Input::Committed(None),
            Output::FindWalRange => Input::WalRange(WalRange { start: 0, end: 0 }),
            Output::ReadState => Input::State(PartitionState::default()),
            Output::Prove { .. } => Input::Ownership(Ownership::Proven),
            Output::Commit(transaction) => {
                self.wal_end += i64::try_from(transaction.wal.len()).unwrap_or(i64::MAX);
                transaction.events.into_iter().for_each(sink);
                Input::CommitResult(Ok(Committed { wal_end: self.wal_end }))
            }
            Output::Append(messages) => {
                let tokens = messages.iter().map(|appending| appending.token).collect();
                self.appended.extend(messages.into_iter().map(|appending| appending.message));
                Input::Appended(tokens)
            }
            Output::Read { number, reads } => {
                Input::Loaded { number, answers: reads.into_iter().map(|read| self.read(&read)).collect() }
            }
            Output::Write { number, write } => {
                self.write(write);
                Input::Written(number)
            }
            Output::ScanTimers { number, .. } => Input::Timers { number, timers: Vec::new() },
            Output::ReadWal { .. }
            | Output::Start { .. }
            | Output::Decided(_)
            | Output::Pause
            | Output::Resume
            | Output::Flushed(_) => {
                return Ok(());
            }
            Output::Stop(stop) => return Err(stop),
        };
        self.inputs.push_back(input);
        Ok(())
    }

    fn read(&self, read: &Read) -> Answer {
        match read {
            Read::Head(id) => {
                let rows = self.entities.get(id);
                let account = rows.and_then(|rows| rows.get(&RowKey::Account)).cloned();
                let live_from = match account.as_ref().map(|stamped| stamped.row.as_ref()) {
                    Some(Row::Account(account)) => account.live_from,
                    _ => i32::MAX,
                };
                let is_live = |stamped: &&Stamped| match stamped.row.as_ref() {
                    Row::Lot(lot) => lot.id.issued_month >= live_from,
                    _ => false,
                };
                let lots = rows.into_iter().flat_map(|rows| rows.values()).filter(is_live).cloned().collect();
                Answer::Head { account, lots }
            }
            Read::Whole(id) => {
                let rows = self.entities.get(id).into_iter().flat_map(|rows| rows.values());
                Answer::Whole(rows.cloned().collect())
            }
            Read::Row(id, key) => Answer::Row(self.entities.get(id).and_then(|rows| rows.get(key)).cloned()),
        }
    }

    fn write(&mut self, write: Write) {
        if let Write::Rows { entity, rows, .. } = write {
            let shelf = self.entities.entry(entity).or_default();
            for stamped in rows {
                shelf.insert(stamped.row.key(), stamped);
            }
        }
    }
}

/// An entity from all its rows.
fn whole<'r>(id: &EntityId, rows: impl Iterator<Item = &'r Stamped>) -> Entity {
    let mut entity = Entity::new(id.clone(), true);
    rows.for_each(|stamped| entity.put(Row::clone(&stamped.row)));
    entity
}
