//! Accounting (S23, S27): input = the sum of the outcomes, counted by source position, nothing taken together.
//!
//! A feed service may take a position up twice (at least once); then there are two commands, and the ledger owes
//! each its own outcome, the second a *duplicate*. So outcomes are held against commands and letters, exactly.

use super::Place;
use super::evidence::{Asked, By, Evidence, Rows};
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
    /// Commands that a card sent on: sent again where its ledger died.
    forwarded: usize,
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
        let tally = tallies.entry(command.place.clone()).or_default();
        match command.by {
            By::Partner => tally.commands.push(command),
            By::Card => tally.forwarded += 1,
            By::Ledger => {}
        }
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
    let ((least, most), found) = (due(tally), tally.outcomes.len());
    if found < least {
        report.lost(format!("S27: {place} has {found} outcomes, expected {least}"));
    }
    if found > most {
        report.doubled(format!("S27: {place} has {found} outcomes, expected {most}"));
    }
    for outcome in &tally.outcomes {
        let belongs = |command: &&Asked| {
            command.key == outcome.event && (command.entity == outcome.entity || command.entity.is_card())
        };
        if !tally.commands.is_empty() && !tally.commands.iter().any(belongs) {
            report.find(format!("S27: the outcome of {place} names another event or account: {outcome:?}"));
        }
    }
    report.redelivered += taken - 1;
    let kind = tally.outcomes.first().map_or(OutcomeKind::DeadLettered, |first| first.outcome.kind);
    *report.outcomes.entry(word(kind)).or_default() += 1;
}

/// How many outcomes a position is owed: one for each command, but for those a card sent on, which are answered
/// where they arrive. Of several deliveries to a card, at least one and at most all were sent on.
fn due(tally: &Tally<'_>) -> (usize, usize) {
    let (stayed, sent) = (tally.commands.len(), tally.forwarded);
    let (fewest, most) = (usize::from(sent > 0).min(stayed), stayed.min(sent));
    (stayed - most + sent + tally.named, stayed - fewest + sent + tally.named)
}

/// Whether an outcome is the first answer to its event: remembered, and given once (S23).
const fn is_first(kind: OutcomeKind) -> bool {
    !matches!(kind, OutcomeKind::Duplicate | OutcomeKind::Conflict | OutcomeKind::DeadLettered)
}

/// Every event has one first answer, whichever account it went to, and is applied at most once, later fates
/// included.
fn once(evidence: &Evidence, report: &mut Report) {
    let mut answers: BTreeMap<EventKey, (usize, usize)> = BTreeMap::new();
    for outcome in &evidence.outcomes {
        let (first, applied) = answers.entry(outcome.event).or_default();
        *first += usize::from(!outcome.later && is_first(outcome.outcome.kind));
        *applied += usize::from(outcome.outcome.kind == OutcomeKind::Applied);
    }
    for (event, (first, applied)) in answers {
        if first > 1 {
            report.doubled(format!("S23: {event} has {first} first answers"));
        }
        if applied > 1 {
            report.doubled(format!("S23: {event} was applied {applied} times"));
        }
    }
}

/// Every event with a first answer is remembered in the store, and nothing else is: by the account that answered,
/// and by the one it moved to since.
fn kept(evidence: &Evidence, report: &mut Report) {
    let firsts = evidence.outcomes.iter().filter(|outcome| !outcome.later && is_first(outcome.outcome.kind));
    let said: BTreeMap<_, _> = firsts.map(|outcome| (outcome.event, &outcome.entity)).collect();
    let internal = evidence.commands.iter().filter(|asked| asked.by == By::Ledger);
    let internal: BTreeSet<_> = internal.map(|asked| asked.key).collect();
    let rows = || evidence.accounts.iter();
    let kept: BTreeMap<_, _> =
        rows().flat_map(|(entity, rows)| rows.remembered.iter().map(move |key| (*key, entity))).collect();
    for (event, entity) in said.iter().filter(|(event, _)| !kept.contains_key(*event)) {
        report.lost(format!("the store does not remember {event} of {entity}, which was answered"));
    }
    let of_its_own = |entity: &EntityId| !entity.is_card() && rows_of(evidence, entity).is_none_or(no_cards);
    for (event, entity) in said.iter().filter(|(_, entity)| of_its_own(entity)) {
        if rows_of(evidence, entity).is_none_or(|rows| !rows.remembered.contains(event)) {
            report.lost(format!("the store does not remember {event} of {entity}, which was answered"));
        }
    }
    for (event, entity) in kept.iter().filter(|(event, _)| !said.contains_key(*event)) {
        if !internal.contains(event) {
            report.find(format!("the store remembers {event} of {entity}, which was never answered"));
        }
    }
}

fn rows_of<'e>(evidence: &'e Evidence, entity: &EntityId) -> Option<&'e Rows> {
    evidence.accounts.get(entity)
}

fn no_cards(rows: &Rows) -> bool {
    rows.account.links.is_none()
}
