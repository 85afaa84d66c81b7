//! What the tables hold of accounts as far as points are concerned, entries included: for whoever checks them. Purchases,
//! remembered events and what waits are left out; they are most of the bytes.
//!
//! The tables are read at the same time, each once a stretch of the ring. What is read of an account that is being written
//! is no moment of it: rows and entries may be of different decisions.

use crate::columns::{EntryColumns, WatermarkColumns};
use crate::fault;
use crate::schema::Table;
use crate::shared::Shared;
use crate::store::ScyllaStore;
use domain::EntityId;
use domain::entry::Entry;
use engine::store::{Stamped, StoreError};
use engine::wal::WriteTs;
use scylla::serialize::row::SerializeRow;
use scylla::statement::prepared::PreparedStatement;
use std::collections::BTreeMap;

/// What there is of an account: rows, in no order, and entries by their numbers.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AccountPoints {
    /// The head row, lots, redemptions and debts.
    pub rows: Vec<Stamped>,
    /// Entries.
    pub entries: Vec<Entry>,
}

/// A stretch of the ring: behind a token, up to another or to the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    after: i64,
    /// The last token of it; none where it goes to the end.
    until: Option<i64>,
}

impl Stretch {
    /// Where the next one begins; none behind the last.
    pub const fn next(self) -> Option<i64> {
        self.until
    }

    fn range(self) -> (i64, i64) {
        (self.after, self.until.unwrap_or(i64::MAX))
    }
}

impl ScyllaStore {
    /// The stretch behind the token `after`, of so many head rows; the ring begins behind [`i64::MIN`].
    ///
    /// # Errors
    /// As [`engine::store::Store::scan`].
    pub fn stretch(&self, after: i64, accounts: i32) -> Result<Stretch, StoreError> {
        let until = self.wait(async |shared| shared.stretch_end(after, accounts).await)?;
        Ok(Stretch { after, until })
    }

    /// The accounts of a stretch, those without a head row among them.
    ///
    /// # Errors
    /// [`StoreError::Retry`]; [`StoreError::Fatal`] also where one row cannot be read: [`ScyllaStore::entities`] and
    /// [`ScyllaStore::points`] tell which.
    pub fn points_within(&self, stretch: Stretch) -> Result<BTreeMap<EntityId, AccountPoints>, StoreError> {
        self.wait(async |shared| shared.points(|table| shared.statements.range(table), stretch.range()).await)
    }

    /// The accounts of a stretch that have a head row.
    ///
    /// # Errors
    /// As [`engine::store::Store::scan`].
    pub fn entities(&self, stretch: Stretch) -> Result<Vec<EntityId>, StoreError> {
        self.wait(async |shared| {
            let mut entities = Vec::new();
            shared
                .pages("accounts", &shared.statements.entities_within, stretch.range(), |page| {
                    let unreadable = |error: &dyn std::error::Error| fault::unreadable("accounts", error);
                    for row in page.rows::<(&str,)>().map_err(|error| unreadable(&error))? {
                        entities.push(EntityId::from_key(row.map_err(|error| unreadable(&error))?.0));
                    }
                    Ok(())
                })
                .await?;
            Ok(entities)
        })
    }

    /// The stamp of each partition's flush watermark: that of the last command everything up to which is in the tables.
    /// None where a partition has no watermark.
    ///
    /// # Errors
    /// As [`engine::store::Store::partition_state`].
    pub fn flushed(&self, partitions: i32) -> Result<Vec<Option<WriteTs>>, StoreError> {
        let one = |partition: i32| {
            self.wait(async |shared| {
                let mut stamp = None;
                shared
                    .pages("watermarks", &shared.statements.watermark, (partition,), |page| {
                        let row = page.maybe_first_row::<WatermarkColumns>();
                        let row = row.map_err(|error| fault::unreadable("watermarks", &error))?;
                        stamp = row.map(|columns| WriteTs(columns.write_ts)).or(stamp);
                        Ok(())
                    })
                    .await?;
                Ok(stamp)
            })
        };
        (0..partitions).map(one).collect()
    }

    /// One account; nothing where there is none.
    ///
    /// # Errors
    /// As [`engine::store::Store::entity`].
    pub fn points(&self, entity: &EntityId) -> Result<AccountPoints, StoreError> {
        let mut found = self.wait(async |shared| {
            shared.points(|table| shared.statements.entity(table), (entity.as_str(),)).await
        })?;
        Ok(found.remove(entity).unwrap_or_default())
    }
}

impl Shared {
    async fn points<'s>(
        &'s self,
        statement: impl Fn(Table) -> &'s PreparedStatement,
        of: impl SerializeRow + Sync,
    ) -> Result<BTreeMap<EntityId, AccountPoints>, StoreError> {
        let read = async |table: Table| {
            let mut rows = Vec::new();
            self.rows(table, statement(table), &of, &mut rows).await.map(|()| rows)
        };
        let (heads, lots, holds, debts, entries) = tokio::join!(
            read(Table::Accounts),
            read(Table::Lots),
            read(Table::Holds),
            read(Table::Debts),
            self.entries(statement(Table::Entries), &of),
        );
        let mut found: BTreeMap<EntityId, AccountPoints> = BTreeMap::new();
        for (entity, row) in [heads?, lots?, holds?, debts?].into_iter().flatten() {
            found.entry(entity).or_default().rows.push(row);
        }
        for entry in entries? {
            found.entry(entry.entity.clone()).or_default().entries.push(entry);
        }
        Ok(found)
    }

    /// Entries that `statement` answers with, those of an account by their numbers.
    pub(crate) async fn entries(
        &self,
        statement: &PreparedStatement,
        of: impl SerializeRow + Sync,
    ) -> Result<Vec<Entry>, StoreError> {
        let what = Table::Entries.name();
        let mut entries = Vec::new();
        self.pages(what, statement, of, |page| {
            for columns in page.rows::<EntryColumns<'_>>().map_err(|e| fault::unreadable(what, &e))? {
                let columns = columns.map_err(|error| fault::unreadable(what, &error))?;
                entries.push(columns.entry().map_err(|error| fault::unreadable(what, &error))?);
            }
            Ok(())
        })
        .await?;
        Ok(entries)
    }
}
