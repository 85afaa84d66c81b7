//! The output topics as files: one JSON Lines file a topic, one JSON object a record.

use crate::books::Said;
use crate::failure::Failure;
use domain::{Event, Name};
use feed::BadInput;
use feed::files::Line;
use serde::Serialize;
use std::borrow::Cow;
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

/// A line of a feed that could not become a command.
#[derive(Serialize)]
struct BadLine<'a> {
    reason: &'a str,
    text: &'a str,
    feed: &'a str,
    partner: &'a str,
    line: i64,
    id: Option<&'a Name>,
    original: Cow<'a, str>,
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
        match said {
            Said::Event(Event::Entry(entry)) => self.write("ledger-entries", entry),
            Said::Event(Event::Decision(decision)) => self.write("redemption-decisions", decision),
            Said::Event(Event::Tier(change)) => self.write("tier-changes", change),
            Said::Event(Event::Notice(notice)) => self.write("notification-requests", notice),
            Said::Event(Event::Outcome(outcome)) => {
                let topic = format!("outcomes.{}", outcome.source.partner);
                self.write(&topic, outcome)
            }
            Said::DeadLetter(letter) => self.write("dead-letters", letter),
        }
    }

    /// Writes a line that could not become a command, as it was, and the answer to its partner where an id
    /// can be read.
    pub(crate) fn bad_input(&mut self, line: &Line, bad: &BadInput) -> Result<(), Failure> {
        let letter = BadLine {
            reason: bad.code.as_str(),
            text: &bad.text,
            feed: line.file.feed.name,
            partner: line.file.partner.as_str(),
            line: line.number,
            id: bad.id.as_ref(),
            original: String::from_utf8_lossy(line.bytes),
        };
        if let Some(outcome) = bad.outcome(line.file.feed, &line.origin(), line.delivered_at) {
            self.said(&Said::Event(Event::Outcome(outcome)))?;
        }
        self.write("dead-letters", &letter)
    }

    fn write<T: Serialize>(&mut self, topic: &str, record: &T) -> Result<(), Failure> {
        let topic = self.topic(topic)?;
        topic.records += 1;
        let written = serde_json::to_writer(&mut topic.file, record).map_err(std::io::Error::from);
        written.and_then(|()| topic.file.write_all(b"\n")).map_err(Failure::file("write", &topic.path))
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
