//! The books: a whole ledger in this process, under versions of one programme, by the event clock.

use crate::failure::{Failure, other};
use crate::versions::{Version, check_all};
use domain::ahead::{may_be_told, may_tell};
use domain::command::Source;
use domain::entity::Missing;
use domain::outcome::Reason;
use domain::tariff::{Tariff, Tariffs};
use domain::{Ahead, Command, Decision, Entity, EntityId, Event, Timestamp};
use embedded::{DeadLettered, PassThrough, Solo, Value};
use engine::config::{Clock, Config};
use engine::core::Context;
use engine::wal::ProgrammeVersion;
use serde::Serialize;
use std::sync::Arc;

/// What the ledger says: an event, or a command it could not take.
pub(crate) enum Said {
    /// To one of the topics of events.
    Event(Event),
    /// To `dead-letters`.
    DeadLetter(Letter),
}

/// A command the ledger could not take, as `dead-letters` keeps it.
#[derive(Serialize)]
pub(crate) struct Letter {
    reason: Reason,
    text: String,
    command: Option<Arc<Command>>,
}

impl Letter {
    /// The letter of a dead-lettered command.
    pub(crate) fn of(letter: &DeadLettered) -> Self {
        let command = match &letter.original {
            Value::Command(command) => Some(Arc::clone(command)),
            _ => None,
        };
        Self { reason: letter.reason, text: letter.text.clone(), command }
    }

    /// Why, in a word.
    pub(crate) const fn reason(&self) -> Reason {
        self.reason
    }

    /// Why, for people.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where its command came from.
    pub(crate) fn source(&self) -> Option<&Source> {
        self.command.as_ref().map(|command| &command.source)
    }
}

/// A ledger under one programme.
pub(crate) struct Books {
    solo: Solo<PassThrough>,
    tariffs: Tariffs,
    tariff: Arc<Tariff>,
}

impl Books {
    /// Opens empty books under the versions of one programme; the first of them says which.
    pub(crate) fn open(versions: &[Version]) -> Result<Self, Failure> {
        let Some(first) = versions.first() else { return Err(other("expected a programme, found none")) };
        let tariff = Arc::clone(&first.tariff);
        if let Some(stranger) = versions.iter().find(|it| it.tariff.programme != tariff.programme) {
            return Err(other(format!(
                "{}: expected another version of programme `{}`, found one of `{}`",
                stranger.file, tariff.programme, stranger.tariff.programme
            )));
        }
        let tariffs = check_all(versions, Tariffs::default(), None)?;
        // Entries count where it is measured whether a record of a decision fits, as on servers.
        let config = Config { clock: Clock::Event, cache_bytes: usize::MAX, ..Config::default() };
        let compiled = tariffs.clone();
        let compiler = move |asked: &ProgrammeVersion| {
            let version = compiled.version(asked.programme.as_str(), asked.version);
            version.cloned().ok_or_else(|| "expected a version that was read before".to_owned())
        };
        let codec = PassThrough::new().map_err(|error| Failure::Other(error.to_string()))?;
        let context = Context::new(config, codec, compiler, 1);
        let mut solo = Solo::new(Arc::new(context)).map_err(stopped)?;
        let published = versions.iter().map(|version| Value::Programme(version.published())).collect();
        solo.submit(published, &mut |_| {}).map_err(stopped)?;
        Ok(Self { solo, tariffs, tariff })
    }

    /// The programme's rules.
    pub(crate) fn programme(&self) -> &Arc<Tariff> {
        &self.tariff
    }

    /// Decides `commands` in their order and hands on every event.
    pub(crate) fn decide(
        &mut self,
        commands: Vec<Arc<Command>>,
        heard: &mut impl FnMut(&Event),
    ) -> Result<(), Failure> {
        self.say(commands, &mut |said| {
            if let Said::Event(event) = said {
                heard(event);
            }
        })
    }

    /// Decides `commands` in their order and hands on everything that is said.
    pub(crate) fn say(
        &mut self,
        commands: Vec<Arc<Command>>,
        heard: &mut impl FnMut(&Said),
    ) -> Result<(), Failure> {
        let messages = commands.into_iter().map(Value::Command).collect();
        let mut hand_on = |outgoing: engine::message::Outgoing<Value>| match outgoing.message {
            Value::Event(event) => heard(&Said::Event(*event)),
            Value::DeadLetter(letter) => heard(&Said::DeadLetter(Letter::of(&letter))),
            Value::Command(_) | Value::Programme(_) | Value::Garbage(_) | Value::Wal(_) => {}
        };
        self.solo.submit(messages, &mut hand_on).map_err(stopped)
    }

    /// Every account with all its rows, in the order of their ids.
    pub(crate) fn entities(&self) -> impl Iterator<Item = Entity> + '_ {
        self.solo.entities()
    }

    /// What accounts tell each other until `at` of what time alone brings; each is still to be advanced.
    pub(crate) fn ahead(&self, at: Timestamp) -> Result<Ahead, Failure> {
        let mut ahead = Ahead::until(at);
        if !may_be_told(&self.tariffs) {
            return Ok(ahead);
        }
        self.solo.concerned(may_tell).for_each(|entity| ahead.put(entity));
        while let Some(id) = ahead.go_on(&self.tariffs).map_err(|(id, missing)| gone(&id, missing))? {
            ahead.put(self.solo.entity(&id));
        }
        Ok(ahead)
    }

    /// What happens in an account until `at` by time alone.
    pub(crate) fn advance(&self, entity: &Entity, at: Timestamp) -> Result<Decision, Failure> {
        domain::advance(entity, at, &self.tariffs).map_err(|missing| gone(&entity.account.entity, missing))
    }

    /// An account as of `at`.
    pub(crate) fn advanced(&self, mut entity: Entity, at: Timestamp) -> Result<Entity, Failure> {
        let decision = self.advance(&entity, at)?;
        decision.rows.into_iter().for_each(|row| entity.put(row));
        Ok(entity)
    }
}

/// A whole account that lacks a row.
pub(crate) fn gone(id: &EntityId, missing: Missing) -> Failure {
    Failure::Other(format!("{id}: row {missing:?} is gone"))
}

fn stopped(stop: engine::machine::Stop) -> Failure {
    Failure::Other(stop.to_string())
}
