//! Standard output that somebody may close early: `lotstream settle … | head` ends quietly.

use crate::failure::{Failure, other};
use std::io::{ErrorKind, Write};

/// Prints `text` and a line end.
///
/// # Errors
/// A disk that is full, and the like. That nobody reads on is none.
pub(crate) fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(other),
    }
}
