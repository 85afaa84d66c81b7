//! The catalogue of what services show: `deploy/telemetry.toml`, built in.
//!
//! Metrics are registered from it ([`crate::Register`]), so that none is shown that it does not name. It is read once.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use toml_edit::{Document, Item, TableLike};

const TEXT: &str = include_str!("../../../../deploy/telemetry.toml");

/// What kind of metric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It is what it is now.
    Gauge,
    /// How often a figure fell into which range.
    Histogram,
}

/// One metric.
#[derive(Clone, PartialEq, Debug)]
pub struct Metric {
    /// Its whole name, `lotstream_` in front.
    pub name: String,
    /// Which service shows it: `ledger`, `feed`, `verify`, or `any`.
    pub of: String,
    /// What kind.
    pub kind: Kind,
    /// Of what it is a number.
    pub unit: String,
    /// Its labels, each one of the catalogue's.
    pub labels: Vec<String>,
    /// The upper ends of a histogram's ranges, in its unit, growing.
    pub buckets: Vec<f64>,
    /// What it says, in a sentence.
    pub help: String,
    /// The alarms of `deploy/alerts.yaml` that look at it.
    pub alarms: Vec<String>,
}

/// A label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// What it says.
    pub means: String,
    /// All it may say, where that is a closed choice told here.
    pub values: Vec<String>,
    /// How many values there are in one instance, at the most.
    pub most: usize,
}

/// The whole of it.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Catalogue {
    /// Metrics by name.
    pub metrics: BTreeMap<String, Metric>,
    /// Labels by name.
    pub labels: BTreeMap<String, Label>,
    /// Spans: what each means, by name.
    pub spans: BTreeMap<String, String>,
    /// Fields of log lines: what each means, by name.
    pub fields: BTreeMap<String, String>,
}

/// The catalogue of this build.
///
/// # Panics
/// Where `deploy/telemetry.toml` is not as it must be: a test of this crate reads it.
pub fn catalogue() -> &'static Catalogue {
    static READ: OnceLock<Catalogue> = OnceLock::new();
    READ.get_or_init(|| {
        Catalogue::parse(TEXT).unwrap_or_else(|error| panic!("deploy/telemetry.toml: {error}"))
    })
}

impl Catalogue {
    /// Reads `text`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|error| format!("expected TOML: {error}"))?;
        let mut found = Self::default();
        for (name, item) in tables(document.as_table(), "metric") {
            found.metrics.insert(name.to_owned(), metric(name, item)?);
        }
        for (name, item) in tables(document.as_table(), "label") {
            let values = list(item, "values");
            let most =
                item.get("most").and_then(Item::as_integer).and_then(|most| usize::try_from(most).ok());
            let most = most.ok_or_else(|| format!("label.{name}.most: expected a number of values"))?;
            found
                .labels
                .insert(name.to_owned(), Label { means: text_of(item, name, "means")?, values, most });
        }
        for (name, item) in tables(document.as_table(), "span") {
            found.spans.insert(name.to_owned(), text_of(item, name, "means")?);
        }
        let fields = document.get("field").and_then(Item::as_table_like);
        for (name, item) in fields.into_iter().flat_map(TableLike::iter) {
            let means = item.as_str().ok_or_else(|| format!("field.{name}: expected what it means"))?;
            found.fields.insert(name.to_owned(), means.to_owned());
        }
        Ok(found)
    }
}

fn tables<'d>(
    document: &'d toml_edit::Table,
    kind: &str,
) -> impl Iterator<Item = (&'d str, &'d dyn TableLike)> {
    let all = document.get(kind).and_then(Item::as_table_like).into_iter().flat_map(TableLike::iter);
    all.filter_map(|(name, item)| Some((name, item.as_table_like()?)))
}

fn metric(name: &str, item: &dyn TableLike) -> Result<Metric, String> {
    let kind = match text_of(item, name, "kind")?.as_str() {
        "counter" => Kind::Counter,
        "gauge" => Kind::Gauge,
        "histogram" => Kind::Histogram,
        other => return Err(format!("{name}.kind: expected counter, gauge or histogram, found {other}")),
    };
    let buckets = item.get("buckets").and_then(Item::as_array);
    let buckets = buckets.into_iter().flatten().filter_map(toml_edit::Value::as_float).collect();
    Ok(Metric {
        name: name.to_owned(),
        of: text_of(item, name, "of")?,
        kind,
        unit: text_of(item, name, "unit")?,
        labels: list(item, "labels"),
        buckets,
        help: text_of(item, name, "help")?,
        alarms: list(item, "alarms"),
    })
}

fn text_of(item: &dyn TableLike, name: &str, key: &str) -> Result<String, String> {
    let text = item.get(key).and_then(Item::as_str);
    text.map(str::to_owned).ok_or_else(|| format!("{name}.{key}: expected a text"))
}

fn list(item: &dyn TableLike, key: &str) -> Vec<String> {
    let texts = item.get(key).and_then(Item::as_array).into_iter().flatten();
    texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Series of one metric in one instance that are no trouble to anyone.
    const MANY: usize = 50_000;

    #[test]
    fn names_say_kind_and_unit_as_prometheus_has_it() {
        assert!(catalogue().metrics.len() > 40, "{}", catalogue().metrics.len());
        for (name, metric) in &catalogue().metrics {
            assert!(name.starts_with("lotstream_"), "{name}");
            assert_eq!(metric.kind == Kind::Counter, name.ends_with("_total"), "{name}: {:?}", metric.kind);
            for unit in ["seconds", "bytes", "rows"] {
                let said = name.ends_with(&format!("_{unit}"));
                assert_eq!(said, metric.unit == unit, "{name} is in {}", metric.unit);
            }
            assert_eq!(metric.kind == Kind::Histogram, !metric.buckets.is_empty(), "{name}");
            assert!(metric.buckets.is_sorted(), "{name}: {:?}", metric.buckets);
            assert!(metric.help.ends_with('.'), "{name}: expected a sentence, found {}", metric.help);
            assert!(
                ["ledger", "feed", "verify", "any"].contains(&metric.of.as_str()),
                "{name}: {}",
                metric.of
            );
        }
    }

    #[test]
    fn every_label_is_known_and_bounded() {
        for (name, metric) in &catalogue().metrics {
            let most = |label: &String| {
                let known = catalogue().labels.get(label);
                known.unwrap_or_else(|| panic!("{name}: no label {label}; declare it with its bound")).most
            };
            let series: usize = metric.labels.iter().map(most).product();
            assert!(series <= MANY, "{name}: {series} series in one instance, expected {MANY} at the most");
        }
        for (name, label) in &catalogue().labels {
            assert!(label.values.is_empty() || label.values.len() == label.most, "{name}: {label:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let error = |text: &str| Catalogue::parse(text).unwrap_err();
        assert_eq!(error("[metric.a]\nof = \"any\"\n"), "a.kind: expected a text");
        let unknown = "[metric.a]\nkind = \"meter\"\n";
        assert_eq!(error(unknown), "a.kind: expected counter, gauge or histogram, found meter");
        assert_eq!(error("[label.a]\nmeans = \"x\"\n"), "label.a.most: expected a number of values");
    }
}
