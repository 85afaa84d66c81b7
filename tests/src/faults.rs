//! Faults: a ledger that dies in the act, with what can be seen of the act.
//!
//! The victim is stopped first (SIGSTOP), looked at while nothing can change, and then killed or let go on: so what is
//! told of the instant of its death is so, not likely.

use crate::deployment::Deployment;
use crate::feeds::Feeds;
use crate::fleet::Fleet;
use crate::service::Service;
use crate::wait::within;
use engine::store::Store;
use lotstream_kafka::Connection;
use lotstream_scylla::ScyllaStore;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

/// How long the act may take to be seen; under load it takes moments.
const PATIENCE: Duration = Duration::from_secs(45);
const REQUEST: Duration = Duration::from_secs(10);

/// Offsets of the log that a flushed partition may be behind its end: markers of transactions, no rows.
const MARKERS: i64 = 8;

/// What a ledger left behind when it was killed.
#[derive(Clone, Copy, Debug)]
pub struct Death {
    /// Its partitions with an open transaction: records of `ledger-wal` behind the last stable offset.
    pub open_transactions: usize,
    /// Committed records of `ledger-wal` in its partitions behind the flush watermark: what the store had not
    /// acknowledged.
    pub unflushed_records: i64,
    /// Rows not acknowledged by the store, as the ledger itself had last told.
    pub unflushed_rows: u64,
}

impl Death {
    /// Whether a transaction was open and the store had not acknowledged all that was committed.
    pub const fn is_in_the_act(&self) -> bool {
        self.open_transactions > 0 && self.unflushed_records > 0
    }
}

/// Publishes `feeds` while each of the first `deaths` ledgers is killed and comes back: a stretch for each, so that there
/// is load for the last of them too. How many died in the act. `patience` is for the publishing of one stretch.
pub fn publish_while_ledgers_die(
    deployment: &Deployment,
    fleet: &mut Fleet,
    feeds: &Feeds,
    deaths: usize,
    patience: Duration,
) -> usize {
    let mut witness = Witness::of(deployment);
    let mut in_the_act = 0;
    for (victim, part) in feeds.stretches(deaths).iter().enumerate() {
        let mut publisher = deployment.start(&["publish", "--input", part.folder()]);
        let death = witness.kill_in_the_act(&mut fleet.ledgers[victim]);
        println!("{} dead: {death:?}", fleet.ledgers[victim].name);
        in_the_act += usize::from(death.is_in_the_act());
        fleet.ledgers[victim] = deployment.start(&["ledger"]);
        fleet.ledgers[victim].await_ready();
        publisher.await_end(patience);
    }
    in_the_act
}

/// Sees what a ledger is in the middle of, from outside: by the log and the store.
pub struct Witness {
    topic: String,
    committed: BaseConsumer,
    uncommitted: BaseConsumer,
    store: ScyllaStore,
}

impl Witness {
    /// A witness of a deployment's ledgers.
    pub fn of(deployment: &Deployment) -> Self {
        Self {
            topic: deployment.topic("ledger-wal"),
            committed: consumer(&deployment.connection, "read_committed"),
            uncommitted: consumer(&deployment.connection, "read_uncommitted"),
            store: ScyllaStore::open(&deployment.cql).unwrap_or_else(|error| panic!("{error}")),
        }
    }

    /// Kills `victim` at an instant when one of its transactions is open and the store has not acknowledged all
    /// that it committed. Where no such instant is seen in time, because the load is over or the machine too busy to
    /// look, it is killed as it is, and the death says so: a story counts those that were in the act.
    pub fn kill_in_the_act(&mut self, victim: &mut Service) -> Death {
        let death = within(PATIENCE, || {
            let unflushed_rows = victim.figure("ledger_unflushed_rows").filter(|rows| *rows > 0)?;
            victim.freeze();
            let death = self.look(&owned(&victim.said()), unflushed_rows);
            if death.is_none() {
                victim.thaw();
            }
            death
        });
        victim.kill();
        death.unwrap_or(Death { open_transactions: 0, unflushed_records: 0, unflushed_rows: 0 })
    }

    /// What the owner of these partitions would leave behind; `None` where that is not worth a death.
    fn look(&mut self, partitions: &[i32], unflushed_rows: u64) -> Option<Death> {
        let mut death = Death { open_transactions: 0, unflushed_records: 0, unflushed_rows };
        for partition in partitions {
            // In this order: what is committed in between cannot look open.
            let written = end(&self.uncommitted, &self.topic, *partition);
            let committed = end(&self.committed, &self.topic, *partition);
            death.open_transactions += usize::from(committed < written);
            let behind = committed - self.watermark(*partition);
            death.unflushed_records += if behind > MARKERS { behind } else { 0 };
        }
        death.is_in_the_act().then_some(death)
    }
}

impl Witness {
    /// Up to where the store says it has everything, once what was on its way there has arrived.
    fn watermark(&mut self, partition: i32) -> i64 {
        let mut last = None;
        within(PATIENCE, || {
            let state = self.store.partition_state(partition).unwrap_or_else(|error| panic!("{error}"));
            let before = last.replace(state.watermark);
            (before == last).then(|| state.watermark.unwrap_or(0))
        })
        .unwrap_or(0)
    }
}

fn end(consumer: &BaseConsumer, topic: &str, partition: i32) -> i64 {
    let ends = consumer.fetch_watermarks(topic, partition, REQUEST);
    ends.unwrap_or_else(|error| panic!("{topic} {partition}: {error}")).1
}

fn consumer(connection: &Connection, isolation: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &connection.brokers)
        .set("isolation.level", isolation)
        .set("group.id", "e2e");
    config.create().unwrap_or_else(|error| panic!("{error}"))
}

/// The partitions a ledger has now, by its log: `assigned partitions=[0, 2]`.
fn owned(log: &str) -> Vec<i32> {
    let line =
        log.lines().rev().find(|line| line.contains("assigned partitions=") || line.contains("revoked"));
    let list = line.and_then(|line| line.split("assigned partitions=[").nth(1)?.split(']').next());
    list.unwrap_or_default().split(", ").filter_map(|partition| partition.parse().ok()).collect()
}
