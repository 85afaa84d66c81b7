//! The endpoints over a real socket.

#![allow(clippy::unwrap_used)]

use prometheus::{IntCounter, Registry};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use telemetry::{Health, Server};

fn ask(address: SocketAddr, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "{request} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

fn server(patience: Duration) -> (Server, Health, IntCounter) {
    let metrics = Registry::new();
    let counter = IntCounter::new("lotstream_test_total", "Things that happened.").unwrap();
    metrics.register(Box::new(counter.clone())).unwrap();
    let health = Health::new(patience);
    (Server::start("127.0.0.1:0", metrics, health.clone()).unwrap(), health, counter)
}

#[test]
fn metrics_are_what_was_counted() {
    let (server, _, counter) = server(Duration::from_secs(60));
    counter.inc_by(7);
    let (status, body) = ask(server.address(), "GET /metrics");
    assert_eq!(status, 200);
    assert!(body.contains("# HELP lotstream_test_total Things that happened."), "{body}");
    assert!(body.contains("lotstream_test_total 7"), "{body}");
}

#[test]
fn ready_follows_the_service_and_live_the_loop() {
    let (server, health, _) = server(Duration::from_secs(60));
    let address = server.address();
    assert_eq!(ask(address, "GET /live"), (200, "ok\n".into()));
    assert_eq!(ask(address, "GET /ready"), (503, "starting\n".into()));
    health.ready();
    assert_eq!(ask(address, "GET /ready?verbose"), (200, "ok\n".into()));
    health.remark(Some("one partner waits".into()));
    assert_eq!(ask(address, "GET /ready"), (200, "ok, but one partner waits\n".into()));
    health.waiting("kafka does not answer");
    assert_eq!(ask(address, "GET /ready"), (503, "kafka does not answer\n".into()));
    health.remark(None);
    assert_eq!(ask(address, "GET /live"), (200, "ok\n".into()));
}

#[test]
fn a_loop_that_hangs_is_not_live() {
    let (server, health, _) = server(Duration::ZERO);
    health.ready();
    let (status, body) = ask(server.address(), "GET /live");
    assert_eq!(status, 503);
    assert!(body.starts_with("the loop last came round "), "{body}");
    assert_eq!(ask(server.address(), "GET /ready").0, 503);
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let (server, ..) = server(Duration::from_secs(60));
    let (status, body) = ask(server.address(), "GET /health");
    assert_eq!((status, body.as_str()), (404, "expected /metrics, /live or /ready, found /health\n"));
    assert_eq!(ask(server.address(), "POST /metrics").0, 405);
}

#[test]
fn a_taken_address_is_named_and_a_dropped_server_gives_it_back() {
    let (first, ..) = server(Duration::from_secs(60));
    let address = first.address().to_string();
    let again = || Server::start(&address, Registry::new(), Health::new(Duration::from_secs(1)));
    let text = again().err().unwrap().to_string();
    assert!(text.starts_with(&format!("expected to listen on {address}: ")), "{text}");
    drop(first);
    let deadline = Instant::now() + Duration::from_secs(10);
    let second = loop {
        match again() {
            Ok(server) => break server,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    assert_eq!(second.address().to_string(), address);
    assert!(Server::start("nowhere", Registry::new(), Health::new(Duration::ZERO)).is_err());
}
