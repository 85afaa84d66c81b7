//! `lots`: one row a parcel of points.

use super::{List, key, list, points, uuid};
use crate::error::ColumnError;
use domain::lot::{Buckets, Lot};
use domain::{EntityId, EventKey, LotId, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct LotColumns<'a> {
    pub(crate) entity: &'a str,
    issued_month: i32,
    lot: Uuid,
    wallet: &'a str,
    terms: &'a str,
    partner: &'a str,
    cause: Uuid,
    version: i32,
    occurred_at: i64,
    accrued_at: i64,
    activates_at: i64,
    expires_at: i64,
    issued: i64,
    clawed_back: i64,
    pending: i64,
    available: i64,
    held: i64,
    spent: i64,
    expired: i64,
    revoked: i64,
    moved: i64,
    written_off: i64,
    drawn_by: List<'a, EventKey>,
    reminded: i32,
    remind_at: i64,
    given_at: Option<i64>,
    pub(crate) write_ts: i64,
}

impl<'a> LotColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, lot: &'a Lot, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            issued_month: lot.id.issued_month,
            lot: uuid(lot.id.key),
            wallet: lot.wallet.as_str(),
            terms: lot.terms.as_str(),
            partner: lot.partner.as_str(),
            cause: uuid(lot.cause),
            version: lot.version,
            occurred_at: lot.occurred_at.0,
            accrued_at: lot.accrued_at.0,
            activates_at: lot.activates_at.0,
            expires_at: lot.expires_at.0,
            issued: lot.issued.get(),
            clawed_back: lot.clawed_back.get(),
            pending: lot.buckets.pending.get(),
            available: lot.buckets.available.get(),
            held: lot.buckets.held.get(),
            spent: lot.buckets.spent.get(),
            expired: lot.buckets.expired.get(),
            revoked: lot.buckets.revoked.get(),
            moved: lot.buckets.moved.get(),
            written_off: lot.buckets.written_off.get(),
            drawn_by: list(&lot.drawn_by),
            reminded: lot.reminded,
            remind_at: lot.remind_at.0,
            given_at: Some(lot.given_at.unwrap_or(Timestamp::NEVER).0),
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Lot, ColumnError> {
        let points = |column, found| points("lots", column, found);
        let buckets = Buckets {
            pending: points("pending", self.pending)?,
            available: points("available", self.available)?,
            held: points("held", self.held)?,
            spent: points("spent", self.spent)?,
            expired: points("expired", self.expired)?,
            revoked: points("revoked", self.revoked)?,
            moved: points("moved", self.moved)?,
            written_off: points("written_off", self.written_off)?,
        };
        Ok(Lot {
            id: LotId { issued_month: self.issued_month, key: key(self.lot) },
            wallet: Name::from(self.wallet),
            terms: Name::from(self.terms),
            partner: Name::from(self.partner),
            cause: key(self.cause),
            version: self.version,
            occurred_at: Timestamp(self.occurred_at),
            accrued_at: Timestamp(self.accrued_at),
            activates_at: Timestamp(self.activates_at),
            expires_at: Timestamp(self.expires_at),
            issued: points("issued", self.issued)?,
            clawed_back: points("clawed_back", self.clawed_back)?,
            buckets,
            drawn_by: self.drawn_by.0.into_owned(),
            reminded: self.reminded,
            remind_at: Timestamp(self.remind_at),
            given_at: self.given_at.map(Timestamp).filter(|at| at.is_finite()),
        })
    }
}
