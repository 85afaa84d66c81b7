//! A rolling upgrade under load, from the build before cards, activities and erasure to this one: rows, commands and
//! records of either are read by the other as long as nothing new is said, and nothing is lost or doubled.
//!
//! In the order of the README ("Upgrade"): tables and schemas, then ledgers one by one, then feed services, and only
//! then what the previous build does not know. Ledgers of both builds share the partitions meanwhile, and each takes
//! over once from one of the other that died with a transaction open and rows unflushed.

use lotstream_tests::cards::{Fate, with_cards};
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::faults::Witness;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::fleet::Fleet;
use lotstream_tests::own::OwnServers;
use lotstream_tests::places::{binary, previous_binary};
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use std::path::Path;
use std::time::{Duration, Instant};

/// Partitions of `member-commands` on one machine.
const PARTITIONS: u64 = 4;
/// How long a partition may be without an owner.
const TAKEOVER: Duration = Duration::from_secs(60);
/// How long a service may take to drain and end.
const DRAIN: Duration = Duration::from_secs(60);
/// How long the services may take to answer everything.
const ALL: Duration = Duration::from_secs(600);
/// Parts of the year: one for each stage, one of cards at the end.
const PARTS: usize = 8;

/// Starts what is of either build.
struct Builds<'d> {
    deployment: &'d Deployment,
    previous: &'d Path,
    ours: &'d Path,
}

impl Builds<'_> {
    fn previous(&self, arguments: &[&str]) -> Service {
        self.deployment.switch_to(self.previous);
        self.deployment.start(arguments)
    }

    fn ours(&self, arguments: &[&str]) -> Service {
        self.deployment.switch_to(self.ours);
        self.deployment.start(arguments)
    }

    fn publish(&self, part: &Feeds) -> Service {
        self.ours(&["publish", "--input", part.folder()])
    }
}

/// Waits until these run every partition between them, each some, and none of them has halted on one.
fn await_all_running(ledgers: &mut [&mut Service], when: &str) -> Duration {
    let began = Instant::now();
    until(&format!("every partition to run {when}"), TAKEOVER, || {
        let (mut running, mut idle) = (0, 0);
        for ledger in ledgers.iter_mut() {
            ledger.assert_running();
            assert_eq!(
                ledger.figure("ledger_partitions_halted").unwrap_or(0),
                0,
                "expected {} to go on {when}:\n{}",
                ledger.name,
                ledger.said()
            );
            let found = ledger.figure("ledger_partitions_running").unwrap_or(0);
            running += found;
            idle += usize::from(found == 0);
        }
        (running == PARTITIONS && idle == 0).then_some(())
    });
    began.elapsed()
}

/// Kills `victim` and lets `heir` take all of its partitions over, unflushed records included; whether it was in the act.
fn bequeath(witness: &mut Witness, victim: &mut Service, heir: &mut Service, what: &str) -> bool {
    let before = heir.figure("ledger_recovered_total").unwrap_or(0);
    let death = witness.kill_in_the_act(victim);
    let took = await_all_running(&mut [&mut *heir], what);
    let recovered = heir.figure("ledger_recovered_total").unwrap_or(0) - before;
    println!(
        "  {what}: {} open transactions, {} unflushed records left; taken over in {took:.1?}, {recovered} records \
         performed again",
        death.open_transactions, death.unflushed_records
    );
    assert!(
        recovered > 0 || !death.is_in_the_act(),
        "expected {} to perform again what {} left",
        heir.name,
        victim.name
    );
    death.is_in_the_act()
}

/// Says how far the load was when a stage was reached.
fn stage(progress: &mut Progress, what: &str) {
    println!("  {:>6} answers: {what}", progress.answered());
}

fn drain(mut service: Service) {
    service.ask_to_end();
    service.await_end(DRAIN);
}

