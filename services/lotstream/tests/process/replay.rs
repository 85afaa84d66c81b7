//! `lotstream replay`: two members of three shops, under rules that were in force and under proposed ones.
//!
//! Shown to fail: where the proposed version keeps its `from` (`replay/mod.rs`), it decides nothing, and earns 0.

use crate::reports::{FEEDS, PROGRAMME};
use crate::{folder, lotstream, printed, repository};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What members earn in the history below, worked out by hand: 5 % of a base, 1 point = 1 ruble.
const OLD: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "RUB"
lateness = "30 days"

[wallets.points]
expires = "20 days after accrual"

[rules.purchase]
rate = "5 %"
"#;

/// m buys for 1,000 at X on 5 January, is paid 40 points for at Y on 10 January (600, of which money earns on 560) and
/// returns nothing; n buys for 2,000 at X on 20 February and returns it. n asks for 90 points on 21 January.
const HISTORY: [(&str, &str); 4] = [
    (
        "purchases.X",
        r#"{"id":"p-1","member":"m","occurred_at":"2026-01-05T12:00:00Z","currency":"RUB","total":"1000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"1000"}]}
{"id":"p-3","member":"n","occurred_at":"2026-02-20T12:00:00Z","currency":"RUB","total":"2000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"2000"}]}"#,
    ),
    (
        "purchases.Y",
        r#"{"id":"p-2","member":"m","occurred_at":"2026-01-10T12:00:00Z","currency":"RUB","total":"600","lines":[{"line":1,"sku":"a","quantity":"1","amount":"600"}],"tenders":[{"kind":"points","amount":"40","points":40},{"kind":"cash","amount":"560"}]}"#,
    ),
    (
        "redemptions.X",
        r#"{"id":"r-1","member":"m","occurred_at":"2026-01-11T12:00:00Z","step":"authorise","points":60,"wallet":"points"}"#,
    ),
    (
        "returns.X",
        r#"{"id":"b-1","purchase":"p-3","member":"n","occurred_at":"2026-02-21T12:00:00Z","lines":[{"line":1,"quantity":"1"}]}"#,
    ),
];

/// A folder with these feeds, and beside it the programme files `old.toml` and `new.toml`.
fn history(test: &str, feeds: &[(&str, &str)]) -> PathBuf {
    let place = folder(test);
    fs::create_dir(place.join("feeds")).unwrap();
    for (name, lines) in feeds {
        fs::write(place.join("feeds").join(format!("{name}.jsonl")), lines).unwrap();
    }
    fs::write(place.join("old.toml"), OLD).unwrap();
    // Half as much again, as a version that is to begin much later.
    let new =
        OLD.replace("5 %", "7.5 %").replace("version = 1", "version = 2").replace("2026-01-01", "2027-01-01");
    fs::write(place.join("new.toml"), new).unwrap();
    place
}

fn replayed(arguments: &[&str]) -> Vec<Value> {
    let replay = [&["replay", "--format", "json"], arguments].concat();
    serde_json::from_str(&printed(&lotstream(&replay).output().unwrap())).unwrap()
}

fn path(place: &Path, name: &str) -> String {
    place.join(name).display().to_string()
}

/// The lines of a sheet, the given columns each.
fn lines(sheet: &Value, columns: &[&str]) -> Vec<String> {
    let cell = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |row: &Value| columns.iter().map(|key| cell(&row[key])).collect::<Vec<_>>().join(" ");
    sheet["rows"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn the_same_programme_changes_nothing() {
    let place = history("replay-same", &FEEDS);
    let programme = repository().join(PROGRAMME).display().to_string();
    let sheets =
        replayed(&["--programme", &programme, "--beside", &programme, "--against", &path(&place, "feeds")]);
    assert_eq!(sheets.len(), 7);
    for sheet in &sheets {
        for row in sheet["rows"].as_array().unwrap() {
            for (key, value) in row.as_object().unwrap() {
                let nothing = matches!(value.to_string().as_str(), "0" | "\"0.00\"");
                assert!(!matches!(key.as_str(), "difference" | "gain") || nothing, "{key}: {row}");
            }
        }
    }
    assert_eq!(lines(&sheets[4], &["members", "count"]), ["better 0", "worse 0", "other 0", "same 2"]);
    let earned = &lines(&sheets[0], &["figure", "old", "new"])[0];
    assert!(earned.starts_with("earned ") && !earned.contains(" 0"), "something was earned: {earned}");
}

#[test]
fn half_as_much_again_is_what_is_worked_out_by_hand() {
    let place = history("replay-half", &HISTORY);
    let (old, new, feeds) = (path(&place, "old.toml"), path(&place, "new.toml"), path(&place, "feeds"));
    let asked = ["--programme", &new, "--beside", &old, "--against", &feeds, "--at", "2026-03-01T00:00:00Z"];
    let sheets = replayed(&asked);
    let columns = ["figure", "old", "new", "difference", "gain"];
    // p-1 earns 50 or 75, p-2 28 or 42, p-3 100 or 150 until it comes back. 60 more are asked of what 40 leave: of 38
    // they are refused, of 77 held, and after the hold's end they expire as the rest does.
    let expected = [
        "earned 78 117 39 39.00",
        "redeemed 40 40 0 0.00",
        "exchanged 0 0 0 0.00",
        "breakage 38 77 39 39.00",
        "liability 0 0 0 0.00",
        "owed 0 0 0 0.00",
    ];
    assert_eq!(lines(&sheets[0], &columns), expected);
    let months = lines(&sheets[1], &["month", "old", "new", "gain"]);
    assert_eq!(months, ["2026-01 78 117 39.00", "2026-02 0 0 0.00"]);
    assert_eq!(lines(&sheets[2], &["partner", "old", "new", "gain"]), ["X 50 75 25.00", "Y 28 42 14.00"]);
    let columns = ["month", "partner", "old", "new", "difference"];
    assert_eq!(lines(&sheets[3], &columns), ["2026-01 X 50 75 25", "2026-01 Y 28 42 14", "2026-02 X 0 0 0"]);
    assert_eq!(
        lines(&sheets[4], &["members", "count", "gain"]),
        ["better 1 39.00", "worse 0 0.00", "other 0 0.00", "same 1 0.00"]
    );
    let columns = ["member", "old_worth", "new_worth", "gain"];
    assert_eq!(lines(&sheets[5], &columns), ["m 78.00 117.00 39.00"]);
    assert_eq!(
        lines(&sheets[6], &["step", "old", "new", "difference"]),
        ["approved 1 2 1", "refused 1 0 -1"]
    );
}

#[test]
fn a_data_directory_tells_its_own_history_and_versions() {
    let place = history("replay-data", &HISTORY);
    let (old, new, feeds, data) =
        (path(&place, "old.toml"), path(&place, "new.toml"), path(&place, "feeds"), path(&place, "data"));
    let run = ["run", "--programme", &old, "--input", &feeds, "--data", &data];
    printed(&lotstream(&run).output().unwrap());
    let at = ["--at", "2026-03-01T00:00:00Z"];
    let of_data = replayed(&[&["--programme", new.as_str(), "--against", &data][..], &at].concat());
    let of_feeds =
        replayed(&[&["--programme", new.as_str(), "--beside", &old, "--against", &feeds][..], &at].concat());
    assert_eq!(of_data, of_feeds);
    let page =
        lotstream(&["replay", "--programme", &new, "--against", &data, "--format", "html"]).output().unwrap();
    assert!(printed(&page).contains("<svg"), "a chart");
    let refused = lotstream(&["replay", "--programme", &new, "--against", &feeds]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("name their files with --beside"));
}
