//! Runs an example through the real core, by the event clock, in memory.

use super::found::Seen;
use super::{Action, Example, Expected, Incoming, Step};
use crate::phrase::in_words;
use crate::problem::Source;
use crate::report::{ExampleRun, Expectation};
use domain::command::{Command, Source as Origin};
use domain::decide::{Decision, advance, decide};
use domain::entity::Missing;
use domain::tariff::{Tariff, Tariffs};
use domain::{Digest, Entity, EntityId, Event, Name, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The answers to every expected figure of `example`.
pub(crate) fn run(example: &Example, tariff: &Arc<Tariff>, source: Source<'_>) -> ExampleRun {
    let mut tariffs = Tariffs::default();
    tariffs.add(tariff.clone());
    let mut world = World { tariffs, entities: BTreeMap::new() };
    let mut expectations = Vec::new();
    for (step, number) in example.steps.iter().zip(1..) {
        let events = world.step(step, number);
        let entity = &world.entities[&step.entity];
        let seen = Seen { tariff, entity, events: &events, action: &step.action, at: step.at };
        let told = Told { example, step, number, tariff, source };
        expectations.extend(step.expected.iter().map(|expected| told.compare(expected, &seen)));
    }
    ExampleRun { name: example.name.clone(), steps: example.steps.len(), expectations }
}

/// Members, and the rules they live under.
struct World {
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
}

impl World {
    /// Lets a step happen and answers with what was said about it.
    fn step(&mut self, step: &Step, number: i64) -> Vec<Event> {
        let fresh = || Entity::new(step.entity.clone(), true);
        let entity = self.entities.entry(step.entity.clone()).or_insert_with(fresh);
        let decision = match &step.action {
            Action::Event(event) => {
                let command = command(event, step, number);
                told(|entity| decide(entity, &command, step.at, &self.tariffs), entity)
            }
            Action::Pass | Action::Quote { .. } => {
                told(|entity| advance(entity, step.at, &self.tariffs), entity)
            }
        };
        for row in decision.rows {
            entity.put(row);
        }
        decision.events
    }
}

/// The decision on an entity that is whole: a row it has not is a row there is none of.
fn told(decide: impl Fn(&Entity) -> Result<Decision, Missing>, entity: &mut Entity) -> Decision {
    match decide(entity) {
        Ok(decision) => decision,
        Err(Missing(key)) => unreachable!("the core asked for {key:?} of an entity that is whole"),
    }
}

fn command(event: &Incoming, step: &Step, number: i64) -> Command {
    let source = Origin {
        partner: event.partner.clone(),
        feed: Name::from(event.feed),
        id: event.id.clone(),
        partition: 0,
        offset: number - 1,
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
    step: &'a Step,
    number: i64,
    tariff: &'a Tariff,
    source: Source<'a>,
}

impl Told<'_> {
    fn compare(&self, expected: &Expected, seen: &Seen<'_>) -> Expectation {
        let found = seen.figure(expected.what, expected.wallet.as_ref());
        let met = found == expected.figure;
        let what = match &expected.wallet {
            Some(wallet) => format!("{} in {wallet}", expected.what.replace('_', " ")),
            None => expected.what.replace('_', " "),
        };
        let (wanted, found) = (expected.figure.in_words(self.tariff), found.in_words(self.tariff));
        let problem = (!met).then(|| {
            let message = format!(
                "example `{}`, step {}{}: expected {what} {wanted}, found {found}",
                self.example.name,
                self.number,
                self.when(self.step.at)
            );
            self.source.problem(&expected.span, message, Some(format!("found {found}")))
        });
        let (line, column, _) = self.source.place(expected.span.start);
        let span = expected.span.clone();
        let step = usize::try_from(self.number).unwrap_or(0);
        Expectation { step, what, expected: wanted, found, met, line, column, span, problem }
    }

    /// The instant of a step, and what happens in it where the author says so.
    fn when(&self, at: Timestamp) -> String {
        let instant = in_words(self.tariff.zone, at);
        match &self.step.name {
            Some(name) => format!(" ({instant}, {name})"),
            None => format!(" ({instant})"),
        }
    }
}
