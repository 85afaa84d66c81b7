//! Follow-ups and ticks: appended to `member-commands` outside any transaction, in order, without a gap.
//!
//! One idempotent producer for all partitions of the instance. It has no message timeout: a record is
//! acknowledged or the producer is broken, for every owner that had something in it. An owner keeps the
//! producer it began with until its next fence, so that what it sends never overtakes what it sent.

use crate::connection::Connection;
use crate::error::Error;
use crate::ledger::frame::{headers_of, key_of};
use crate::ledger::signal::{Notify, Said, Tenure};
use engine::log::Appending;
use engine::message::Frame;
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use tracing::warn;

/// Whose record it is.
type Sent = Box<(Tenure, u64)>;

struct Acknowledgements(Notify);

impl ClientContext for Acknowledgements {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(%error, reason, "the append producer lost touch with kafka and tries again");
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = Sent;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Sent) {
        let (tenure, token) = *sent;
        let said = match result {
            Ok(_) => Said::Appended(token),
            Err((error, message)) => {
                Said::AppendBroken(format!("appending to topic `{}`: {error}", message.topic()))
            }
        };
        self.0.say(tenure, said);
    }
}

/// The producer.
pub(super) struct Appender {
    producer: ThreadedProducer<Acknowledgements>,
    topic: String,
}

impl Appender {
    pub(super) fn new(connection: &Connection, topic: &str, notify: Notify) -> Result<Self, Error> {
        let producer = connection
            .producer()
            .set("enable.gapless.guarantee", "true")
            .set("message.timeout.ms", "0")
            .set("linger.ms", "1")
            .create_with_context(Acknowledgements(notify))
            .map_err(Error::kafka(format!("making a producer for topic `{topic}`")))?;
        Ok(Self { producer, topic: topic.to_owned() })
    }

    /// Whether it will never send again.
    pub(super) fn broken(&self) -> bool {
        self.producer.client().fatal_error().is_some()
    }

    /// Hands over messages in order; says why where one is not taken: then none after it is.
    pub(super) fn send(&self, tenure: Tenure, messages: &[Appending<Frame>]) -> Result<(), String> {
        for appending in messages {
            let sent = Box::new((tenure, appending.token));
            let mut record: BaseRecord<'_, [u8], [u8], Sent> =
                BaseRecord::with_opaque_to(&self.topic, sent).partition(appending.to);
            record.key = key_of(&appending.message);
            record.payload = Some(&appending.message.value);
            record.headers = headers_of(&appending.message);
            self.producer
                .send(record)
                .map_err(|(error, _)| format!("appending to topic `{}`: {error}", self.topic))?;
        }
        Ok(())
    }
}
