//! What stops a folder from being read: the disk, or a name that would be overlooked. Never a line.

use std::io;
use std::path::PathBuf;

/// A folder that cannot be read as feeds.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// The folder or a file of it cannot be read.
    #[error("{}: {doing}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What was expected.
        doing: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A file nobody would read.
    #[error("{}: expected <feed>.<partner>.jsonl with feed one of {feeds}; rename it or take it away", .path.display())]
    Name {
        /// Which.
        path: PathBuf,
        /// The feeds there are.
        feeds: String,
    },
    /// No file at all.
    #[error("{}: expected files <feed>.<partner>.jsonl with feed one of {feeds}, found none", .path.display())]
    Empty {
        /// The folder.
        path: PathBuf,
        /// The feeds there are.
        feeds: String,
    },
}

impl FilesError {
    pub(super) fn io(path: impl Into<PathBuf>, doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, doing, source }
    }
}
