//! `lotstream run`, `run --data` and `serve` over the same files: one story however often it is interrupted, and nothing
//! that lies in a folder of feeds ends it.

use crate::wait::until;
use crate::{folder, lotstream, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

const PROGRAMME: &str = "services/lib/programme/tests/programmes/active.toml";

fn line(id: &str, whom: &str, day: &str, rest: &str) -> String {
    let (kind, whom) = whom.split_once(' ').unwrap();
    format!(r#"{{"id":"{id}","{kind}":"{whom}","occurred_at":"2026-{day}T12:00:00Z",{rest}}}"#)
}

fn sale(id: &str, whom: &str, day: &str, amount: u32) -> String {
    let rest = format!(
        r#""currency":"RUB","total":"{amount}","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"{amount}"}}]"#
    );
    line(id, whom, day, &rest)
}

fn operator(id: &str, member: &str, day: &str, action: &str) -> String {
    line(id, &format!("member {member}"), day, &format!(r#""actor":"op","reason":"r",{action}"#))
}

fn bound(id: &str, card: &str, day: &str, member: &str) -> String {
    line(id, &format!("card {card}"), day, &format!(r#""change":"bound","member":"{member}""#))
}

fn authorise(id: &str, member: &str, day: &str, points: u32) -> String {
    let rest = format!(r#""step":"authorise","points":{points},"time_to_live":1728000000"#);
    line(id, &format!("member {member}"), day, &rest)
}

fn write(folder: &Path, files: &[(&str, Vec<String>)]) {
    for (name, lines) in files {
        fs::write(folder.join(name), lines.join("\n") + "\n").unwrap();
    }
}

/// Cards bound, two members who become one, what comes for either of them behind that, a release of an account that
/// was never parked, and an erasure with what comes by the erased member's card.
fn story() -> Vec<(&'static str, Vec<String>)> {
    let merge = r#""action":"merge","into":"m-1""#;
    vec![
        (
            "partner-cards.shop.jsonl",
            vec![bound("b-1", "c-1", "03-02", "m-2"), bound("b-2", "c-2", "03-02", "m-3")],
        ),
        (
            "purchases.shop.jsonl",
            vec![
                sale("s-0", "card c-1", "03-01", 3_000),
                sale("s-1", "member m-1", "03-01", 10_000),
                sale("s-2", "member m-2", "03-01", 10_000),
                sale("s-3", "member m-2", "04-02", 1_000),
                sale("s-4", "card c-1", "04-03", 2_000),
                sale("s-5", "card c-2", "04-06", 1_000),
            ],
        ),
        (
            "redemptions.shop.jsonl",
            vec![authorise("x-1", "m-1", "04-05", 900), authorise("x-2", "m-2", "04-05", 100)],
        ),
        (
            "adjustments.care.jsonl",
            vec![
                operator("mg", "m-2", "04-01", merge),
                operator("go", "m-2", "04-02", r#""action":"resume""#),
                operator("er", "m-3", "04-05", r#""action":"erase""#),
            ],
        ),
        // Behind everything, by time and by name: it tells of what came late.
        (
            "purchases.zoo.jsonl",
            vec![sale("s-6", "member m-1", "04-06", 15_000), sale("s-7", "member m-2", "04-07", 500)],
        ),
    ]
}

fn run(feeds: &Path, arguments: &[&str]) -> Value {
    run_under(PROGRAMME, feeds, arguments)
}

fn run_under(programme: &str, feeds: &Path, arguments: &[&str]) -> Value {
    let mut command = lotstream(&["run", "--programme", programme, "--input", &feeds.display().to_string()]);
    command.env("LOTSTREAM_IDENTITY", "pseudonymous"); // an erasure among them
    let printed = printed(&command.args(arguments).arg("--json").output().unwrap());
    serde_json::from_str(&printed).unwrap()
}

/// The files of topics in `out`.
fn topics(out: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(out).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .map(|path| (name(&path), fs::read_to_string(&path).unwrap()))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// What became of each event, the first answer to it.
fn fates(out: &Path) -> BTreeMap<String, String> {
    let answers = topics(out).into_iter().filter(|(name, _)| name.starts_with("outcomes."));
    let lines: Vec<Value> = answers
        .flat_map(|(_, text)| {
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>()
        })
        .collect();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let told = lines.iter().filter(|line| line["later"] == false);
    told.map(|line| {
        let (outcome, source) = (&line["outcome"], &line["source"]);
        (word(&source["id"]), format!("{} {}", word(&outcome["kind"]), word(&outcome["reason"])))
    })
    .collect()
}

/// The lines of the story in the order they are delivered, each with its file.
fn delivered() -> Vec<(&'static str, String)> {
    let mut lines: Vec<(String, &str, String)> = Vec::new();
    for (name, texts) in story() {
        for text in texts {
            let at = text.split(r#""occurred_at":""#).nth(1).unwrap()[..20].to_owned();
            lines.push((at, name, text));
        }
    }
    lines.sort_by(|(at, name, _), (other_at, other_name, _)| (at, name).cmp(&(other_at, other_name)));
    lines.into_iter().map(|(_, name, text)| (name, text)).collect()
}

fn append(feeds: &Path, lines: &[(&str, String)]) {
    for (name, text) in lines {
        let path = feeds.join(name);
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, format!("{before}{text}\n")).unwrap();
    }
}

#[test]
fn members_merge_resume_and_are_erased_through_run() {
    let (feeds, out) = (folder("story-feeds"), folder("story-out"));
    write(&feeds, &story());
    let summary = run(&feeds, &["--out", &out.display().to_string()]);
    assert_eq!(summary["ledger"]["conserved"].as_bool(), Some(true), "{summary}");
    // The erased member's card is nobody's before its next sale: that earns for the card.
    let applied =
        ["b-1", "b-2", "s-0", "s-1", "s-2", "s-3", "s-4", "s-5", "s-6", "s-7", "mg", "er", "x-1", "x-2"];
    let mut expected: BTreeMap<String, String> =
        applied.map(|id| (id.to_owned(), "applied none".to_owned())).into();
    expected.insert("go".into(), "rejected not_parked".into());
    assert_eq!(fates(&out), expected);
    let balances = fs::read_to_string(out.join("balances.csv")).unwrap();
    let totals =
        balances.lines().skip(1).map(|line| line.splitn(4, ',').take(3).collect::<Vec<_>>().join(" "));
    let expected = [
        "active:card:c-1 points 0",
        "active:card:c-2 points 50",
        "active:member:m-1 points 2075",
        "active:member:m-2 points 0",
    ];
    assert_eq!(totals.collect::<Vec<_>>(), expected, "all that either of the two earned is one member's");
}

/// How many lines are decided together changes nothing: all at once, one by one, or any number at a time.
#[test]
fn s26_a_run_that_is_ended_at_any_line_goes_on_to_the_same_bytes() {
    let (feeds, out) = (folder("whole-feeds"), folder("whole-out"));
    write(&feeds, &story());
    let whole = run(&feeds, &["--out", &out.display().to_string()]);
    let lines = delivered();
    for step in [lines.len(), 1, 2, 3, 5] {
        let (feeds, place) = (folder("step-feeds"), folder("step-data"));
        let data = place.join("data");
        let mut state = Value::Null;
        for lines in lines.chunks(step) {
            append(&feeds, lines);
            state = run(&feeds, &["--data", &data.display().to_string()]);
        }
        assert_eq!(state["state_hash"], whole["ledger"]["state_hash"], "{step} lines at a time");
        assert_eq!(topics(&data.join("out")), topics(&out), "{step} lines at a time");
    }
}

/// A member with so much that a merge does not fit one record.
fn much() -> Vec<(&'static str, Vec<String>)> {
    let text = "y".repeat(190);
    let lines: Vec<String> = (1..=5)
        .map(|line| {
            format!(r#"{{"line":{line},"sku":"{text}","group":"{text}","quantity":"1","amount":"20"}}"#)
        })
        .collect();
    let rest = format!(r#""currency":"RUB","total":"100","lines":[{}]"#, lines.join(","));
    let sales = (0..800).map(|n| line(&format!("{n}"), "member m-2", "03-01", &rest)).collect();
    let merge = operator("mg", "m-2", "03-20", r#""action":"merge","into":"m-1""#);
    let behind = vec![sale("z-1", "member m-2", "03-21", 100), sale("z-2", "member m-9", "03-21", 100)];
    vec![
        ("purchases.shop.jsonl", sales),
        ("adjustments.care.jsonl", vec![merge]),
        ("purchases.zoo.jsonl", behind),
    ]
}

/// Whether a move fits is decided once, before anything of it is written; everyone else goes on.
#[test]
fn a_move_too_large_for_a_record_ends_nothing() {
    let (feeds, out, place) = (folder("much-feeds"), folder("much-out"), folder("much-data"));
    write(&feeds, &much());
    run(&feeds, &["--out", &out.display().to_string()]);
    let data = place.join("data");
    for _ in 0..2 {
        run(&feeds, &["--data", &data.display().to_string()]);
    }
    assert_eq!(topics(&data.join("out")), topics(&out));
    assert_eq!(fates(&out)["z-2"], "applied none");
    if fates(&out)["mg"] != "applied none" {
        assert_eq!(fates(&out)["mg"], "dead_lettered poison");
        assert_eq!(fates(&out)["z-1"], "parked entity_parked");
    }
}

/// An authorisation that draws on more lots than one record takes: a command that fails by its size alone. Names are
/// long, so that fewer are enough.
fn too_many_lots() -> Vec<(String, Vec<String>)> {
    let (member, partner) = ("m".repeat(190), "p".repeat(190));
    let of_member = format!("member {member}");
    let sales = (0..7_000).map(|n| sale(&n.to_string(), &of_member, "03-01", 100)).collect();
    let later = vec![sale("z-1", &of_member, "04-21", 100), sale("z-2", "member n", "04-21", 100)];
    vec![
        (format!("purchases.{partner}.jsonl"), sales),
        ("purchases.zoo.jsonl".into(), later),
        ("redemptions.shop.jsonl".into(), vec![authorise("x", &member, "04-20", 34_900)]),
        ("adjustments.care.jsonl".into(), vec![operator("go", &member, "04-22", r#""action":"resume""#)]),
    ]
}

/// What is said of an event that fails by its size, under a programme that declares this: the same in every mode.
fn said_of_too_many_lots(story: &str, declared: &str) -> PathBuf {
    let [feeds, out, place] = ["feeds", "out", "data"].map(|what| folder(&format!("{story}-{what}")));
    let programme = fs::read_to_string(crate::repository().join(PROGRAMME)).unwrap();
    let programme = programme.replacen("version = 1\n", &format!("version = 1\n{declared}\n"), 1);
    assert!(programme.contains(declared), "{declared}");
    let path = place.join("programme.toml");
    fs::write(&path, programme.replace("wallets.points", &format!("wallets.{}", "w".repeat(190)))).unwrap();
    let programme = path.display().to_string();
    let files = too_many_lots();
    let files: Vec<_> = files.iter().map(|(name, lines)| (name.as_str(), lines.clone())).collect();
    write(&feeds, &files);
    let whole = run_under(&programme, &feeds, &["--out", &out.display().to_string()]);
    let data = place.join("data");
    let state = run_under(&programme, &feeds, &["--data", &data.display().to_string()]);
    assert_eq!(topics(&data.join("out")), topics(&out));
    assert_eq!(state["state_hash"], whole["ledger"]["state_hash"]);
    out
}

fn assert_fates(out: &Path, expected: &[(&str, &str)]) {
    let told = fates(out);
    for (id, fate) in expected {
        assert_eq!(told[*id], *fate, "{id}");
    }
}

#[test]
fn a_parked_account_goes_on_when_an_operator_says_so_the_same_in_every_mode() {
    let out = said_of_too_many_lots("lots", "");
    assert_fates(
        &out,
        &[
            ("x", "dead_lettered poison"),
            ("z-1", "parked entity_parked"),
            ("z-2", "applied none"),
            ("go", "applied none"),
        ],
    );
    let later = topics(&out)["outcomes.zoo.jsonl"].lines().map(str::to_owned).find(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["later"] == true && line["source"]["id"] == "z-1" && line["outcome"]["kind"] == "applied"
    });
    assert!(later.is_some(), "{:?}", topics(&out)["outcomes.zoo.jsonl"]);
}

#[test]
fn an_account_goes_on_without_what_failed_where_that_is_declared_the_same_in_every_mode() {
    let out = said_of_too_many_lots("lots-on", "behind_failed = \"go on\"");
    assert_fates(
        &out,
        &[
            ("x", "dead_lettered poison"),
            ("z-1", "applied none"),
            ("z-2", "applied none"),
            ("go", "rejected not_parked"),
        ],
    );
}

fn serve(data: &Path, feeds: &Path) -> Child {
    let (data, feeds) = (data.display().to_string(), feeds.display().to_string());
    let arguments =
        ["serve", "--data", &data, "--programme", PROGRAMME, "--feeds", &feeds, "--clock", "event"];
    lotstream(&arguments).stderr(Stdio::null()).spawn().unwrap()
}

/// Waits until the file `path` has so many lines.
fn await_lines(serve: &mut Child, path: &Path, count: usize) -> Vec<String> {
    until(&format!("{} to have {count} lines", path.display()), Duration::from_secs(60), || {
        assert_eq!(serve.try_wait().unwrap(), None, "it ended by itself");
        let lines = fs::read_to_string(path).unwrap_or_default();
        let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
        (lines.len() >= count).then_some(lines)
    })
}

fn end(mut serve: Child) {
    let kill = std::process::Command::new("kill").arg(serve.id().to_string()).status();
    assert!(kill.unwrap().success());
    assert!(serve.wait().unwrap().success());
}

#[test]
fn a_file_moved_away_while_it_is_served_is_whole_and_the_next_line_begins_another() {
    let (feeds, place) = (folder("move-feeds"), folder("move-data"));
    let data = place.join("data");
    let (said, moved) = (data.join("out/outcomes.shop.jsonl"), data.join("out/outcomes.shop.jsonl.1"));
    append(&feeds, &[("purchases.shop.jsonl", sale("1", "member m", "03-01", 100))]);
    let mut first = serve(&data, &feeds);
    await_lines(&mut first, &said, 1);
    fs::rename(&said, &moved).unwrap();
    append(&feeds, &[("purchases.shop.jsonl", sale("2", "member m", "03-02", 100))]);
    await_lines(&mut first, &said, 1);
    fs::rename(&said, data.join("out/outcomes.shop.jsonl.2")).unwrap();
    end(first);
    let mut second = serve(&data, &feeds);
    append(&feeds, &[("purchases.shop.jsonl", sale("3", "member m", "03-03", 100))]);
    await_lines(&mut second, &said, 1);
    end(second);
    let id = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|line| line["source"]["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let found = [moved, data.join("out/outcomes.shop.jsonl.2"), said].map(|path| id(&path));
    assert_eq!(found, [["1"], ["2"], ["3"]]);
}

/// What cannot be read as a feed stands in nobody's way, and no line of a feed disappears.
#[test]
fn s27_bad_files_and_endless_lines_hold_up_nothing() {
    let (feeds, place) = (folder("bad-feeds"), folder("bad-data"));
    let data = place.join("d".repeat(120));
    fs::create_dir(feeds.join("purchases.x.jsonl")).unwrap();
    let long = format!(r#"{{"id":"long","member":"{}"}}"#, "a".repeat(17 << 20));
    let short = sale("short", "member m", "03-01", 100);
    fs::write(feeds.join("purchases.big.jsonl"), format!("{long}\n{short}\n")).unwrap();
    append(&feeds, &[("purchases.shop.jsonl", sale("1", "member m", "03-01", 100))]);
    let mut serving = serve(&data, &feeds);
    await_lines(&mut serving, &data.join("out/outcomes.shop.jsonl"), 1);
    let told = await_lines(&mut serving, &data.join("out/outcomes.big.jsonl"), 2);
    let letters = await_lines(&mut serving, &data.join("out/dead-letters.jsonl"), 1);
    let ids = told.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["source"]["id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), ["long", "short"]);
    let letter: Value = serde_json::from_str(&letters[0]).unwrap();
    let digest = domain::Digest::of(long.as_bytes()).to_string();
    let text = letter["text"].as_str().unwrap();
    assert!(text.contains(&format!("found {} of digest {digest}", long.len())), "{text}");
    assert!(long.starts_with(letter["original"].as_str().unwrap()), "{letter}");
    assert_eq!((&letter["reason"], letters[0].len() < 10_000), (&Value::from("too_large"), true));
    // A long path has an open door too.
    let state = ["state", "hash", "--json", "--data", &data.display().to_string()];
    let state: Value = serde_json::from_str(&printed(&lotstream(&state).output().unwrap())).unwrap();
    assert_eq!(state["purchases"], Value::from(2));
    // Ended and gone on with behind the long line, it is not read again.
    end(serving);
    append(&feeds, &[("purchases.big.jsonl", sale("2", "member m", "03-02", 100))]);
    let mut serving = serve(&data, &feeds);
    await_lines(&mut serving, &data.join("out/outcomes.big.jsonl"), 3);
    end(serving);
    assert_eq!(fs::read_to_string(data.join("out/dead-letters.jsonl")).unwrap().lines().count(), 1);
}
