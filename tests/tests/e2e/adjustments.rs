//! S18, S25: what operators do through a desk's topic is what it is in memory, and a quarantined event is released
//! once.

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::servers::Turn;

const MEMBERS: usize = 5;

fn line(member: usize, id: &str, day: &str, rest: &str) -> String {
    format!(r#"{{"id":"{id}-{member}","member":"m-{member}","occurred_at":"2026-{day}T10:00:00Z",{rest}}}"#)
        + "\n"
}

/// 4,000 rubles at 2.5 %: 100 points, 14 days later.
fn sale(member: usize, id: &str, day: &str, delivered: &str) -> String {
    let rest = format!(
        r#""delivered_at":"2026-{delivered}T10:00:00Z","currency":"RUB","total":"4000","lines":[{{"line":1,"sku":"wheel","quantity":"1","amount":"4000"}}]"#
    );
    line(member, id, day, &rest)
}

/// Of each member a sale in time and two 40 days late, a step of a redemption while the account is blocked and one
/// afterwards, and what a desk does about them.
fn files() -> Files {
    let mut files = Files::new();
    let who = r#""actor":"op-7","reason":"case 4711","#;
    for member in 0..MEMBERS {
        let mut add = |file: &str, line: String| *files.entry(file.to_owned()).or_default() += &line;
        add("purchases.shop-0.jsonl", sale(member, "p", "03-01", "03-01"));
        add("purchases.shop-0.jsonl", sale(member, "late", "03-01", "04-10"));
        add("purchases.shop-0.jsonl", sale(member, "later", "03-01", "04-11"));
        for (id, day) in [("r", "04-13"), ("s", "04-17")] {
            add("redemptions.shop-0.jsonl", line(member, id, day, r#""step":"authorise","points":10"#));
        }
        for (id, day, what) in [
            ("grant", "03-02", r#""action":"grant","points":50,"partner":"shop-0""#.to_owned()),
            ("off", "03-20", r#""action":"write_off","points":30"#.to_owned()),
            ("block", "04-12", r#""action":"block""#.to_owned()),
            (
                "in",
                "04-14",
                format!(
                    r#""action":"release","partner":"shop-0","feed":"purchases","event":"late-{member}""#
                ),
            ),
            (
                "out",
                "04-15",
                format!(
                    r#""action":"refuse","partner":"shop-0","feed":"purchases","event":"later-{member}""#
                ),
            ),
            ("free", "04-16", r#""action":"unblock""#.to_owned()),
        ] {
            add("adjustments.care.jsonl", line(member, id, day, &format!("{who}{what}")));
        }
    }
    files
}

#[test]
fn a_desk_adjusts_on_servers_what_it_does_in_memory() {
    let Some(turn) = Turn::take() else { return };
    let feeds = Feeds::write(&files());
    let deployment = Deployment::new("adjustments", &turn.servers).create(["shop-0"]);
    deployment.run(&["topics", "create", "--desk", "care"]);
    let fleet = deployment.start_some(&["purchases", "redemptions", "adjustments"], 1);
    deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    fleet.drain();

    deployment.assert_as_in_memory(&feeds);
    let report = check(&deployment);
    report.assert_clean(feeds.lines);
    assert_eq!(report.later, 2 * MEMBERS, "S27: one later fate for each event released or refused");
}

/// The last member turns out to be the first. State and books alone are compared: the checker knows no merges.
#[test]
fn members_are_merged_on_servers_as_in_memory() {
    let Some(turn) = Turn::take() else { return };
    let (last, mut files) = (MEMBERS - 1, files());
    let merge = r#""actor":"op-7","reason":"case 4712","action":"merge","into":"m-0""#;
    *files.entry("adjustments.care.jsonl".to_owned()).or_default() += &line(last, "one", "04-18", merge);
    *files.entry("purchases.shop-0.jsonl".to_owned()).or_default() += &sale(last, "q", "04-19", "04-19");
    let feeds = Feeds::write(&files);
    let deployment = Deployment::new("merges", &turn.servers).create(["shop-0"]);
    deployment.run(&["topics", "create", "--desk", "care"]);
    let fleet = deployment.start_some(&["purchases", "redemptions", "adjustments"], 2);
    deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    fleet.drain();
    deployment.assert_as_in_memory(&feeds);
}
