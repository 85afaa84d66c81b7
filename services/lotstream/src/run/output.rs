//! The output topics as files: one JSON Lines file a topic, one JSON object a record.

use crate::books::Said;
use crate::failure::Failure;
use crate::voice::{self, BadLine};
use domain::Event;
use feed::BadInput;
use feed::files::Line;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// All files of a run while they are written.
pub(crate) struct Output {
    directory: PathBuf,
    files: BTreeMap<String, Topic>,
}

struct Topic {
    path: PathBuf,
    file: BufWriter<File>,
    records: u64,
}

const BUFFER: usize = 1 << 18;

impl Output {
    /// Makes the directory, and removes the outcomes an earlier run left in it: other partners may have answered there.
    pub(crate) fn create(directory: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory).map_err(Failure::file("make", directory))?;
        for entry in std::fs::read_dir(directory).map_err(Failure::file("read", directory))? {
            let path = entry.map_err(Failure::file("read", directory))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.starts_with("outcomes.") && name.ends_with(".jsonl") {
                std::fs::remove_file(&path).map_err(Failure::file("remove", &path))?;
            }
        }
        let mut output = Self { directory: directory.to_owned(), files: BTreeMap::new() };
        for topic in [
            "ledger-entries",
            "redemption-decisions",
            "tier-changes",
            "notification-requests",
            "dead-letters",
        ] {
            output.topic(topic)?;
        }
        Ok(output)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes what the ledger said.
    pub(crate) fn said(&mut self, said: &Said) -> Result<(), Failure> {
        let topic = self.topic(&voice::topic(said))?;
        topic.records += 1;
        voice::write(said, &mut topic.file).map_err(Failure::file("write", &topic.path))
    }

    /// Writes a line that could not become a command, as it was, and the answer to its partner where an id
    /// can be read.
    pub(crate) fn bad_input(&mut self, line: &Line, bad: &BadInput) -> Result<(), Failure> {
        if let Some(outcome) = bad.outcome(line.file.feed, &line.origin(), line.delivered_at) {
            self.said(&Said::Event(Event::Outcome(outcome)))?;
        }
        let letter = BadLine::new(line.file, line.number, line.bytes, bad).json();
        self.write(voice::DEAD_LETTERS, &letter)
    }

    fn write(&mut self, topic: &str, line: &str) -> Result<(), Failure> {
        let topic = self.topic(topic)?;
        topic.records += 1;
        writeln!(topic.file, "{line}").map_err(Failure::file("write", &topic.path))
    }

    fn topic(&mut self, name: &str) -> Result<&mut Topic, Failure> {
        if !self.files.contains_key(name) {
            let path = self.directory.join(format!("{name}.jsonl"));
            let file = File::create(&path).map_err(Failure::file("write", &path))?;
            let file = BufWriter::with_capacity(BUFFER, file);
            self.files.insert(name.to_owned(), Topic { path, file, records: 0 });
        }
        Ok(self.files.get_mut(name).expect("a file opened a line above"))
    }

    /// Flushes every file; the records of each topic, those of all partners' outcomes together.
    pub(crate) fn finish(self) -> Result<BTreeMap<String, u64>, Failure> {
        let mut records = BTreeMap::new();
        for (name, mut topic) in self.files {
            topic.file.flush().map_err(Failure::file("write", &topic.path))?;
            let name = if name.starts_with("outcomes.") { "outcomes".to_owned() } else { name };
            *records.entry(name).or_default() += topic.records;
        }
        Ok(records)
    }
}
