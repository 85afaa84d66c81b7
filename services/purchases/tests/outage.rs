//! The broker goes and comes back: the service waits, loses nothing, and a stop in between still ends in time.
//! Restarts the broker under it, so it wants one of its own (`LOTSTREAM_LOCAL`, `LOTSTREAM_KAFKA_PORT`), says
//! so by `LOTSTREAM_OWN_BROKER=1`, and runs by hand: `-- --ignored`.

#![allow(clippy::unwrap_used)]

mod broker;

use broker::{Deployment, until};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};
use telemetry::Stop;

fn purchases(numbers: std::ops::Range<usize>) -> Vec<String> {
    let line = r#""occurred_at":"2026-03-01T12:00:00+03:00","currency":"RUB","total":"1","lines":[{"line":1,"sku":"a","quantity":"1","amount":"1"}]}"#;
    numbers.map(|n| format!(r#"{{"id":"p-{n}","member":"m-{n}",{line}"#)).collect()
}

fn servers(command: &str) {
    let servers = std::env::var("LOTSTREAM_SERVERS").unwrap();
    assert!(Command::new(servers).args([command, "kafka"]).status().unwrap().success(), "{command}");
}

#[test]
#[ignore = "restarts the broker: wants one of its own"]
fn a_restarted_broker_is_waited_for_and_nothing_is_lost() {
    assert_eq!(std::env::var("LOTSTREAM_OWN_BROKER").as_deref(), Ok("1"), "expected a broker of its own");
    let topics =
        [("member-commands", 4), ("dead-letters", 1), ("purchases.shop-1", 2), ("outcomes.shop-1", 1)];
    let Some(deployment) = Deployment::new(&topics) else { return };
    let (stop, mut config) = (Stop::default(), deployment.config());
    config.drain = Duration::from_secs(5);
    deployment.publish("shop-1", &purchases(0..1_000));
    std::thread::scope(|scope| {
        let working = scope.spawn(|| purchases::run(config, &stop));
        let mut keys = BTreeSet::new();
        deployment.commands(|command| keys.insert(command.key) && keys.len() == 1_000);
        servers("restart");
        let back = Instant::now();
        deployment.publish("shop-1", &purchases(1_000..2_000));
        keys.clear();
        deployment.commands(|command| {
            keys.insert(command.key);
            keys.len() == 2_000
        });
        println!("all there {:?} after the broker's return", back.elapsed());
        servers("down");
        stop.ask();
        let asked = Instant::now();
        until("the end of the service", || working.is_finished().then_some(()));
        println!("stopped in {:?} without a broker", asked.elapsed());
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
        working.join().unwrap().unwrap();
        servers("up");
    });
}
