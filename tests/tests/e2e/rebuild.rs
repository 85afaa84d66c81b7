//! The tables are a projection of `member-commands`: made anew from it alone they are the live ones, row by row and stamp
//! by stamp, statements included, and ledgers go on over them, also where the last one was killed in the act.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::EntityId;
use domain::entry::Entry;
use engine::rebuild::mark::Mark;
use engine::store::{PartitionState, Stamped, Store};
use lotstream_scylla::{Config, ScyllaStore};
use lotstream_tests::cards::{Fate, with_cards};
use lotstream_tests::checker::check;
use lotstream_tests::deployment::{Deployment, REBUILT};
use lotstream_tests::faults::Witness;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::{until, within};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const FEEDS: [&str; 4] = ["purchases", "returns", "redemptions", "partner-cards"];
/// Partitions of `member-commands` on one machine.
const PARTITIONS: i32 = 4;
/// Behind every event of the feeds.
const AT: &str = "2018-02-01T00:00:00Z";
/// Members whose points can be spent while the story is told.
const DUE: i64 = 20;
/// How long the services may take to answer everything, and a rebuild to come to its end.
const ALL: Duration = Duration::from_secs(600);

/// What a keyspace holds: rows with their stamps and statements, and where partitions stand, but for their watermarks.
#[derive(PartialEq, Debug)]
struct Held {
    entities: BTreeMap<EntityId, (Vec<Stamped>, Vec<Entry>)>,
    partitions: Vec<PartitionState>,
}

impl Held {
    fn of(deployment: &Deployment, keyspace: &str) -> Self {
        let mut store = open(deployment, keyspace).expect("tables");
        let mut entities = BTreeMap::new();
        store.scan(&mut |entity, rows| drop(entities.insert(entity, (rows, Vec::new())))).expect("rows");
        for (entity, (_, entries)) in &mut entities {
            *entries = store.statement(entity).expect("a statement");
        }
        let mut state = |partition| {
            let state = store.partition_state(partition).expect("a partition");
            PartitionState { watermark: None, watermark_ts: state.row_ts, ..state }
        };
        Self { partitions: (0..PARTITIONS).map(&mut state).collect(), entities }
    }
}

fn open(deployment: &Deployment, keyspace: &str) -> Option<ScyllaStore> {
    ScyllaStore::open(&Config { keyspace: keyspace.to_owned(), ..deployment.cql.clone() }).ok()
}

/// Fails unless `rebuilt` is `live`: to the row, by the state hash as of `at`, and by what a member is told.
fn assert_same(deployment: &mut Deployment, live: &str, rebuilt: &str, at: &str) {
    let (expected, found) = (Held::of(deployment, live), Held::of(deployment, rebuilt));
    assert!(!expected.entities.is_empty(), "expected accounts in {live}");
    for (entity, rows) in &expected.entities {
        assert_eq!(found.entities.get(entity), Some(rows), "{entity} in {rebuilt}, expected as in {live}");
    }
    assert_eq!(found.entities.len(), expected.entities.len(), "accounts nobody has in {live}");
    assert_eq!(found.partitions, expected.partitions);
    let member = expected.entities.keys().find_map(|entity| entity.as_str().split(":member:").nth(1));
    let member = member.expect("a member").to_owned();
    let told = [live, rebuilt].map(|keyspace| {
        deployment.move_to(keyspace);
        let statement = deployment.run(&["statement", &member, "--at", at, "--format", "json"]);
        (deployment.state_hash(at), deployment.run(&["member", &member, "--at", at]), statement)
    });
    assert_eq!(told[0], told[1], "S05: the state hash, and what {member} is told");
    println!("{} accounts, state hash {} in {live} and in {rebuilt}", found.entities.len(), told[0].0);
}

/// Rebuilds into `keyspace` and shows what was said of it.
fn rebuild(deployment: &Deployment, keyspace: &str, more: &[&str]) -> Value {
    let said = deployment.run(&[&["rebuild", "--keyspace", keyspace, "--json"], more].concat());
    let told: Value = serde_json::from_str(&said).expect("what became of it, in JSON");
    let partitions = told["partitions"].as_array().expect("partitions");
    println!("{} records, {} rows, {} ms into {keyspace}", told["records"], told["rows"], told["elapsed_ms"]);
    assert_eq!((told["complete"].as_bool(), partitions.len()), (Some(true), PARTITIONS as usize), "{told:#}");
    for partition in partitions {
        assert_eq!(partition["position"], partition["target"], "{told:#}");
    }
    told
}

/// Starts a rebuild, and waits until it has begun to write.
fn begin(deployment: &Deployment, keyspace: &str) -> Service {
    let service = deployment.start(&["rebuild", "--keyspace", keyspace]);
    let mut store = until("its tables", ALL, || open(deployment, keyspace));
    until("the rebuild to begin", ALL, || {
        let begun = Mark::of(&mut store).ok()? == Some(Mark::Begun);
        (begun && store.holds_entities().ok()?).then_some(())
    });
    service
}

