//! Feeds: the positions of every partner's and desk's topic, held against the outcomes and dead letters that name them.
//!
//! Answers are read from where they are kept, or from `--since` on; a position is judged from where its answers surely are.

use super::super::deployment::Deployment;
use super::Trouble;
use super::answers::{Answer, Answers};
use super::ledgers::Ledgers;
use super::sources::Sources;
use crate::failure::Failure;
use domain::Timestamp;
use domain::event::OutcomeRecord;
use lotstream_kafka::Connection;
use lotstream_kafka::group::Place;
use lotstream_kafka::tail::{Tail, records_within};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use verify::positions::Said;
use verify::{Events, Finding, Positions, Violation};
use wire::topic::{self, Retention};

/// How far the clocks of whoever writes outcomes may be from the broker's, in milliseconds: a service stops over a minute.
const SKEW: i64 = 120_000;
/// Overdue ranges of a partition that are looked up at a time.
const AT_ONCE: usize = 64;
/// Positions of such a range that are looked up at a time.
const MOST: i64 = 10_000;
/// How long answers may take to be read to their end before anything is told as lost.
const CATCH_UP: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_millis(100);

/// How patient it is, and how far back it looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) patience: Duration,
    pub(super) since: Option<Timestamp>,
    pub(super) remember: usize,
}

/// What a record says of a position, and where the record stands.
struct Heard {
    place: Place,
    offset: i64,
    said: Said,
    outcome: Option<Box<OutcomeRecord>>,
    at: String,
}

/// Where partitions end.
pub(super) type Ends = BTreeMap<Place, i64>;

/// All feeds.
pub(super) struct Feeds {
    connection: Connection,
    prefix: String,
    bounds: Bounds,
    sources: Sources,
    answers: Answers,
    tail: Tail,
    inputs: BTreeMap<&'static str, BTreeSet<Place>>,
    /// Partitions of answers.
    read: Vec<Place>,
    pub(super) positions: BTreeMap<Place, Positions>,
    events: Events,
    /// Partitions of answers that no longer begin at their first record, and of which none was read yet.
    shortened: BTreeSet<Place>,
    /// Topics of answers of which older ones may be gone: since when all are there.
    whole_since: BTreeMap<String, Timestamp>,
    /// What was said of topics that are not known: they may have come a moment ago.
    strangers: Vec<Heard>,
    /// Partitions of which it was told that more is answered than there is.
    beyond: BTreeSet<Place>,
    pub(super) findings: Vec<Finding>,
}

impl Feeds {
    pub(super) fn open(deployment: &Deployment, bounds: Bounds) -> Result<Self, Failure> {
        Ok(Self {
            connection: deployment.kafka().clone(),
            prefix: deployment.prefix().to_owned(),
            bounds,
            sources: Sources::open(deployment)?,
            answers: Answers::open(deployment)?,
            tail: Tail::open(deployment.kafka()).map_err(super::other)?,
            inputs: BTreeMap::new(),
            read: Vec::new(),
            positions: BTreeMap::new(),
            events: Events::new(bounds.remember),
            shortened: BTreeSet::new(),
            whole_since: BTreeMap::new(),
            strangers: Vec::new(),
            beyond: BTreeSet::new(),
            findings: Vec::new(),
        })
    }

    /// Takes in the topics that are new.
    pub(super) fn find(&mut self) -> Result<(), Trouble> {
        let found = self.sources.find()?;
        let new: Vec<Place> = found.answers.into_iter().filter(|place| !self.tail.reads(place)).collect();
        let ends = self.sources.ends(&new)?;
        let mut from: BTreeMap<Place, i64> =
            ends.iter().map(|(place, reach)| (place.clone(), reach.first)).collect();
        if let Some(since) = self.bounds.since {
            from = self.sources.since(&new, since.plus_millis(-SKEW))?;
        }
        for (place, reach) in &ends {
            if reach.first > 0 && from.get(place) == Some(&reach.first) {
                self.shortened.insert(place.clone());
            }
        }
        self.tail.add(&from)?;
        self.read.extend(new);
        let known = |place: &&Place| !self.positions.contains_key(*place);
        let inputs: Vec<Place> = found.inputs.values().flatten().filter(known).cloned().collect();
        let floors = match self.bounds.since {
            Some(since) => self.sources.since(&inputs, since)?,
            None => {
                self.sources.ends(&inputs)?.into_iter().map(|(place, reach)| (place, reach.first)).collect()
            }
        };
        self.positions.extend(floors.into_iter().map(|(place, floor)| (place, Positions::from(floor))));
        self.inputs = found.inputs;
        std::mem::take(&mut self.strangers).into_iter().for_each(|heard| self.hear(heard));
        Ok(())
    }

