//! `decide`: one command, one entity, the published tariffs; out come rows and events. Performs nothing.

use crate::command::Command;
use crate::entity::{Entity, Missing};
use crate::event::Event;
use crate::row::{Row, RowKey};
use crate::tariff::Tariffs;
use crate::time::Timestamp;

/// What a command does: the images of every row it changed (the head row first), and what it says, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Decision {
    /// Whole images, each key once. Apply them with [`Entity::put`].
    pub rows: Vec<Row>,
    /// Events in the order they happened; exactly one [`Event::Outcome`] with `later: false` for every
    /// command but a tick.
    pub events: Vec<Event>,
}

/// The rows `command` surely reads beside the head row and the live lots: load them together.
pub fn needs(command: &Command) -> Vec<RowKey> {
    let _ = command;
    Vec::new()
}

/// Decides `command` at `now`, the log's time (never before the account's own, S09).
///
/// # Errors
/// [`Missing`]: load that row (or note its absence) and ask again; nothing has changed.
///
/// # Panics
/// Where an invariant of S05 would not hold afterwards: a bug. The caller parks the entity.
pub fn decide(
    entity: &Entity,
    command: &Command,
    now: Timestamp,
    tariffs: &Tariffs,
) -> Result<Decision, Missing> {
    let _ = (entity, command, now, tariffs);
    Ok(Decision::default())
}

/// Lets everything due until `now` happen, as a read-only answer as of now does in memory (S07), an
/// `Advance` at the end of a run does, and a tick.
///
/// # Errors
/// As [`decide`].
pub fn advance(entity: &Entity, now: Timestamp, tariffs: &Tariffs) -> Result<Decision, Missing> {
    let _ = (entity, now, tariffs);
    Ok(Decision::default())
}
