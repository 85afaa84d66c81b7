//! A reader for tools that stay: partitions without a group, from given offsets on, and what is written to them since; read
//! committed. Partitions may join at any time. Commits nothing and joins nothing, so it disturbs no service.

use crate::aside::drop_aside;
use crate::connection::Connection;
use crate::error::Error;
use crate::group::Place;
use crate::reader::is_passing;
use crate::record::Incoming;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long one look for a record may take.
const TICK: Duration = Duration::from_millis(100);
/// How long nothing may come of records that are there.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads partitions for as long as it lives.
pub struct Tail {
    consumer: Option<BaseConsumer>,
    /// The next offset of each; markers of transactions and what they aborted count as read once the end was come to.
    next: BTreeMap<Place, i64>,
}

impl Tail {
    /// Reads nothing yet.
    ///
    /// # Errors
    /// A setting that librdkafka refuses.
    pub fn open(connection: &Connection) -> Result<Self, Error> {
        let consumer = consumer(connection)?;
        Ok(Self { consumer: Some(consumer), next: BTreeMap::new() })
    }

    /// Reads these, too, each from its offset on.
    ///
    /// # Errors
    /// A partition that does not exist.
    pub fn add(&mut self, from: &BTreeMap<Place, i64>) -> Result<(), Error> {
        let Some(consumer) = self.consumer.as_ref().filter(|_| !from.is_empty()) else { return Ok(()) };
        let mut next = self.next.clone();
        next.extend(from.iter().map(|(place, offset)| (place.clone(), *offset)));
        // Those that are read already go on where they are.
        let mut list = TopicPartitionList::new();
        for ((topic, partition), offset) in &next {
            let placed = list.add_partition_offset(topic, *partition, Offset::Offset(*offset));
            placed.map_err(Error::kafka(format!("naming `{topic}` {partition}")))?;
        }
        consumer.assign(&list).map_err(Error::kafka("starting to read"))?;
        self.next = next;
        Ok(())
    }

    /// Whether this partition is read.
    pub fn reads(&self, place: &Place) -> bool {
        self.next.contains_key(place)
    }

    /// How many records of these there are to read, up to where they end.
    pub fn lag(&self, ends: &BTreeMap<Place, i64>) -> i64 {
        let lag = |(place, end): (&Place, &i64)| self.next.get(place).map_or(0, |next| (end - next).max(0));
        ends.iter().map(lag).sum()
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
                self.next.insert(place, incoming.offset() + 1);
                Ok(Some(incoming))
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {
                settle(consumer, &mut self.next);
                Ok(None)
            }
            Some(Err(error)) if error.rdkafka_error_code().is_some_and(is_passing) => Ok(None),
            Some(Err(error)) => Err(Error::kafka("reading")(error)),
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            drop_aside("tail", consumer, Duration::ZERO);
        }
    }
}

/// Goes behind markers and what they aborted.
fn settle(consumer: &BaseConsumer, next: &mut BTreeMap<Place, i64>) {
    let Ok(positions) = consumer.position() else { return };
    for place in positions.elements() {
        if let Offset::Offset(at) = place.offset()
            && let Some(next) = next.get_mut(&(place.topic().to_owned(), place.partition()))
        {
            *next = at.max(*next);
        }
    }
}

/// Which offsets of `from..to` hold a record that was committed: a marker of a transaction holds
/// none. All of it must be written, and no transaction open before `to`.
///
/// # Errors
/// A partition that does not exist, a cluster that does not answer.
pub fn records_within(connection: &Connection, place: &Place, from: i64, to: i64) -> Result<Vec<i64>, Error> {
    let (topic, partition) = place;
    let mut tail = Tail::open(connection)?;
    tail.add(&BTreeMap::from([(place.clone(), from)]))?;
    let (mut found, mut heard) = (Vec::new(), Instant::now());
    while tail.next.get(place).is_some_and(|next| *next < to) {
        let record = tail.poll(TICK)?.map(|record| record.offset());
        if let Some(offset) = record {
            heard = Instant::now();
            found.extend((offset < to).then_some(offset));
        }
        if heard.elapsed() > PATIENCE {
            let doing = format!("reading `{topic}` {partition} from {from} to {to}");
            return Err(Error::Late { doing, millis: PATIENCE.as_millis() });
        }
    }
    Ok(found)
}

fn consumer(connection: &Connection) -> Result<BaseConsumer, Error> {
    let mut config = connection.consumer("lotstream-tail");
    config.set("enable.partition.eof", "true").create().map_err(Error::kafka("making a reader"))
}
