//! The engine's counters as Prometheus metrics.

use engine::config::{Clock, Config};
use engine::counters::Counters;
use telemetry::prometheus::{IntGauge, Registry};

/// Where a figure is.
type Figure = fn(&Counters) -> u64;
/// Where a setting is.
type Setting = fn(&Config) -> i64;
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

/// How the instance is set up: the same in every instance of a group, or what they decide differs. An instance
/// with another epoch halts its partitions at their takeover; one with another clock is seen here and in its
/// first log line, so alert where the least and the greatest of either differ.
const SET_UP: [(&str, &str, Setting); 2] = [
    ("ledger_epoch", "the log epoch it is set up with: the same in every instance", |config| config.epoch),
    (
        "ledger_event_clock",
        "1 where now is what events say, 0 where it is the broker's: the same in every instance",
        |config| i64::from(config.clock == Clock::Event),
    ),
];

impl Metrics {
    /// Registers every metric.
    ///
    /// # Panics
    /// Where two have one name: the table above is wrong.
    pub(crate) fn new(engine: &Config) -> Self {
        let registry = Registry::new();
        for (name, help, value) in SET_UP {
            let gauge = IntGauge::new(format!("lotstream_{name}"), help).expect("a name Prometheus takes");
            gauge.set(value(engine));
            registry.register(Box::new(gauge)).expect("a name of its own");
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::prometheus::{Encoder, TextEncoder};

    #[test]
    fn epoch_and_clock_are_shown() {
        let metrics = Metrics::new(&Config { epoch: 3, clock: Clock::Event, ..Config::default() });
        let mut shown = Vec::new();
        TextEncoder::new().encode(&metrics.registry().gather(), &mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        for line in ["lotstream_ledger_epoch 3", "lotstream_ledger_event_clock 1"] {
            assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
        }
    }
}
