//! The feed services' producer: idempotent, all replicas, murmur2, acknowledgements handed back with the
//! token the record was sent with.
//!
//! Never drops a record silently: each ends in exactly one [`Acknowledged`], good or bad, or the process ends.

use super::waves::{Queued, Waves};
use crate::connection::Connection;
use crate::error::Error;
use crate::record::{Outgoing, append_time};
use domain::Timestamp;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{Producer, ProducerContext, ThreadedProducer};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Records that wait for their wave; more wait outside.
const QUEUE: usize = 10_000;

/// The end of one record that was sent.
#[derive(Debug)]
pub struct Acknowledged {
    /// What it was sent with.
    pub token: usize,
    /// Where it is now (partition, offset) and when the broker appended it; or why it is nowhere. An error is
    /// final: the record is refused (too large, not authorised), or the producer is of no use any more.
    pub result: Result<(i32, i64, Option<Timestamp>), Error>,
}

/// Turns delivery reports into [`Acknowledged`], and tells the waves.
struct Deliveries {
    acknowledged: Sender<Acknowledged>,
    waves: Arc<Waves>,
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, token: usize) {
        let result = match result {
            Ok(message) => Ok((message.partition(), message.offset(), append_time(message).ok())),
            Err((error, message)) => {
                let doing = format!("writing to topic `{}`", message.topic());
                Err(Error::kafka(doing)(error.clone()))
            }
        };
        // The receiver is gone only while the producer is being dropped.
        let _ = self.acknowledged.send(Acknowledged { token, result });
        self.waves.landed();
    }
}

/// An idempotent producer. What is sent goes out in waves, one when the one before it is acknowledged.
pub struct FeedProducer {
    producer: Arc<ThreadedProducer<Deliveries>>,
    acknowledged: Receiver<Acknowledged>,
    /// `None` only while it is being dropped.
    queue: Option<SyncSender<Queued>>,
    waves: Arc<Waves>,
    sender: Option<JoinHandle<()>>,
}

impl FeedProducer {
    /// A producer that tries for ever: what it took is written in order, or the process ends.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let (sender, acknowledged) = channel();
        let (queue, queued) = sync_channel(QUEUE);
        let waves = Arc::new(Waves::default());
        let deliveries = Deliveries { acknowledged: sender.clone(), waves: Arc::clone(&waves) };
        let producer: ThreadedProducer<Deliveries> = connection
            .producer()
            .set("message.timeout.ms", "0")
            // The waves gather; waiting on top of them is what librdkafka does by spinning.
            .set("linger.ms", "0")
            .create_with_context(deliveries)
            .map_err(Error::kafka("making a producer"))?;
        let producer = Arc::new(producer);
        let surf = {
            let (producer, waves) = (Arc::clone(&producer), Arc::clone(&waves));
            move || waves.run(&producer, &queued, &sender)
        };
        let thread = thread::Builder::new().name("waves".into()).spawn(surf);
        let thread = thread.map_err(|error| Error::Thread(error.to_string()))?;
        Ok(Self { producer, acknowledged, queue: Some(queue), waves, sender: Some(thread) })
    }

    /// Sends a record; waits only while the queue is full. Its end comes from [`FeedProducer::acknowledged`]
    /// with the same `token`, an error that comes at once too.
    pub fn send(&self, record: &Outgoing<'_>, token: usize) {
        if let Some(queue) = &self.queue {
            // The other side ends only after this one.
            let _ = queue.send(Queued::new(record, token));
        }
    }

    /// What was acknowledged since, without waiting.
    pub fn acknowledged(&self) -> impl Iterator<Item = Acknowledged> + '_ {
        self.acknowledged.try_iter().map(|acknowledged| self.told(acknowledged))
    }

    /// The next acknowledgement, waiting for it at most `timeout`.
    pub fn wait(&self, timeout: Duration) -> Option<Acknowledged> {
        self.acknowledged.recv_timeout(timeout).ok().map(|acknowledged| self.told(acknowledged))
    }

    /// A producer that gave up throws away what it holds: then why it gave up is the error, not that.
    fn told(&self, mut acknowledged: Acknowledged) -> Acknowledged {
        if acknowledged.result.is_err()
            && let Some(why) = self.fatal()
        {
            acknowledged.result = Err(why);
        }
        acknowledged
    }

    /// The error that made this producer useless, where there is one: end the process, start again.
    pub fn fatal(&self) -> Option<Error> {
        let (code, text) = self.producer.client().fatal_error()?;
        Some(Error::kafka(format!("the producer gave up ({text})"))(KafkaError::Global(code)))
    }
}

impl Drop for FeedProducer {
    fn drop(&mut self) {
        self.queue = None;
        self.waves.end();
        if let Some(thread) = self.sender.take() {
            // It holds nothing that a panic of it could have harmed.
            let _ = thread.join();
        }
    }
}
