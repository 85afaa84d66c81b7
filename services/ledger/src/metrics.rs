//! The engine's counters as Prometheus metrics.

use engine::counters::Counters;
use telemetry::prometheus::{IntGauge, Registry};

/// Where a figure is.
type Figure = fn(&Counters) -> u64;
/// A gauge and the counter it shows.
type Shown = (IntGauge, Figure);

/// Everything a ledger instance shows.
pub(crate) struct Metrics {
    registry: Registry,
    gauges: Vec<Shown>,
}

/// Name, help, and where the figure is. Names that end in `_total` only grow.
const SHOWN: [(&str, &str, Figure); 17] = [
    ("ledger_records_total", "input records read", |c| c.records),
    ("ledger_commands_total", "commands decided, ticks included", |c| c.commands),
    ("ledger_ticks_total", "ticks appended", |c| c.ticks),
    ("ledger_dead_letters_total", "messages to dead-letters", |c| c.dead_letters),
    ("ledger_poisoned_total", "commands that failed and parked their account", |c| c.poisoned),
    ("ledger_commits_total", "transactions committed", |c| c.commits),
    ("ledger_failed_commits_total", "transactions not known to be committed", |c| c.failed_commits),
    ("ledger_store_reads_total", "reads asked of the store", |c| c.reads),
    ("ledger_store_writes_total", "writes asked of the store", |c| c.writes),
    ("ledger_follow_ups_total", "follow-ups appended", |c| c.follow_ups),
    ("ledger_takeovers_total", "takeovers finished", |c| c.takeovers),
    ("ledger_recovered_total", "write-ahead records performed again", |c| c.recovered),
    ("ledger_unflushed_rows", "rows decided and not acknowledged by the store", |c| c.unflushed_rows),
    ("ledger_cache_bytes", "estimated bytes of accounts in memory", |c| c.cache_bytes),
    ("ledger_waiting_records", "records waiting to be decided", |c| c.waiting),
    ("ledger_partitions_running", "partitions owned and running", |c| c.running),
    ("ledger_partitions_halted", "partitions halted: alert", |c| c.halted),
];

impl Metrics {
    /// Registers every metric.
    ///
    /// # Panics
    /// Where two have one name: the table above is wrong.
    pub(crate) fn new() -> Self {
        let registry = Registry::new();
        let gauge = |(name, help, read): (&str, &str, Figure)| -> Shown {
            let gauge = IntGauge::new(format!("lotstream_{name}"), help).expect("a name Prometheus takes");
            registry.register(Box::new(gauge.clone())).expect("a name of its own");
            (gauge, read)
        };
        let gauges = SHOWN.into_iter().map(gauge).collect();
        Self { registry, gauges }
    }

    /// The registry, to be served.
    pub(crate) fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Shows these counters.
    pub(crate) fn publish(&self, counters: &Counters) {
        for (gauge, read) in &self.gauges {
            gauge.set(i64::try_from(read(counters)).unwrap_or(i64::MAX));
        }
    }
}
