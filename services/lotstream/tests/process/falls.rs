//! A grant that falls with a purchase that never comes (S22, S32), where nothing but the end of a run tells: in memory,
//! in a data directory, and beside proposed rules.

use crate::{folder, lotstream, printed, repository};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const PROGRAMME: &str = "services/lib/programme/tests/programmes/falls.toml";

/// m is granted 300 for a purchase of n, of whom nothing is ever heard.
fn feeds(name: &str) -> PathBuf {
    let feeds = folder(name);
    let attributes = r#"[{"name":"friend","member":"n"},{"name":"receipt","value":"P"}]"#;
    let line = format!(
        r#"{{"id":"a","member":"m","occurred_at":"2026-03-01T12:00:00Z","kind":"friend-bought","attributes":{attributes}}}"#
    );
    fs::write(feeds.join("activities.shop.jsonl"), line + "\n").unwrap();
    feeds
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&printed(&lotstream(arguments).output().unwrap())).unwrap()
}

fn run(feeds: &Path, rest: &[&str]) -> Value {
    let programme = repository().join(PROGRAMME).display().to_string();
    let run = ["run", "--json", "--programme", &programme, "--input", &feeds.display().to_string()];
    json(&[&run, rest].concat())
}

#[test]
fn s22_s32_what_a_purchase_that_never_comes_caused_falls_at_the_end_of_a_run() {
    let feeds = feeds("falls-feeds");
    let data = folder("falls-data").join("data").display().to_string();
    run(&feeds, &["--data", &data]);
    for (at, available) in [("2026-03-30T12:00:00Z", 300), ("2026-04-01T12:00:00Z", 0)] {
        let out = folder("falls-out");
        let ledger = &run(&feeds, &["--out", &out.display().to_string(), "--at", at])["ledger"];
        assert_eq!(ledger["buckets"]["available"], available, "{at}: {ledger}");
        let entries = fs::read_to_string(out.join("ledger-entries.jsonl")).unwrap();
        assert_eq!(entries.contains("clawback"), available == 0, "{at}: {entries}");
        let state = json(&["state", "hash", "--json", "--data", &data, "--at", at]);
        assert_eq!(state["state_hash"], ledger["state_hash"], "{at}: {state}");
    }
}

#[test]
fn s22_s32_what_a_purchase_that_never_comes_caused_is_not_earned_in_a_replay() {
    let feeds = feeds("falls-replay").display().to_string();
    let programme = repository().join(PROGRAMME).display().to_string();
    for (at, earned) in [("2026-03-30T12:00:00Z", 300), ("2026-04-01T12:00:00Z", 0)] {
        let sides = ["--programme", &programme, "--beside", &programme, "--against", &feeds];
        let sheets = json(&[&["replay", "--format", "json", "--at", at][..], &sides].concat());
        let row = &sheets[0]["rows"][0];
        assert_eq!((&row["old"], &row["new"]), (&earned.into(), &earned.into()), "{at}: {row}");
    }
}
