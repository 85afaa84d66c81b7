//! Structured logs on standard error: text for people, one JSON object a line for machines.
//!
//! An event is one line, whatever stands in it: what would break the line, or a terminal, is escaped on its way out. So
//! nobody who has a say in a text (a partner's id, a broker's answer) can write lines of their own.

use std::io::{self, Write};
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
    let lines = tracing_subscriber::fmt().with_env_filter(parse(filter)?).with_writer(|| Lines(io::stderr()));
    match format {
        LogFormat::Text => lines.finish().try_init()?,
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init()?,
    }
    Ok(())
}

/// Takes whole events, each with the end of its line.
struct Lines<W>(W);

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        if line.chars().any(is_hidden) {
            let escaped: String = line.chars().map(escaped).collect();
            self.0.write_all(format!("{escaped}\n").as_bytes())?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Whether a character shows nothing, ends a line, or changes how the text around it is shown.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// As JSON has it, so that a line of JSON stays one.
fn escaped(c: char) -> String {
    match c {
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        c if is_hidden(c) => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What comes out, as a file would have it.
    #[derive(Clone, Default)]
    struct Out(Arc<Mutex<Vec<u8>>>);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const EVIL: &str =
        "id-1\n2026-01-01T00:00:00Z ERROR forged\r\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}txt\u{2028}x";

    fn logged(format: LogFormat) -> String {
        let out = Out::default();
        let writer = out.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || Lines(writer.clone()));
        let log = || {
            // Shown in every way a field may be, and in the message itself.
            tracing::warn!(error = %EVIL, detail = EVIL, topic = ?EVIL, "{EVIL}");
        };
        match format {
            LogFormat::Text => tracing::subscriber::with_default(lines.finish(), log),
            LogFormat::Json => {
                tracing::subscriber::with_default(lines.json().flatten_event(true).finish(), log);
            }
        }
        let out = out.0.lock().unwrap().clone();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_text_from_outside_makes_no_line_of_its_own_and_moves_no_terminal() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let out = logged(format);
            assert_eq!(out.lines().count(), 1, "{out}");
            assert!(!out.trim_end_matches('\n').chars().any(is_hidden), "{out:?}");
            assert!(out.contains("forged") && out.contains("\\u001b"), "{out}");
        }
    }

    #[test]
    fn a_line_of_json_stays_json_and_says_the_same() {
        let line: serde_json::Value = serde_json::from_str(&logged(LogFormat::Json)).unwrap();
        assert_eq!((line["error"].as_str(), line["message"].as_str()), (Some(EVIL), Some(EVIL)));
    }

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
