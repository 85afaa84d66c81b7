//! Services that stand still longer than anybody waits for them, and groups that get no rest.

use crate::{LONG, year};
use lotstream_tests::cluster::Stage;
use lotstream_tests::scene::Scene;
use std::time::Duration;

/// The zombie: its session and its open transaction are over long since, and it does not know.
#[test]
#[ignore = "wants tests/faults"]
fn a_ledger_and_a_feed_service_stand_still_and_wake_up() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("zombie", &stage, &feeds, |it| it);
    for sleeper in 0..2 {
        scene.fleet.ledgers[sleeper].freeze();
        scene.fleet.feeds[sleeper].freeze();
        scene.last(LONG);
        scene.fleet.ledgers[sleeper].thaw();
        scene.fleet.feeds[sleeper].thaw();
        scene.resumes();
    }
    scene.end();
}

#[test]
#[ignore = "wants tests/faults"]
fn instances_come_and_go_without_a_rest() {
    let (stage, feeds) = (Stage::take(), year());
    let mut scene = Scene::begin("rebalance_storm", &stage, &feeds, |it| it);
    for round in 0..12 {
        let mut ledger = scene.deployment.start(&["ledger"]);
        let mut feed = scene.deployment.start(&["purchases"]);
        ledger.await_ready();
        scene.progress.watch(Duration::from_millis(300 * (round % 4)));
        if round % 3 == 0 {
            ledger.kill();
            feed.kill();
        } else {
            ledger.ask_to_end();
            feed.ask_to_end();
            ledger.await_end(Duration::from_secs(60));
            feed.await_end(Duration::from_secs(60));
        }
    }
    scene.resumes();
    scene.end();
}
