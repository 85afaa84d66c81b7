//! A whole machine that is lost, and one whose disk is full.

use crate::{LONG, year};
use lotstream_tests::cluster::{SMALL, Server, Stage};
use lotstream_tests::scene::Scene;

#[test]
#[ignore = "wants tests/faults"]
fn a_machine_is_lost_and_comes_back() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("machine_lost", &stage, &feeds, |it| it);
    let machine = [Server::Broker(2), Server::Store(2)];
    machine.iter().for_each(|server| stage.kill(*server));
    scene.last(LONG);
    scene.resumes();
    stage.start_all(&machine);
    scene.end();
}

/// Broker and store of a machine share its disk. Once it is full the broker ends itself, as Kafka does without a disk.
#[test]
#[ignore = "wants tests/faults"]
fn a_disk_is_full_and_is_freed() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("disk_full", &stage, &feeds, |it| it);
    stage.disk.fill();
    scene.last(LONG);
    scene.resumes();
    stage.disk.free();
    // An operator restarts what wrote to it, whether it has ended or not.
    for server in [Server::Broker(SMALL), Server::Store(SMALL)] {
        println!("{server:?} {}", if stage.runs(server) { "still runs" } else { "has ended" });
        if stage.runs(server) {
            stage.kill(server);
        }
        stage.start(server);
    }
    scene.end();
}
