//! Transfers (S33): one member gives points to another, and what of it is on the way between their accounts.
//!
//! In three steps, so that no point is in two accounts or in none: the giver's account lets the points go, the
//! receiver's takes them in or refuses, and the giver's answers the event, or takes them back.

use crate::id::{EntityId, EventKey, LotId, Name};
use crate::lot::Lot;
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Give points to another member.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Transfer {
    /// Who gets them.
    pub to: EntityId,
    /// The wallet; empty for the first to burn of those whose points may be given.
    pub wallet: Name,
    /// How many, above 0.
    pub points: Points,
}

/// Points that were given, in transit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Given {
    /// The transfer.
    pub transfer: EventKey,
    /// Who gave them.
    pub from: EntityId,
    /// Whether the transfer's outcome is a later fate: it was answered *parked* before (S27).
    pub later: bool,
    /// What leaves of each lot, available, with its origin, terms and dates; each with an id of its own.
    pub lots: Vec<Lot>,
}

/// What became of points that were given.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// The transfer.
    pub transfer: EventKey,
    /// As in [`Given::later`].
    pub later: bool,
    /// Whether they come back: the receiver's account takes nothing any more.
    pub refused: bool,
}

/// Points that were given are of another origin from now on: the sale they came from was undone, and others of the
/// giver's took their place (S17).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Relabel {
    /// The transfer.
    pub transfer: EventKey,
    /// The lot, in the receiver's account.
    pub lot: LotId,
    /// How many, above 0.
    pub points: Points,
    /// The lot whose origin they take over, under the id it has in the receiver's account; it holds nothing.
    pub origin: Lot,
    /// How many gifts led to it, from 1: what was given may have been given on.
    pub hops: i32,
}

/// Points of a wallet that were given since a period began.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GivenOut {
    /// The wallet.
    pub wallet: Name,
    /// The period's first instant.
    pub from: Timestamp,
    /// How many, above 0.
    pub points: Points,
}

/// The id that what `transfer` gives of `lot` has in the receiver's account: one of its own, so that a gift that comes
/// back, or both members' merge, never joins it with what its cause still earns.
pub fn id_of_gift(transfer: EventKey, lot: LotId) -> LotId {
    LotId::of(lot.issued_month, transfer, "given", &lot.key.to_string())
}
