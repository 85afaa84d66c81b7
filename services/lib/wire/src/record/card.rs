//! News of a card, as a partner sends it (schemas/card.avsc).

use super::{Text, instant};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// What happened to a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardChange {
    /// Handed out.
    Issued,
    /// A member's from now on.
    Bound,
    /// Nobody's from now on.
    Unbound,
    /// Lost or stolen: it authorises nothing.
    Blocked,
    /// Another card takes its place.
    Replaced,
}

/// News of a card. Which field a change needs is the feed's to check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardRecord<'a> {
    /// The partner's own id.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The partner, where the payload says it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Text<'a>>,
    /// The programme, where the partner takes part in more than one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<Text<'a>>,
    /// The card.
    #[serde(borrow)]
    pub card: Text<'a>,
    /// When it happened. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// What happened.
    pub change: CardChange,
    /// Bound: the member.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text<'a>>,
    /// Replaced: the other card.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Text<'a>>,
}
