//! The ends of partitions, as the client hears of them with what it fetches: nobody is asked, and nobody waits.
//!
//! An end is the offset behind the last record that a *read-committed* reader may see, a moment ago. For metrics alone.

use rdkafka::statistics::{Partition, Statistics};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Ends by topic and partition.
#[derive(Default)]
pub(crate) struct Ends(Mutex<BTreeMap<String, BTreeMap<i32, i64>>>);

impl Ends {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<i32, i64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the ends from what the client tells of itself now and then.
    pub(crate) fn hear(&self, statistics: &Statistics) {
        let ends = statistics.topics.values().map(|topic| {
            let ends =
                topic.partitions.iter().filter_map(|(number, partition)| Some((*number, end(partition)?)));
            (topic.topic.clone(), ends.collect())
        });
        *self.known() = ends.collect();
    }

    /// The end of a partition, where it is known.
    pub(crate) fn of(&self, topic: &str, partition: i32) -> Option<i64> {
        self.known().get(topic)?.get(&partition).copied()
    }
}

/// Negative where the client does not know it.
fn end(partition: &Partition) -> Option<i64> {
    [partition.ls_offset, partition.hi_offset].into_iter().find(|offset| *offset >= 0)
}
