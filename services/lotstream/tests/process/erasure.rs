//! Activities and erasure through `lotstream run` over files: what earns, what is refused, and that an erased member is
//! nowhere but where partners' own lines are kept.

use crate::{folder, lotstream, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const KEY: &str = "a key of this test's own, thirty-two bytes";
const PROGRAMME: &str = "services/lib/programme/tests/programmes/active.toml";
const MEMBER: &str = "zaphod-4711";
const CARD: &str = "heart-of-gold-42";
const FRIEND: &str = "trillian-4712";

fn line(id: &str, day: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}","member":"{MEMBER}","occurred_at":"2026-{day}T12:00:00Z",{rest}}}"#)
}

fn sale(id: &str, day: &str, extra: &str) -> String {
    let rest =
        r#""currency":"RUB","total":"1000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"1000"}]"#;
    line(id, day, &format!("{extra}{rest}"))
}

fn write_feeds(feeds: &Path) {
    let write = |name: &str, lines: &[String]| fs::write(feeds.join(name), lines.join("\n") + "\n").unwrap();
    let of_card =
        sale("c-1", "03-01", "").replace(&format!(r#""member":"{MEMBER}""#), &format!(r#""card":"{CARD}""#));
    write(
        "purchases.shop.jsonl",
        &[
            sale("p-1", "03-01", ""),
            of_card,
            sale(&format!("receipt-{MEMBER}"), "03-02", ""),
            sale("p-2", "03-02", "").replace("RUB", "EUR"),
            format!("no record, of {MEMBER} and {CARD}"),
            sale("late", "03-02", r#""delivered_at":"2026-05-02T12:00:00Z","#),
            sale("p-3", "06-01", ""),
        ],
    );
    write("redemptions.shop.jsonl", &[line("r-1", "03-04", r#""step":"authorise","points":100"#)]);
    let activity = |id: &str, day: &str, kind: &str, attributes: &str| {
        line(id, day, &format!(r#""kind":"{kind}","attributes":[{attributes}]"#))
    };
    let friend = format!(r#"{{"name":"friend","member":"{FRIEND}"}}"#);
    write(
        "activities.shop.jsonl",
        &[
            activity("a-1", "03-02", "contest", r#"{"name":"place","value":"1"}"#),
            activity("a-2", "03-03", "birthday", r#"{"name":"on","value":"2001-05-17"}"#),
            activity("a-3", "03-03", "referral", &friend),
            activity("a-4", "03-03", "sleep", ""),
            activity("a-5", "03-03", "contest", r#"{"name":"place","value":"first"}"#),
            activity("a-6", "06-01", "registration", ""),
        ],
    );
    let erase = line("e-1", "05-10", r#""actor":"op-7","reason":"asked to","action":"erase""#);
    let of_card = erase
        .replace("e-1", "e-2")
        .replace(&format!(r#""member":"{MEMBER}""#), &format!(r#""card":"{CARD}""#));
    write("adjustments.care.jsonl", &[erase, of_card]);
}

fn run(key: Option<&str>, feeds: &Path, arguments: &[&str]) -> Command {
    let mut command = lotstream(&["run", "--programme", PROGRAMME, "--input", &feeds.display().to_string()]);
    command.args(arguments);
    if let Some(key) = key {
        command.env("LOTSTREAM_PSEUDONYM_KEY", key);
    }
    command
}

/// Files of a folder, and those in it, in which an id stands as it is or in hexadecimal digits.
fn holding(folder: &Path) -> Vec<String> {
    let ids = [MEMBER, CARD, FRIEND];
    let hex = |id: &str| id.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let needles: Vec<String> = ids.iter().flat_map(|id| [(*id).to_owned(), hex(id)]).collect();
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).to_lowercase();
            if needles.iter().any(|needle| text.contains(needle)) {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

/// What became of each event: kind, reason and points earned, the first answers and then the later ones.
fn fates(out: &Path) -> BTreeMap<String, String> {
    let mut fates = BTreeMap::new();
    for partner in ["shop", "care"] {
        for line in fs::read_to_string(out.join(format!("outcomes.{partner}.jsonl"))).unwrap().lines() {
            let told: Value = serde_json::from_str(line).unwrap();
            let (id, outcome) = (told["source"]["id"].as_str().unwrap().to_owned(), &told["outcome"]);
            let word = |name: &str| outcome[name].as_str().unwrap().to_owned();
            let fate = format!("{} {} +{}", word("kind"), word("reason"), outcome["earned"]);
            let later = if told["later"] == true { " later" } else { "" };
            fates.insert(format!("{id}{later}"), fate);
        }
    }
    fates
}

#[test]
fn activities_earn_and_an_erased_member_is_refused_and_forgotten() {
    let (feeds, out) = (folder("erase-feeds"), folder("erase-out"));
    write_feeds(&feeds);
    let path = out.display().to_string();
    let summary = printed(&run(Some(KEY), &feeds, &["--out", &path, "--json"]).output().unwrap());
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(summary["ledger"]["conserved"].as_bool(), Some(true), "{summary}");

    let expected = [
        ("a-1", "applied none +1000"),
        ("a-2", "applied none +2000"),
        ("a-3", "applied none +300"),
        ("a-4", "dead_lettered unknown_activity +0"),
        ("a-5", "dead_lettered bad_attribute +0"),
        ("a-6", "rejected account_erased +0"),
        ("c-1", "applied none +50"),
        ("e-1", "applied none +0"),
        ("e-2", "applied none +0"),
        ("late", "quarantined too_late +0"),
        ("late later", "rejected account_erased +0"),
        ("p-1", "applied none +50"),
        ("p-2", "dead_lettered wrong_currency +0"),
        ("p-3", "rejected account_erased +0"),
        ("r-1", "applied none +0"),
    ];
    let expected = expected.map(|(id, fate)| (id.to_owned(), fate.to_owned()));
    assert_eq!(fates(&out), BTreeMap::from(expected));

    // The raw ids are where their retention is declared, and nowhere else.
    assert_eq!(holding(&out), ["dead-letters.jsonl"]);
    fs::remove_file(out.join("dead-letters.jsonl")).unwrap();
    assert_eq!(holding(&out), [""; 0]);
    let balances = fs::read_to_string(out.join("balances.csv")).unwrap();
    assert_eq!(balances.lines().count(), 3, "{balances}");
    let entries = out.join("ledger-entries.jsonl").display().to_string();
    let settled = ["settle", "--period", "2026", "--entries", &entries, "--programme", PROGRAMME];
    assert!(printed(&lotstream(&settled).output().unwrap()).contains("holds"));
    let statement = ["statement", MEMBER, "--entries", &entries, "--programme", PROGRAMME];
    let told = printed(&lotstream(&statement).env("LOTSTREAM_PSEUDONYM_KEY", KEY).output().unwrap());
    assert!(told.contains("cancelled by an operator (op-7: asked to)"), "{told}");
}

#[test]
fn without_a_key_no_erasure_is_applied_and_the_ids_are_found() {
    let (feeds, out) = (folder("given-feeds"), folder("given-out"));
    write_feeds(&feeds);
    printed(&run(None, &feeds, &["--out", &out.display().to_string()]).output().unwrap());
    for erasure in ["e-1", "e-2"] {
        assert_eq!(fates(&out)[erasure], "dead_lettered bad_field +0");
    }
    let found = holding(&out);
    for file in ["balances.csv", "ledger-entries.jsonl", "outcomes.shop.jsonl"] {
        assert!(
            found.iter().any(|found| found == file),
            "expected the ids as given in {file}, found {found:?}"
        );
    }
}

#[test]
fn a_data_directory_forgets_what_its_files_said_once_it_is_made_anew() {
    let (feeds, place) = (folder("data-feeds"), folder("data-place"));
    write_feeds(&feeds);
    let path = |name: &str| place.join(name).display().to_string();
    let (data, copy, anew) = (path("data"), path("copy"), path("anew"));
    printed(&run(Some(KEY), &feeds, &["--data", &data]).output().unwrap());
    let found = holding(Path::new(&data));
    assert!(found.contains(&"out/dead-letters.jsonl".to_owned()), "{found:?}");
    // Retention: the file of dead letters is taken away, and with it the directory's own memory of what it said.
    printed(&lotstream(&["backup", "--data", &data, "--to", &copy]).output().unwrap());
    printed(&lotstream(&["restore", "--data", &anew, "--from", &copy]).output().unwrap());
    fs::remove_dir_all(&data).unwrap();
    assert_eq!(holding(&place), [""; 0]);
    let state = printed(&lotstream(&["state", "hash", "--json", "--data", &anew]).output().unwrap());
    let state: Value = serde_json::from_str(&state).unwrap();
    assert_eq!(state["conserved"].as_bool(), Some(true), "{state}");
    // Nothing is said twice, and the member can be looked at by who has the key.
    printed(&run(Some(KEY), &feeds, &["--data", &anew]).output().unwrap());
    let member = lotstream(&["member", MEMBER, "--data", &anew]).env("LOTSTREAM_PSEUDONYM_KEY", KEY).output();
    assert!(printed(&member.unwrap()).contains("0"));
}

#[test]
fn a_merge_of_a_file_is_done_before_what_comes_after_it() {
    let (feeds, out) = (folder("merge-feeds"), folder("merge-out"));
    let write = |name: &str, lines: &[String]| fs::write(feeds.join(name), lines.join("\n") + "\n").unwrap();
    let of_friend = |line: String| line.replace(MEMBER, FRIEND);
    write(
        "purchases.shop.jsonl",
        &[sale("p-1", "03-01", ""), of_friend(sale("p-2", "03-01", "")), sale("p-3", "03-20", "")],
    );
    let who = r#""actor":"op-7","reason":"one person","#;
    let merge = line("g-1", "03-10", &format!(r#"{who}"action":"merge","into":"{FRIEND}""#));
    let erase = line("e-1", "03-11", &format!(r#"{who}"action":"erase""#));
    write("adjustments.care.jsonl", &[merge, erase]);
    printed(&run(Some(KEY), &feeds, &["--out", &out.display().to_string()]).output().unwrap());
    let fates = fates(&out);
    assert_eq!(fates["g-1"], "applied none +0");
    assert_eq!(fates["e-1"], "applied none +0");
    assert_eq!(fates["p-3"], "rejected account_erased +0");
    let balances = fs::read_to_string(out.join("balances.csv")).unwrap();
    assert!(balances.lines().skip(1).all(|line| line.split(',').nth(2) == Some("0")), "{balances}");
}
