//! Reading `member-commands`: each partition from the position it was started at, in a queue of its own.
//!
//! A consumer with manual assignment beside the group's member: a partition is read only between `start` and
//! `stop`, at no position but the one it was told. Pausing only stops taking from its queue, which costs
//! nothing; the queue is bounded. A position that does not exist is an error, never a jump.

use crate::aside::drop_aside;
use crate::connection::Connection;
use crate::ends::Ends;
use crate::error::Error;
use crate::leaders::watermarks;
use crate::ledger::failure::log_error;
use crate::ledger::frame::read_frame;
use crate::ledger::signal::Signal;
use crate::record::append_time;
use engine::log::{Incoming, LogError, LogEvent};
use engine::message::Frame;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::Message;
use rdkafka::statistics::Statistics;
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

/// How often the client tells where partitions end, in milliseconds.
const TELL_ENDS: &str = "1000";

/// What the client tells beside records.
#[derive(Default)]
struct Heard(Ends);

impl ClientContext for Heard {
    fn stats(&self, statistics: Statistics) {
        self.0.hear(&statistics);
    }
}

impl ConsumerContext for Heard {}

/// One started partition.
struct Reading {
    queue: PartitionQueue<Heard>,
    paused: bool,
    /// The smallest offset that may come.
    next: i64,
}

/// The input of all partitions this instance has started.
pub(super) struct Input {
    consumer: Arc<BaseConsumer<Heard>>,
    topic: String,
    signal: Signal,
    reading: BTreeMap<i32, Reading>,
    limit: usize,
}

impl Input {
    /// A reader of `topic`; `group` is asked for committed offsets and never joined.
    pub(super) fn new(
        connection: &Connection,
        group: &str,
        topic: &str,
        limit: usize,
        signal: &Signal,
    ) -> Result<Self, Error> {
        let mut consumer: BaseConsumer<Heard> = connection
            .consumer(group)
            // Per partition: what is paused is bounded, what is read has enough.
            .set("queued.max.messages.kbytes", "8192")
            .set("queued.min.messages", "20000")
            .set("fetch.wait.max.ms", "15")
            .set("fetch.min.bytes", "65536")
            .set("statistics.interval.ms", TELL_ENDS)
            .create_with_context(Heard::default())
            .map_err(Error::kafka(format!("making a reader of topic `{topic}`")))?;
        let raised = signal.clone();
        consumer.set_nonempty_callback(move || raised.raise());
        Ok(Self {
            consumer: Arc::new(consumer),
            topic: topic.to_owned(),
            signal: signal.clone(),
            reading: BTreeMap::new(),
            limit,
        })
    }

    /// Where each started partition ends, of those whose end is known, a moment ago.
    pub(super) fn ends(&self) -> Vec<(i32, i64)> {
        let ends = &self.consumer.context().0;
        self.reading.keys().filter_map(|number| Some((*number, ends.of(&self.topic, *number)?))).collect()
    }

    /// The group's committed offset; waits while an open transaction carries one (`read_committed` makes the
    /// fetch a stable one).
    pub(super) fn committed(&self, partition: i32, patience: Duration) -> Result<Option<i64>, LogError> {
        let doing = format!("fetching the committed offset of `{}` {partition}", self.topic);
        let failed = |error: KafkaError| log_error(&doing, &error);
        let found = self.consumer.committed_offsets(self.list(partition), patience).map_err(failed)?;
        let place = found.elements().into_iter().next();
        let place = place.ok_or_else(|| LogError::Retry(format!("{doing}: no answer")))?;
        place.error().map_err(|error| log_error(&doing, &error))?;
        match place.offset() {
            Offset::Offset(next) => Ok(Some(next)),
            _ => Ok(None),
        }
    }

