//! A watched folder: of all lines that wait in its files, the one delivered first comes next; at one instant, by
//! feed and partner, names bytewise (design §6).
//!
//! The order depends on nothing but the files and the places they are read to, so a run that was ended and goes
//! on decides as one that was not.

use super::line::Reader;
use super::tail::{Found, Tail};
use crate::failure::{Failure, other};
use domain::{Name, Timestamp};
use embedded::durable::{Arrived, Durable};
use feed::files::File;
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The line that waits in a file, in the order of its turn.
type Head = Reverse<(Timestamp, &'static str, Name, usize)>;

/// The folder.
pub(super) struct Folder {
    path: PathBuf,
    known: BTreeSet<PathBuf>,
    tails: Vec<Tail>,
    /// Files in which no line waited when they were looked at.
    idle: Vec<usize>,
    /// Files that are not what they were, told of once.
    refused: BTreeSet<usize>,
    /// Files that are of no feed.
    overlooked: usize,
    heads: BinaryHeap<Head>,
}

impl Folder {
    /// The folder at `path`; nothing is read yet.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        if !path.is_dir() {
            return Err(other(format!(
                "{}: expected a folder of feeds, found none; make it, or name another",
                path.display()
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            known: BTreeSet::new(),
            tails: Vec::new(),
            idle: Vec::new(),
            refused: BTreeSet::new(),
            overlooked: 0,
            heads: BinaryHeap::new(),
        })
    }

    /// Whether every file in it is read.
    pub(super) fn is_whole(&self) -> bool {
        self.overlooked == 0 && self.refused.is_empty()
    }

    /// Looks for new files, and for new lines in those that had none.
    pub(super) fn look(&mut self, ending: bool, ledger: &Durable) -> Result<(), Failure> {
        let failed = || Failure::file("read", &self.path);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed())? {
            let path = entry.map_err(failed())?.path();
            if path.extension().is_some_and(|extension| extension == "jsonl") && !self.known.contains(&path) {
                found.push(path);
            }
        }
        for path in found {
            self.known.insert(path.clone());
            match File::named(path) {
                Ok(file) => {
                    let place = ledger.place(file.name.as_str()).map_err(other)?;
                    self.idle.push(self.tails.len());
                    self.tails.push(Tail::new(file, place));
                }
                Err(error) => {
                    self.overlooked += 1;
                    eprintln!("lotstream: {error}");
                }
            }
        }
        for number in std::mem::take(&mut self.idle) {
            self.look_at(number, ending);
        }
        Ok(())
    }

    /// Puts the next line of a file in its turn; a file without one is looked at again later.
    fn look_at(&mut self, number: usize, ending: bool) {
        let tail = &mut self.tails[number];
        let found = match tail.look(ending) {
            // It may come again.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Found::Nothing,
            Err(error) => Found::Refused(format!("expected lines, found that it cannot be read: {error}")),
            Ok(found) => found,
        };
        match (found, tail.delivered_at()) {
            (Found::Line, Some(at)) => {
                self.refused.remove(&number);
                self.heads.push(Reverse((at, tail.file.feed.name, tail.file.partner.clone(), number)));
            }
            (Found::Refused(reason), _) => {
                if self.refused.insert(number) {
                    eprintln!(
                        "lotstream: {}: {reason}; nothing more is read of it until that is mended: put it back as it \
                         was, and give new events in a file of another name",
                        tail.file.path.display()
                    );
                }
                self.idle.push(number);
            }
            _ => self.idle.push(number),
        }
    }

    /// The next line, as input.
    pub(super) fn next(&mut self, reader: &mut Reader) -> Option<Arrived> {
        let Reverse((.., number)) = self.heads.pop()?;
        let tail = &mut self.tails[number];
        let (file, name) = (tail.file.clone(), tail.name.clone());
        let (line, found, place) = tail.take()?;
        let arrived = reader.read(&file, 0, line, found, Some((name, place)));
        self.look_at(number, false);
        Some(arrived)
    }
}
