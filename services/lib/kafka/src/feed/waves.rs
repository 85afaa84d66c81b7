//! Group commit for the feed producer: what arrives while a wave is on its way goes out together, once that one
//! is acknowledged.
//!
//! Not for tidiness. librdkafka sends no further request to a partition while more than five of its *messages*
//! are in flight and the producer is idempotent, and its broker thread spins until they land whenever there is
//! something left to send. On two cores that thread then starves the broker it waits for: measured at 500
//! records a second, p50 from publish to lot went from 32 ms to 16 s and did not come back by itself. While
//! nothing is queued in librdkafka behind a wave, there is nothing to spin for.

use super::producer::Acknowledged;
use crate::error::Error;
use crate::record::{Outgoing, headers};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseRecord, ProducerContext, ThreadedProducer};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, Thread};
use std::time::Duration;

/// Records of one wave, at the most.
const WAVE: usize = 10_000;

/// A record that waits for its wave.
pub(super) struct Queued {
    topic: String,
    partition: Option<i32>,
    key: Vec<u8>,
    value: Vec<u8>,
    headers: Option<OwnedHeaders>,
    token: usize,
}

impl Queued {
    pub(super) fn new(record: &Outgoing<'_>, token: usize) -> Self {
        Self {
            topic: record.topic.to_owned(),
            partition: record.partition,
            key: record.key.to_vec(),
            value: record.value.to_vec(),
            headers: headers(record.headers),
            token,
        }
    }
}

/// What the thread that sends and the one that hears of deliveries share.
#[derive(Default)]
pub(super) struct Waves {
    /// Records of the wave that have not landed.
    open: AtomicUsize,
    ended: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Waves {
    /// A record landed, or never will.
    pub(super) fn landed(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.wake();
        }
    }

    /// Nobody waits for the wave that is on its way.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.wake();
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Sends wave after wave until the queue's other end is gone.
    pub(super) fn run<C>(
        &self,
        producer: &ThreadedProducer<C>,
        queue: &Receiver<Queued>,
        refused: &Sender<Acknowledged>,
    ) where
        C: ProducerContext<DeliveryOpaque = usize> + 'static,
    {
        self.thread.get_or_init(thread::current);
        while let Ok(first) = queue.recv() {
            // One more than there are, so that it is over only once all of it is on its way.
            self.open.store(1, Ordering::Release);
            for record in std::iter::once(first).chain(queue.try_iter()).take(WAVE) {
                self.open.fetch_add(1, Ordering::AcqRel);
                let token = record.token;
                if let Err(error) = self.send(producer, record) {
                    // The receiver is gone only while the producer is being dropped.
                    let _ = refused.send(Acknowledged { token, result: Err(error) });
                    self.landed();
                }
            }
            self.landed();
            while self.open.load(Ordering::Acquire) > 0 && !self.ended.load(Ordering::Acquire) {
                thread::park();
            }
        }
    }

    fn send<C>(&self, producer: &ThreadedProducer<C>, record: Queued) -> Result<(), Error>
    where
        C: ProducerContext<DeliveryOpaque = usize> + 'static,
    {
        let mut next: BaseRecord<'_, [u8], [u8], usize> =
            BaseRecord::with_opaque_to(&record.topic, record.token).payload(record.value.as_slice());
        next.key = (!record.key.is_empty()).then_some(record.key.as_slice());
        next.partition = record.partition;
        next.headers = record.headers;
        loop {
            match producer.send(next) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back))
                    if !self.ended.load(Ordering::Acquire) =>
                {
                    next = back;
                    // The thread of the producer empties its queue; nothing here can be waited on.
                    thread::park_timeout(Duration::from_millis(1));
                }
                Err((error, _)) => {
                    return Err(Error::kafka(format!("writing to topic `{}`", record.topic))(error));
                }
            }
        }
    }
}
