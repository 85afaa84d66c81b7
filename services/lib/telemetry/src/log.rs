//! Structured logs on standard error: text for people, one JSON object a line for machines.

use std::str::FromStr;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// How a log line looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("expected `text` or `json`, found `{other}`")),
        }
    }
}

/// Logs that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A filter that cannot be read.
    #[error("expected a filter such as `info` or `warn,feed=debug`, found `{filter}`: {reason}")]
    Filter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        reason: String,
    },
    /// They were set up before.
    #[error("expected to set up logs once: {0}")]
    Twice(#[from] TryInitError),
}

/// Whether `filter` can be read, such as `info` or `warn,feed=debug`.
///
/// # Errors
/// [`LogError::Filter`].
pub fn check_filter(filter: &str) -> Result<(), LogError> {
    parse(filter).map(|_| ())
}

fn parse(filter: &str) -> Result<EnvFilter, LogError> {
    let failed = |reason: String| LogError::Filter { filter: filter.to_owned(), reason };
    if filter.trim().is_empty() {
        return Err(failed("it is empty".into()));
    }
    EnvFilter::builder().parse(filter).map_err(|error| failed(error.to_string()))
}

/// Sends the process's logs to standard error, those that pass `filter`.
///
/// # Errors
/// A filter that cannot be read; logs that were set up before.
pub fn init(format: LogFormat, filter: &str) -> Result<(), LogError> {
    let lines = tracing_subscriber::fmt().with_env_filter(parse(filter)?).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.finish().try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!("json".parse(), Ok(LogFormat::Json));
        assert_eq!(LogFormat::from_str("xml").unwrap_err(), "expected `text` or `json`, found `xml`");
        let expected = "expected a filter such as `info` or `warn,feed=debug`, found ";
        for filter in ["", "feed=loudly"] {
            let text = parse(filter).unwrap_err().to_string();
            assert!(text.starts_with(&format!("{expected}`{filter}`: ")), "{text}");
        }
    }
}
