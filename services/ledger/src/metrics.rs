//! What a ledger instance shows: the engine's counters, and where its partitions stand. What happens one by one (a
//! transaction, a write, an outcome) is [`crate::watch`]'s.

use crate::partitions::Partitions;
use domain::Timestamp;
use engine::config::{Clock, Config};
use engine::counters::Counters;
use engine::watch::Standing;
use telemetry::Register;
use telemetry::prometheus::{IntCounter, IntGauge};

/// Where a figure is.
type Figure = fn(&Counters) -> u64;

/// Sums since the start, and where they are.
const SUMS: [(&str, Figure); 12] = [
    ("lotstream_ledger_records_total", |c| c.records),
    ("lotstream_ledger_commands_total", |c| c.commands),
    ("lotstream_ledger_ticks_total", |c| c.ticks),
    ("lotstream_ledger_commands_failed_total", |c| c.poisoned),
    ("lotstream_ledger_accounts_parked_total", |c| c.parked),
    ("lotstream_ledger_commits_total", |c| c.commits),
    ("lotstream_ledger_commits_failed_total", |c| c.failed_commits),
    ("lotstream_ledger_store_reads_total", |c| c.reads),
    ("lotstream_ledger_store_writes_total", |c| c.writes),
    ("lotstream_ledger_follow_ups_total", |c| c.follow_ups),
    ("lotstream_ledger_takeovers_total", |c| c.takeovers),
    ("lotstream_ledger_recovered_total", |c| c.recovered),
];

/// What is now, and where that is.
const NOW: [(&str, Figure); 5] = [
    ("lotstream_ledger_unflushed_rows", |c| c.unflushed_rows),
    ("lotstream_ledger_cache_bytes", |c| c.cache_bytes),
    ("lotstream_ledger_waiting_records", |c| c.waiting),
    ("lotstream_ledger_partitions_running", |c| c.running),
    ("lotstream_ledger_partitions_halted", |c| c.halted),
];

/// Everything a ledger instance shows of itself now and then.
pub(crate) struct Metrics {
    sums: Vec<(IntCounter, Figure)>,
    now: Vec<(IntGauge, Figure)>,
    count: IntGauge,
    partitions: Partitions,
}

impl Metrics {
    /// Registers every metric. How the instance is set up is shown at once: it is the same in every instance of a
    /// group, or what they decide differs.
    pub(crate) fn new(engine: &Config, register: &mut Register) -> Self {
        register.gauge("lotstream_ledger_epoch").set(engine.epoch);
        register.gauge("lotstream_ledger_event_clock").set(i64::from(engine.clock == Clock::Event));
        Self {
            sums: SUMS.map(|(name, read)| (register.counter(name), read)).into(),
            now: NOW.map(|(name, read)| (register.gauge(name), read)).into(),
            count: register.gauge("lotstream_ledger_partitions"),
            partitions: Partitions::new(register),
        }
    }

    /// How many partitions there are, owned or not.
    pub(crate) fn partitions(&self, count: i32) {
        self.count.set(i64::from(count));
    }

    /// Shows these counters.
    pub(crate) fn publish(&self, counters: &Counters) {
        for (sum, read) in &self.sums {
            sum.inc_by(read(counters).saturating_sub(sum.get()));
        }
        for (gauge, read) in &self.now {
            gauge.set(i64::try_from(read(counters)).unwrap_or(i64::MAX));
        }
    }

    /// Shows where the partitions stand, of which the log ends at `ends`; `wall` is the wall clock.
    pub(crate) fn stand(&mut self, standings: &[Standing], ends: &[(i32, i64)], wall: Timestamp) {
        self.partitions.publish(standings, ends, wall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Watcher;
    use std::time::Duration;
    use telemetry::prometheus::{Encoder, TextEncoder};
    use telemetry::trace::Tracer;

    fn shown(register: &Register) -> String {
        let mut shown = Vec::new();
        TextEncoder::new().encode(&register.registry().gather(), &mut shown).unwrap();
        String::from_utf8(shown).unwrap()
    }

    fn assert_shows(register: &Register, lines: &[&str]) {
        let shown = shown(register);
        for line in lines {
            assert!(shown.lines().any(|shown| shown == *line), "{line} in {shown}");
        }
    }

    #[test]
    fn a_ledger_shows_all_that_the_catalogue_says_of_one() {
        let mut register = Register::new(&[]);
        let config = Config { epoch: 3, clock: Clock::Event, ..Config::default() };
        let metrics = Metrics::new(&config, &mut register);
        let tracer = Tracer::start("", "ledger", &mut register);
        let _watcher = Watcher::new("member-commands", tracer, &mut register);
        assert_eq!(register.missing("ledger"), Vec::<&str>::new());
        metrics.partitions(4);
        metrics.publish(&Counters { records: 5, halted: 1, ..Counters::default() });
        metrics.publish(&Counters { records: 7, halted: 0, ..Counters::default() });
        let lines = [
            "lotstream_ledger_epoch 3",
            "lotstream_ledger_event_clock 1",
            "lotstream_ledger_partitions 4",
            "lotstream_ledger_records_total 7",
            "lotstream_ledger_partitions_halted 0",
            "# TYPE lotstream_ledger_records_total counter",
        ];
        assert_shows(&register, &lines);
    }

    #[test]
    fn a_partition_is_shown_as_long_as_it_is_owned() {
        let mut register = Register::new(&[]);
        let mut metrics = Metrics::new(&Config::default(), &mut register);
        let wall = Timestamp(100_000);
        let late = Standing {
            partition: 2,
            position: 10,
            waiting_since: Some(Timestamp(70_000)),
            ticks: 3,
            ticked_to: Some(Timestamp(95_000)),
            unflushed: Some(Duration::from_millis(1_500)),
        };
        metrics.stand(&[late], &[(2, 25), (3, 8)], wall);
        let lines = [
            "lotstream_ledger_lag_records{partition=\"2\"} 15",
            "lotstream_ledger_lag_seconds{partition=\"2\"} 30",
            "lotstream_ledger_unflushed_seconds{partition=\"2\"} 1.5",
            "lotstream_ledger_ticks_open{partition=\"2\"} 3",
            "lotstream_ledger_timer_lag_seconds{partition=\"2\"} 5",
        ];
        assert_shows(&register, &lines);
        let done = Standing { position: 25, waiting_since: None, unflushed: None, ticked_to: None, ..late };
        metrics.stand(&[done], &[(2, 25)], wall);
        assert_shows(&register, &["lotstream_ledger_lag_seconds{partition=\"2\"} 0"]);
        metrics.stand(&[], &[], wall);
        assert!(!shown(&register).contains("partition=\"2\""), "{}", shown(&register));
    }
}
