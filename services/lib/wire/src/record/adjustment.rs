//! An adjustment, as an operators' desk sends it (schemas/adjustment.avsc).

use super::{Text, instant};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Which adjustment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Points on the house.
    Grant,
    /// Live points are cancelled.
    WriteOff,
    /// Open debt is forgiven (S18).
    Forgive,
    /// No redemption is authorised any more.
    Block,
    /// Ends a block.
    Unblock,
    /// A quarantined event is applied after all (S25).
    Release,
    /// A quarantined event is refused for good (S25).
    Refuse,
    /// The member is forgotten.
    Erase,
    /// All it has moves to another member, and what names it is sent there.
    Merge,
    /// A parked account goes on.
    Resume,
}

/// An adjustment. Which fields an action needs is the feed's to check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentRecord<'a> {
    /// The desk's own id of it.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The member; this or the card.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text<'a>>,
    /// The card; this or the member.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Text<'a>>,
    /// The programme, where the desk works for more than one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<Text<'a>>,
    /// When it was decided. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Who decided it.
    #[serde(borrow)]
    pub actor: Text<'a>,
    /// Why.
    #[serde(borrow)]
    pub reason: Text<'a>,
    /// What is done.
    pub action: Action,
    /// Merge: the other member.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Text<'a>>,
    /// Grant, write off and forgive: how many points, in the wallet's smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// Grant, write off and forgive: the wallet.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<Text<'a>>,
    /// Grant: who funds the points. Release and refuse: who sent the event.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Text<'a>>,
    /// Release and refuse: the feed of the event.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<Text<'a>>,
    /// Release and refuse: the partner's own id of the event.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Text<'a>>,
    /// Resume: the limit that members share, in place of a member or card.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Text<'a>>,
}
