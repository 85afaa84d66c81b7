//! Faults: a ledger that dies in the act, with what can be seen of the act.
//!
//! The victim is stopped first (SIGSTOP), looked at while nothing can change, and then killed or let go on: so what is
//! told of the instant of its death is so, not likely.

use crate::deployment::Deployment;
use crate::service::Service;
use crate::wait::within;
use lotstream_kafka::Connection;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::time::Duration;

/// How long the act may take to be seen; under load it takes moments.
const PATIENCE: Duration = Duration::from_secs(90);
const REQUEST: Duration = Duration::from_secs(10);

/// What a ledger left behind when it was killed.
#[derive(Clone, Debug)]
pub struct Death {
    /// Its partitions with an open transaction: records of `ledger-wal` behind the last stable offset.
    pub open_transactions: usize,
    /// Rows committed and not acknowledged by the store, as it had last said.
    pub unflushed_rows: u64,
}

/// Tells open transactions from closed ones.
pub struct Transactions {
    topic: String,
    committed: BaseConsumer,
    uncommitted: BaseConsumer,
}

impl Transactions {
    /// Those of a deployment's ledgers.
    pub fn of(deployment: &Deployment) -> Self {
        Self {
            topic: deployment.topic("ledger-wal"),
            committed: consumer(&deployment.connection, "read_committed"),
            uncommitted: consumer(&deployment.connection, "read_uncommitted"),
        }
    }

    /// Whether someone has begun to write to the partition and has not committed.
    fn is_open(&self, partition: i32) -> bool {
        // In this order: what is committed in between cannot look open.
        let end = |consumer: &BaseConsumer| {
            let ends = consumer.fetch_watermarks(&self.topic, partition, REQUEST);
            ends.unwrap_or_else(|error| panic!("{} {partition}: {error}", self.topic)).1
        };
        let written = end(&self.uncommitted);
        end(&self.committed) < written
    }
}

fn consumer(connection: &Connection, isolation: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &connection.brokers)
        .set("isolation.level", isolation)
        .set("group.id", "e2e");
    config.create().unwrap_or_else(|error| panic!("{error}"))
}

/// Kills `victim` at an instant when one of its transactions is open and rows of it are not acknowledged by the store.
///
/// # Panics
/// Where there is no such instant: the load is over.
pub fn kill_in_the_act(transactions: &Transactions, victim: &mut Service) -> Death {
    let death = within(PATIENCE, || {
        let unflushed_rows = victim.figure("ledger_unflushed_rows").filter(|rows| *rows > 0)?;
        victim.freeze();
        let open = owned(&victim.said());
        let open_transactions = open.iter().filter(|partition| transactions.is_open(**partition)).count();
        if open_transactions == 0 {
            victim.thaw();
            return None;
        }
        Some(Death { open_transactions, unflushed_rows })
    });
    let name = &victim.name;
    let death = death.unwrap_or_else(|| {
        panic!("expected {name} to have an open transaction and unflushed rows within {PATIENCE:?}; more load is needed")
    });
    victim.kill();
    death
}

/// The partitions a ledger has now, by its log: `assigned partitions=[0, 2]`.
fn owned(log: &str) -> Vec<i32> {
    let line =
        log.lines().rev().find(|line| line.contains("assigned partitions=") || line.contains("revoked"));
    let list = line.and_then(|line| line.split("assigned partitions=[").nth(1)?.split(']').next());
    list.unwrap_or_default().split(", ").filter_map(|partition| partition.parse().ok()).collect()
}
