//! Services as processes on real servers: what they say of missing topics, and their end on SIGTERM.

use crate::lotstream;
use lotstream_kafka::Connection;
use lotstream_kafka::admin::Admin;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);
const FEEDS: [&str; 5] = ["purchases", "returns", "redemptions", "activities", "adjustments"];

/// A deployment of this test's own, by its prefix; its topics are deleted with it.
struct Own {
    prefix: String,
    kafka: String,
    registry: String,
}

impl Own {
    /// `None` only where the tests were told that there are no servers.
    fn new(test: &str) -> Option<Self> {
        if std::env::var("LOTSTREAM_NO_SERVERS").is_ok_and(|value| value == "1") {
            return None;
        }
        let server = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| {
                panic!("expected {name} to name a server; `eval \"$(deploy/local/servers env)\"` first")
            })
        };
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        let prefix = format!("test-{test}-{since}.");
        Some(Self { prefix, kafka: server("LOTSTREAM_KAFKA"), registry: server("LOTSTREAM_REGISTRY") })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = lotstream(arguments);
        command.env("LOTSTREAM_KAFKA", &self.kafka).env("LOTSTREAM_REGISTRY", &self.registry);
        command.env("LOTSTREAM_PREFIX", &self.prefix).env("LOTSTREAM_PROGRAMME", "veloprobeg");
        command.env("LOTSTREAM_STORE", "memory").env("LOTSTREAM_LISTEN", "127.0.0.1:0");
        command
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let Ok(admin) = Admin::new(&Connection::to(self.kafka.as_str())) else { return };
        let found = admin.partitions().unwrap_or_default();
        let ours: Vec<&str> =
            found.keys().map(String::as_str).filter(|topic| topic.starts_with(&self.prefix)).collect();
        if !ours.is_empty()
            && let Err(error) = admin.delete(&ours)
        {
            eprintln!("topics of {} stay: {error}", self.prefix);
        }
    }
}

/// A running service and the lines of its log; killed, if it still runs, when it goes.
struct Running {
    child: Child,
    log: Receiver<String>,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, log }
    }

    /// Waits for a line with `words`.
    fn await_line(&self, words: &str) {
        let mut seen = String::new();
        while !seen.lines().next_back().is_some_and(|line| line.contains(words)) {
            let line = self.log.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("expected `{words}` in the log, found\n{seen}"));
            seen.push_str(&line);
            seen.push('\n');
        }
    }

    /// SIGTERM, and how it ends: its log closes with it.
    fn terminate(mut self, service: &str, last: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.await_line(last);
        let status = self.child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{service}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_service_names_the_topics_it_misses_with_the_command_that_makes_them() {
    let Some(own) = Own::new("missing") else { return };
    let named = |topic: &str| {
        format!("topic `{}{topic}` does not exist; create it with `lotstream topics create`", own.prefix)
    };
    for feed in FEEDS {
        let output = own.command(&[feed]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{feed}");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let sender = if feed == "adjustments" { "desk" } else { "partner" };
        for topic in ["member-commands", "dead-letters", &format!("{feed}.<{sender}>")] {
            assert!(told.contains(&named(topic)), "{feed}: expected {topic} to be named in\n{told}");
        }
    }
    let output = own.command(&["ledger"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "ledger");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains(&named("member-commands")), "ledger: {told}");
}

#[test]
fn every_service_ends_with_0_on_sigterm() {
    let Some(own) = Own::new("end") else { return };
    let made = own.command(&["topics", "create", "--partner", "shop-1", "--desk", "care"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let started = |service: &'static str| (service, Running::start(own.command(&[service])));
    let (feeds, (_, ledger)) = (FEEDS.map(started), started("ledger"));
    for (feed, running) in feeds {
        running.await_line("assigned partitions=");
        running.terminate(feed, "stopped");
    }
    ledger.await_line("ledger runs");
    ledger.terminate("ledger", "ledger drained and left its group");
}
