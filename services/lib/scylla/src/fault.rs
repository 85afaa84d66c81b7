//! Tells what another attempt may cure from what it never will.
//!
//! A request the server understood and refuses (a missing table, no permission), or a row this build cannot
//! read, is fatal. Everything else, a timeout above all, is an unknown outcome and tried again: harmless,
//! because every write says its own timestamp.

use engine::store::StoreError;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};
use std::error::Error;
use std::fmt::Write;

/// What a failed request for `what` means.
pub(crate) fn of(what: &str, error: &ExecutionError) -> StoreError {
    let said = sentence(error);
    if is_final(error) {
        let advice = match error {
            ExecutionError::LastAttemptError(RequestAttemptError::DbError(DbError::Unauthorized, _)) => {
                "grant this login what deploy/access.toml says"
            }
            _ => "do the tables fit? see `lotstream tables check`",
        };
        StoreError::Fatal(format!("the store refuses {what}: {said}; {advice}"))
    } else {
        StoreError::Retry(format!("the store did not answer for {what}: {said}"))
    }
}

/// A row that cannot be what this ledger wrote.
pub(crate) fn unreadable(what: &str, error: &dyn Error) -> StoreError {
    StoreError::Fatal(format!("could not read {what}: {}", sentence(error)))
}

fn is_final(error: &ExecutionError) -> bool {
    match error {
        ExecutionError::BadQuery(_)
        | ExecutionError::PrepareError(_)
        | ExecutionError::UseKeyspaceError(_) => true,
        ExecutionError::LastAttemptError(attempt) => match attempt {
            RequestAttemptError::SerializationError(_)
            | RequestAttemptError::CqlRequestSerialization(_)
            | RequestAttemptError::RepreparedIdChanged { .. }
            | RequestAttemptError::NonfinishedPagingState => true,
            RequestAttemptError::DbError(db, _) => matches!(
                db,
                DbError::SyntaxError
                    | DbError::Invalid
                    | DbError::AlreadyExists { .. }
                    | DbError::FunctionFailure { .. }
                    | DbError::Unauthorized
                    | DbError::AuthenticationError
                    | DbError::ConfigError
                    | DbError::ProtocolError
            ),
            _ => false,
        },
        _ => false,
    }
}

/// An error and what it came from, in one line.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_said = inner.to_string();
        if !said.contains(&inner_said) {
            let _ = write!(said, ": {inner_said}");
        }
        source = inner.source();
    }
    said
}
