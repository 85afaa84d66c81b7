//! Rows: the images a decision leaves behind, one type a table, and the keys they are read by.

use crate::account::Account;
use crate::command::Command;
use crate::debt::{Debt, DebtId};
use crate::id::{Digest, EntityId, EventKey, LotId};
use crate::lot::Lot;
use crate::outcome::Outcome;
use crate::purchase::Purchase;
use crate::redemption::Redemption;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the ledger remembers of an event that leaves no row of its own: returns and redemption steps (S23).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// The event.
    pub key: EventKey,
    /// Hash of its content.
    pub content: Digest,
    /// The answer given.
    pub outcome: Outcome,
}

/// A command that waits: a return for its purchase (S22), or any command behind one that failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Parked {
    /// The command's key.
    pub key: EventKey,
    /// Its place among those that wait, for release in order.
    pub sequence: i64,
    /// When it is given up; [`Timestamp::NEVER`] where only an operator decides.
    pub until: Timestamp,
    /// Whether it still waits. Rows are never deleted: a fulfilled one says so.
    pub waits: bool,
    /// The command, as it came.
    pub command: Command,
}

/// Where a card sent an event: its memory (design §3). What stayed has its own row there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Route {
    /// The event.
    pub key: EventKey,
    /// The account it went to, or was moved to; this one, where it came back.
    pub to: EntityId,
    /// The binding whose line it belongs to, or [`EventKey::NONE`].
    pub line: EventKey,
}

/// A row's image, whole: writing it twice is writing it once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// Table `accounts`.
    Account(Account),
    /// Table `lots`.
    Lot(Lot),
    /// Table `purchases`.
    Purchase(Purchase),
    /// Table `holds`.
    Redemption(Redemption),
    /// Table `debts`.
    Debt(Debt),
    /// Table `seen`.
    Seen(Seen),
    /// Table `parked`.
    Parked(Parked),
    /// Table `routes`.
    Route(Route),
}

/// The key of a row within its entity.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RowKey {
    /// The head row.
    Account,
    /// A lot.
    Lot(LotId),
    /// A purchase, by its identity.
    Purchase(EventKey),
    /// A redemption, by its authorisation's identity.
    Redemption(EventKey),
    /// A debt.
    Debt(DebtId),
    /// A remembered event.
    Seen(EventKey),
    /// A waiting command.
    Parked(EventKey),
    /// Where an event was sent.
    Route(EventKey),
}

impl Row {
    /// The key of this row within its entity.
    pub const fn key(&self) -> RowKey {
        match self {
            Self::Account(_) => RowKey::Account,
            Self::Lot(lot) => RowKey::Lot(lot.id),
            Self::Purchase(purchase) => RowKey::Purchase(purchase.key),
            Self::Redemption(redemption) => RowKey::Redemption(redemption.key),
            Self::Debt(debt) => RowKey::Debt(debt.id),
            Self::Seen(seen) => RowKey::Seen(seen.key),
            Self::Parked(parked) => RowKey::Parked(parked.key),
            Self::Route(route) => RowKey::Route(route.key),
        }
    }
}
