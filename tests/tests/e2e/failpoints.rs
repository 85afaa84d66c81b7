//! Ledgers that kill themselves at the named places of the protocol ([`lotstream_tests::kills`]), on one broker and one
//! node. Ten in CI; `LOTSTREAM_KILLS=120` goes over all places several times, and `tests/faults --kills` plays it on three.

use lotstream_tests::kills::Kills;
use lotstream_tests::servers::Turn;
use std::time::Duration;

#[test]
fn ledgers_killed_at_every_step_of_the_protocol_lose_and_double_nothing() {
    let Some(turn) = Turn::take() else { return };
    let reach = Duration::from_secs(25);
    Kills { servers: &turn.servers, copies: 1, count: 10, reach }.play();
}
