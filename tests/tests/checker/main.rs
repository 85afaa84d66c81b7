//! The checker is checked: it passes a small true history, and each way of losing or doubling something in it is found.

mod history;

use domain::lot::Buckets;
use domain::outcome::OutcomeKind;
use domain::{EventKey, Points};
use history::history;
use lotstream_tests::checker::evidence::{Evidence, Rows};
use lotstream_tests::checker::judge;
use lotstream_tests::checker::report::Report;

#[test]
fn a_true_history_is_clean() {
    let report = judge(&history());
    assert!(report.is_clean(), "{report}");
    let counts = (report.inputs, report.count(OutcomeKind::Applied), report.count(OutcomeKind::Duplicate));
    assert_eq!(counts, (8, 5, 1), "{report}");
    assert_eq!((report.decisions, report.lots, report.issued), (3, 2, 205), "{report}");
}

#[test]
fn a_redelivery_is_told_and_is_no_fault() {
    let mut evidence = history();
    evidence.commands.push(evidence.commands[0].clone());
    let mut again = evidence.outcomes[0].clone();
    again.outcome.kind = OutcomeKind::Duplicate;
    evidence.outcomes.push(again);
    let report = judge(&evidence);
    assert!(report.is_clean(), "{report}");
    assert_eq!((report.inputs, report.redelivered), (8, 1));
}

fn rows(evidence: &mut Evidence) -> &mut Rows {
    evidence.accounts.values_mut().next().expect("an account")
}

fn lot(evidence: &mut Evidence, change: impl FnOnce(&mut domain::Lot)) {
    change(rows(evidence).lots.values_mut().next().expect("a lot"));
}

/// What is done to the evidence, what of it the checker counts, and a word of what it says.
type Fault = (&'static str, fn(&mut Evidence), fn(&Report) -> usize, &'static str);

const LOST: fn(&Report) -> usize = |report| report.lost;
const DOUBLED: fn(&Report) -> usize = |report| report.doubled;
const FOUND: fn(&Report) -> usize = |report| report.findings.len();

const FAULTS: [Fault; 23] = [
    ("an outcome is missing", |e| drop(e.outcomes.remove(1)), LOST, "has 0 outcomes, expected 1"),
    (
        "an outcome comes twice",
        |e| e.outcomes.push(e.outcomes[1].clone()),
        DOUBLED,
        "has 2 outcomes, expected 1",
    ),
    ("an outcome names another event", |e| e.outcomes[0].event = EventKey::NONE, FOUND, "another event"),
    ("an outcome of nothing", |e| drop(e.inputs.remove(0)), DOUBLED, "expected one input there, found 0"),
    ("a command is missing", |e| drop(e.commands.remove(0)), LOST, "was never taken up"),
    ("a redelivered command has no outcome", |e| e.commands.push(e.commands[0].clone()), LOST, "expected 2"),
    (
        "a redelivered command is applied again",
        |e| {
            e.commands.push(e.commands[0].clone());
            e.outcomes.push(e.outcomes[0].clone());
        },
        DOUBLED,
        "was applied 2 times",
    ),
    ("a dead letter is missing", |e| drop(e.letters.pop()), LOST, "was never taken up"),
    ("an entry is missing", |e| drop(e.entries.remove(1)), LOST, "expected entry 2, found 3"),
    ("the last entry is missing", |e| drop(e.entries.pop()), LOST, "in its head row"),
    (
        "an entry comes twice",
        |e| e.entries.insert(1, e.entries[1].clone()),
        DOUBLED,
        "expected entry 3, found 2",
    ),
    ("an entry moves a point more", |e| e.entries[0].points += one(), FOUND, "its entries say"),
    (
        "a lot is an older image",
        |e| lot(e, |lot| lot.buckets = Buckets::default()),
        FOUND,
        "buckets of a lot",
    ),
    ("a lot has a point too many", |e| lot(e, more), FOUND, "its entries say"),
    ("a head row is an older image", |e| rows(e).account.sequence -= 1, LOST, "in its head row"),
    (
        "a head row has a point too many",
        |e| rows(e).account.wallets[0].buckets.available += one(),
        FOUND,
        "the head row says",
    ),
    ("an account is missing", |e| e.accounts.clear(), LOST, "the store has no account"),
    ("a purchase is not remembered", |e| _ = rows(e).remembered.pop_first(), LOST, "does not remember"),
    (
        "an event is remembered that never was",
        |e| _ = rows(e).remembered.insert(EventKey::NONE),
        FOUND,
        "never answered",
    ),
    ("the statement misses an entry", |e| drop(rows(e).statement.pop()), LOST, "its statement"),
    ("a decision is missing", |e| drop(e.decisions.remove(0)), LOST, "expected one decision"),
    (
        "a decision comes twice",
        |e| e.decisions.push(e.decisions[0].clone()),
        DOUBLED,
        "expected one decision",
    ),
    ("a notice comes twice", |e| e.notices.push(e.notices[0].clone()), DOUBLED, "asked for twice"),
];

fn one() -> Points {
    Points::at_least_zero(1)
}

/// A point that nobody issued by an entry, though the lot adds up.
fn more(lot: &mut domain::Lot) {
    lot.issued += one();
    lot.buckets.available += one();
}

#[test]
fn every_loss_and_every_double_is_found() {
    for (what, damage, count, word) in FAULTS {
        let mut evidence = history();
        damage(&mut evidence);
        let report = judge(&evidence);
        assert!(count(&report) > 0, "{what}: the checker does not count it:\n{report}");
        let found = report.findings.iter().any(|finding| finding.contains(word));
        assert!(found, "{what}: expected a finding with `{word}`:\n{report}");
    }
}

#[test]
fn a_decision_that_is_not_its_outcome_is_found() {
    let mut evidence = history();
    evidence.decisions[0].approved ^= true;
    assert!(judge(&evidence).findings[0].contains("as its outcome says"));
}
