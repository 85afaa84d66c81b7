//! Dead letters of a running deployment: listed, shown, and replayed once their cause is mended. A replay acts once,
//! whoever asks for it how often, and each is told in the audit topic.

use domain::Timestamp;
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::journal::Journal;
use lotstream_tests::places::repository;
use lotstream_tests::progress::Progress;
use lotstream_tests::raw::Partner;
use lotstream_tests::servers::Turn;
use lotstream_tests::wait::until;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wire::dead_letter_replay::DeadLetterReplay;

const PATIENCE: Duration = Duration::from_secs(120);
const SHOP: &str = "bookshop";
const TOPIC: &str = "purchases.bookshop";
/// A programme that is published only after a sale named it.
const LATER: &str = "coalition";
/// How far ahead of the clock a feed takes a date, in seconds.
const TOLERANCE: i64 = 5 * 60;

/// A sale of 400 rubles, so many seconds from now, with these fields beside.
fn sale(id: &str, seconds: i64, fields: &str) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Timestamp(i64::try_from(since.as_millis()).expect("a year of ours"));
    let at = now.plus_millis(seconds * 1_000);
    format!(
        r#"{{"id":"{id}","member":"m","occurred_at":"{at}",{fields}"currency":"RUB","total":"400","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"400"}}]}}"#
    )
}

/// What `dlq replay` makes of these arguments.
fn replay(deployment: &Deployment, arguments: &[&str]) -> (Option<i32>, Value) {
    deployment.ask(&[&["dlq", "replay", "--actor", "op-7", "--why", "mended"], arguments].concat())
}

/// How often it replayed, skipped and refused, by why.
fn counts(outcome: &Value) -> Value {
    json!([outcome["replayed"], outcome["skipped"], outcome["refused"]])
}

/// Waits until a letter would be replayed: its cause is gone.
fn await_mended(deployment: &Deployment, id: &str) {
    let mended = || {
        let (_, outcome) = replay(deployment, &["--id", id, "--dry-run"]);
        (outcome["replayed"] == 1).then_some(())
    };
    until("the dead letter to be good", PATIENCE, mended);
}

/// Waits until this event was answered so often, and says how.
fn await_outcomes(deployment: &Deployment, id: &str, count: usize) -> Vec<OutcomeKind> {
    let journal = Journal::of(deployment);
    until("an answer to the replay", PATIENCE, || {
        let outcomes: Vec<OutcomeRecord> = journal.read(&format!("outcomes.{SHOP}"), "outcome");
        let of_event = outcomes.iter().filter(|outcome| outcome.source.id.as_str() == id);
        let kinds: Vec<OutcomeKind> = of_event.map(|outcome| outcome.outcome.kind).collect();
        (kinds.len() >= count).then_some(kinds)
    })
}

/// The dead letters there are, by id.
fn listed(deployment: &Deployment, arguments: &[&str]) -> Vec<Value> {
    let (_, list) = deployment.ask(&[&["dlq", "list"], arguments].concat());
    list["letters"].as_array().expect("letters").clone()
}

