//! Clocks that disagree: ledgers an hour ahead and behind, a broker ahead.

use ledger::skew::SETTING;
use lotstream_tests::cluster::{Server, Stage};
use lotstream_tests::sample::up_to_now;
use lotstream_tests::scene::Scene;

const EVENTS: u64 = 5_000;

/// What has a broker believe that it is so many seconds later. The clock that only measures is left as it is, and so are
/// waits by it, which Java would otherwise end at once.
fn under<'e>(library: &'e str, ahead: &'e str) -> [(&'static str, &'e str); 4] {
    [
        ("LD_PRELOAD", library),
        ("FAKETIME", ahead),
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
    for (ledger, ahead) in ["3600000", "-3600000"].into_iter().enumerate() {
        scene.fleet.ledgers[ledger].kill();
        scene.fleet.ledgers[ledger] = scene.deployment.start_under(&["ledger"], &[(SETTING, ahead)]);
    }
    let ahead = under(&library, "+90");
    stage.kill(Server::Broker(2));
    stage.start_under(Server::Broker(2), &ahead);
    scene.resumes();
    scene.end();
    // Its clock is right again for the next story.
    stage.kill(Server::Broker(2));
}
