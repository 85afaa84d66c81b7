//! One command: decided, checked for size, and turned into messages. Nothing is performed or changed here.
//!
//! A panic of the core or of the codec, and a result the log cannot take, are the same to the engine: the
//! command is poison.

use super::parked::{self, Then};
use crate::codec::{Codec, CodecError, DeadLetter};
use crate::config::Clock;
use crate::core::{Context, Effects};
use crate::guard::caught;
use crate::message::{Outgoing, Topic};
use crate::tally::Said;
use crate::unguarded::Safeguard;
use crate::wal::{EntityImage, FollowUp, ProgrammeVersion, WalRecord, WriteTs};
use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::outcome::{OutcomeKind, Reason};
use domain::refusal;
use domain::resume;
use domain::tariff::Tariffs;
use domain::{Event, Row, Timestamp};
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// A command as it stands in its partition.
#[derive(Debug)]
pub(crate) struct Case<'a, M> {
    pub(crate) partition: i32,
    pub(crate) offset: i64,
    /// *Now* of the partition (broker clock).
    pub(crate) now: Timestamp,
    pub(crate) message: &'a M,
    pub(crate) command: &'a Command,
}

/// What is to be done for one record of the input.
#[derive(Debug)]
pub(crate) struct Verdict<M> {
    pub(crate) image: Option<EntityImage>,
    pub(crate) follow_ups: Vec<FollowUp>,
    pub(crate) programme: Option<(WriteTs, ProgrammeVersion)>,
    pub(crate) wal: Vec<M>,
    pub(crate) events: Vec<Outgoing<M>>,
    /// What it adds to the transaction's tally.
    pub(crate) said: Vec<Said>,
    pub(crate) dead_lettered: bool,
    /// Whether the command failed.
    pub(crate) poisoned: bool,
    /// Whether it left its entity parked.
    pub(crate) parked: bool,
}

impl<M> Verdict<M> {
    /// Nothing at all.
    pub(crate) const fn nothing() -> Self {
        Self {
            image: None,
            follow_ups: Vec::new(),
            programme: None,
            wal: Vec::new(),
            events: Vec::new(),
            said: Vec::new(),
            dead_lettered: false,
            poisoned: false,
            parked: false,
        }
    }
}

/// Why there is no verdict.
#[derive(Debug)]
pub(crate) enum NoVerdict {
    /// Load this and judge again.
    Missing(Missing),
    /// Not even the news that the command failed can be written.
    Halt(String),
}

/// Judges `case` against `entity`. `asked`: what was loaded of it already; asking for that again is a bug of
/// the core, and poison.
pub(crate) fn judge<C: Codec>(
    context: &Context<C>,
    case: &Case<'_, C::Message>,
    entity: &Entity,
    tariffs: &Tariffs,
    asked: &HashSet<(domain::EntityId, Missing)>,
) -> Result<Verdict<C::Message>, NoVerdict> {
    let now = match context.config.clock {
        Clock::Broker => case.now.max(entity.account.now),
        Clock::Event => case.command.delivered_at.max(entity.account.now),
    };
    let effects = if resume::waits(entity, case.command).map_err(NoVerdict::Missing)? {
        parked::behind(entity, case.command, (case.offset, now), tariffs).map_err(NoVerdict::Missing)?
    } else {
        let replayed = parked::released(entity, case.command.key);
        match decide(context, case.command, replayed.as_ref().unwrap_or(entity), now, tariffs) {
            Ok(Ok(mut effects)) => {
                if replayed.is_some() {
                    parked::remember(case.command, &context.core.needs(case.command), &mut effects);
                }
                effects
            }
            Ok(Err(missing)) if !asked.contains(&(case.command.entity.clone(), missing)) => {
                return Err(NoVerdict::Missing(missing));
            }
            Ok(Err(missing)) => {
                return poison(
                    context,
                    case,
                    entity,
                    (now, tariffs),
                    &format!("asked twice for {missing:?}"),
                );
            }
            Err(panic) => return poison(context, case, entity, (now, tariffs), &panic),
        }
    };
    encode(context, case, entity, effects, Text::Refused(tariffs))
        .or_else(|error| poison(context, case, entity, (now, tariffs), &error.to_string()))
}

