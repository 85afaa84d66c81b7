//! S26: a faulty version and the one that corrects it, through `lotstream run` over files, at once and afterwards.

use crate::{folder, lotstream, printed};
use std::fs;
use std::path::Path;

const FAULTY: &str = r#"
[programme]
name = "bike"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "EUR"
lateness = "30 days"
[wallets.points]
activates = "14 days after purchase"
expires = "1 year after accrual"
[rules.purchase]
rate = "5 %"
"#;

const CORRECTION: &str = r#"
[correction]
replaces = 1
until = "2026-03-12"
actor = "op-7"
reason = "March was to earn 10 %"
"#;

/// Before the stretch, in it (by two members, one of whom is idle from then on), after it, and late.
const SALES: [(&str, &str, &str, &str); 5] = [
    ("p-1", "m", "03-04T23:59:59Z", "03-04T23:59:59Z"),
    ("p-2", "m", "03-05T00:00:00Z", "03-05T00:00:00Z"),
    ("p-3", "idle", "03-11T23:59:59Z", "03-11T23:59:59Z"),
    ("p-4", "m", "03-12T00:00:00Z", "03-12T00:00:00Z"),
    ("p-5", "m", "03-11T12:00:00Z", "03-13T12:00:00Z"),
];

fn replacement() -> String {
    let version = FAULTY.replace("version = 1", "version = 2").replace("2026-01-01", "2026-03-05");
    version.replace("5 %", "10 %").replace("[wallets", &format!("{CORRECTION}[wallets"))
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn feeds(folder: &Path) -> String {
    let sale = |(id, member, at, delivered): (&str, &str, &str, &str)| {
        format!(
            r#"{{"id":"{id}","member":"{member}","occurred_at":"2026-{at}","delivered_at":"2026-{delivered}","currency":"EUR","total":"1000","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"1000"}}]}}"#
        )
    };
    let feeds = folder.join("feeds");
    fs::create_dir_all(&feeds).unwrap();
    write(&feeds, "purchases.shop-1.jsonl", &format!("{}\n", SALES.map(sale).join("\n")));
    feeds.display().to_string()
}

/// Lines of a file of a run that hold `what`.
fn count(folder: &Path, file: &str, what: &str) -> usize {
    fs::read_to_string(folder.join(file)).unwrap().lines().filter(|line| line.contains(what)).count()
}

#[test]
fn s26_a_correction_known_from_the_start_rates_its_stretch() {
    let here = folder("corrections-run");
    let (faulty, right) = (write(&here, "1.toml", FAULTY), write(&here, "2.toml", &replacement()));
    let (feeds, out) = (feeds(&here), here.join("out").display().to_string());
    let run = ["run", "--programme", &faulty, "--programme", &right, "--input", &feeds, "--out", &out];
    printed(&lotstream(&run).output().unwrap());
    let balances = fs::read_to_string(here.join("out/balances.csv")).unwrap();
    let totals: Vec<&str> = balances.lines().skip(1).map(|line| line.split(',').nth(2).unwrap()).collect();
    assert_eq!(totals, ["100", "300"], "{balances}");

    let alone =
        lotstream(&["run", "--programme", &right, "--input", &feeds, "--out", &out]).output().unwrap();
    let told = String::from_utf8_lossy(&alone.stderr).into_owned();
    assert!(!alone.status.success());
    assert!(told.contains("it replaces version 1, expected one that is published: there is none"), "{told}");
}

#[test]
fn s26_a_ledger_in_a_directory_is_corrected_once_idle_members_too() {
    let here = folder("corrections-data");
    let (faulty, right) = (write(&here, "1.toml", FAULTY), write(&here, "2.toml", &replacement()));
    let (feeds, data) = (feeds(&here), here.join("data"));
    let place = data.display().to_string();
    let run = |programmes: &[&str]| {
        let mut arguments = vec!["run", "--input", &feeds, "--data", &place, "--json"];
        programmes.iter().for_each(|file| arguments.extend(["--programme", file]));
        lotstream(&arguments).output().unwrap()
    };
    let member = |id: &str| {
        let shown = printed(&lotstream(&["member", id, "--data", &place, "--json"]).output().unwrap());
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["wallets"][0]["total"].as_i64().unwrap_or_else(|| panic!("a total, found {shown:#}"))
    };
    printed(&run(&[&faulty]));
    assert_eq!((member("m"), member("idle")), (200, 50));
    let entries = "out/ledger-entries.jsonl";
    let before = count(&data, entries, "");

    let corrected = run(&[&faulty, &right]);
    let told = String::from_utf8_lossy(&corrected.stderr).into_owned();
    assert!(told.contains("corrected: 2 accounts have sales to be rated again"), "{told}");
    assert!(told.contains("points: raised 150, clawed back 0, owed +0"), "{told}");
    let hash = printed(&corrected);
    assert_eq!((member("m"), member("idle")), (300, 100));
    assert_eq!(count(&data, entries, "op-7: March was to earn 10 %"), 2, "who and why, in both accounts");
    assert_eq!(count(&data, entries, r#""kind":"raise""#), 3);
    assert_eq!(count(&data, entries, ""), before + 5);

    // Again, with and without the correction's file: it is the ledger's by now.
    assert_eq!(printed(&run(&[&faulty, &right])), hash);
    assert_eq!(printed(&run(&[&faulty])), hash);
    assert_eq!(count(&data, entries, ""), before + 5);
    let listed = printed(&lotstream(&["programme", "list", "--data", &place]).output().unwrap());
    let last = listed.trim_end().lines().last().unwrap_or_default();
    for word in ["bike", "2026-03-05", "2026-03-12", "1", "op-7", "March was to earn 10 %"] {
        assert!(last.contains(word), "{word}: {listed}");
    }

    // The same number with other rules.
    let other = write(&here, "other.toml", &replacement().replace("10 %\"", "11 %\""));
    let refused = run(&[&faulty, &other]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success() && told.contains("published already with another text"), "{told}");
}
