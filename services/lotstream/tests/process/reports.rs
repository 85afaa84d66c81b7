//! `lotstream settle` and `lotstream statement` over what `lotstream run` wrote (S07, S35).

use crate::{folder, lotstream, printed};
use serde_json::Value;
use std::fs;

pub(crate) const PROGRAMME: &str = "deploy/programmes/veloprobeg.toml";
/// Dmitry's bicycle brings 500 points of the bike shop, of which he spends 300 at the cinema before he returns it;
/// a cake of the bakery repays them. Anna spends 80 of her 100 points of the bakery at the bike shop.
pub(crate) const FEEDS: [(&str, &str); 4] = [
    (
        "purchases.bike-shop",
        r#"{"id":"b-1","member":"dmitry","occurred_at":"2026-01-05T12:00:00+03:00","currency":"RUB","total":"20000","lines":[{"line":1,"sku":"bicycle","group":"bicycles","quantity":"1","amount":"20000"}]}
{"id":"b-2","member":"anna","occurred_at":"2026-01-24T12:00:00+03:00","currency":"RUB","total":"1000","lines":[{"line":1,"sku":"lamp","quantity":"1","amount":"1000"}],"tenders":[{"kind":"points","amount":"80","points":80},{"kind":"cash","amount":"920"}]}"#,
    ),
    (
        "purchases.bakery",
        r#"{"id":"k-1","member":"anna","occurred_at":"2026-01-06T09:00:00+03:00","currency":"RUB","total":"4000","lines":[{"line":1,"sku":"cake","quantity":"1","amount":"4000"}]}
{"id":"k-2","member":"dmitry","occurred_at":"2026-02-12T09:00:00+03:00","currency":"RUB","total":"12000","lines":[{"line":1,"sku":"wedding cake","quantity":"1","amount":"12000"}]}"#,
    ),
    (
        "redemptions.cinema",
        r#"{"id":"c-1","member":"dmitry","occurred_at":"2026-01-25T18:00:00+03:00","step":"authorise","points":300,"wallet":"points","time_to_live":900000}
{"id":"c-2","member":"dmitry","occurred_at":"2026-01-25T18:05:00+03:00","step":"capture","redemption":"c-1","points":300}"#,
    ),
    (
        "returns.bike-shop",
        r#"{"id":"br-1","purchase":"b-1","member":"dmitry","occurred_at":"2026-02-03T12:00:00+03:00","lines":[{"line":1,"quantity":"1"}]}"#,
    ),
];

/// Runs the feeds; where the entries are.
pub(crate) fn entries(test: &str) -> String {
    let (feeds, out) = (folder(&format!("{test}-feeds")), folder(&format!("{test}-results")));
    for (name, lines) in FEEDS {
        fs::write(feeds.join(format!("{name}.jsonl")), lines).unwrap();
    }
    let (feeds, results) = (feeds.display().to_string(), out.display().to_string());
    let at = "2026-02-28T23:00:00+03:00";
    let run = ["run", "--programme", PROGRAMME, "--input", &feeds, "--out", &results, "--at", at];
    printed(&lotstream(&run).output().unwrap());
    out.join("ledger-entries.jsonl").display().to_string()
}

/// What `command` prints over `entries`.
fn over(entries: &str, command: &[&str]) -> String {
    let files = ["--entries", entries, "--programme", PROGRAMME];
    printed(&lotstream(&[command, &files].concat()).output().unwrap())
}

fn matrix(report: &Value) -> Vec<String> {
    let cell = |cell: &Value| {
        let text = |field: &str| cell[field].as_str().unwrap().to_owned();
        format!("{}>{} {} {}", text("issuer"), text("redeemer"), cell["points"], text("money"))
    };
    report["cells"].as_array().unwrap().iter().map(cell).collect()
}

#[test]
fn s31_what_became_of_the_points_of_each_month_adds_up() {
    let entries = entries("breakage");
    let told = over(&entries, &["breakage", "--json"]);
    let lines: Vec<Value> = serde_json::from_str(&told).unwrap();
    let of = |line: &Value| {
        let points = |name: &str| line[name].as_i64().unwrap();
        let (month, partner) = (line["month"].as_str().unwrap(), line["partner"].as_str().unwrap());
        let gone = ["spent", "expired", "revoked", "written_off", "moved"].map(points);
        assert_eq!(points("issued"), gone.iter().sum::<i64>() + points("outstanding"), "S31: {line}");
        format!("{month} {partner}: {} issued, {} spent, {} revoked", points("issued"), gone[0], gone[2])
    };
    let lines: Vec<String> = lines.iter().map(of).collect();
    // What was spent of the bicycle's points is charged to the cake's, which repay the debt (S18).
    assert_eq!(
        lines,
        [
            "2026-01 bakery: 100 issued, 80 spent, 0 revoked",
            "2026-01 bike-shop: 523 issued, 0 spent, 500 revoked",
            "2026-02 bakery: 300 issued, 300 spent, 0 revoked",
        ]
    );
    let table = over(&entries, &["breakage"]);
    assert!(table.contains("holds for each of 3 lines"), "{table}");
    let together: Vec<&str> = table.lines().filter(|line| line.contains("together")).collect();
    assert_eq!(together.len(), 1, "{table}");
    let figures: Vec<&str> = together[0].split_whitespace().take(4).collect();
    assert_eq!(figures, ["veloprobeg", "together", "points", "923"]);
    let csv = folder("breakage-csv").join("breakage.csv");
    over(&entries, &["breakage", "--csv", &csv.display().to_string()]);
    let lines = fs::read_to_string(csv).unwrap();
    assert!(lines.contains("veloprobeg,2026-01,bakery,points,100,80,"), "{lines}");
    let output = lotstream(&["breakage", "--entries", &entries]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "whose months are told must be known");
}

