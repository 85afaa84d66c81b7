//! Plain counters an instance keeps of itself; whoever runs it reads and publishes them.

use std::ops::AddAssign;

/// Sums since the start, but for those that say *now*.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Input records read.
    pub records: u64,
    /// Commands decided, whatever the outcome; ticks included.
    pub commands: u64,
    /// Ticks appended.
    pub ticks: u64,
    /// Messages to `dead-letters`.
    pub dead_letters: u64,
    /// Commands that failed inside the core.
    pub poisoned: u64,
    /// Those of them that left their entity parked; the others' go on.
    pub parked: u64,
    /// Transactions committed.
    pub commits: u64,
    /// Transactions that did not come back as committed.
    pub failed_commits: u64,
    /// Reads asked of the store.
    pub reads: u64,
    /// Writes asked of the store.
    pub writes: u64,
    /// Follow-ups appended.
    pub follow_ups: u64,
    /// Takeovers finished.
    pub takeovers: u64,
    /// Records of `ledger-wal` read by takeovers, as rows and follow-ups to perform again.
    pub recovered: u64,
    /// Now: rows decided and not acknowledged by the store.
    pub unflushed_rows: u64,
    /// Now: estimated bytes of entities in memory.
    pub cache_bytes: u64,
    /// Now: records waiting to be decided.
    pub waiting: u64,
    /// Now: partitions owned and running.
    pub running: u64,
    /// Now: partitions halted.
    pub halted: u64,
}

impl AddAssign for Counters {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.commands += other.commands;
        self.ticks += other.ticks;
        self.dead_letters += other.dead_letters;
        self.poisoned += other.poisoned;
        self.parked += other.parked;
        self.commits += other.commits;
        self.failed_commits += other.failed_commits;
        self.reads += other.reads;
        self.writes += other.writes;
        self.follow_ups += other.follow_ups;
        self.takeovers += other.takeovers;
        self.recovered += other.recovered;
        self.unflushed_rows += other.unflushed_rows;
        self.cache_bytes += other.cache_bytes;
        self.waiting += other.waiting;
        self.running += other.running;
        self.halted += other.halted;
    }
}

impl Counters {
    /// The sums alone: what outlives a machine.
    #[must_use]
    pub const fn sums(self) -> Self {
        Self { unflushed_rows: 0, cache_bytes: 0, waiting: 0, running: 0, halted: 0, ..self }
    }
}
