//! A simulated Kafka: what a broker promises, and nothing more.
//!
//! Partitions with offsets, transactions whose markers come later than the answer to their commit, the last stable
//! offset, producer epochs, idempotent producers, one consumer group with generations.

mod group;
mod partition;
mod transactions;

pub(crate) use group::{Beat, Joined};
pub(crate) use partition::{Fate, Partition};
pub(crate) use transactions::{Carried, ProducerName, Refused};

use domain::Timestamp;
use embedded::Value;
use engine::log::Incoming;
use engine::message::Outgoing;
use group::Group;
use std::collections::BTreeMap;
use transactions::{Coordinator, Txn};

/// An event of a transaction.
pub(crate) struct Slot {
    txn: Txn,
    partition: i32,
    pub(crate) fate: Fate,
    pub(crate) message: Outgoing<Value>,
}

/// An idempotent producer: an instance's life, and which of its producers.
pub(crate) type AppenderName = (usize, u64, u64);

/// The broker.
pub(crate) struct Broker {
    pub(crate) partitions: Vec<Partition>,
    pub(crate) events: Vec<Slot>,
    coordinators: BTreeMap<ProducerName, Coordinator>,
    txns: u64,
    pub(crate) group: Group,
    /// The next sequence number of each idempotent producer in each partition.
    sequences: BTreeMap<(AppenderName, i32), u64>,
}

impl Broker {
    pub(crate) fn new(partitions: i32) -> Self {
        Self {
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            events: Vec::new(),
            coordinators: BTreeMap::new(),
            txns: 0,
            group: Group::new(partitions),
            sequences: BTreeMap::new(),
        }
    }

    pub(crate) fn partition(&mut self, partition: i32) -> &mut Partition {
        &mut self.partitions[partition as usize]
    }

    /// Appends to `member-commands`.
    pub(crate) fn append(&mut self, now: i64, to: i32, message: Value) {
        let input = &mut self.partition(to).input;
        let offset = input.len() as i64;
        let appended_at = Timestamp(now.max(input.last().map_or(0, |last| last.appended_at.0)));
        input.push(Incoming { offset, appended_at, message });
    }

    /// Appends what an idempotent producer sends, once; whether it is there now. One that is ahead of its turn waits.
    pub(crate) fn append_once(
        &mut self,
        now: i64,
        by: AppenderName,
        sequence: u64,
        to: i32,
        message: &Value,
    ) -> bool {
        let expected = self.sequences.entry((by, to)).or_default();
        if sequence > *expected {
            return false;
        }
        if sequence == *expected {
            *expected += 1;
            self.append(now, to, message.clone());
        }
        true
    }

    /// Events of committed transactions of a partition, in the order they were written.
    pub(crate) fn committed_events(&self, partition: i32) -> impl Iterator<Item = &Outgoing<Value>> {
        let of_it = move |slot: &&Slot| slot.partition == partition && slot.fate == Fate::Committed;
        self.events.iter().filter(of_it).map(|slot| &slot.message)
    }
}
