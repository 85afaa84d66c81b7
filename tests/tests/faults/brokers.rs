//! Brokers that are lost: one that leads, the coordinators, so many that nothing may be acknowledged.

use crate::{LONG, year};
use lotstream_tests::cluster::{NODES, Server, Stage};
use lotstream_tests::scene::Scene;
use std::time::Duration;

/// A transactional id of a ledger.
fn writer(scene: &Scene<'_>) -> String {
    scene.deployment.topic("ledger-0")
}

#[test]
#[ignore = "wants tests/faults"]
fn a_broker_is_lost_and_comes_back() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("broker_lost", &stage, &feeds, |it| it);
    let leader = stage.leader(&scene.deployment.topic("ledger-wal"), 0);
    stage.kill(Server::Broker(leader));
    scene.last(LONG);
    scene.resumes();
    stage.start(Server::Broker(leader));
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn a_broker_stands_still_and_goes_on() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("broker_frozen", &stage, &feeds, |it| it);
    let leader = stage.leader(&scene.deployment.topic("member-commands"), 0);
    stage.freeze(Server::Broker(leader));
    scene.last(LONG);
    stage.thaw(Server::Broker(leader));
    scene.resumes();
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn the_coordinator_of_transactions_is_lost() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("transaction_coordinator_lost", &stage, &feeds, |it| it);
    for _ in 0..2 {
        let coordinator = stage.coordinator(&writer(&scene));
        stage.kill(Server::Broker(coordinator));
        scene.resumes();
        stage.start(Server::Broker(coordinator));
        stage.await_whole();
    }
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn below_the_minimum_of_copies_nothing_is_acknowledged_and_nothing_lost() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("below_min_insync", &stage, &feeds, |it| it);
    let away = [Server::Broker(2), Server::Broker(3)];
    away.iter().for_each(|broker| stage.kill(*broker));
    // What was acknowledged before may still come to who watches.
    scene.last(Duration::from_secs(3));
    assert_eq!(scene.last(LONG), 0, "expected nothing to be acknowledged");
    stage.start_all(&away);
    scene.resumes();
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn every_broker_restarts_in_turn() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("brokers_restart_in_turn", &stage, &feeds, |it| it);
    for node in 1..=NODES {
        stage.kill(Server::Broker(node));
        stage.start(Server::Broker(node));
        stage.await_whole();
    }
    scene.resumes();
    scene.end();
}
