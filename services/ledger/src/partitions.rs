//! Where each owned partition stands, as gauges: how far it is behind its input, the store, and its timers.

use domain::Timestamp;
use engine::watch::Standing;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use telemetry::prometheus::{GaugeVec, IntGaugeVec};
use telemetry::{Lag, Register};

/// The gauges, and what is remembered of each partition between two looks.
pub(crate) struct Partitions {
    lag_records: IntGaugeVec,
    ticks_open: IntGaugeVec,
    lag: GaugeVec,
    unflushed: GaugeVec,
    timer_lag: GaugeVec,
    lags: BTreeMap<i32, Lag>,
}

impl Partitions {
    pub(crate) fn new(register: &mut Register) -> Self {
        Self {
            lag_records: register.gauges("lotstream_ledger_lag_records"),
            ticks_open: register.gauges("lotstream_ledger_ticks_open"),
            lag: register.seconds("lotstream_ledger_lag_seconds"),
            unflushed: register.seconds("lotstream_ledger_unflushed_seconds"),
            timer_lag: register.seconds("lotstream_ledger_timer_lag_seconds"),
            lags: BTreeMap::new(),
        }
    }

    /// Shows these partitions and no others. A partition without an end here is not known to be behind.
    pub(crate) fn publish(&mut self, standings: &[Standing], ends: &[(i32, i64)], wall: Timestamp) {
        let owned = |partition: i32| standings.iter().any(|standing| standing.partition == partition);
        let gone: Vec<i32> = self.lags.keys().copied().filter(|partition| !owned(*partition)).collect();
        gone.into_iter().for_each(|partition| self.forget(partition));
        let now = Instant::now();
        for standing in standings {
            let partition = standing.partition;
            let end = ends.iter().find(|(number, _)| *number == partition).map_or(0, |(_, end)| *end);
            let lag = self.lags.entry(partition).or_default();
            lag.read(standing.waiting_since.map_or(Duration::ZERO, |since| between(since, wall)));
            let (records, behind) = lag.behind(standing.position, end, now);
            let late = standing.ticked_to.map_or(Duration::ZERO, |to| between(to, wall));
            let label = partition.to_string();
            let label = [label.as_str()];
            self.lag_records.with_label_values(&label).set(records.try_into().unwrap_or(i64::MAX));
            self.lag.with_label_values(&label).set(behind.as_secs_f64());
            self.unflushed
                .with_label_values(&label)
                .set(standing.unflushed.unwrap_or_default().as_secs_f64());
            self.ticks_open.with_label_values(&label).set(standing.ticks.try_into().unwrap_or(i64::MAX));
            self.timer_lag.with_label_values(&label).set(late.as_secs_f64());
        }
    }

    fn forget(&mut self, partition: i32) {
        self.lags.remove(&partition);
        let label = partition.to_string();
        for gauge in [&self.lag_records, &self.ticks_open] {
            let _ = gauge.remove_label_values(&[&label]);
        }
        for gauge in [&self.lag, &self.unflushed, &self.timer_lag] {
            let _ = gauge.remove_label_values(&[&label]);
        }
    }
}

/// From one instant to a later one; nothing where it is not later.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0))
}