#[test]
fn s35_a_month_a_quarter_and_the_month_of_the_return_are_settled() {
    let entries = entries("settle");
    let settled = |period: &str| -> Value {
        serde_json::from_str(&over(&entries, &["settle", "--period", period, "--json"])).unwrap()
    };
    let january = settled("2026-01");
    assert_eq!(matrix(&january), ["bakery>bike-shop 80 80.00", "bike-shop>cinema 300 300.00"]);
    let february = settled("2026-02");
    assert_eq!(matrix(&february), ["bakery>cinema 300 300.00", "bike-shop>cinema -300 -300.00"]);
    let quarter = settled("2026-Q1");
    assert_eq!(matrix(&quarter), ["bakery>bike-shop 80 80.00", "bakery>cinema 300 300.00"]);
    for report in [&january, &february, &quarter] {
        assert_eq!(report["proven"], true, "{report:#}");
    }

    let csv = folder("settle-csv").join("q1.csv");
    let text = over(&entries, &["settle", "--period", "2026-Q1", "--csv", &csv.display().to_string()]);
    assert!(text.contains("proof (S05, S35)") && text.contains("holds for each of 2 books"), "{text}");
    let lines = fs::read_to_string(csv).unwrap();
    assert!(lines.contains(",points,bakery,cinema,300,300.00,RUB"), "{lines}");
}

#[test]
fn s35_a_corner_is_explained_entry_by_entry() {
    let entries = entries("explain");
    let told = over(&entries, &["settle", "--period", "2026-Q1", "--explain", "bike-shop", "cinema"]);
    for kind in ["spend", "debt_opened"] {
        assert!(told.contains(kind), "{told}");
    }
    let json =
        over(&entries, &["settle", "--period", "2026-01", "--json", "--explain", "bike-shop", "cinema"]);
    let report: Value = serde_json::from_str(&json).unwrap();
    let explained = report["explained"].as_array().unwrap();
    assert_eq!((explained.len(), &explained[0]["points"]), (1, &Value::from(300)), "{report:#}");
}

#[test]
fn s35_what_cannot_be_settled_is_told() {
    let entries = entries("refused");
    let refused = |arguments: &[&str]| {
        let output = lotstream(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let told = refused(&["settle", "--period", "2026-13", "--entries", &entries, "--programme", PROGRAMME]);
    assert!(told.contains("expected a month such as 2026-01"), "{told}");
    let twice = ["settle", "--period", "2026", "--programme", PROGRAMME, "--entries", &entries, &entries];
    assert!(refused(&twice).contains("each once, in order"));
    let nobody = ["statement", "nobody", "--entries", &entries];
    assert!(refused(&nobody).contains("nobody is not in these entries"));
}

#[test]
fn s07_a_statement_is_told_as_table_csv_json_and_page() {
    let entries = entries("statement");
    let table = over(&entries, &["statement", "dmitry"]);
    for line in [
        "500 points for purchase b-1 at bike-shop",
        "300 points reserved for redemption c-1 at cinema",
        "300 points spent for redemption c-1 at cinema",
        "300 points owed: spent for redemption c-1 at cinema, taken back after return br-1 at bike-shop",
        "300 points repay what was owed for redemption c-1 at cinema",
        "joined at tier Gold: purchase b-1 at bike-shop",
        "tier Gold became Silver, a correction: return br-1 at bike-shop",
    ] {
        assert!(table.contains(line), "expected `{line}` in\n{table}");
    }
    let february = ["statement", "dmitry", "--from", "2026-02-01", "--until", "2026-02-13"];
    let csv = over(&entries, &[&february[..], &["--format", "csv"]].concat());
    assert_eq!(csv.lines().count(), 5, "a heading, return, debt, tier, cake:\n{csv}");
    assert!(csv.lines().next().unwrap().ends_with(",cause,rule"), "S29: {csv}");
    assert!(
        csv.lines().any(|line| line.ends_with(",purchase")),
        "S29: the rule that granted is named:\n{csv}"
    );
    let json = over(&entries, &["statement", "dmitry", "--at", "2026-02-20T00:00:00Z", "--format", "json"]);
    let told: Value = serde_json::from_str(&json).unwrap();
    let closing = &told["wallets"][0]["closing"];
    assert_eq!((&closing["total"], &closing["debt"]), (&Value::from(300), &Value::from(300)), "{told:#}");
    let page = over(&entries, &["statement", "dmitry", "--format", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    let opened = |tag: &str| page.matches(&format!("<{tag}")).count();
    for tag in ["table", "tr", "td", "tbody", "style", "body"] {
        assert_eq!(
            opened(&format!("{tag}>")) + opened(&format!("{tag} ")),
            page.matches(&format!("</{tag}>")).count()
        );
    }
    assert!(!page.contains("<script") && !page.contains("http"), "it needs nothing else");
}
