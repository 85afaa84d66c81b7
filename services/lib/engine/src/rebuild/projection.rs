//! The store of a rebuild: every row goes through, but partition rows and watermarks, which are kept in memory.
//!
//! The live ones are rows among others, and may be in the store before what they speak of: `ledger-wal` has the rest.
//! Here there is none, so they are written when everything is acknowledged ([`super::handover`]), or never.

use crate::store::{PartitionState, Read, Stamped, Store, StoreError, StoreEvent, Ticket, TimerScan, Write};
use crate::wal::{PartitionRow, WriteTs};
use domain::EntityId;
use domain::entry::Entry;
use std::collections::BTreeMap;

/// What went through, of one partition.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Written {
    /// Rows of entities, each image of one.
    pub rows: u64,
    /// Entries of statements.
    pub entries: u64,
}

#[derive(Debug, Default)]
struct Kept {
    row: Option<(WriteTs, PartitionRow)>,
    watermark: Option<(WriteTs, i64)>,
    written: Written,
}

/// The store.
#[derive(Debug)]
pub struct Projection<S> {
    store: S,
    kept: BTreeMap<i32, Kept>,
    /// Acknowledged without having been written.
    said: Vec<StoreEvent>,
}

impl<S> Projection<S> {
    /// Over `store`.
    pub const fn new(store: S) -> Self {
        Self { store, kept: BTreeMap::new(), said: Vec::new() }
    }

    /// The newest partition row of `partition` that was decided here, and its stamp.
    pub fn row(&self, partition: i32) -> Option<(WriteTs, &PartitionRow)> {
        self.kept.get(&partition)?.row.as_ref().map(|(write_ts, row)| (*write_ts, row))
    }

    /// What was written of `partition`.
    pub fn written(&self, partition: i32) -> Written {
        self.kept.get(&partition).map_or(Written::default(), |kept| kept.written)
    }

    /// The store itself.
    pub const fn store(&mut self) -> &mut S {
        &mut self.store
    }
}

impl<S: Store> Store for Projection<S> {
    fn partition_state(&mut self, partition: i32) -> Result<PartitionState, StoreError> {
        let mut state = self.store.partition_state(partition)?;
        (state.watermark, state.watermark_ts) = (None, WriteTs::default());
        if let Some(kept) = self.kept.get(&partition) {
            if let Some((write_ts, row)) = &kept.row {
                (state.row, state.row_ts) = (Some(row.clone()), *write_ts);
            }
            if let Some((write_ts, position)) = kept.watermark {
                (state.watermark, state.watermark_ts) = (Some(position), write_ts);
            }
        }
        Ok(state)
    }

    fn read(&mut self, ticket: Ticket, reads: Vec<Read>) {
        self.store.read(ticket, reads);
    }

    fn write(&mut self, ticket: Ticket, write: Write) {
        let kept = self.kept.entry(ticket.partition).or_default();
        match write {
            Write::Partition { row, write_ts, .. } => {
                if kept.row.as_ref().is_none_or(|(known, _)| *known <= write_ts) {
                    kept.row = Some((write_ts, row));
                }
                self.said.push(StoreEvent::Written { ticket });
            }
            Write::Watermark { position, write_ts, .. } => {
                kept.watermark = Some((write_ts, position));
                self.said.push(StoreEvent::Written { ticket });
            }
            write => {
                if let Write::Rows { rows, entries, .. } = &write {
                    kept.written.rows += rows.len() as u64;
                    kept.written.entries += entries.len() as u64;
                }
                self.store.write(ticket, write);
            }
        }
    }

    /// Never answered: no tick but those of the log. Nobody is to ask, for the clock of a rebuild begins before
    /// anything is due.
    fn scan_timers(&mut self, ticket: Ticket, _scan: TimerScan) {
        tracing::warn!(partition = ticket.partition, "a rebuild looks for no timers");
    }

    fn poll(&mut self, events: &mut Vec<StoreEvent>) -> Result<(), StoreError> {
        events.append(&mut self.said);
        self.store.poll(events)
    }

    fn release(&mut self, partition: i32) {
        self.said.retain(|event| event.ticket().partition != partition);
        self.store.release(partition);
    }

    fn entity(&mut self, entity: &EntityId) -> Result<Vec<Stamped>, StoreError> {
        self.store.entity(entity)
    }

    fn statement(&mut self, entity: &EntityId) -> Result<Vec<Entry>, StoreError> {
        self.store.statement(entity)
    }

    fn scan(&mut self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Result<(), StoreError> {
        self.store.scan(visit)
    }
}
