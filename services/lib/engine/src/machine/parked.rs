//! Poison and parking: a command that fails inside the core stops its entity, never the stream.
//!
//! The failed command goes to `dead-letters`, its entity is marked, and what comes later waits in rows of
//! table `parked`, in log order, until an operator releases it. All of it in the batch's own transaction.

use crate::core::Effects;
use domain::command::{Body, Command};
use domain::entity::{Entity, Missing};
use domain::event::OutcomeRecord;
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::row::Parked;
use domain::{Account, Event, Points, Row, RowKey, Timestamp};

/// What becomes of a command that failed: its entity is parked, nothing else of it changes.
pub(crate) fn poisoned(entity: &Entity, command: &Command, now: Timestamp) -> Effects {
    let account = Account { parked: true, ..entity.account.clone() };
    let outcome = Outcome::of(OutcomeKind::DeadLettered, Reason::Poison);
    let events = answer(entity, command, now, outcome).into_iter().collect();
    Effects { rows: vec![Row::Account(account)], events, follow_ups: Vec::new() }
}

/// What becomes of a command behind a failed one: it waits. A tick does not; the release brings time along.
pub(crate) fn behind(
    entity: &Entity,
    command: &Command,
    now: Timestamp,
    offset: i64,
) -> Result<Effects, Missing> {
    if matches!(command.body, Body::Tick) {
        return Ok(Effects::default());
    }
    let mut rows = Vec::new();
    if entity.parked.get(command.key, RowKey::Parked)?.is_none() {
        rows.push(Row::Parked(Parked {
            key: command.key,
            sequence: offset,
            until: Timestamp::NEVER,
            waits: true,
            command: command.clone(),
        }));
    }
    let outcome = Outcome::of(OutcomeKind::Parked, Reason::EntityParked);
    let events = answer(entity, command, now, outcome).into_iter().collect();
    Ok(Effects { rows, events, follow_ups: Vec::new() })
}

/// The answer to the partner; none to a tick.
fn answer(entity: &Entity, command: &Command, now: Timestamp, outcome: Outcome) -> Option<Event> {
    if matches!(command.body, Body::Tick) {
        return None;
    }
    let wallets = &entity.account.wallets;
    let sum = |of: fn(&domain::Balance) -> Points| -> Points { wallets.iter().map(of).sum() };
    Some(Event::Outcome(OutcomeRecord {
        event: command.key,
        source: command.source.clone(),
        entity: command.entity.clone(),
        at: now,
        later: false,
        outcome,
        total: sum(domain::Balance::total),
        available: sum(|wallet| wallet.buckets.available),
        debt: sum(|wallet| wallet.debt),
    }))
}