/// What a dead letter says in words.
#[derive(Clone, Copy)]
enum Text<'a> {
    /// What the rules expected and found, of bad input.
    Refused(&'a Tariffs),
    /// How the command failed.
    Failed(&'a str),
}

/// Calls the core; the text of its panic where it failed.
fn decide<C>(
    context: &Context<C>,
    command: &Command,
    entity: &Entity,
    now: Timestamp,
    tariffs: &Tariffs,
) -> Result<Result<Effects, Missing>, String> {
    // The core only reads what it is given, so nothing half changed is left behind by its panic.
    let attempt = caught(|| context.core.decide(entity, command, now, tariffs));
    attempt.map_err(|panic| format!("the core failed: {panic}"))
}

/// What becomes of a command that failed at *now*, under the versions that are known.
fn poison<C: Codec>(
    context: &Context<C>,
    case: &Case<'_, C::Message>,
    entity: &Entity,
    (now, tariffs): (Timestamp, &Tariffs),
    text: &str,
) -> Result<Verdict<C::Message>, NoVerdict> {
    let command = case.command;
    // A core that fails here, too, declares nothing.
    let declared = || context.core.goes_on(command, now, tariffs);
    let goes_on = caught(declared).unwrap_or(false);
    let effects =
        |then| parked::poisoned(entity, command, (case.offset, now), then).map_err(NoVerdict::Missing);
    let parked = entity.account.parked || !goes_on;
    let (entity_id, key, offset) = (&command.entity, command.key, case.offset);
    if parked {
        tracing::error!(entity = %entity_id, command = %key, offset, error = text, "command failed, its entity is parked");
    } else {
        tracing::error!(entity = %entity_id, command = %key, offset, error = text, "command failed, its entity goes on");
    }
    let first = if goes_on { Then::GoesOn } else { Then::WaitsAndComesAgain };
    let verdict = match encode(context, case, entity, effects(first)?, Text::Failed(text)) {
        Err(CodecError::TooLarge { .. }) if !goes_on => {
            encode(context, case, entity, effects(Then::Waits)?, Text::Failed(text))
        }
        verdict => verdict,
    };
    let verdict = verdict.map_err(|error| {
        NoVerdict::Halt(format!("cannot set aside what failed of {entity_id} at offset {offset}: {error}"))
    })?;
    Ok(Verdict { poisoned: true, parked, ..verdict })
}

/// Effects as messages. Bad input, and what failed, goes to `dead-letters` as well.
fn encode<C: Codec>(
    context: &Context<C>,
    case: &Case<'_, C::Message>,
    entity: &Entity,
    effects: Effects,
    text: Text<'_>,
) -> Result<Verdict<C::Message>, CodecError> {
    let mut verdict = Verdict {
        wal: Vec::with_capacity(usize::from(!effects.rows.is_empty()) + effects.follow_ups.len()),
        events: Vec::with_capacity(effects.events.len()),
        said: effects
            .events
            .iter()
            .filter_map(Said::by)
            .chain(effects.rows.iter().filter_map(Said::of))
            .collect(),
        ..Verdict::nothing()
    };
    let write_ts = WriteTs::new(context.config.epoch, case.offset);
    if !effects.rows.is_empty() {
        let image = image(context, write_ts, entity, effects.rows, &effects.events);
        let record = WalRecord::Rows(image);
        verdict.wal.push(context.codec.encode_wal(&record)?);
        if let WalRecord::Rows(image) = record {
            verdict.image = Some(image);
        }
    }
    for command in effects.follow_ups {
        let follow_up = FollowUp { write_ts, command: Arc::new(command) };
        context.codec.encode_command(&follow_up.command)?;
        if !context.config.lacks(Safeguard::FollowUpsInWal) {
            verdict.wal.push(context.codec.encode_wal(&WalRecord::FollowUp(follow_up.clone()))?);
        }
        verdict.follow_ups.push(follow_up);
    }
    let mut reason = matches!(text, Text::Failed(_)).then_some(Reason::Poison);
    for event in effects.events {
        if let Event::Outcome(record) = &event
            && record.outcome.kind == OutcomeKind::DeadLettered
            && !record.later
        {
            reason = Some(record.outcome.reason);
        }
        verdict.events.push(context.codec.encode_event(event)?);
    }
    if let Some(reason) = reason {
        verdict.dead_lettered = true;
        let text = match text {
            Text::Failed(text) => Cow::Borrowed(text),
            Text::Refused(tariffs) => refusal::words(case.command, reason, tariffs).into(),
        };
        verdict.said.push(Said::DeadLetter(reason));
        verdict.events.push(dead_letter(context, case, reason, &text)?);
    }
    Ok(verdict)
}

fn dead_letter<C: Codec>(
    context: &Context<C>,
    case: &Case<'_, C::Message>,
    reason: Reason,
    text: &str,
) -> Result<Outgoing<C::Message>, CodecError> {
    let letter = DeadLetter {
        partition: case.partition,
        offset: case.offset,
        reason,
        text,
        command: Some(case.command),
        original: case.message,
    };
    Ok(Outgoing { topic: Topic::DeadLetters, message: context.codec.encode_dead_letter(&letter)? })
}

/// The image of a decision. An entity that has any row has a head row: one that is new gets it here.
fn image<C>(
    context: &Context<C>,
    write_ts: WriteTs,
    entity: &Entity,
    rows: Vec<Row>,
    events: &[Event],
) -> EntityImage {
    let mut due = None;
    let mut headed = false;
    for row in &rows {
        if let Row::Account(account) = row {
            headed = true;
            let changed = account.next_due != entity.account.next_due && account.next_due.is_finite();
            due = (changed && context.config.clock == Clock::Broker).then_some(account.next_due);
        }
    }
    let head = (!headed).then(|| Arc::new(Row::Account(entity.account.clone())));
    let rows = head.into_iter().chain(rows.into_iter().map(Arc::new)).collect();
    let entries = if context.config.statement {
        let entries = events.iter().filter_map(|event| match event {
            Event::Entry(entry) => Some(Arc::new(entry.clone())),
            _ => None,
        });
        entries.collect()
    } else {
        Vec::new()
    };
    EntityImage { entity: entity.account.entity.clone(), write_ts, rows, entries, due }
}
