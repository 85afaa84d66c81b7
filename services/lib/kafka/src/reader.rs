//! A reader for tools: whole topics without a group, from their beginning or from now on, read committed.
//!
//! Commits nothing and joins nothing, so it disturbs no service.

use crate::aside::drop_aside;
use crate::connection::{Connection, REQUEST_TIMEOUT};
use crate::door;
use crate::error::Error;
use crate::leaders::watermarks;
use crate::record::Incoming;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

/// How long before a partition without a leader is asked for again.
const AGAIN: Duration = Duration::from_millis(50);

/// Where a reader starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Start {
    /// At the first record there still is.
    Beginning,
    /// Behind the last record there is now.
    Now,
}

/// Reads topics.
pub struct Reader {
    consumer: Option<BaseConsumer>,
    /// Partitions not read up to the end they had when the reader was opened: the next offset, and that end.
    open: BTreeMap<(String, i32), i64>,
    /// Whether a partition no longer begins at its first record.
    shortened: bool,
}

impl Reader {
    /// Opens `topics`, all their partitions.
    ///
    /// # Errors
    /// A topic that does not exist, or a cluster that does not answer.
    pub fn open(connection: &Connection, topics: &[String], start: Start) -> Result<Self, Error> {
        let consumer = consumer(connection)?;
        let mut places = Vec::new();
        for topic in topics {
            let all = partitions(connection, &consumer, topic)?;
            places.extend(all.into_iter().map(|partition| (topic.clone(), partition)));
        }
        Self::start(consumer, places, start)
    }

    /// Opens one partition of `topic`: `choose` is told how many there are, and names it.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_partition(
        connection: &Connection,
        topic: &str,
        choose: impl FnOnce(usize) -> i32,
        start: Start,
    ) -> Result<Self, Error> {
        let consumer = consumer(connection)?;
        let partition = choose(partitions(connection, &consumer, topic)?.len());
        Self::start(consumer, vec![(topic.to_owned(), partition)], start)
    }

    fn start(consumer: BaseConsumer, places: Vec<(String, i32)>, start: Start) -> Result<Self, Error> {
        let mut list = TopicPartitionList::new();
        let (mut open, mut shortened) = (BTreeMap::new(), false);
        for (topic, partition) in places {
            let doing = || format!("looking for the ends of `{topic}` {partition}");
            let (first, end) = ends(&consumer, &topic, partition).map_err(Error::kafka(doing()))?;
            shortened |= first > 0;
            let from = if start == Start::Beginning { first } else { end };
            let placed = list.add_partition_offset(&topic, partition, Offset::Offset(from));
            placed.map_err(Error::kafka(doing()))?;
            if from < end {
                open.insert((topic, partition), end);
            }
        }
        consumer.assign(&list).map_err(Error::kafka("starting to read"))?;
        Ok(Self { consumer: Some(consumer), open, shortened })
    }

    /// Whether records that were once there are no longer kept.
    pub const fn is_shortened(&self) -> bool {
        self.shortened
    }

    /// The next record, waiting at most `timeout`.
    ///
    /// # Errors
    /// An offset that is gone, a topic that was deleted.
    pub fn poll(&mut self, timeout: Duration) -> Result<Option<Incoming<'_>>, Error> {
        let Some(consumer) = self.consumer.as_ref() else { return Ok(None) };
        match consumer.poll(timeout) {
            None => Ok(None),
            Some(Ok(message)) => {
                let incoming = Incoming(message);
                let place = (incoming.topic().to_owned(), incoming.partition());
                if self.open.get(&place).is_some_and(|end| incoming.offset() + 1 >= *end) {
                    self.open.remove(&place);
                }
                Ok(Some(incoming))
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                settle(consumer, &mut self.open);
                Ok(None)
            }
            Some(Err(error)) if error.rdkafka_error_code().is_some_and(is_passing) => Ok(None),
            Some(Err(error)) => Err(Error::kafka("reading")(error)),
        }
    }

    /// Whether everything that was there when the reader was opened has been read. Control records and aborted
    /// ones count as read.
    pub fn is_done(&self) -> bool {
        self.open.is_empty()
    }
}

/// Forgets partitions whose rest holds no record: markers of transactions, and what they aborted.
fn settle(consumer: &BaseConsumer, open: &mut BTreeMap<(String, i32), i64>) {
    let Ok(positions) = consumer.position() else { return };
    for place in positions.elements() {
        let key = (place.topic().to_owned(), place.partition());
        if let (Offset::Offset(next), Some(end)) = (place.offset(), open.get(&key))
            && next >= *end
        {
            open.remove(&key);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            drop_aside("reader", consumer, Duration::ZERO);
        }
    }
}

fn consumer(connection: &Connection) -> Result<BaseConsumer, Error> {
    let mut config = connection.consumer("lotstream-reader");
    config.set("enable.partition.eof", "true").create().map_err(Error::kafka("making a reader"))
}

fn partitions(connection: &Connection, consumer: &BaseConsumer, topic: &str) -> Result<Vec<i32>, Error> {
    let doing = format!("looking for topic `{topic}`");
    let metadata = door::metadata(consumer.client(), connection, Some(topic), (&doing, REQUEST_TIMEOUT))?;
    let found =
        metadata.topics().iter().find(|found| found.name() == topic && !found.partitions().is_empty());
    let found = found.ok_or_else(|| Error::MissingTopic { topic: topic.to_owned() })?;
    Ok(found.partitions().iter().map(|partition| partition.id()).collect())
}

/// Where a partition begins and ends. One that was made a moment ago may not have its leader yet.
fn ends(consumer: &BaseConsumer, topic: &str, partition: i32) -> Result<(i64, i64), KafkaError> {
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    loop {
        match watermarks(consumer, topic, partition, REQUEST_TIMEOUT) {
            Err(error)
                if error.rdkafka_error_code() == Some(RDKafkaErrorCode::NotLeaderForPartition)
                    && Instant::now() < deadline =>
            {
                thread::park_timeout(AGAIN);
            }
            ends => return ends,
        }
    }
}

/// Trouble that passes by itself: a broker that restarts.
pub(crate) const fn is_passing(code: RDKafkaErrorCode) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Code::BrokerTransportFailure
            | Code::AllBrokersDown
            | Code::OperationTimedOut
            | Code::NotLeaderForPartition
    )
}
