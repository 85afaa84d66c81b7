//! An audited correction on real servers: a faulty version is replaced for its stretch, idle members get their points
//! too, and a ledger that takes over afterwards knows it (S26).

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::fleet::Fleet;
use lotstream_tests::places::repository;
use lotstream_tests::servers::Turn;
use lotstream_tests::wait::until;
use serde_json::Value;
use std::time::Duration;

const MEMBERS: u32 = 6;
/// How long the ledgers may take to rate again what was rated.
const ALL: Duration = Duration::from_secs(60);

/// The bicycle shop's programme with twice the points at Silver, from the middle of February to the middle of March.
fn corrected() -> String {
    let path = repository().join("deploy/programmes/veloprobeg.toml");
    let text = std::fs::read_to_string(path).expect("the bicycle shop's programme");
    let rules = text.split("[[example]]").next().expect("rules before the first example");
    let changed = [
        ("version = 1", "version = 2"),
        ("from = \"2016-01-01\"", "from = \"2026-02-15\""),
        ("Silver = \"2.5 %\"", "Silver = \"5 %\""),
    ];
    let rules = changed.iter().fold(rules.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "expected {old} in the programme");
        text.replacen(old, new, 1)
    });
    let why = r#"actor = "op-7", reason = "half the points that were promised""#;
    format!("correction = {{ replaces = 1, until = \"2026-03-15\", {why} }}\n{rules}")
}

/// Lines of every member: `id` with `m` for the member's number.
fn lines(count: u32, id: &str, day: &str, rest: &str) -> String {
    let line = |member: u32| {
        let rest = rest.replace("{m}", &member.to_string());
        format!(
            r#"{{"id":"{id}-{member}","member":"m-{member}","occurred_at":"2026-{day}T10:00:00Z",{rest}}}"#
        ) + "\n"
    };
    (0..count).map(line).collect()
}

fn publish(deployment: &Deployment, file: &str, text: String) -> usize {
    let feeds = Feeds::write(&Files::from([(file.to_owned(), text)]));
    deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    feeds.lines
}

fn total(deployment: &Deployment, member: &str) -> i64 {
    let view = deployment.run(&["member", member, "--at", "2026-05-01T00:00:00Z", "--json"]);
    let view: Value = serde_json::from_str(&view).expect("a member in JSON");
    view["wallets"][0]["total"].as_i64().expect("a total")
}

#[test]
fn s26_a_version_is_corrected_on_servers_and_a_successor_knows_it() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("corrections", &turn.servers).create(["shop-0"]);
    let mut fleet = deployment.start_some(&["purchases", "returns"], 2);
    let bought = r#""currency":"RUB","total":"4000","lines":[{"line":1,"sku":"wheel","quantity":"1","amount":"4000"}]"#;
    let sales = lines(MEMBERS, "p", "03-01", bought) + &lines(MEMBERS, "q", "04-01", bought);
    let mut inputs = publish(&deployment, "purchases.shop-0.jsonl", sales);
    assert_eq!(total(&deployment, "m-1"), 200, "2.5 % of 4,000, twice");

    let path = deployment.folder().join("corrected.toml");
    std::fs::write(&path, corrected()).expect("a file for the correction");
    let decided = |fleet: &Fleet| -> u64 { fleet.figures("ledger_commands_total").iter().sum() };
    let before = decided(&fleet);
    let path = path.display().to_string();
    let forecast = deployment.run(&["programme", "publish", &path, "--dry-run"]);
    assert!(forecast.contains("600"), "expected the points it would give:\n{forecast}");
    deployment.run(&["programme", "publish", &path]);
    until("every member to be rated again", ALL, || {
        (decided(&fleet) >= before + u64::from(MEMBERS)).then_some(())
    });
    for mut ledger in std::mem::take(&mut fleet.ledgers) {
        ledger.ask_to_end();
        ledger.await_end(ALL);
    }

    // A successor that never saw it published takes a return of what was corrected.
    let mut successor = deployment.start(&["ledger"]);
    successor.await_ready();
    fleet.ledgers.push(successor);
    let back = r#""purchase":"p-{m}","lines":[{"line":1,"quantity":"1"}]"#;
    inputs += publish(&deployment, "returns.shop-0.jsonl", lines(1, "r", "04-20", back));
    assert_eq!(total(&deployment, "m-0"), 100, "S26: a return goes by the correction");
    assert_eq!(total(&deployment, "m-1"), 300, "S26: 5 % of the first, 2.5 % of the second");
    let listed = deployment.run(&["programme", "list"]);
    assert!(listed.contains("op-7") && listed.contains("half the points"), "expected who and why:\n{listed}");
    fleet.drain();
    let report = check(&deployment);
    report.assert_clean(inputs);
    assert_eq!(report.issued, 300 * i64::from(MEMBERS), "S05: issued at the sales, and raised since");
}
