//! Clocks that disagree: ledgers an hour ahead and behind, a broker ahead.

use domain::Timestamp;
use lotstream_tests::cluster::{Server, Stage};
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::sample;
use lotstream_tests::scene::Scene;
use std::time::{SystemTime, UNIX_EPOCH};

const EVENTS: u64 = 12_000;

/// What happens in the days up to now, whole records only.
fn of_today() -> Feeds {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    let now = Timestamp(i64::try_from(now.as_millis()).expect("an instant"));
    let is_whole = |line: &&str| line.starts_with('{') && !line.starts_with(r#"{"id":"b"#);
    let whole = |text: String| text.lines().filter(is_whole).map(|line| format!("{line}\n")).collect();
    let files = sample::coalition(EVENTS, now);
    Feeds::write(&files.into_iter().map(|(name, text)| (name, whole(text))).collect::<Files>())
}

#[test]
#[ignore = "wants tests/faults"]
fn clocks_disagree_by_hours() {
    let library = std::env::var("LOTSTREAM_FAKETIME").expect("LOTSTREAM_FAKETIME, as tests/faults sets it");
    let (stage, feeds) = (Stage::take(), of_today());
    let mut scene = Scene::begin("clock_skew", &stage, &feeds, |it| it.with("clock", "broker"));
    for (ledger, skew) in ["+3600", "-3600"].into_iter().enumerate() {
        let skewed = [("LD_PRELOAD", library.as_str()), ("FAKETIME", skew)];
        scene.fleet.ledgers[ledger].kill();
        scene.fleet.ledgers[ledger] = scene.deployment.start_under(&["ledger"], &skewed);
    }
    let ahead =
        [("LD_PRELOAD", library.as_str()), ("FAKETIME", "+90"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
    stage.kill(Server::Broker(2));
    stage.start_under(Server::Broker(2), &ahead);
    scene.resumes();
    scene.end();
    // Its clock is right again for the next story.
    stage.kill(Server::Broker(2));
}
