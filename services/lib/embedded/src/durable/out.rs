//! What is said, as files of `out/`: one JSON Lines file a topic, each line there once, whatever happens.
//!
//! Invariant: a line is appended only after the transaction that made it is on the disk, and stays in the outbox
//! until the file is. A file that was moved away, while it grows or while nobody writes it, is whole where it is now,
//! and a new one begins with the next line; one that lost its end is refused.

use super::changes::Changes;
use super::error::DurableError;
use super::growing::{self, Growing};
use super::read::View;
use super::tables::Table;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
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

/// What was said in a topic.
#[derive(Debug, Default)]
struct Topic {
    /// Bytes ever said in it.
    said: u64,
    /// Of those, the ones before the first byte of its file, as [`Growing::before`].
    before: i64,
    /// Its file, once it is written.
    file: Option<Growing>,
    synced: bool,
}

impl Topic {
    /// Where in its file what is said next stands; below 0 where that began later.
    fn end(&self) -> i64 {
        i64::try_from(self.said).unwrap_or(i64::MAX) - self.before
    }

    /// Checks that the file at `path` holds what surely was in it. One that is not there was taken away, and one that
    /// is empty stands in for it.
    fn check(&self, path: &Path) -> Result<(), DurableError> {
        let (found, expected) = (fs::metadata(path).map_or(0, |found| found.len()), self.end());
        if found == 0 || i64::try_from(found).is_ok_and(|found| found >= expected) {
            return Ok(());
        }
        Err(DurableError::Refused(format!(
            "{}: expected at least {expected} bytes, found {found}: its end was cut off; put it back, or take it away \
             whole and a new one begins",
            path.display()
        )))
    }
}

/// The folder.
#[derive(Debug)]
pub(super) struct Out {
    folder: PathBuf,
    topics: BTreeMap<String, Topic>,
    /// The oldest number in the outbox, and the next.
    first: u64,
    next: u64,
    /// Number of the next file.
    file: u64,
    unsynced: u64,
}

impl Out {
    /// Brings the files of `data/out` to what was said: what the outbox holds is in them.
    pub(super) fn open(data: &Path, view: &View<'_>) -> Result<Self, DurableError> {
        let folder = data.join("out");
        growing::make_folder(&folder)?;
        let mut out = Self { folder, topics: BTreeMap::new(), first: 0, next: 0, file: 0, unsynced: 0 };
        view.each(Table::Published, &[], &mut |key, value| out.learn(key, value))?;
        let mut unsaid = Texts::default();
        let mut first = None;
        view.each(Table::Outbox, &[], &mut |key, value| {
            let number = key.try_into().map(u64::from_be_bytes).ok();
            let (Some(number), Some(texts)) = (number, Texts::of_bytes(value)) else {
                return Err(DurableError::unreadable("the outbox", "expected a number and lines by topic"));
            };
            first.get_or_insert(number);
            out.next = number + 1;
            for (topic, text) in texts.0 {
                unsaid.topic(&topic).extend(text);
            }
            Ok(())
        })?;
        out.first = first.unwrap_or(out.next);
        let mut files: BTreeMap<String, Vec<Growing>> = BTreeMap::new();
        for (topic, file) in growing::all(&out.folder)? {
            out.file = out.file.max(file.number + 1);
            files.entry(topic).or_default().push(file);
        }
        let mut topics: BTreeSet<String> = out.topics.keys().chain(unsaid.0.keys()).cloned().collect();
        topics.extend(files.keys().cloned());
        for topic in topics {
            let found = files.remove(&topic).unwrap_or_default();
            out.go_on(&topic, found, unsaid.0.get(&topic).map_or(&[], Vec::as_slice))?;
        }
        Ok(out)
    }

    /// Notes how long the file of a topic surely is.
    fn learn(&mut self, topic: &[u8], value: &[u8]) -> Result<(), DurableError> {
        let topic = String::from_utf8_lossy(topic).into_owned();
        let lengths = value.split_first_chunk().zip(value.last_chunk());
        let Some(((said, _), before)) = lengths else {
            return Err(DurableError::unreadable("a file's length", "expected 16 bytes"));
        };
        let (said, before) = (u64::from_be_bytes(*said), i64::from_be_bytes(*before));
        self.topics.insert(topic, Topic { said, before, file: None, synced: true });
        Ok(())
    }

