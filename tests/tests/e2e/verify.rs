//! `lotstream verify`: beside a deployment at work, one of whose ledgers dies, it raises no false alarm; a quiet one is
//! clean, by the same counts as the checker's; and what is then changed by hand, in tables and topics, is found and named.

use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use domain::{EntityId, Lot, Row};
use engine::store::Store;
use lotstream_scylla::ScyllaStore;
use lotstream_tests::cards::{Fate, with_cards};
use lotstream_tests::checker::check;
use lotstream_tests::checker::report::Report;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::journal::Journal;
use lotstream_tests::progress::Progress;
use lotstream_tests::raw::Partner;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::{Offset, TopicPartitionList};
use scylla::client::session_builder::SessionBuilder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const FEEDS: [&str; 4] = ["purchases", "returns", "redemptions", "partner-cards"];
const PATIENCE: Duration = Duration::from_secs(120);
/// Shorter than a dead ledger's partitions take to find another one: it is the ledgers' own progress that is waited for.
const IMPATIENT: &str = "1";

/// Findings of a watch, by kind.
fn violations(watch: &Service) -> BTreeMap<String, u64> {
    let text = until("its metrics", PATIENCE, || watch.metrics());
    let series = "lotstream_verify_violations_total{violation=\"";
    let lines = text.lines().filter_map(|line| line.strip_prefix(series)?.split_once("\"} "));
    lines.map(|(kind, count)| (kind.to_owned(), count.trim().parse().expect("a number"))).collect()
}

/// Members without a card and a lot of each, for hands that change something: no points moved there.
fn accounts(deployment: &Deployment) -> Vec<(EntityId, Lot)> {
    let mut store = ScyllaStore::open(&deployment.cql).expect("tables");
    let mut found = Vec::new();
    let mut take = |entity: EntityId, rows: Vec<engine::store::Stamped>| {
        let lot = rows.iter().find_map(|stamped| match &*stamped.row {
            Row::Lot(lot) => Some(lot.clone()),
            _ => None,
        });
        let linked = |row: &Row| matches!(row, Row::Account(account) if account.links.is_some());
        let linked = entity.is_card() || rows.iter().any(|stamped| linked(&stamped.row));
        found.extend(lot.filter(|_| !linked).map(|lot| (entity, lot)));
    };
    store.scan(&mut take).expect("rows");
    found
}

fn change(deployment: &Deployment, statements: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let session = SessionBuilder::new().known_nodes(&deployment.cql.nodes).build().await;
        let session = session.expect("a session");
        for statement in statements {
            let done = session.query_unpaged(statement.clone(), ()).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
    });
}

/// Writes a first answer of the partner's a second time, byte by byte; the position it answers.
fn answer_again(deployment: &Deployment, partner: &str) -> String {
    let journal = Journal::of(deployment);
    let (contract, mut found) = (journal.contract("outcome"), None);
    journal.each(&format!("outcomes.{partner}"), |record| {
        let value = record.value().unwrap_or_default();
        let outcome: OutcomeRecord = contract.decode(value, &mut Vec::new()).expect("an outcome");
        if outcome.outcome.kind == OutcomeKind::Applied && !outcome.later {
            found = Some((outcome.source, record.key().to_vec(), value.to_vec()));
        }
    });
    let (source, key, value) = found.expect("an event that was applied");
    Partner::of(deployment).write(&format!("outcomes.{partner}"), &key, &value);
    format!("{}.{} {} {}", source.feed, source.partner, source.partition, source.offset)
}

/// Writes a record that its feed is then told to have read; its position.
fn leave_out(deployment: &Deployment, partner: &str) -> String {
    let name = format!("purchases.{partner}");
    let offset = Partner::of(deployment).write(&name, b"hh-1", b"noise");
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &deployment.connection.brokers);
    config.set("group.id", deployment.topic("purchases")).set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().expect("a consumer");
    let mut committed = TopicPartitionList::new();
    let topic = deployment.topic(&name);
    committed.add_partition_offset(&topic, 0, Offset::Offset(offset + 1)).expect("a place");
    consumer.commit(&committed, CommitMode::Sync).expect("a group without members");
    format!("{name} 0 {offset}")
}

/// What a pass finds of `kind`: subjects.
fn subjects(told: &Value, kind: &str) -> Vec<String> {
    let findings = told["findings"].as_array().expect("findings").iter();
    let of_kind = findings.filter(|finding| finding["violation"] == kind);
    of_kind.map(|finding| finding["subject"].as_str().expect("a subject").to_owned()).collect()
}

/// Beside ledgers at work, one of which died, it goes round and finds nothing.
fn finds_nothing_at_work(watch: &Service, lines: usize) {
    let figure = |watch: &Service, name: &str| watch.figure(name).unwrap_or_default();
    let cycles = figure(watch, "verify_cycles_total");
    println!("{cycles} cycles over {} accounts under load", figure(watch, "verify_accounts_total"));
    assert!(cycles > 1, "expected it to go round under load");
    until("every position to be seen, and another cycle", PATIENCE, || {
        let seen = figure(watch, "verify_positions_total") == lines as u64;
        let waits = figure(watch, "verify_positions_waiting") + figure(watch, "verify_suspects");
        (seen && waits == 0 && figure(watch, "verify_cycles_total") > cycles + 1).then_some(())
    });
    let found = violations(watch);
    assert!(found.len() == 9 && found.values().all(|count| *count == 0), "{found:?}\n{}", watch.said());
}

