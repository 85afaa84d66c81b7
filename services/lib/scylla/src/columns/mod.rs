//! Rows of the core as columns of the tables, one type a table, used to write and to read.
//!
//! Columns go by name, so their order in a statement does not matter. Invariant: row → columns → row is the
//! same row; no column is ever null; the entity and `write_ts` are beside the row, not in it.

mod account;
mod bound;
mod debt;
mod entry;
mod event;
mod lot;
mod partition;
mod purchase;
mod redemption;

pub(crate) use account::AccountColumns;
pub(crate) use bound::Bound;
pub(crate) use debt::DebtColumns;
pub(crate) use entry::EntryColumns;
pub(crate) use event::{ParkedColumns, RouteColumns, SeenColumns};
pub(crate) use lot::LotColumns;
pub(crate) use partition::{DayColumns, PartitionColumns, ProgrammeColumns, TimerColumns, WatermarkColumns};
pub(crate) use purchase::PurchaseColumns;
pub(crate) use redemption::HoldColumns;

use crate::error::ColumnError;
use crate::nested::Nested;
use domain::id::Digest;
use domain::{EventKey, Points};
use std::borrow::Cow;
use uuid::Uuid;

/// A list in one blob column: borrowed from the row when written, owned when read.
pub(crate) type List<'a, T> = Nested<Cow<'a, [T]>>;

pub(crate) const fn list<T: Clone>(items: &[T]) -> List<'_, T> {
    Nested(Cow::Borrowed(items))
}

pub(crate) const fn uuid(key: EventKey) -> Uuid {
    Uuid::from_bytes(*key.as_bytes())
}

pub(crate) const fn key(uuid: Uuid) -> EventKey {
    EventKey::from_bytes(uuid.into_bytes())
}

pub(crate) fn points(table: &'static str, column: &'static str, found: i64) -> Result<Points, ColumnError> {
    Points::new(found).ok_or(ColumnError::Points { table, column, found })
}

pub(crate) fn digest(table: &'static str, found: &[u8]) -> Result<Digest, ColumnError> {
    let bytes = found.try_into();
    bytes.map(Digest).map_err(|_| ColumnError::Length { table, column: "content", found: found.len() })
}
