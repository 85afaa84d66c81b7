//! `lotstream run` over files: every partner's answer has the shape of the topic `outcomes.<partner>`.

use crate::{folder, lotstream, printed};
use domain::event::OutcomeRecord;
use domain::outcome::{OutcomeKind, Reason};
use std::fs;
use std::process::Stdio;

const GOOD: &str = r#"{"id":"p-1","member":"m","occurred_at":"2026-03-01T12:00:00+03:00","currency":"RUB","total":"400","lines":[{"line":1,"sku":"a","quantity":"1","amount":"400"}]}"#;

#[test]
fn s27_the_outcome_of_a_bad_line_has_the_shape_of_every_other() {
    let (feeds, results) = (folder("run-feeds"), folder("run-results"));
    let bad = GOOD.replace("p-1", "p-2").replacen("\"400\"", "\"401\"", 1);
    let foreign = GOOD.replace("p-1", "p-3").replace("RUB", "EUR");
    let lines = [GOOD, &bad, r#"{"id":"p-4","memb"#, &foreign].join("\n");
    fs::write(feeds.join("purchases.shop-1.jsonl"), lines).unwrap();
    let (feeds, out) = (feeds.display().to_string(), results.display().to_string());
    let programme = "deploy/programmes/veloprobeg.toml";
    let run = ["run", "--programme", programme, "--input", &feeds, "--out", &out];
    printed(&lotstream(&run).output().unwrap());

    let text = fs::read_to_string(results.join("outcomes.shop-1.jsonl")).unwrap();
    let mut found: Vec<(String, i64, OutcomeKind, Reason)> = text
        .lines()
        .map(|line| {
            let told: OutcomeRecord =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let (source, outcome) = (told.source, told.outcome);
            (source.id.to_string(), source.offset, outcome.kind, outcome.reason)
        })
        .collect();
    found.sort();
    let dead = |id: &str, line, reason| (id.to_owned(), line, OutcomeKind::DeadLettered, reason);
    let expected = [
        ("p-1".to_owned(), 0, OutcomeKind::Applied, Reason::None),
        dead("p-2", 1, Reason::LinesDoNotAddUp),
        dead("p-3", 3, Reason::WrongCurrency),
        dead("p-4", 2, Reason::Undecodable),
    ];
    assert_eq!(found, expected);
}

#[test]
fn whoever_reads_no_further_ends_a_command_quietly() {
    let (feeds, results) = (folder("pipe-feeds"), folder("pipe-results"));
    fs::write(feeds.join("purchases.shop-1.jsonl"), GOOD).unwrap();
    let (feeds, out) = (feeds.display().to_string(), results.display().to_string());
    let programme = "deploy/programmes/veloprobeg.toml";
    for command in [
        &["run", "--programme", programme, "--input", &feeds, "--out", &out, "--json"][..],
        &["demo", "--members", "5"],
        &["programme", "check", programme],
        &["completions", "bash"],
        &["report", "all", "--from", &out, "--programme", programme],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = lotstream(command).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        // As a shell tells of SIGPIPE.
        assert_eq!((output.status.code(), told.as_str()), (Some(141), ""), "{command:?}");
    }
    assert!(results.join("summary.json").exists(), "what was done is done");
}
