//! S07, S27: the answer to an event is its receipt: points earned or taken back, both balances, and why where refused.

use crate::Ran;
use domain::entry::{Entry, EntryKind};
use domain::event::OutcomeRecord;
use domain::outcome::{OutcomeKind, Reason};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn records<T: DeserializeOwned>(folder: &Path, begins: &str) -> Vec<T> {
    let files = fs::read_dir(folder).expect("a run").map(|entry| entry.expect("a file"));
    let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with(begins));
    let texts = ours.map(|file| fs::read_to_string(file.path()).expect("a text"));
    let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    texts.flat_map(|text| text.lines().map(read).collect::<Vec<T>>()).collect()
}

/// Total, available and debt of every account at the end.
fn balances(run: &Path) -> BTreeMap<String, [i64; 3]> {
    let text = fs::read_to_string(run.join("balances.csv")).expect("balances.csv");
    let account = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let figure = |column: usize| cells[column].parse().expect("a figure");
        (cells[0].to_owned(), [figure(2), figure(3), figure(8)])
    };
    text.lines().skip(1).map(account).collect()
}

#[test]
fn s07_s27_every_answer_carries_points_both_balances_and_the_reason() {
    let ran = Ran::new(11);
    let answers: Vec<OutcomeRecord> = records(&ran.out, "outcomes.");
    let (mut earned, mut taken_back, mut refused) = (0, 0, 0);
    let mut last: BTreeMap<String, &OutcomeRecord> = BTreeMap::new();
    for answer in &answers {
        let outcome = &answer.outcome;
        match outcome.kind {
            OutcomeKind::Applied => {
                earned += outcome.earned.get();
                taken_back += outcome.clawed_back.get();
            }
            OutcomeKind::Rejected => {
                assert_ne!(outcome.reason, Reason::None, "S27: {answer:?}");
                refused += 1;
            }
            _ => {}
        }
        assert!(answer.available <= answer.total, "S07: {answer:?}");
        let known = last.entry(answer.entity.to_string()).or_insert(answer);
        if answer.at >= known.at {
            *known = answer;
        }
    }
    assert!(refused > 100, "only {refused} refused");

    // What rating a late receipt changed of other purchases is in no answer of theirs: it is in the entries.
    let entries: Vec<Entry> = records(&ran.out, "ledger-entries.");
    let raised: i64 =
        entries.iter().filter(|entry| entry.kind == EntryKind::Raise).map(|entry| entry.points.get()).sum();
    let figure = |name: &str| ran.summary["ledger"][name].as_i64().expect("a figure");
    assert_eq!(earned + raised, figure("issued"), "S05: what answers said was earned, and what was raised");
    assert_eq!(taken_back, figure("clawed_back"), "S05: what answers said was taken back");

    // The last event of everybody is a sale, so its receipt shows what they have in the end.
    for (account, expected) in balances(&ran.out) {
        let answer = last[&account];
        let shown = [answer.total, answer.available, answer.debt].map(domain::Points::get);
        assert_eq!(shown, expected, "S07: the last receipt of {account}");
    }
}
