//! Instants on the command line, and the wall clock.

use crate::failure::Failure;
use domain::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The instant an option names.
pub(crate) fn parse(option: &str, text: &str) -> Result<Timestamp, Failure> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        Failure::Other(format!(
            "{option} {text}: expected an instant such as 2026-01-31T12:00:00Z, with an offset"
        ))
    })
}

/// The wall clock, for those who are asked as of now, and for the arrival of a line.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