#[test]
fn s23_s27_a_dead_letter_is_replayed_once_its_cause_is_mended() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("dlq", &turn.servers).with("clock", "broker").create([SHOP]);
    let fleet = deployment.start_all(1);
    let partner = Partner::of(&deployment);
    let early = partner.record("purchases", &sale("early", TOLERANCE + 25, ""));
    let named = format!(r#""programme":"{LATER}","#);
    let unknown = partner.record("purchases", &sale("unknown", -60, &named));
    for (key, value) in [("early", &early), ("noise", &b"noise".to_vec()), ("unknown", &unknown)] {
        partner.write(TOPIC, key.as_bytes(), value);
    }
    Progress::of(&deployment).await_answers(3, PATIENCE);

    // What is there, and what it holds.
    let letters = listed(&deployment, &["--partner", SHOP, "--waiting"]);
    let told: Vec<_> =
        letters.iter().map(|it| (&it["id"], &it["reason"], &it["by"], &it["replays"])).collect();
    assert_eq!(letters.len(), 3, "{told:?}");
    for (id, reason, by) in
        [("early", "future", "feed"), ("", "undecodable", "feed"), ("unknown", "unknown_programme", "ledger")]
    {
        assert!(told.contains(&(&id.into(), &reason.into(), &by.into(), &0.into())), "{id} in {told:?}");
    }
    let place = |id: &str| {
        let letter =
            letters.iter().find(|letter| letter["id"] == id).unwrap_or_else(|| panic!("no letter of {id}"));
        letter["place"].as_str().expect("a place").to_owned()
    };
    let (_, shown) = deployment.ask(&["dlq", "show", &place("early")]);
    assert_eq!((&shown["value"]["json"]["id"], &shown["key"]["text"]), (&"early".into(), &"early".into()));
    let (_, shown) = deployment.ask(&["dlq", "show", &place("unknown")]);
    assert_eq!(shown["value"]["json"]["source"]["id"], "unknown", "{shown:#}");
    let (_, shown) = deployment.ask(&["dlq", "show", &place("")]);
    assert_eq!(shown["value"]["text"], "noise", "{shown:#}");

    // Nothing is mended: each would be bad input again.
    let (code, outcome) = replay(&deployment, &["--partner", SHOP]);
    assert_eq!((code, counts(&outcome)), (Some(1), json!([0, {}, {"still_bad": 3}])), "{outcome:#}");

    // The programme is published: its sale counts, once.
    let programme = repository().join(format!("deploy/programmes/{LATER}.toml"));
    deployment.run(&["programme", "publish", &programme.display().to_string()]);
    await_mended(&deployment, "unknown");
    let by_reason = ["--reason", "unknown_programme"];
    let (code, outcome) = replay(&deployment, &by_reason);
    assert_eq!((code, counts(&outcome)), (Some(0), json!([1, {}, {}])), "{outcome:#}");
    let (refused, applied) = (OutcomeKind::DeadLettered, OutcomeKind::Applied);
    assert_eq!(await_outcomes(&deployment, "unknown", 2), [refused, applied]);
    let (code, outcome) = replay(&deployment, &by_reason);
    assert_eq!((code, counts(&outcome)), (Some(0), json!([0, {"replayed": 1}, {}])), "{outcome:#}");
    let (_, outcome) = replay(&deployment, &["--again", &place("unknown")]);
    assert_eq!(counts(&outcome), json!([1, {}, {}]), "{outcome:#}");
    assert_eq!(await_outcomes(&deployment, "unknown", 3), [refused, applied, OutcomeKind::Duplicate]);

    // A date that was too far ahead is so no more: the partner's own bytes are in its topic again.
    await_mended(&deployment, "early");
    let (_, outcome) = replay(&deployment, &[&place("early")]);
    let letter = &outcome["letters"][0];
    assert_eq!(
        (&letter["to"], &letter["offset"]),
        (&deployment.topic(TOPIC).into(), &3.into()),
        "{outcome:#}"
    );
    assert_eq!(await_outcomes(&deployment, "early", 2), [refused, applied]);
    told_of(&deployment, &place("early"));
    fleet.drain();

    let report = check(&deployment);
    report.assert_clean(4);
    assert_eq!(report.redelivered, 2, "two copies of one command, and the second acted");
}

/// What is told of three replays of two letters.
fn told_of(deployment: &Deployment, early: &str) {
    let replays: Vec<DeadLetterReplay> =
        Journal::of(deployment).read("dead-letter-replays", "dead_letter_replay");
    let written: Vec<&str> = replays.iter().map(|replay| replay.written_topic.as_str()).collect();
    let commands = deployment.topic("member-commands");
    assert_eq!(written, [commands.as_str(), commands.as_str(), deployment.topic(TOPIC).as_str()]);
    for replay in &replays {
        assert_eq!((replay.actor.as_str(), replay.why.as_str()), ("op-7", "mended"), "{replay:?}");
        assert_eq!(replay.topic, deployment.topic(TOPIC), "{replay:?}");
    }
    let waiting = listed(deployment, &["--waiting"]);
    assert_eq!(waiting.len(), 1, "{waiting:#?}");
    assert_eq!(waiting[0]["reason"], "undecodable");
    let (_, shown) = deployment.ask(&["dlq", "show", early]);
    assert_eq!(shown["replays"][0]["written_offset"], 3, "{shown:#}");
    let told = deployment.run(&["dlq", "list"]);
    assert!(told.contains("2 times, ") && told.contains("3 dead letters, 1 not replayed"), "{told}");
    let mut headers = Vec::new();
    Journal::of(deployment).each(TOPIC, |record| {
        let header = |name| record.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
        headers.push((header("replay_of"), header("replay_by")));
    });
    assert_eq!(headers[3], (Some(early.to_owned()), Some("op-7".to_owned())), "{headers:?}");
    assert_eq!(headers[0], (None, None));
}

