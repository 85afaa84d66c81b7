//! Kafka's protocol by hand: a record as no client library would send it, straight to a broker's open door. Produce
//! version 3, one batch of one record, unpacked; nothing in it is checked here.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// A record, as bytes.
#[derive(Clone, Copy, Default, Debug)]
pub struct RawRecord<'r> {
    /// Its key; none at all where it is `None`.
    pub key: Option<&'r [u8]>,
    /// Its value; none at all where it is `None`.
    pub value: Option<&'r [u8]>,
    /// Its headers, names and values as bytes.
    pub headers: &'r [(&'r [u8], &'r [u8])],
}

/// Writes it to partition 0 of `topic`; the offset, or the broker's error code.
///
/// # Errors
/// What Kafka's protocol calls an error code.
pub fn produce(broker: &str, topic: &str, record: &RawRecord<'_>) -> Result<i64, i16> {
    let batch = batch(record);
    let mut request = Vec::new();
    for word in [0_i16, 3] {
        request.extend(word.to_be_bytes()); // Produce, version 3
    }
    request.extend(7_i32.to_be_bytes()); // correlation
    text(&mut request, "raw");
    request.extend((-1_i16).to_be_bytes()); // no transaction
    request.extend((-1_i16).to_be_bytes()); // acks=all
    request.extend(30_000_i32.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    text(&mut request, topic);
    request.extend(1_i32.to_be_bytes());
    request.extend(0_i32.to_be_bytes());
    request.extend(i32::try_from(batch.len()).expect("a batch below 2 GiB").to_be_bytes());
    request.extend(&batch);

    let mut door = TcpStream::connect(broker).unwrap_or_else(|error| panic!("{broker}: {error}"));
    door.set_read_timeout(Some(ANSWER)).expect("a deadline");
    let length = i32::try_from(request.len()).expect("a request below 2 GiB");
    door.write_all(&length.to_be_bytes()).and_then(|()| door.write_all(&request)).expect("a request");
    let mut length = [0; 4];
    door.read_exact(&mut length).unwrap_or_else(|error| panic!("{broker} hung up: {error}"));
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).expect("a length")];
    door.read_exact(&mut answer).expect("a whole answer");
    // Correlation, topics, the topic's name, partitions, partition.
    let at = 4 + 4 + 2 + topic.len() + 4 + 4;
    let code = i16::from_be_bytes([answer[at], answer[at + 1]]);
    let offset = i64::from_be_bytes(answer[at + 2..at + 10].try_into().expect("eight bytes"));
    if code == 0 { Ok(offset) } else { Err(code) }
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend(i16::try_from(text.len()).expect("a short text").to_be_bytes());
    out.extend(text.as_bytes());
}

/// A batch of format 2 with one record in it.
fn batch(record: &RawRecord<'_>) -> Vec<u8> {
    let mut body = vec![0]; // attributes
    varint(&mut body, 0); // timestamp
    varint(&mut body, 0); // offset
    bytes(&mut body, record.key);
    bytes(&mut body, record.value);
    varint(&mut body, i64::try_from(record.headers.len()).expect("a count"));
    for (name, value) in record.headers {
        bytes(&mut body, Some(name));
        bytes(&mut body, Some(value));
    }
    let mut checked = Vec::new();
    checked.extend(0_i16.to_be_bytes()); // nothing is packed
    checked.extend(0_i32.to_be_bytes()); // the last record's place
    checked.extend(0_i64.to_be_bytes()); // first time
    checked.extend(0_i64.to_be_bytes()); // last time
    checked.extend((-1_i64).to_be_bytes()); // no producer
    checked.extend((-1_i16).to_be_bytes());
    checked.extend((-1_i32).to_be_bytes());
    checked.extend(1_i32.to_be_bytes());
    varint(&mut checked, i64::try_from(body.len()).expect("a length"));
    checked.extend(&body);
    let mut batch = Vec::new();
    batch.extend(0_i64.to_be_bytes());
    batch.extend(i32::try_from(4 + 1 + 4 + checked.len()).expect("a length").to_be_bytes());
    batch.extend((-1_i32).to_be_bytes());
    batch.push(2);
    batch.extend(crc32c(&checked).to_be_bytes());
    batch.extend(&checked);
    batch
}

fn bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    varint(out, bytes.map_or(-1, |bytes| i64::try_from(bytes.len()).expect("a length")));
    out.extend(bytes.unwrap_or_default());
}

fn varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Castagnoli's, bit by bit: records here are few.
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(!0, step)
}
