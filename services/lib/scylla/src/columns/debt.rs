//! `debts`: points that were spent and are not covered.

use super::{key, points, uuid};
use crate::error::ColumnError;
use domain::debt::{Debt, DebtId};
use domain::{EntityId, LotId, Name, Timestamp};
use scylla::{DeserializeRow, SerializeRow};
use uuid::Uuid;

#[derive(SerializeRow, DeserializeRow)]
pub(crate) struct DebtColumns<'a> {
    pub(crate) entity: &'a str,
    redemption: Uuid,
    lot_month: i32,
    lot: Uuid,
    wallet: &'a str,
    partner: &'a str,
    open: i64,
    forgiven: i64,
    sequence: i64,
    opened_at: i64,
    pub(crate) write_ts: i64,
}

impl<'a> DebtColumns<'a> {
    pub(crate) fn of(entity: &'a EntityId, debt: &'a Debt, write_ts: i64) -> Self {
        Self {
            entity: entity.as_str(),
            redemption: uuid(debt.id.redemption),
            lot_month: debt.id.lot.issued_month,
            lot: uuid(debt.id.lot.key),
            wallet: debt.wallet.as_str(),
            partner: debt.partner.as_str(),
            open: debt.open.get(),
            forgiven: debt.forgiven.get(),
            sequence: debt.sequence,
            opened_at: debt.opened_at.0,
            write_ts,
        }
    }

    pub(crate) fn row(self) -> Result<Debt, ColumnError> {
        let lot = LotId { issued_month: self.lot_month, key: key(self.lot) };
        Ok(Debt {
            id: DebtId { redemption: key(self.redemption), lot },
            wallet: Name::from(self.wallet),
            partner: Name::from(self.partner),
            open: points("debts", "open", self.open)?,
            forgiven: points("debts", "forgiven", self.forgiven)?,
            sequence: self.sequence,
            opened_at: Timestamp(self.opened_at),
        })
    }
}
