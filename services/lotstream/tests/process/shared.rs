//! Limits that members share through `lotstream run` over files, in memory and in a data directory: first come, first
//! served, whichever partition an account is in, and the same however often a run is interrupted (S34).

use crate::{folder, lotstream, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const ACTIVITIES: &str = "services/lib/programme/tests/programmes/shared.toml";
const COUPONS: &str = "services/lib/programme/tests/programmes/coupons.toml";

/// Lines by their file.
type Story = Vec<(&'static str, Vec<String>)>;

fn line(id: &str, member: &str, day: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}","member":"{member}","occurred_at":"2026-02-{day}T12:00:00Z",{rest}}}"#)
}

fn card(id: &str, member: &str, day: &str, number: &str) -> String {
    let rest = format!(r#""kind":"card","attributes":[{{"name":"number","value":"{number}"}}]"#);
    line(id, member, day, &rest)
}

fn code(id: &str, member: &str, day: &str) -> String {
    line(id, member, day, r#""kind":"code","attributes":[]"#)
}

fn operator(id: &str, member: &str, day: &str, action: &str) -> String {
    line(id, member, day, &format!(r#""actor":"op","reason":"r",{action}"#))
}

/// A card for two among four, a code for three among five; two who are one person, and one who is forgotten.
fn of_activities() -> Story {
    let activities = vec![
        card("k-1", "a", "01", "4001"),
        card("k-2", "b", "01", "4001"),
        card("k-3", "c", "01", "4001"),
        card("k-1", "a", "01", "4001"),
        code("c-1", "a", "02"),
        code("c-2", "b", "02"),
        code("c-3", "c", "04"),
        code("c-4", "d", "05"),
        code("c-5", "e", "05"),
        // The place of one of the two who were one person is free.
        card("k-4", "d", "06", "4001"),
        card("k-5", "e", "06", "4001"),
    ];
    let merge = operator("mg", "b", "03", r#""action":"merge","into":"a""#);
    let erase = operator("er", "c", "05", r#""action":"erase""#);
    vec![("activities.shop.jsonl", activities), ("adjustments.care.jsonl", vec![merge, erase])]
}

fn sale(id: &str, member: &str, day: &str, attributes: &str) -> String {
    let lines =
        r#""currency":"RUB","total":"1000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"1000"}]"#;
    line(id, member, day, &format!(r#"{lines},"attributes":[{attributes}]"#))
}

/// A code for three: four who show it; one brings everything back, and the fourth has more luck.
fn of_purchases() -> Story {
    let code = r#"{"name":"coupon","value":"SPRING"}"#;
    let purchases = vec![
        sale("s-1", "a", "01", code),
        sale("s-2", "b", "01", code),
        sale("s-3", "c", "02", code),
        sale("s-4", "d", "03", code),
        sale("s-5", "d", "03", ""),
        sale("s-6", "d", "05", code),
    ];
    let back = r#""purchase":"s-2","lines":[{"line":1,"quantity":"1"}]"#;
    let merge = operator("mg", "a", "04", r#""action":"merge","into":"c""#);
    let returns = vec![line("r-1", "b", "04", back), line("r-2", "c", "06", &back.replace("s-2", "s-3"))];
    vec![
        ("purchases.shop.jsonl", purchases),
        ("returns.shop.jsonl", returns),
        ("adjustments.care.jsonl", vec![merge]),
    ]
}

fn run(programme: &str, feeds: &Path, arguments: &[&str]) -> Value {
    let mut command = lotstream(&["run", "--programme", programme, "--input", &feeds.display().to_string()]);
    command.env("LOTSTREAM_IDENTITY", "pseudonymous"); // an erasure among them
    let printed = printed(&command.args(arguments).arg("--json").output().unwrap());
    serde_json::from_str(&printed).unwrap()
}

/// What became of each event: kind, reason and points earned; of one that was parked, its later fate.
fn fates(out: &Path) -> BTreeMap<String, String> {
    let mut fates = BTreeMap::new();
    for text in fs::read_to_string(out.join("outcomes.shop.jsonl")).unwrap().lines() {
        let told: Value = serde_json::from_str(text).unwrap();
        let (id, outcome) = (told["source"]["id"].as_str().unwrap().to_owned(), &told["outcome"]);
        let word = |name: &str| outcome[name].as_str().unwrap().to_owned();
        if word("kind") != "duplicate" {
            fates.insert(id, format!("{} {} +{}", word("kind"), word("reason"), outcome["earned"]));
        }
    }
    fates
}

#[test]
fn s34_limits_are_shared_through_run_and_an_interrupted_run_ends_the_same() {
    let expected = [
        ("k-1", "applied none +1000"),
        ("k-2", "applied none +1000"),
        ("k-3", "applied limit_reached +0"),
        ("c-1", "applied none +50"),
        ("c-2", "applied none +50"),
        ("c-3", "applied none +50"),
        ("c-4", "applied limit_reached +0"),
        ("c-5", "applied limit_reached +0"),
        ("k-4", "applied none +1000"),
        ("k-5", "applied limit_reached +0"),
    ];
    ends_the_same(ACTIVITIES, "shared", of_activities, &expected);
}

#[test]
fn s34_a_coupon_is_shared_through_run_and_a_return_makes_room() {
    let expected = [
        ("s-1", "applied none +150"),
        ("s-2", "applied none +150"),
        ("s-3", "applied none +150"),
        ("s-4", "applied limit_reached +50"),
        ("s-5", "applied none +50"),
        ("r-1", "applied none +0"),
        ("s-6", "applied none +150"),
        ("r-2", "applied none +0"),
    ];
    ends_the_same(COUPONS, "coupons", of_purchases, &expected);
}

/// Whether a story comes out as expected, run as a whole and some lines at a time.
fn ends_the_same(programme: &str, name: &str, story: fn() -> Story, expected: &[(&str, &str)]) {
    let (feeds, out) = (folder(&format!("{name}-feeds")), folder(&format!("{name}-out")));
    for (name, lines) in story() {
        fs::write(feeds.join(name), lines.join("\n") + "\n").unwrap();
    }
    let whole = run(programme, &feeds, &["--out", &out.display().to_string()]);
    assert_eq!(whole["ledger"]["conserved"].as_bool(), Some(true), "{whole}");
    let expected: BTreeMap<String, String> =
        expected.iter().map(|(id, fate)| ((*id).to_owned(), (*fate).to_owned())).collect();
    assert_eq!(fates(&out), expected);
    let balances = fs::read_to_string(out.join("balances.csv")).unwrap();
    assert!(!balances.contains(":limit:"), "a limit has no balance: {balances}");

    for step in [1, 2, 5] {
        let (feeds, place) = (folder(&format!("{name}-step-feeds")), folder(&format!("{name}-step-data")));
        let data = place.join("data");
        let mut state = Value::Null;
        for lines in delivered(story()).chunks(step) {
            append(&feeds, lines);
            state = run(programme, &feeds, &["--data", &data.display().to_string()]);
        }
        assert_eq!(state["state_hash"], whole["ledger"]["state_hash"], "{step} lines at a time");
        assert_eq!(fates(&data.join("out")), fates(&out), "{step} lines at a time");
    }
}

/// The lines of the story in the order they are delivered, each with its file.
fn delivered(story: Story) -> Vec<(&'static str, String)> {
    let lines = story.into_iter().flat_map(|(name, lines)| lines.into_iter().map(move |line| (name, line)));
    let mut lines: Vec<(&str, String)> = lines.collect();
    let at = |line: &str| line.split(r#""occurred_at":""#).nth(1).unwrap()[..20].to_owned();
    lines.sort_by_key(|(name, line)| (at(line), *name));
    lines
}

fn append(feeds: &Path, lines: &[(&str, String)]) {
    for (name, text) in lines {
        let path = feeds.join(name);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}{text}\n")).unwrap();
    }
}
