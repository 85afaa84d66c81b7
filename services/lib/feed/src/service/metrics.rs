//! What a feed service counts. Names and units are those of Prometheus: totals, seconds.

use crate::bad::Code;
use domain::Timestamp;
use std::time::Duration;
use telemetry::prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, Result,
};

/// Counters of one service.
pub(super) struct Metrics {
    /// Records that became commands.
    commands: IntCounter,
    /// Records that became dead letters, by reason.
    bad: IntCounterVec,
    /// Records read and not acknowledged.
    open: IntGauge,
    /// Partners' topics that are not read.
    waiting: IntGauge,
    /// Partners' topics that an operator paused.
    paused: IntGauge,
    /// Commits of offsets that failed and are tried again.
    commits_failed: IntCounter,
    /// From the broker's append of the record to that of its command.
    delay: Histogram,
}

impl Metrics {
    pub(super) fn new(feed: &str, registry: &Registry) -> Result<Self> {
        let opts = |name: &str, help: &str| Opts::new(name, help).const_label("feed", feed);
        let buckets = vec![0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 30.0, 300.0];
        let delay = HistogramOpts::new(
            "lotstream_feed_delay_seconds",
            "From the broker's append of a record to that of its command.",
        );
        let metrics = Self {
            commands: IntCounter::with_opts(opts(
                "lotstream_feed_commands_total",
                "Records that became commands.",
            ))?,
            bad: IntCounterVec::new(
                opts("lotstream_feed_dead_letters_total", "Records that became dead letters, by reason."),
                &["reason"],
            )?,
            open: IntGauge::with_opts(opts(
                "lotstream_feed_open_records",
                "Records read and not acknowledged.",
            ))?,
            waiting: IntGauge::with_opts(opts(
                "lotstream_feed_waiting_topics",
                "Partners' topics that are not read until their outcomes topic exists.",
            ))?,
            paused: IntGauge::with_opts(opts(
                "lotstream_feed_paused_topics",
                "Partners' topics that are not read until an operator resumes the partner.",
            ))?,
            commits_failed: IntCounter::with_opts(opts(
                "lotstream_feed_commits_failed_total",
                "Commits of offsets that failed and were tried again.",
            ))?,
            delay: Histogram::with_opts(delay.const_label("feed", feed).buckets(buckets))?,
        };
        registry.register(Box::new(metrics.commands.clone()))?;
        registry.register(Box::new(metrics.bad.clone()))?;
        registry.register(Box::new(metrics.open.clone()))?;
        registry.register(Box::new(metrics.waiting.clone()))?;
        registry.register(Box::new(metrics.paused.clone()))?;
        registry.register(Box::new(metrics.commits_failed.clone()))?;
        registry.register(Box::new(metrics.delay.clone()))?;
        Ok(metrics)
    }

    pub(super) fn answered(&self, bad: Option<Code>) {
        match bad {
            None => self.commands.inc(),
            Some(code) => self.bad.with_label_values(&[code.as_str()]).inc(),
        }
    }

    pub(super) fn open(&self, records: usize) {
        self.open.set(i64::try_from(records).unwrap_or(i64::MAX));
    }

    pub(super) fn waiting(&self, topics: usize) {
        self.waiting.set(i64::try_from(topics).unwrap_or(i64::MAX));
    }

    pub(super) fn paused(&self, topics: usize) {
        self.paused.set(i64::try_from(topics).unwrap_or(i64::MAX));
    }

    pub(super) fn commit_failed(&self) {
        self.commits_failed.inc();
    }

    /// Both by the broker's clock.
    pub(super) fn delay(&self, appended: Timestamp, answered: Timestamp) {
        let millis = u64::try_from(answered.0.saturating_sub(appended.0)).unwrap_or(0);
        self.delay.observe(Duration::from_millis(millis).as_secs_f64());
    }
}
