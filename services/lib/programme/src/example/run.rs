//! Runs an example through the real core, by the event clock, in memory.

use super::found::Seen;
use super::refused::Refused;
use super::shown::note;
use super::{Action, Example, Expected, Incoming, Step};
use crate::phrase::in_words;
use crate::problem::Source;
use crate::report::{ExampleRun, Expectation, StepRun};
use crate::warnings::Shown;
use domain::command::{Command, Source as Origin};
use domain::decide::{Decision, advance, decide};
use domain::entity::Missing;
use domain::tariff::{Tariff, Tariffs};
use domain::{Digest, Entity, EntityId, Event, Name, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

/// Where an example happens before its version begins, and when.
pub(crate) struct Early {
    /// Where the first such date is written.
    pub(crate) dated: Range<usize>,
    /// The date.
    pub(crate) at: Timestamp,
}

/// The answers to every expected figure of `example`, and whether it fails for being of before the version begins;
/// notes what it shows.
pub(crate) fn run(
    example: &Example,
    tariff: &Arc<Tariff>,
    source: Source<'_>,
    shown: &mut Shown,
) -> (ExampleRun, Option<Early>) {
    let mut tariffs = Tariffs::default();
    // By itself: what a correction replaces is in another file.
    tariffs.add(Arc::new(Tariff { correction: None, ..Tariff::clone(tariff) }));
    let mut world = World { tariffs, entities: BTreeMap::new() };
    let (mut steps, mut untold, mut early) = (Vec::new(), Vec::new(), None);
    for (step, number) in example.steps.iter().zip(1..) {
        let events = world.step(step, number);
        let entity = &world.entities[&step.entity];
        let seen = Seen { tariff, tariffs: &world.tariffs, entity, events: &events, action: &step.action };
        note(shown, &seen);
        let (at, name) = (in_words(tariff.zone, step.at), step.name.clone());
        let told = Told { example, number, at: &at, name: name.as_deref(), tariff, source };
        let mut expectations: Vec<Expectation> =
            step.expected.iter().map(|expected| told.compare(expected, &seen)).collect();
        if let Some(refused) = Refused::of(&seen, step, number)
            && !Refused::is_expected(step, &expectations)
        {
            let found = || Early { dated: step.dated.clone(), at: step.action.occurred_at(step.at) };
            early = early.or_else(|| refused.is_early().then(found));
            untold.push(refused);
        }
        // The first figure that does not come out tells what was refused till then.
        if let Some(problem) = expectations.iter_mut().find_map(|expectation| expectation.problem.as_mut()) {
            untold.drain(..).for_each(|refused| problem.message += &format!("; {refused}"));
        }
        steps.push(StepRun { number, at, name, expectations });
    }
    let mut expectations = steps.iter().flat_map(|step| &step.expectations);
    let early = early.filter(|_| expectations.any(|expectation| !expectation.met));
    (ExampleRun { name: example.name.clone(), early: early.is_some(), steps }, early)
}

/// Members, and the rules they live under.
struct World {
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
}

impl World {
    /// Lets a step happen and answers with what was said about it.
    fn step(&mut self, step: &Step, number: usize) -> Vec<Event> {
        let decision = match &step.action {
            Action::Event(event) => self.decided(&command(event, step, number), step.at),
            Action::Pass | Action::Quote { .. } => {
                self.answered(&step.entity, |entity, tariffs| advance(entity, step.at, tariffs))
            }
        };
        let (mut events, mut sent) = (decision.events, VecDeque::from(decision.follow_ups));
        // What it means to others; what comes back of that to whom the step is about is its answer, too.
        while let Some(command) = sent.pop_front() {
            let decision = self.decided(&command, step.at);
            sent.extend(decision.follow_ups);
            if command.entity == step.entity {
                events.extend(decision.events);
            }
        }
        events
    }

    fn decided(&mut self, command: &Command, at: Timestamp) -> Decision {
        self.answered(&command.entity, |entity, tariffs| decide(entity, command, at, tariffs))
    }

    /// The decision on an entity that is whole: a row it has not is a row there is none of.
    fn answered(
        &mut self,
        id: &EntityId,
        decide: impl Fn(&Entity, &Tariffs) -> Result<Decision, Missing>,
    ) -> Decision {
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id.clone(), true));
        let decision = match decide(entity, &self.tariffs) {
            Ok(decision) => decision,
            Err(missing) => unreachable!("the core asked for {missing:?} of an entity that is whole"),
        };
        for row in decision.rows.iter().cloned() {
            entity.put(row);
        }
        decision
    }
}

/// The command that `event` of a step is.
pub(super) fn command(event: &Incoming, step: &Step, number: usize) -> Command {
    let source = Origin {
        partner: event.partner.clone(),
        feed: Name::from(event.feed),
        id: event.id.clone(),
        partition: 0,
        offset: i64::try_from(number).unwrap_or(i64::MAX) - 1,
    };
    Command {
        key: event.key,
        entity: step.entity.clone(),
        source,
        occurred_at: event.occurred_at,
        delivered_at: step.at,
        content: Digest::of(format!("{:?} {:?}", event.occurred_at, event.body).as_bytes()),
        trace: Name::default(),
        body: event.body.clone(),
    }
}

/// What a failing expectation is told with.
struct Told<'a> {
    example: &'a Example,
    number: usize,
    at: &'a str,
    name: Option<&'a str>,
    tariff: &'a Tariff,
    source: Source<'a>,
}

impl Told<'_> {
    fn compare(&self, expected: &Expected, seen: &Seen<'_>) -> Expectation {
        let found = seen.figure(expected);
        let met = found == expected.figure;
        let what = match &expected.wallet {
            Some(wallet) => format!("{} in {wallet}", expected.what.replace('_', " ")),
            None => expected.what.replace('_', " "),
        };
        let (wanted, found) = (expected.figure.in_words(self.tariff), found.in_words(self.tariff));
        let problem = (!met).then(|| {
            let message = format!("{}: expected {what} {wanted}, found {found}", self.place());
            self.source.problem(&expected.span, message, Some(format!("found {found}")))
        });
        let (line, column, _) = self.source.place(expected.span.start);
        let span = expected.span.clone();
        Expectation { what, expected: wanted, found, met, line, column, span, problem }
    }

    /// The example and the step, with its instant and what happens in it.
    fn place(&self) -> String {
        let Self { example, number, at, .. } = self;
        let said = self.name.map(|name| format!(", {name}")).unwrap_or_default();
        format!("example `{}`, step {number} ({at}{said})", example.name)
    }
}
