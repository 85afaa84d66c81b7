//! What moves from a card to its member at a binding, from a member to another at a merge: rows, whole, with their ids, origins and dates.

use crate::account::{Granted, Order, Period, Standing};
use crate::activity::Remembered;
use crate::debt::Debt;
use crate::id::{EntityId, EventKey, Name};
use crate::links::{Line, LinePeriod};
use crate::lot::Lot;
use crate::purchase::Purchase;
use crate::redemption::Redemption;
use crate::row::Seen;
use crate::time::Timestamp;
use crate::transfer::GivenOut;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Out of one account, in transit to another. Lots hold what leaves and nothing else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Moved {
    /// The card it comes from.
    pub from: EntityId,
    /// Whether the binding is answered where this arrives: then all of it is done.
    pub answers: bool,
    /// Whether that is a later fate: its member was parked, and the binding answered so (S27).
    pub later: bool,
    /// How often it was sent on, from 1.
    pub hops: i32,
    /// The binding.
    pub binding: EventKey,
    /// When that was.
    pub at: Timestamp,
    /// The partner that bound.
    pub partner: Name,
    /// The partner's own id of that.
    pub id: Name,
    /// Lots.
    pub lots: Vec<Lot>,
    /// Purchases.
    pub purchases: Vec<Purchase>,
    /// Redemptions, the earliest first.
    pub redemptions: Vec<Redemption>,
    /// Debts, open or forgiven.
    pub debts: Vec<Debt>,
    /// Ids of events, so that a repetition is one wherever it arrives.
    pub seen: Vec<Seen>,
    /// Periods that are rated as a whole.
    pub periods: Vec<Period>,
    /// The card's tier and its spend.
    pub standing: Option<Standing>,
    /// The card's rating order.
    pub order: Order,
    /// Whether the card's one-time grant was made.
    pub granted: bool,
    /// Cards and members that send to it: from now on to where this arrives, by way of it.
    pub cards: Vec<EntityId>,
    /// What is remembered of activities.
    pub activities: Remembered,
    /// Lines of cards that this one replaced, or that were the member's.
    pub lines: Vec<Arc<Line>>,
    /// Their periods.
    pub line_periods: Vec<LinePeriod>,
    /// Days that came for it.
    #[serde(default)]
    pub occasions: Vec<Granted>,
    /// What a merged member gave to others in the period that runs, by wallet (S33).
    #[serde(default)]
    pub given: Vec<GivenOut>,
}

/// What a member held who is merged into another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MergeIn {
    /// Who decided it.
    pub actor: Name,
    /// Why.
    pub reason: Name,
    /// What moves.
    pub moved: Moved,
}
