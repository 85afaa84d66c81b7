//! Erasure: a person flows through every feed under marker ids, is erased, and once partners' topics and dead letters
//! were kept as long as the catalogue says, is nowhere: not in a topic, a table or a file. The sums stay.
//!
//! First the search has to find them, so that it is known to see.

use lotstream_kafka::admin::Admin;
use lotstream_tests::checker::evidence::Evidence;
use lotstream_tests::checker::report::Report;
use lotstream_tests::checker::{books, check};
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::places::repository;
use lotstream_tests::servers::Turn;
use lotstream_tests::traces::{Person, in_files, in_tables, in_topics};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

const MEMBER: &str = "zaphod-4711-member";
const CARD: &str = "heart-of-gold-0815-card";
const FRIEND: &str = "trillian-4712-member";
const KEY: &str = "the key of one story, of thirty-two bytes and more";
/// Ids that stay: what is left of the person must not be what is left of everyone.
const OTHER: &str = "arthur-4713-member";

fn line(who: &str, id: &str, day: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}",{who},"occurred_at":"2026-{day}T10:00:00Z",{rest}}}"#) + "\n"
}

fn sale(who: &str, id: &str, day: &str, extra: &str) -> String {
    let rest =
        r#""currency":"RUB","total":"1000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"1000"}]"#;
    line(who, id, day, &format!("{extra}{rest}"))
}

