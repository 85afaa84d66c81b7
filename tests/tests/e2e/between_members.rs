//! S33, S34: what concerns several accounts while ledgers die. Points that members give to each other arrive once, and of
//! two who activate one card at the same time one is granted.

use domain::EntityId;
use domain::outcome::OutcomeKind;
use lotstream_tests::checker::evidence::{Evidence, Rows};
use lotstream_tests::checker::judge;
use lotstream_tests::checker::report::Report;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::faults::publish_while_ledgers_die;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::fleet::Fleet;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::{Servers, Turn};
use std::time::Duration;

const LEDGERS: usize = 3;
const DEATHS: usize = 3;
const PATIENCE: Duration = Duration::from_secs(300);

/// Members who give points to each other, each this often to each of the next few.
const MEMBERS: usize = 100;
const TIMES: usize = 10;
const FRIENDS: usize = 6;
/// 4 % of 25,000.
const EARNED: i64 = 1_000;

/// Cards, each activated by two members at once; one of them is granted this.
const CARDS: usize = 1_500;
const GRANTED: i64 = 2_000;

fn feed(name: &str, lines: impl Iterator<Item = String>) -> Feeds {
    Feeds::write(&Files::from([(name.to_owned(), lines.map(|line| line + "\n").collect())]))
}

fn sales() -> Feeds {
    let sale = |member: usize| {
        format!(
            r#"{{"id":"sale-{member}","member":"m-{member}","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"25000","lines":[{{"line":1,"sku":"engine","group":"work","quantity":"1","amount":"25000"}}]}}"#
        )
    };
    feed("purchases.garage.jsonl", (0..MEMBERS).map(sale))
}

/// How many points a member gives to its `friend`th friend each time: not the same to each, or nobody's balance moves.
const fn gift(member: usize, friend: usize) -> i64 {
    ((member * 7 + friend * 3) % 5 + 1) as i64
}

fn gifts() -> Feeds {
    let all = (0..TIMES).flat_map(|time| (0..MEMBERS).map(move |member| (time, member)));
    let line = |(time, member, friend): (usize, usize, usize)| {
        let (to, points) = ((member + friend) % MEMBERS, gift(member, friend));
        format!(
            r#"{{"id":"give-{time}-{member}-{friend}","member":"m-{member}","occurred_at":"2026-03-20T10:00:00+03:00","step":"transfer","points":{points},"to":"m-{to}"}}"#
        )
    };
    feed(
        "redemptions.garage.jsonl",
        all.flat_map(|(time, member)| (1..=FRIENDS).map(move |friend| (time, member, friend))).map(line),
    )
}

/// What a member has once everyone gave.
fn balance(member: usize) -> i64 {
    let times = i64::try_from(TIMES).expect("few");
    let given: i64 = (1..=FRIENDS).map(|friend| gift(member, friend)).sum();
    let got: i64 = (1..=FRIENDS).map(|friend| gift((member + MEMBERS - friend) % MEMBERS, friend)).sum();
    EARNED + times * (got - given)
}

fn activations() -> Feeds {
    let line = |(card, side): (usize, char)| {
        format!(
            r#"{{"id":"club-{card}-{side}","member":"{side}-{card}","occurred_at":"2026-03-20T10:00:00+03:00","kind":"club-card","attributes":[{{"name":"card","value":"{card}"}}]}}"#
        )
    };
    feed("activities.garage.jsonl", (0..CARDS).flat_map(|card| ['a', 'b'].map(|side| (card, side))).map(line))
}

fn start(story: &str, programme: &str, feeds: &[&str], servers: &Servers) -> (Deployment, Fleet) {
    let deployment = Deployment::new(story, servers).with("batch", "20").with("session_seconds", "2");
    let deployment = deployment.create_under(programme, ["garage"]);
    let fleet = deployment.start_some(feeds, LEDGERS);
    (deployment, fleet)
}

fn publish(deployment: &Deployment, fleet: &mut Fleet, feeds: &Feeds) {
    let in_the_act = publish_while_ledgers_die(deployment, fleet, feeds, DEATHS, PATIENCE);
    assert!(in_the_act > DEATHS / 2, "expected deaths in the act, {in_the_act} of {DEATHS} were");
}

fn judged(deployment: &Deployment) -> (Evidence, Report) {
    let evidence = Evidence::gather(deployment);
    let report = judge(&evidence);
    println!("{report}");
    (evidence, report)
}

fn available(rows: &Rows) -> i64 {
    rows.lots.values().map(|lot| lot.buckets.available.get()).sum()
}

#[test]
fn s33_points_given_while_ledgers_die_arrive_once() {
    let Some(turn) = Turn::take() else { return };
    let (sales, gifts) = (sales(), gifts());
    let (deployment, mut fleet) =
        start("gifts", "five-systems-1", &["purchases", "redemptions"], &turn.servers);
    let mut progress = Progress::of(&deployment);
    deployment.run(&["publish", "--input", sales.folder()]);
    progress.await_answers(sales.lines, PATIENCE);
    publish(&deployment, &mut fleet, &gifts);
    progress.await_answers(sales.lines + gifts.lines, PATIENCE);
    fleet.drain();

    let (evidence, report) = judged(&deployment);
    report.assert_clean(sales.lines + gifts.lines);
    assert_eq!(report.count(OutcomeKind::Applied), sales.lines + gifts.lines);
    let found = |member: usize| {
        let entity = EntityId::member("five-systems-1", &format!("m-{member}"));
        evidence.accounts.get(&entity).map(available)
    };
    for member in 0..MEMBERS {
        assert_eq!(found(member), Some(balance(member)), "S33: what m-{member} has");
    }
}

#[test]
fn s34_of_two_who_activate_one_card_while_ledgers_die_one_is_granted() {
    let Some(turn) = Turn::take() else { return };
    let activations = activations();
    let (deployment, mut fleet) = start("limits", "five-systems-2", &["activities"], &turn.servers);
    let mut progress = Progress::of(&deployment);
    publish(&deployment, &mut fleet, &activations);
    progress.await_answers(activations.lines, PATIENCE);
    progress.await_later(activations.lines, PATIENCE);
    fleet.drain();

    let (evidence, report) = judged(&deployment);
    report.assert_clean(activations.lines);
    assert_eq!(report.later, activations.lines, "S27: one later fate each");
    for card in 0..CARDS {
        let of = |side: char| {
            let entity = EntityId::member("five-systems-2", &format!("{side}-{card}"));
            evidence.accounts.get(&entity).map_or(0, available)
        };
        assert_eq!(of('a') + of('b'), GRANTED, "S34: what the two have who activated card {card}");
        assert!(of('a') == 0 || of('b') == 0, "S34: one of the two is granted, card {card}");
    }
}
