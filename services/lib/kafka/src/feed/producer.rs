//! The feed services' producer: idempotent, all replicas, murmur2, acknowledgements handed back with the
//! token the record was sent with.
//!
//! Never drops a record silently: each ends in exactly one [`Acknowledged`], good or bad, or the process ends.

use crate::connection::Connection;
use crate::error::Error;
use crate::record::{Outgoing, append_time, headers};
use domain::Timestamp;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// The end of one record that was sent.
#[derive(Debug)]
pub struct Acknowledged {
    /// What it was sent with.
    pub token: usize,
    /// Where it is now (partition, offset) and when the broker appended it; or why it is nowhere. An error is
    /// final: the record is refused (too large, not authorised), or the producer is of no use any more.
    pub result: Result<(i32, i64, Option<Timestamp>), Error>,
}

/// Turns delivery reports into [`Acknowledged`].
struct Deliveries(Sender<Acknowledged>);

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
        let _ = self.0.send(Acknowledged { token, result });
    }
}

/// An idempotent producer with a thread of its own for acknowledgements.
pub struct FeedProducer {
    producer: ThreadedProducer<Deliveries>,
    acknowledged: Receiver<Acknowledged>,
}

impl FeedProducer {
    /// A producer that tries for ever: what it took is written in order, or the process ends.
    pub fn new(connection: &Connection) -> Result<Self, Error> {
        let (sender, acknowledged) = channel();
        let producer = connection
            .producer()
            .set("message.timeout.ms", "0")
            .set("linger.ms", "1")
            .create_with_context(Deliveries(sender))
            .map_err(Error::kafka("making a producer"))?;
        Ok(Self { producer, acknowledged })
    }

    /// Sends a record; waits only while the producer's queue is full. Its end comes from
    /// [`FeedProducer::acknowledged`] with the same `token`.
    pub fn send(&self, record: &Outgoing<'_>, token: usize) -> Result<(), Error> {
        let mut next = BaseRecord::with_opaque_to(record.topic, token).payload(record.value);
        next.key = (!record.key.is_empty()).then_some(record.key);
        next.partition = record.partition;
        next.headers = headers(record.headers);
        loop {
            match self.producer.send(next) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    next = back;
                    // The thread of the producer empties the queue; nothing here can be waited on.
                    thread::park_timeout(Duration::from_millis(1));
                }
                Err((error, _)) => {
                    return Err(Error::kafka(format!("writing to topic `{}`", record.topic))(error));
                }
            }
        }
    }

    /// What was acknowledged since, without waiting.
    pub fn acknowledged(&self) -> impl Iterator<Item = Acknowledged> + '_ {
        self.acknowledged.try_iter()
    }

    /// The next acknowledgement, waiting for it at most `timeout`.
    pub fn wait(&self, timeout: Duration) -> Option<Acknowledged> {
        self.acknowledged.recv_timeout(timeout).ok()
    }

    /// Records sent and not acknowledged yet.
    pub fn in_flight(&self) -> usize {
        usize::try_from(self.producer.in_flight_count()).unwrap_or(0)
    }

    /// The error that made this producer useless, where there is one: end the process, start again.
    pub fn fatal(&self) -> Option<Error> {
        let (code, text) = self.producer.client().fatal_error()?;
        Some(Error::kafka(format!("the producer gave up ({text})"))(KafkaError::Global(code)))
    }
}