fn feeds() -> Feeds {
    let mut files = Files::new();
    let mut add = |file: &str, line: String| *files.entry(file.to_owned()).or_default() += &line;
    let member = format!(r#""member":"{MEMBER}""#);
    let card = format!(r#""card":"{CARD}""#);
    let other = format!(r#""member":"{OTHER}""#);
    for (who, id) in [(&member, "p"), (&card, "c"), (&other, "o")] {
        add("purchases.shop.jsonl", sale(who, id, "03-01", ""));
    }
    // Refused by the feed service, by the ledger, and no record at all.
    add("purchases.shop.jsonl", sale(&member, &format!("receipt-{MEMBER}"), "03-02", ""));
    add("purchases.shop.jsonl", sale(&member, "euro", "03-02", "").replace("RUB", "EUR"));
    add("purchases.shop.jsonl", format!("no record, of {MEMBER} and {CARD}\n"));
    let late = r#""delivered_at":"2026-05-02T10:00:00Z","#;
    add("purchases.shop.jsonl", sale(&member, "late", "03-02", late));
    let back = r#""purchase":"p","lines":[{"line":1,"quantity":"0.5"}]"#;
    add("returns.shop.jsonl", line(&member, "t", "03-05", back));
    let waits =
        r#""delivered_at":"2026-05-03T10:00:00Z","purchase":"never","lines":[{"line":1,"quantity":"1"}]"#;
    add("returns.shop.jsonl", line(&member, "w", "05-03", waits));
    let step = r#""step":"authorise","points":100,"time_to_live":31536000000"#;
    add("redemptions.shop.jsonl", line(&member, "r", "03-06", step));
    let activity = |id: &str, kind: &str, attributes: &str| {
        line(&member, id, "03-03", &format!(r#""kind":"{kind}","attributes":[{attributes}]"#))
    };
    let friend = format!(r#"{{"name":"friend","member":"{FRIEND}"}}"#);
    add("activities.shop.jsonl", activity("a-1", "contest", r#"{"name":"place","value":"1"}"#));
    add("activities.shop.jsonl", activity("a-2", "birthday", r#"{"name":"on","value":"2001-05-17"}"#));
    add("activities.shop.jsonl", activity("a-3", "referral", &friend));
    add("activities.shop.jsonl", activity("a-4", "sleep", ""));
    let who = r#""actor":"op-7","reason":"case 4711","#;
    let grant = format!(r#"{who}"action":"grant","points":50,"partner":"shop""#);
    add("adjustments.care.jsonl", line(&member, "g", "03-07", &grant));
    for (whose, id) in [(&member, "e-1"), (&card, "e-2")] {
        add("adjustments.care.jsonl", line(whose, id, "05-10", &format!(r#"{who}"action":"erase""#)));
    }
    add("purchases.shop.jsonl", sale(&member, "after", "05-20", ""));
    Feeds::write(&files)
}

/// Empties the topics whose records partners and desks write, and those that repeat them: what their retention does.
fn let_retention_pass(deployment: &Deployment) {
    let raw = |topic: &&wire::topic::TopicSpec| {
        topic.is_per_partner() || topic.is_per_desk() || topic.name == "dead-letters"
    };
    let kept: Vec<_> = wire::topic::all().iter().filter(raw).collect();
    assert!(
        kept.iter().all(|topic| matches!(topic.retention, wire::topic::Retention::Days(_))),
        "kept for ever"
    );
    let is_raw =
        |name: &String| kept.iter().any(|topic| topic.name == *name || topic.partner_of(name).is_some());
    let topics: Vec<String> =
        deployment.topics().iter().filter(|name| is_raw(name)).map(|name| deployment.topic(name)).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    assert!(topics.len() >= 7, "{topics:?}");
    Admin::new(&deployment.connection).and_then(|admin| admin.empty(&topics)).expect("emptied topics");
}

#[test]
fn an_erased_person_is_nowhere_once_retention_passed_and_the_sums_hold() {
    let Some(turn) = Turn::take() else { return };
    let feeds = feeds();
    let person = Person::known_as(&[MEMBER, CARD, FRIEND]);
    let programme = repository().join("services/lib/programme/tests/programmes/active.toml");
    let programme = programme.display().to_string();
    let deployment = Deployment::new("erasure", &turn.servers).with("programme", "active");
    let deployment = deployment.with("pseudonym_key", KEY).with("identity", "keyed");
    deployment.run(&["tables", "create"]);
    deployment.run(&["topics", "create", "--partner", "shop", "--desk", "care"]);
    deployment.run(&["programme", "publish", &programme]);
    let fleet =
        deployment.start_some(&["purchases", "returns", "redemptions", "activities", "adjustments"], 1);
    deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);

    // In memory, under the same key, it ends the same.
    let out = format!("{}/run", feeds.folder());
    let run = ["run", "--programme", &programme, "--input", feeds.folder(), "--out", &out, "--json"];
    let summary: Value = serde_json::from_str(&deployment.run(&run)).expect("a summary in JSON");
    let text = |name: &str| summary["ledger"][name].as_str().expect(name).to_owned();
    let state = text("state_hash");
    assert_eq!(deployment.state_hash(&text("at")), state, "expected the state as in memory");
    assert!(
        deployment.run(&["member", MEMBER]).contains("active:member:"),
        "who has the key finds the account"
    );

    // The search sees: where partners wrote, and where what they wrote is repeated.
    let found = in_topics(&deployment, &person);
    let topics: Vec<&str> = found.keys().map(String::as_str).collect();
    let expected = [
        "activities.shop",
        "adjustments.care",
        "dead-letters",
        "outcomes.shop",
        "purchases.shop",
        "redemptions.shop",
        "returns.shop",
    ];
    let unexpected: Vec<&&str> = topics.iter().filter(|topic| !expected.contains(topic)).collect();
    assert!(unexpected.is_empty(), "raw ids where no retention is declared for them: {found:?}");
    for topic in expected.iter().filter(|topic| **topic != "outcomes.shop") {
        assert!(topics.contains(topic), "expected the search to see {topic}, found {found:?}");
    }
    let run_found = in_files(Path::new(&out), &person);
    assert_eq!(run_found.keys().collect::<Vec<_>>(), ["dead-letters.jsonl"]);

    let_retention_pass(&deployment);
    std::fs::remove_file(format!("{out}/dead-letters.jsonl")).expect("the file of dead letters");
    assert_eq!(in_topics(&deployment, &person), BTreeMap::new());
    assert_eq!(in_tables(&deployment, &person), BTreeMap::new());
    assert_eq!(in_files(Path::new(&out), &person), BTreeMap::new());
    assert_eq!(in_files(deployment.folder(), &person), BTreeMap::new(), "logs of the services");

    // What is left still adds up.
    let mut report = Report::default();
    books::check(&Evidence::gather(&deployment), &mut report);
    assert!(report.is_clean() && report.lots > 0, "{report}");
    assert_eq!(deployment.state_hash(&text("at")), state);
    let settled = deployment.run(&["settle", "--period", "2026", "--programme", &programme]);
    assert!(settled.contains("holds"), "{settled}");
}

#[test]
fn a_search_that_looks_for_ids_as_they_are_kept_without_a_key_finds_them() {
    let Some(turn) = Turn::take() else { return };
    let mut files = Files::new();
    files.insert("purchases.shop.jsonl".into(), sale(&format!(r#""member":"{MEMBER}""#), "p", "03-01", ""));
    let feeds = Feeds::write(&files);
    let programme = repository().join("services/lib/programme/tests/programmes/active.toml");
    let deployment = Deployment::new("given", &turn.servers).with("programme", "active");
    deployment.run(&["tables", "create"]);
    deployment.run(&["topics", "create", "--partner", "shop"]);
    deployment.run(&["programme", "publish", &programme.display().to_string()]);
    let fleet = deployment.start_some(&["purchases"], 1);
    deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    fleet.drain();
    let_retention_pass_of(&deployment, "purchases.shop");
    let person = Person::known_as(&[MEMBER]);
    let (topics, tables) = (in_topics(&deployment, &person), in_tables(&deployment, &person));
    for topic in ["ledger-entries", "ledger-wal", "member-commands", "outcomes.shop"] {
        assert!(topics.contains_key(topic), "expected the id as given in {topic}, found {topics:?}");
    }
    assert!(!topics.contains_key("purchases.shop"), "expected an emptied topic to be empty: {topics:?}");
    assert!(tables.contains_key("accounts") && tables.contains_key("lots"), "{tables:?}");
}

fn let_retention_pass_of(deployment: &Deployment, topic: &str) {
    let topic = deployment.topic(topic);
    let emptied = Admin::new(&deployment.connection).and_then(|admin| admin.empty(&[topic.as_str()]));
    emptied.expect("an emptied topic");
}
