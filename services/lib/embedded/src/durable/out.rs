//! What is said, as files of `out/`: one JSON Lines file a topic, each line there once, whatever happens.
//!
//! Invariant: a line is appended only after the transaction that made it is on the disk, and stays in the outbox
//! until the file is. A file that was taken away begins anew; one that lost its end is refused.

use super::changes::Changes;
use super::error::DurableError;
use super::read::View;
use super::tables::{Table, sync_folder};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Bytes that may be in the outbox before the files are synced.
const UNSYNCED: u64 = 16 << 20;

/// Lines by topic, in the order they were said.
#[derive(Debug, Default)]
pub struct Texts(BTreeMap<String, Vec<u8>>);

impl Texts {
    /// Where to append a line of `topic`, its end included.
    pub fn topic(&mut self, topic: &str) -> &mut Vec<u8> {
        if !self.0.contains_key(topic) {
            self.0.insert(topic.to_owned(), Vec::new());
        }
        self.0.get_mut(topic).expect("a topic inserted a line above")
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (topic, text) in &self.0 {
            for part in [topic.as_bytes(), text] {
                bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
                bytes.extend_from_slice(part);
            }
        }
        bytes
    }

    fn of_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut part = || {
            let (length, rest) = bytes.split_first_chunk()?;
            let (part, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            bytes = rest;
            Some(part)
        };
        let mut texts = Self::default();
        while let Some(topic) = part() {
            texts.0.insert(String::from_utf8(topic.to_vec()).ok()?, part()?.to_vec());
        }
        bytes.is_empty().then_some(texts)
    }
}

/// A file of `out/`.
#[derive(Clone, Copy, Debug, Default)]
struct Length {
    /// Bytes ever said in the topic.
    said: u64,
    /// Of those, the ones before the beginning of the file.
    before: u64,
    synced: bool,
}

/// The folder.
#[derive(Debug)]
pub(super) struct Out {
    folder: PathBuf,
    topics: BTreeMap<String, Length>,
    /// The oldest number in the outbox, and the next.
    first: u64,
    next: u64,
    unsynced: u64,
}

impl Out {
    /// Brings the files of `data/out` to what was said: cut to their noted length, then the outbox.
    pub(super) fn open(data: &Path, view: &View<'_>) -> Result<Self, DurableError> {
        let folder = data.join("out");
        fs::create_dir_all(&folder).map_err(DurableError::file(&folder, "make the folder"))?;
        let mut out = Self { folder, topics: BTreeMap::new(), first: 0, next: 0, unsynced: 0 };
        view.each(Table::Published, &[], &mut |key, value| out.cut(key, value))?;
        let mut first = None;
        view.each(Table::Outbox, &[], &mut |key, value| {
            let number = key.try_into().map(u64::from_be_bytes).ok();
            let (Some(number), Some(texts)) = (number, Texts::of_bytes(value)) else {
                return Err(DurableError::unreadable("the outbox", "expected a number and lines by topic"));
            };
            first.get_or_insert(number);
            out.next = number + 1;
            for topic in texts.0.keys() {
                out.begin(topic)?;
            }
            out.append(&texts)
        })?;
        out.first = first.unwrap_or(out.next);
        Ok(out)
    }

    /// Cuts the file of a topic to the length noted for it.
    fn cut(&mut self, topic: &[u8], value: &[u8]) -> Result<(), DurableError> {
        let topic = String::from_utf8_lossy(topic).into_owned();
        let lengths = value.split_first_chunk().zip(value.last_chunk());
        let Some(((said, _), before)) = lengths else {
            return Err(DurableError::unreadable("a file's length", "expected 16 bytes"));
        };
        let mut length =
            Length { said: u64::from_be_bytes(*said), before: u64::from_be_bytes(*before), synced: true };
        let path = self.path(&topic);
        match fs::metadata(&path).map(|found| found.len()) {
            Ok(found) if found < length.said - length.before => {
                return Err(DurableError::Refused(format!(
                    "{}: expected at least {} bytes, found {found}: its end was cut off; put it back, or take it \
                     away whole and a new one begins",
                    path.display(),
                    length.said - length.before
                )));
            }
            Ok(found) if found > length.said - length.before => {
                let file = File::options().write(true).open(&path);
                let cut = file.and_then(|file| file.set_len(length.said - length.before));
                cut.map_err(DurableError::file(&path, "cut off what was not finished"))?;
            }
            Ok(_) => {}
            Err(_) => length.before = length.said,
        }
        self.topics.insert(topic, length);
        Ok(())
    }

    /// A topic that has no noted length: nothing in its file is known to be ours.
    fn begin(&mut self, topic: &str) -> Result<(), DurableError> {
        if self.topics.contains_key(topic) {
            return Ok(());
        }
        let path = self.path(topic);
        File::create(&path).map_err(DurableError::file(&path, "make the file"))?;
        self.topics.insert(topic.to_owned(), Length::default());
        Ok(())
    }

    fn path(&self, topic: &str) -> PathBuf {
        self.folder.join(format!("{topic}.jsonl"))
    }

    /// Puts `texts` into the transaction that makes them.
    pub(super) fn note(&mut self, texts: &Texts, changes: &mut Changes) {
        if !texts.0.is_empty() {
            changes.put(Table::Outbox, self.next.to_be_bytes().to_vec(), texts.to_bytes());
            self.next += 1;
        }
    }

    /// Appends what was noted and is committed.
    pub(super) fn append(&mut self, texts: &Texts) -> Result<(), DurableError> {
        for (topic, text) in &texts.0 {
            self.begin(topic)?;
            let path = self.path(topic);
            let file = File::options().append(true).create(true).open(&path);
            let written = file.and_then(|mut file| file.write_all(text));
            written.map_err(DurableError::file(&path, "append"))?;
            let length = self.topics.entry(topic.clone()).or_default();
            length.said += text.len() as u64;
            length.synced = false;
            self.unsynced += text.len() as u64;
        }
        Ok(())
    }

    /// Whether enough was said to sync the files.
    pub(super) const fn is_due(&self) -> bool {
        self.unsynced >= UNSYNCED
    }

    /// Syncs the files; the outbox may then be emptied, in `changes`.
    pub(super) fn sync(&mut self, changes: &mut Changes) -> Result<(), DurableError> {
        for (topic, length) in self.topics.iter_mut().filter(|(_, length)| !length.synced) {
            let path = self.folder.join(format!("{topic}.jsonl"));
            let synced = File::open(&path).and_then(|file| file.sync_all());
            synced.map_err(DurableError::file(&path, "sync"))?;
            length.synced = true;
            let value = [length.said.to_be_bytes(), length.before.to_be_bytes()].concat();
            changes.put(Table::Published, topic.clone().into_bytes(), value);
        }
        sync_folder(&self.folder)?;
        for number in self.first..self.next {
            changes.remove(Table::Outbox, number.to_be_bytes().to_vec());
        }
        (self.first, self.unsynced) = (self.next, 0);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_from_their_bytes_and_from_no_others() {
        let mut texts = Texts::default();
        texts.topic("b").extend_from_slice(b"1\n");
        texts.topic("a").extend_from_slice(b"2\n");
        texts.topic("b").extend_from_slice(b"3\n");
        let bytes = texts.to_bytes();
        assert_eq!(Texts::of_bytes(&bytes).map(|texts| texts.0), Some(texts.0));
        assert!(Texts::of_bytes(&bytes[..bytes.len() - 1]).is_none());
    }
}
