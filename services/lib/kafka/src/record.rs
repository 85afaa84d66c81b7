//! Records as the feed services meet them: one that came in, one that goes out.

use crate::error::Error;
use crate::header;
use domain::Timestamp;
use rdkafka::message::{BorrowedMessage, Header, Message, OwnedHeaders};

/// A record of a subscribed topic, read in place.
pub struct Incoming<'a>(pub(crate) BorrowedMessage<'a>);

impl Incoming<'_> {
    /// Its topic.
    pub fn topic(&self) -> &str {
        self.0.topic()
    }

    /// Its partition.
    pub fn partition(&self) -> i32 {
        self.0.partition()
    }

    /// Its offset.
    pub fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// Its key; empty where it has none.
    pub fn key(&self) -> &[u8] {
        self.0.key().unwrap_or_default()
    }

    /// Its value; `None` for a tombstone.
    pub fn value(&self) -> Option<&[u8]> {
        self.0.payload()
    }

    /// The first header of this name, where it has one with a value.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        header::first(&self.0, name)
    }

    /// When it was written: the broker's time or the producer's, whichever its topic keeps.
    pub fn written_at(&self) -> Option<Timestamp> {
        self.0.timestamp().to_millis().map(Timestamp)
    }

    /// When the broker appended it. An error where the topic keeps the producer's time instead.
    pub fn appended_at(&self) -> Result<Timestamp, Error> {
        append_time(&self.0)
    }
}

/// The broker's append time of `message`.
pub(crate) fn append_time<M: Message>(message: &M) -> Result<Timestamp, Error> {
    match message.timestamp() {
        rdkafka::Timestamp::LogAppendTime(millis) => Ok(Timestamp(millis)),
        _ => Err(Error::NoAppendTime {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
        }),
    }
}

/// A record to be written.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition; `None`: the one its key hashes to (murmur2, as Java's clients do).
    pub partition: Option<i32>,
    /// The key; empty where it has none.
    pub key: &'a [u8],
    /// The value.
    pub value: &'a [u8],
    /// Headers, in order.
    pub headers: &'a [(&'a str, &'a [u8])],
}

/// Headers as librdkafka wants them.
pub(crate) fn headers(of: &[(&str, &[u8])]) -> Option<OwnedHeaders> {
    if of.is_empty() {
        return None;
    }
    let empty = OwnedHeaders::new_with_capacity(of.len());
    Some(of.iter().fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(*value) })))
}
