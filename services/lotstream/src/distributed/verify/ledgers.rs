//! How far the ledgers are: where `member-commands` ends, and up to where each partition of it is decided and in the tables.
//!
//! The flush watermark carries the stamp of the last command behind which nothing is owed, rows and follow-ups alike; so the
//! store alone tells, and neither the group nor `ledger-wal` is asked.

use super::super::deployment::Deployment;
use super::super::other;
use super::Trouble;
use crate::failure::Failure;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::group::{Group, Place};
use lotstream_scylla::ScyllaStore;
use verify::Fence;

/// Where the ledgers stand.
#[derive(Clone, Default, Debug)]
pub(super) struct Standing {
    /// The end of each partition of `member-commands`.
    pub(super) ends: Vec<i64>,
    /// Up to where each is in the tables, read after `ends`.
    pub(super) flushed: Vec<i64>,
}

impl Standing {
    /// Commands that are not in the tables yet.
    pub(super) fn behind(&self) -> i64 {
        self.ends.iter().zip(&self.flushed).map(|(end, flushed)| (end - flushed).max(0)).sum()
    }
}

/// Asks how far they are.
pub(super) struct Ledgers {
    commands: Group,
    places: Vec<Place>,
    epoch: i64,
    /// What is through.
    pub(super) fence: Fence,
    /// Where they stood last.
    pub(super) standing: Standing,
}

impl Ledgers {
    pub(super) fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let topics = deployment.topics();
        let admin = Admin::new(deployment.kafka()).map_err(other)?;
        let partitions = admin.check_pair(&topics.commands, &topics.wal).map_err(other)?;
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        let places = (0..partitions).map(|partition| (topics.commands.clone(), partition)).collect();
        Ok(Self {
            commands: Group::open(deployment.kafka(), "lotstream-verify").map_err(other)?,
            places,
            epoch: deployment.ledger().engine.epoch,
            fence: Fence::default(),
            standing: Standing::default(),
        })
    }

    /// Partitions of `member-commands`.
    pub(super) fn partitions(&self) -> i32 {
        i32::try_from(self.places.len()).unwrap_or(i32::MAX)
    }

    /// Looks how far they are.
    pub(super) fn look(&mut self, store: &ScyllaStore) -> Result<(), Trouble> {
        let reach = self.commands.ends(&self.places)?;
        let flushed = store.flushed(self.partitions())?;
        let mut standing = Standing::default();
        for (place, stamp) in self.places.iter().zip(flushed) {
            let reach = reach.get(place).copied();
            let (first, end) = reach.map_or((0, i64::MAX), |reach| (reach.first, reach.end));
            let stamp = stamp.filter(|stamp| stamp.epoch() == self.epoch);
            standing.ends.push(end);
            // Where nothing was ever written, nothing is owed.
            standing.flushed.push(stamp.map_or(first, |stamp| stamp.offset() + 1));
        }
        self.fence.advance(&standing.ends, &standing.flushed);
        self.standing = standing;
        Ok(())
    }
}
