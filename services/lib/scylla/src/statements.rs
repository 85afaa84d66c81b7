//! Every statement, prepared once: the driver then knows which node holds a partition key.

use crate::error::ScyllaError;
use crate::schema::{Keyspace, Table};
use scylla::client::session::Session;
use scylla::statement::prepared::PreparedStatement;
use std::collections::BTreeMap;
use std::time::Duration;

/// Rows a page: also what bounds the memory of one read.
const PAGE: i32 = 1_000;
/// A scan of a token range is no point read.
const SCAN_TIMEOUT: Duration = Duration::from_secs(30);
/// Tables whose rows belong to an entity and are its state.
pub(crate) const STATE: [Table; 8] = [
    Table::Accounts,
    Table::Lots,
    Table::Purchases,
    Table::Holds,
    Table::Debts,
    Table::Seen,
    Table::Parked,
    Table::Routes,
];

pub(crate) struct Statements {
    /// One whole row, by table.
    inserts: BTreeMap<Table, PreparedStatement>,
    /// One row by its whole key, for tables of [`STATE`].
    rows: BTreeMap<Table, PreparedStatement>,
    /// All rows of an entity, in tables of [`STATE`] and `ledger_entries`.
    entities: BTreeMap<Table, PreparedStatement>,
    /// All rows of the entities in a range of tokens, for tables of [`STATE`] and `ledger_entries`.
    ranges: BTreeMap<Table, PreparedStatement>,
    /// Entities behind a token, in order of token, so many.
    pub(crate) tokens: PreparedStatement,
    /// Entities in a range of tokens, by their keys alone.
    pub(crate) entities_within: PreparedStatement,
    /// Lots from a month on.
    pub(crate) live_lots: PreparedStatement,
    /// The partition row.
    pub(crate) partition: PreparedStatement,
    /// The flush watermark.
    pub(crate) watermark: PreparedStatement,
    /// Programme versions of a partition.
    pub(crate) programmes: PreparedStatement,
    /// Days that have timers, in a range.
    pub(crate) days: PreparedStatement,
    /// Timers of a day behind one, so many.
    pub(crate) timers: PreparedStatement,
}

/// A range of tokens.
const RANGE: &str = "token(entity) > ? AND token(entity) <= ?";

const fn by_key(table: Table) -> &'static str {
    match table {
        Table::Lots => "entity = ? AND issued_month = ? AND lot = ?",
        Table::Purchases => "entity = ? AND purchase = ?",
        Table::Holds => "entity = ? AND redemption = ?",
        Table::Debts => "entity = ? AND redemption = ? AND lot_month = ? AND lot = ?",
        Table::Seen | Table::Parked | Table::Routes => "entity = ? AND event = ?",
        _ => "entity = ?",
    }
}

impl Statements {
    pub(crate) async fn prepare(session: &Session, keyspace: &Keyspace) -> Result<Self, ScyllaError> {
        let (mut inserts, mut rows, mut entities, mut ranges) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for table in Table::ALL {
            inserts.insert(*table, prepare(session, table.insert(keyspace)).await?);
        }
        for table in STATE {
            rows.insert(table, prepare(session, table.select(keyspace, by_key(table))).await?);
        }
        for table in STATE.into_iter().chain([Table::Entries]) {
            ranges.insert(table, scan(session, table.select(keyspace, RANGE)).await?);
            entities.insert(table, prepare(session, table.select(keyspace, "entity = ?")).await?);
        }
        let select = |table: Table, condition: &str| prepare(session, table.select(keyspace, condition));
        let tokens = format!("SELECT token(entity) FROM {keyspace}.accounts WHERE token(entity) > ? LIMIT ?");
        let within = format!("SELECT entity FROM {keyspace}.accounts WHERE {RANGE}");
        Ok(Self {
            inserts,
            rows,
            entities,
            ranges,
            tokens: scan(session, tokens).await?,
            entities_within: scan(session, within).await?,
            live_lots: select(Table::Lots, "entity = ? AND issued_month >= ?").await?,
            partition: select(Table::Partitions, "partition = ?").await?,
            watermark: select(Table::Watermarks, "partition = ?").await?,
            programmes: select(Table::Programmes, "partition = ?").await?,
            days: select(Table::TimerDays, "partition = ? AND day >= ? AND day <= ?").await?,
            timers: select(Table::Timers, "partition = ? AND day = ? AND (due, entity) > (?, ?) LIMIT ?")
                .await?,
        })
    }

    pub(crate) fn insert(&self, table: Table) -> &PreparedStatement {
        &self.inserts[&table]
    }

    pub(crate) fn row(&self, table: Table) -> &PreparedStatement {
        &self.rows[&table]
    }

    pub(crate) fn entity(&self, table: Table) -> &PreparedStatement {
        &self.entities[&table]
    }

    pub(crate) fn range(&self, table: Table) -> &PreparedStatement {
        &self.ranges[&table]
    }
}

/// A statement over a range of tokens.
async fn scan(session: &Session, text: String) -> Result<PreparedStatement, ScyllaError> {
    let mut statement = prepare(session, text).await?;
    statement.set_request_timeout(Some(SCAN_TIMEOUT));
    Ok(statement)
}

async fn prepare(session: &Session, text: String) -> Result<PreparedStatement, ScyllaError> {
    let mut statement = session
        .prepare(text.clone())
        .await
        .map_err(|source| ScyllaError::Prepare { statement: text, source: Box::new(source) })?;
    statement.set_is_idempotent(true);
    statement.set_page_size(PAGE);
    Ok(statement)
}
