//! The real year through services on real servers: paced, it is the year in memory to the byte; unpaced, ten
//! ledgers die in the act and nothing is lost or doubled.

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::faults::Witness;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::fleet::Fleet;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::wait::until;
use std::time::{Duration, Instant};

/// Partitions of `member-commands` on one machine.
const PARTITIONS: u64 = 4;
/// Ledgers that are killed.
const DEATHS: usize = 10;
/// How long a partition may be without an owner.
const TAKEOVER: Duration = Duration::from_secs(60);
/// How long the services may take to answer everything.
const ALL: Duration = Duration::from_secs(900);

#[test]
fn a_paced_year_through_two_ledgers_is_the_year_in_memory_to_the_byte() {
    let Some(turn) = Turn::take() else { return };
    let feeds = Feeds::journey(150);
    let deployment = Deployment::new("year", &turn.servers).create(feeds.partners());
    let fleet = deployment.start_all(2);

    let said = deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    let commands = fleet.figures("ledger_commands_total");
    println!("{} two ledgers decided {commands:?} commands", said.trim());
    fleet.drain();

    deployment.assert_as_in_memory(&feeds);
    let report = check(&deployment);
    report.assert_clean(feeds.lines);
    assert_eq!(report.redelivered, 0, "nothing failed, so nothing comes twice");
    assert!(commands.iter().all(|commands| *commands > 0), "expected both ledgers to work: {commands:?}");
}

/// Waits until `by` has every partition; how long that took.
fn await_takeover(fleet: &Fleet, by: usize) -> Duration {
    let began = Instant::now();
    until("the other ledger to take over every partition", TAKEOVER, || {
        (fleet.ledgers[by].figure("ledger_partitions_running") == Some(PARTITIONS)).then_some(())
    });
    began.elapsed()
}

#[test]
fn ten_ledgers_killed_in_the_act_lose_and_double_nothing() {
    let Some(turn) = Turn::take() else { return };
    let feeds = Feeds::journey(600).under_few_partners(8);
    let parts = feeds.parts(DEATHS);
    // Small transactions, so that there are many to die in.
    let deployment = Deployment::new("kills", &turn.servers).with("batch", "20").with("session_seconds", "2");
    let deployment = deployment.create(feeds.partners());
    let (mut fleet, mut again) = (deployment.start_all(2), 0);
    let (mut witness, mut progress) = (Witness::of(&deployment), Progress::of(&deployment));

    println!("  kill  open transactions  unflushed records  taken over in  recovered");
    for (round, part) in parts.iter().enumerate() {
        let (victim, other) = (round % 2, 1 - round % 2);
        let recovered = fleet.ledgers[other].figure("ledger_recovered_total").unwrap_or(0);
        let mut publisher = deployment.start(&["publish", "--input", part.folder()]);
        let death = witness.kill_in_the_act(&mut fleet.ledgers[victim]);
        let took = await_takeover(&fleet, other);
        let recovered = fleet.ledgers[other].figure("ledger_recovered_total").unwrap_or(0) - recovered;
        let (open, unflushed) = (death.open_transactions, death.unflushed_records);
        println!("  {:>4}  {open:>17}  {unflushed:>17}  {took:>13.1?}  {recovered:>9}", round + 1);
        again += usize::from(recovered > 0);
        // Only now the killed one comes back.
        fleet.ledgers[victim] = deployment.start(&["ledger"]);
        fleet.ledgers[victim].await_ready();
        publisher.await_end(ALL);
    }
    // A write on its way at the death may still arrive; that all of them do is no fault of this test's.
    assert!(again >= DEATHS / 2, "expected takeovers to perform writes again, {again} of {DEATHS} did");
    progress.await_answers(feeds.lines, ALL);
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);
}
