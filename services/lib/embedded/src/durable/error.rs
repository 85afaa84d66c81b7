//! What stops a durable ledger: said in full, with what to do next.

use engine::machine::Stop;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A durable ledger that cannot be opened or go on. What was committed stays as it is.
#[derive(Debug, Error)]
pub enum DurableError {
    /// Another process has it.
    #[error("{}: in use by another process; expected one at a time, stop `lotstream serve` first", .0.display())]
    Busy(PathBuf),
    /// There is none.
    #[error("{}: expected the data of a ledger, found none; `lotstream serve --data` or `lotstream restore` makes it", .0.display())]
    Absent(PathBuf),
    /// The database fails.
    #[error("{}: cannot {doing} the database: {source}", .path.display())]
    Database {
        /// Where it is.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What it says.
        source: fjall::Error,
    },
    /// A file or folder fails.
    #[error("{}: cannot {doing}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// What is there cannot be read: expected, found, and what to do.
    #[error("{0}")]
    Unreadable(String),
    /// What is asked for does not fit what is there.
    #[error("{0}")]
    Refused(String),
    /// The machine ended.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl DurableError {
    pub(super) fn file(path: &Path, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, doing, source }
    }

    pub(super) fn database(path: &Path, doing: &'static str) -> impl FnOnce(fjall::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Database { path, doing, source }
    }

    pub(super) fn unreadable(what: &str, found: impl std::fmt::Display) -> Self {
        Self::Unreadable(format!(
            "{what} of the database: {found}; start a build that knows it, or restore a backup"
        ))
    }
}
