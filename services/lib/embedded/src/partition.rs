//! One partition of the memory broker: its input, its write-ahead log with transactions, its producer epoch.

use crate::value::Value;
use domain::Timestamp;
use engine::log::{Incoming, Transaction, WalChunk, WalEntry, WalRange};
use std::collections::VecDeque;

/// What may go wrong with the next commit of a partition, for tests.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// It is aborted, and says so.
    Aborted,
    /// It is committed, but the answer is lost: outcome unknown.
    AnswerLost,
    /// Its records are written and the transaction stays open: outcome unknown.
    LeftOpen,
    /// As [`Fault::LeftOpen`], and no answer ever comes: the instance hangs, or died.
    Silent,
}

/// How the transaction that wrote a record ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Open,
    Committed,
    Aborted,
    /// The record that ends a transaction.
    Control,
}

#[derive(Debug)]
struct WalSlot {
    appended_at: Timestamp,
    fate: Fate,
    message: Option<Value>,
}

/// A partition.
#[derive(Debug, Default)]
pub(crate) struct Partition {
    input: VecDeque<Incoming<Value>>,
    input_start: i64,
    wal: VecDeque<WalSlot>,
    wal_start: i64,
    /// Of the transactional producer; grows with each one opened.
    pub(crate) epoch: u64,
    /// The group's committed offset.
    pub(crate) committed: Option<i64>,
    /// What goes wrong next.
    pub(crate) fault: Option<Fault>,
}

impl Partition {
    /// Appends to the input; its offset.
    pub(crate) fn append(&mut self, appended_at: Timestamp, message: Value) -> i64 {
        let offset = self.input_end();
        self.input.push_back(Incoming { offset, appended_at, message });
        offset
    }

    /// First offset of the input that is still there.
    pub(crate) const fn input_start(&self) -> i64 {
        self.input_start
    }

    /// The offset behind the last record of the input.
    pub(crate) fn input_end(&self) -> i64 {
        self.input_start + self.input.len() as i64
    }

    /// Records from `from` on, `limit` at the most.
    pub(crate) fn read(&self, from: i64, limit: usize) -> Vec<Incoming<Value>> {
        let skip = usize::try_from(from - self.input_start).unwrap_or(0);
        let end = self.input.len().min(skip.saturating_add(limit));
        if skip >= end { Vec::new() } else { self.input.range(skip..end).cloned().collect() }
    }

    /// Drops the input before `offset`.
    pub(crate) fn forget_input(&mut self, offset: i64) {
        while self.input_start < offset && self.input.pop_front().is_some() {
            self.input_start += 1;
        }
    }

    /// Drops the write-ahead log before `offset`.
    pub(crate) fn forget_wal(&mut self, offset: i64) {
        while self.wal_start < offset && self.wal.pop_front().is_some() {
            self.wal_start += 1;
        }
    }

    /// The input's topic is deleted and made anew.
    pub(crate) fn renew_input(&mut self) {
        self.input.clear();
        self.input_start = 0;
        self.committed = None;
    }

    /// The write-ahead log's topic is deleted and made anew.
    pub(crate) fn renew_wal(&mut self) {
        self.wal.clear();
        self.wal_start = 0;
    }

    /// Start and read-uncommitted end.
    pub(crate) fn wal_range(&self) -> WalRange {
        WalRange { start: self.wal_start, end: self.wal_start + self.wal.len() as i64 }
    }

    /// Opens a producer: the transaction of the one before is aborted.
    pub(crate) fn open_producer(&mut self) -> u64 {
        self.epoch += 1;
        self.end_transaction(Fate::Aborted);
        self.epoch
    }

    /// Writes a transaction's records, open.
    pub(crate) fn write(&mut self, appended_at: Timestamp, transaction: &mut Transaction<Value>) {
        let records = transaction.wal.drain(..);
        self.wal.extend(records.map(|message| WalSlot {
            appended_at,
            fate: Fate::Open,
            message: Some(message),
        }));
    }

    /// Commits what is open and the offset; the offset behind the last record.
    pub(crate) fn commit(&mut self, position: i64) -> i64 {
        let end = self.wal_range().end;
        self.end_transaction(Fate::Committed);
        self.committed = Some(position);
        end
    }

    /// Aborts what is open.
    pub(crate) fn abort(&mut self) {
        self.end_transaction(Fate::Aborted);
    }

    fn end_transaction(&mut self, fate: Fate) {
        let mut any = None;
        for slot in self.wal.iter_mut().rev().take_while(|slot| slot.fate == Fate::Open) {
            slot.fate = fate;
            any = Some(slot.appended_at);
        }
        if let Some(appended_at) = any {
            self.wal.push_back(WalSlot { appended_at, fate: Fate::Control, message: None });
        }
    }

    /// Committed records from `from` to `to`, `limit` at the most; an open transaction ends the read.
    pub(crate) fn read_wal(&self, from: i64, to: i64, limit: usize) -> WalChunk<Value> {
        let mut chunk = WalChunk { entries: Vec::new(), next: from };
        while chunk.next < to && chunk.entries.len() < limit {
            let place = usize::try_from(chunk.next - self.wal_start).unwrap_or(usize::MAX);
            let Some(slot) = self.wal.get(place) else { break };
            match (slot.fate, &slot.message) {
                (Fate::Open, _) => break,
                (Fate::Committed, Some(message)) => chunk.entries.push(WalEntry {
                    offset: chunk.next,
                    appended_at: slot.appended_at,
                    message: message.clone(),
                }),
                _ => {}
            }
            chunk.next += 1;
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transaction(text: &str) -> Transaction<Value> {
        Transaction { wal: vec![Value::Garbage(text.into())], events: Vec::new(), position: 1 }
    }

    #[test]
    fn an_open_transaction_counts_for_the_end_and_is_not_read() {
        let mut partition = Partition::default();
        partition.write(Timestamp(1), &mut transaction("a"));
        assert_eq!(partition.commit(1), 1);
        partition.write(Timestamp(1), &mut transaction("b"));
        assert_eq!(partition.wal_range(), WalRange { start: 0, end: 3 });
        let chunk = partition.read_wal(0, 3, 10);
        assert_eq!((chunk.entries.len(), chunk.next), (1, 2));
    }

    #[test]
    fn opening_a_producer_aborts_what_its_predecessor_left_open() {
        let mut partition = Partition::default();
        partition.write(Timestamp(1), &mut transaction("a"));
        partition.open_producer();
        let chunk = partition.read_wal(0, partition.wal_range().end, 10);
        assert_eq!((chunk.entries.len(), chunk.next), (0, 2));
    }
}
