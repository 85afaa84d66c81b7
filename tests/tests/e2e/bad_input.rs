//! S27: every kind of bad input, raw in partners' topics between good events, by the broker's clock: each goes to
//! `dead-letters` to the byte, its partner is told where an id can be read, and the stream goes on.

mod cases;

use cases::{Bad, Where, bad_inputs, sale};
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::journal::Journal;
use lotstream_tests::progress::Progress;
use lotstream_tests::raw::Partner;
use lotstream_tests::servers::Turn;
use std::time::Duration;
use wire::dead_letter::DeadLetterRecord;

const PATIENCE: Duration = Duration::from_secs(60);

/// A bad input, and the offset it was written at.
struct Written {
    bad: Bad,
    key: Vec<u8>,
    offset: i64,
}

#[test]
fn s27_every_bad_input_has_its_answer_and_the_stream_goes_on() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("bad", &turn.servers).with("clock", "broker").create(["shop-1"]);
    let fleet = deployment.start_all(1);
    let partner = Partner::of(&deployment);

    let mut written = Vec::new();
    for (number, bad) in bad_inputs(&partner).into_iter().enumerate() {
        let key = format!("key-{number}").into_bytes();
        let offset = partner.write(&format!("{}.shop-1", bad.feed), &key, &bad.value);
        written.push(Written { bad, key, offset });
        let good = sale(&format!("good-{number}"), &format!("m-{number}"));
        partner.write("purchases.shop-1", b"good", &partner.record("purchases", &good));
    }
    let inputs = 2 * written.len();
    Progress::of(&deployment).await_answers(inputs, PATIENCE);
    fleet.drain();

    let report = check(&deployment);
    report.assert_clean(inputs);
    assert_eq!(
        report.count(OutcomeKind::Applied),
        written.len(),
        "every good event, and no bad one, is applied"
    );
    assert_eq!(report.count(OutcomeKind::DeadLettered), written.len());
    let journal = Journal::of(&deployment);
    let (letters, outcomes) =
        (journal.read("dead-letters", "dead_letter"), journal.read("outcomes.", "outcome"));
    assert_eq!(letters.len(), written.len(), "one dead letter each");
    for written in &written {
        answered(written, &letters, &outcomes, &deployment.prefix);
    }
    println!("{} bad inputs, each dead-lettered to the byte", written.len());
}

/// One bad input's dead letter and outcome.
fn answered(written: &Written, letters: &[DeadLetterRecord], outcomes: &[OutcomeRecord], prefix: &str) {
    let Written { bad, key, offset } = written;
    let topic = format!("{prefix}{}.shop-1", bad.feed);
    let outcome = outcomes
        .iter()
        .find(|outcome| (outcome.source.feed.as_str(), outcome.source.offset) == (bad.feed, *offset));
    let kind = outcome.map(|outcome| outcome.outcome.kind);
    assert_eq!(kind, bad.id.map(|_| OutcomeKind::DeadLettered), "S27: the outcome of {}", bad.what);
    let here = |letter: &&DeadLetterRecord| {
        (letter.topic.as_str(), letter.partition, letter.offset) == (topic.as_str(), 0, *offset)
    };
    let letter = letters.iter().find(here);
    let letter = letter.unwrap_or_else(|| panic!("S27: expected a dead letter for {}, found none", bad.what));
    assert_eq!(letter.reason, bad.reason, "S27: {}: {}", bad.what, letter.text);
    assert_eq!(
        (letter.partner.as_str(), letter.id.as_str()),
        ("shop-1", bad.id.unwrap_or_default()),
        "{}",
        bad.what
    );
    assert!(!letter.text.is_empty(), "S27: {}: expected words for a person", bad.what);
    if let Some(outcome) = outcome {
        assert_eq!(serde_json::json!(outcome.outcome.reason), bad.reason, "S27: {}", bad.what);
    }
    match bad.found_by {
        Where::Feed => {
            assert_eq!(letter.key.as_ref(), Some(key), "S27: {}: the key as it came", bad.what);
            assert_eq!(letter.value, bad.value, "S27: {}: the bytes as they came", bad.what);
            assert_eq!(letter.command, None, "S27: {}: nothing reached the ledger", bad.what);
        }
        // The ledger has the command, not the partner's record: its letter holds that and says so.
        Where::Ledger => {
            let account = outcome.map(|outcome| outcome.entity.as_str().as_bytes().to_vec());
            assert_eq!(letter.key, account, "S27: {}: the command's key", bad.what);
            assert!(letter.command.is_some(), "S27: {}: where the command stood", bad.what);
        }
    }
}
