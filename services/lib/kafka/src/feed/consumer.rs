//! The feed services' consumer: a group of its own, topics by pattern, offsets committed after the
//! acknowledgements.
//!
//! Never skips: a partition starts at the group's committed offset, or at its beginning where there is none;
//! an offset that is gone from the topic is an error.

use crate::aside::drop_aside;
use crate::connection::{Connection, REQUEST_TIMEOUT};
use crate::ends::Ends;
use crate::error::Error;
use crate::feed::positions::{Place, Positions, Standing};
use crate::ledger::no_topic;
use crate::record::Incoming;
use rdkafka::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::{info, warn};

/// How often the client tells where partitions end, in milliseconds: of every topic of every partner.
const TELL_ENDS: &str = "5000";

/// Bytes of one answer to a fetch, and kilobytes read ahead: what a burst of large records may take of memory.
const AT_ONCE_BYTES: &str = "8388608";
const AHEAD_KILOBYTES: &str = "16384";

/// Shared with the rebalance callback, which runs on the polling thread.
#[derive(Default)]
struct Assignment {
    positions: Mutex<Positions>,
    failed: Mutex<Option<Error>>,
    /// The topics that are read; `None` for all.
    only: Mutex<Option<BTreeSet<String>>>,
    ends: Ends,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ClientContext for Assignment {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(%error, detail = reason, "the consumer lost touch with kafka and tries again");
    }

    fn stats(&self, statistics: Statistics) {
        self.ends.hear(&statistics);
    }
}

impl ConsumerContext for Assignment {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let result = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.assign(consumer, list)
        } else {
            self.revoke(consumer)
        };
        if let Err(error) = result {
            *lock(&self.failed) = Some(error);
        }
    }
}

impl Assignment {
    fn assign(&self, consumer: &BaseConsumer<Self>, list: &TopicPartitionList) -> Result<(), Error> {
        let found = consumer
            .committed_offsets(list.clone(), REQUEST_TIMEOUT)
            .map_err(Error::kafka("fetching the committed offsets"))?;
        let mut start = TopicPartitionList::new();
        let mut positions = lock(&self.positions);
        positions.clear();
        for place in found.elements() {
            let (topic, partition) = (place.topic(), place.partition());
            let doing = format!("fetching the committed offset of `{topic}` {partition}");
            place.error().map_err(Error::kafka(doing))?;
            let (offset, next) = match place.offset() {
                Offset::Offset(next) => (Offset::Offset(next), next),
                _ => (Offset::Beginning, 0),
            };
            positions.assign(topic, partition, next);
            let doing = format!("starting `{topic}` {partition}");
            start.add_partition_offset(topic, partition, offset).map_err(Error::kafka(doing))?;
        }
        info!(partitions = start.count(), "assigned");
        consumer.assign(&start).map_err(Error::kafka("taking an assignment"))?;
        self.hold_back(consumer, &positions)
    }

    /// Pauses the assigned partitions that are not to be read, and lets the others go on.
    fn hold_back(&self, consumer: &BaseConsumer<Self>, positions: &Positions) -> Result<(), Error> {
        let only = lock(&self.only);
        let Some(only) = only.as_ref() else { return Ok(()) };
        let (mut read, mut held) = (TopicPartitionList::new(), TopicPartitionList::new());
        for (topic, partition) in positions.assigned() {
            let list = if only.contains(topic) { &mut read } else { &mut held };
            list.add_partition(topic, partition);
        }
        consumer.pause(&held).map_err(Error::kafka("holding back partitions"))?;
        consumer.resume(&read).map_err(Error::kafka("reading partitions that were held back"))
    }

    fn revoke(&self, consumer: &BaseConsumer<Self>) -> Result<(), Error> {
        if !consumer.assignment_lost()
            && let Err(error) = self.commit(consumer, CommitMode::Sync)
        {
            // What is not committed is delivered again, to whoever has it next.
            warn!(%error, "revoked before the last offsets were committed");
        }
        lock(&self.positions).clear();
        info!("revoked");
        consumer.unassign().map_err(Error::kafka("giving up an assignment"))
    }

    fn commit(&self, consumer: &BaseConsumer<Self>, mode: CommitMode) -> Result<(), Error> {
        let mut positions = lock(&self.positions);
        if let Ok(list) = consumer.position() {
            for place in list.elements() {
                if let Offset::Offset(next) = place.offset() {
                    positions.skip_to(place.topic(), place.partition(), next);
                }
            }
        }
        let due: Vec<(String, i32, i64)> = positions
            .due()
            .into_iter()
            .map(|(topic, partition, next)| (topic.to_owned(), partition, next))
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let mut list = TopicPartitionList::new();
        for (topic, partition, next) in &due {
            let offset = Offset::Offset(*next);
            list.add_partition_offset(topic, *partition, offset)
                .map_err(Error::kafka("committing offsets"))?;
        }
        consumer.commit(&list, mode).map_err(Error::kafka("committing offsets"))?;
        for (topic, partition, next) in due {
            positions.committed(&topic, partition, next);
        }
        Ok(())
    }
}

/// A consumer of partners' topics.
pub struct FeedConsumer {
    /// Always there until dropped; a close can block, so it happens on a thread of its own.
    consumer: Option<BaseConsumer<Assignment>>,
}