/// At rest it says *clean*, and counts what the checker counts.
fn counts_as_the_checker(deployment: &Deployment, report: &Report) {
    let (code, told) = deployment.ask(&["verify", "--patience", IMPATIENT]);
    assert_eq!(
        (code, &told["verdict"], &told["findings"]),
        (Some(0), &"clean".into(), &json!([])),
        "{told:#}"
    );
    let sum = |name: &str| -> u64 {
        told["feeds"].as_array().expect("feeds").iter().map(|feed| feed[name].as_u64().expect(name)).sum()
    };
    let counted = ["accounts", "entries", "lots", "issued"].map(|name| told[name].as_u64().expect(name));
    let checked = [report.accounts, report.entries, report.lots].map(|count| count as u64);
    assert_eq!(counted[..3], checked, "{told:#}");
    assert_eq!(
        (counted[3], sum("answered")),
        (report.issued.unsigned_abs(), report.inputs as u64),
        "{told:#}"
    );
    assert_eq!(sum("waiting") + sum("unanswered"), 0, "{told:#}");
    println!(
        "{} accounts in {} ms, all of it in {} ms",
        told["accounts"], told["accounts_ms"], told["elapsed_ms"]
    );
}

/// Somebody has his hands in the tables: a balance is changed, an entry is gone, a figure is below zero.
fn lay_hands_on(deployment: &Deployment, [(rich, lot), (gap, _), (below, worse)]: &[(EntityId, Lot); 3]) {
    let keyspace = &deployment.cql.keyspace;
    let of_lot = |entity: &EntityId, lot: &Lot| {
        format!(
            "WHERE entity = '{entity}' AND issued_month = {} AND lot = {}",
            lot.id.issued_month, lot.id.key
        )
    };
    let available = lot.buckets.available.get() + 1;
    change(
        deployment,
        &[
            format!("UPDATE {keyspace}.lots SET available = {available} {}", of_lot(rich, lot)),
            format!("DELETE FROM {keyspace}.ledger_entries WHERE entity = '{gap}' AND sequence = 1"),
            format!("UPDATE {keyspace}.lots SET spent = -5 {}", of_lot(below, worse)),
        ],
    );
}

#[test]
fn s05_s27_a_deployment_is_verified_at_work_and_changes_by_hand_are_found() {
    let Some(turn) = Turn::take() else { return };
    let feeds = with_cards(&Feeds::journey(60).under_few_partners(4), 3, Fate::Moves);
    // Small transactions, so that many a look falls into the middle of one.
    let deployment = Deployment::new("verify", &turn.servers).with("batch", "25").create(feeds.partners());
    let mut fleet = deployment.start_some(&FEEDS, 2);
    let mut progress = Progress::of(&deployment);
    let watching = ["verify", "--watch", "--accounts-per-second", "2000", "--patience", IMPATIENT];
    let mut watch = deployment.start(&watching);
    watch.await_ready();

    let mut publisher = deployment.start(&["publish", "--input", feeds.folder()]);
    progress.await_answers(feeds.lines / 3, PATIENCE);
    fleet.ledgers[0].kill();
    fleet.ledgers[0] = deployment.start(&["ledger"]);
    publisher.await_end(PATIENCE);
    progress.await_answers(feeds.lines, PATIENCE);
    finds_nothing_at_work(&watch, feeds.lines);
    fleet.drain();

    let report = check(&deployment);
    report.assert_clean(feeds.lines);
    counts_as_the_checker(&deployment, &report);

    let partner = feeds.partners().next().expect("a partner");
    let hands: [(EntityId, Lot); 3] =
        accounts(&deployment).into_iter().take(3).collect::<Vec<_>>().try_into().expect("three accounts");
    lay_hands_on(&deployment, &hands);
    let [(rich, _), (gap, _), (below, _)] = &hands;
    let (twice, never) = (answer_again(&deployment, partner), leave_out(&deployment, partner));

    let (code, told) = deployment.ask(&["verify", "--patience", IMPATIENT]);
    assert_eq!((code, &told["verdict"]), (Some(1), &"wrong".into()), "{told:#}");
    for (kind, subject) in [
        ("rows", rich.as_str()),
        ("entries", rich.as_str()),
        ("sequence", gap.as_str()),
        ("unreadable", below.as_str()),
        ("answered_twice", twice.as_str()),
        ("unanswered", never.as_str()),
    ] {
        let found = subjects(&told, kind);
        assert!(
            !found.is_empty() && found.iter().all(|found| found == subject),
            "{kind}: {subject}: {told:#}"
        );
        until(&format!("the watch to find {kind}"), PATIENCE, || {
            violations(&watch).get(kind).filter(|count| **count > 0).map(drop)
        });
    }
    for kind in ["transit", "answers_nothing", "identity"] {
        assert_eq!(subjects(&told, kind), [""; 0], "{told:#}");
    }
    watch.ask_to_end();
    watch.await_end(PATIENCE);
    let said = watch.said();
    assert!(said.contains(&twice) && said.contains(gap.as_str()), "{said}");
}
