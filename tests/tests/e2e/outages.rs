//! The store stops for half a minute and the broker restarts, both under load: the services resume by themselves,
//! and nothing is lost or doubled. On servers of their own.

use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::fleet::Fleet;
use lotstream_tests::own::OwnServers;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use std::time::Duration;

const ALL: Duration = Duration::from_secs(600);
/// How long the store stays away.
const AWAY: Duration = Duration::from_secs(30);
/// How soon after the return the services must work again.
const RESUMED: Duration = Duration::from_secs(30);

/// Whatever happened, nobody restarted them.
fn assert_all_run(fleet: &mut Fleet) {
    fleet.feeds.iter_mut().chain(&mut fleet.ledgers).for_each(Service::assert_running);
}

#[test]
fn a_store_that_stops_and_a_broker_that_restarts_are_waited_for() {
    let Some(_turn) = Turn::take() else { return };
    let own = OwnServers::up();
    let feeds = Feeds::journey(600).under_few_partners(8);
    let parts = feeds.parts(2);
    // Small transactions, so that there is work left when a fault begins.
    let deployment = Deployment::new("outages", &own.servers).with("batch", "20");
    let deployment = deployment.create(feeds.partners());
    let mut fleet = deployment.start_all(2);
    let mut progress = Progress::of(&deployment);

    let mut publisher = deployment.start(&["publish", "--input", parts[0].folder()]);
    progress.await_answers(parts[0].lines / 10, ALL);
    own.freeze_store();
    progress.watch(AWAY);
    let before = progress.answered();
    own.thaw_store();
    let resumed = progress.await_more(RESUMED);
    println!(
        "the store was away for {AWAY:?} at {before} answers; working again {resumed:.1?} after its return"
    );
    assert_all_run(&mut fleet);
    publisher.await_end(ALL);
    progress.await_answers(parts[0].lines, ALL);

    let mut publisher = deployment.start(&["publish", "--input", parts[1].folder()]);
    progress.await_answers(parts[0].lines + parts[1].lines / 10, ALL);
    own.restart_kafka();
    let before = progress.answered();
    let resumed = progress.await_more(RESUMED);
    println!("the broker restarted at {before} answers; working again {resumed:.1?} after its return");
    assert_all_run(&mut fleet);
    publisher.await_end(ALL);
    progress.await_answers(feeds.lines, ALL);
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);
}
