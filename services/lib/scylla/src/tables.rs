//! `tables create` and `tables check`: what the server has against what this build needs.
//!
//! Creating is idempotent. It adds tables and columns, which a build that does not know them never reads nor
//! writes; it never drops and never changes a type or a key: that is named, and wants a new keyspace.

use crate::config::Config;
use crate::error::ScyllaError;
use crate::schema::{Keyspace, Table};
use crate::session;
use scylla::client::session::Session;
use scylla::statement::unprepared::Statement;
use std::collections::BTreeMap;
use std::time::Duration;

/// A schema change takes longer than a request.
const PATIENCE: Duration = Duration::from_secs(60);

/// Creates the keyspace, every table and every column that is not there yet, then checks all of them.
///
/// # Errors
/// Where the server is not reached, refuses, or has a table that does not fit ([`check`]).
pub fn create(config: &Config) -> Result<(), ScyllaError> {
    let keyspace = Keyspace::new(&config.keyspace)?;
    session::runtime(config)?.block_on(async {
        let session = session::open(config).await?;
        let replication = &config.replication;
        let statement = format!("CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {replication}");
        change(&session, &format!("keyspace {keyspace}"), statement).await?;
        for table in Table::ALL {
            change(&session, &format!("table {keyspace}.{}", table.name()), table.create(&keyspace)).await?;
        }
        let added = add_columns(&session, &keyspace).await;
        // Another `create` may have added one in between; what counts is what is there now.
        match check_with(&session, &keyspace).await {
            Err(problem) => added.and(Err(problem)),
            Ok(()) => Ok(()),
        }
    })
}

/// Adds the columns an older build's tables do not have. Rows written before have no value there.
async fn add_columns(session: &Session, keyspace: &Keyspace) -> Result<(), ScyllaError> {
    let found = columns(session, keyspace).await?;
    for table in Table::ALL {
        let Some(there) = found.get(table.name()) else { continue };
        for (column, typ) in table.columns() {
            if !there.contains_key(column) && !table.is_key(column) {
                let what = format!("{keyspace}.{}", table.name());
                let statement = format!("ALTER TABLE {what} ADD {column} {typ}");
                change(session, &format!("column {what}.{column}"), statement).await?;
            }
        }
    }
    Ok(())
}

/// Whether every table and column is there, of the right type.
///
/// # Errors
/// [`ScyllaError::Tables`] names what is missing and the command that creates it.
pub fn check(config: &Config) -> Result<(), ScyllaError> {
    let keyspace = Keyspace::new(&config.keyspace)?;
    session::runtime(config)?.block_on(async {
        let session = session::open(config).await?;
        check_with(&session, &keyspace).await
    })
}

/// Drops the keyspace and everything in it. For tests.
///
/// # Errors
/// Where the server is not reached or refuses.
pub fn drop_keyspace(config: &Config) -> Result<(), ScyllaError> {
    let keyspace = Keyspace::new(&config.keyspace)?;
    run(config, format!("keyspace {keyspace}"), format!("DROP KEYSPACE IF EXISTS {keyspace}"))
}

/// Performs statements as they are, such as grants. For tests.
///
/// # Errors
/// Where the server is not reached or refuses.
pub fn perform(config: &Config, statements: &[String]) -> Result<(), ScyllaError> {
    session::runtime(config)?.block_on(async {
        let session = session::open(config).await?;
        for statement in statements {
            change(&session, "what a statement says", statement.clone()).await?;
        }
        Ok(())
    })
}

/// Drops one table. For tests.
///
/// # Errors
/// Where the server is not reached or refuses.
pub fn drop_table(config: &Config, table: Table) -> Result<(), ScyllaError> {
    let what = format!("{}.{}", Keyspace::new(&config.keyspace)?, table.name());
    run(config, format!("table {what}"), format!("DROP TABLE IF EXISTS {what}"))
}

fn run(config: &Config, what: String, statement: String) -> Result<(), ScyllaError> {
    session::runtime(config)?.block_on(async {
        let session = session::open(config).await?;
        change(&session, &what, statement).await
    })
}

