//! `lotstream quote`: of a file alone, and of a member of a ledger in a data directory (S29).

use crate::{folder, lotstream, printed};
use serde_json::{Value, json};
use std::fs;

const SHOP: &str = "deploy/programmes/veloprobeg.toml";
const STATION: &str = "deploy/programmes/gazpromneft.toml";

fn told(arguments: &[&str]) -> String {
    printed(&lotstream(&[&["quote"], arguments].concat()).output().unwrap())
}

fn answered(arguments: &[&str]) -> Value {
    serde_json::from_str(&told(&[arguments, &["--json"]].concat())).unwrap()
}

/// What it says to standard error where it does not answer.
fn refused(arguments: &[&str]) -> String {
    let output = lotstream(&[&["quote"], arguments].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn s29_a_file_alone_tells_a_visitor_the_till_price_and_up_to() {
    let asked =
        ["--programme", STATION, "--visitor", "--at", "2026-03-01T10:00:00Z", "--line", "crisps::99:3"];
    let text = told(&asked);
    for part in ["a visitor", "three-for-two 99.00", "198.00", "up to points", "to pay: 198.00 RUB"] {
        assert!(text.contains(part), "no `{part}`: {text}");
    }
    assert!(text.contains("no: no line is of item coffee, hot dog or screen wash"), "{text}");
    let answer = answered(&asked);
    assert_eq!((&answer["list"], &answer["till"]), (&json!("297.00"), &json!("198.00")));
    assert_eq!(answer["discounts"], json!([{ "offer": "three-for-two", "amount": "99.00" }]));
    assert_eq!((&answer["earns"][0]["points"], &answer["visitor"]), (&json!(5), &json!(true)));
}

#[test]
fn s29_a_tier_stands_for_a_member_without_a_ledger() {
    let at = ["--at", "2026-03-01T10:00:00Z", "--line", "helmet:clothing:8260"];
    let answer = answered(&[&["--programme", SHOP, "--tier", "Gold"], &at[..]].concat());
    assert_eq!((&answer["earns"][0]["points"], &answer["tier"]), (&json!(305), &json!("Gold")));
    assert_eq!(answer["next_tier"]["next"], "Platinum");
    let visitor = answered(&[&["--programme", SHOP, "--visitor"], &at[..]].concat());
    assert_eq!(visitor["earns"][0]["points"], 619);
    let wrong = refused(&[&["--programme", SHOP, "--tier", "Golden"], &at[..]].concat());
    assert!(wrong.contains("expected one of the programme's tiers, Silver, Gold, Platinum, VIP"), "{wrong}");
}

#[test]
fn s29_who_funds_what_and_what_a_level_brings_is_told() {
    let bank = ["--programme", "deploy/programmes/spasibo.toml", "--visitor", "--partner", "cinema"];
    let text = told(&[&bank[..], &["--attribute", "payment=card", "--line", "ticket::100000"]].concat());
    // 10 % of the cinema, and 1.5 % of the bank for who has just joined.
    for part in ["up to thanks (cinema)", "up to thanks (bank)", " 10,000 ", " 1,500\n"] {
        assert!(text.contains(part), "no `{part}`: {text}");
    }
    let airline = ["--programme", "deploy/programmes/virgin-atlantic.toml", "--tier", "Silver"];
    let text = told(&[&airline[..], &["--line", "flight:flights:1000"]].concat());
    for part in ["1,500", "separate check-in, priority boarding", "next tier: Gold, 6,000 miles missing"] {
        assert!(text.contains(part), "no `{part}`: {text}");
    }
}

#[test]
fn s29_a_member_of_a_data_directory_and_points_to_pay_with() {
    let (feeds, data) = (folder("quote-feeds"), folder("quote-data").join("shop"));
    let bicycle = r#"{"id":"1","member":"dmitry","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"20000","lines":[{"line":1,"sku":"bicycle","group":"bicycles","quantity":"1","amount":"20000"}]}"#;
    fs::write(feeds.join("purchases.till.jsonl"), format!("{bicycle}\n")).unwrap();
    let (feeds, data) = (feeds.display().to_string(), data.display().to_string());
    printed(&lotstream(&["run", "--programme", SHOP, "--input", &feeds, "--data", &data]).output().unwrap());

    let asked = |rest: &[&str]| {
        let fixed =
            ["--programme", SHOP, "--data", &data, "--partner", "till", "--line", "jacket:clothing:14700"];
        answered(&[&fixed[..], rest].concat())
    };
    let pays = ["--member", "dmitry", "--at", "2026-03-16T12:00:00+03:00", "--pay", "600"];
    let answer = asked(&pays);
    assert_eq!(answer["member"], "veloprobeg:member:dmitry");
    let spendable = json!([{ "wallet": "points", "of": 500, "points": 500, "worth": "500.00" }]);
    assert_eq!(answer["spendable"], spendable, "{answer:#}");
    // 14,200 in money earn 3.7 % at Gold.
    assert_eq!((&answer["payment"]["points"], &answer["owes"]), (&json!(500), &json!("14200.00")));
    assert_eq!((&answer["earns"][0]["points"], &answer["tier"]), (&json!(525), &json!("Gold")));
    assert_eq!(answer["next_tier"]["missing"], "40000.00");
    let rule = json!([{ "considered": "rule", "name": "purchase", "applies": true, "words": "applies", "because": { "is": "applies" } }]);
    assert_eq!(answer["considered"], rule);

    // By the event clock now is his last decision: nothing can be spent yet.
    assert_eq!(asked(&["--member", "dmitry"])["spendable"][0]["points"], 0);
    let newcomer = asked(&["--member", "anna", "--at", "2026-03-16T12:00:00+03:00"]);
    assert_eq!((&newcomer["tier"], &newcomer["earns"][0]["points"]), (&json!("Silver"), &json!(367)));
    let shown = printed(&lotstream(&["member", "dmitry", "--data", &data]).output().unwrap());
    assert!(shown.contains("the last 1 of 1 entries"), "a quote writes nothing: {shown}");
}

#[test]
fn a_question_that_cannot_be_answered_says_what_was_expected() {
    let wrong = refused(&["--programme", STATION, "--visitor", "--line", "crisps:99"]);
    assert!(wrong.contains("--line crisps:99: expected ITEM:GROUP:PRICE"), "{wrong}");
    let coalition = "deploy/programmes/coalition.toml";
    let nowhere = refused(&["--programme", coalition, "--visitor", "--line", "a::1"]);
    assert!(nowhere.contains("expected --partner"), "{nowhere}");
    let stranger = refused(&["--programme", coalition, "--visitor", "--partner", "kiosk", "--line", "a::1"]);
    assert!(stranger.contains("--partner kiosk: expected one of the programme's [partners]"), "{stranger}");
    let early = ["--at", "2015-01-01T00:00:00Z"];
    let early = refused(&[&["--programme", SHOP, "--visitor", "--line", "a::1"], &early[..]].concat());
    assert!(early.contains("no version of veloprobeg is in force"), "{early}");
}
