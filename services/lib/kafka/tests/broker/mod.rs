//! A real broker for tests: topics with unique names, deleted at the end; waiting on conditions.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod instance;

use lotstream_kafka::Connection;
use lotstream_kafka::admin::{Admin, TopicSpec};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a condition may take to become true.
pub const PATIENCE: Duration = Duration::from_secs(60);

static NEXT: AtomicU32 = AtomicU32::new(0);

/// The broker, and the topics made on it.
pub struct Broker {
    pub connection: Connection,
    pub admin: Admin,
    prefix: String,
    made: std::cell::RefCell<Vec<String>>,
}

impl Broker {
    /// The broker of `LOTSTREAM_KAFKA`; `None` only where the tests were told that there are no servers.
    pub fn get() -> Option<Self> {
        if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") {
            return None;
        }
        let Ok(brokers) = std::env::var("LOTSTREAM_KAFKA") else {
            panic!(
                "expected LOTSTREAM_KAFKA to name a broker, found nothing; run `deploy/local/servers up kafka` \
                 and `eval \"$(deploy/local/servers env)\"`, or set LOTSTREAM_NO_SERVERS=1 to leave these tests out"
            );
        };
        let connection = Connection::to(brokers);
        let admin = Admin::new(&connection).unwrap();
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("test-{}-{since}-{number}", std::process::id());
        Some(Self { connection, admin, prefix, made: std::cell::RefCell::default() })
    }

    /// A name nobody else has.
    pub fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }

    /// A new topic with a unique name.
    pub fn topic(&self, what: &str, partitions: u32) -> String {
        self.make(TopicSpec::new(self.name(what), partitions, 1))
    }

    /// A new topic as specified.
    pub fn make(&self, spec: TopicSpec) -> String {
        let name = spec.name.clone();
        self.admin.create(&[spec]).unwrap();
        self.made.borrow_mut().push(name.clone());
        name
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let made = self.made.borrow();
        let names: Vec<&str> = made.iter().map(String::as_str).collect();
        if names.is_empty() {
            return;
        }
        if let Err(error) = self.admin.delete(&names) {
            eprintln!("topics of this test stay: {error}");
        }
    }
}

/// Tries until `attempt` gives something, or fails saying what was waited for.
pub fn until<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(Instant::now() < deadline, "expected {what} within {PATIENCE:?}, did not happen");
    }
}

/// Deletes the records of a partition before `offset`, as retention would.
pub fn delete_before(broker: &Broker, topic: &str, partition: i32, offset: i64) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &broker.connection.brokers);
    let client: AdminClient<DefaultClientContext> = config.create().unwrap();
    let mut list = rdkafka::TopicPartitionList::new();
    list.add_partition_offset(topic, partition, rdkafka::Offset::Offset(offset)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(client.delete_records(&list, &AdminOptions::new())).unwrap();
}
