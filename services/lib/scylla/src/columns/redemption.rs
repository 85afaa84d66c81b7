//! `holds`: redemptions, from authorisation to end.

use super::{List, key, list, points, uuid};
use crate::error::ColumnError;
use crate::word::Word;
use domain::redemption::{Draw, HoldState, Redemption};
use domain::{EntityId, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct HoldColumns<'a> {
    pub(crate) entity: &'a str,
    redemption: Uuid,
    partner: &'a str,
    id: &'a str,
    wallet: &'a str,
    state: Word<HoldState>,
    requested: i64,
    expires_at: i64,
    sequence: i64,
    draws: List<'a, Draw>,
    captured: i64,
    given_back: i64,
    given_to: Option<&'a str>,
    pub(crate) write_ts: i64,
}

impl<'a> HoldColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, redemption: &'a Redemption, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            redemption: uuid(redemption.key),
            partner: redemption.partner.as_str(),
            id: redemption.id.as_str(),
            wallet: redemption.wallet.as_str(),
            state: Word(redemption.state),
            requested: redemption.requested.get(),
            expires_at: redemption.expires_at.0,
            sequence: redemption.sequence,
            draws: list(&redemption.draws),
            captured: redemption.captured.get(),
            given_back: redemption.given_back.get(),
            given_to: Some(redemption.to.as_ref().map_or("", EntityId::as_str)),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Redemption, ColumnError> {
        Ok(Redemption {
            key: key(self.redemption),
            partner: Name::from(self.partner),
            id: Name::from(self.id),
            wallet: Name::from(self.wallet),
            state: self.state.0,
            requested: points("holds", "requested", self.requested)?,
            expires_at: Timestamp(self.expires_at),
            sequence: self.sequence,
            draws: self.draws.0.into_owned(),
            captured: points("holds", "captured", self.captured)?,
            given_back: points("holds", "given_back", self.given_back)?,
            to: self.given_to.filter(|to| !to.is_empty()).map(EntityId::from_key),
        })
    }
}
