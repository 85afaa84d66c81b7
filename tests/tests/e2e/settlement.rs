//! S35, S07: a coalition of 54 partners through services on real servers: settlements of the topic and statements of the
//! store say what those of the files of `run` say.

use lotstream_tests::checker::check;
use lotstream_tests::coalition::Coalition;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::places::repository;
use lotstream_tests::servers::Turn;
use lotstream_tests::settled::{Balances, Settled};
use lotstream_tests::tool::json;
use serde_json::Value;
use std::path::PathBuf;

const PROGRAMME: &str = "deploy/programmes/coalition.toml";
const UNDONE: &str = "jewellery";
const MEMBERS: u64 = 250;

fn feeds() -> Feeds {
    let text = std::fs::read_to_string(repository().join(PROGRAMME)).expect(PROGRAMME);
    let tariff = programme::compile(PROGRAMME, &text).expect("a programme");
    let partners: Vec<String> = tariff.partners.keys().map(ToString::to_string).collect();
    let coalition =
        Coalition { partners: &partners, undone: UNDONE, members: MEMBERS, events: 2_000, seed: 54 };
    Feeds::write(&coalition.feeds())
}

/// The same events from files.
struct InFiles {
    out: PathBuf,
    at: String,
    state_hash: String,
}

impl InFiles {
    fn run(feeds: &Feeds) -> Self {
        let out = PathBuf::from(feeds.folder()).join("run");
        let written = out.display().to_string();
        let run = ["run", "--programme", PROGRAMME, "--input", feeds.folder(), "--out", &written, "--json"];
        let summary = json(&run);
        let text = |name: &str| summary["ledger"][name].as_str().expect(name).to_owned();
        Self { at: text("at"), state_hash: text("state_hash"), out }
    }

    fn tell(&self, command: &[&str]) -> Value {
        let entries = self.out.join("ledger-entries.jsonl").display().to_string();
        json(&[command, &["--programme", PROGRAMME, "--entries", &entries]].concat())
    }
}

fn told(deployment: &Deployment, command: &[&str]) -> Value {
    serde_json::from_str(&deployment.run(command)).expect("JSON")
}

/// A statement's lines without the names of events: of a return the store keeps no id. Of a change of tier the words
/// before that of its cause stay.
fn figures(statement: &Value) -> Vec<Value> {
    let mut lines = statement["lines"].as_array().cloned().unwrap_or_default();
    for line in &mut lines {
        let words =
            line["what"].as_str().and_then(|what| what.split(':').next()).unwrap_or_default().to_owned();
        line["what"] = if line["kind"].is_null() { words.into() } else { Value::Null };
    }
    lines
}

fn same_settlements(deployment: &Deployment, files: &InFiles) {
    for period in ["2026-01", "2026-Q1", "2026"] {
        let settle = ["settle", "--period", period, "--json"];
        let (here, there) = (told(deployment, &settle), files.tell(&settle));
        assert_eq!(here, there, "S35: {period} of the topic and of the files");
    }
    let year = Settled(told(deployment, &["settle", "--period", "2026", "--json"]));
    year.assert_sums_to_zero();
    year.assert_sums_to(Balances::of(&files.out));
    year.assert_nothing_of(UNDONE);
    assert_eq!(year.issuers(), 54);
    let ((issuer, redeemer), points) = year.corners().into_iter().next().expect("a corner");
    let explain = ["settle", "--period", "2026", "--json", "--explain", &issuer, &redeemer];
    let explained = told(deployment, &explain)["explained"].clone();
    let sum: i64 = explained.as_array().into_iter().flatten().filter_map(|it| it["points"].as_i64()).sum();
    assert_eq!(sum, points, "{issuer} at {redeemer}");
}

fn same_statements(deployment: &Deployment, files: &InFiles) {
    let (mut lines, mut tiers) = (0, 0);
    for member in (0..MEMBERS).step_by(20) {
        let member = format!("m{member}");
        let statement = ["statement", &member, "--at", &files.at, "--format", "json"];
        let (here, there) = (told(deployment, &statement), files.tell(&statement));
        assert_eq!(figures(&here), figures(&there), "S07: lines of {member}");
        assert_eq!(here["wallets"], there["wallets"], "S07: both ends of {member}");
        lines += figures(&here).len();
        tiers += figures(&here).iter().filter(|line| line["kind"].is_null()).count();
    }
    for (member, day) in [("m3", "2026-01-20"), ("m50", "2026-02-10"), ("m99", "2026-03-10")] {
        let at = format!("{day}T12:00:00+03:00");
        let shown = told(deployment, &["member", member, "--at", &at, "--json"]);
        let statement = ["statement", member, "--from", "2026-01-01", "--at", &at, "--format", "json"];
        let closing = files.tell(&statement)["wallets"][0]["closing"].clone();
        for figure in ["total", "available", "held", "debt"] {
            assert_eq!(shown["wallets"][0][figure], closing[figure], "S07: {figure} of {member} as of {at}");
        }
    }
    println!("{lines} lines of statements, {tiers} of them changes of tier");
    assert!(tiers > 0, "S28: a statement of the store tells changes of tier");
}

#[test]
fn s35_a_coalition_of_54_settles_on_servers_as_from_files() {
    let Some(turn) = Turn::take() else { return };
    let feeds = feeds();
    let deployment = Deployment::new("settlement", &turn.servers).create_under("coalition", feeds.partners());
    let fleet = deployment.start_all(2);
    let said = deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    println!("{}", said.trim());
    fleet.drain();

    let files = InFiles::run(&feeds);
    assert_eq!(deployment.state_hash(&files.at), files.state_hash, "S05: the state as of {}", files.at);
    check(&deployment).assert_clean(feeds.lines);
    same_settlements(&deployment, &files);
    same_statements(&deployment, &files);
}
