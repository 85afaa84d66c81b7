//! S18, S25: what operators do to an account, through `lotstream run` over the files of a shop and a desk.

use crate::{folder, lotstream, printed};
use domain::event::OutcomeRecord;
use std::fs;
use std::path::Path;

const PROGRAMME: &str = r#"
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
rate = "10 %"
[spending]
uncovered_becomes_debt = true
[adjustments]
grant_at_most = 500
write_off_at_most = 100
forgive_at_most = 100
"#;

/// A sale: id, day it happened, day it was delivered, total, points paid with.
const SALES: [(&str, &str, &str, &str, &str); 4] = [
    ("p-1", "03-01", "03-01", "1000", ""),
    ("p-4", "03-22", "03-22", "1000", r#"{"kind":"points","points":300,"amount":"300"},"#),
    ("p-2", "03-01", "04-10", "500", ""),
    ("p-3", "03-02", "04-11", "300", ""),
];

/// A step of a redemption, and its day.
const STEPS: [(&str, &str); 2] = [("r-1", "04-13"), ("r-2", "04-15")];

/// An adjustment: id, day, and what it asks for.
const ADJUSTMENTS: [(&str, &str, &str); 9] = [
    ("a-1", "03-03", r#""action":"grant","points":200,"partner":"shop-1""#),
    ("a-2", "03-20", r#""action":"write_off","points":60"#),
    ("a-3", "03-21", r#""action":"grant","points":501,"partner":"shop-1""#),
    ("a-4", "03-23", r#""action":"forgive","points":40"#),
    ("a-5", "04-12", r#""action":"block""#),
    ("a-6", "04-14", r#""action":"unblock""#),
    ("a-7", "04-16", r#""action":"release","partner":"shop-1","feed":"purchases","event":"p-2""#),
    ("a-8", "04-17", r#""action":"refuse","partner":"shop-1","feed":"purchases","event":"p-3""#),
    ("a-9", "04-18", r#""action":"release","partner":"shop-1","feed":"purchases","event":"p-3""#),
];

fn line(id: &str, day: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}","member":"m","occurred_at":"2026-{day}T12:00:00Z",{rest}}}"#)
}

fn sale((id, day, delivered, total, tender): (&str, &str, &str, &str, &str)) -> String {
    let money = if tender.is_empty() { total } else { "700" };
    let rest = format!(
        r#""delivered_at":"2026-{delivered}T12:00:00Z","currency":"EUR","total":"{total}","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"{total}"}}],"tenders":[{tender}{{"kind":"cash","amount":"{money}"}}]"#
    );
    line(id, day, &rest)
}

fn write_feeds(feeds: &Path) {
    let lines = |lines: &[String]| lines.join("\n");
    fs::write(feeds.join("purchases.shop-1.jsonl"), lines(&SALES.map(sale))).unwrap();
    let step = |(id, day)| line(id, day, r#""step":"authorise","points":10"#);
    fs::write(feeds.join("redemptions.shop-1.jsonl"), lines(&STEPS.map(step))).unwrap();
    let who = r#""actor":"op-7","reason":"case 4711","#;
    let mut adjustments = ADJUSTMENTS.map(|(id, day, what)| line(id, day, &format!("{who}{what}"))).to_vec();
    adjustments.push(line("a-10", "04-18", r#""actor":"op-7","action":"block""#));
    fs::write(feeds.join("adjustments.care.jsonl"), lines(&adjustments)).unwrap();
}

/// Outcomes of a partner or desk, in a line each: id, what became of it, why, points earned, total, available, debt.
fn outcomes(results: &Path, partner: &str) -> Vec<String> {
    let text = fs::read_to_string(results.join(format!("outcomes.{partner}.jsonl"))).unwrap();
    let told = |line: &str| {
        let told: OutcomeRecord = serde_json::from_str(line).unwrap();
        let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let later = if told.later { "later " } else { "" };
        let kind = word(serde_json::json!(told.outcome.kind));
        let reason = word(serde_json::json!(told.outcome.reason));
        let (id, earned) = (told.source.id, told.outcome.earned);
        format!("{id} {later}{kind} {reason} +{earned} {} {} -{}", told.total, told.available, told.debt)
    };
    text.lines().map(told).collect()
}

#[test]
fn operators_grant_write_off_forgive_block_and_settle_what_came_too_late() {
    let (feeds, results) = (folder("adjust-feeds"), folder("adjust-results"));
    write_feeds(&feeds);
    let programme = folder("adjust-programme").join("bike.toml");
    fs::write(&programme, PROGRAMME).unwrap();
    let [programme, input, out] = [&programme, &feeds, &results].map(|path| path.display().to_string());
    let run = ["run", "--programme", &programme, "--input", &input, "--out", &out];
    printed(&lotstream(&run).output().unwrap());

    // A line that is no record has no time of its own, and is answered when the files are opened.
    let expected = [
        "a-10 dead_lettered undecodable +0 0 0 -0",
        "a-1 applied none +200 300 0 -0",
        "a-2 applied none +0 240 240 -0",
        "a-3 rejected adjustment_limit +0 240 240 -0",
        "a-4 applied none +0 70 0 -20",
        "a-5 applied none +0 50 50 -0",
        "a-6 applied none +0 50 50 -0",
        "a-7 applied none +0 100 100 -0",
        "a-8 applied none +0 100 100 -0",
        "a-9 rejected nothing_quarantined +0 100 100 -0",
    ];
    assert_eq!(outcomes(&results, "care"), expected);
    let expected = [
        "p-1 applied none +100 100 0 -0",
        "p-4 applied none +70 70 0 -60",
        "p-2 quarantined too_late +0 50 50 -0",
        "p-3 quarantined too_late +0 50 50 -0",
        "r-1 rejected account_blocked +0 50 50 -0",
        "r-2 applied none +0 40 40 -0",
        "p-2 later applied none +50 100 100 -0",
        "p-3 later rejected refused_by_operator +0 100 100 -0",
    ];
    assert_eq!(outcomes(&results, "shop-1"), expected);
    let balances = fs::read_to_string(results.join("balances.csv")).unwrap();
    assert_eq!(balances.lines().nth(1), Some("bike:member:m,points,100,100,0,0,260,0,0,"));
    let entries = fs::read_to_string(results.join("ledger-entries.jsonl")).unwrap();
    let audited = entries.lines().filter(|line| line.contains(r#""kind":"adjustment""#)).collect::<Vec<_>>();
    assert_eq!(audited.len(), 7, "one for each that was applied");
    assert!(audited.iter().all(|line| line.contains("op-7: case 4711")), "{audited:?}");
}
