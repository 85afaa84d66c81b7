//! Starting without servers: what is waited for, and what is an error at once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use ledger::{Config, LedgerError, StoreChoice, run};
use lotstream_kafka::Connection;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};
use telemetry::Stop;

/// Nothing answers anywhere, but for health at `listen`.
fn config(listen: &str) -> Config {
    Config {
        kafka: lotstream_kafka::ledger::Config::new(Connection::to("127.0.0.1:1")),
        registry: "http://127.0.0.1:1".to_owned(),
        store: StoreChoice::Cql(Box::new(lotstream_scylla::Config::new("127.0.0.1:1", "lotstream"))),
        engine: engine::config::Config::default(),
        listen: Some(listen.to_owned()),
        traces: String::new(),
        drain: Duration::from_secs(1),
    }
}

fn ready(address: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET /ready HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

#[test]
fn a_kafka_that_is_away_is_waited_for_until_the_stop() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (stop, config) = (Stop::default(), config(&free));
    let ledger = thread::spawn({
        let stop = stop.clone();
        move || run(&config, &stop)
    });
    let begun = Instant::now();
    let waits = |answer: String| answer.contains(" 503 ") && answer.contains("kafka does not answer");
    while !ready(&free).is_some_and(waits) {
        assert!(!ledger.is_finished(), "it ended: {:?}", ledger.join().unwrap());
        assert!(begun.elapsed() < Duration::from_secs(60), "expected it to wait for kafka");
    }
    stop.ask();
    ledger.join().unwrap().unwrap();
}

#[test]
fn an_address_that_is_none_is_an_error_at_once() {
    let error = run(&config("nowhere"), &Stop::default()).unwrap_err().to_string();
    assert!(error.contains("expected to listen on nowhere"), "{error}");
}

#[test]
fn a_keyspace_that_cannot_be_is_an_error_at_once() {
    let config = lotstream_scylla::Config::new("127.0.0.1:1", "Lot-Stream");
    let error = lotstream_scylla::ScyllaStore::open(&config).err().unwrap();
    assert!(!error.may_pass(), "{error}");
    assert!(error.to_string().contains("expected a keyspace of lower case letters"), "{error}");
}

#[test]
fn what_is_missing_is_named_with_the_command_that_makes_it() {
    let topic = lotstream_kafka::Error::MissingTopic { topic: "ledger-wal".to_owned() };
    assert!(!topic.may_pass());
    let said = LedgerError::from(topic).to_string();
    assert_eq!(said, "topic `ledger-wal` does not exist; create it with `lotstream topics create`");
    let table = "expected table shop.lots, found none; run `lotstream tables create`";
    let table = lotstream_scylla::ScyllaError::Tables(table.to_owned());
    assert!(!table.may_pass());
    assert!(LedgerError::from(table).to_string().contains("lotstream tables create"));
}
