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
use fail::fail_point;
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
        warn!(%error, detail = reason, "the append producer lost touch with kafka and tries again");
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = Sent;

    fn delivery(&self, result: &DeliveryResult<'_>, sent: Sent) {
        fail_point!("append.acknowledged");
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
            .set("linger.ms", "0")
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
            fail_point!("append.send.before");
            let sent = Box::new((tenure, appending.token));
            let mut record: BaseRecord<'_, [u8], [u8], Sent> =
                BaseRecord::with_opaque_to(&self.topic, sent).partition(appending.to);
            record.key = key_of(&appending.message);
            record.payload = Some(&appending.message.value);
            record.headers = headers_of(&appending.message);
            self.producer
                .send(record)
                .map_err(|(error, _)| format!("appending to topic `{}`: {error}", self.topic))?;
            fail_point!("append.send.after");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::signal::Signal;
    use rdkafka::consumer::{BaseConsumer, Consumer};
    use rdkafka::mocking::MockCluster;
    use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
    use rdkafka::{Offset, TopicPartitionList};
    use std::sync::mpsc::Receiver;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(60);
    const TENURE: Tenure = Tenure { partition: 0, number: 1 };

    fn send(appender: &Appender, tokens: std::ops::Range<u64>) {
        let message = |token: u64| Frame { value: token.to_string().into_bytes(), ..Frame::default() };
        let all: Vec<_> = tokens.map(|token| Appending { token, to: 0, message: message(token) }).collect();
        // One by one, so that there are many requests.
        for appending in all.chunks(1) {
            appender.send(TENURE, appending).unwrap();
        }
    }

    fn hear(inbox: &Receiver<(Tenure, Said)>, count: usize) -> Vec<u64> {
        let said = (0..count).map(|_| match inbox.recv_timeout(PATIENCE).unwrap() {
            (TENURE, Said::Appended(token)) => token,
            other => panic!("expected an acknowledgement, found {other:?}"),
        });
        said.collect()
    }

    /// The partition's records. A mock broker that went and came back sometimes answers a consumer no more, on a
    /// busy machine: another one asks then. Records that are not there are missed by all of them.
    fn read(brokers: &str, count: usize) -> Vec<u64> {
        let mut found = Vec::new();
        for _ in 0..6 {
            found = read_once(brokers, count);
            if found.len() == count {
                break;
            }
        }
        found
    }

    fn read_once(brokers: &str, count: usize) -> Vec<u64> {
        let consumer: BaseConsumer =
            Connection::to(brokers).consumer("g").set("check.crcs", "false").create().unwrap();
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("t", 0, Offset::Beginning).unwrap();
        consumer.assign(&list).unwrap();
        let value = |payload: &[u8]| std::str::from_utf8(payload).unwrap().parse().unwrap();
        let next = || consumer.poll(PATIENCE / 6).map(|record| value(record.unwrap().payload().unwrap()));
        std::iter::from_fn(next).take(count).collect()
    }

    /// The mock broker looks at no sequence numbers where there is no transaction: it takes what is behind a request that
    /// it refused, as a real one never does. So its errors meet one request at a time, before there are many.
    #[test]
    fn what_is_sent_keeps_its_order_under_retries_and_a_broker_that_goes_and_comes_back() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("t", 1, 1).unwrap();
        let (notify, inbox) = Notify::new(Signal::default());
        let appender = Appender::new(&Connection::to(cluster.bootstrap_servers()), "t", notify).unwrap();
        send(&appender, 0..100);
        hear(&inbox, 100);
        let passing = [
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
        ];
        cluster.request_errors(RDKafkaApiKey::Produce, &passing);
        send(&appender, 100..101);
        assert_eq!(hear(&inbox, 1), [100]);
        send(&appender, 101..1_000);
        hear(&inbox, 899);
        cluster.broker_down(1).unwrap();
        send(&appender, 1_000..1_500);
        assert!(inbox.recv_timeout(Duration::from_millis(500)).is_err(), "nobody can acknowledge");
        cluster.broker_up(1).unwrap();
        assert_eq!(hear(&inbox, 500), (1_000..1_500).collect::<Vec<_>>());
        assert_eq!(read(&cluster.bootstrap_servers(), 1_500), (0..1_500).collect::<Vec<_>>());
        assert!(!appender.broken());
    }

    /// An error that leaves a gap ends the producer: nothing after the gap is acknowledged.
    #[test]
    fn an_error_that_would_leave_a_gap_breaks_the_producer() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("t", 1, 1).unwrap();
        let (notify, inbox) = Notify::new(Signal::default());
        let appender = Appender::new(&Connection::to(cluster.bootstrap_servers()), "t", notify).unwrap();
        send(&appender, 0..1);
        hear(&inbox, 1);
        let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
        cluster.request_errors(RDKafkaApiKey::Produce, &refused);
        send(&appender, 1..2);
        let (_, said) = inbox.recv_timeout(PATIENCE).unwrap();
        assert!(matches!(&said, Said::AppendBroken(text) if text.contains('t')), "{said:?}");
        assert!(appender.broken());
        let message = Appending { token: 2, to: 0, message: Frame::default() };
        appender.send(TENURE, &[message]).unwrap_err();
    }
}
