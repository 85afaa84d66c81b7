//! A server that stops answering, its connections open (SIGSTOP, a broken network), and comes back: nothing
//! fails, nothing is lost, and work resumes by itself.

mod support;

use domain::account::Account;
use domain::{EntityId, Row, RowKey};
use engine::store::{Answer, Read, Store};
use lotstream_scylla::Config;
use std::time::{Duration, Instant};
use support::proxy::Proxy;
use support::{Driven, Own, rows, stamped};

const WRITES: i64 = 400;

fn entity(number: i64) -> EntityId {
    EntityId::member("stall", &number.to_string())
}

fn image(number: i64) -> Row {
    Row::Account(Account::new(entity(number)))
}

fn behind(own: &Own, proxy: &Proxy, request_timeout: Duration) -> Driven {
    Driven::new(&Config { nodes: vec![proxy.address.to_string()], request_timeout, ..own.config.clone() })
}

/// Requests of all kinds begin while the server hears nothing, more than are let in flight at once.
fn begin(store: &mut Driven) {
    for number in 0..WRITES {
        let ticket = store.ticket();
        store.store.write(ticket, rows(&entity(number), &[image(number)], 1));
        let ticket = store.ticket();
        store.store.read(ticket, vec![Read::Row(entity(number), RowKey::Account)]);
    }
}

fn stalls_and_resumes(request_timeout: Duration, stall: Duration) {
    let Some(own) = Own::new() else { return };
    let proxy = Proxy::before(&own.config.nodes[0]);
    let mut store = behind(&own, &proxy, request_timeout);
    let before = proxy.bytes();
    store.write_all(vec![rows(&entity(-1), &[image(-1)], 1)]);
    assert!(proxy.bytes() > before, "the driver goes through the proxy");

    proxy.stall();
    begin(&mut store);
    let until = Instant::now() + stall;
    while Instant::now() < until {
        assert_eq!(store.poll(), [], "an answer came through a stalled server");
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let resumed = Instant::now();
    proxy.resume();
    store.until(2 * WRITES as usize);
    let took = resumed.elapsed();
    eprintln!(
        "stalled {stall:?}, request timeout {request_timeout:?}: all answered {took:?} after the resume"
    );
    assert!(took < Duration::from_secs(30), "resumed only after {took:?}");

    let reads = (-1..WRITES).map(|number| Read::Row(entity(number), RowKey::Account)).collect();
    let answers = store.read(reads);
    let expected = (-1..WRITES).map(|number| Answer::Row(Some(stamped(&image(number), 1))));
    assert!(answers.into_iter().eq(expected), "a write was lost");
}

#[test]
fn a_short_stall_within_the_request_timeout() {
    stalls_and_resumes(Duration::from_secs(3), Duration::from_secs(1));
}

#[test]
fn a_stall_of_several_request_timeouts() {
    stalls_and_resumes(Duration::from_millis(300), Duration::from_secs(3));
}

/// Long enough that the driver closes its connections and has to open new ones.
#[test]
fn a_stall_longer_than_the_keepalive() {
    stalls_and_resumes(Duration::from_secs(3), Duration::from_secs(30));
}
