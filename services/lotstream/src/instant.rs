//! Instants on the command line.

use crate::failure::Failure;
use domain::Timestamp;

/// The instant an option names.
pub(crate) fn parse(option: &str, text: &str) -> Result<Timestamp, Failure> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        Failure::Other(format!(
            "{option} {text}: expected an instant such as 2026-01-31T12:00:00Z, with an offset"
        ))
    })
}
