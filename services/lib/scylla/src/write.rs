//! Writes: rows of one entity as one unlogged batch, anything else as one statement.
//!
//! Every statement carries its own stamp, so a write may be sent any number of times, in any order. A timer's
//! day is acknowledged before the timer is sent: a scan finds a timer only through its day.

use crate::columns::Bound;
use crate::fault;
use crate::shared::Shared;
use engine::store::{StoreError, Write};
use engine::wal::{Timer, WriteTs};
use fail::fail_point;
use scylla::statement::batch::{Batch, BatchStatement, BatchType};
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

/// Rows and estimated bytes a batch: above either an entity's rows go in several. Servers refuse batches of some
/// megabytes, and a row of hundreds of kilobytes exists.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 256 << 10;

/// `rows` in parts that a server takes, in order.
fn parts<'r, 'a>(rows: &'r [Bound<'a>]) -> Vec<&'r [Bound<'a>]> {
    let (mut parts, mut from, mut bytes) = (Vec::new(), 0, 0);
    for (place, row) in rows.iter().enumerate() {
        if place > from && (place - from == BATCH || bytes + row.bytes() > BATCH_BYTES) {
            parts.push(&rows[from..place]);
            (from, bytes) = (place, 0);
        }
        bytes += row.bytes();
    }
    if from < rows.len() {
        parts.push(&rows[from..]);
    }
    parts
}

impl Shared {
    /// Writes until all of it is acknowledged.
    pub(crate) async fn write(&self, released: &AtomicBool, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Rows { entity, rows, entries } => {
                fail_point!("store.rows.before");
                let rows = rows.iter().map(|row| Bound::row(entity, &row.row, row.write_ts));
                let entries = entries.iter().map(|(write_ts, entry)| Bound::entry(entry, *write_ts));
                let bound: Vec<Bound<'_>> = rows.chain(entries).collect();
                self.batches(released, &bound).await?;
                fail_point!("store.rows.after");
                Ok(())
            }
            Write::Timer { partition, timer, write_ts } => {
                self.day(released, *partition, timer, *write_ts).await?;
                fail_point!("store.timer.before");
                self.batches(released, &[Bound::timer(*partition, timer, *write_ts)]).await
            }
            Write::Programme { partition, version, write_ts } => {
                self.batches(released, &[Bound::programme(*partition, version, *write_ts)]).await
            }
            Write::Partition { partition, row, write_ts } => {
                fail_point!("store.partition.before");
                self.batches(released, &[Bound::partition(*partition, row, *write_ts)]).await
            }
            Write::Watermark { partition, position, write_ts } => {
                fail_point!("store.watermark.before");
                self.batches(released, &[Bound::watermark(*partition, *position, *write_ts)]).await?;
                fail_point!("store.watermark.after");
                Ok(())
            }
        }
    }

    /// Sees to it that the timer's day is known to scans; written once an instance and day.
    async fn day(
        &self,
        released: &AtomicBool,
        partition: i32,
        timer: &Timer,
        write_ts: WriteTs,
    ) -> Result<(), StoreError> {
        let day = (partition, Timer::day(timer.due));
        if self.days.lock().unwrap_or_else(PoisonError::into_inner).contains(&day) {
            return Ok(());
        }
        self.batches(released, &[Bound::day(partition, day.1, write_ts)]).await?;
        self.days.lock().unwrap_or_else(PoisonError::into_inner).insert(day);
        Ok(())
    }

    async fn batches(&self, released: &AtomicBool, rows: &[Bound<'_>]) -> Result<(), StoreError> {
        for part in parts(rows) {
            let mut asking = self.insisting(released);
            let mut sent = self.send(part).await;
            while asking.again(&sent).await {
                sent = self.send(part).await;
            }
            sent?;
        }
        Ok(())
    }

    /// One attempt at one batch; a single row needs none.
    async fn send(&self, rows: &[Bound<'_>]) -> Result<(), StoreError> {
        let sent = if let [row] = rows {
            self.session.execute_unpaged(self.statements.insert(row.table()), row).await
        } else {
            let statement = |row: &Bound<'_>| {
                BatchStatement::PreparedStatement(self.statements.insert(row.table()).clone())
            };
            let statements = rows.iter().map(statement).collect();
            let mut batch = Batch::new_with_statements(BatchType::Unlogged, statements);
            batch.set_is_idempotent(true);
            self.session.batch(&batch, rows).await
        };
        let what = rows.first().map_or("nothing", |row| row.table().name());
        sent.map(drop).map_err(|error| fault::of(what, &error))
    }
}
