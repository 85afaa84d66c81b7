//! Partners of a running deployment: added, paused and resumed without a restart. What a paused partner wrote waits and
//! is read from where it stopped, everything else goes on, and nothing is lost or doubled.

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::fleet::Fleet;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(120);
/// The partner that is paused, and one that is not.
const PAUSED: &str = "bookshop";
const OTHER: &str = "cinema";

/// Sales numbered from `first` on, at both partners.
fn sales(first: usize, count: usize) -> Feeds {
    let mut files = Files::new();
    for (partner, number) in
        [PAUSED, OTHER].iter().flat_map(|name| (first..first + count).map(move |n| (name, n)))
    {
        let line = format!(
            r#"{{"id":"s-{number}","member":"m-{}","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"400","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"400"}}]}}"#,
            number % 50
        );
        *files.entry(format!("purchases.{partner}.jsonl")).or_default() += &(line + "\n");
    }
    Feeds::write(&files)
}

fn publish(deployment: &Deployment, feeds: &Feeds) -> usize {
    deployment.run(&["publish", "--input", feeds.folder()]);
    feeds.lines
}

/// What `partner list` says of one.
fn listed(deployment: &Deployment, partner: &str) -> Value {
    let all: Vec<Value> =
        serde_json::from_str(&deployment.run(&["partner", "list", "--json"])).expect("a list");
    all.into_iter().find(|it| it["partner"] == partner).unwrap_or_else(|| panic!("{partner} is not listed"))
}

fn await_paused(purchases: &mut [Service], topics: u64) {
    for service in purchases {
        let what = format!("{} to leave {topics} topics alone", service.name);
        until(&what, PATIENCE, || (service.figure("feed_paused_topics")? == topics).then_some(()));
    }
}

/// A deployment whose partners were added one by one while nothing ran.
fn added(turn: &Turn, story: &str) -> Deployment {
    let session = "session.timeout.ms=3000,heartbeat.interval.ms=500";
    let deployment = Deployment::new(story, &turn.servers).with("kafka_settings", session);
    let deployment = deployment.create_under("coalition", []);
    let ledger = deployment.start(&["ledger"]);
    // The programme is known once a ledger has taken it up.
    let named = || deployment.run(&["partner", "list", "--json"]).contains(PAUSED).then_some(());
    until("the programme to be known", PATIENCE, named);
    for partner in [PAUSED, OTHER] {
        let told: Value =
            serde_json::from_str(&deployment.run(&["partner", "add", partner, "--json"])).expect("JSON");
        let topics = told["topics"].as_array().expect("topics");
        assert!(topics.len() >= 4 && topics.iter().all(|topic| topic["new"] == true), "{told:#}");
        assert_eq!((&told["entry"], &told["version"]), (&"named".into(), &1.into()), "{told:#}");
        assert_eq!(told["principal"], format!("User:{partner}"));
    }
    drop(ledger);
    deployment
}

#[test]
fn a_partner_is_added_once_and_only_where_the_programme_names_it() {
    let Some(turn) = Turn::take() else { return };
    let deployment = added(&turn, "added");
    let again: Value =
        serde_json::from_str(&deployment.run(&["partner", "add", PAUSED, "--json"])).expect("JSON");
    assert!(
        again["topics"].as_array().expect("topics").iter().all(|topic| topic["new"] == false),
        "{again:#}"
    );
    let told = deployment.refused(&["partner", "add", "book-shop"]);
    assert!(told.contains("expected `book-shop` among [partners] of `coalition` version 1"), "{told}");
    assert!(!deployment.topics().iter().any(|topic| topic.contains("book-shop")), "nothing was made");
    deployment.run(&["partner", "add", "book-shop", "--without-entry"]);
    let strange = listed(&deployment, "book-shop");
    assert_eq!(
        (&strange["named"], &strange["missing"]),
        (&false.into(), &Value::Array(vec![])),
        "{strange:#}"
    );
    let unmade = listed(&deployment, "airline");
    assert_eq!(unmade["present"], Value::Array(vec![]), "{unmade:#}");
    let told = deployment.run(&["partner", "add", OTHER]);
    assert!(told.contains("NOT ENFORCED") && told.contains("kafka-acls --bootstrap-server"), "{told}");
    for wrong in [["partner", "pause", "airline"], ["partner", "resume", "nobody"], ["partner", "add", "a b"]]
    {
        let told = deployment.refused(&wrong);
        assert!(told.contains("expected a partner"), "{told}");
    }
}

