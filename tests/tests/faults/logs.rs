//! Topics that are not what they were: a write-ahead log that retention cut, a number of partitions that was changed;
//! and a registry that is away.

use crate::year;
use lotstream_tests::cluster::{Server, Stage};
use lotstream_tests::deployment::REBUILT;
use lotstream_tests::scene::Scene;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// So much of a log's end is kept: the last transactions.
const KEPT: i64 = 30;

/// Waits until one of these has logged this.
fn await_said(ledgers: &[Service], what: &str) -> String {
    until(&format!("a ledger to say `{what}`"), PATIENCE, || {
        let said = ledgers.iter().map(Service::said).find(|said| said.contains(what))?;
        said.lines().find(|line| line.contains(what)).map(str::to_owned)
    })
}

#[test]
#[ignore = "wants tests/faults"]
fn what_retention_cut_off_halts_the_partition_and_is_rebuilt() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("retention_overrun", &stage, &feeds, |it| it);
    // Nothing is acknowledged by the store, so the log alone has what is decided; then its owners die.
    let away = [Server::Store(1), Server::Store(2)];
    away.iter().for_each(|node| stage.freeze(*node));
    scene.last(Duration::from_secs(3));
    scene.fleet.ledgers.iter_mut().for_each(Service::kill);
    away.iter().for_each(|node| stage.thaw(*node));
    let end = stage.end_of(&scene.deployment.topic("ledger-wal"), 0);
    scene.deployment.delete_before("ledger-wal", end - KEPT);

    scene.fleet.ledgers = vec![scene.deployment.start(&["ledger"]), scene.deployment.start(&["ledger"])];
    println!("{}", await_said(&scene.fleet.ledgers, "halted"));
    scene.fleet.ledgers.iter_mut().for_each(Service::kill);
    let keyspace = scene.deployment.keyspace(REBUILT[0]);
    println!("{}", scene.deployment.run(&["rebuild", "--keyspace", &keyspace]));
    scene.deployment.move_to(&keyspace);
    scene.fleet.ledgers = vec![scene.deployment.start(&["ledger"]), scene.deployment.start(&["ledger"])];
    scene.resumes();
    scene.end();
}

/// Keys would move to other partitions, and an account would have two writers. It cannot be taken back: the deployment
/// ends here. Feed services that run go on with the number they began with.
#[test]
#[ignore = "wants tests/faults"]
fn a_number_of_partitions_that_was_changed_is_refused() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("partitions_changed", &stage, &feeds, |it| it);
    let refuse = |command: &[&str], why: &str| {
        let mut late = scene.deployment.start(command);
        let status = until(&format!("{command:?} to refuse"), PATIENCE, || late.ended());
        assert_eq!(status.code(), Some(2), "{}", late.said());
        assert!(late.said().contains(why), "{}", late.said());
    };
    let [commands, wal] = ["member-commands", "ledger-wal"].map(|topic| scene.deployment.topic(topic));
    stage.add_partitions(&commands, 5);
    ["ledger", "purchases"].iter().for_each(|service| refuse(&[service], "has 4 partitions, expected 5"));
    // Whoever changes both is found by what the store remembers.
    stage.add_partitions(&wal, 5);
    refuse(&["ledger"], "has 5 partitions, expected 4 (as when the accounts");
    for ledger in &mut scene.fleet.ledgers {
        let status = until(&format!("{} to end", ledger.name), PATIENCE, || ledger.ended());
        assert_eq!(status.code(), Some(2), "{}", ledger.said());
        assert!(ledger.said().contains("has 5 partitions, expected 4 (as when this"), "{}", ledger.said());
    }
    let keyspace = scene.deployment.keyspace(REBUILT[0]);
    refuse(&["rebuild", "--keyspace", &keyspace], "has 5 partitions, expected 4 (as when the accounts");
    scene.fleet.feeds.iter_mut().for_each(Service::assert_running);
}

#[test]
#[ignore = "wants tests/faults"]
fn without_a_registry_services_work_on_and_new_ones_wait() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("registry_down", &stage, &feeds, |it| it);
    stage.kill(Server::Registry);
    let mut late = scene.deployment.start(&["ledger"]);
    assert!(scene.last(Duration::from_secs(5)) > 0, "expected those that had started to work on");
    late.assert_running();
    println!("{}", late.said().lines().last().unwrap_or_default());
    stage.start(Server::Registry);
    late.await_ready();
    scene.fleet.ledgers.push(late);
    scene.end();
}
