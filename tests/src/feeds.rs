//! Folders of feeds: the real year by its converter, and the same events under fewer partners or in parts.
//!
//! Never invents an event: lines are moved from file to file, unchanged.

use crate::places::{repository, scratch};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A folder of `<feed>.<partner>.jsonl`, deleted at the end.
pub struct Feeds {
    folder: PathBuf,
    /// Events in it.
    pub lines: usize,
    /// Partners that publish them.
    pub partners: BTreeSet<String>,
}

/// Whose event a line is.
#[derive(Deserialize)]
struct Whose<'l> {
    #[serde(borrow)]
    member: Option<&'l str>,
}

/// Lines by file name.
pub type Files = BTreeMap<String, String>;

impl Feeds {
    /// The real year (loadtest/complete-journey) of the first households: `LOTSTREAM_E2E_HOUSEHOLDS` says how
    /// many, `all` for every one, else `usual`.
    pub fn journey(usual: usize) -> Self {
        let folder = new_folder("journey");
        let mut command = Command::new(repository().join("loadtest/complete-journey/convert"));
        command.arg("--out").arg(&folder);
        match std::env::var("LOTSTREAM_E2E_HOUSEHOLDS") {
            Ok(all) if all == "all" => {}
            Ok(number) => _ = command.args(["--households", &number]),
            Err(_) => _ = command.args(["--households", &usual.to_string()]),
        }
        let output = command.output().unwrap_or_else(|error| panic!("the converter does not start: {error}"));
        assert!(output.status.success(), "the converter: {}", String::from_utf8_lossy(&output.stderr));
        Self::of(folder)
    }

    /// These lines.
    pub fn write(files: &Files) -> Self {
        let folder = new_folder("feeds");
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for (name, lines) in files {
            let path = folder.join(name);
            fs::write(&path, lines).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        Self::of(folder)
    }

    fn of(folder: PathBuf) -> Self {
        let (mut lines, mut partners) = (0, BTreeSet::new());
        for (name, text) in read(&folder) {
            lines += text.lines().count();
            partners.extend(name.trim_end_matches(".jsonl").split_once('.').map(|(_, name)| name.to_owned()));
        }
        Self { folder, lines, partners }
    }

    /// The folder, as an argument.
    pub fn folder(&self) -> &str {
        self.folder.to_str().unwrap_or_default()
    }

    /// Its files, by name.
    pub fn files(&self) -> Files {
        read(&self.folder)
    }

    /// The partners' names.
    pub fn partners(&self) -> impl Iterator<Item = &str> {
        self.partners.iter().map(String::as_str)
    }

    /// The same events, those of all shops published by `count` chains: a shop's events stay together, so that
    /// a return finds its purchase. A deployment of few topics is made in seconds.
    #[must_use]
    pub fn under_few_partners(&self, count: usize) -> Self {
        let chain = |shop: &str| self.partners().position(|name| name == shop).unwrap_or(0) % count;
        let mut files = Files::new();
        for (name, text) in read(&self.folder) {
            let Some((feed, shop)) = name.trim_end_matches(".jsonl").split_once('.') else { continue };
            *files.entry(format!("{feed}.chain-{}.jsonl", chain(shop))).or_default() += &text;
        }
        Self::write(&files)
    }

    /// The same events in `count` folders, each with all of some members.
    pub fn parts(&self, count: usize) -> Vec<Self> {
        let mut parts = vec![Files::new(); count];
        for (name, text) in read(&self.folder) {
            for line in text.lines() {
                let whose: Whose<'_> = serde_json::from_str(line).unwrap_or(Whose { member: None });
                let member = whose.member.unwrap_or_default().bytes().map(usize::from).sum::<usize>();
                let file = parts[member % count].entry(name.clone()).or_default();
                file.push_str(line);
                file.push('\n');
            }
        }
        parts.iter().map(Self::write).collect()
    }

    /// The same events in `count` folders, each with the next share of every feed.
    pub fn stretches(&self, count: usize) -> Vec<Self> {
        let mut parts = vec![Files::new(); count];
        for (name, text) in read(&self.folder) {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            for (part, lines) in parts.iter_mut().zip(lines.chunks(lines.len().div_ceil(count).max(1))) {
                part.insert(name.clone(), lines.concat());
            }
        }
        parts.iter().map(Self::write).collect()
    }
}

impl Drop for Feeds {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn new_folder(what: &str) -> PathBuf {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = scratch().join(format!("{what}-{}-{number}", std::process::id()));
    fs::create_dir_all(scratch()).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    folder
}

fn read(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap_or_else(|error| panic!("{error}")).path());
    let text = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.to_owned();
        Some((name, fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))))
    };
    let feeds = paths.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    feeds.filter_map(text).collect()
}
