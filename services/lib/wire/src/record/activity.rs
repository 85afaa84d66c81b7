//! An activity, as a partner sends it (schemas/activity.avsc).

use super::{Text, instant};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// An activity. Which kinds and attributes there are is the programme's to declare.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityRecord<'a> {
    /// The partner's own id.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The partner, where the payload says it.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Text<'a>>,
    /// The member; this or the card.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text<'a>>,
    /// The card; this or the member.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Text<'a>>,
    /// The programme, where the partner takes part in more than one.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<Text<'a>>,
    /// When it happened. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The kind.
    #[serde(borrow)]
    pub kind: Text<'a>,
    /// Attributes, each once.
    #[serde(borrow, default)]
    pub attributes: Vec<ActivityAttribute<'a>>,
}

/// One attribute: exactly one of value, member and card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivityAttribute<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// The value as text.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Text<'a>>,
    /// The member it names.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub member: Option<Text<'a>>,
    /// The card it names.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Text<'a>>,
}