async fn change(session: &Session, what: &str, statement: String) -> Result<(), ScyllaError> {
    let mut statement = Statement::new(statement);
    statement.set_request_timeout(Some(PATIENCE));
    let failed = |source| ScyllaError::Change { what: what.to_owned(), source: Box::new(source) };
    // The driver also waits until all nodes agree on it.
    session.query_unpaged(statement, ()).await.map(drop).map_err(failed)
}

pub(crate) async fn check_with(session: &Session, keyspace: &Keyspace) -> Result<(), ScyllaError> {
    let found = columns(session, keyspace).await?;
    if found.is_empty() {
        return Err(ScyllaError::Tables(format!(
            "expected keyspace `{keyspace}` with tables, found none; create them with `lotstream tables create`"
        )));
    }
    let wrong: Vec<String> = Table::ALL.iter().flat_map(|table| compare(*table, keyspace, &found)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(ScyllaError::Tables(wrong.join("\n"))) }
}

type Columns = BTreeMap<String, BTreeMap<String, String>>;

/// What does not fit in one table, in words.
fn compare(table: Table, keyspace: &Keyspace, found: &Columns) -> Vec<String> {
    let name = table.name();
    let Some(columns) = found.get(name) else {
        return vec![format!("expected table {keyspace}.{name}, found none; run `lotstream tables create`")];
    };
    let problem = |(column, typ): (&str, &str)| match columns.get(column) {
        None if table.is_key(column) => Some(format!(
            "expected key column {keyspace}.{name}.{column}, found none; a key cannot be changed: make all tables \
             anew with `lotstream rebuild --keyspace NEW`"
        )),
        None => Some(format!(
            "expected column {keyspace}.{name}.{column}, found none; run `lotstream tables create`, which adds it"
        )),
        Some(found) if found != typ => Some(format!(
            "expected {keyspace}.{name}.{column} to be {typ}, found {found}; a type cannot be changed: make all \
             tables anew with `lotstream rebuild --keyspace NEW`"
        )),
        Some(_) => None,
    };
    table.columns().into_iter().filter_map(problem).collect()
}

async fn columns(session: &Session, keyspace: &Keyspace) -> Result<Columns, ScyllaError> {
    let what = format!("the columns of keyspace {keyspace}");
    let statement = "SELECT table_name, column_name, type FROM system_schema.columns WHERE keyspace_name = ?";
    let answer = session.query_unpaged(statement, (keyspace.as_str(),)).await;
    let rows = answer.map_err(|error| ScyllaError::read(&what, error))?.into_rows_result();
    let rows = rows.map_err(|error| ScyllaError::read(&what, error))?;
    let mut found = Columns::new();
    for row in rows.rows::<(String, String, String)>().map_err(|error| ScyllaError::read(&what, error))? {
        let (table, column, typ) = row.map_err(|error| ScyllaError::read(&what, error))?;
        found.entry(table).or_default().insert(column, typ);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> Columns {
        let columns = |table: &Table| {
            table.columns().into_iter().map(|(column, typ)| (column.to_owned(), typ.to_owned())).collect()
        };
        Table::ALL.iter().map(|table| (table.name().to_owned(), columns(table))).collect()
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_creates_it() {
        let keyspace = Keyspace::new("shop").unwrap();
        let mut found = declared();
        assert!(Table::ALL.iter().all(|table| compare(*table, &keyspace, &found).is_empty()));
        found.remove("lots");
        found.get_mut("debts").unwrap().remove("open");
        found.get_mut("timers").unwrap().remove("due");
        found.get_mut("seen").unwrap().insert("content".to_owned(), "text".to_owned());
        let said: Vec<String> =
            Table::ALL.iter().flat_map(|table| compare(*table, &keyspace, &found)).collect();
        assert_eq!(
            said,
            [
                "expected table shop.lots, found none; run `lotstream tables create`",
                "expected column shop.debts.open, found none; run `lotstream tables create`, which adds it",
                "expected shop.seen.content to be blob, found text; a type cannot be changed: make all tables anew \
                 with `lotstream rebuild --keyspace NEW`",
                "expected key column shop.timers.due, found none; a key cannot be changed: make all tables anew with \
                 `lotstream rebuild --keyspace NEW`",
            ]
        );
    }
}
