//! A partner traces a sale: one trace id leads from its header through feed, decision and transaction to the write in
//! the store, each step the child of the one before; and what the services show meanwhile is what the catalogue says.

use lotstream_tests::collector::{Collector, Span};
use lotstream_tests::deployment::Deployment;
use lotstream_tests::progress::Progress;
use lotstream_tests::raw::Partner;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use lotstream_tests::wait::until;
use std::collections::BTreeSet;
use std::time::Duration;
use telemetry::{Kind, catalogue};

const PATIENCE: Duration = Duration::from_secs(60);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARTNERS_SPAN: &str = "00f067aa0ba902b7";
/// The steps, in their order, and who makes each.
const STEPS: [(&str, &str); 4] = [
    ("feed", "lotstream-purchases"),
    ("decide", "lotstream-ledger"),
    ("commit", "lotstream-ledger"),
    ("store write", "lotstream-ledger"),
];

fn sale(id: &str, member: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"{member}","occurred_at":"2026-01-10T12:00:00Z","currency":"RUB","total":"1000.00",
        "lines":[{{"line":1,"sku":"s","group":"parts","quantity":"1","amount":"1000.00"}}]}}"#
    )
}

#[test]
fn one_trace_leads_from_the_partners_header_to_the_store() {
    let Some(turn) = Turn::take() else { return };
    let collector = Collector::start();
    let deployment =
        Deployment::new("traces", &turn.servers).with("traces", &collector.url).create(["shop-1"]);
    let fleet = deployment.start_some(&["purchases"], 1);
    let partner = Partner::of(&deployment);
    let headers = [
        String::new(),
        format!("00-{TRACE}-{PARTNERS_SPAN}-01"),
        format!("00-11111111111111111111111111111111-{PARTNERS_SPAN}-00"),
        "no traceparent at all".to_owned(),
    ];
    for (number, header) in headers.iter().enumerate() {
        let value = partner.record("purchases", &sale(&format!("p-{number}"), &format!("m-{number}")));
        partner.write_traced("purchases.shop-1", format!("m-{number}").as_bytes(), &value, header);
    }
    Progress::of(&deployment).await_answers(headers.len(), PATIENCE);
    let spans = until("a span of every step", PATIENCE, || {
        let spans = collector.spans();
        (spans.len() >= STEPS.len()).then_some(spans)
    });
    assert_is_one_path(&spans);
    assert_shows_what_happened(&fleet.ledgers[0], &fleet.feeds[0]);
    fleet.drain();
    assert_eq!(collector.spans().len(), STEPS.len(), "what is not sampled is not followed");
}

fn assert_is_one_path(spans: &[Span]) {
    let mut parent = PARTNERS_SPAN.to_owned();
    for (name, service) in STEPS {
        let found = spans.iter().find(|span| span.name == name);
        let span = found.unwrap_or_else(|| panic!("expected a span `{name}`, found {spans:#?}"));
        assert_eq!((span.trace.as_str(), span.service.as_str()), (TRACE, service), "{name}");
        assert_eq!(span.parent, parent, "`{name}` follows the step before it");
        assert!(span.began <= span.ended, "{span:?}");
        parent.clone_from(&span.id);
    }
}

fn assert_shows_what_happened(ledger: &Service, purchases: &Service) {
    let lag = "lotstream_feed_lag_records{feed=\"purchases\",partner=\"shop-1\"} 0";
    until("the feed to say that it is not behind", PATIENCE, || {
        purchases.metrics()?.contains(lag).then_some(())
    });
    let posted = "lotstream_trace_spans_total 3";
    let shown = until("the ledger's spans to be posted", PATIENCE, || {
        ledger.metrics().filter(|shown| shown.contains(posted))
    });
    for line in [
        "lotstream_ledger_outcomes_total{kind=\"applied\",partner=\"shop-1\",reason=\"none\"} 4",
        "lotstream_ledger_points_total{from=\"issued\",to=\"pending\"} 120",
        "lotstream_ledger_partitions_running 4",
        "lotstream_ledger_partitions 4",
        "lotstream_ledger_takeover_seconds_count 4",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line} in {shown}");
    }
    let lags: Vec<&str> =
        shown.lines().filter(|line| line.starts_with("lotstream_ledger_lag_records{")).collect();
    assert_eq!(lags.len(), 4, "{lags:?}");
    assert!(lags.iter().all(|line| line.ends_with("} 0")), "{lags:?}");
    assert_are_of_the_catalogue(&shown);
    assert_are_of_the_catalogue(&purchases.metrics().unwrap_or_default());
}

/// Every series that is shown is the catalogue's: name, kind and labels.
fn assert_are_of_the_catalogue(shown: &str) {
    let kinds = shown.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let mut count = 0;
    for (name, kind) in kinds {
        let known = catalogue().metrics.get(name);
        let known = known.unwrap_or_else(|| panic!("{name} is shown and not in deploy/telemetry.toml"));
        let expected = match known.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        assert_eq!(kind, expected, "{name}");
        let series =
            shown.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')));
        for line in series {
            let labels = line.split('{').nth(1).and_then(|rest| rest.split('}').next()).unwrap_or_default();
            let labels: BTreeSet<&str> =
                labels.split(',').filter_map(|label| label.split('=').next()).collect();
            assert_eq!(labels, known.labels.iter().map(String::as_str).collect(), "{line}");
        }
        count += 1;
    }
    assert!(count > 5, "{shown}");
}
