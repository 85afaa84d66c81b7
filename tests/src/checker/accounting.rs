//! Accounting (S23, S27): input = the sum of the outcomes, counted by source position, nothing taken together.
//!
//! A feed service may take a position up twice (at least once); then there are two commands, and the ledger owes
//! each its own outcome, the second a *duplicate*. So outcomes are held against commands and letters, exactly.

use super::Place;
use super::evidence::{Asked, Evidence};
use super::report::{Report, word};
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use domain::{EntityId, EventKey};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What belongs to one position.
#[derive(Default)]
struct Tally<'e> {
    inputs: usize,
    commands: Vec<&'e Asked>,
    /// Dead letters of the feed service; those in which an id could be read.
    letters: usize,
    named: usize,
    outcomes: Vec<&'e OutcomeRecord>,
}

/// Checks that every position has its answer, and every event its one effect.
pub fn check(evidence: &Evidence, report: &mut Report) {
    let mut tallies: HashMap<Place, Tally<'_>> = HashMap::with_capacity(evidence.inputs.len());
    for place in &evidence.inputs {
        tallies.entry(place.clone()).or_default().inputs += 1;
    }
    for command in &evidence.commands {
        tallies.entry(command.place.clone()).or_default().commands.push(command);
    }
    // A letter of the ledger stands beside its command and an outcome of its own.
    for letter in evidence.letters.iter().filter(|letter| letter.command.is_none()) {
        let place = Place::new(&letter.topic, letter.partition, letter.offset);
        let tally = tallies.entry(place).or_default();
        tally.letters += 1;
        tally.named += usize::from(!letter.id.is_empty());
    }
    for outcome in evidence.outcomes.iter().filter(|outcome| !outcome.later) {
        tallies.entry(Place::of(&outcome.source)).or_default().outcomes.push(outcome);
    }
    report.inputs = evidence.inputs.len();
    report.later = evidence.outcomes.iter().filter(|outcome| outcome.later).count();
    let sorted: BTreeMap<_, _> = tallies.iter().collect();
    for (place, tally) in sorted {
        position(place, tally, report);
    }
    once(evidence, report);
    kept(evidence, report);
}

fn position(place: &Place, tally: &Tally<'_>, report: &mut Report) {
    if tally.inputs != 1 {
        return report
            .doubled(format!("S27: {place} is answered, expected one input there, found {}", tally.inputs));
    }
    let taken = tally.commands.len() + tally.letters;
    if taken == 0 {
        return report.lost(format!("S27: {place} was never taken up: no command and no dead letter"));
    }
    if tally.letters > 0 && !tally.commands.is_empty() {
        report.doubled(format!("S27: {place} is a command and a dead letter"));
    }
    let (due, found) = (tally.commands.len() + tally.named, tally.outcomes.len());
    if found < due {
        report.lost(format!("S27: {place} has {found} outcomes, expected {due}"));
    }
    if found > due {
        report.doubled(format!("S27: {place} has {found} outcomes, expected {due}"));
    }
    for outcome in &tally.outcomes {
        let belongs = |command: &&Asked| command.key == outcome.event && command.entity == outcome.entity;
        if !tally.commands.is_empty() && !tally.commands.iter().any(belongs) {
            report.find(format!("S27: the outcome of {place} names another event or account: {outcome:?}"));
        }
    }
    report.redelivered += taken - 1;
    let kind = tally.outcomes.first().map_or(OutcomeKind::DeadLettered, |first| first.outcome.kind);
    *report.outcomes.entry(word(kind)).or_default() += 1;
}

/// Whether an outcome is the first answer to its event: remembered, and given once (S23).
const fn is_first(kind: OutcomeKind) -> bool {
    !matches!(kind, OutcomeKind::Duplicate | OutcomeKind::Conflict | OutcomeKind::DeadLettered)
}

/// Every event has one first answer, and is applied at most once, later fates included.
fn once(evidence: &Evidence, report: &mut Report) {
    let mut answers: BTreeMap<(&EntityId, EventKey), (usize, usize)> = BTreeMap::new();
    for outcome in &evidence.outcomes {
        let (first, applied) = answers.entry((&outcome.entity, outcome.event)).or_default();
        *first += usize::from(!outcome.later && is_first(outcome.outcome.kind));
        *applied += usize::from(outcome.outcome.kind == OutcomeKind::Applied);
    }
    for ((entity, event), (first, applied)) in answers {
        if first > 1 {
            report.doubled(format!("S23: {event} of {entity} has {first} first answers"));
        }
        if applied > 1 {
            report.doubled(format!("S23: {event} of {entity} was applied {applied} times"));
        }
    }
}

/// Every event with a first answer is remembered in the store, and nothing else is.
fn kept(evidence: &Evidence, report: &mut Report) {
    let firsts = evidence.outcomes.iter().filter(|outcome| !outcome.later && is_first(outcome.outcome.kind));
    let said: BTreeSet<_> = firsts.map(|outcome| (&outcome.entity, outcome.event)).collect();
    let rows = evidence.accounts.iter();
    let kept: BTreeSet<_> =
        rows.flat_map(|(entity, rows)| rows.remembered.iter().map(move |key| (entity, *key))).collect();
    for (entity, event) in said.difference(&kept) {
        report.lost(format!("the store does not remember {event} of {entity}, which was answered"));
    }
    for (entity, event) in kept.difference(&said) {
        report.find(format!("the store remembers {event} of {entity}, which was never answered"));
    }
}
