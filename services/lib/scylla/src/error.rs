//! What may go wrong between the engine and the tables, said so that a person knows what to do next.

use crate::fault::sentence;
use scylla::errors::{ExecutionError, NewSessionError, PrepareError};
use std::path::PathBuf;

/// A row that cannot be what this ledger wrote.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ColumnError {
    /// A negative number where there are points.
    #[error("expected 0 or more points in {table}.{column}, found {found}: written by another program?")]
    Points {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The number.
        found: i64,
    },
    /// A blob of another length.
    #[error("expected 16 bytes in {table}.{column}, found {found}")]
    Length {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// How many bytes.
        found: usize,
    },
}

/// Why the store cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum ScyllaError {
    /// No node answered.
    #[error("expected a CQL server at {nodes}; is it running? (here: `deploy/local/servers up cassandra`)")]
    Connect {
        /// The nodes asked.
        nodes: String,
        /// What the driver says.
        source: Box<NewSessionError>,
    },
    /// A server answered, and does not let us in.
    #[error("the CQL server at {nodes} does not let us in: {reason}")]
    Refused {
        /// The nodes asked.
        nodes: String,
        /// Why, and what to change.
        reason: String,
    },
    /// A file of TLS cannot be used.
    #[error("expected {what} at {path}, found none that can be read: {reason}", path = path.display())]
    Tls {
        /// What it should hold, and the setting that names it.
        what: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The thread pool of the driver could not be started.
    #[error("could not start the driver's threads")]
    Runtime(#[source] std::io::Error),
    /// The keyspace's name is not one that needs no quotes.
    #[error(
        "expected a keyspace of lower case letters, digits and `_`, starting with a letter, at most 48 long, found `{0}`"
    )]
    Keyspace(String),
    /// A table or column that this build needs is not there, in words that name the command that creates it.
    #[error("{0}")]
    Tables(String),
    /// A table or keyspace could not be created, or dropped.
    #[error("could not change {what}: {}", sentence(source.as_ref()))]
    Change {
        /// The statement's subject.
        what: String,
        /// What the server says.
        source: Box<ExecutionError>,
    },
    /// A statement could not be prepared.
    #[error("could not prepare `{statement}`: {}; do the tables fit this build? see `lotstream tables check`", sentence(source.as_ref()))]
    Prepare {
        /// The statement.
        statement: String,
        /// What the server says.
        source: Box<PrepareError>,
    },
    /// What the server has could not be read.
    #[error("could not read {what}: {}", sentence(source.as_ref()))]
    Read {
        /// What was asked for.
        what: String,
        /// What the driver says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ScyllaError {
    /// Whether it may pass by itself: the store does not answer, or did not answer all that was asked. Tables
    /// that are missing do not come by waiting.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Read { .. })
    }

    /// A failed read of `what`.
    pub(crate) fn read(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Read { what: what.into(), source: source.into() }
    }
}
