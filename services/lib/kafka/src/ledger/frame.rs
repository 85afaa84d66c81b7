//! Frames to librdkafka's records and back.

use engine::message::Frame;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};

/// The frame of a record.
pub(super) fn read_frame(message: &BorrowedMessage<'_>) -> Frame {
    let headers = message.headers().map_or_else(Vec::new, |headers| {
        let owned =
            |header: Header<'_, &[u8]>| (header.key.to_owned(), header.value.unwrap_or_default().to_vec());
        headers.iter().map(owned).collect()
    });
    Frame {
        key: message.key().unwrap_or_default().to_vec(),
        value: message.payload().unwrap_or_default().to_vec(),
        headers,
    }
}

/// The headers of a frame; `None` where there are none.
pub(super) fn headers_of(frame: &Frame) -> Option<OwnedHeaders> {
    if frame.headers.is_empty() {
        return None;
    }
    let empty = OwnedHeaders::new_with_capacity(frame.headers.len());
    Some(frame.headers.iter().fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(value) })))
}

/// The key of a frame; `None` where it is empty, so that the topic's partitions are used evenly.
pub(super) fn key_of(frame: &Frame) -> Option<&[u8]> {
    (!frame.key.is_empty()).then_some(frame.key.as_slice())
}
