//! The exporter against a collector on loopback: what is posted, and that nobody waits for it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::trace::{Kind, Parent, Span, Told, Tracer};
use telemetry::{Register, catalogue};

const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// A collector that answers every post with `status`, and what was posted to it.
fn collector(status: &'static str) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let (said, posts) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            while let Some(post) = read(stream.as_ref().unwrap()) {
                write!(stream.as_ref().unwrap(), "HTTP/1.1 {status}\r\ncontent-length: 2\r\n\r\n{{}}")
                    .unwrap();
                let _ = said.send(post);
            }
        }
    });
    (url, posts)
}

/// One request: its head, and its body as JSON.
fn read(stream: &TcpStream) -> Option<(String, Value)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    Some((head, serde_json::from_slice(&body).unwrap()))
}

fn span(parent: Parent, offset: i64) -> Span {
    let now = Instant::now();
    Span {
        name: "decide",
        kind: Kind::Consumer,
        parent,
        itself: parent.then("decide", "member-commands", 2, offset),
        began: now - Duration::from_millis(5),
        ended: now,
        told: vec![("offset", Told::Number(offset)), ("entity", Told::Text("club:member:1".into()))],
    }
}

fn figure(register: &Register, line: &str) -> Option<u64> {
    use telemetry::prometheus::{Encoder, TextEncoder};
    let mut text = Vec::new();
    TextEncoder::new().encode(&register.registry().gather(), &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.lines().find_map(|found| found.strip_prefix(line)?.trim().parse().ok())
}

#[test]
fn a_span_is_posted_as_opentelemetry_has_it() {
    let (url, posts) = collector("200 OK");
    let mut register = Register::new(&[]);
    let tracer = Tracer::start(&url, "ledger", &mut register);
    let parent = tracer.follows(HEADER).unwrap();
    let sent = span(parent, 17);
    tracer.send(sent.clone());
    let (head, body) = posts.recv_timeout(Duration::from_secs(10)).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json\r\n"), "{head}");
    let resource = &body["resourceSpans"][0]["resource"]["attributes"][0];
    assert_eq!(resource["value"]["stringValue"], "lotstream-ledger");
    let found = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
    assert_eq!(found["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(found["parentSpanId"], "b7ad6b7169203331");
    assert_eq!(found["spanId"], format!("{:016x}", sent.itself.span));
    assert_eq!((&found["name"], &found["kind"]), (&"decide".into(), &5.into()));
    let nanos = |key: &str| found[key].as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(nanos("endTimeUnixNano") - nanos("startTimeUnixNano"), 5_000_000);
    assert_eq!(found["attributes"][0]["value"]["intValue"], "17");
    assert_eq!(found["attributes"][1]["value"]["stringValue"], "club:member:1");
    drop(tracer);
    assert_eq!(figure(&register, "lotstream_trace_spans_total "), Some(1));
}

#[test]
fn what_the_header_does_not_sample_is_not_followed() {
    let (url, _posts) = collector("200 OK");
    let tracer = Tracer::start(&url, "ledger", &mut Register::new(&[]));
    assert!(tracer.follows(HEADER).is_some());
    assert_eq!(tracer.follows(&HEADER.replace("-01", "-00")), None);
    assert_eq!((tracer.follows(""), tracer.follows("nonsense")), (None, None));
    let off = Tracer::start("", "ledger", &mut Register::new(&[]));
    assert_eq!(off.follows(HEADER), None);
}

#[test]
fn the_last_spans_are_posted_before_the_end() {
    let (url, posts) = collector("200 OK");
    let tracer = Tracer::start(&url, "ledger", &mut Register::new(&[]));
    let parent = tracer.follows(HEADER).unwrap();
    (0..1_200).for_each(|offset| tracer.send(span(parent, offset)));
    drop(tracer);
    let spans = |(_, body): (String, Value)| {
        body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(posts.try_iter().map(spans).sum::<usize>(), 1_200);
}

#[test]
fn a_collector_that_refuses_costs_the_spans_and_nothing_else() {
    let (url, posts) = collector("503 Service Unavailable");
    let mut register = Register::new(&[]);
    let tracer = Tracer::start(&url, "ledger", &mut register);
    tracer.send(span(tracer.follows(HEADER).unwrap(), 1));
    posts.recv_timeout(Duration::from_secs(10)).unwrap();
    drop(tracer);
    assert_eq!(figure(&register, "lotstream_trace_spans_dropped_total{why=\"refused\"}"), Some(1));
}

#[test]
fn a_collector_that_hangs_keeps_nobody_waiting() {
    // It accepts and never answers: the queue fills while the first post waits.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    let mut register = Register::new(&[]);
    let tracer = Tracer::start(&url, "ledger", &mut register);
    let parent = tracer.follows(HEADER).unwrap();
    let (_held, begun) = (listener, Instant::now());
    (0..20_000).for_each(|offset| tracer.send(span(parent, offset)));
    assert!(begun.elapsed() < Duration::from_secs(1), "twenty thousand spans took {:?}", begun.elapsed());
    let full = figure(&register, "lotstream_trace_spans_dropped_total{why=\"full\"}");
    assert!(full.is_some_and(|full| full > 10_000), "{full:?}");
    drop(tracer);
    assert!(begun.elapsed() < Duration::from_secs(20), "the end took {:?}", begun.elapsed());
}

#[test]
fn every_span_is_in_the_catalogue() {
    for name in ["feed", "decide", "commit", "store write"] {
        assert!(catalogue().spans.contains_key(name), "{name}");
    }
}
