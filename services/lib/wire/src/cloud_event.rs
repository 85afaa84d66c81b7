//! CloudEvents attributes as Kafka headers, binary mode: a consumer routes and traces without decoding.

use domain::Timestamp;

/// The content type of a framed Avro datum.
pub const CONTENT_TYPE: &str = "application/avro";
/// The version of the specification.
const SPEC_VERSION: &str = "1.0";

/// What a record's headers say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CloudEvent<'a> {
    /// Unique with `source`: the same event, sent again, has the same.
    pub id: &'a str,
    /// Who made it: `/lotstream/ledger`.
    pub source: &'a str,
    /// What it is: the schema's full name, `lotstream.entry`.
    pub kind: &'a str,
    /// When it happened; left out where it is none the calendar knows.
    pub time: Timestamp,
    /// W3C `traceparent`, passed on; empty where there is none.
    pub trace: &'a str,
}

impl CloudEvent<'_> {
    /// The headers, in order.
    pub fn headers(&self) -> Vec<(String, Vec<u8>)> {
        let mut headers = Vec::with_capacity(7);
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.as_bytes().to_vec()));
        add("ce_specversion", SPEC_VERSION);
        add("ce_id", self.id);
        add("ce_source", self.source);
        add("ce_type", self.kind);
        add("content-type", CONTENT_TYPE);
        let time = self.time.to_string();
        if time.len() > "always".len() {
            add("ce_time", &time);
        }
        if !self.trace.is_empty() {
            add("traceparent", self.trace);
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_those_of_the_binary_mode() {
        let event = CloudEvent {
            id: "shop:member:1#7",
            source: "/lotstream/ledger",
            kind: "lotstream.entry",
            time: Timestamp(0),
            trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        };
        let text: Vec<String> = event
            .headers()
            .into_iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8(value).unwrap()))
            .collect();
        assert_eq!(
            text,
            [
                "ce_specversion: 1.0",
                "ce_id: shop:member:1#7",
                "ce_source: /lotstream/ledger",
                "ce_type: lotstream.entry",
                "content-type: application/avro",
                "ce_time: 1970-01-01T00:00:00.000Z",
                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ]
        );
        assert_eq!(CloudEvent { time: Timestamp::NEVER, trace: "", ..event }.headers().len(), 5);
    }
}
