//! `lotstream report --parquet`, as DuckDB reads it: the sums are those of the ledger's own summary.
//!
//! Shown to fail: where the last group of lines is not written (`file.rs`, `finish`), every sum is null. Fails, and does
//! not skip, where there is no Python or no network for its first installation.

use crate::report::{report, results};
use crate::{folder, repository};
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The answers of DuckDB to these questions over the files in `directory`.
fn ask(directory: &Path, questions: &[&str]) -> Vec<Value> {
    let tests = repository().join("tests");
    let venv =
        Command::new(tests.join("venv")).arg("duckdb").arg(tests.join("duckdb/requirements.txt")).output();
    let venv = venv.expect("tests/venv runs");
    assert!(venv.status.success(), "{}", String::from_utf8_lossy(&venv.stderr));
    let python = String::from_utf8(venv.stdout).unwrap();
    let mut query = Command::new(python.trim())
        .arg("-B")
        .arg(tests.join("duckdb/query.py"))
        .arg(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
    query.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = query.wait_with_output().unwrap();
    assert!(output.status.success(), "DuckDB could not read {}", directory.display());
    let answers = String::from_utf8(output.stdout).unwrap();
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Points of all accounts in these columns of `balances.csv`.
fn balances(from: &Path, name: &str) -> i64 {
    let text = fs::read_to_string(from.join("balances.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let place = lines.next().unwrap().iter().position(|heading| *heading == name).unwrap();
    lines.map(|cells| cells[place].parse::<i64>().unwrap()).sum()
}

#[test]
fn duckdb_reads_the_facts_and_the_sheets_and_their_sums_are_the_ledgers() {
    let (from, to) = (results("parquet"), folder("parquet-files"));
    report(&from, "all", &["--parquet", &to.display().to_string()]);
    let summary: Value =
        serde_json::from_str(&fs::read_to_string(from.join("summary.json")).unwrap()).unwrap();
    let live = "sum(case when to_bucket in ('pending', 'available') then points else 0 end \
                - case when from_bucket in ('pending', 'available') then points else 0 end)::bigint";
    let answers = ask(
        &to,
        &[
            "select count(*), sum(points) filter (from_bucket is null and kind <> 'moved_in')::bigint from entries",
            &format!("select {live}, sum(debt)::bigint from entries"),
            "select typeof(any_value(effective_at)), typeof(any_value(points)), epoch_ms(min(occurred_at)) from entries",
            "select count(*), sum(amount), typeof(any_value(amount)), sum(discount) from outcomes",
            "select sum(revenue_before + revenue_after) from revenue where month <> 'together'",
            "select typeof(any_value(member_share)), max(member_share) from members",
            "select sum(members)::bigint, sum(revenue) from cohorts where months_since <= 1",
            "select count(*) filter (approved), sum(points) filter (step = 'capture')::bigint from decisions",
        ],
    );
    let records = |topic: &str| summary["records"][topic].clone();
    let ledger = &summary["ledger"];
    let (total, debt) = (balances(&from, "total"), balances(&from, "debt"));
    let expected = [
        serde_json::json!([records("ledger-entries"), ledger["issued"]]),
        serde_json::json!([total, debt]),
        // 2026-01-05T12:00:00+03:00
        serde_json::json!(["TIMESTAMP WITH TIME ZONE", "BIGINT", 1_767_603_600_000_i64]),
        serde_json::json!([records("outcomes"), "17000.00", "DECIMAL(18,2)", "0.00"]),
        serde_json::json!(["17000.00"]),
        serde_json::json!(["DECIMAL(18,4)", "1.0000"]),
        serde_json::json!([4, "17000.00"]),
        serde_json::json!([3, 300]),
    ];
    assert_eq!(answers, expected);
}
