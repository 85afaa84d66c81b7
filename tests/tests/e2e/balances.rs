//! S14: however many redemptions of one balance at one time, approvals never exceed it, and each has one decision.

use domain::event::{RedemptionDecision, Step};
use domain::outcome::Reason;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::faults::Witness;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::journal::Journal;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use std::collections::BTreeMap;
use std::time::Duration;

const ACCOUNTS: usize = 200;
const REQUESTS: usize = 20;
const PARTNERS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(300);

/// 4,000 rubles at 2.5 %: 100 points each, spendable 14 days later.
fn sales() -> Feeds {
    let sale = |account: usize| {
        format!(
            r#"{{"id":"sale-{account}","member":"m-{account}","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"4000","lines":[{{"line":1,"sku":"wheel","quantity":"1","amount":"4000"}}]}}"#
        ) + "\n"
    };
    Feeds::write(&Files::from([("purchases.shop-0.jsonl".to_owned(), (0..ACCOUNTS).map(sale).collect())]))
}

/// Twenty requests of 60 points to each account, at one moment, by five partners.
fn requests() -> Feeds {
    let mut files = Files::new();
    for (account, request) in (0..REQUESTS).flat_map(|n| (0..ACCOUNTS).map(move |account| (account, n))) {
        let line = format!(
            r#"{{"id":"ask-{account}-{request}","member":"m-{account}","occurred_at":"2026-03-20T10:00:00+03:00","step":"authorise","points":60}}"#
        );
        let file = files.entry(format!("redemptions.shop-{}.jsonl", request % PARTNERS)).or_default();
        *file += &(line + "\n");
    }
    Feeds::write(&files)
}

#[test]
fn s14_four_thousand_requests_of_two_hundred_balances_while_a_ledger_dies() {
    let Some(turn) = Turn::take() else { return };
    let (sales, requests) = (sales(), requests());
    let deployment =
        Deployment::new("balances", &turn.servers).with("batch", "10").with("session_seconds", "2");
    let deployment = deployment.create(requests.partners());
    let mut fleet = deployment.start_all(2);
    fleet.feeds.extend((0..2).map(|_| deployment.start(&["redemptions"])));
    fleet.await_ready();
    fleet.feeds.iter_mut().for_each(Service::await_partitions);
    let mut progress = Progress::of(&deployment);
    deployment.run(&["publish", "--input", sales.folder()]);
    progress.await_answers(sales.lines, PATIENCE);

    let mut publisher = deployment.start(&["publish", "--input", requests.folder()]);
    let death = Witness::of(&deployment).kill_in_the_act(&mut fleet.ledgers[0]);
    println!("killed with {death:?}");
    assert!(death.is_in_the_act(), "expected it to die in the act; it needs more load");
    fleet.ledgers[0] = deployment.start(&["ledger"]);
    publisher.await_end(PATIENCE);
    progress.await_answers(sales.lines + requests.lines, PATIENCE);
    fleet.await_ready();
    let asked = fleet.feeds.iter().filter(|feed| feed.name.starts_with("redemptions"));
    let asked: Vec<u64> = asked.filter_map(|feed| feed.figure("feed_commands_total")).collect();
    println!("redemptions instances passed on {asked:?} requests");
    assert!(asked.iter().all(|asked| *asked > 0) && asked.len() == 3, "expected three instances to work");
    fleet.drain();

    let report = check(&deployment);
    report.assert_clean(sales.lines + requests.lines);
    assert_eq!(report.decisions, ACCOUNTS * REQUESTS, "S14: one decision for each request");
    one_approval_each(&Journal::of(&deployment).read("redemption-decisions", "redemption_decision"));
}

fn one_approval_each(decisions: &[RedemptionDecision]) {
    let mut approved: BTreeMap<&str, i64> = BTreeMap::new();
    for decision in decisions {
        assert_eq!(decision.step, Step::Authorise);
        let points = approved.entry(decision.entity.as_str()).or_default();
        *points += decision.points.get();
        let reason = if decision.approved { Reason::None } else { Reason::InsufficientPoints };
        assert_eq!(decision.reason, reason, "S14: {decision:?}");
    }
    assert_eq!(approved.len(), ACCOUNTS);
    for (account, points) in approved {
        assert_eq!(points, 60, "S14: {account} has 100 points: expected one request of 60 to be approved");
    }
}
