//! Nodes of the store that are lost, stand still, or are slow.

use crate::{LONG, year};
use lotstream_tests::acknowledged::Acknowledged;
use lotstream_tests::cluster::{NODES, Server, Stage};
use lotstream_tests::scene::Scene;
use std::time::Duration;

/// What the store acknowledged nobody writes again. Each row has one copy here: what its node forgets is missing, while
/// with three it is missed only by whom two later faults leave to that one.
#[test]
#[ignore = "wants tests/faults"]
fn what_a_node_acknowledged_is_there_after_it_was_killed() {
    let stage = Stage::take();
    let mut writer = Acknowledged::at(&stage.servers().cql, "acknowledged");
    writer.write(4_000);
    stage.kill(Server::Store(2));
    writer.listen(Duration::from_secs(1));
    stage.start(Server::Store(2));
    let (acknowledged, forgotten) = writer.forgotten();
    println!("{acknowledged} writes were acknowledged, {} of them are forgotten", forgotten.len());
    assert_eq!(forgotten, [0; 0], "of {acknowledged} writes");
}

#[test]
#[ignore = "wants tests/faults"]
fn one_node_of_the_store_is_lost_and_comes_back_without_what_it_missed() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("store_node_lost", &stage, &feeds, |it| it);
    stage.kill(Server::Store(1));
    scene.last(LONG);
    scene.resumes();
    stage.start(Server::Store(1));
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn one_node_of_the_store_stands_still() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("store_node_frozen", &stage, &feeds, |it| it);
    stage.freeze(Server::Store(2));
    scene.last(LONG);
    scene.resumes();
    stage.thaw(Server::Store(2));
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn without_a_quorum_of_the_store_ledgers_wait() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("store_two_nodes_lost", &stage, &feeds, |it| it);
    stage.freeze(Server::Store(1));
    stage.kill(Server::Store(2));
    scene.last(LONG);
    stage.start_all(&[Server::Store(1), Server::Store(2)]);
    scene.resumes();
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn a_store_that_is_slow_slows_and_breaks_nothing() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("store_slow", &stage, &feeds, |it| it);
    for (node, late) in (1..=NODES).zip([150, 150, 900]) {
        stage.proxy.slow("store", node, Duration::from_millis(late));
    }
    scene.last(LONG);
    stage.proxy.heal();
    scene.resumes();
    scene.end();
}
