//! One file that grows: its whole lines, one after another, from a place that was kept.
//!
//! Never reads a line twice and never one without its end, unless told that no more will come. A line that is too long
//! to be kept is read to its end, piece by piece, and taken by its beginning and its digest. A file that is not the
//! one that was read (shorter, or other bytes before the place) is left alone and told of.

use super::line::Line;
use domain::{Digest, Digesting, Timestamp};
use embedded::durable::Place;
use feed::files::{File, delivered_at};
use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::SystemTime;

/// Bytes read at a time.
const CHUNK: u64 = 64 << 10;
/// The longest line that is kept whole; what is too long for a record is answered as such.
const LONGEST: usize = 16 << 20;
/// Bytes that are kept of a longer one.
const BEGINNING: usize = 4 << 10;

/// A line that waits.
#[derive(Clone, Copy, Debug)]
struct Front {
    /// Its bytes, its end included; none of one that is not in the buffer to its end.
    whole: usize,
    /// Those of its content that are kept.
    content: usize,
    /// All of its content, where that is not kept.
    long: Option<(u64, Digest)>,
    delivered_at: Timestamp,
}

/// A line that is not kept, as far as it was read.
#[derive(Default)]
struct Long {
    /// Bytes of it, its end included.
    length: u64,
    digest: Digesting,
    /// The last of them.
    last: Vec<u8>,
}

impl Long {
    /// Takes what follows, to the line's end at most.
    fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        self.digest.add(bytes.strip_suffix(b"\n").unwrap_or(bytes));
        self.last.extend_from_slice(bytes);
        self.last.drain(..self.last.len().saturating_sub(CHUNK as usize));
    }

    /// Whether its end was read.
    fn has_ended(&self) -> bool {
        self.last.last() == Some(&b'\n')
    }

    fn content(&self) -> (u64, Digest) {
        (self.length - u64::from(self.has_ended()), self.digest.digest())
    }
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
    /// The line from the place on, where only its beginning is in the buffer.
    long: Option<Long>,
    /// When the file last changed, where all of it was read then.
    read_at: Option<SystemTime>,
}

impl Tail {
    /// The file from `place` on.
    pub(super) fn new(file: File, place: Place) -> Self {
        let name = Arc::from(file.name.as_str());
        Self { file, name, place, buffer: Vec::new(), from: 0, front: None, long: None, read_at: None }
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
            match self.read_on()? {
                Ok(0) => break,
                Ok(_) => {}
                Err(reason) => return Ok(Found::Refused(reason)),
            }
        }
        if ending && self.long.is_some() {
            self.set_long_front();
        } else if ending && !self.buffer[self.from..].trim_ascii().is_empty() {
            self.set_front(self.buffer.len() - self.from);
        }
        Ok(if self.front.is_some() { Found::Line } else { Found::Nothing })
    }

    /// Takes the line that waits: its number, itself, and the place behind it.
    pub(super) fn take(&mut self) -> Option<(i64, Line<'_>, Place)> {
        let Front { whole, content, long, delivered_at } = self.front.take()?;
        let (number, start) = (self.place.lines, self.from);
        self.place.delivered_at = delivered_at;
        match self.long.take() {
            // What follows it is read from the place on.
            Some(Long { length, last, .. }) => {
                self.note(length, last.len(), digest(&last));
                self.from = self.buffer.len();
            }
            None => self.advance(whole),
        }
        let bytes = &self.buffer[start..start + content];
        let line = match long {
            Some((length, digest)) => Line::Long { beginning: bytes, length, digest },
            None => Line::Whole(bytes),
        };
        Some((number, line, self.place))
    }

    /// Finds the line at the front; blank ones are passed over, and counted.
    fn find(&mut self) {
        if self.long.as_ref().is_some_and(Long::has_ended) {
            self.set_long_front();
        }
        while self.front.is_none() && self.long.is_none() {
            let Some(end) = self.buffer[self.from..].iter().position(|byte| *byte == b'\n') else { break };
            let whole = end + 1;
            if self.buffer[self.from..self.from + whole].trim_ascii().is_empty() {
                self.advance(whole);
            } else {
                self.set_front(whole);
            }
        }
        if self.front.is_none() && self.long.is_none() && self.buffer.len() - self.from > LONGEST {
            let mut long = Long::default();
            long.add(&self.buffer[self.from..]);
            self.long = Some(long);
            self.buffer.truncate(self.from + BEGINNING);
        }
    }

    fn set_front(&mut self, whole: usize) {
        let line = &self.buffer[self.from..self.from + whole];
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let (content, long) = match line.len() > LONGEST {
            true => (BEGINNING, Some((line.len() as u64, Digest::of(line)))),
            false => (line.trim_ascii_end().len(), None),
        };
        let delivered_at = delivered_at(&line[..content]).unwrap_or(self.place.delivered_at);
        self.front = Some(Front { whole, content, long, delivered_at });
    }

    fn set_long_front(&mut self) {
        let content = self.buffer.len() - self.from;
        let delivered_at = delivered_at(&self.buffer[self.from..]).unwrap_or(self.place.delivered_at);
        let long = self.long.as_ref().map(Long::content);
        self.front = Some(Front { whole: 0, content, long, delivered_at });
    }

    fn advance(&mut self, whole: usize) {
        let line = &self.buffer[self.from..self.from + whole];
        let (last, digest) = (line.len(), digest(line));
        self.from += whole;
        self.note(whole as u64, last, digest);
    }

    /// Notes the place behind a line of `whole` bytes; `digest` is that of its `last` ones.
    fn note(&mut self, whole: u64, last: usize, digest: [u8; 8]) {
        self.place.digest = digest;
        self.place.last = u32::try_from(last).unwrap_or(u32::MAX);
        self.place.start += whole;
        self.place.lines += 1;
    }

    /// Bytes from the place on that were read.
    fn read(&self) -> u64 {
        self.long.as_ref().map_or((self.buffer.len() - self.from) as u64, |long| long.length)
    }

    /// Reads what follows; how much, or why the file is not the one that was read.
    fn read_on(&mut self) -> io::Result<Result<usize, String>> {
        self.buffer.drain(..self.from);
        self.from = 0;
        let found = fs::metadata(&self.file.path)?;
        let (length, known) = (found.len(), self.place.start + self.read());
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
        let file = file.take(CHUNK);
        let read = match &mut self.long {
            Some(long) => read_to_end_of_line(file, long)?,
            None => { file }.read_to_end(&mut self.buffer)?,
        };
        self.read_at = changed_at.filter(|_| read == 0);
        Ok(Ok(read))
    }
}

/// Reads more of a line that is not kept; how much.
fn read_to_end_of_line(mut file: impl Read, long: &mut Long) -> io::Result<usize> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
    long.add(&bytes[..end]);
    Ok(end)
}

fn digest(bytes: &[u8]) -> [u8; 8] {
    let Digest(digest) = Digest::of(bytes);
    *digest.first_chunk().expect("a digest has more bytes than that")
}
