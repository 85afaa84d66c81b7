//! Spans as OTLP/JSON: the body of a POST to a collector's `/v1/traces`.
//!
//! Shape and spelling are OpenTelemetry's (`opentelemetry-proto`, JSON mapping): ids in hexadecimal, 64-bit numbers as
//! texts, enumerations as numbers.

use super::{Kind, Span, Told};
use serde_json::{Value, json};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// An instant of both of this machine's clocks: spans are timed by the steady one and told by the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anchor {
    steady: Instant,
    nanos: u128,
}

impl Anchor {
    pub(super) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { steady: Instant::now(), nanos: since.as_nanos() }
    }

    /// Nanoseconds since 1970, as a text.
    fn nanos(&self, at: Instant) -> String {
        let after = at.saturating_duration_since(self.steady).as_nanos();
        let before = self.steady.saturating_duration_since(at).as_nanos();
        (self.nanos + after).saturating_sub(before).to_string()
    }
}

/// The body for `spans` of the service `service`.
pub(super) fn body(service: &str, anchor: &Anchor, spans: &[Span]) -> Value {
    let spans: Vec<Value> = spans.iter().map(|span| one(anchor, span)).collect();
    json!({ "resourceSpans": [{
        "resource": { "attributes": [
            attribute("service.name", &Told::Text(format!("lotstream-{service}"))),
            attribute("service.instance.id", &Told::Text(std::process::id().to_string())),
        ] },
        "scopeSpans": [{
            "scope": { "name": "lotstream", "version": env!("CARGO_PKG_VERSION") },
            "spans": spans,
        }],
    }] })
}

fn one(anchor: &Anchor, span: &Span) -> Value {
    let kind = match span.kind {
        Kind::Internal => 1,
        Kind::Client => 3,
        Kind::Consumer => 5,
    };
    let told: Vec<Value> = span.told.iter().map(|(name, told)| attribute(name, told)).collect();
    json!({
        "traceId": format!("{:032x}", span.itself.trace),
        "spanId": format!("{:016x}", span.itself.span),
        "parentSpanId": format!("{:016x}", span.parent.span),
        "flags": u8::from(span.itself.sampled),
        "name": span.name,
        "kind": kind,
        "startTimeUnixNano": anchor.nanos(span.began),
        "endTimeUnixNano": anchor.nanos(span.ended),
        "attributes": told,
    })
}

fn attribute(name: &str, told: &Told) -> Value {
    let value = match told {
        Told::Number(number) => json!({ "intValue": number.to_string() }),
        Told::Text(text) => json!({ "stringValue": text }),
    };
    json!({ "key": name, "value": value })
}
