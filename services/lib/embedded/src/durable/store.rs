//! The tables as a [`Store`]: for the engine's own suite, and for whoever looks at a ledger from beside.

use super::changes::Changes;
use super::error::DurableError;
use super::format::Format;
use super::read::View;
use super::tables::Tables;
use super::write;
use domain::EntityId;
use domain::entry::Entry;
use engine::store::{PartitionState, Read, Stamped, Store, StoreError, StoreEvent, Ticket, TimerScan, Write};
use fjall::Snapshot;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// The database of one data directory as a store. Clones share it.
pub struct DurableStore {
    pub(super) tables: Arc<Tables>,
    pub(super) format: Arc<Format>,
    pinned: Option<Snapshot>,
    events: VecDeque<StoreEvent>,
    failed: Option<StoreError>,
}

impl Clone for DurableStore {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.tables), Arc::clone(&self.format))
    }
}

/// Opens the ledger in the data directory `data` to look at it; nobody else may have it open.
///
/// # Errors
/// [`DurableError::Absent`], [`DurableError::Busy`], or a database that cannot be read.
pub fn open_store(data: &Path) -> Result<DurableStore, DurableError> {
    let tables = Tables::open(data)?;
    let format = Format::open(&tables, &mut Changes::default())?;
    Ok(DurableStore::new(Arc::new(tables), Arc::new(format)))
}

impl DurableStore {
    pub(super) fn new(tables: Arc<Tables>, format: Arc<Format>) -> Self {
        Self { tables, format, pinned: None, events: VecDeque::new(), failed: None }
    }

    /// The same, as of now, whatever is written later.
    #[must_use]
    pub fn pinned(&self) -> Self {
        Self { pinned: Some(self.tables.snapshot()), ..self.clone() }
    }

    /// Runs `with` on one snapshot.
    pub(super) fn view<T>(&self, with: impl FnOnce(&View<'_>) -> T) -> T {
        let fresh;
        let snapshot = match &self.pinned {
            Some(pinned) => pinned,
            None => {
                fresh = self.tables.snapshot();
                &fresh
            }
        };
        with(&View { tables: &self.tables, format: &self.format, snapshot })
    }

    /// Keeps the answer for [`Store::poll`], or the failure.
    fn answer(&mut self, answer: Result<StoreEvent, DurableError>) {
        match answer {
            Ok(event) => self.events.push_back(event),
            Err(error) => self.failed = self.failed.take().or(Some(fatal(&error))),
        }
    }

    fn written(&self, write: Write) -> Result<(), DurableError> {
        let mut changes = Changes::default();
        if let Some(write) = self.view(|view| write::newest(view, write))? {
            write::write(&self.format, write, &mut changes)?;
        }
        changes.commit(&self.tables).map_err(self.tables.failed("write"))
    }
}

fn fatal(error: &DurableError) -> StoreError {
    StoreError::Fatal(error.to_string())
}

impl Store for DurableStore {
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError> {
        self.view(|view| view.partition(partition)).map_err(|error| fatal(&error))
    }

    fn read(&mut self, ticket: Ticket, reads: Vec<Read>) {
        let answers = self.view(|view| view.answers(&reads));
        self.answer(answers.map(|answers| StoreEvent::Loaded { ticket, answers }));
    }

    fn write(&mut self, ticket: Ticket, write: Write) {
        let written = self.written(write);
        self.answer(written.map(|()| StoreEvent::Written { ticket }));
    }

    fn scan_timers(&mut self, ticket: Ticket, scan: TimerScan) {
        let timers = self.view(|view| view.timers(&scan));
        self.answer(timers.map(|timers| StoreEvent::Timers { ticket, timers }));
    }

    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError> {
        events.extend(self.events.drain(..));
        self.failed.take().map_or(Ok(()), Err)
    }

    fn release(&mut self, partition: i32) {
        self.events.retain(|event| event.ticket().partition != partition);
    }

    fn entity(&mut self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        self.view(|view| view.entity(entity)).map_err(|error| fatal(&error))
    }

    fn statement(&mut self, entity: &EntityId) -> Result<Vec<Entry>, StoreError> {
        self.view(|view| view.statement(entity)).map_err(|error| fatal(&error))
    }

    fn scan(&mut self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError> {
        self.view(|view| view.scan(visit)).map_err(|error| fatal(&error))
    }
}
