//! What partners send: a purchase, a return, a step of a redemption, an activity, news of a card; and operators, an adjustment. The same
//! structs are read from Avro and from JSON Lines, and borrow their text from the line or datum.
//!
//! Reads shapes only: whether lines add up, a date is absurd or a member is named is the feed's to say (S27).
//! But nothing is rounded and nothing unknown is skipped: a decimal that does not fit the schema and a key
//! that no field has are refused.

mod activity;
mod adjustment;
mod card;
mod decimal;
mod instant;
mod text;

pub use activity::{ActivityAttribute, ActivityRecord};
pub use adjustment::{Action, AdjustmentRecord};
pub use card::{CardChange, CardRecord};
pub use text::Text;

use crate::avro;
use crate::error::WireError;
use domain::{Digest, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A purchase (schemas/purchase.avsc).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseRecord<'a> {
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
    /// Business time. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// ISO 4217 code of every amount.
    #[serde(borrow)]
    pub currency: Text<'a>,
    /// The sum of the lines. In JSON a text, as every decimal: `"12.34"`.
    #[serde(with = "decimal::money")]
    pub total: Decimal,
    /// The lines.
    #[serde(borrow)]
    pub lines: Vec<PurchaseLine<'a>>,
    /// How it was paid; empty: all in money.
    #[serde(borrow, default)]
    pub tenders: Vec<Tender<'a>>,
    /// Attributes, each once.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<PurchaseAttribute<'a>>,
    /// What offers took off before.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<PurchaseDiscount<'a>>,
}

/// What an offer took off the price at the till.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseDiscount<'a> {
    /// The offer.
    #[serde(borrow)]
    pub offer: Text<'a>,
    /// How much; at most 4 digits behind the point.
    #[serde(with = "decimal::money")]
    pub amount: Decimal,
}

/// One attribute of a purchase, as the programme declares it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseAttribute<'a> {
    /// Its name.
    #[serde(borrow)]
    pub name: Text<'a>,
    /// The value as text.
    #[serde(borrow)]
    pub value: Text<'a>,
}

/// A line of a purchase.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurchaseLine<'a> {
    /// The partner's own line number.
    pub line: i32,
    /// The article.
    #[serde(borrow)]
    pub sku: Text<'a>,
    /// The product group.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Text<'a>>,
    /// Pieces, kilograms or litres; at most 3 digits behind the point.
    #[serde(with = "decimal::quantity")]
    pub quantity: Decimal,
    /// What the line costs after discounts; at most 4 digits behind the point.
    #[serde(with = "decimal::money")]
    pub amount: Decimal,
    /// Whether it is offered at a promotional price.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promotional: bool,
}

/// One means of payment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tender<'a> {
    /// `points`, or the partner's own word for one that is money.
    #[serde(borrow)]
    pub kind: Text<'a>,
    /// The part of the total it paid.
    #[serde(with = "decimal::money")]
    pub amount: Decimal,
    /// For points: how many, in the wallet's smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// For points: the partner's id of the authorisation.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Text<'a>>,
    /// For points: the wallet.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<Text<'a>>,
}

/// A return (schemas/return.avsc).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnRecord<'a> {
    /// The partner's own id.
    #[serde(borrow)]
    pub id: Text<'a>,
    /// The partner's own id of the purchase.
    #[serde(borrow)]
    pub purchase: Text<'a>,
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
    /// Business time. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// What comes back.
    pub lines: Vec<ReturnLine>,
}

/// A part of a line that comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnLine {
    /// The line number of the purchase.
    pub line: i32,
    /// How much of it.
    #[serde(with = "decimal::quantity")]
    pub quantity: Decimal,
}

/// Which step of a redemption.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reserve points.
    Authorise,
    /// Spend what is reserved.
    Capture,
    /// Give it up.
    Cancel,
    /// Exchange points for an item of a catalogue.
    Order,
    /// Give points to another member.
    Transfer,
}

/// A step of a redemption (schemas/redemption.avsc). Which fields a step needs is the feed's to check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedemptionRecord<'a> {
    /// The partner's own id of the step.
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
    /// Business time. In JSON RFC 3339, with an offset.
    #[serde(with = "instant")]
    pub occurred_at: Timestamp,
    /// When it reached the ledger, for the event clock.
    #[serde(with = "instant::optional", default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// Which step.
    pub step: Step,
    /// Authorise, capture and transfer: how many points, in the wallet's smallest unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<i64>,
    /// Capture and cancel: the id of the authorise step.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub redemption: Option<Text<'a>>,
    /// Authorise and transfer: the wallet.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub wallet: Option<Text<'a>>,
    /// Authorise: how long the hold lasts, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_to_live: Option<i64>,
    /// Capture: whether more captures follow.
    #[serde(default)]
    pub more: bool,
    /// Order: the item.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub item: Option<Text<'a>>,
    /// Order: which of its gifts.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Text<'a>>,
    /// Authorise, with lines: ISO 4217 code of their amounts.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text<'a>>,
    /// Authorise: the basket, for the limits of spending.
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<BasketLine<'a>>,
    /// Transfer: who gets the points.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Text<'a>>,
}

/// A line of the basket that points are to pay for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasketLine<'a> {
    /// What the line costs after discounts; at most 4 digits behind the point.
    #[serde(with = "decimal::money")]
    pub amount: Decimal,
    /// The product group.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Text<'a>>,
    /// Whether it is offered at a promotional price.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub promotional: bool,
}

/// A record of a partner's feed.
pub trait Record<'a>: Serialize + Deserialize<'a> {
    /// The schema's name: `purchase`.
    const SCHEMA: &'static str;

    /// `delivered_at`, to be taken out where the content is compared (S23).
    fn delivered_at(&mut self) -> &mut Option<Timestamp>;

    /// Reads a line of JSON. Text without escapes is borrowed from it.
    ///
    /// # Errors
    /// [`WireError::Json`]: what was expected, what was found, at which column.
    fn from_json(line: &'a str) -> Result<Self, WireError> {
        serde_json::from_str(line).map_err(|source| WireError::Json { what: Self::SCHEMA, source })
    }

    /// The digest of the partner's fields, `delivered_at` left out: the same for the same record as JSON and
    /// as Avro, whatever version it was written under. `scratch` is written over.
    ///
    /// # Errors
    /// [`WireError::Datum`] for a decimal the schema cannot express.
    fn content(&mut self, scratch: &mut Vec<u8>) -> Result<Digest, WireError> {
        let delivered_at = self.delivered_at().take();
        scratch.clear();
        let written = avro::write(self, scratch);
        *self.delivered_at() = delivered_at;
        written.map_err(|source| WireError::Datum { what: Self::SCHEMA, source })?;
        Ok(Digest::of(scratch))
    }
}

macro_rules! record {
    ($type:ident, $schema:literal) => {
        impl<'a> Record<'a> for $type<'a> {
            const SCHEMA: &'static str = $schema;

            fn delivered_at(&mut self) -> &mut Option<Timestamp> {
                &mut self.delivered_at
            }
        }
    };
}

record!(PurchaseRecord, "purchase");
record!(ReturnRecord, "return");
record!(RedemptionRecord, "redemption");
record!(ActivityRecord, "activity");
record!(AdjustmentRecord, "adjustment");
record!(CardRecord, "card");
