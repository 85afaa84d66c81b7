//! `ledger_entries`: the statement.

use super::{key, points, uuid};
use crate::error::ColumnError;
use crate::word::{MaybeWord, Word};
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use domain::{EntityId, LotId, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct EntryColumns<'a> {
    entity: &'a str,
    sequence: i64,
    at: i64,
    recorded_at: i64,
    kind: Word<EntryKind>,
    wallet: &'a str,
    lot_month: i32,
    lot: Uuid,
    from_bucket: MaybeWord<Bucket>,
    to_bucket: MaybeWord<Bucket>,
    points: i64,
    debt: i64,
    clawed_back: i64,
    redemption: Uuid,
    cause: Uuid,
    rule: &'a str,
    version: i32,
    partner: &'a str,
    occurred_at: i64,
    redeemer: Option<&'a str>,
    write_ts: i64,
}

impl<'a> EntryColumns<'a> {
    pub(crate) fn of(entry: &'a Entry, write_ts: i64) -> Self {
        Self {
            entity: entry.entity.as_str(),
            sequence: entry.sequence,
            at: entry.at.0,
            recorded_at: entry.recorded_at.0,
            kind: Word(entry.kind),
            wallet: entry.wallet.as_str(),
            lot_month: entry.lot.issued_month,
            lot: uuid(entry.lot.key),
            from_bucket: MaybeWord(entry.from),
            to_bucket: MaybeWord(entry.to),
            points: entry.points.get(),
            debt: entry.debt,
            clawed_back: entry.clawed_back.get(),
            redemption: uuid(entry.redemption),
            cause: uuid(entry.cause),
            rule: entry.rule.as_str(),
            version: entry.version,
            partner: entry.partner.as_str(),
            occurred_at: entry.occurred_at.0,
            redeemer: Some(entry.redeemer.as_str()),
            write_ts,
        }
    }

    pub(crate) fn entry(self) -> Result<Entry, ColumnError> {
        Ok(Entry {
            entity: EntityId::from_key(self.entity),
            sequence: self.sequence,
            at: Timestamp(self.at),
            recorded_at: Timestamp(self.recorded_at),
            kind: self.kind.0,
            wallet: Name::from(self.wallet),
            lot: LotId { issued_month: self.lot_month, key: key(self.lot) },
            from: self.from_bucket.0,
            to: self.to_bucket.0,
            points: points("ledger_entries", "points", self.points)?,
            debt: self.debt,
            clawed_back: points("ledger_entries", "clawed_back", self.clawed_back)?,
            redemption: key(self.redemption),
            cause: key(self.cause),
            rule: Name::from(self.rule),
            version: self.version,
            partner: Name::from(self.partner),
            occurred_at: Timestamp(self.occurred_at),
            redeemer: self.redeemer.map(Name::from).unwrap_or_default(),
        })
    }
}
