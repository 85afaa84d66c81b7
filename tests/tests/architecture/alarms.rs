//! Rule: alarms, their pages and the catalogue of metrics say the same: every alarm has a page and every page an alarm,
//! an alarm looks at metrics the catalogue has and gives to it, and no page names one that is not there.

use crate::tree::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use telemetry::{Kind, catalogue};

/// What a page tells, in this order.
const HEADINGS: [&str; 4] = ["What it means", "How to see it", "What to do", "When it is over"];

/// An alarm of `deploy/alerts.yaml`.
#[derive(Default)]
struct Alarm {
    expr: String,
    page: String,
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The alarms by name. The file is written line by line, so that it can be read so.
fn alarms() -> BTreeMap<String, Alarm> {
    let (mut alarms, mut current) = (BTreeMap::new(), String::new());
    for line in read("deploy/alerts.yaml").lines() {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("- alert: ") {
            current = name.to_owned();
            assert!(alarms.insert(current.clone(), Alarm::default()).is_none(), "{current} is there twice");
        } else if let Some(alarm) = alarms.get_mut(&current) {
            if let Some(expr) = line.strip_prefix("expr: ") {
                alarm.expr = expr.to_owned();
            } else if let Some(page) = line.strip_prefix("runbook_url: ") {
                alarm.page = page.to_owned();
            }
        }
    }
    alarms
}

/// The metrics a text names, those of a histogram by its own name.
pub(crate) fn metrics_named(text: &str) -> BTreeSet<String> {
    let word = |byte: char| byte.is_ascii_alphanumeric() || byte == '_';
    let words = text.split(|byte: char| !word(byte));
    let ours = ["lotstream_ledger_", "lotstream_feed_", "lotstream_verify_", "lotstream_trace_"];
    let ours = words.filter(|word| ours.iter().any(|prefix| word.starts_with(prefix)));
    ours.map(|word| family(word).to_owned()).collect()
}

fn family(series: &str) -> &str {
    let suffixes = ["_bucket", "_sum", "_count"];
    let bases = suffixes.iter().filter_map(|suffix| series.strip_suffix(suffix));
    let histogram =
        |name: &&str| catalogue().metrics.get(*name).is_some_and(|found| found.kind == Kind::Histogram);
    bases.into_iter().find(histogram).unwrap_or(series)
}

#[test]
fn every_alarm_looks_at_metrics_that_are_given_to_it() {
    let alarms = alarms();
    assert!(alarms.len() > 10, "{}", alarms.len());
    for (name, alarm) in &alarms {
        let named = metrics_named(&alarm.expr);
        assert!(!named.is_empty(), "{name}: expected metrics in `{}`", alarm.expr);
        for metric in named {
            let known = catalogue().metrics.get(&metric);
            let known = known.unwrap_or_else(|| panic!("{name}: {metric} is not in deploy/telemetry.toml"));
            assert!(
                known.alarms.contains(name),
                "{name} looks at {metric}: name it in that metric's `alarms`"
            );
        }
    }
    for (metric, known) in &catalogue().metrics {
        for name in &known.alarms {
            let alarm =
                alarms.get(name).unwrap_or_else(|| panic!("{metric}: no alarm {name} in deploy/alerts.yaml"));
            assert!(metrics_named(&alarm.expr).contains(metric), "{name} does not look at {metric}");
        }
    }
}

#[test]
fn every_alarm_groups_and_selects_by_labels_its_metrics_have() {
    for (name, alarm) in alarms() {
        let metrics = metrics_named(&alarm.expr);
        let labels = |metric: &String| catalogue().metrics[metric].labels.iter();
        let known: BTreeSet<&str> =
            metrics.iter().flat_map(labels).map(String::as_str).chain(["le"]).collect();
        let groups = alarm.expr.split("by (").skip(1).filter_map(|rest| rest.split(')').next());
        let selectors = alarm.expr.split('{').skip(1).filter_map(|rest| rest.split('=').next());
        for label in groups.flat_map(|group| group.split(", ")).chain(selectors) {
            assert!(known.contains(label), "{name}: {label} is no label of {metrics:?}");
        }
    }
}

#[test]
fn every_alarm_has_its_page_and_every_page_its_alarm() {
    let alarms = alarms();
    for (name, alarm) in &alarms {
        assert_eq!(alarm.page, format!("deploy/runbook/{name}.md"), "{name}");
        let page = read(&alarm.page);
        assert!(page.starts_with(&format!("# {name}\n")), "{}: expected its alarm's name first", alarm.page);
        let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", alarm.page);
    }
    for entry in fs::read_dir(root().join("deploy/runbook")).expect("deploy/runbook") {
        let file = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        let name = file.strip_suffix(".md").unwrap_or(&file);
        assert!(alarms.contains_key(name), "deploy/runbook/{file} is of no alarm of deploy/alerts.yaml");
    }
}

#[test]
fn pages_link_to_pages_that_are_there() {
    for name in alarms().keys() {
        let page = read(&format!("deploy/runbook/{name}.md"));
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = root().join("deploy/runbook").join(link);
            assert!(target.exists(), "deploy/runbook/{name}.md: {link} is not there");
        }
    }
}
