//! The first pass: where every line lies and when it was delivered. Reads times and skips the rest.

use super::error::FilesError;
use super::folder::File;
use chrono::DateTime;
use domain::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::fs;
use std::io::{BufRead, BufReader};

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

/// The times of a line, and nothing of the rest.
#[derive(Deserialize)]
struct Times<'a> {
    #[serde(borrow)]
    occurred_at: Cow<'a, str>,
    #[serde(borrow, default)]
    delivered_at: Option<Cow<'a, str>>,
}

/// When the line was delivered, where it says so.
fn delivered_at(line: &[u8]) -> Option<Timestamp> {
    let times: Times<'_> = serde_json::from_slice(line).ok()?;
    let text = times.delivered_at.unwrap_or(times.occurred_at);
    Some(Timestamp(DateTime::parse_from_rfc3339(&text).ok()?.timestamp_millis()))
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
