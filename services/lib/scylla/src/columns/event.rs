//! `seen`, `parked` and `routes`: events remembered, commands that wait, and where a card sent what.

use super::{digest, key, uuid};
use crate::error::ColumnError;
use crate::nested::Nested;
use domain::command::Command;
use domain::outcome::Outcome;
use domain::row::{Parked, Route, Seen};
use domain::{EntityId, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use std::borrow::Cow;
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct SeenColumns<'a> {
    pub(crate) entity: &'a str,
    event: Uuid,
    content: &'a [u8],
    outcome: Nested<Outcome>,
    pub(crate) write_ts: i64,
}

impl<'a> SeenColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, seen: &'a Seen, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            event: uuid(seen.key),
            content: &seen.content.0,
            outcome: Nested(seen.outcome),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Seen, ColumnError> {
        Ok(Seen { key: key(self.event), content: digest("seen", self.content)?, outcome: self.outcome.0 })
    }
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct ParkedColumns<'a> {
    pub(crate) entity: &'a str,
    event: Uuid,
    sequence: i64,
    until: i64,
    waits: bool,
    command: Nested<Cow<'a, Command>>,
    pub(crate) write_ts: i64,
}

impl<'a> ParkedColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, parked: &'a Parked, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            event: uuid(parked.key),
            sequence: parked.sequence,
            until: parked.until.0,
            waits: parked.waits,
            command: Nested(Cow::Borrowed(&parked.command)),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Parked, ColumnError> {
        Ok(Parked {
            key: key(self.event),
            sequence: self.sequence,
            until: Timestamp(self.until),
            waits: self.waits,
            command: self.command.0.into_owned(),
        })
    }
}

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct RouteColumns<'a> {
    pub(crate) entity: &'a str,
    event: Uuid,
    sent_to: &'a str,
    line: Uuid,
    pub(crate) write_ts: i64,
}

impl<'a> RouteColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, route: &'a Route, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            event: uuid(route.key),
            sent_to: route.to.as_str(),
            line: uuid(route.line),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Route, ColumnError> {
        Ok(Route { key: key(self.event), to: EntityId::from_key(self.sent_to), line: key(self.line) })
    }
}
