//! Rule: every command that a page of `deploy/runbook` names is one that this binary understands.

use super::Cli;
use clap::Parser;
use std::fs;
use std::path::PathBuf;

/// Commands in a page: what stands between backticks and begins with the binary's name.
fn commands(page: &str) -> Vec<&str> {
    page.split('`').skip(1).step_by(2).filter(|code| code.starts_with("lotstream ")).collect()
}

fn pages() -> Vec<(PathBuf, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/runbook");
    let entries = fs::read_dir(folder).expect("deploy/runbook").map(|entry| entry.expect("an entry").path());
    entries.map(|path| (path.clone(), fs::read_to_string(path).expect("a page"))).collect()
}

#[test]
fn every_command_of_a_page_is_understood() {
    let mut count = 0;
    for (path, page) in pages() {
        for command in commands(&page) {
            if let Err(error) = Cli::try_parse_from(command.split_whitespace()) {
                panic!("{}: `{command}`: {error}", path.display());
            }
            count += 1;
        }
        // An option on its own belongs to the command before it, and is one that some command has.
        for options in page.split('`').skip(1).step_by(2).filter(|code| code.starts_with("--")) {
            let words = format!("lotstream topics create {options}");
            let parsed = Cli::try_parse_from(words.split_whitespace());
            assert!(parsed.is_ok(), "{}: `{options}`", path.display());
        }
    }
    assert!(count > 10, "expected commands in the pages, found {count}");
}

#[test]
fn a_command_that_is_none_would_be_seen() {
    assert_eq!(
        commands("run `lotstream members x` or `ls`, then `lotstream demo`."),
        ["lotstream members x", "lotstream demo"]
    );
    assert!(Cli::try_parse_from(["lotstream", "members", "x"]).is_err());
}