/// All events of `parts`.
fn together(parts: &[Feeds]) -> Feeds {
    let mut files = Files::new();
    for (name, text) in parts.iter().flat_map(Feeds::files) {
        *files.entry(name).or_default() += &text;
    }
    Feeds::write(&files)
}

#[test]
fn rebuilt_tables_are_the_live_ones_and_ledgers_go_on_over_them() {
    let Some(turn) = Turn::take() else { return };
    let parts = Feeds::journey(60).under_few_partners(4).parts(2);
    let parts: Vec<Feeds> = parts.iter().map(|part| with_cards(part, 3, Fate::Moves)).collect();
    let feeds = together(&parts);
    let mut deployment = Deployment::new("rebuild", &turn.servers).create(feeds.partners());
    let (live, rebuilt) = (deployment.keyspace(""), deployment.keyspace(REBUILT[0]));
    let mut fleet = deployment.start_some(&FEEDS, 2);
    let mut progress = Progress::of(&deployment);

    let mut publisher = deployment.start(&["publish", "--paced", "--input", parts[0].folder()]);
    for (victim, share) in [(0, 4), (1, 2)] {
        progress.await_answers(parts[0].lines / share, ALL);
        fleet.ledgers[victim].kill();
        fleet.ledgers[victim] = deployment.start(&["ledger"]);
        fleet.ledgers[victim].await_ready();
    }
    publisher.await_end(ALL);
    let said = deployment.refused(&["rebuild", "--keyspace", &rebuilt]);
    assert!(said.contains("expected no ledger at work, found 2") && said.contains("SIGTERM"), "{said}");
    fleet.drain();

    let said = deployment.refused(&["rebuild", "--keyspace", &live]);
    assert!(said.contains("accounts that no rebuild wrote"), "{said}");
    let told = rebuild(&deployment, &rebuilt, &[]);
    assert!(told["records"].as_u64() > Some(parts[0].lines as u64), "{told:#}");
    assert_same(&mut deployment, &live, &rebuilt, AT);
    let said = deployment.refused(&["rebuild", "--keyspace", &rebuilt]);
    assert!(said.contains("is rebuilt already"), "{said}");

    // `assert_same` has moved to the rebuilt tables: what is published now goes there alone.
    let fleet = deployment.start_some(&FEEDS, 2);
    deployment.run(&["publish", "--paced", "--input", parts[1].folder()]);
    let recovered: u64 = fleet.figures("ledger_recovered_total").iter().sum();
    println!("ledgers over {rebuilt} performed {recovered} records again");
    fleet.drain();
    deployment.assert_as_in_memory(&feeds);
    check(&deployment).assert_clean(feeds.lines);
}

/// Ledgers stay at work over the old tables, and what they decide meanwhile comes to the new ones with `ledger-wal`.
#[test]
fn tables_are_rebuilt_while_ledgers_are_at_work() {
    let Some(turn) = Turn::take() else { return };
    let feeds = with_cards(&Feeds::journey(60).under_few_partners(4), 5, Fate::Moves);
    let mut deployment = Deployment::new("online", &turn.servers).create(feeds.partners());
    let rebuilt = deployment.keyspace(REBUILT[0]);
    let fleet = deployment.start_some(&FEEDS, 2);
    let mut progress = Progress::of(&deployment);
    let mut publisher = deployment.start(&["publish", "--paced", "--input", feeds.folder()]);
    progress.await_answers(feeds.lines / 3, ALL);
    rebuild(&deployment, &rebuilt, &["--online"]);
    println!("{} of {} events answered by then", progress.answered(), feeds.lines);
    publisher.await_end(ALL);
    fleet.drain();

    deployment.move_to(&rebuilt);
    let fleet = deployment.start_some(&FEEDS, 2);
    let sum = |figure| fleet.figures(figure).iter().sum::<u64>();
    until("every partition to run", ALL, || {
        (sum("ledger_partitions_running") == u64::from(PARTITIONS.unsigned_abs())).then_some(())
    });
    assert!(sum("ledger_recovered_total") > 0, "expected what was decided meanwhile to come with the log");
    fleet.drain();
    // Follow-ups were sent again, and are in the log twice: rows have newer stamps than in the old tables, no other state.
    deployment.assert_as_in_memory(&feeds);
    check(&deployment).assert_clean(feeds.lines);
    let again = deployment.keyspace(REBUILT[1]);
    rebuild(&deployment, &again, &[]);
    assert_same(&mut deployment, &rebuilt, &again, AT);
}

