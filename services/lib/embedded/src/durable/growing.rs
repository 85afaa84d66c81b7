//! A file of `out/` that grows, whatever its name becomes.
//!
//! It has a second name in `out/.growing`, by which it is written: who moves it away moves the first name only. So its
//! last lines get into it and on the disk wherever it is by then, before and after a crash, and none of them is said
//! again in the file that begins in its place. The second name says how much was said before the file began.

use super::error::DurableError;
use super::tables::sync_folder;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The folder of the second names.
const FOLDER: &str = ".growing";

/// A file that is written.
#[derive(Debug)]
pub(super) struct Growing {
    /// Its second name.
    path: PathBuf,
    /// Where it stands for readers, unless it was moved.
    place: PathBuf,
    /// Grows with each file that begins.
    pub(super) number: u64,
    /// Bytes that were said in the topic before it began.
    pub(super) said: u64,
    /// Bytes that were in it then: someone else's.
    held: u64,
}

/// The place of a topic's file for readers.
pub(super) fn place(out: &Path, topic: &str) -> PathBuf {
    out.join(format!("{topic}.jsonl"))
}

/// Makes the folder of the second names in `out`.
pub(super) fn make_folder(out: &Path) -> Result<(), DurableError> {
    let folder = out.join(FOLDER);
    fs::create_dir_all(&folder).map_err(DurableError::file(&folder, "make the folder"))
}

/// Removes that folder, where no file has a second name any more.
pub(super) fn remove_folder(out: &Path) {
    // One that is left is used again.
    let _ = fs::remove_dir(out.join(FOLDER));
}

/// Every file with a second name in `out`, by topic; of one topic the later ones last.
pub(super) fn all(out: &Path) -> Result<Vec<(String, Growing)>, DurableError> {
    let folder = out.join(FOLDER);
    let failed = || DurableError::file(&folder, "read the folder");
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        found.extend(name.to_str().and_then(|name| named(out, name)));
    }
    found.sort_by(|(a, one), (b, other)| (a, one.number).cmp(&(b, other.number)));
    Ok(found)
}

fn named(out: &Path, name: &str) -> Option<(String, Growing)> {
    let mut parts = name.splitn(4, '_');
    let mut next = || parts.next()?.parse::<u64>().ok();
    let (number, said, held) = (next()?, next()?, next()?);
    let topic = parts.next()?.to_owned();
    Some((topic.clone(), Growing::at(out, &topic, number, (said, held))))
}

impl Growing {
    fn at(out: &Path, topic: &str, number: u64, (said, held): (u64, u64)) -> Self {
        let path = out.join(FOLDER).join(format!("{number}_{said}_{held}_{topic}"));
        Self { path, place: place(out, topic), number, said, held }
    }

    /// Bytes of the topic before its first; below 0 where it held others when it began.
    pub(super) fn before(&self) -> i64 {
        let count = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        count(self.said) - count(self.held)
    }

    /// A file for `topic`, of which `said` bytes were said: a new one; or the one that someone put in its place,
    /// whatever is in it.
    pub(super) fn begin(out: &Path, topic: &str, number: u64, said: u64) -> Result<Self, DurableError> {
        let stands = fs::metadata(place(out, topic)).ok();
        let held = stands.as_ref().map_or(0, Metadata::len);
        let growing = Self::at(out, topic, number, (said, held));
        if stands.is_none() {
            File::create_new(&growing.path).map_err(DurableError::file(&growing.path, "make the file"))?;
            fs::hard_link(&growing.path, &growing.place)
                .map_err(DurableError::file(&growing.place, "name the file"))?;
            growing.sync_names(out)?;
            return Ok(growing);
        }
        growing.name(out)
    }

    /// The file in the place of `topic` as one that began behind `before` bytes; `None` where there is none.
    pub(super) fn standing(
        out: &Path,
        topic: &str,
        number: u64,
        before: i64,
    ) -> Result<Option<Self>, DurableError> {
        let (said, held) = (u64::try_from(before).unwrap_or(0), u64::try_from(-before).unwrap_or(0));
        let growing = Self::at(out, topic, number, (said, held));
        if growing.place.is_file() { growing.name(out).map(Some) } else { Ok(None) }
    }

    /// Gives the file in its place the second name.
    fn name(self, out: &Path) -> Result<Self, DurableError> {
        fs::hard_link(&self.place, &self.path).map_err(DurableError::file(&self.path, "name the file"))?;
        self.sync_names(out)?;
        Ok(self)
    }

    fn sync_names(&self, out: &Path) -> Result<(), DurableError> {
        sync_folder(&out.join(FOLDER))?;
        sync_folder(out)
    }

    /// Where it stands for readers, or stood.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Where it is surely found.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens it to append.
    pub(super) fn open(&self) -> Result<File, DurableError> {
        let opened = File::options().append(true).open(&self.path);
        opened.map_err(DurableError::file(&self.path, "append"))
    }

    /// Makes it surely whole, wherever it is.
    pub(super) fn sync(&self) -> Result<(), DurableError> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(DurableError::file(&self.path, "sync"))
    }

    fn metadata(&self) -> Result<Metadata, DurableError> {
        fs::metadata(&self.path).map_err(DurableError::file(&self.path, "look at"))
    }

    /// Its bytes.
    pub(super) fn length(&self) -> Result<u64, DurableError> {
        Ok(self.metadata()?.len())
    }

    /// Whether it still stands where readers look.
    pub(super) fn is_in_place(&self) -> Result<bool, DurableError> {
        let ours = self.metadata()?;
        let same = |found: Metadata| (found.dev(), found.ino()) == (ours.dev(), ours.ino());
        Ok(fs::metadata(&self.place).is_ok_and(same))
    }

    /// Whether nobody else has it: it was removed, or moved as a copy to another file system.
    pub(super) fn is_gone(&self) -> Result<bool, DurableError> {
        Ok(self.metadata()?.nlink() == 1)
    }

    /// How much of `text` it holds from byte `from` on; what else is there is cut off: a crash left it.
    pub(super) fn keep(&self, from: u64, text: &[u8]) -> Result<usize, DurableError> {
        let kept = || -> io::Result<usize> {
            let mut file = File::options().read(true).write(true).open(&self.path)?;
            file.seek(SeekFrom::Start(from))?;
            let mut found = Vec::new();
            file.by_ref().take(text.len() as u64).read_to_end(&mut found)?;
            let same = found.iter().zip(text).take_while(|(found, said)| found == said).count();
            let end = from + same as u64;
            if file.metadata()?.len() > end {
                file.set_len(end)?;
            }
            Ok(same)
        };
        kept().map_err(DurableError::file(&self.path, "cut off what was not finished"))
    }

    /// Takes its second name away.
    pub(super) fn forget(self) -> Result<(), DurableError> {
        fs::remove_file(&self.path).map_err(DurableError::file(&self.path, "remove the name"))
    }
}
