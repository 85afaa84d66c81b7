//! Reading `ledger-wal` at a takeover: its read-uncommitted end, and its committed records up to there.
//!
//! Two clients, neither in a group. The one that asks for the end is read-uncommitted, as a read-committed
//! one is shown the last stable offset instead; the one that reads is read-committed.

use crate::aside::drop_aside;
use crate::connection::Connection;
use crate::error::Error;
use crate::leaders::{of_leaders, watermarks};
use crate::ledger::failure::log_error;
use crate::ledger::frame::read_frame;
use crate::record::append_time;
use domain::Timestamp;
use engine::log::{LogError, WalChunk, WalEntry, WalRange};
use engine::message::Frame;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use std::thread;
use std::time::{Duration, Instant};

/// At most so many records a chunk.
const CHUNK_RECORDS: usize = 10_000;
/// A chunk ends after so many bytes of values.
const CHUNK_BYTES: usize = 8 << 20;

/// The two clients.
pub(super) struct Wal {
    uncommitted: BaseConsumer,
    committed: BaseConsumer,
    topic: String,
    /// Partition and offset the committed client reads next.
    reading: Option<(i32, i64)>,
}

impl Wal {
    pub(super) fn new(connection: &Connection, group: &str, topic: &str) -> Result<Self, Error> {
        let make = |isolation: &str| {
            let mut config = connection.consumer(group);
            config
                .set("isolation.level", isolation)
                .set("enable.partition.eof", "true")
                .set("queued.max.messages.kbytes", "16384")
                // Where only control records are left, the end is known after this long.
                .set("fetch.wait.max.ms", "5");
            config
                .create::<BaseConsumer>()
                .map_err(Error::kafka(format!("making a reader of topic `{topic}`")))
        };
        let (uncommitted, committed) = (make("read_uncommitted")?, make("read_committed")?);
        Ok(Self { uncommitted, committed, topic: topic.to_owned(), reading: None })
    }

    /// Start, and the end with open transactions included.
    pub(super) fn range(&self, partition: i32, patience: Duration) -> Result<WalRange, LogError> {
        let doing = format!("asking where `{}` {partition} ends", self.topic);
        let (start, end) = watermarks(&self.uncommitted, &self.topic, partition, patience)
            .map_err(|error| log_error(&doing, &error))?;
        Ok(WalRange { start, end })
    }

    /// The offset of the first record appended at `since` or later, whatever it is; the end where there is none.
    pub(super) fn offset_at(
        &self,
        partition: i32,
        since: Timestamp,
        patience: Duration,
    ) -> Result<i64, LogError> {
        let doing = format!("asking what `{}` {partition} holds since {since}", self.topic);
        let failed = |error: KafkaError| log_error(&doing, &error);
        let mut asked = TopicPartitionList::new();
        let placed = asked.add_partition_offset(&self.topic, partition, Offset::Offset(since.0.max(0)));
        placed.map_err(failed)?;
        let asking = |consumer: &BaseConsumer| consumer.offsets_for_times(asked.clone(), patience);
        let found = of_leaders(&self.uncommitted, &self.topic, patience, asking).map_err(failed)?;
        let place = found.elements().into_iter().next();
        let place = place.ok_or_else(|| LogError::Retry(format!("{doing}: no answer")))?;
        place.error().map_err(failed)?;
        match place.offset() {
            Offset::Offset(offset) => Ok(offset),
            _ => Ok(self.range(partition, patience)?.end),
        }
    }

    /// Committed records from `from` towards `to`.
    pub(super) fn read(
        &mut self,
        partition: i32,
        from: i64,
        to: i64,
        patience: Duration,
    ) -> Result<WalChunk<Frame>, LogError> {
        if from >= to {
            self.stop();
            return Ok(WalChunk { entries: Vec::new(), next: from });
        }
        let result = self.chunk(partition, from, to, patience);
        match &result {
            Ok(chunk) if chunk.next < to => self.reading = Some((partition, chunk.next)),
            _ => self.stop(),
        }
        result
    }

    fn chunk(
        &self,
        partition: i32,
        from: i64,
        to: i64,
        patience: Duration,
    ) -> Result<WalChunk<Frame>, LogError> {
        let doing = format!("reading `{}` {partition} from {from} to {to}", self.topic);
        let failed = |error: KafkaError| log_error(&doing, &error);
        let deadline = Instant::now() + patience;
        if self.reading != Some((partition, from)) {
            self.wait_until_stable(partition, to, deadline)?;
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(&self.topic, partition, Offset::Offset(from)).map_err(failed)?;
            self.committed.assign(&list).map_err(failed)?;
        }
        let mut chunk = WalChunk { entries: Vec::new(), next: from };
        let mut bytes = 0;
        let mut trouble = format!("{doing}: nothing came within {} ms", patience.as_millis());
        while chunk.next < to && chunk.entries.len() < CHUNK_RECORDS && bytes < CHUNK_BYTES {
            match self.committed.poll(Duration::from_millis(100)) {
                Some(Ok(message)) if message.offset() >= to => chunk.next = to,
                Some(Ok(message)) => {
                    bytes += message.payload_len();
                    chunk.next = message.offset() + 1;
                    let appended_at = append_time(&message)?;
                    let (offset, message) = (message.offset(), read_frame(&message));
                    chunk.entries.push(WalEntry { offset, appended_at, message });
                }
                // The end of what is stable, which is not before `to`: only control records were left.
                Some(Err(KafkaError::PartitionEOF(_))) => chunk.next = to,
                Some(Err(error)) => match failed(error) {
                    // Old news, or an outage that may end in time.
                    LogError::Retry(text) => trouble = text,
                    error => return Err(error),
                },
                None if Instant::now() <= deadline => {}
                None if chunk.next > from => break,
                None => return Err(LogError::Retry(trouble)),
            }
        }
        Ok(chunk)
    }

    /// Waits until no transaction is open before `to`: the last stable offset is what a read-committed client
    /// is shown as the end.
    fn wait_until_stable(&self, partition: i32, to: i64, deadline: Instant) -> Result<(), LogError> {
        let doing = format!("reading `{}` {partition} to {to}", self.topic);
        let mut open_at = None;
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
            match watermarks(&self.committed, &self.topic, partition, left) {
                Ok((_, stable)) if stable >= to => return Ok(()),
                Ok((_, stable)) => open_at = Some(stable),
                // The time that was left was too short for an answer: what was heard before it counts.
                Err(_) if open_at.is_some() && Instant::now() > deadline => {}
                Err(error) => return Err(log_error(&doing, &error)),
            }
            if let Some(stable) = open_at
                && Instant::now() > deadline
            {
                return Err(LogError::Retry(format!("{doing}: a transaction is open at {stable}")));
            }
            thread::park_timeout(Duration::from_millis(2));
        }
    }

    /// Takes log lines and errors of the two clients out of their queues, where they would pile up.
    pub(super) fn serve(&self) {
        if self.reading.is_none() {
            for client in [&self.uncommitted, &self.committed] {
                while client.poll(Duration::ZERO).is_some() {}
            }
        }
    }

    fn stop(&mut self) {
        self.reading = None;
        if let Err(error) = self.committed.unassign() {
            tracing::warn!(%error, topic = self.topic, "could not stop reading");
        }
    }

    /// Closes, waiting for that at most `patience`. Says whether it was done by then.
    pub(super) fn close(self, patience: Duration) -> bool {
        drop_aside("log readers", (self.uncommitted, self.committed), patience)
    }
}