#[test]
fn what_the_last_ledger_owed_when_it_was_killed_is_not_lost_by_a_rebuild() {
    let Some(turn) = Turn::take() else { return };
    let feeds = with_cards(&Feeds::journey(300).under_few_partners(8), 11, Fate::Moves);
    // Small transactions, so that there are many to die in.
    let deployment = Deployment::new("owed", &turn.servers).with("batch", "20").with("session_seconds", "2");
    let mut deployment = deployment.with("transaction_seconds", "5").create(feeds.partners());
    let mut fleet = deployment.start_some(&FEEDS, 1);
    let (mut witness, mut progress) = (Witness::of(&deployment), Progress::of(&deployment));

    let mut publisher = deployment.start(&["publish", "--input", feeds.folder()]);
    progress.await_answers(feeds.lines / 2, ALL);
    let death = witness.kill_in_the_act(&mut fleet.ledgers[0]);
    println!("{} dead: {death:?}", fleet.ledgers[0].name);
    publisher.await_end(ALL);
    let fresh = deployment.keyspace(REBUILT[0]);

    let mut stopped = begin(&deployment, &fresh);
    stopped.ask_to_end();
    let status = within(ALL, || stopped.ended()).and_then(|status| status.code());
    assert_eq!(status, Some(3), "{}", stopped.said());
    let said = deployment.refused(&["rebuild", "--keyspace", &fresh]);
    assert!(said.contains("go on with --resume"), "{said}");
    rebuild(&deployment, &fresh, &["--resume"]);

    deployment.move_to(&fresh);
    fleet.ledgers[0] = deployment.start(&["ledger"]);
    progress.await_answers(feeds.lines, ALL);
    let recovered = fleet.figures("ledger_recovered_total");
    println!("the ledger over {fresh} performed {recovered:?} records again");
    assert!(recovered[0] > 0, "expected the tail to be performed again");
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);

    // What was killed is of no use, and says so.
    let (killed, again) = (deployment.keyspace(REBUILT[1]), deployment.keyspace(REBUILT[2]));
    begin(&deployment, &killed).kill();
    for more in [&[][..], &["--resume"]] {
        let said = deployment.refused(&[&["rebuild", "--keyspace", &killed], more].concat());
        assert!(said.contains("did not come to a good end"), "{said}");
    }
    rebuild(&deployment, &again, &["--tail", "0"]);
    assert_same(&mut deployment, &fresh, &again, AT);
}

/// A sale of each of [`DUE`] members, dated so that its points can be spent some seconds from now, one after the other.
fn sales(first: DateTime<Utc>) -> Feeds {
    let sale = |number: i64| {
        let at = (first + TimeDelta::days(-14) + TimeDelta::milliseconds(500 * number)).to_rfc3339();
        let line = json!({"line": 1, "sku": "wheel", "quantity": "1", "amount": "4000"});
        let sale = json!({"id": format!("{}-{number}", first.timestamp()), "member": format!("m-{number}"), "occurred_at": at,
            "currency": "RUB", "total": "4000", "lines": [line]});
        format!("{sale}\n")
    };
    Feeds::write(&Files::from([("purchases.bike-shop.jsonl".to_owned(), (0..DUE).map(sale).collect())]))
}

/// By the broker's clock what is due happens by itself: by ticks, which stand in the log like any command.
#[test]
fn what_time_alone_did_is_rebuilt_and_does_not_happen_again() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("time", &turn.servers).with("clock", "broker");
    let mut deployment = deployment.create(["bike-shop"]);
    let (live, rebuilt) = (deployment.keyspace(""), deployment.keyspace(REBUILT[0]));
    let fleet = deployment.start_some(&["purchases"], 1);
    let feeds = sales(Utc::now() + TimeDelta::seconds(10));
    deployment.run(&["publish", "--input", feeds.folder()]);
    until("every member's points to be due", ALL, || {
        (fleet.ledgers[0].figure("ledger_ticks_total")? >= DUE.unsigned_abs()).then_some(())
    });
    Progress::of(&deployment).await_answers(feeds.lines, ALL);
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);
    rebuild(&deployment, &rebuilt, &[]);
    let at = (Utc::now() + TimeDelta::minutes(1)).to_rfc3339_opts(SecondsFormat::Secs, true);
    assert_same(&mut deployment, &live, &rebuilt, &at);

    let fleet = deployment.start_some(&["purchases"], 1);
    let more = sales(Utc::now() + TimeDelta::days(7));
    deployment.run(&["publish", "--input", more.folder()]);
    Progress::of(&deployment).await_answers(2 * feeds.lines, ALL);
    assert_eq!(fleet.figures("ledger_ticks_total"), [0], "what has ticked does not tick again");
    fleet.drain();
    check(&deployment).assert_clean(2 * feeds.lines);
}
