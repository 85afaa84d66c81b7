//! Connections that are slow or cut, and packets that arrive in one direction only.

use crate::{LONG, year};
use lotstream_tests::cluster::{NODES, Stage, door, packets};
use lotstream_tests::scene::Scene;
use std::time::Duration;

#[test]
#[ignore = "wants tests/faults"]
fn brokers_are_far_away_and_connections_are_cut() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("broker_latency_and_resets", &stage, &feeds, |it| it);
    for node in 1..=NODES {
        stage.proxy.slow("broker", node, Duration::from_millis(60));
        stage.proxy.reset("broker", node, Duration::from_millis(2_500), 0.5);
    }
    scene.last(LONG);
    stage.proxy.heal();
    scene.resumes();
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn connections_to_the_store_are_cut_again_and_again() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("store_resets", &stage, &feeds, |it| it);
    (1..=NODES).for_each(|node| stage.proxy.reset("store", node, Duration::from_millis(700), 0.7));
    scene.last(LONG);
    stage.proxy.heal();
    scene.resumes();
    scene.end();
}

/// What is sent to a machine's broker and store arrives; its answers, acknowledgements of TCP among them, do not.
#[test]
#[ignore = "wants tests/faults"]
fn nothing_comes_back_from_one_machine() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("one_way_loss", &stage, &feeds, |it| it);
    let node = stage.leader(&scene.deployment.topic("ledger-wal"), 1);
    let lost = packets::lose_from(&door(node));
    scene.last(LONG);
    println!("{} packets lost", packets::lost());
    assert!(packets::lost() > 0, "expected packets to be lost");
    drop(lost);
    scene.resumes();
    scene.end();
}
