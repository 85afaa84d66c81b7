//! What `run` and `serve` write: the files of a directory by the topic they hold, whatever was put behind their names.
//!
//! Files that were put aside and renamed (`ledger-entries.jsonl.1`, `….jsonl-20260131`) are read in the order of what is
//! in them: their names may count from the oldest or from the latest.

use crate::entries::{each_line, first_of};
use crate::failure::{Failure, other};
use domain::Timestamp;
use domain::entry::Entry;
use domain::event::OutcomeRecord;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// A file of a topic.
struct Part {
    name: String,
    /// When its first record was written; the end of time of an empty one.
    begins: Timestamp,
    path: PathBuf,
}

/// When a record was written, of whatever topic.
#[derive(Deserialize)]
struct Dated {
    /// Of an entry: *at* may be a due instant of long before.
    #[serde(default)]
    recorded_at: Option<Timestamp>,
    at: Timestamp,
}

/// What a report reads.
const TOPICS: [&str; 3] = ["ledger-entries.", "outcomes.", "redemption-decisions."];

/// The files of a directory, in the order they were written in.
pub(crate) struct Folder {
    parts: Vec<Part>,
}

impl Folder {
    /// Lists `directory`; there must be entries in it.
    pub(crate) fn open(directory: &Path) -> Result<Self, Failure> {
        let mut parts = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(Failure::file("read", directory))? {
            let path = entry.map_err(Failure::file("read", directory))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if name.contains(".jsonl") && TOPICS.iter().any(|topic| name.starts_with(topic)) {
                let first: Option<Dated> = first_of(&path)?;
                let begins = first.map_or(Timestamp::NEVER, |it| it.recorded_at.unwrap_or(it.at));
                parts.push(Part { name, begins, path });
            }
        }
        parts.sort_by(|a, b| (a.begins, &a.name).cmp(&(b.begins, &b.name)));
        let folder = Self { parts };
        if folder.of("ledger-entries.").next().is_none() {
            let expected = "expected ledger-entries.jsonl, as `lotstream run --out` writes it, found none";
            return Err(other(format!("{}: {expected}", directory.display())));
        }
        Ok(folder)
    }

    fn of<'f>(&'f self, topic: &'static str) -> impl Iterator<Item = &'f Path> {
        self.parts.iter().filter(move |part| part.name.starts_with(topic)).map(|part| part.path.as_path())
    }

    fn each<T: DeserializeOwned>(
        &self,
        topic: &'static str,
        mut take: impl FnMut(T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.of(topic).try_for_each(|file| each_line(file, |_| true, &mut take))
    }

    /// Hands every entry to `take`.
    pub(crate) fn each_entry(&self, take: impl FnMut(Entry) -> Result<(), Failure>) -> Result<(), Failure> {
        self.each("ledger-entries.", take)
    }

    /// Hands every answer to `take`, partner by partner.
    pub(crate) fn each_outcome(
        &self,
        take: impl FnMut(OutcomeRecord) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.each("outcomes.", take)
    }

    /// Hands every decision on a step of a redemption to `take`.
    #[cfg(feature = "parquet")]
    pub(crate) fn each_decision(
        &self,
        take: impl FnMut(domain::event::RedemptionDecision) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.each("redemption-decisions.", take)
    }
}