impl FeedConsumer {
    /// Joins `group` for the topics that match `patterns`: a name, or a regular expression that begins with
    /// `^`, such as `^purchases\..*`. A topic made later is noticed within ten seconds.
    pub fn new(connection: &Connection, group: &str, patterns: &[&str]) -> Result<Self, Error> {
        let consumer: BaseConsumer<Assignment> = connection
            .consumer(group)
            .set("topic.metadata.refresh.interval.ms", "10000")
            .set("fetch.wait.max.ms", "10")
            .set("fetch.min.bytes", "65536")
            .set("statistics.interval.ms", TELL_ENDS)
            .set("fetch.max.bytes", AT_ONCE_BYTES)
            .set("queued.max.messages.kbytes", AHEAD_KILOBYTES)
            .create_with_context(Assignment::default())
            .map_err(Error::kafka(format!("making a consumer of group `{group}`")))?;
        let doing = format!("subscribing to {}", patterns.join(", "));
        consumer.subscribe(patterns).map_err(Error::kafka(doing))?;
        Ok(Self { consumer: Some(consumer) })
    }

    fn consumer(&self) -> Option<&BaseConsumer<Assignment>> {
        self.consumer.as_ref()
    }

    /// The next record and the place to [`FeedConsumer::settle`], waiting for one at most `timeout`. Call it
    /// at least every few seconds, or the group takes the partitions away. An error is final: end the process.
    pub fn poll(&self, timeout: Duration) -> Result<Option<(Place, Incoming<'_>)>, Error> {
        let Some(consumer) = self.consumer() else { return Ok(None) };
        let polled = consumer.poll(timeout);
        if let Some(error) = lock(&consumer.context().failed).take() {
            return Err(error);
        }
        match polled {
            None => Ok(None),
            Some(Ok(message)) => {
                let incoming = Incoming(message);
                let (topic, partition, offset) = (incoming.topic(), incoming.partition(), incoming.offset());
                let place = lock(&consumer.context().positions).read(topic, partition, offset);
                Ok(place.map(|place| (place, incoming)))
            }
            Some(Err(error)) => passing(error),
        }
    }

    /// Reads `topics` alone from now on, until told otherwise. Others that match the patterns are assigned and
    /// keep their place; nothing of them is read.
    pub fn read_only(&self, topics: BTreeSet<String>) -> Result<(), Error> {
        let Some(consumer) = self.consumer() else { return Ok(()) };
        let assignment = consumer.context();
        *lock(&assignment.only) = Some(topics);
        assignment.hold_back(consumer, &lock(&assignment.positions))
    }

    /// Whether a topic is assigned that is held back, other than `known` ones.
    pub fn holds_back(&self, known: &BTreeSet<String>) -> bool {
        let Some(assignment) = self.consumer().map(Consumer::context) else { return false };
        let (positions, only) = (lock(&assignment.positions), lock(&assignment.only));
        let is_news = |topic: &str, only: &BTreeSet<String>| !only.contains(topic) && !known.contains(topic);
        only.as_ref().is_some_and(|only| positions.assigned().any(|(topic, _)| is_news(topic, only)))
    }

    /// Says that every record made from the one at `place` is acknowledged.
    pub fn settle(&self, place: &Place) {
        if let Some(consumer) = self.consumer() {
            lock(&consumer.context().positions).settle(place);
        }
    }

    /// Where the assigned partitions that are read stand, and where they end, some seconds ago: for metrics.
    pub fn standings(&self) -> Vec<Standing> {
        let Some(assignment) = self.consumer().map(Consumer::context) else { return Vec::new() };
        let (positions, only) = (lock(&assignment.positions), lock(&assignment.only));
        let read = |topic: &str| only.as_ref().is_none_or(|only| only.contains(topic));
        let standing = |(topic, partition, position): (&Arc<str>, i32, i64)| {
            let end = assignment.ends.of(topic, partition)?.max(position);
            Some(Standing { topic: Arc::clone(topic), partition, position, end })
        };
        positions.all().filter(|(topic, ..)| read(topic)).filter_map(standing).collect()
    }

    /// Commits what is settled, waiting for the broker. Nothing new, nothing sent.
    pub fn commit(&self) -> Result<(), Error> {
        let Some(consumer) = self.consumer() else { return Ok(()) };
        match consumer.context().commit(consumer, CommitMode::Sync) {
            Err(error) if error.code().is_some_and(rebalancing) => Ok(()),
            result => result,
        }
    }

    /// Records read and not settled.
    pub fn open(&self) -> usize {
        self.consumer().map_or(0, |consumer| lock(&consumer.context().positions).open())
    }

    /// How many partitions are assigned.
    pub fn assigned(&self) -> usize {
        self.consumer().and_then(|consumer| consumer.assignment().ok()).map_or(0, |list| list.count())
    }

    /// Commits, leaves the group, and waits for that at most `patience`. Says whether it was done by then.
    pub fn close(mut self, patience: Duration) -> bool {
        self.consumer.take().is_none_or(|consumer| drop_aside("feed consumer", consumer, patience))
    }
}

impl Drop for FeedConsumer {
    fn drop(&mut self) {
        if let Some(consumer) = self.consumer.take() {
            drop_aside("feed consumer", consumer, Duration::ZERO);
        }
    }
}

/// A commit refused because the partitions are on their way to someone else: delivered again there.
fn rebalancing(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::AssignmentLost
            | RDKafkaErrorCode::NoOffset
    )
}

/// What passes by itself is not an error; the rest is.
fn passing<T>(error: KafkaError) -> Result<Option<T>, Error> {
    match error.rdkafka_error_code() {
        Some(
            RDKafkaErrorCode::BrokerTransportFailure
            | RDKafkaErrorCode::AllBrokersDown
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::Resolve
            | RDKafkaErrorCode::PollExceeded
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::IllegalGeneration,
        ) => Ok(None),
        // One partner's topic is gone, or a broker that has just started does not know it yet: the others are read on.
        Some(code) if no_topic(code) => {
            warn!(%error, "a topic is not read");
            Ok(None)
        }
        _ => Err(Error::kafka("reading")(error)),
    }
}
