//! The exporter: a bounded queue, and a thread that posts what is in it to a collector.
//!
//! Never waits for anyone on the side of the service, and never fails it: a full queue or a collector that does not
//! take a post costs the spans, which are counted.

use super::otlp::{Anchor, body};
use super::{Parent, Span};
use crate::register::Register;
use prometheus::{IntCounter, IntCounterVec};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tracing::{info, warn};
use ureq::Agent;

/// Spans that wait to be posted, at the most.
const QUEUE: usize = 4_096;
/// Spans of one post, at the most.
const POST: usize = 512;
/// How long a span may wait for others.
const EVERY: Duration = Duration::from_millis(500);
/// How long a post may take: also how long the end of a service may wait for its last spans.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where spans go. Off where no collector is set: then nothing is followed.
pub struct Tracer {
    queue: Option<SyncSender<Span>>,
    dropped: IntCounterVec,
    thread: Option<JoinHandle<()>>,
}

impl Tracer {
    /// Spans of `service` (`ledger`, `purchases`) to the collector at `url`, such as
    /// `http://127.0.0.1:4318/v1/traces`; off where that is empty. Its counters are registered either way.
    pub fn start(url: &str, service: &str, register: &mut Register) -> Self {
        let sent = register.counter("lotstream_trace_spans_total");
        let dropped = register.counters("lotstream_trace_spans_dropped_total");
        if url.is_empty() {
            return Self { queue: None, dropped, thread: None };
        }
        let (queue, spans) = sync_channel(QUEUE);
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).http_status_as_error(false);
        let post = Post {
            url: url.to_owned(),
            service: service.to_owned(),
            agent: config.build().into(),
            anchor: Anchor::now(),
            sent,
            dropped: dropped.clone(),
            refused: false,
        };
        let thread = thread::Builder::new().name("traces".into()).spawn(move || post.work(&spans));
        if let Err(error) = &thread {
            warn!(%error, "no thread for traces: none are exported");
        }
        Self { queue: Some(queue), dropped, thread: thread.ok() }
    }

    /// The step this `traceparent` names, where it is to be followed: it is one, sampled, and there is a collector.
    pub fn follows(&self, traceparent: &str) -> Option<Parent> {
        if self.queue.is_none() || traceparent.is_empty() {
            return None;
        }
        Parent::parse(traceparent).filter(|parent| parent.sampled)
    }

    /// Posts a span soon, or drops it.
    pub fn send(&self, span: Span) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = queue.try_send(span) {
            self.dropped.with_label_values(&["full"]).inc();
        }
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.queue = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            warn!("the thread for traces ended by a panic");
        }
    }
}

/// The thread's half.
struct Post {
    url: String,
    service: String,
    agent: Agent,
    anchor: Anchor,
    sent: IntCounter,
    dropped: IntCounterVec,
    /// Whether the last post was not taken.
    refused: bool,
}

impl Post {
    fn work(mut self, spans: &Receiver<Span>) {
        let mut ended = false;
        while !ended {
            let mut some = Vec::new();
            ended = gather(spans, &mut some);
            if ended && self.refused {
                // Whoever ends waits for no collector that is away.
                some.extend(spans.try_iter());
                self.drop(some.len());
            } else if !some.is_empty() {
                self.post(&some);
            }
            // The last ones may be more than one post.
            ended = ended && some.len() < POST;
        }
    }

    fn post(&mut self, spans: &[Span]) {
        let text = body(&self.service, &self.anchor, spans).to_string();
        let request = self.agent.post(&self.url).header("content-type", "application/json");
        let error = match request.send(text) {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("expected 200, found {}", answer.status())),
            Err(error) => Some(error.to_string()),
        };
        match &error {
            None => self.sent.inc_by(spans.len() as u64),
            Some(_) => self.drop(spans.len()),
        }
        match &error {
            Some(error) if !self.refused => {
                warn!(
                    error,
                    address = self.url,
                    "the collector does not take spans; they are dropped until it does"
                );
            }
            None if self.refused => info!(address = self.url, "the collector takes spans again"),
            _ => {}
        }
        self.refused = error.is_some();
    }

    fn drop(&self, spans: usize) {
        self.dropped.with_label_values(&["refused"]).inc_by(spans as u64);
    }
}

/// Takes what comes until a post is full or it is time for one. Whether no more will come.
fn gather(spans: &Receiver<Span>, some: &mut Vec<Span>) -> bool {
    let until = Instant::now() + EVERY;
    while some.len() < POST {
        match spans.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(span) => some.push(span),
            Err(RecvTimeoutError::Timeout) => return false,
            Err(RecvTimeoutError::Disconnected) => return true,
        }
    }
    false
}
