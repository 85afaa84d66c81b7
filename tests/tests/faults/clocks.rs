//! Clocks that disagree: ledgers an hour ahead and behind, a broker ahead.

use lotstream_tests::cluster::{Server, Stage};
use lotstream_tests::sample::up_to_now;
use lotstream_tests::scene::Scene;

const EVENTS: u64 = 12_000;

/// What has a process believe that it is so many seconds later. The clock that only measures is left as it is, and so
/// are waits by it, which Java and Rust would otherwise end at once or never.
fn under<'e>(library: &'e str, skew: &'e str) -> [(&'static str, &'e str); 4] {
    [
        ("LD_PRELOAD", library),
        ("FAKETIME", skew),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("FAKETIME_FORCE_MONOTONIC_FIX", "0"),
    ]
}

#[test]
#[ignore = "wants tests/faults"]
fn clocks_disagree_by_hours() {
    let library = std::env::var("LOTSTREAM_FAKETIME").expect("LOTSTREAM_FAKETIME, as tests/faults sets it");
    let (stage, feeds) = (Stage::take(), up_to_now(EVENTS));
    let mut scene = Scene::begin("clock_skew", &stage, &feeds, |it| it.with("clock", "broker"));
    for (ledger, skew) in ["+3600", "-3600"].into_iter().enumerate() {
        let skewed = under(&library, skew);
        scene.fleet.ledgers[ledger].kill();
        scene.fleet.ledgers[ledger] = scene.deployment.start_under(&["ledger"], &skewed);
    }
    let ahead = under(&library, "+90");
    stage.kill(Server::Broker(2));
    stage.start_under(Server::Broker(2), &ahead);
    scene.resumes();
    scene.end();
    // Its clock is right again for the next story.
    stage.kill(Server::Broker(2));
}
