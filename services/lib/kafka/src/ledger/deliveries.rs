//! What the broker answered to the records of one transactional producer.

use crate::ledger::failure::{before_commit, missing, no_topic};
use engine::log::CommitError;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::ProducerContext;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use tracing::warn;

/// What a record is to the transaction it belongs to.
pub(super) const EVENT: usize = 0;
/// A record of the write-ahead log.
pub(super) const WAL: usize = 1;

/// Why a transaction cannot be committed.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) error: CommitError,
    /// The topic that is not there, where that is why.
    pub(super) missing: Option<String>,
}

impl Failure {
    /// The failure of writing a record to `topic`.
    pub(super) fn writing(topic: &str, error: &KafkaError) -> Self {
        if error.rdkafka_error_code().is_some_and(no_topic) {
            return Self { error: CommitError::Aborted(missing(topic)), missing: Some(topic.to_owned()) };
        }
        let doing = format!("writing to topic `{topic}`");
        Self { error: before_commit(&doing, error), missing: None }
    }
}

/// Delivery reports of the open transaction. The callbacks run on the producer's own thread.
pub(super) struct Deliveries {
    /// The offset behind the last acknowledged record of the write-ahead log.
    wal_end: AtomicI64,
    /// The first that failed.
    failed: Mutex<Option<Failure>>,
}

impl Deliveries {
    pub(super) fn new() -> Self {
        Self { wal_end: AtomicI64::new(0), failed: Mutex::new(None) }
    }

    /// The offset behind the last acknowledged record of the write-ahead log; 0 before the first.
    pub(super) fn wal_end(&self) -> i64 {
        self.wal_end.load(Ordering::Relaxed)
    }

    /// The first failure, if any.
    pub(super) fn failure(&self) -> Option<Failure> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(%error, detail = reason, "a transactional producer lost touch with kafka and tries again");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, what: usize) {
        match result {
            Ok(message) => {
                if what == WAL {
                    self.wal_end.fetch_max(message.offset() + 1, Ordering::Relaxed);
                }
            }
            Err((error, message)) => {
                let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
                failed.get_or_insert_with(|| Failure::writing(message.topic(), error));
            }
        }
    }
}
