//! A broker that stops answering, and one that is restarted, under load: every transaction once, in order.
//!
//! Ignored, as it stops the broker. On one of your own:
//! ```sh
//! export LOTSTREAM_LOCAL=/tmp/outage LOTSTREAM_KAFKA_PORT=19192 LOTSTREAM_KAFKA_CONTROLLER_PORT=19193
//! deploy/local/servers up kafka && eval "$(deploy/local/servers env)"
//! cargo test --release -p lotstream-kafka --test outage -- --ignored --nocapture
//! deploy/local/servers down --wipe
//! ```
#![allow(clippy::unwrap_used)]

mod broker;

use broker::Broker;
use broker::instance::{Deployment, Instance, TICK, transaction};
use engine::log::{Log, LogError, LogEvent};
use std::process::Command;
use std::time::{Duration, Instant};

/// Commits numbered transactions one after another, taking over whenever one does not come back committed.
struct Load {
    one: Instance,
    open: bool,
    assigned: bool,
    owned: bool,
    next: i64,
    last: Instant,
    longest: Duration,
    failures: usize,
}

impl Load {
    fn take_over(&mut self) -> Result<(), LogError> {
        self.one.log.fence(0)?;
        self.next = self.one.log.committed(0)?.unwrap_or(0);
        let range = self.one.log.wal_range(0)?;
        self.one.log.read_wal(0, range.start.max(range.end - 1), range.end)?;
        self.owned = true;
        Ok(())
    }

    fn step(&mut self) {
        if self.owned && !self.open {
            let number = self.next.to_string();
            self.one.log.commit(0, transaction(&[number.as_str(); 20], self.next + 1));
            self.open = true;
        }
        if self.assigned
            && !self.owned
            && let Err(error) = self.take_over()
        {
            println!("taking over: {error}");
        }
        let mut events = Vec::new();
        if let Err(error) = self.one.log.poll(TICK, &mut events) {
            println!("polling: {error}");
        }
        for event in events {
            match event {
                LogEvent::CommitResult { result: Ok(_), .. } => {
                    (self.open, self.next) = (false, self.next + 1);
                    self.longest = self.longest.max(self.last.elapsed());
                    self.last = Instant::now();
                }
                LogEvent::CommitResult { result: Err(error), .. } => {
                    println!("{:?} after the last success: {error}", self.last.elapsed());
                    (self.open, self.owned) = (false, false);
                    self.failures += 1;
                }
                LogEvent::Revoked(_) => {
                    println!("revoked");
                    self.assigned = false;
                    self.one.log.release(0);
                    (self.open, self.owned) = (false, false);
                    self.one.log.confirm_revoked().unwrap();
                }
                LogEvent::Assigned(_) => {
                    println!("assigned");
                    self.assigned = true;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn run(&mut self, what: &str, time: Duration) {
        let (start, from) = (Instant::now(), self.next);
        self.longest = Duration::ZERO;
        while start.elapsed() < time {
            self.step();
        }
        println!(
            "{what}: {} transactions, longest cycle {:?}, {} failures so far, silent for {:?}",
            self.next - from,
            self.longest,
            self.failures,
            self.last.elapsed()
        );
    }
}

fn signal(what: &str, pid: &str) {
    assert!(Command::new("kill").args([what, pid]).status().unwrap().success());
}

#[test]
#[ignore = "stops the broker: see the head of this file"]
fn every_transaction_is_there_once_whatever_the_broker_does() {
    let Some(broker) = Broker::get() else { return };
    let pid = std::env::var("LOTSTREAM_KAFKA_PID").unwrap();
    let deployment = Deployment::new(broker, 1);
    let one = deployment.open_alone();
    let mut load = Load {
        one,
        open: false,
        assigned: true,
        owned: false,
        next: 0,
        last: Instant::now(),
        longest: Duration::ZERO,
        failures: 0,
    };
    load.run("at first", Duration::from_secs(3));
    signal("-STOP", &pid);
    load.run("stopped", Duration::from_secs(30));
    signal("-CONT", &pid);
    load.run("going on", Duration::from_secs(30));
    assert!(load.last.elapsed() < Duration::from_secs(5), "it did not resume by itself");
    let servers = std::env::var("LOTSTREAM_SERVERS").unwrap();
    let mut restart = Command::new(servers).args(["restart", "kafka"]).spawn().unwrap();
    load.run("restarted", Duration::from_secs(40));
    assert!(restart.wait().unwrap().success());
    assert!(load.last.elapsed() < Duration::from_secs(5), "it did not resume by itself");
    while load.open {
        load.step();
    }
    let expected: Vec<String> = (0..load.next).flat_map(|number| vec![number.to_string(); 20]).collect();
    assert!(load.one.wal() == expected, "a transaction is missing, doubled or out of order");
    assert_eq!(load.one.log.committed(0).unwrap(), Some(load.next));
}
