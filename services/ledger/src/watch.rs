//! The engine's watch: latencies, outcomes and points as metrics, and the steps of traced commands as spans.
//!
//! Runs on the driver's thread: it counts and hands over, and waits for nobody.

use domain::Name;
use domain::lot::Bucket;
use domain::outcome::{OutcomeKind, Reason};
use engine::tally::{Tally, Traced};
use engine::watch::{Sight, Step, Watch};
use serde::Serialize;
use std::time::Instant;
use telemetry::prometheus::{Histogram, IntCounter, IntCounterVec};
use telemetry::trace::{Kind, Parent, Span, Told, Tracer};
use telemetry::{Bounded, Register};

/// Counts what it sees.
pub(crate) struct Watcher {
    transaction: Histogram,
    write: Histogram,
    flush: Histogram,
    takeover: Histogram,
    outcomes: IntCounterVec,
    points: IntCounterVec,
    waits: IntCounter,
    waits_ended: IntCounter,
    dead_letters: IntCounterVec,
    partners: Bounded,
    tracer: Tracer,
    /// `member-commands` as it is called here: part of the spans' ids.
    topic: String,
}

impl Watcher {
    pub(crate) fn new(topic: &str, tracer: Tracer, register: &mut Register) -> Self {
        Self {
            transaction: register.histogram("lotstream_ledger_transaction_seconds"),
            write: register.histogram("lotstream_ledger_write_seconds"),
            flush: register.histogram("lotstream_ledger_flush_seconds"),
            takeover: register.histogram("lotstream_ledger_takeover_seconds"),
            outcomes: register.counters("lotstream_ledger_outcomes_total"),
            points: register.counters("lotstream_ledger_points_total"),
            waits: register.counter("lotstream_ledger_operator_waits_total"),
            waits_ended: register.counter("lotstream_ledger_operator_waits_ended_total"),
            dead_letters: register.counters("lotstream_ledger_dead_letters_total"),
            partners: Bounded::new("partner"),
            tracer,
            topic: topic.to_owned(),
        }
    }

    fn count(&mut self, tally: &Tally) {
        for ((kind, reason, partner), count) in &tally.outcomes {
            self.answered(*kind, *reason, partner, *count);
        }
        for ((from, to), points) in &tally.points {
            let from = from.map_or("issued", Bucket::as_str);
            self.points.with_label_values(&[from, to.as_str()]).inc_by(*points);
        }
        self.waits.inc_by(tally.waits);
        self.waits_ended.inc_by(tally.waits_ended);
        for (reason, count) in &tally.dead_letters {
            self.dead_letters.with_label_values(&[word(reason)]).inc_by(*count);
        }
    }

    fn answered(&mut self, kind: OutcomeKind, reason: Reason, partner: &Name, count: u64) {
        let partner = self.partners.value(partner.as_str());
        self.outcomes.with_label_values(&[word(&kind).as_str(), &word(&reason), partner]).inc_by(count);
    }

    /// Hands a span over where the command's trace is followed.
    fn step(&self, partition: i32, step: Step, traced: &Traced, (began, ended): (Instant, Instant)) {
        if let Some(feed) = self.tracer.follows(traced.trace.as_str()) {
            let (name, kind, parent, itself) = place(&self.topic, partition, traced.offset, feed, step);
            let told = vec![
                ("entity", Told::Text(traced.entity.to_string())),
                ("partition", Told::Number(i64::from(partition))),
                ("offset", Told::Number(traced.offset)),
            ];
            self.tracer.send(Span { name, kind, parent, itself, began, ended, told });
        }
    }
}

/// Where a step stands in its trace: the child of the step before it, the first one of the feed's. Ids derive from the
/// record's place, so nothing is remembered from one step to the next.
fn place(
    topic: &str,
    partition: i32,
    offset: i64,
    feed: Parent,
    step: Step,
) -> (&'static str, Kind, Parent, Parent) {
    let then = |parent: Parent, name| parent.then(name, topic, partition, offset);
    let decide = then(feed, DECIDE);
    let commit = then(decide, COMMIT);
    match step {
        Step::Decide => (DECIDE, Kind::Consumer, feed, decide),
        Step::Commit => (COMMIT, Kind::Internal, decide, commit),
        Step::Write => (WRITE, Kind::Client, commit, then(commit, WRITE)),
    }
}

const DECIDE: &str = "decide";
const COMMIT: &str = "commit";
const WRITE: &str = "store write";

