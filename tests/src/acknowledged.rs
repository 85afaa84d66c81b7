//! Small writes to the store, and which of them it has acknowledged.

use engine::store::{Store, StoreEvent, Ticket, Write};
use engine::wal::WriteTs;
use lotstream_scylla::{Config, ScyllaStore, tables};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Writes under way at once.
const AT_ONCE: usize = 128;
const LOOK: Duration = Duration::from_millis(1);

/// A writer of numbers, each a row of its own in a keyspace with one copy of everything.
pub struct Acknowledged {
    config: Config,
    store: ScyllaStore,
    written: i32,
    there: BTreeSet<i32>,
}

impl Acknowledged {
    /// A writer to the store at `nodes`, in a new keyspace.
    ///
    /// # Panics
    /// Where the store does not answer.
    pub fn at(nodes: &str, keyspace: &str) -> Self {
        let config = Config::new(nodes, keyspace).single_node();
        tables::drop_keyspace(&config)
            .and_then(|()| tables::create(&config))
            .unwrap_or_else(|error| panic!("{error}"));
        let store = open(&config);
        Self { config, store, written: 0, there: BTreeSet::new() }
    }

    /// Writes until so many are acknowledged.
    ///
    /// # Panics
    /// Where the store fails.
    pub fn write(&mut self, count: usize) {
        while self.there.len() < count {
            (self.under_way()..AT_ONCE).for_each(|_| self.one());
            self.hear();
        }
    }

    /// Hears what is still acknowledged, for so long.
    pub fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.hear();
        }
    }

    /// How many were acknowledged, and which of those the store does not have; asked by a client of its own.
    ///
    /// # Panics
    /// Where the store does not answer.
    pub fn forgotten(self) -> (usize, Vec<i32>) {
        let Self { config, there, .. } = self;
        let mut store = open(&config);
        let mut has = |number: &i32| {
            let state = store.partition_state(*number).unwrap_or_else(|error| panic!("{error}"));
            state.watermark == Some(i64::from(*number))
        };
        let forgotten = there.iter().filter(|number| !has(number)).copied().collect();
        (there.len(), forgotten)
    }

    fn under_way(&self) -> usize {
        usize::try_from(self.written).unwrap_or(usize::MAX) - self.there.len()
    }

    fn one(&mut self) {
        let partition = self.written;
        let (position, write_ts) = (i64::from(partition), WriteTs::new(0, 0));
        let ticket = Ticket { partition, number: 1 };
        self.store.write(ticket, Write::Watermark { partition, position, write_ts });
        self.written += 1;
    }

    fn hear(&mut self) {
        let mut events = Vec::new();
        self.store.poll(&mut events).unwrap_or_else(|error| panic!("{error}"));
        if events.is_empty() {
            std::thread::park_timeout(LOOK);
        }
        self.there.extend(events.iter().map(StoreEvent::ticket).map(|ticket| ticket.partition));
    }
}

fn open(config: &Config) -> ScyllaStore {
    ScyllaStore::open(config).unwrap_or_else(|error| panic!("{error}"))
}
