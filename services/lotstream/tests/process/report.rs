//! `lotstream report` over what `lotstream run` wrote: two members of three shops, one of whom returns a bicycle.

use crate::reports::{PROGRAMME, entries};
use crate::{lotstream, printed};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What `run` wrote for the feeds of `reports`.
pub(crate) fn results(test: &str) -> PathBuf {
    Path::new(&entries(test)).parent().unwrap().to_owned()
}

/// What is printed of `question`, with more options.
pub(crate) fn report(from: &Path, question: &str, more: &[&str]) -> String {
    let from = from.display().to_string();
    let asked = ["report", question, "--from", &from, "--programme", PROGRAMME];
    printed(&lotstream(&[&asked, more].concat()).output().unwrap())
}

fn sheets(from: &Path, question: &str) -> Vec<Value> {
    serde_json::from_str(&report(from, question, &["--format", "json"])).unwrap()
}

/// The figures of a column, line by line.
fn column<'s>(sheet: &'s Value, key: &str) -> Vec<&'s Value> {
    sheet["rows"].as_array().unwrap().iter().map(|row| &row[key]).collect()
}

#[test]
fn what_the_questions_tell_adds_up_to_the_purchases_and_the_ledger() {
    let from = results("report-sums");
    let revenue = &sheets(&from, "revenue")[0];
    // 20,000 + 1,000 + 4,000 + 12,000, and the bicycle of 20,000 back.
    assert_eq!(column(revenue, "revenue_after"), ["25000.00", "-8000.00", "17000.00"]);
    assert_eq!(column(revenue, "members_after"), [2, 2, 2]);
    let members = &sheets(&from, "members")[0];
    // Nothing was kept of the bicycle.
    assert_eq!(column(members, "member_purchases"), [2, 1, 3]);
    let cohorts = &sheets(&from, "cohorts")[0];
    assert_eq!(
        (column(cohorts, "members"), column(cohorts, "active")),
        (vec![&2.into(), &2.into()], vec![&1.into(), &1.into()])
    );
    let summary: Value =
        serde_json::from_str(&std::fs::read_to_string(from.join("summary.json")).unwrap()).unwrap();
    let ledger = &summary["ledger"];
    let cost = sheets(&from, "cost");
    let sum = |key: &str| column(&cost[1], key).iter().map(|figure| figure.as_i64().unwrap()).sum::<i64>();
    assert_eq!(
        (sum("issued"), sum("clawed_back")),
        (ledger["issued"].as_i64().unwrap(), ledger["clawed_back"].as_i64().unwrap())
    );
    assert_eq!(sum("redeemed"), ledger["redeemed"].as_i64().unwrap());
    let live =
        ["pending", "available", "held"].iter().map(|bucket| ledger["buckets"][bucket].as_i64().unwrap());
    assert_eq!(column(&cost[1], "outstanding").last().unwrap().as_i64().unwrap(), live.sum::<i64>());
}

#[test]
fn a_report_is_told_as_table_csv_json_and_page() {
    let from = results("report-formats");
    let table = report(&from, "all", &[]);
    for text in [
        "Revenue per member, before and after joining (RUB)",
        "17,000.00",
        "█",
        "each after: revenue after over members after",
    ] {
        assert!(table.contains(text), "expected `{text}` in\n{table}");
    }
    let csv = report(&from, "active", &["--format", "csv", "--top", "1", "--period", "2026-01..2026-02"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "member,purchases,revenue,average,paid_by_points,earned,spent,last");
    assert_eq!((lines.len(), lines[1].starts_with("dmitry,1,12000.00,12000.00,0.00,")), (2, true), "{csv}");
    assert_eq!(sheets(&from, "all").len(), 10);
    let page = report(&from, "all", &["--format", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    let opened =
        |tag: &str| page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
    for tag in ["table", "tr", "td", "svg", "text", "dl", "dt", "dd", "h2"] {
        assert_eq!(opened(tag), page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(
        opened("svg") >= 8 && !page.contains("<script") && !page.contains("http"),
        "it needs nothing else"
    );
}

#[test]
fn files_that_were_put_aside_are_read_in_the_order_of_what_is_in_them() {
    let from = results("report-renamed");
    let whole = report(&from, "all", &[]);
    for topic in ["ledger-entries", "outcomes.bike-shop"] {
        let file = from.join(format!("{topic}.jsonl"));
        let text = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let (old, new) = lines.split_at(lines.len() / 2);
        // As a rotation of logs names them: the older the higher, and the latest without a number.
        fs::write(from.join(format!("{topic}.jsonl.1")), old.join("\n") + "\n").unwrap();
        fs::write(file, new.join("\n") + "\n").unwrap();
    }
    assert_eq!(report(&from, "all", &[]), whole);
    fs::remove_file(from.join("ledger-entries.jsonl.1")).unwrap();
    let place = from.display().to_string();
    let output = lotstream(&["report", "all", "--from", &place, "--programme", PROGRAMME]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("all entries are needed, each once, in order"), "{told}");
}

#[test]
fn what_cannot_be_reported_is_told() {
    let from = results("report-refused");
    let refused = |arguments: &[&str]| {
        let output = lotstream(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let place = from.display().to_string();
    let told = refused(&["report", "profit", "--from", &place, "--programme", PROGRAMME]);
    assert!(
        told.contains(
            "expected one of revenue, members, churn, cost, cohorts, active, rewards, found `profit`"
        ),
        "{told}"
    );
    let told = refused(&["report", "all", "--from", "schemas", "--programme", PROGRAMME]);
    assert!(told.contains("schemas: expected ledger-entries.jsonl"), "{told}");
    let told = refused(&["report", "all", "--from", &place, "--programme", PROGRAMME, "--period", "2026-13"]);
    assert!(told.contains("expected a month such as 2026-01"), "{told}");
}