#[test]
fn what_is_not_said_is_not_replayed() {
    let Some(turn) = Turn::take() else { return };
    let deployment = Deployment::new("dlq_words", &turn.servers);
    deployment.run(&["topics", "create", "--partner", SHOP]);
    for (arguments, part) in [
        (&["dlq", "replay", "--actor", "op-7", "--why", "mended"][..], "which dead letters?"),
        (&["dlq", "replay", "0:1", "--actor", " ", "--why", "mended"], "--actor: expected a text"),
        (&["dlq", "replay", "0:1", "--actor", "op-7", "--why", ""], "--why: expected a text"),
        (
            &["dlq", "replay", "0:1", "--actor", "op-7", "--why", "mended"],
            "expected a dead letter at 0:1, found none",
        ),
        (&["dlq", "show", "0:1"], "expected a dead letter at 0:1, found none"),
        (&["dlq", "show", "01"], "expected a letter's place such as `2:17`"),
        (&["dlq", "list", "--since", "noon"], "--since noon: expected an instant"),
    ] {
        let told = deployment.refused(arguments);
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(deployment.run(&["dlq", "list"]).trim(), "no dead letters of this kind");
    let (code, outcome) = replay(&deployment, &["--partner", SHOP]);
    assert_eq!((code, counts(&outcome)), (Some(0), json!([0, {}, {}])), "{outcome:#}");
}

/// A partner whose records are nearly all bad is paused by the service that reads them, and nobody else is: what it
/// sends from then on waits, and is read once an operator resumes it.
#[test]
fn s27_a_partner_that_sends_too_much_bad_input_is_paused_and_told_why() {
    let Some(turn) = Turn::take() else { return };
    let deployment =
        Deployment::new("too_bad", &turn.servers).with("bad_percent", "60").with("bad_records", "10");
    let deployment = deployment.create([SHOP, "cinema"]);
    let fleet = deployment.start_all(1);
    let partner = Partner::of(&deployment);
    let good = |id: &str| partner.record("purchases", &sale(id, -60, ""));
    let listed = |name: &str| {
        let (_, all) = deployment.ask(&["partner", "list"]);
        let found = all.as_array().expect("a list").iter().find(|it| it["partner"] == name).cloned();
        found.unwrap_or_else(|| panic!("{name} is not listed"))
    };
    for number in 0..4 {
        partner.write(TOPIC, b"good", &good(&format!("good-{number}")));
    }
    for _ in 0..7 {
        partner.write(TOPIC, b"noise", b"noise");
    }
    let mut progress = Progress::of(&deployment);
    progress.await_answers(11, PATIENCE);
    let pause = until("the partner to be paused", PATIENCE, || {
        let pause = listed(SHOP)["paused"].clone();
        pause.is_object().then_some(pause)
    });
    let reason = pause["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("7 of its last 10 purchases are dead letters, more than 60 %"), "{reason}");
    assert!(
        reason.contains("undecodable") && reason.contains("`lotstream dlq list --partner bookshop`"),
        "{reason}"
    );

    partner.write(TOPIC, b"good", &good("waits"));
    partner.write("purchases.cinema", b"good", &good("other"));
    progress.await_answers(12, PATIENCE);
    // What was answered before is committed soon.
    until("one record to wait", PATIENCE, || (listed(SHOP)["lag"]["purchases"] == 1).then_some(()));
    assert!(listed("cinema")["paused"].is_null());
    let pauses = fleet.feeds.iter().filter_map(|feed| feed.figure("feed_pauses_total")).collect::<Vec<_>>();
    assert_eq!(pauses, [1, 0, 0], "the alarm's metric, by feed: purchases alone paused it");

    deployment.run(&["partner", "resume", SHOP]);
    progress.await_answers(13, PATIENCE);
    // It begins anew: one more is not too many.
    partner.write(TOPIC, b"noise", b"noise");
    progress.await_answers(14, PATIENCE);
    assert!(listed(SHOP)["paused"].is_null());
    fleet.drain();
    check(&deployment).assert_clean(14);
}
