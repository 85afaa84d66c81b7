//! The store on ScyllaDB or Cassandra: rows as typed columns, written after the log committed them.
//!
//! What holds (design §5, §9): whole rows only, each `USING TIMESTAMP` its own stamp, so the newest image wins
//! whatever the order and number of attempts; nothing is deleted, nothing is null, no mutable column is part
//! of a key. The tables are those of `deploy/cql`; no other text names a column's type.

mod columns;
mod commit_log;
mod config;
mod error;
mod fault;
#[cfg(test)]
mod format;
mod nested;
#[cfg(test)]
mod older;
mod points;
mod read;
mod refusal;
mod rows;
mod scan;
mod schema;
mod session;
#[cfg(test)]
mod shapes;
mod shared;
mod statements;
mod store;
pub mod tables;
mod tls;
mod word;
mod write;

pub use config::{Config, Consistency, Login, Names, Tls};
pub use error::ScyllaError;
pub use points::{AccountPoints, Stretch};
pub use schema::{Keyspace, Table};
pub use store::ScyllaStore;
