//! A ledger in a data directory: the process that serves it, and what it leaves there.

use crate::places::{binary, repository, scratch};
use crate::service::Service;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// A data directory, gone when dropped.
pub struct Shop {
    folder: PathBuf,
}

impl Default for Shop {
    fn default() -> Self {
        Self::new()
    }
}

impl Shop {
    /// A name for a data directory that is not there yet.
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = scratch().join(format!("shop-{}-{number}", std::process::id()));
        fs::create_dir_all(scratch()).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self { folder }
    }

    /// The directory, as an argument.
    pub fn data(&self) -> &str {
        self.folder.to_str().unwrap_or_default()
    }

    /// A file beside the directory.
    pub fn beside(&self, what: &str) -> PathBuf {
        PathBuf::from(format!("{}.{what}", self.folder.display()))
    }

    /// A command of the binary, under the bicycle shop's programme where it wants one.
    pub fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(binary());
        command.arg(verb);
        if verb == "serve" || verb == "run" {
            command.arg("--programme").arg(repository().join("deploy/programmes/veloprobeg.toml"));
        }
        command.args(["--data", self.data()]);
        command
    }

    /// Serves it over a folder of feeds.
    pub fn serve(&self, feeds: &str, clock: &str) -> Service {
        let mut command = self.command("serve");
        command.args(["--feeds", feeds, "--clock", clock]);
        Service::start("serve".into(), command, self.beside("log"))
    }

    /// Runs a command to its good end; what it printed.
    pub fn told(&self, command: &mut Command) -> String {
        let Output { status, stdout, stderr } =
            command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, said) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success(), "{command:?} ended with {status}:\n{out}\n{said}");
        out.into_owned()
    }

    /// Its totals as of its last decision, served or not.
    pub fn state(&self) -> Value {
        let mut command = Command::new(binary());
        command.args(["state", "hash", "--json", "--data", self.data()]);
        let told = self.told(&mut command);
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("expected JSON, found {told}: {error}"))
    }

    /// What was said: the files of `out/`.
    pub fn out(&self) -> BTreeMap<String, Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.folder.join("out")) else { return BTreeMap::new() };
        let paths = entries.map(|entry| entry.unwrap_or_else(|error| panic!("{error}")).path());
        paths
            .filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), fs::read(&path).ok()?)))
            .collect()
    }

    /// How many bytes were said.
    pub fn said(&self) -> u64 {
        let Ok(entries) = fs::read_dir(self.folder.join("out")) else { return 0 };
        let found = entries.flatten().filter_map(|entry| entry.metadata().ok());
        found.filter(|found| found.is_file()).map(|found| found.len()).sum()
    }

    /// Lines of one file of `out/`.
    pub fn lines(&self, topic: &str) -> Vec<String> {
        let path = self.folder.join("out").join(format!("{topic}.jsonl"));
        let text = fs::read_to_string(path).unwrap_or_default();
        // The last one may be on its way: it is none before it has ended.
        text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')).map(str::to_owned).collect()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        for what in ["log", "backup"] {
            let _ = fs::remove_file(self.beside(what));
        }
    }
}
