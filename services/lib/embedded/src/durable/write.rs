//! Writing: what the engine asks to be written, as changes of tables. The ledger's own writes are always the
//! newest; those that may not be are asked about first ([`is_newest`]).

use super::changes::Changes;
use super::error::DurableError;
use super::format::{Format, stamped};
use super::key;
use super::read::{View, watermark_of};
use super::tables::Table;
use engine::store::{Stamped, Write};
use engine::wal::{Timer, WalRecord};

/// Adds a record of a committed transaction. A follow-up is the ledger's to keep.
pub(super) fn record(
    format: &Format,
    partition: i32,
    record: WalRecord,
    changes: &mut Changes,
) -> Result<(), DurableError> {
    match record {
        WalRecord::Rows(image) => {
            let (entity, write_ts) = (image.entity.clone(), image.write_ts);
            if let Some(due) = image.due {
                let timer = Timer { due, entity: entity.clone() };
                write(format, Write::Timer { partition, timer, write_ts }, changes)?;
            }
            let rows = image.stamped().collect();
            let entries = image.entries.into_iter().map(|entry| (write_ts, entry)).collect();
            write(format, Write::Rows { entity, rows, entries }, changes)
        }
        WalRecord::Programme(write_ts, version) => {
            write(format, Write::Programme { partition, version, write_ts }, changes)
        }
        WalRecord::Partition(write_ts, row) => {
            write(format, Write::Partition { partition, row, write_ts }, changes)
        }
        WalRecord::FollowUp(_) => Ok(()),
    }
}

/// Adds a write.
pub(super) fn write(format: &Format, write: Write, changes: &mut Changes) -> Result<(), DurableError> {
    match write {
        Write::Rows { entity, rows, entries } => {
            for stamped in &rows {
                changes.put(Table::Rows, key::row(&entity, stamped.row.key()), format.row(stamped)?);
            }
            for (write_ts, entry) in entries {
                let key = key::entry(&entity, entry.sequence);
                changes.put(Table::Entries, key, format.entry(write_ts, &entry)?);
            }
        }
        Write::Timer { partition, timer, .. } => {
            changes.put(Table::Timers, key::timer(partition, &timer), Vec::new());
        }
        Write::Programme { partition, version, write_ts } => {
            let key = key::programme(partition, version.programme.as_str(), version.version);
            changes.put(Table::Partitions, key, format.programme(write_ts, version)?);
        }
        Write::Partition { partition, row, write_ts } => {
            changes.put(Table::Partitions, key::partition(partition), format.partition(write_ts, row)?);
        }
        Write::Watermark { partition, position, write_ts } => {
            let value = [write_ts.0.to_be_bytes(), position.to_be_bytes()].concat();
            changes.put(Table::Partitions, key::watermark(partition), value);
        }
    }
    Ok(())
}

/// The parts of a write that no newer one was written over.
pub(super) fn newest(view: &View<'_>, write: Write) -> Result<Option<Write>, DurableError> {
    Ok(match write {
        Write::Rows { entity, rows, entries } => {
            let mut newest: Vec<Stamped> = Vec::with_capacity(rows.len());
            for stamped in rows {
                if is_newest(view, Table::Rows, &key::row(&entity, stamped.row.key()), &stamped)? {
                    newest.push(stamped);
                }
            }
            Some(Write::Rows { entity, rows: newest, entries })
        }
        Write::Partition { partition, row, write_ts } => {
            let known = view.partition(partition)?.row_ts;
            (known <= write_ts).then_some(Write::Partition { partition, row, write_ts })
        }
        Write::Watermark { partition, position, write_ts } => {
            let known = view.get(Table::Partitions, &key::watermark(partition))?;
            let known = known.map(|value| watermark_of(&value)).transpose()?;
            let newer = known.is_none_or(|(known, _)| known <= write_ts);
            newer.then_some(Write::Watermark { partition, position, write_ts })
        }
        // Both say the same whoever wrote them.
        Write::Timer { .. } | Write::Programme { .. } => Some(write),
    })
}

fn is_newest(view: &View<'_>, table: Table, key: &[u8], row: &Stamped) -> Result<bool, DurableError> {
    match view.get(table, key)? {
        Some(value) => Ok(stamped(&value)?.0 <= row.write_ts),
        None => Ok(true),
    }
}