    /// Goes on with a topic: `found` are the files it had when the process ended, the last of them grew; `unsaid` is
    /// what the outbox holds of it.
    fn go_on(&mut self, name: &str, mut found: Vec<Growing>, unsaid: &[u8]) -> Result<(), DurableError> {
        let topic = self.topics.entry(name.to_owned()).or_default();
        let grew = found.pop();
        // The others were whole when that one began.
        found.into_iter().try_for_each(Growing::forget)?;
        let file = match grew {
            Some(file) => Some(file),
            None if unsaid.is_empty() => return topic.check(&growing::place(&self.folder, name)),
            None => Growing::standing(&self.folder, name, self.file, topic.before)?,
        };
        let Some(file) = file else { return self.say(name, unsaid) };
        self.file = self.file.max(file.number + 1);
        topic.before = file.before();
        topic.check(file.path())?;
        if file.length()? == 0 && topic.end() > 0 {
            file.forget()?;
            return self.say(name, unsaid);
        }
        // What was said before the file began is in the one before it.
        let earlier = file.said.saturating_sub(topic.said);
        let earlier = usize::try_from(earlier).unwrap_or(usize::MAX).min(unsaid.len());
        topic.said += earlier as u64;
        let unsaid = &unsaid[earlier..];
        let kept = file.keep(u64::try_from(topic.end()).unwrap_or(0), unsaid)?;
        topic.synced = false;
        if file.is_gone()? {
            let kept = lines(&unsaid[..kept]);
            topic.said += kept as u64;
            file.forget()?;
            return self.say(name, &unsaid[kept..]);
        }
        let written = file.open()?.write_all(&unsaid[kept..]);
        written.map_err(DurableError::file(file.place(), "append"))?;
        topic.said += unsaid.len() as u64;
        topic.file = Some(file);
        Ok(())
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
        texts.0.iter().try_for_each(|(topic, text)| self.say(topic, text))
    }

    /// Appends to the file of a topic; one that was taken away is finished, and a new one begun.
    fn say(&mut self, name: &str, text: &[u8]) -> Result<(), DurableError> {
        if text.is_empty() {
            return Ok(());
        }
        self.turn(name)?;
        let topic = self.topics.get_mut(name).expect("a topic whose file was opened a line above");
        let file = topic.file.as_ref().expect("a file opened a line above");
        let written = file.open()?.write_all(text);
        written.map_err(DurableError::file(file.place(), "append"))?;
        topic.said += text.len() as u64;
        topic.synced = false;
        self.unsynced += text.len() as u64;
        Ok(())
    }

    /// Makes sure that the file of a topic stands in its place. One that does not any more is whole then.
    fn turn(&mut self, name: &str) -> Result<(), DurableError> {
        let topic = self.topics.entry(name.to_owned()).or_default();
        let before = match topic.file.take() {
            // One that was emptied begins anew where it is.
            Some(file) if file.is_in_place()? && (file.length()? > 0 || topic.end() == 0) => {
                topic.file = Some(file);
                return Ok(());
            }
            before => before,
        };
        if let Some(before) = &before {
            before.sync()?;
        }
        let file = Growing::begin(&self.folder, name, self.file, topic.said)?;
        self.file += 1;
        topic.before = file.before();
        topic.synced = false;
        topic.file = Some(file);
        before.map_or(Ok(()), Growing::forget)
    }

    /// Whether enough was said to sync the files.
    pub(super) const fn is_due(&self) -> bool {
        self.unsynced >= UNSYNCED
    }

    /// Syncs the files; the outbox may then be emptied, in `changes`.
    pub(super) fn sync(&mut self, changes: &mut Changes) -> Result<(), DurableError> {
        let written = self.topics.iter().filter(|(_, topic)| topic.file.is_some());
        let written: Vec<String> = written.map(|(name, _)| name.clone()).collect();
        written.iter().try_for_each(|name| self.turn(name))?;
        for (name, topic) in self.topics.iter_mut().filter(|(_, topic)| !topic.synced) {
            topic.file.as_ref().map_or(Ok(()), Growing::sync)?;
            topic.synced = true;
            let value = [topic.said.to_be_bytes(), topic.before.to_be_bytes()].concat();
            changes.put(Table::Published, name.clone().into_bytes(), value);
        }
        for number in self.first..self.next {
            changes.remove(Table::Outbox, number.to_be_bytes().to_vec());
        }
        (self.first, self.unsynced) = (self.next, 0);
        Ok(())
    }

    /// Lets go of the files, once they are synced and that is committed.
    pub(super) fn close(mut self) -> Result<(), DurableError> {
        self.topics.values_mut().filter_map(|topic| topic.file.take()).try_for_each(Growing::forget)?;
        growing::remove_folder(&self.folder);
        Ok(())
    }
}

/// How many of the bytes are whole lines.
fn lines(text: &[u8]) -> usize {
    text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1)
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