    /// Starts a partition at `position`, or at its beginning; `patience` for asking whether that exists.
    pub(super) fn start(
        &mut self,
        partition: i32,
        position: Option<i64>,
        patience: Duration,
    ) -> Result<(), LogError> {
        self.stop(partition);
        let doing = format!("starting `{}` {partition}", self.topic);
        let failed = |error: KafkaError| log_error(&doing, &error);
        let (low, high) = watermarks(&self.consumer, &self.topic, partition, patience).map_err(failed)?;
        let next = position.unwrap_or(low);
        if !(low..=high).contains(&next) {
            return Err(LogError::Fatal(format!(
                "{doing}: expected a position from {low} to {high}, found {next}; records before it were \
                 deleted, or the topic was made anew: raise the log epoch and rebuild"
            )));
        }
        let queue = self.consumer.split_partition_queue(&self.topic, partition);
        let mut queue = queue.ok_or_else(|| LogError::Retry(format!("{doing}: no queue for it")))?;
        let signal = self.signal.clone();
        queue.set_nonempty_callback(move || signal.raise());
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(&self.topic, partition, Offset::Offset(next)).map_err(failed)?;
        self.consumer.incremental_assign(&list).map_err(failed)?;
        self.reading.insert(partition, Reading { queue, paused: false, next });
        Ok(())
    }

    /// Stops a partition and forgets what was fetched of it.
    pub(super) fn stop(&mut self, partition: i32) {
        if self.reading.remove(&partition).is_some()
            && let Err(error) = self.consumer.incremental_unassign(&self.list(partition))
        {
            warn!(%error, partition, "could not stop reading a partition");
        }
    }

    /// Stops or goes on delivering a partition; one that is not started is left alone.
    pub(super) fn pause(&mut self, partition: i32, paused: bool) {
        if let Some(reading) = self.reading.get_mut(&partition) {
            reading.paused = paused;
        }
        if !paused {
            self.signal.raise();
        }
    }

    /// Takes what was fetched, at most the limit of each partition.
    pub(super) fn poll(&mut self, events: &mut Vec<LogEvent<Frame>>) -> Result<(), LogError> {
        // Every partition has its own queue; here only errors of the client come.
        while let Some(polled) = self.consumer.poll(Duration::ZERO) {
            match polled {
                Err(error) => self.passing(&error)?,
                Ok(stray) => {
                    let (partition, offset) = (stray.partition(), stray.offset());
                    let text = format!("`{}` {partition}: record {offset} outside its queue", self.topic);
                    return Err(LogError::Fatal(text));
                }
            }
        }
        for (&partition, reading) in self.reading.iter_mut().filter(|(_, reading)| !reading.paused) {
            let mut records = Vec::new();
            while records.len() < self.limit {
                match reading.queue.poll(Duration::ZERO) {
                    None => break,
                    Some(Ok(message)) => {
                        let offset = message.offset();
                        if offset < reading.next {
                            let expected = reading.next;
                            return Err(LogError::Fatal(format!(
                                "`{}` {partition}: expected offset {expected} or later, found {offset}",
                                self.topic
                            )));
                        }
                        reading.next = offset + 1;
                        let appended_at = append_time(&message)?;
                        records.push(Incoming { offset, appended_at, message: read_frame(&message) });
                    }
                    Some(Err(error)) => passing(&self.topic, partition, reading.next, &error)?,
                }
            }
            if records.len() == self.limit {
                // There may be more, and nothing will say so again.
                self.signal.raise();
            }
            if !records.is_empty() {
                events.push(LogEvent::Records { partition, records });
            }
        }
        Ok(())
    }

    fn passing(&self, error: &KafkaError) -> Result<(), LogError> {
        match log_error(&format!("reading topic `{}`", self.topic), error) {
            LogError::Fatal(text) => Err(LogError::Fatal(text)),
            LogError::Retry(text) | LogError::Lost(text) => {
                warn!(error = text, "the reader goes on");
                Ok(())
            }
        }
    }

    fn list(&self, partition: i32) -> TopicPartitionList {
        let mut list = TopicPartitionList::new();
        list.add_partition(&self.topic, partition);
        list
    }

    /// Closes, waiting for that at most `patience`. Says whether it was done by then.
    pub(super) fn close(self, patience: Duration) -> bool {
        let Self { consumer, reading, .. } = self;
        drop(reading);
        drop_aside("input", consumer, patience)
    }
}

/// An error of one partition's queue.
fn passing(topic: &str, partition: i32, next: i64, error: &KafkaError) -> Result<(), LogError> {
    let doing = format!("reading `{topic}` {partition} at {next}");
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::PartitionEOF) => Ok(()),
        _ => match log_error(&doing, error) {
            LogError::Fatal(text) => Err(LogError::Fatal(text)),
            LogError::Retry(text) | LogError::Lost(text) => {
                warn!(error = text, "the reader goes on");
                Ok(())
            }
        },
    }
}
