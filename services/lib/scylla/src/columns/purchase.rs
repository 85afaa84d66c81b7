//! `purchases`: what a return is rated from.

use super::{List, digest, key, list, uuid};
use crate::error::ColumnError;
use crate::nested::Nested;
use domain::activity::Attribute;
use domain::fall::Watcher;
use domain::outcome::Outcome;
use domain::profile::Profile;
use domain::purchase::{Claim, PaidPart, Purchase, PurchaseGrant, PurchaseLine};
use domain::{EntityId, EventKey, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use std::sync::Arc;
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct PurchaseColumns<'a> {
    pub(crate) entity: &'a str,
    purchase: Uuid,
    partner: &'a str,
    id: &'a str,
    occurred_at: i64,
    version: i32,
    tier: &'a str,
    content: &'a [u8],
    outcome: Nested<Outcome>,
    lines: List<'a, PurchaseLine>,
    grants: List<'a, PurchaseGrant>,
    redemptions: List<'a, EventKey>,
    line: Option<Uuid>,
    attributes: Option<List<'a, Attribute>>,
    profile: Option<Nested<Option<Arc<Profile>>>>,
    parts: Option<List<'a, PaidPart>>,
    claims: Option<List<'a, Claim>>,
    watchers: Option<List<'a, Watcher>>,
    pub(crate) write_ts: i64,
}

impl<'a> PurchaseColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, purchase: &'a Purchase, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            purchase: uuid(purchase.key),
            partner: purchase.partner.as_str(),
            id: purchase.id.as_str(),
            occurred_at: purchase.occurred_at.0,
            version: purchase.version,
            tier: purchase.tier.as_str(),
            content: &purchase.content.0,
            outcome: Nested(purchase.outcome),
            lines: list(&purchase.lines),
            grants: list(&purchase.grants),
            redemptions: list(&purchase.redemptions),
            line: Some(uuid(purchase.line)),
            attributes: Some(list(&purchase.attributes)),
            profile: Some(Nested(purchase.profile.clone())),
            parts: Some(list(&purchase.parts)),
            claims: Some(list(&purchase.claims)),
            watchers: Some(list(&purchase.watchers)),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Purchase, ColumnError> {
        Ok(Purchase {
            key: key(self.purchase),
            partner: Name::from(self.partner),
            id: Name::from(self.id),
            occurred_at: Timestamp(self.occurred_at),
            version: self.version,
            tier: Name::from(self.tier),
            content: digest("purchases", self.content)?,
            outcome: self.outcome.0,
            lines: self.lines.0.into_owned(),
            grants: self.grants.0.into_owned(),
            redemptions: self.redemptions.0.into_owned(),
            line: self.line.map_or(EventKey::NONE, key),
            attributes: self.attributes.map(|it| it.0.into_owned()).unwrap_or_default(),
            profile: self.profile.and_then(|it| it.0),
            parts: self.parts.map_or_else(Vec::new, |parts| parts.0.into_owned()),
            claims: self.claims.map_or_else(Vec::new, |claims| claims.0.into_owned()),
            watchers: self.watchers.map_or_else(Vec::new, |watchers| watchers.0.into_owned()),
        })
    }
}
