//! What an operator may set, and whose clock counts (design §6). Nothing here changes what is decided, but
//! [`Clock`] and the epoch.

/// Whose time is *now*.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Clock {
    /// The running maximum of the broker's append time over the partition; timers tick.
    #[default]
    Broker,
    /// The running maximum of `delivered_at` over the entity; nobody reads a clock, nothing ticks.
    Event,
}

/// Bounds and choices of an engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Config {
    /// Epoch of the log, `0..100`; raised when `member-commands` is created anew over an old store.
    pub epoch: i64,
    /// Whose time counts.
    pub clock: Clock,
    /// Commands in a transaction, at the most; above 0.
    pub batch: usize,
    /// Bytes of entities kept in memory, estimated, over all partitions of an instance.
    pub cache_bytes: usize,
    /// Rows an instance may have decided and not yet acknowledged by the store; a partition that has its
    /// share of them stops deciding.
    pub unflushed_rows: usize,
    /// Ticks of a partition that may be under way at a time; above 0.
    pub ticks: usize,
    /// How long `ledger-wal` keeps a record, in milliseconds; `None` where it is never deleted. A takeover
    /// that meets an unflushed record older than half of it halts.
    pub wal_retention: Option<i64>,
    /// Whether entries are written to the store for a member's statement.
    pub statement: bool,
    /// What a test takes away.
    #[cfg(feature = "unguarded")]
    pub unguarded: Vec<crate::unguarded::Safeguard>,
}

/// A partition's share of what bounds an instance's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// Estimated bytes of entities.
    pub cache_bytes: usize,
    /// Rows not acknowledged by the store.
    pub unflushed_rows: usize,
}

impl Config {
    /// The share of each of `partitions`.
    pub fn share(&self, partitions: usize) -> Share {
        let partitions = partitions.max(1);
        Share {
            cache_bytes: self.cache_bytes / partitions,
            unflushed_rows: (self.unflushed_rows / partitions).max(1),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            epoch: 0,
            clock: Clock::Broker,
            batch: 500,
            cache_bytes: 128 << 20,
            unflushed_rows: 5_000,
            ticks: 256,
            wal_retention: None,
            statement: true,
            #[cfg(feature = "unguarded")]
            unguarded: Vec::new(),
        }
    }
}
