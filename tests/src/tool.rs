//! The binary's tools over files: no servers, no setting of the environment these tests run in.

use crate::places::{binary, repository};
use serde_json::Value;
use std::process::{Command, Output};

/// What it answers.
pub fn answer(arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LOTSTREAM_")) {
        command.env_remove(name);
    }
    let output = command.args(arguments).current_dir(repository()).output();
    output.unwrap_or_else(|error| panic!("lotstream does not start: {error}"))
}

/// What it prints, after a good end.
///
/// # Panics
/// Where it fails, with what it said.
pub fn printed(arguments: &[&str]) -> String {
    let output = answer(arguments);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "lotstream {}: {}\n{said}{told}", arguments.join(" "), output.status);
    said.into_owned()
}

/// The same as JSON.
///
/// # Panics
/// Where it is none.
pub fn json(arguments: &[&str]) -> Value {
    let printed = printed(arguments);
    serde_json::from_str(&printed)
        .unwrap_or_else(|error| panic!("{}: {error}\n{printed}", arguments.join(" ")))
}
