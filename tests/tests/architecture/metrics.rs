//! Rule: no metric but through the catalogue, and no name of one, in code, tests or pages, that it does not have.

use crate::alarms::metrics_named;
use crate::tree::{code, root, rust_files};
use std::fs;
use std::path::PathBuf;
use telemetry::catalogue;

/// How a metric is made without the catalogue.
const MADE: [&str; 6] =
    ["Opts::new(", "Counter::new(", "Gauge::new(", "Histogram::with_opts(", "::with_opts(", ".register(Box"];

#[test]
fn metrics_are_registered_from_the_catalogue_alone() {
    for (path, text) in rust_files(&root().join("services")) {
        // The one place that makes them, from the catalogue; and tests, which show theirs to nobody.
        let in_test = path.components().any(|part| part.as_os_str() == "tests");
        if in_test || path.ends_with("telemetry/src/register.rs") {
            continue;
        }
        for (number, line) in code(&text) {
            for way in MADE {
                let place = format!("{}:{number}", path.display());
                assert!(!line.contains(way), "{place}: a metric of its own; use telemetry::Register: {line}");
            }
        }
    }
}

/// A choice of the core that is a label: its variants are counted where they are declared.
#[test]
fn a_choice_of_the_core_has_no_more_words_than_its_label_allows() {
    let path = root().join("services/lib/domain/src/outcome.rs");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (choice, label) in [("OutcomeKind", "kind"), ("Reason", "reason")] {
        let body =
            text.split(&format!("pub enum {choice} {{")).nth(1).and_then(|rest| rest.split("\n}").next());
        let body = body.unwrap_or_else(|| panic!("{}: expected `pub enum {choice}`", path.display()));
        let words =
            body.lines().filter(|line| line.ends_with(',') && !line.trim_start().starts_with("//")).count();
        let most = catalogue().labels[label].most;
        assert!(
            (1..=most).contains(&words),
            "{choice} has {words} words: raise `most` of label.{label}, now {most}"
        );
    }
}

#[test]
fn every_feed_is_a_value_of_its_label_and_its_service_is_missed() {
    let feeds: Vec<&str> = feed::FEEDS.iter().map(|feed| feed.name).collect();
    assert_eq!(catalogue().labels["feed"].values, feeds);
    let page = root().join("deploy/runbook/FeedNotRunning.md");
    let page = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    for feed in feeds {
        assert!(page.contains(&format!("`lotstream {feed}`")), "deploy/runbook/FeedNotRunning.md: {feed}");
    }
}

/// Pages, settings and sources that may name metrics.
fn texts() -> Vec<(PathBuf, String)> {
    let mut texts: Vec<(PathBuf, String)> = ["services", "tests", "loadtest"]
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect();
    let pages = fs::read_dir(root().join("deploy/runbook")).expect("deploy/runbook");
    let pages = pages.map(|entry| entry.expect("an entry").path());
    for path in pages
        .chain(["README.md", "loadtest/README.md", "deploy/lotstream.toml"].map(|path| root().join(path)))
    {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        texts.push((path, text));
    }
    texts
}

#[test]
fn no_text_names_a_metric_that_is_not_there() {
    // What tests of the rule itself say.
    let nobodys = ["lotstream_feed_moods_total", "lotstream_ledger_", "lotstream_feed_", "lotstream_trace_"];
    for (path, text) in texts() {
        for name in metrics_named(&text).iter().filter(|name| !nobodys.contains(&name.as_str())) {
            let known = catalogue().metrics.contains_key(name) || name.ends_with('_');
            assert!(known, "{}: {name} is not in deploy/telemetry.toml", path.display());
        }
    }
}
