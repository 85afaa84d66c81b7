//! What a feed service shows, by the names of the catalogue.

use crate::bad::Code;
use domain::Timestamp;
use lotstream_kafka::feed::Standing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::prometheus::{GaugeVec, Histogram, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};
use telemetry::{Bounded, Lag, Register};

/// Counters of one service.
pub(super) struct Metrics {
    commands: IntCounter,
    bad: IntCounterVec,
    open: IntGauge,
    waiting: IntGauge,
    paused: IntGauge,
    pauses: IntCounter,
    commits_failed: IntCounter,
    delay: Histogram,
    lag_records: IntGaugeVec,
    lag_seconds: GaugeVec,
    lags: BTreeMap<Arc<str>, BTreeMap<i32, Lag>>,
    /// Partners whose lag is shown.
    shown: BTreeSet<String>,
    partners: Bounded,
}

impl Metrics {
    pub(super) fn new(register: &mut Register) -> Self {
        Self {
            commands: register.counter("lotstream_feed_commands_total"),
            bad: register.counters("lotstream_feed_dead_letters_total"),
            open: register.gauge("lotstream_feed_open_records"),
            waiting: register.gauge("lotstream_feed_waiting_topics"),
            paused: register.gauge("lotstream_feed_paused_topics"),
            pauses: register.counter("lotstream_feed_pauses_total"),
            commits_failed: register.counter("lotstream_feed_commits_failed_total"),
            delay: register.histogram("lotstream_feed_delay_seconds"),
            lag_records: register.gauges("lotstream_feed_lag_records"),
            lag_seconds: register.seconds("lotstream_feed_lag_seconds"),
            lags: BTreeMap::new(),
            shown: BTreeSet::new(),
            partners: Bounded::new("partner"),
        }
    }

    /// A record of `partner` was answered.
    pub(super) fn answered(&mut self, partner: &str, bad: Option<Code>) {
        match bad {
            None => self.commands.inc(),
            Some(code) => {
                let partner = self.partners.value(partner);
                self.bad.with_label_values(&[partner, code.as_str()]).inc();
            }
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

    /// A partner was paused for what it sent.
    pub(super) fn too_bad(&self) {
        self.pauses.inc();
    }

    pub(super) fn commit_failed(&self) {
        self.commits_failed.inc();
    }

    /// Both by the broker's clock.
    pub(super) fn delay(&self, appended: Timestamp, answered: Timestamp) {
        self.delay.observe(between(appended, answered).as_secs_f64());
    }

    /// A record was read that the broker had appended at `appended`.
    pub(super) fn read(&mut self, topic: &str, partition: i32, appended: Timestamp, now: Timestamp) {
        if let Some(lag) = self.lags.get_mut(topic).and_then(|lags| lags.get_mut(&partition)) {
            lag.read(between(appended, now));
        }
    }

    /// Shows how far each partner's topic is behind; `partner` says whose it is. Partitions of one partner are added
    /// up, and the worst says for how long.
    pub(super) fn behind(&mut self, standings: &[Standing], partner: impl Fn(&str) -> Option<String>) {
        let now = Instant::now();
        let owned = |topic: &Arc<str>, number: i32| {
            standings.iter().any(|standing| standing.topic == *topic && standing.partition == number)
        };
        for (topic, lags) in &mut self.lags {
            lags.retain(|number, _| owned(topic, *number));
        }
        self.lags.retain(|_, lags| !lags.is_empty());
        let mut partners: BTreeMap<String, (u64, Duration)> = BTreeMap::new();
        for standing in standings {
            let Some(partner) = partner(&standing.topic) else { continue };
            let lags = self.lags.entry(Arc::clone(&standing.topic)).or_default();
            let lag = lags.entry(standing.partition).or_default();
            let (records, behind) = lag.behind(standing.position, standing.end, now);
            let sum = partners.entry(self.partners.value(&partner).to_owned()).or_default();
            *sum = (sum.0 + records, sum.1.max(behind));
        }
        for gone in self.shown.iter().filter(|partner| !partners.contains_key(*partner)) {
            let _ = self.lag_records.remove_label_values(&[gone]);
            let _ = self.lag_seconds.remove_label_values(&[gone]);
        }
        for (partner, (records, behind)) in &partners {
            self.lag_records.with_label_values(&[partner]).set(i64::try_from(*records).unwrap_or(i64::MAX));
            self.lag_seconds.with_label_values(&[partner]).set(behind.as_secs_f64());
        }
        self.shown = partners.into_keys().collect();
    }
}

/// From one instant to a later one; nothing where it is not later.
fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::prometheus::{Encoder, TextEncoder};
    use telemetry::trace::Tracer;

    fn shown(register: &Register) -> String {
        let mut shown = Vec::new();
        TextEncoder::new().encode(&register.registry().gather(), &mut shown).unwrap();
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn a_feed_shows_all_that_the_catalogue_says_of_one() {
        let mut register = Register::new(&[("feed", "returns")]);
        let mut metrics = Metrics::new(&mut register);
        let _tracer = Tracer::start("", "returns", &mut register);
        assert_eq!(register.missing("feed"), Vec::<&str>::new());
        metrics.answered("shop", Some(Code::NoLines));
        metrics.answered("shop", None);
        let shown = shown(&register);
        for line in [
            "lotstream_feed_dead_letters_total{feed=\"returns\",partner=\"shop\",reason=\"no_lines\"} 1",
            "lotstream_feed_commands_total{feed=\"returns\"} 1",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line} in {shown}");
        }
    }

    #[test]
    fn a_partner_is_behind_by_all_its_partitions_and_as_long_as_the_worst() {
        let mut register = Register::new(&[("feed", "returns")]);
        let mut metrics = Metrics::new(&mut register);
        let partition =
            |partition, position, end| Standing { topic: "returns.a".into(), partition, position, end };
        let whose = |topic: &str| topic.strip_prefix("returns.").map(str::to_owned);
        let standings = [partition(0, 5, 9), partition(1, 7, 8)];
        metrics.behind(&standings, whose);
        metrics.read("returns.a", 1, Timestamp(10_000), Timestamp(70_000));
        metrics.behind(&standings, whose);
        let records = "lotstream_feed_lag_records{feed=\"returns\",partner=\"a\"} 5";
        let seconds = "lotstream_feed_lag_seconds{feed=\"returns\",partner=\"a\"} 60";
        let text = shown(&register);
        assert!(text.contains(records) && text.contains(seconds), "{text}");
        metrics.behind(&[], whose);
        assert!(!shown(&register).contains("partner=\"a\""), "revoked: {}", shown(&register));
    }
}