    /// Reads answers until `until`, or until none comes for a moment. How many there were.
    pub(super) fn read(&mut self, until: Instant) -> Result<u64, Trouble> {
        let mut count = 0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let (place, at, written, answer) = match self.tail.poll(left.min(TICK))? {
                None => return Ok(count),
                Some(record) => {
                    let place = (record.topic().to_owned(), record.partition());
                    let at = format!("{} {} {}", place.0, place.1, record.offset());
                    (place, at, record.written_at(), self.answers.read(&record)?)
                }
            };
            count += 1;
            if self.shortened.remove(&place) {
                self.all_are_there_since(place.0, written);
            }
            match answer {
                Answer::Nothing => {}
                Answer::Of(place, offset, said, outcome) => {
                    let heard = Heard { place, offset, said, outcome, at };
                    match self.positions.contains_key(&heard.place) {
                        true => self.hear(heard),
                        false => self.strangers.push(heard),
                    }
                }
                Answer::Unreadable(why) => {
                    let expected = "an outcome, or a dead letter";
                    self.findings.push(Finding::new(Violation::AnswersNothing, at, expected, why));
                }
            }
            if left.is_zero() {
                return Ok(count);
            }
        }
    }

    fn all_are_there_since(&mut self, topic: String, since: Option<Timestamp>) {
        let since = since.unwrap_or(Timestamp::MIN);
        let known = self.whole_since.entry(topic).or_insert(since);
        *known = since.max(*known);
    }

    fn hear(&mut self, heard: Heard) {
        let Heard { place, offset, said, outcome, at } = heard;
        let (topic, partition) = (self.without_prefix(&place.0).to_owned(), place.1);
        let subject = format!("{topic} {partition} {offset}");
        let word = outcome.as_ref().map_or_else(|| "dead letter".to_owned(), |outcome| word(outcome));
        let id = outcome.as_ref().map_or("", |outcome| outcome.source.id.as_str());
        let Some(positions) = self.positions.get_mut(&place) else {
            let expected = format!("a topic of a partner, which {at} answers");
            self.findings.push(Finding::new(Violation::AnswersNothing, subject, expected, "none"));
            return;
        };
        if positions.say(offset, said) {
            let found = format!("another one, {word} of event `{id}`, in {at}");
            self.findings.push(Finding::new(Violation::AnsweredTwice, subject, "one first answer", found));
            return;
        }
        let Some(outcome) = outcome.as_ref().filter(|_| said == Said::First) else { return };
        if let Some((before, other)) = self.events.first(outcome.event, &outcome.entity, partition, offset) {
            let whose = if other { "another account" } else { "the same account" };
            let expected = format!("event `{id}` to be answered as new once");
            let before = format!("{topic} {} {}", before.partition, before.offset);
            let found = format!("{word} for {}, and before for {whose} at {before}", outcome.entity);
            self.findings.push(Finding::new(Violation::Identity, subject, expected, found));
        }
    }

    fn without_prefix<'t>(&self, topic: &'t str) -> &'t str {
        topic.strip_prefix(&self.prefix).unwrap_or(topic)
    }

    /// Where answers end now.
    pub(super) fn ends(&self) -> Result<Ends, Trouble> {
        let ends = self.sources.ends(&self.read)?;
        Ok(ends.into_iter().map(|(place, reach)| (place, reach.end)).collect())
    }

    /// Answers up to there that were not read yet.
    pub(super) fn lag(&self, ends: &Ends) -> i64 {
        self.tail.lag(ends)
    }

    /// Once answers were read to their end: leaves positions unjudged whose answers may be gone.
    pub(super) fn leave_what_is_gone(&mut self, now: Timestamp) -> Result<(), Trouble> {
        // Partitions that are empty: what was there went with its time.
        for (topic, _) in std::mem::take(&mut self.shortened) {
            self.all_are_there_since(topic, Some(now.plus_millis(-kept())));
        }
        let letters = format!("{}{}", self.prefix, super::sources::LETTERS);
        let letters = self.whole_since.get(&letters).copied();
        let mut floors: BTreeMap<Timestamp, Vec<Place>> = BTreeMap::new();
        for place in self.positions.keys() {
            let name = self.without_prefix(&place.0);
            let partner = name.split_once('.').map_or("", |(_, partner)| partner);
            let outcomes = self.whole_since.get(&format!("{}outcomes.{partner}", self.prefix)).copied();
            if let Some(since) = outcomes.max(letters) {
                floors.entry(since.plus_millis(SKEW)).or_default().push(place.clone());
            }
        }
        for (since, places) in floors {
            for (place, floor) in self.sources.since(&places, since)? {
                if let Some(positions) = self.positions.get_mut(&place) {
                    positions.raise(floor);
                }
            }
        }
        Ok(())
    }

    /// Looks how far the feed services are: what they committed must be answered.
    pub(super) fn reach(&mut self, now: Timestamp, ledgers: &Ledgers) -> Result<(), Trouble> {
        let mut beyond = Vec::new();
        for (place, reach) in self.sources.reach(&self.inputs)? {
            let Some(positions) = self.positions.get_mut(&place) else { continue };
            if let Some(committed) = reach.committed {
                positions.reach(committed, now, &ledgers.fence);
            }
            if positions.end() > reach.end {
                beyond.push(place);
            }
        }
        self.answered_beyond(&beyond)
    }

    /// Whether any position is answered that is not there.
    pub(super) fn all_are_there(&mut self) -> Result<(), Trouble> {
        self.answered_beyond(&self.positions.keys().cloned().collect::<Vec<_>>())
    }

    /// Of these partitions, those in which more is answered than there is; each is told once.
    fn answered_beyond(&mut self, places: &[Place]) -> Result<(), Trouble> {
        for (place, reach) in self.sources.ends(places)? {
            let answered = self.positions.get(&place).map_or(0, Positions::end);
            if answered > reach.end && self.beyond.insert(place.clone()) {
                let subject = format!("{} {} {}", self.without_prefix(&place.0), place.1, answered - 1);
                let (expected, found) = ("a record there", format!("{} records, and an outcome", reach.end));
                self.findings.push(Finding::new(Violation::AnswersNothing, subject, expected, found));
            }
        }
        Ok(())
    }

    /// Judges what waited too long.
    pub(super) fn judge(&mut self, now: Timestamp, ledgers: &Ledgers) -> Result<(), Trouble> {
        let patience = i64::try_from(self.bounds.patience.as_millis()).unwrap_or(i64::MAX);
        let before = now.plus_millis(-patience);
        if self.overdue(before, ledgers).is_empty() {
            return Ok(());
        }
        // The ledgers are past them. What they answered is there; whether it was read, too, is seen first.
        let (begun, ends) = (Instant::now(), self.ends()?);
        while self.lag(&ends) > 0 {
            if begun.elapsed() > CATCH_UP {
                return Ok(());
            }
            self.read(Instant::now() + TICK)?;
        }
        for (place, from, to) in self.overdue(before, ledgers) {
            let to = to.min(from + MOST);
            let records = records_within(&self.connection, &place, from, to)?;
            let topic = self.without_prefix(&place.0).to_owned();
            for offset in &records {
                let subject = format!("{topic} {} {offset}", place.1);
                let expected = "an outcome or a dead letter, for its feed has committed it";
                self.findings.push(Finding::new(Violation::Unanswered, subject, expected, "none"));
            }
            let Some(positions) = self.positions.get_mut(&place) else { continue };
            records.iter().for_each(|offset| positions.is_lost(*offset));
            let mut at = from;
            for offset in records.into_iter().chain([to]) {
                positions.is_absent(at, offset);
                at = offset + 1;
            }
        }
        Ok(())
    }

    fn overdue(&self, before: Timestamp, ledgers: &Ledgers) -> Vec<(Place, i64, i64)> {
        let of = |(place, positions): (&Place, &Positions)| -> Vec<(Place, i64, i64)> {
            let ranges = positions.overdue(before, &ledgers.fence, AT_ONCE);
            ranges.into_iter().map(|(from, to)| (place.clone(), from, to)).collect()
        };
        self.positions.iter().flat_map(of).collect()
    }

    /// Positions that wait for their outcome.
    pub(super) fn waiting(&self) -> i64 {
        self.positions.values().map(Positions::waiting).sum()
    }

    /// Since when the oldest of them waits.
    pub(super) fn waiting_since(&self) -> Option<Timestamp> {
        self.positions.values().filter_map(Positions::waiting_since).min()
    }

    /// A sum over all partitions.
    pub(super) fn sum(&self, figure: impl Fn(&Positions) -> u64) -> u64 {
        self.positions.values().map(figure).sum()
    }
}

/// What an outcome says, in its own word.
fn word(outcome: &OutcomeRecord) -> String {
    let word = serde_json::to_value(outcome.outcome.kind).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// How long answers are kept, in milliseconds, by the catalogue.
fn kept() -> i64 {
    match topic::carrying("outcome").map(|topic| topic.retention) {
        Some(Retention::Days(days)) => days * 86_400_000,
        _ => i64::MAX / 2,
    }
}
