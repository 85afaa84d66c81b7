//! Rule: the page about the protocol names functions that are there, and only the simulation takes safeguards away.

use crate::tree::{root, rust_files};
use std::collections::BTreeSet;
use std::fs;

const PAGE: &str = "services/lib/engine/PROTOCOL.md";

/// What stands between backticks in the page, file by file: each path to a `.rs`, and the functions named behind it.
fn named(page: &str) -> Vec<&str> {
    page.split('`').skip(1).step_by(2).collect()
}

/// Files a path of the page may mean: `machine/load.rs`, or `kafka/ledger/wal.rs` for one of the crate `kafka`.
fn meant(path: &str) -> Vec<String> {
    let in_crate = path.split_once('/').map(|(first, rest)| format!("services/lib/{first}/src/{rest}"));
    let in_engine = format!("services/lib/engine/src/{path}");
    let in_log = format!("services/lib/kafka/src/ledger/{path}");
    [Some(in_engine), Some(in_log), in_crate].into_iter().flatten().collect()
}

#[test]
fn every_function_and_file_of_the_protocols_page_is_there() {
    let page = fs::read_to_string(root().join(PAGE)).expect("the page");
    let crates = ["engine", "kafka", "scylla", "domain"].map(|name| root().join("services/lib").join(name));
    let code: String =
        crates.iter().flat_map(|folder| rust_files(folder)).map(|(_, text)| text + "\n").collect();
    let mut functions = 0;
    for name in named(&page) {
        if name.ends_with(".rs") {
            assert!(
                meant(name).iter().any(|path| root().join(path).is_file()),
                "{PAGE} names {name}, which is not there"
            );
            continue;
        }
        let last = name.rsplit("::").next().unwrap_or(name);
        let is_type = name.contains("::") && last.starts_with(char::is_uppercase);
        if !name.contains("::") || is_type {
            continue;
        }
        functions += 1;
        assert!(
            code.contains(&format!("fn {last}(")) || code.contains(&format!("fn {last}<")),
            "{PAGE} names {name}, and there is no such function"
        );
    }
    assert!(functions >= 10, "{PAGE} names {functions} functions, expected one for each step");
}

#[test]
fn every_place_where_a_test_may_kill_is_in_the_table() {
    let table = fs::read_to_string(root().join("services/ledger/src/failpoints.rs")).expect("the table");
    let list = table.split("= [").nth(1).and_then(|rest| rest.split("];").next()).expect("the list");
    let listed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    let mut found = BTreeSet::new();
    let files = rust_files(&root().join("services/lib"));
    for (_, text) in &files {
        found.extend(text.split("fail_point!(\"").skip(1).filter_map(|rest| rest.split('"').next()));
    }
    assert_eq!(found, listed, "the places in the code, and those of `POINTS`");
}

#[test]
fn only_the_simulation_takes_safeguards_away() {
    for folder in ["services", "loadtest", "tests"] {
        for (path, text) in rust_files(&root().join(folder)) {
            let is_there = path.starts_with(root().join("services/lib/engine"))
                || path.starts_with(root().join("tests/simulation"))
                || path.ends_with("architecture/protocol.rs");
            assert!(
                is_there || !text.contains("unguarded"),
                "{} takes safeguards away; only the simulation may",
                path.display()
            );
        }
    }
}
