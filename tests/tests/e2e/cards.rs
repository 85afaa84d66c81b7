//! Cards through services on real servers: bound, unbound and bound again while they are shown at tills, what is sent on
//! twice, and ledgers that die between a binding's two steps. One effect each.

use lotstream_tests::cards::{Fate, with_cards};
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::faults::publish_while_ledgers_die;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use std::time::Duration;

const FEEDS: [&str; 4] = ["purchases", "returns", "redemptions", "partner-cards"];
const LEDGERS: usize = 4;
/// Ledgers that are killed.
const DEATHS: usize = 4;
/// How long the services may take to answer everything.
const ALL: Duration = Duration::from_secs(600);

#[test]
fn cards_through_four_ledgers_are_what_they_are_in_memory() {
    let Some(turn) = Turn::take() else { return };
    let feeds = with_cards(&Feeds::journey(24).under_few_partners(4), 7, Fate::Moves);
    let deployment = Deployment::new("cards", &turn.servers).create(feeds.partners());
    let fleet = deployment.start_some(&FEEDS, LEDGERS);
    let said = deployment.run(&["publish", "--paced", "--input", feeds.folder()]);
    println!("{}", said.trim());
    fleet.drain();

    deployment.assert_as_in_memory(&feeds);
    check(&deployment).assert_clean(feeds.lines);
}

#[test]
fn cards_on_the_move_while_ledgers_die_have_one_effect_each() {
    let Some(turn) = Turn::take() else { return };
    let feeds = with_cards(&Feeds::journey(600).under_few_partners(8), 11, Fate::Moves);
    let deployment = Deployment::new("moves", &turn.servers).with("batch", "20").with("session_seconds", "2");
    let deployment = deployment.create(feeds.partners());
    let mut fleet = deployment.start_some(&FEEDS, LEDGERS);
    let mut progress = Progress::of(&deployment);
    let in_the_act = publish_while_ledgers_die(&deployment, &mut fleet, &feeds, DEATHS, ALL);
    assert!(
        in_the_act >= DEATHS / 2,
        "expected deaths in the act, {in_the_act} of {DEATHS} were; it needs more load"
    );
    progress.await_answers(feeds.lines, ALL);
    fleet.drain();
    check(&deployment).assert_clean(feeds.lines);
}
