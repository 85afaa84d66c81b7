//! Standard output, that somebody may close early: `lotstream settle … | head` ends quietly, with 141 as a program does
//! that is stopped by SIGPIPE. The one place where anything is printed there.

use crate::failure::{Failure, other};
use std::io::{ErrorKind, Write};

/// Prints `text` and a line end.
///
/// # Errors
/// A disk that is full, and the like; [`Failure::Closed`] where nobody reads on.
pub(crate) fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::Closed),
        result => result.map_err(other),
    }
}
