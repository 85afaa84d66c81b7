//! A keyspace of one's own on the real server, dropped at the end, and a store to drive without sleeping.
// Each test file uses its part, and helpers are tests too.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod proxy;
pub mod rows;

use domain::{EntityId, Row};
use engine::store::{Read, Stamped, Store, StoreEvent, Ticket, Write};
use engine::wal::WriteTs;
use lotstream_scylla::{Config, ScyllaStore, tables};
use scylla::client::session_builder::SessionBuilder;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// Longer than anything takes that is not broken.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// The server's address; `None` only where LOTSTREAM_NO_SERVERS=1 says that there is none.
pub fn server() -> Option<String> {
    match std::env::var("LOTSTREAM_CQL") {
        Ok(nodes) => Some(nodes),
        Err(_) if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") => {
            eprintln!("skipped: LOTSTREAM_NO_SERVERS=1");
            None
        }
        Err(_) => panic!(
            "expected a CQL server in LOTSTREAM_CQL, found none; start one with `deploy/local/servers up \
             cassandra` and `eval \"$(deploy/local/servers env)\"`, or set LOTSTREAM_NO_SERVERS=1 to skip"
        ),
    }
}

/// A keyspace with all tables, for one test.
pub struct Own {
    pub config: Config,
}

impl Own {
    pub fn new() -> Option<Self> {
        let own = Self::without_tables()?;
        tables::create(&own.config).unwrap();
        Some(own)
    }

    pub fn without_tables() -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let nodes = server()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{now}_{count}", std::process::id());
        Some(Self { config: Config::new(&nodes, &name).single_node() })
    }

    /// Runs one statement, as someone with `cqlsh` would.
    pub fn run(&self, statement: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let session = SessionBuilder::new().known_node(&self.config.nodes[0]).build().await.unwrap();
            session.query_unpaged(statement, ()).await.unwrap();
        });
    }

    pub fn store(&self) -> Driven {
        Driven::new(&self.config)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Err(error) = tables::drop_keyspace(&self.config) {
            eprintln!("left behind: {}: {error}", self.config.keyspace);
        }
    }
}

/// A store whose events are waited for.
pub struct Driven {
    pub store: ScyllaStore,
    pub events: Vec<StoreEvent>,
    number: u64,
}

impl Driven {
    pub fn new(config: &Config) -> Self {
        Self { store: ScyllaStore::open(config).unwrap(), events: Vec::new(), number: 0 }
    }

    pub fn ticket(&mut self) -> Ticket {
        self.number += 1;
        Ticket { partition: 0, number: self.number }
    }

    /// What was said so far.
    pub fn poll(&mut self) -> &[StoreEvent] {
        self.store.poll(&mut self.events).unwrap();
        &self.events
    }

    /// Polls until there are so many events, or fails at the deadline.
    pub fn until(&mut self, events: usize) -> Vec<StoreEvent> {
        let deadline = Instant::now() + DEADLINE;
        while self.events.len() < events {
            assert!(Instant::now() < deadline, "expected {events} events, found {}", self.events.len());
            self.store.poll(&mut self.events).unwrap();
            std::thread::park_timeout(Duration::from_millis(1));
        }
        std::mem::take(&mut self.events)
    }

    /// Writes, each as a request of its own, and waits for all.
    pub fn write_all(&mut self, writes: Vec<Write>) {
        let count = writes.len();
        for write in writes {
            let ticket = self.ticket();
            self.store.write(ticket, write);
        }
        self.until(count);
    }

    pub fn read(&mut self, reads: Vec<Read>) -> Vec<engine::store::Answer> {
        let ticket = self.ticket();
        self.store.read(ticket, reads);
        match self.until(1).pop() {
            Some(StoreEvent::Loaded { ticket: answered, answers }) if answered == ticket => answers,
            other => panic!("expected the answer to {ticket:?}, found {other:?}"),
        }
    }

    pub fn timers(&mut self, scan: engine::store::TimerScan) -> Vec<engine::wal::Timer> {
        let ticket = self.ticket();
        self.store.scan_timers(ticket, scan);
        match self.until(1).pop() {
            Some(StoreEvent::Timers { timers, .. }) => timers,
            other => panic!("expected timers, found {other:?}"),
        }
    }
}

pub fn stamped(row: &Row, write_ts: i64) -> Stamped {
    Stamped { write_ts: WriteTs(write_ts), row: Arc::new(row.clone()) }
}

/// One entity's rows with one stamp.
pub fn rows(entity: &EntityId, rows: &[Row], write_ts: i64) -> Write {
    let rows = rows.iter().map(|row| stamped(row, write_ts)).collect();
    Write::Rows { entity: entity.clone(), rows, entries: Vec::new() }
}