impl Watch for Watcher {
    fn see(&mut self, partition: i32, sight: Sight<'_>) {
        match sight {
            Sight::Committed(tally, took) => {
                self.transaction.observe(took.as_secs_f64());
                self.count(tally);
            }
            Sight::NotCommitted(took) => self.transaction.observe(took.as_secs_f64()),
            Sight::Written(took) => self.write.observe(took.as_secs_f64()),
            Sight::Flushed(took) => self.flush.observe(took.as_secs_f64()),
            Sight::TakenOver(took) => self.takeover.observe(took.as_secs_f64()),
            Sight::Stepped { step, traced, began, ended } => {
                self.step(partition, step, traced, (began, ended))
            }
        }
    }
}

/// The word that topics and tables have for it.
fn word(of: &impl Serialize) -> String {
    serde_json::to_value(of).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use telemetry::prometheus::{Encoder, TextEncoder};

    fn seen(sights: &[Sight<'_>]) -> String {
        let mut register = Register::new(&[]);
        let tracer = Tracer::start("", "ledger", &mut register);
        let mut watcher = Watcher::new("member-commands", tracer, &mut register);
        sights.iter().for_each(|sight| watcher.see(3, *sight));
        let mut text = Vec::new();
        TextEncoder::new().encode(&register.registry().gather(), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn outcomes_points_and_dead_letters_are_counted_by_what_they_are() {
        let mut tally = Tally::default();
        let mut answered = |kind, reason, count| {
            tally.outcomes.insert((kind, reason, Name::from("shop")), count);
        };
        answered(OutcomeKind::Applied, Reason::None, 4);
        answered(OutcomeKind::DeadLettered, Reason::WrongCurrency, 1);
        tally.points.insert((None, Bucket::Pending), 250);
        tally.points.insert((Some(Bucket::Available), Bucket::WrittenOff), 30);
        tally.dead_letters.insert(Reason::WrongCurrency, 1);
        (tally.waits, tally.waits_ended) = (20, 3);
        let took = Duration::from_millis(30);
        let text = seen(&[
            Sight::Committed(&tally, took),
            Sight::Committed(&tally, took),
            Sight::NotCommitted(took),
        ]);
        for line in [
            "lotstream_ledger_outcomes_total{kind=\"applied\",partner=\"shop\",reason=\"none\"} 8",
            "lotstream_ledger_outcomes_total{kind=\"dead_lettered\",partner=\"shop\",reason=\"wrong_currency\"} 2",
            "lotstream_ledger_points_total{from=\"issued\",to=\"pending\"} 500",
            "lotstream_ledger_points_total{from=\"available\",to=\"written_off\"} 60",
            "lotstream_ledger_dead_letters_total{reason=\"wrong_currency\"} 2",
            "lotstream_ledger_operator_waits_total 40",
            "lotstream_ledger_operator_waits_ended_total 6",
            "lotstream_ledger_transaction_seconds_bucket{le=\"0.02\"} 0",
            "lotstream_ledger_transaction_seconds_bucket{le=\"0.05\"} 3",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn writes_flushes_and_takeovers_are_timed() {
        let took = Duration::from_secs(3);
        let text = seen(&[Sight::Written(took), Sight::Flushed(took), Sight::TakenOver(took)]);
        for name in ["write", "flush", "takeover"] {
            let line = format!("lotstream_ledger_{name}_seconds_sum 3");
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn each_step_is_the_child_of_the_one_before_it() {
        let feed = Parent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        let mut before = feed;
        for step in [Step::Decide, Step::Commit, Step::Write] {
            let (name, _, parent, itself) = place("member-commands", 3, 17, feed, step);
            assert_eq!(parent, before, "{name}");
            assert_eq!(itself.trace, feed.trace, "{name}");
            assert!(telemetry::catalogue().spans.contains_key(name), "{name}");
            assert_ne!(itself, place("member-commands", 3, 18, feed, step).3, "{name} of another record");
            before = itself;
        }
    }

    /// The labels' closed choices in the catalogue, held against the words of the core.
    #[test]
    fn what_labels_may_say_is_what_the_core_says() {
        let catalogue = telemetry::catalogue();
        let buckets = Bucket::ALL.map(Bucket::as_str);
        assert_eq!(catalogue.labels["to"].values, buckets);
        assert_eq!(catalogue.labels["from"].values[1..], buckets);
        let kinds = [
            OutcomeKind::Applied,
            OutcomeKind::Duplicate,
            OutcomeKind::Conflict,
            OutcomeKind::Rejected,
            OutcomeKind::Parked,
            OutcomeKind::Quarantined,
            OutcomeKind::DeadLettered,
        ];
        assert_eq!(catalogue.labels["kind"].values, kinds.map(|kind| word(&kind)));
        assert_eq!(word(&Reason::None), "none");
    }
}
