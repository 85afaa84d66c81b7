//! S33: a member gives points to another, through `lotstream run` over the files of a shop and a site.

use crate::{folder, lotstream, printed};
use domain::event::OutcomeRecord;
use serde_json::Value;
use std::fs;

const PROGRAMME: &str = r#"
[programme]
name = "bike"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "EUR"
[wallets.points]
expires = "1 year after accrual"
transfers = { at_most = 80, per = "month" }
[rules.purchase]
rate = "10 %"
"#;

fn sale(id: &str, member: &str, day: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"{member}","occurred_at":"2026-{day}T12:00:00Z","currency":"EUR","total":"1000","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"1000"}}],"tenders":[{{"kind":"cash","amount":"1000"}}]}}"#
    )
}

fn transfer(id: &str, member: &str, day: &str, points: i64, to: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"{member}","occurred_at":"2026-{day}T13:00:00Z","step":"transfer","points":{points},"to":"{to}"}}"#
    )
}

#[test]
fn s33_a_site_gives_points_of_one_member_to_another_and_is_answered_once_for_each() {
    let (feeds, results) = (folder("transfer-feeds"), folder("transfer-results"));
    let programme = folder("transfer-programme").join("bike.toml");
    fs::write(&programme, PROGRAMME).unwrap();
    let purchases = [sale("p-1", "ann", "03-01"), sale("p-2", "bob", "03-05")];
    fs::write(feeds.join("purchases.shop.jsonl"), purchases.join("\n")).unwrap();
    let back = r#"{"id":"r-1","purchase":"p-1","member":"ann","occurred_at":"2026-03-04T12:00:00Z","lines":[{"line":1,"quantity":"1"}]}"#;
    fs::write(feeds.join("returns.shop.jsonl"), back).unwrap();
    let steps = [
        transfer("t-1", "ann", "03-02", 60, "bob"),
        transfer("t-1", "ann", "03-02", 60, "bob"),
        transfer("t-2", "ann", "03-02", 30, "bob"),
        transfer("t-3", "bob", "03-05", 70, "ann"),
    ];
    fs::write(feeds.join("redemptions.site.jsonl"), steps.join("\n")).unwrap();
    let [programme, input, out] = [&programme, &feeds, &results].map(|path| path.to_str().unwrap());
    let run = ["run", "--programme", programme, "--input", input, "--out", out];
    printed(&lotstream(&run).output().unwrap());
    let told = |line: &str| {
        let told: OutcomeRecord = serde_json::from_str(line).unwrap();
        let (outcome, reason) = (told.outcome, told.outcome.reason);
        let kind = serde_json::to_value(outcome.kind).unwrap();
        format!(
            "{} {} {reason:?} {} {} {}",
            told.source.id,
            kind.as_str().unwrap(),
            outcome.spent,
            told.available,
            told.debt
        )
    };
    let text = fs::read_to_string(results.join("outcomes.site.jsonl")).unwrap();
    let expected = [
        "t-1 applied None 60 40 0",
        "t-1 duplicate None 60 40 0",
        "t-2 rejected TransferLimit 0 40 0",
        // Ann's sale was undone by then: what comes repays what she owes for the sixty.
        "t-3 applied None 70 90 0",
    ];
    assert_eq!(text.lines().map(told).collect::<Vec<_>>(), expected);
    let summary = fs::read_to_string(results.join("summary.json")).unwrap();
    assert!(summary.contains("\"conserved\": true"), "{summary}");
}

#[test]
fn s17_s35_a_gift_that_time_lets_another_sale_pay_for_is_of_that_partner_at_the_end_of_a_run() {
    let (feeds, results) = (folder("gift-ahead-feeds"), folder("gift-ahead-results"));
    let programme = folder("gift-ahead-programme").join("bike.toml");
    let later = "expires = \"1 year after accrual\"\nactivates = \"14 days after purchase\"";
    fs::write(&programme, PROGRAMME.replace("expires = \"1 year after accrual\"", later)).unwrap();
    fs::write(feeds.join("purchases.shop.jsonl"), sale("p-1", "ann", "03-01")).unwrap();
    fs::write(feeds.join("purchases.garage.jsonl"), sale("p-2", "ann", "03-17")).unwrap();
    let back = r#"{"id":"r-1","purchase":"p-1","member":"ann","occurred_at":"2026-03-18T12:00:00Z","lines":[{"line":1,"quantity":"1"}]}"#;
    fs::write(feeds.join("returns.shop.jsonl"), back).unwrap();
    fs::write(feeds.join("redemptions.site.jsonl"), transfer("t-1", "ann", "03-16", 60, "bob")).unwrap();
    let [programme, input, out] = [&programme, &feeds, &results].map(|path| path.to_str().unwrap());
    let data = folder("gift-ahead-data").join("data").display().to_string();
    let run = ["run", "--json", "--programme", programme, "--input", input];
    printed(&lotstream(&[&run[..], &["--data", &data]].concat()).output().unwrap());
    for (at, partners) in [("2026-03-30T12:00:00Z", 1), ("2026-04-01T12:00:00Z", 2)] {
        let told = printed(&lotstream(&[&run[..], &["--out", out, "--at", at]].concat()).output().unwrap());
        let told: Value = serde_json::from_str(&told).unwrap();
        let entries = fs::read_to_string(results.join("ledger-entries.jsonl")).unwrap();
        let came =
            entries.lines().filter(|line| line.contains("member:bob") && line.contains("\"moved_in\""));
        assert_eq!(came.count(), partners, "{at}: {entries}");
        let state = ["state", "hash", "--json", "--data", &data, "--at", at];
        let state: Value = serde_json::from_str(&printed(&lotstream(&state).output().unwrap())).unwrap();
        assert_eq!(state["state_hash"], told["ledger"]["state_hash"], "{at}: {state}");
    }
}
