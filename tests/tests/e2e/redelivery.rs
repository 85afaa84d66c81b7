//! S23, S27: a feed service that dies at work has its last records delivered again. The ledger answers each
//! redelivery, and none acts twice.

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::wait::until;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(300);
/// How often the service is killed. A kill that happens to follow a commit leaves nothing: on a busy machine three in a
/// row have, five have not.
const KILLS: usize = 5;
/// Commands an instance has sent when it is killed.
const AT_WORK: u64 = 50;

#[test]
fn s23_what_a_killed_feed_service_delivers_again_acts_once() {
    let Some(turn) = Turn::take() else { return };
    let feeds = Feeds::journey(150).under_few_partners(4);
    let deployment = Deployment::new("redelivery", &turn.servers);
    // So that its partitions are given to another one soon.
    let deployment = deployment.with("kafka_settings", "session.timeout.ms=3000,heartbeat.interval.ms=500");
    let deployment = deployment.create(feeds.partners());
    let mut fleet = deployment.start_all(1);
    let mut progress = Progress::of(&deployment);

    let mut publisher = deployment.start(&["publish", "--input", feeds.folder()]);
    for _ in 0..KILLS {
        // Offsets are committed every half second: right after its first records, nothing of them is.
        until("the purchases service to be at work", PATIENCE, || {
            fleet.feeds[0].figure("feed_commands_total").filter(|commands| *commands >= AT_WORK)
        });
        fleet.feeds[0].kill();
        fleet.feeds[0] = deployment.start(&["purchases"]);
    }
    publisher.await_end(PATIENCE);
    progress.await_answers(feeds.lines, PATIENCE);
    fleet.await_ready();
    fleet.drain();

    let report = check(&deployment);
    report.assert_clean(feeds.lines);
    assert!(report.redelivered > 0, "expected the killed service to have left something uncommitted");
}
