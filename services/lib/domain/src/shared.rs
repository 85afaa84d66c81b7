//! Limits that members share (S34): a code that so many may use, a card anyone may activate once, a budget.
//!
//! Each is an account of its own in the same log, so that one writer decides who comes first. It keeps nothing but how
//! much of it is taken: a member's account asks it ([`ShareStep::Reserve`]), it answers, and what was granted is
//! confirmed, or what was not is released. What it lets through is in the question, as the version says that the
//! event is rated by: a limit needs no rules of its own, and no clock.

use crate::activity::{Attribute, text};
use crate::id::{EntityId, EventKey, Name};
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The most uses a limit lets through.
pub const USES_MAX: i64 = 1_000_000_000;

/// A limit, as a programme declares it. It has uses, points, or both.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SharedLimit {
    /// Its name: versions of a programme that use it share one count.
    pub name: Name,
    /// How many grants, or purchases that a rule applies to, 1 to [`USES_MAX`].
    pub uses: Option<i64>,
    /// How many points together, above 0.
    pub points: Option<Points>,
    /// One count for each value of this attribute; `None` for one count of all.
    pub per: Option<Name>,
    /// What happens then or later is granted nothing; [`Timestamp::NEVER`] without an end.
    pub until: Timestamp,
}

impl SharedLimit {
    /// The account that counts an event with these attributes.
    pub fn entity(&self, programme: &str, attributes: &[Attribute]) -> EntityId {
        let value = self.per.as_ref().map(|per| text(attributes, per.as_str()).map_or("", Name::as_str));
        EntityId::limit(programme, self.name.as_str(), value)
    }
}

/// How much of a limit is taken: kept in its own account.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// Grants reserved, and neither confirmed nor released yet.
    pub reserved: i64,
    /// Their points.
    pub reserved_points: Points,
    /// Grants confirmed.
    pub confirmed: i64,
    /// Their points.
    pub confirmed_points: Points,
}

impl Usage {
    /// Whether one more of these points fits in what `share` says there may be.
    pub(crate) fn has_room(&self, share: &Share) -> bool {
        let (uses, points) = (self.reserved + self.confirmed, self.reserved_points + self.confirmed_points);
        let in_uses = share.uses_at_most == 0 || uses < share.uses_at_most;
        let in_points = share.points_at_most.is_zero() || points + share.points <= share.points_at_most;
        in_uses && in_points
    }

    pub(crate) fn reserve(&mut self, points: Points) {
        self.reserved += 1;
        self.reserved_points += points;
    }

    pub(crate) fn confirm(&mut self, points: Points) {
        self.release_reserved(points);
        self.confirmed += 1;
        self.confirmed_points += points;
    }

    pub(crate) fn release_reserved(&mut self, points: Points) {
        self.reserved -= 1;
        self.reserved_points -= points;
    }

    pub(crate) fn release_confirmed(&mut self, points: Points) {
        self.confirmed -= 1;
        self.confirmed_points -= points;
    }
}

/// A step between an account and a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShareStep {
    /// To the limit: is there room?
    Reserve,
    /// From the limit: there was, and it is kept.
    Reserved,
    /// From the limit: there was none.
    Refused,
    /// To the limit: it was granted.
    Confirm,
    /// To the limit: it was not granted, or is no more.
    Release,
}

/// What an account and a limit tell each other. Has no outcome.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Share {
    /// What is told.
    pub step: ShareStep,
    /// The reservation: of the event, and the grant it asks for.
    pub reservation: EventKey,
    /// The event that asks.
    pub event: EventKey,
    /// The account that tells it: of an answer, the limit.
    pub from: EntityId,
    /// Points that are asked for: 0 where a rule asks whose points are not fixed, and of what is no question.
    pub points: Points,
    /// The most uses there are; 0 where they are not counted.
    pub uses_at_most: i64,
    /// The most points there are; 0 where they are not counted.
    pub points_at_most: Points,
    /// How often an answer was sent on, from 0.
    pub hops: i32,
}
