//! One file that grows: its whole lines, one after another, from a place that was kept.
//!
//! Never reads a line twice and never one without its end, unless told that no more will come. A file that is
//! not the one that was read (shorter, or other bytes before the place) is left alone and told of.

use domain::{Digest, Timestamp};
use embedded::durable::Place;
use feed::files::{File, delivered_at};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes read at a time.
const CHUNK: u64 = 64 << 10;
/// The longest line that is taken for one; what is too long for a record is answered as such.
const LONGEST: usize = 16 << 20;

/// A line that waits.
#[derive(Clone, Copy, Debug)]
struct Front {
    /// Its bytes, its end included; and those of its content.
    whole: usize,
    content: usize,
    delivered_at: Timestamp,
}

/// What a look at a file finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// A line waits.
    Line,
    /// None that is whole.
    Nothing,
    /// It is not the file it was: why.
    Refused(String),
}

/// A growing file.
pub(super) struct Tail {
    /// What and whose it is.
    pub(super) file: File,
    /// Its name, under which its place is kept.
    pub(super) name: Arc<str>,
    place: Place,
    /// Bytes from the place on.
    buffer: Vec<u8>,
    from: usize,
    front: Option<Front>,
    /// When the file last changed, where all of it was read then.
    read_at: Option<SystemTime>,
}

impl Tail {
    /// The file from `place` on.
    pub(super) fn new(file: File, place: Place) -> Self {
        let name = Arc::from(file.name.as_str());
        Self { file, name, place, buffer: Vec::new(), from: 0, front: None, read_at: None }
    }

    /// When the line that waits was delivered.
    pub(super) fn delivered_at(&self) -> Option<Timestamp> {
        self.front.map(|front| front.delivered_at)
    }

    /// Looks for a line, reading on where none is here. `ending`: the file's end is a line's end.
    pub(super) fn look(&mut self, ending: bool) -> io::Result<Found> {
        loop {
            self.find();
            if self.front.is_some() {
                return Ok(Found::Line);
            }
            if self.buffer.len() - self.from > LONGEST {
                return Ok(Found::Refused(format!(
                    "expected a line of at most {LONGEST} bytes at byte {}, found no end of it",
                    self.place.start
                )));
            }
            match self.read_on()? {
                Ok(0) => break,
                Ok(_) => {}
                Err(reason) => return Ok(Found::Refused(reason)),
            }
        }
        if ending && !self.buffer[self.from..].trim_ascii().is_empty() {
            self.set_front(self.buffer.len() - self.from);
            return Ok(Found::Line);
        }
        Ok(Found::Nothing)
    }

    /// Takes the line that waits: its number, its bytes, and the place behind it.
    pub(super) fn take(&mut self) -> Option<(i64, &[u8], Place)> {
        let Front { whole, content, delivered_at } = self.front.take()?;
        let (number, start) = (self.place.lines, self.from);
        self.place.delivered_at = delivered_at;
        self.advance(whole);
        Some((number, &self.buffer[start..start + content], self.place))
    }

    /// Finds the line at the front; blank ones are passed over, and counted.
    fn find(&mut self) {
        while self.front.is_none() {
            let Some(end) = self.buffer[self.from..].iter().position(|byte| *byte == b'\n') else { return };
            let whole = end + 1;
            if self.buffer[self.from..self.from + whole].trim_ascii().is_empty() {
                self.advance(whole);
            } else {
                self.set_front(whole);
            }
        }
    }

    fn set_front(&mut self, whole: usize) {
        let content = self.buffer[self.from..self.from + whole].trim_ascii_end();
        let delivered_at = delivered_at(content).unwrap_or(self.place.delivered_at);
        self.front = Some(Front { whole, content: content.len(), delivered_at });
    }

    fn advance(&mut self, whole: usize) {
        let line = &self.buffer[self.from..self.from + whole];
        self.place.digest = digest(line);
        self.place.last = u32::try_from(whole).unwrap_or(u32::MAX);
        self.place.start += whole as u64;
        self.place.lines += 1;
        self.from += whole;
    }

    /// Reads what follows; how much, or why the file is not the one that was read.
    fn read_on(&mut self) -> io::Result<Result<usize, String>> {
        self.buffer.drain(..self.from);
        self.from = 0;
        let found = fs::metadata(&self.file.path)?;
        let (length, known) = (found.len(), self.place.start + self.buffer.len() as u64);
        if length < known {
            self.read_at = None;
            return Ok(Err(format!("expected at least {known} bytes, found {length}")));
        }
        // A file that did not change since is not opened again.
        let changed_at = found.modified().ok();
        if length == known && changed_at.is_some() && self.read_at == changed_at {
            return Ok(Ok(0));
        }
        let mut file = fs::File::open(&self.file.path)?;
        let last = u64::from(self.place.last);
        file.seek(SeekFrom::Start(self.place.start - last))?;
        let mut read = Vec::new();
        file.by_ref().take(last).read_to_end(&mut read)?;
        if last > 0 && digest(&read) != self.place.digest {
            self.read_at = None;
            return Ok(Err(format!(
                "expected line {} before byte {} as it was read, found other bytes",
                self.place.lines, self.place.start
            )));
        }
        file.seek(SeekFrom::Start(known))?;
        let read = file.take(CHUNK).read_to_end(&mut self.buffer)?;
        self.read_at = changed_at.filter(|_| read == 0);
        Ok(Ok(read))
    }
}

fn digest(bytes: &[u8]) -> [u8; 8] {
    let Digest(digest) = Digest::of(bytes);
    *digest.first_chunk().expect("a digest has more bytes than that")
}
