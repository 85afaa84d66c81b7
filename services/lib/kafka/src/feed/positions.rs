//! How far each partition may be committed: up to the oldest record that is not settled yet.
//!
//! Pure bookkeeping. A record is settled when every record made from it is acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Where a record was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// How far an assigned partition is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The oldest offset that is not settled.
    pub position: i64,
    /// The offset behind the last record; not below `position`.
    pub end: i64,
}

/// One assigned partition.
#[derive(Debug)]
struct Progress {
    topic: Arc<str>,
    /// Read and not settled.
    open: BTreeSet<i64>,
    /// After the last record read.
    next: i64,
    /// What the group has committed, as far as we know.
    committed: i64,
}

impl Progress {
    fn position(&self) -> i64 {
        self.open.first().copied().unwrap_or(self.next)
    }
}

/// Progress of every assigned partition.
#[derive(Debug, Default)]
pub(crate) struct Positions(BTreeMap<String, BTreeMap<i32, Progress>>);

impl Positions {
    /// Starts a partition at `next`, after an assignment.
    pub(crate) fn assign(&mut self, topic: &str, partition: i32, next: i64) {
        let progress = Progress { topic: topic.into(), open: BTreeSet::new(), next, committed: next };
        self.0.entry(topic.to_owned()).or_default().insert(partition, progress);
    }

    /// Every partition that is assigned.
    pub(crate) fn assigned(&self) -> impl Iterator<Item = (&str, i32)> {
        let all = self.0.iter();
        all.flat_map(|(topic, partitions)| partitions.keys().map(move |number| (topic.as_str(), *number)))
    }

    /// Every partition that is assigned, with the oldest offset that is not settled.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Arc<str>, i32, i64)> {
        let all = self.0.values().flatten();
        all.map(|(number, progress)| (&progress.topic, *number, progress.position()))
    }

    /// Forgets everything, after a revocation.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes that a record was read; `None` where its partition is not assigned any more.
    pub(crate) fn read(&mut self, topic: &str, partition: i32, offset: i64) -> Option<Place> {
        let progress = self.0.get_mut(topic)?.get_mut(&partition)?;
        progress.open.insert(offset);
        progress.next = offset + 1;
        Some(Place { topic: Arc::clone(&progress.topic), partition, offset })
    }

    /// Notes that a record needs nothing more. One of a partition that went away since is ignored.
    pub(crate) fn settle(&mut self, place: &Place) {
        if let Some(progress) = self.0.get_mut(&*place.topic).and_then(|all| all.get_mut(&place.partition)) {
            progress.open.remove(&place.offset);
        }
    }

    /// Moves a partition with nothing open over the control records behind its last record.
    pub(crate) fn skip_to(&mut self, topic: &str, partition: i32, next: i64) {
        if let Some(progress) = self.0.get_mut(topic).and_then(|all| all.get_mut(&partition))
            && progress.open.is_empty()
            && next > progress.next
        {
            progress.next = next;
        }
    }

    /// What may be committed and is not yet: topic, partition, position.
    pub(crate) fn due(&self) -> Vec<(&str, i32, i64)> {
        let all = self.0.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(move |(partition, progress)| (topic.as_str(), *partition, progress))
        });
        all.filter(|(_, _, progress)| progress.position() > progress.committed)
            .map(|(topic, partition, progress)| (topic, partition, progress.position()))
            .collect()
    }

    /// Notes that a position was committed.
    pub(crate) fn committed(&mut self, topic: &str, partition: i32, position: i64) {
        if let Some(progress) = self.0.get_mut(topic).and_then(|all| all.get_mut(&partition)) {
            progress.committed = position;
        }
    }

    /// Records read and not settled, over all partitions.
    pub(crate) fn open(&self) -> usize {
        self.0.values().flat_map(BTreeMap::values).map(|progress| progress.open.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_is_the_oldest_record_that_is_not_settled() {
        let mut positions = Positions::default();
        positions.assign("t", 0, 5);
        let five = positions.read("t", 0, 5).unwrap();
        let six = positions.read("t", 0, 6).unwrap();
        positions.settle(&six);
        assert_eq!(positions.due(), []);
        positions.settle(&five);
        assert_eq!(positions.due(), [("t", 0, 7)]);
        positions.committed("t", 0, 7);
        assert_eq!(positions.due(), []);
        positions.skip_to("t", 0, 8); // a control record
        assert_eq!(positions.due(), [("t", 0, 8)]);
    }

    #[test]
    fn a_control_record_is_not_skipped_over_a_record_that_is_open() {
        let mut positions = Positions::default();
        positions.assign("t", 0, 0);
        let first = positions.read("t", 0, 0).unwrap();
        positions.skip_to("t", 0, 9);
        positions.settle(&first);
        assert_eq!(positions.due(), [("t", 0, 1)]);
    }

    #[test]
    fn what_was_revoked_is_forgotten() {
        let mut positions = Positions::default();
        positions.assign("t", 0, 0);
        let first = positions.read("t", 0, 0).unwrap();
        positions.clear();
        positions.settle(&first);
        assert!(positions.read("t", 0, 1).is_none());
        assert_eq!((positions.due(), positions.open()), (vec![], 0));
    }
}
