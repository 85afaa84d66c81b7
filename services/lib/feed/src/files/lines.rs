//! The second pass: the lines themselves, in the canonical order.
//!
//! Opens one file at a time: a folder may hold more files than a process may open. Each keeps a piece of
//! itself in memory, together about [`MEMORY`] bytes.

use super::error::FilesError;
use super::folder::{File, list};
use super::index::{Place, add};
use crate::bad::BadInput;
use crate::convert::Converter;
use crate::origin::Origin;
use domain::{Command, Timestamp};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of all pieces together.
const MEMORY: usize = 64 << 20;
/// The smallest and the largest piece.
const PIECE: std::ops::RangeInclusive<usize> = (16 << 10)..=(1 << 20);

/// A piece of a file.
#[derive(Debug, Default)]
struct Piece {
    start: u64,
    bytes: Vec<u8>,
}

/// The lines of a folder, one after another.
#[derive(Debug)]
pub struct Lines {
    files: Vec<File>,
    pieces: Vec<Piece>,
    piece: usize,
    places: Vec<Place>,
    next: usize,
}

/// A line where it lies.
#[derive(Clone, Copy, Debug)]
pub struct Line<'l> {
    /// Its file.
    pub file: &'l File,
    /// Its number, from 0.
    pub number: i64,
    /// When it was delivered; for a line that does not say, when the one before it was.
    pub delivered_at: Timestamp,
    /// Its bytes, without the line's end.
    pub bytes: &'l [u8],
}

impl Line<'_> {
    /// The command it asks for.
    ///
    /// # Errors
    /// [`BadInput`]: the answer to this line.
    pub fn command(&self, converter: &mut Converter) -> Result<Command, BadInput> {
        self.file.feed.from_json(converter, self.bytes, &self.origin())
    }

    /// Where it comes from.
    pub fn origin(&self) -> Origin {
        Origin::line(self.file.partner.clone(), self.number)
    }
}

impl Lines {
    /// Reads the times of every line in `folder`, and nothing else yet.
    ///
    /// # Errors
    /// A folder or file that cannot be read, none at all, or a `.jsonl` of no feed.
    pub fn open(folder: &Path) -> Result<Self, FilesError> {
        let files = list(folder)?;
        let mut places = Vec::new();
        for (number, file) in (0..).zip(&files) {
            add(file, number, &mut places)?;
        }
        places.sort_unstable();
        let piece = (MEMORY / files.len()).clamp(*PIECE.start(), *PIECE.end());
        let pieces = files.iter().map(|_| Piece::default()).collect();
        Ok(Self { files, pieces, piece, places, next: 0 })
    }

    /// The files, by feed and partner.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// How many lines there are in all.
    pub const fn total(&self) -> usize {
        self.places.len()
    }

    /// The last delivery; `None` where there is no line.
    pub fn last_delivery(&self) -> Option<Timestamp> {
        self.places.last().map(|place| place.delivered_at)
    }

    /// The next line in the canonical order.
    ///
    /// # Errors
    /// A file that cannot be read any more, or that became shorter.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, FilesError> {
        let Some(place) = self.places.get(self.next).copied() else { return Ok(None) };
        self.next += 1;
        let number = place.file as usize;
        let (file, piece) = (&self.files[number], &mut self.pieces[number]);
        let bytes = piece.get(file, place.start, place.length as usize, self.piece)?;
        let number = i64::from(place.line);
        Ok(Some(Line { file, number, delivered_at: place.delivered_at, bytes }))
    }
}

impl Piece {
    /// `length` bytes from `start` on, read with what follows them where they are not here.
    fn get(&mut self, file: &File, start: u64, length: usize, piece: usize) -> Result<&[u8], FilesError> {
        let within = start.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        let within = within.filter(|from| from.saturating_add(length) <= self.bytes.len());
        let from = if let Some(from) = within {
            from
        } else {
            self.fill(file, start, length.max(piece))?;
            0
        };
        self.bytes.get(from..from + length).ok_or_else(|| {
            let shorter = std::io::ErrorKind::UnexpectedEof.into();
            FilesError::io(&file.path, "expected it to stay as it was while it is read")(shorter)
        })
    }

    fn fill(&mut self, file: &File, start: u64, length: usize) -> Result<(), FilesError> {
        let failed = || FilesError::io(&file.path, "expected to read it");
        let mut opened = fs::File::open(&file.path).map_err(failed())?;
        opened.seek(SeekFrom::Start(start)).map_err(failed())?;
        self.start = start;
        self.bytes.clear();
        opened.take(length as u64).read_to_end(&mut self.bytes).map_err(failed())?;
        Ok(())
    }
}