#[test]
fn a_paused_partner_waits_through_restarts_and_nobody_else_does() {
    let Some(turn) = Turn::take() else { return };
    let deployment = added(&turn, "paused");
    let mut fleet = deployment.start_some(&["purchases", "purchases"], 1);
    let mut progress = Progress::of(&deployment);
    let mut answered = publish(&deployment, &sales(0, 300));
    progress.await_answers(answered, PATIENCE);

    // In full flow: what is read then is answered, what is not waits.
    let flood = sales(1_000, 4_000);
    let mut publisher = deployment.start(&["publish", "--input", flood.folder()]);
    progress.await_answers(answered + 500, PATIENCE);
    let told = deployment.run(&["partner", "pause", PAUSED, "--reason", "wrong prices"]);
    assert!(told.contains("are kept") && told.contains("lotstream partner resume bookshop"), "{told}");
    await_paused(&mut fleet.feeds, 1);
    publisher.await_end(PATIENCE);
    let mut written = answered + flood.lines + publish(&deployment, &sales(10_000, 200));
    let at_rest =
        |deployment: &Deployment| listed(deployment, PAUSED)["lag"]["purchases"].as_i64().expect("a figure");
    until("everything of the other to be read", PATIENCE, || {
        (listed(&deployment, OTHER)["lag"]["purchases"] == 0).then_some(())
    });
    let mut before = None;
    // Read before the pause and answered since: two looks that see the same see the rest.
    let waits = until("what waits to stand still", PATIENCE, || {
        let now = at_rest(&deployment);
        (before.replace(now) == Some(now)).then_some(now)
    });
    assert!(waits >= 200, "expected what was written after the pause to wait, {waits} do");
    answered = written - usize::try_from(waits).expect("a number");
    progress.await_answers(answered, PATIENCE);

    // All instances die, others start: they know of the pause before they read.
    for service in &mut fleet.feeds {
        service.kill();
        *service = deployment.start(&["purchases"]);
    }
    fleet.await_ready();
    await_paused(&mut fleet.feeds, 1);
    for round in 1..=3 {
        written += publish(&deployment, &sales(20_000 + 100 * round, 100));
        progress.await_answers(answered + 100 * round, PATIENCE);
    }
    let read: u64 = fleet.feeds.iter().filter_map(|service| service.figure("feed_commands_total")).sum();
    assert_eq!(read, 300, "expected the new instances to have read {OTHER} alone");
    assert_eq!(at_rest(&deployment), waits + 300, "nothing of {PAUSED} was read meanwhile");
    let paused = listed(&deployment, PAUSED);
    assert_eq!(
        (&paused["paused"]["reason"], &listed(&deployment, OTHER)["paused"]),
        (&"wrong prices".into(), &Value::Null)
    );
    assert!(paused["last_event"].is_string(), "{paused:#}");

    deployment.run(&["partner", "resume", PAUSED]);
    progress.await_answers(written, PATIENCE);
    await_paused(&mut fleet.feeds, 0);
    fleet.drain();
    check(&deployment).assert_clean(written);
}

#[test]
fn what_a_pause_outlived_is_told_and_skipped_only_by_a_word() {
    let Some(turn) = Turn::take() else { return };
    let deployment = added(&turn, "outlived");
    let fleet = deployment.start_some(&["purchases"], 1);
    let mut progress = Progress::of(&deployment);
    let before = publish(&deployment, &sales(0, 20));
    progress.await_answers(before, PATIENCE);
    deployment.run(&["partner", "pause", PAUSED]);
    let mut fleet = fleet;
    await_paused(&mut fleet.feeds, 1);
    publish(&deployment, &sales(100, 30));
    progress.await_answers(before + 30, PATIENCE);
    deployment.delete_before(&format!("purchases.{PAUSED}"), 35);

    let told = deployment.refused(&["partner", "resume", PAUSED]);
    assert!(told.contains("15 of") && told.contains("--accept-loss"), "{told}");
    assert_eq!(listed(&deployment, PAUSED)["lost"], 15);
    // A service at work owns its place: it has to be stopped first.
    let accept = ["partner", "resume", PAUSED, "--accept-loss"];
    let told = deployment.refused(&accept);
    assert!(told.contains("stop its service"), "{told}");
    assert!(listed(&deployment, PAUSED)["paused"].is_object(), "still paused");
    let Fleet { feeds, ledgers } = fleet;
    Fleet { feeds, ledgers: Vec::new() }.drain();
    let told = deployment.run(&accept);
    assert!(told.contains("without 15 that were deleted unread"), "{told}");
    let mut purchases = deployment.start(&["purchases"]);
    purchases.await_ready();
    progress.await_answers(before + 30 + 15, PATIENCE);
    purchases.assert_running();
    Fleet { feeds: vec![purchases], ledgers }.drain();
}
