//! What `run` and `serve` write: the files of a directory by the topic they hold, whatever was put behind their names.

use crate::entries::each_line;
use crate::failure::{Failure, other};
use domain::entry::Entry;
use domain::event::OutcomeRecord;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// The files of a directory, in the order of their names.
pub(crate) struct Folder {
    files: Vec<(String, PathBuf)>,
}

impl Folder {
    /// Lists `directory`; there must be entries in it.
    pub(crate) fn open(directory: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(Failure::file("read", directory))? {
            let path = entry.map_err(Failure::file("read", directory))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.contains(".jsonl") {
                files.push((name.to_owned(), path));
            }
        }
        files.sort();
        let folder = Self { files };
        if folder.of("ledger-entries.").next().is_none() {
            let expected = "expected ledger-entries.jsonl, as `lotstream run --out` writes it, found none";
            return Err(other(format!("{}: {expected}", directory.display())));
        }
        Ok(folder)
    }

    fn of<'f>(&'f self, topic: &'static str) -> impl Iterator<Item = &'f Path> {
        self.files.iter().filter(move |(name, _)| name.starts_with(topic)).map(|(_, path)| path.as_path())
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
