//! Ledgers that kill themselves at the named places of the protocol, each place once, on three brokers and nodes.

use lotstream_tests::cluster::{NODES, Stage};
use lotstream_tests::kills::Kills;
use std::time::{Duration, Instant};

#[test]
#[ignore = "wants tests/faults"]
fn ledgers_killed_at_every_step_of_the_protocol() {
    let (stage, began) = (Stage::take(), Instant::now());
    let reach = Duration::from_secs(60);
    let report = Kills { servers: stage.servers(), copies: NODES, count: 28, reach }.play();
    report.tell_fault("kills", began.elapsed());
}