#[test]
fn a_rolling_upgrade_between_builds_whose_schemas_differ_loses_and_doubles_nothing() {
    let Some(_turn) = Turn::take() else { return };
    let Some(previous) = previous_binary() else { return };
    let own = OwnServers::registry();
    let ours = binary();
    let feeds = Feeds::journey(1_500).under_few_partners(8);
    let mut parts = feeds.parts(PARTS);
    let carded = with_cards(&parts.pop().expect("a part"), 5, Fate::Moves);
    let expected: usize = parts.iter().map(|part| part.lines).sum();

    // Small transactions, so that there are many to die in.
    let deployment =
        Deployment::new("upgrade", &own.servers).with("batch", "20").with("session_seconds", "2");
    deployment.switch_to(&previous);
    let deployment = deployment.create(feeds.partners());
    let builds = Builds { deployment: &deployment, previous: &previous, ours: &ours };
    let Fleet { feeds: old_feeds, mut ledgers } = deployment.start_all(2);
    let (mut second, first) = (ledgers.pop().expect("a ledger"), ledgers.pop().expect("a ledger"));
    let mut progress = Progress::of(&deployment);
    let mut parts = parts.iter();
    let mut next = || parts.next().expect("a part for each stage");
    let mut publishers = vec![builds.previous(&["publish", "--input", next().folder()])];
    progress.await_more(ALL);

    deployment.switch_to(&ours);
    deployment.run(&["tables", "create"]);
    let mut topics = vec!["topics", "create"];
    topics.extend(feeds.partners().chain(carded.partners()).flat_map(|partner| ["--partner", partner]));
    deployment.run(&topics);
    let mut witness = Witness::of(&deployment);
    stage(&mut progress, "tables and schemas are of this build, services of the previous one");

    // Each stage under a load of its own: in the last moments of one there may be nothing left to do.
    publishers.push(builds.publish(next()));
    drain(first);
    let mut new = builds.ours(&["ledger"]);
    await_all_running(&mut [&mut second, &mut new], "with a ledger of each build");
    stage(&mut progress, "a ledger of each build");
    publishers.push(builds.publish(next()));
    let taken_over = bequeath(&mut witness, &mut second, &mut new, "ours from one of the previous build");

    publishers.push(builds.publish(next()));
    let mut old = builds.previous(&["ledger"]);
    await_all_running(&mut [&mut old, &mut new], "after a step back");
    stage(&mut progress, "a step back: a ledger of each build");
    publishers.push(builds.publish(next()));
    let given_over = bequeath(&mut witness, &mut new, &mut old, "the previous build's from one of ours");

    publishers.push(builds.publish(next()));
    let mut new = builds.ours(&["ledger"]);
    await_all_running(&mut [&mut old, &mut new], "with a ledger of each build again");
    drain(old);
    let mut newer = builds.ours(&["ledger"]);
    await_all_running(&mut [&mut newer, &mut new], "of ours alone");
    stage(&mut progress, "ledgers are of this build, feed services of the previous one");

    publishers.push(builds.publish(next()));
    let mut new_feeds = Vec::new();
    for (old, feed) in old_feeds.into_iter().zip(["purchases", "returns", "redemptions"]) {
        drain(old);
        let mut feed = builds.ours(&[feed]);
        feed.await_ready();
        new_feeds.push(feed);
    }
    publishers.iter_mut().for_each(|publisher| publisher.await_end(ALL));
    progress.await_answers(expected, ALL);
    stage(&mut progress, "everything is of this build");

    // Only now what the previous build does not know.
    let mut cards = builds.ours(&["partner-cards"]);
    cards.await_ready();
    new_feeds.push(cards);
    builds.publish(&carded).await_end(ALL);
    progress.await_answers(expected + carded.lines, ALL);
    let fleet = Fleet { feeds: new_feeds, ledgers: vec![new, newer] };
    stage(&mut progress, "cards were bound and moved");
    println!("  the last two ledgers decided {:?} commands", fleet.figures("ledger_commands_total"));
    fleet.drain();
    assert!(taken_over || given_over, "expected one of the two to die in the act; it needs more load");
    check(&deployment).assert_clean(expected + carded.lines);
}
