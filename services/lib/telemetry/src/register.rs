//! Metrics of one service, registered from the catalogue: name, help, labels and ranges are its, and a name it does
//! not have cannot be shown.

use crate::catalogue::{Kind, Metric, catalogue};
use prometheus::core::Collector;
use prometheus::{
    GaugeVec, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};
use std::collections::{BTreeMap, BTreeSet};

/// What one service shows. Every method panics where the catalogue has no metric of that name, kind and labels: a bug
/// that the service's own tests find before it starts anywhere.
pub struct Register {
    registry: Registry,
    /// Labels that are the same in all of the service's metrics that have them.
    constant: BTreeMap<String, String>,
    shown: BTreeSet<String>,
}

impl Register {
    /// Nothing yet; `constant` labels go to every metric that has one of their names.
    pub fn new(constant: &[(&str, &str)]) -> Self {
        let constant = constant.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Self { registry: Registry::new(), constant: constant.collect(), shown: BTreeSet::new() }
    }

    /// What is served at `/metrics`.
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Metrics that the catalogue gives to `service`, or to any, and that are not registered here: none, once a service
    /// has registered what it shows.
    pub fn missing(&self, service: &str) -> Vec<&'static str> {
        let of = |metric: &&Metric| metric.of == service || metric.of == "any";
        let all = catalogue().metrics.values().filter(of).map(|metric| metric.name.as_str());
        all.filter(|name| !self.shown.contains(*name)).collect()
    }

    /// A counter.
    pub fn counter(&mut self, name: &str) -> IntCounter {
        let (opts, labels) = self.opts(name, Kind::Counter);
        assert!(labels.is_empty(), "{name} has labels {labels:?}");
        self.show(IntCounter::with_opts(opts))
    }

    /// A counter by labels, in the catalogue's order.
    pub fn counters(&mut self, name: &str) -> IntCounterVec {
        let (opts, labels) = self.opts(name, Kind::Counter);
        self.show(IntCounterVec::new(opts, &labels))
    }

    /// A gauge of whole numbers.
    pub fn gauge(&mut self, name: &str) -> IntGauge {
        let (opts, labels) = self.opts(name, Kind::Gauge);
        assert!(labels.is_empty(), "{name} has labels {labels:?}");
        self.show(IntGauge::with_opts(opts))
    }

    /// A gauge of whole numbers by labels, in the catalogue's order.
    pub fn gauges(&mut self, name: &str) -> IntGaugeVec {
        let (opts, labels) = self.opts(name, Kind::Gauge);
        self.show(IntGaugeVec::new(opts, &labels))
    }

    /// A gauge of seconds by labels, in the catalogue's order.
    pub fn seconds(&mut self, name: &str) -> GaugeVec {
        let (opts, labels) = self.opts(name, Kind::Gauge);
        self.show(GaugeVec::new(opts, &labels))
    }

    /// A histogram over the catalogue's ranges.
    pub fn histogram(&mut self, name: &str) -> Histogram {
        let (opts, labels) = self.opts(name, Kind::Histogram);
        assert!(labels.is_empty(), "{name} has labels {labels:?}");
        let buckets = catalogue().metrics[name].buckets.clone();
        self.show(Histogram::with_opts(HistogramOpts::from(opts).buckets(buckets)))
    }

    /// Name, help and constant labels as the catalogue has them, and the labels that are left.
    fn opts(&mut self, name: &str, kind: Kind) -> (Opts, Vec<&'static str>) {
        let metric = catalogue().metrics.get(name);
        let metric =
            metric.unwrap_or_else(|| panic!("{name} is not in deploy/telemetry.toml: declare it there"));
        assert_eq!(metric.kind, kind, "{name} in deploy/telemetry.toml");
        self.shown.insert(name.to_owned());
        let (constant, left): (Vec<_>, Vec<_>) =
            metric.labels.iter().map(String::as_str).partition(|label| self.constant.contains_key(*label));
        let opts = constant.into_iter().fold(Opts::new(name, &metric.help), |opts, label| {
            opts.const_label(label, &self.constant[label])
        });
        (opts, left)
    }

    fn show<C: Collector + Clone + 'static>(&self, made: prometheus::Result<C>) -> C {
        let made = made.expect("a metric as Prometheus takes it");
        self.registry.register(Box::new(made.clone())).expect("a name of its own");
        made
    }
}

/// Names that become values of a label: the first so many of an instance as they are, `other` for the rest.
#[derive(Debug)]
pub struct Bounded {
    known: BTreeSet<String>,
    most: usize,
}

impl Bounded {
    /// As many as the catalogue allows `label`, `other` among them.
    ///
    /// # Panics
    /// Where the catalogue has no such label.
    pub fn new(label: &str) -> Self {
        let label = catalogue().labels.get(label).expect("a label of deploy/telemetry.toml");
        Self { known: BTreeSet::new(), most: label.most.saturating_sub(1) }
    }

    /// The value for `name`.
    pub fn value<'n>(&mut self, name: &'n str) -> &'n str {
        if self.known.contains(name) {
            return name;
        }
        if self.known.len() >= self.most {
            return "other";
        }
        self.known.insert(name.to_owned());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::{Encoder, TextEncoder};

    #[test]
    fn a_metric_is_as_the_catalogue_says() {
        let mut register = Register::new(&[("feed", "returns")]);
        register.counters("lotstream_feed_dead_letters_total").with_label_values(&["shop", "no_lines"]).inc();
        let mut text = Vec::new();
        TextEncoder::new().encode(&register.registry().gather(), &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let series =
            "lotstream_feed_dead_letters_total{feed=\"returns\",partner=\"shop\",reason=\"no_lines\"} 1";
        assert!(text.lines().any(|line| line == series), "{text}");
        assert!(!register.missing("feed").contains(&"lotstream_feed_dead_letters_total"));
        assert!(register.missing("feed").contains(&"lotstream_feed_lag_records"));
        assert!(!register.missing("feed").contains(&"lotstream_ledger_epoch"));
    }

    #[test]
    #[should_panic(expected = "lotstream_feed_moods_total is not in deploy/telemetry.toml")]
    fn a_name_the_catalogue_does_not_have_is_refused() {
        Register::new(&[]).counter("lotstream_feed_moods_total");
    }

    #[test]
    #[should_panic(expected = "lotstream_feed_open_records in deploy/telemetry.toml")]
    fn a_kind_the_catalogue_does_not_give_it_is_refused() {
        Register::new(&[]).counter("lotstream_feed_open_records");
    }

    #[test]
    fn a_label_has_no_more_values_than_its_bound() {
        let mut partners = Bounded::new("partner");
        let names: Vec<String> = (0..150).map(|n| format!("shop-{n}")).collect();
        let values: BTreeSet<&str> = names.iter().map(|name| partners.value(name)).collect();
        assert_eq!(values.len(), catalogue().labels["partner"].most);
        assert_eq!((partners.value("shop-0"), partners.value("shop-149")), ("shop-0", "other"));
    }
}
