//! Reading: everything of one answer from one snapshot, whatever is written meanwhile.

use super::error::DurableError;
use super::format::{Format, stamped};
use super::key;
use super::tables::{Table, Tables};
use domain::entry::Entry;
use domain::{EntityId, Row, RowKey};
use engine::store::{Answer, PartitionState, Read, Stamped, TimerScan};
use engine::wal::{Timer, WalRecord, WriteTs};
use fjall::{Readable, Slice, Snapshot};
use std::ops::Bound;

/// The database as of one transaction.
pub(super) struct View<'a> {
    pub(super) tables: &'a Tables,
    pub(super) format: &'a Format,
    pub(super) snapshot: &'a Snapshot,
}

type Found<T> = Result<T, DurableError>;

impl View<'_> {
    pub(super) fn get(&self, table: Table, key: &[u8]) -> Found<Option<Slice>> {
        let found = self.snapshot.get(self.tables.keyspace(table), key);
        found.map_err(self.tables.failed("read"))
    }

    /// Everything of a table whose key begins with `prefix`, in order.
    pub(super) fn each(
        &self,
        table: Table,
        prefix: &[u8],
        visit: &mut impl FnMut(&[u8], &[u8]) -> Found<()>,
    ) -> Found<()> {
        for item in self.snapshot.prefix(self.tables.keyspace(table), prefix) {
            let (key, value) = item.into_inner().map_err(self.tables.failed("read"))?;
            visit(&key, &value)?;
        }
        Ok(())
    }

    /// The answers to reads, in their order.
    pub(super) fn answers(&self, reads: &[Read]) -> Found<Vec<Answer>> {
        reads.iter().map(|read| self.answer(read)).collect()
    }

    fn answer(&self, read: &Read) -> Found<Answer> {
        match read {
            Read::Row(entity, row) => Ok(Answer::Row(self.row(entity, *row)?)),
            Read::Whole(entity) => Ok(Answer::Whole(self.entity(entity)?)),
            Read::Head(entity) => {
                let account = self.row(entity, RowKey::Account)?;
                let lots = match account.as_ref().map(|stamped| stamped.row.as_ref()) {
                    Some(Row::Account(account)) => self.lots(entity, account.live_from)?,
                    _ => Vec::new(),
                };
                Ok(Answer::Head { account, lots })
            }
        }
    }

    fn row(&self, entity: &EntityId, row: RowKey) -> Found<Option<Stamped>> {
        let key = key::row(entity, row);
        let tail = &key[entity.as_str().len() + 1..];
        let found = self.get(Table::Rows, &key)?;
        found.map(|value| self.format.row_of(tail, &value)).transpose()
    }

    fn lots(&self, entity: &EntityId, from: i32) -> Found<Vec<Stamped>> {
        let (from, to) = key::lots(entity, from);
        let behind = entity.as_str().len() + 1;
        let mut lots = Vec::new();
        for item in self.snapshot.range(self.tables.keyspace(Table::Rows), from..to) {
            let (key, value) = item.into_inner().map_err(self.tables.failed("read"))?;
            lots.push(self.format.row_of(&key[behind..], &value)?);
        }
        Ok(lots)
    }

    /// Every row of one entity, in order.
    pub(super) fn entity(&self, entity: &EntityId) -> Found<Vec<Stamped>> {
        let prefix = key::entity(entity);
        let mut rows = Vec::new();
        self.each(Table::Rows, &prefix, &mut |key, value| {
            rows.push(self.format.row_of(&key[prefix.len()..], value)?);
            Ok(())
        })?;
        Ok(rows)
    }

    /// The entries of one entity, in order.
    pub(super) fn statement(&self, entity: &EntityId) -> Found<Vec<Entry>> {
        let mut entries = Vec::new();
        self.each(Table::Entries, &key::entity(entity), &mut |_, value| {
            entries.push(self.format.entry_of(value)?);
            Ok(())
        })?;
        Ok(entries)
    }

    /// Every entity with its rows.
    pub(super) fn scan(&self, visit: &mut dyn FnMut(EntityId, Vec<Stamped>)) -> Found<()> {
        let mut open: Option<(EntityId, Vec<Stamped>)> = None;
        self.each(Table::Rows, &[], &mut |key, value| {
            let (entity, tail) = key::split(key)
                .ok_or_else(|| DurableError::unreadable("a row", "expected an entity in its key"))?;
            let row = self.format.row_of(tail, value)?;
            match &mut open {
                Some((known, rows)) if *known == entity => rows.push(row),
                _ => {
                    if let Some((entity, rows)) = open.replace((entity, vec![row])) {
                        visit(entity, rows);
                    }
                }
            }
            Ok(())
        })?;
        if let Some((entity, rows)) = open {
            visit(entity, rows);
        }
        Ok(())
    }

    /// A page of timers.
    pub(super) fn timers(&self, scan: &TimerScan) -> Found<Vec<Timer>> {
        let after = Bound::Excluded(key::timer(scan.partition, &scan.after));
        let until = Bound::Excluded(key::timers_until(scan.partition, scan.until));
        let mut timers = Vec::new();
        for item in self.snapshot.range(self.tables.keyspace(Table::Timers), (after, until)).take(scan.limit)
        {
            let key = item.key().map_err(self.tables.failed("read"))?;
            let timer = key::timer_of(&key);
            timers.push(timer.ok_or_else(|| DurableError::unreadable("a timer", "found another key"))?);
        }
        Ok(timers)
    }

    /// Where a partition stands.
    pub(super) fn partition(&self, partition: i32) -> Found<PartitionState> {
        let mut state = PartitionState::default();
        if let Some(value) = self.get(Table::Partitions, &key::partition(partition))?
            && let WalRecord::Partition(write_ts, row) = self.format.wal_of(&value)?
        {
            (state.row, state.row_ts) = (Some(row), write_ts);
        }
        if let Some(value) = self.get(Table::Partitions, &key::watermark(partition))? {
            let (write_ts, position) = watermark_of(&value)?;
            (state.watermark, state.watermark_ts) = (Some(position), write_ts);
        }
        self.each(Table::Partitions, &key::programmes(partition), &mut |_, value| {
            if let WalRecord::Programme(_, version) = self.format.wal_of(value)? {
                state.programmes.push(version);
            }
            Ok(())
        })?;
        Ok(state)
    }
}

/// The watermark of these bytes.
pub(super) fn watermark_of(value: &[u8]) -> Found<(WriteTs, i64)> {
    let (write_ts, rest) = stamped(value)?;
    let position =
        rest.try_into().map_err(|_| DurableError::unreadable("a watermark", "expected 16 bytes"))?;
    Ok((write_ts, i64::from_be_bytes(position)))
}
