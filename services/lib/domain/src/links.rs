//! Cards and members, linked: where a card sends what names it, and what a member keeps of the cards that came
//! (design §3).

use crate::account::{Order, Period, SpendBucket};
use crate::id::{EntityId, EventKey, LotId, Name};
use crate::points::Points;
use crate::profile::Known;
use crate::time::Timestamp;
use crate::transfer::GivenOut;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A stretch of a card's time that belongs to someone: `[from, until)`. Bindings of a card never overlap.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The event that bound it; also the id of the [`Line`] of what the card held before.
    pub event: EventKey,
    /// Whose it is: a member, or the card that replaced this one.
    pub to: EntityId,
    /// Its first instant.
    pub from: Timestamp,
    /// Its end; [`Timestamp::NEVER`] while it is bound.
    pub until: Timestamp,
}

impl Binding {
    /// Its place among the others: another card takes over behind whoever is bound at that instant.
    pub(crate) fn begins(&self) -> (Timestamp, bool) {
        (self.from, self.to.is_card())
    }
}

/// What a card brought, as a line of its own in the rating order up to its binding (S24): sales of before are
/// rated by what the card was then, and count for the member from the binding on. Whether they came before the
/// binding did, or after.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Line {
    /// The binding.
    pub binding: EventKey,
    /// When it was; with partner and id its place in the order, before whatever else happened then.
    pub at: Timestamp,
    /// The partner that bound it.
    pub partner: Name,
    /// The partner's own id of that.
    pub id: Name,
    /// Events of before, as far back as a late one may still change them; the lines that joined it among them.
    pub order: Order,
    /// All spend of before, net of returns, and of the lines that had joined it: what counts from `at` on.
    pub spend: Vec<SpendBucket>,
    /// Lots of before: only sales of the line, and any from the binding on, extend them (S06).
    pub lots: Vec<LotId>,
    /// All that was told of the member before: known from `at` on.
    #[serde(default)]
    pub known: Option<Arc<Known>>,
}

impl Line {
    /// Its place in the rating order.
    pub fn place(&self) -> (Timestamp, &Name, &Name) {
        (self.at, &self.partner, &self.id)
    }
}

/// A period that is rated as a whole, of what a card sold before its binding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinePeriod {
    /// The binding.
    pub line: EventKey,
    /// The period.
    pub period: Period,
}

impl LinePeriod {
    /// Its place among the others: by line, then as periods are.
    pub fn place(&self) -> (EventKey, Timestamp, &Name) {
        (self.line, self.period.from, &self.period.terms)
    }
}

/// Debts that left an account with their lots, open or forgiven: what moved out counts net of them (S05).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OwedOut {
    /// The wallet.
    pub wallet: Name,
    /// Points, above 0.
    pub points: Points,
}

/// What links an account to others. An account that never was has none.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Links {
    /// A card's bindings, by `from`. An end that ends none of them by now is an empty one: it may end one that comes
    /// late.
    pub bindings: Vec<Binding>,
    /// Cards bound to a member, in the order they came.
    pub cards: Vec<EntityId>,
    /// Whether the card's one-time grant was made.
    pub granted: bool,
    /// What cards, and merged members, brought, by [`Line::place`], as far back as a late event may still change it.
    /// One that had joined another before is a part of that.
    pub lines: Vec<Arc<Line>>,
    /// Periods of before a binding, still open to returns.
    pub periods: Vec<LinePeriod>,
    /// Debts that left, by wallet.
    pub owed_out: Vec<OwedOut>,
    /// What was given to others in the period that runs, by wallet (S33).
    #[serde(default)]
    pub given: Vec<GivenOut>,
}

impl Links {
    /// Where an event of `at` belongs: the binding it falls in, else the first that starts after it.
    pub fn binding_for(&self, at: Timestamp) -> Option<&Binding> {
        self.bindings.iter().find(|binding| at < binding.until && binding.from < binding.until)
    }

    /// Points owed that left `wallet` with their lots.
    pub fn owed_out(&self, wallet: &str) -> Points {
        let owed = self.owed_out.iter().find(|owed| owed.wallet.as_str() == wallet);
        owed.map_or(Points::ZERO, |owed| owed.points)
    }
}
