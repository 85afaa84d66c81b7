//! Which servers a story is played on, and whose turn it is: stories share two cores, so one runs at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// One story at a time.
static TURN: Mutex<()> = Mutex::new(());

/// Addresses of running servers.
#[derive(Clone, Debug)]
pub struct Servers {
    /// Kafka, `host:port`.
    pub kafka: String,
    /// Cassandra or ScyllaDB, `host:port`.
    pub cql: String,
    /// The schema registry's Confluent API.
    pub registry: String,
}

/// A story's turn; the next one begins when it is dropped.
pub struct Turn {
    /// The servers to play on.
    pub servers: Servers,
    _turn: MutexGuard<'static, ()>,
}

impl Turn {
    /// Waits for its turn on the servers of the environment; `None` only where there are told to be none.
    ///
    /// # Panics
    /// Where the environment names no servers: says how to start them.
    pub fn take() -> Option<Self> {
        if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") {
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let servers = Servers {
            kafka: address("LOTSTREAM_KAFKA"),
            cql: address("LOTSTREAM_CQL"),
            registry: address("LOTSTREAM_REGISTRY"),
        };
        Some(Self { servers, _turn: turn })
    }
}

/// A variable that `deploy/local/servers env` sets.
pub(crate) fn address(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "expected {name} to say where a server is, found nothing; run `deploy/local/servers up` and \
             `eval \"$(deploy/local/servers env)\"`, or set LOTSTREAM_NO_SERVERS=1 to leave these tests out"
        )
    })
}
