//! What ends a command early: what was expected, what was found, where, and what to do next.

use std::path::{Path, PathBuf};
use thiserror::Error;

/// A command that could not do what it was asked.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// A file or directory that cannot be read or written.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    File {
        /// `read`, `write`, `make`.
        what: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A programme with mistakes; they are printed one by one.
    #[error("{0}")]
    Programme(String),
    /// Nobody reads standard output any more. No mistake: nothing is said of it.
    #[error("expected standard output to be read to its end, it was closed")]
    Closed,
    /// Anything else, said in full.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// A closure that says which file an error is about.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }
}

/// Any error, said in full.
pub(crate) fn other(error: impl std::fmt::Display) -> Failure {
    Failure::Other(error.to_string())
}
