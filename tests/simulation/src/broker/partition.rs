//! One partition of `member-commands` and of `ledger-wal`, and the group's offset in it.

use super::transactions::Txn;
use domain::Timestamp;
use embedded::Value;
use engine::log::{Incoming, WalChunk, WalEntry};

/// How the transaction that wrote something ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// Not yet, as far as this partition knows.
    Open,
    /// Its marker is here.
    Committed,
    /// As well.
    Aborted,
    /// It is a marker.
    Marker,
}

struct WalSlot {
    appended_at: Timestamp,
    txn: Txn,
    fate: Fate,
    message: Option<Value>,
}

/// A partition.
#[derive(Default)]
pub(crate) struct Partition {
    pub(crate) input: Vec<Incoming<Value>>,
    wal: Vec<WalSlot>,
    /// The group's committed offset.
    pub(crate) committed: Option<i64>,
    /// Offsets of transactions that have not ended here.
    pending: Vec<(Txn, i64)>,
}

impl Partition {
    /// Writes records of a transaction; the offset behind them.
    pub(super) fn write(&mut self, now: i64, txn: Txn, messages: &[Value]) -> i64 {
        let appended_at = Timestamp(now);
        self.wal.extend(messages.iter().map(|message| WalSlot {
            appended_at,
            txn,
            fate: Fate::Open,
            message: Some(message.clone()),
        }));
        self.end()
    }

    /// The marker of `txn` arrives.
    pub(super) fn mark(&mut self, now: i64, txn: Txn, fate: Fate) {
        let mut any = false;
        for slot in self.wal.iter_mut().filter(|slot| slot.txn == txn && slot.fate == Fate::Open) {
            (slot.fate, any) = (fate, true);
        }
        if any {
            self.wal.push(WalSlot { appended_at: Timestamp(now), txn, fate: Fate::Marker, message: None });
        }
    }

    /// The offset that `txn` carries.
    pub(super) fn carry(&mut self, txn: Txn, position: i64) {
        self.pending.retain(|(other, _)| *other != txn);
        self.pending.push((txn, position));
    }

    /// The marker of `txn` arrives at the group's offsets.
    pub(super) fn mark_offset(&mut self, txn: Txn, fate: Fate) {
        let Some(place) = self.pending.iter().position(|(other, _)| *other == txn) else { return };
        let (_, position) = self.pending.remove(place);
        if fate == Fate::Committed {
            self.committed = Some(position);
        }
    }

    /// Whether a transaction is about to change the committed offset.
    pub(crate) fn is_unstable(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The offset behind the last record, open ones included.
    pub(crate) fn end(&self) -> i64 {
        self.wal.len() as i64
    }

    /// The last stable offset: nothing before it is open.
    pub(crate) fn stable_end(&self) -> i64 {
        let open = self.wal.iter().position(|slot| slot.fate == Fate::Open);
        open.map_or(self.end(), |place| place as i64)
    }

    /// Committed records from `from` to `to`, `limit` slots at the most, and never beyond what is stable.
    pub(crate) fn read(&self, from: i64, to: i64, limit: i64) -> WalChunk<Value> {
        let next = to.min(from + limit).min(self.stable_end()).max(from);
        let slots = self.wal[from as usize..next as usize].iter().zip(from..);
        let committed = slots.filter(|(slot, _)| slot.fate == Fate::Committed);
        let entries = committed.filter_map(|(slot, offset)| {
            let message = slot.message.clone()?;
            Some(WalEntry { offset, appended_at: slot.appended_at, message })
        });
        WalChunk { entries: entries.collect(), next }
    }
}
