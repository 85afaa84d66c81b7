//! Traces: one trace id from the partner's `traceparent` header to the write in the store, as OpenTelemetry's spans.
//!
//! A span is a value, made when its step is over; nothing is entered or left, for one thread drives thousands of
//! commands at a time. Sampled is what the partner's header says is, and nothing else. **Nothing waits for a trace**: a
//! span goes into a bounded queue or is dropped and counted.
//!
//! A span's id derives from its parent's and the record's place, so that the services agree on it without a word, and
//! a record read twice has one span, not two.
//!
//! The exporter speaks OTLP/HTTP with JSON, OpenTelemetry's own published format, in its two files. The field's own
//! crates were tried first: `opentelemetry-otlp` over HTTP brings 43 crates we have none of (`hyper`, `reqwest`,
//! `tower`, `prost`, …), and a context that follows threads; what is needed of it is one POST of a known shape, for
//! which `ureq` and `serde_json` are here already. Plain HTTP: the collector stands beside the service.

mod otlp;
mod parent;
mod tracer;

pub use parent::Parent;
pub use tracer::Tracer;

use std::time::Instant;

/// What a step is to the one before it, in OpenTelemetry's words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// It is done here.
    Internal,
    /// It asks a server.
    Client,
    /// It reads what another wrote.
    Consumer,
}

/// What is told of a step beside its name and time: one of the catalogue's fields.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A step that is over.
#[derive(Clone, Debug)]
pub struct Span {
    /// One of the catalogue's spans.
    pub name: &'static str,
    /// What it is to its parent.
    pub kind: Kind,
    /// The step before it.
    pub parent: Parent,
    /// Itself, as the parent of the next: of the same trace.
    pub itself: Parent,
    /// When it began.
    pub began: Instant,
    /// When it was over.
    pub ended: Instant,
    /// What is told of it, by field.
    pub told: Vec<(&'static str, Told)>,
}
