//! The binary as a process: what it prints, writes and ends with; on real servers where the module says so.

#![allow(clippy::unwrap_used)]

mod adjustments;
mod corrections;
mod demo;
mod durable;
mod erasure;
mod falls;
mod newcomer;
#[cfg(feature = "parquet")]
mod parquet;
mod programmes;
mod quote;
mod replay;
mod report;
mod reports;
mod run;
#[cfg(feature = "distributed")]
mod servers;
#[cfg(feature = "distributed")]
mod settings;
mod shared;
mod transfers;
#[path = "../../../../tests/src/wait.rs"]
#[allow(unreachable_pub, reason = "shared with the tests that cross crates")]
mod wait;
mod words;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The binary, without any setting of the environment these tests run in.
fn lotstream(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lotstream"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LOTSTREAM_")) {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(repository());
    command
}

/// What it printed to standard output, after a good end.
fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}: {}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A new folder of this name, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
