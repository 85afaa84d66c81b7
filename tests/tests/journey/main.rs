//! S24 on the real year, without servers: cards bound at moments drawn from it, events in order and shuffled within 29
//! days of a bound of 30. What every lot earned net of returns, and what every account has, lost by expiry, owes and its tier, are the same.

use lotstream_tests::cards::{Fate, shuffled, with_cards};
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::places::{binary, repository};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// After the year, and the latest delivery.
const END: &str = "2018-03-15T00:00:00Z";

/// Purchases and returns, all in money: which points pay is decided once, in log order.
fn in_money(feeds: &Feeds) -> Feeds {
    let files = feeds.files().into_iter().filter(|(name, _)| !name.starts_with("redemptions."));
    let purse = |line: &str| {
        let mut event: Value = serde_json::from_str(line).expect("a line of the converter");
        event.as_object_mut().expect("an object").remove("tenders");
        event.to_string() + "\n"
    };
    let files: Files = files.map(|(name, text)| (name, text.lines().map(purse).collect())).collect();
    Feeds::write(&files)
}

/// Points earned net of returns, by the lot's cause, terms and partner, whoever holds it (S24).
fn earned(feeds: &Feeds) -> BTreeMap<String, i64> {
    let entries = std::fs::read_to_string(format!("{}/run/ledger-entries.jsonl", feeds.folder()));
    let mut earned = BTreeMap::new();
    for line in entries.expect("ledger-entries.jsonl").lines() {
        let entry: Value = serde_json::from_str(line).expect("an entry");
        let granted = match entry["kind"].as_str() {
            Some("accrual" | "raise") => entry["points"].as_i64().expect("points"),
            _ => 0,
        };
        let change = granted - entry["clawed_back"].as_i64().expect("points");
        let lot = entry["lot"]["key"].as_str().expect("a lot's key").to_owned();
        *earned.entry(lot).or_default() += change;
    }
    earned.retain(|_, points| *points != 0);
    earned
}

/// Of each account: total, expired, owed, tier. A card that gave all it had away is as one that never had anything.
fn run(feeds: &Feeds) -> BTreeMap<String, Vec<String>> {
    let out = format!("{}/run", feeds.folder());
    let programme = repository().join("deploy/programmes/veloprobeg.toml");
    let mut command = Command::new(binary());
    command
        .args(["run", "--input", feeds.folder(), "--out", &out, "--at", END, "--programme"])
        .arg(programme);
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let balances = std::fs::read_to_string(format!("{out}/balances.csv")).expect("balances.csv");
    let mut lines = balances.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let headings = lines.next().expect("headings");
    let place = |name: &str| headings.iter().position(|heading| *heading == name).expect("a heading");
    let kept = ["total", "expired", "debt", "tier"].map(place);
    let figures = lines.map(|line| (line[0].to_owned(), kept.map(|at| line[at].to_owned()).to_vec()));
    let holds = |entity: &str, figures: &[String]| {
        !entity.contains(":card:") || figures[..3].iter().any(|points| points != "0")
    };
    figures.filter(|(entity, figures)| holds(entity, figures)).collect()
}

#[test]
fn s24_cards_of_the_real_year_in_order_and_shuffled_end_alike() {
    let year = in_money(&Feeds::journey(150).under_few_partners(8));
    let in_order = with_cards(&year, 3, Fate::Stays);
    let (usual, usually_earned) = (run(&in_order), earned(&in_order));
    assert!(usually_earned.len() > 1_000, "expected lots, found {}", usually_earned.len());
    let news = in_order.files()["partner-cards.club.jsonl"].lines().count();
    assert!(news > 30, "expected cards that are bound, found {news}");
    for seed in [1, 2] {
        let late = shuffled(&in_order, seed);
        let turned = run(&late);
        assert!(earned(&late) == usually_earned, "S24: points earned net of returns, by lot");
        assert_eq!(usual.keys().collect::<Vec<_>>(), turned.keys().collect::<Vec<_>>());
        for (entity, balances) in &usual {
            assert_eq!(Some(balances), turned.get(entity), "S24: {entity}: total, expired, debt, tier");
        }
    }
}
