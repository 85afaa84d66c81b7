//! The first pass: where every line lies and when it was delivered. Reads times and skips the rest.

use super::error::FilesError;
use super::folder::File;
use chrono::DateTime;
use domain::Timestamp;
use memchr::memmem;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader};
use wire::record::Text;

/// Where a line lies. The order of the fields is the canonical order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    /// When it was delivered.
    pub(super) delivered_at: Timestamp,
    /// Which file: files stand in the order of feed and partner.
    pub(super) file: u32,
    /// Which line of it, from 0, blank ones counted.
    pub(super) line: u32,
    /// Its first byte.
    pub(super) start: u64,
    /// How many it has, line end not counted.
    pub(super) length: u32,
}

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Takes the times of a line and leaves the rest.
struct Times {
    /// Whether `delivered_at` may come: then the line is read to its end.
    whole: bool,
    occurred_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
}

impl<'de> Visitor<'de> for &mut Times {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key {
                "occurred_at" => self.occurred_at = instant(&map.next_value::<Text<'de>>()?),
                "delivered_at" => {
                    self.delivered_at = map.next_value::<Option<Text<'de>>>()?.and_then(|at| instant(&at))
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            if !self.whole && self.occurred_at.is_some() {
                break;
            }
        }
        Ok(())
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    Some(Timestamp(DateTime::parse_from_rfc3339(text).ok()?.timestamp_millis()))
}

/// When the line was delivered, where it says so as far as it can be read: `delivered_at`, or `occurred_at`.
pub fn delivered_at(line: &[u8]) -> Option<Timestamp> {
    // Behind a backslash the key may be spelt otherwise.
    let whole = memmem::find(line, b"delivered_at").is_some() || memchr::memchr(b'\\', line).is_some();
    let mut times = Times { whole, occurred_at: None, delivered_at: None };
    // Whether it is a record is not asked here.
    let _ = serde_json::Deserializer::from_slice(line).deserialize_map(&mut times);
    times.delivered_at.or(times.occurred_at)
}

/// Adds the lines of file number `number`. One whose time cannot be read takes that of the line before it:
/// it is bad input, and it came then.
pub(super) fn add(file: &File, number: u32, places: &mut Vec<Place>) -> Result<(), FilesError> {
    let failed = || FilesError::io(&file.path, "expected to read it");
    let opened = fs::File::open(&file.path).map_err(failed())?;
    let mut reader = BufReader::with_capacity(CHUNK, opened);
    let (mut text, mut start, mut before) = (Vec::new(), 0, Timestamp(0));
    for line in 0.. {
        text.clear();
        let read = reader.read_until(b'\n', &mut text).map_err(failed())?;
        if read == 0 {
            break;
        }
        let content = text.trim_ascii_end();
        if !content.is_empty() {
            before = delivered_at(content).unwrap_or(before);
            // Longer than that is bad input by its beginning alone.
            let length = u32::try_from(content.len()).unwrap_or(u32::MAX);
            places.push(Place { delivered_at: before, file: number, line, start, length });
        }
        start += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_delivered_when_it_says() {
        for (line, at) in [
            (r#"{"occurred_at":"1970-01-01T00:00:01Z","lines":[]}"#, Some(1_000)),
            (r#"{"occurred_at":"1970-01-01T00:00:01Z","delivered_at":"1970-01-01T00:00:02Z"}"#, Some(2_000)),
            (r#"{"delivered_at":"1970-01-01T00:00:02Z","occurred_at":"1970-01-01T00:00:01Z"}"#, Some(2_000)),
            (
                r#"{"occurred_at":"1970-01-01T00:00:01Z","delivered\u005fat":"1970-01-01T00:00:02Z"}"#,
                Some(2_000),
            ),
            (r#"{"occurred_at":"1970-01-01T00:00:01Z","sku":"delivered_at"}"#, Some(1_000)),
            (r#"{"occurred_at":"1970-01-01T00:00:01Z","delivered_at":null}"#, Some(1_000)),
            (r#"{"occurred_at":"1970-01-01T00:00:01Z","total":"#, Some(1_000)),
            (r#"{"sale":{"occurred_at":"1970-01-01T00:00:01Z"}}"#, None),
            (r#"{"occurred_at":"yesterday"}"#, None),
            ("", None),
        ] {
            assert_eq!(delivered_at(line.as_bytes()), at.map(Timestamp), "{line}");
        }
    }
}
