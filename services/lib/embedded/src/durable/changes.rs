//! What one transaction of the database changes. Each key once: the last change of it counts, as the database
//! gives all of a transaction one number.

use super::tables::{Table, Tables};
use fjall::PersistMode;
use std::collections::BTreeMap;

/// Changes to be committed together.
#[derive(Debug, Default)]
pub(super) struct Changes {
    changes: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
}

impl Changes {
    pub(super) fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.changes.insert((table, key), Some(value));
    }

    pub(super) fn remove(&mut self, table: Table, key: Vec<u8>) {
        self.changes.insert((table, key), None);
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// All of them or none, on the disk when this returns.
    pub(super) fn commit(self, tables: &Tables) -> fjall::Result<()> {
        let mut batch = tables.database().batch().durability(Some(PersistMode::SyncAll));
        for ((table, key), value) in self.changes {
            match value {
                Some(value) => batch.insert(tables.keyspace(table), key, value),
                None => batch.remove(tables.keyspace(table), key),
            }
        }
        batch.commit()
    }
}
