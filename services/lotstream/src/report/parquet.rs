//! Parquet files for other tools: the facts as they were told, and each sheet. Money is a decimal, points are whole
//! numbers, instants are milliseconds in UTC, a share is a decimal between 0 and 1.
//!
//! Written in groups of lines, so that a file of any length needs little memory.

mod facts;
mod file;

pub(super) use facts::Facts;
