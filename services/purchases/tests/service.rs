//! The service end to end, on a real broker and registry: what goes in comes out once, whatever is killed.

#![allow(clippy::unwrap_used)]

mod broker;

use broker::{Deployment, until};
use domain::command::Source;
use domain::outcome::{OutcomeKind, Reason};
use domain::{EventKey, Name};
use feed::service::Service;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use telemetry::Stop;

fn purchase(id: &str, total: &str) -> String {
    format!(
        r#"{{"id":"{id}","member":"m-{id}","occurred_at":"2026-03-01T12:00:00+03:00","currency":"RUB","total":"{total}","lines":[{{"line":1,"sku":"a","quantity":"1","amount":"10.00"}}]}}"#
    )
}

const TOPICS: [(&str, u32); 4] =
    [("member-commands", 4), ("dead-letters", 1), ("purchases.shop-1", 2), ("outcomes.shop-1", 1)];

fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn s27_bad_records_go_to_dead_letters_and_the_stream_goes_on() {
    let Some(deployment) = Deployment::new(&TOPICS) else { return };
    let mut lines: Vec<String> = (0..20).map(|n| purchase(&format!("p-{n}"), "10.00")).collect();
    lines.insert(3, "nonsense".into());
    lines.insert(7, purchase("bad-sum", "10.01"));
    lines.insert(
        11,
        purchase("bad-partner", "10.00").replacen("\"member\"", "\"partner\":\"shop-2\",\"member\"", 1),
    );
    deployment.publish("shop-1", &lines);
    let (service, stop) = (Service::new(purchases::FEED, deployment.config()).unwrap(), Stop::default());
    let address = service.address();
    assert!(ask(address, "/ready").starts_with("HTTP/1.1 503"));
    std::thread::scope(|scope| {
        let working = scope.spawn(|| service.work(&stop));
        let mut found = BTreeMap::new();
        deployment.commands(|command| {
            assert_eq!(command.trace.as_str(), "00-1-2-01");
            assert!(command.delivered_at > command.occurred_at, "the broker's time counts");
            assert_eq!(command.source.partner, Name::from("shop-1"));
            found.insert(command.source.id.to_string(), command);
            found.len() == 20
        });
        assert_eq!(found["p-7"].key, EventKey::of("shop-1", "purchases", "p-7"));
        assert_eq!(found["p-7"].entity.as_str(), "club:member:m-p-7");
        let letters: BTreeMap<String, _> =
            deployment.dead_letters(3).into_iter().map(|letter| (letter.reason.clone(), letter)).collect();
        let nonsense = &letters["undecodable"];
        assert_eq!(
            (nonsense.value.as_slice(), nonsense.length, nonsense.id.as_str()),
            (&b"nonsense"[..], 8, "")
        );
        let sum = &letters["lines_do_not_add_up"];
        assert_eq!((sum.id.as_str(), sum.key.as_deref()), ("bad-sum", Some(&b"m-bad-sum"[..])));
        assert_eq!(
            (sum.partner.as_str(), sum.at.is_some(), sum.trace.as_str()),
            ("shop-1", true, "00-1-2-01")
        );
        assert!(sum.topic.ends_with("purchases.shop-1"), "{}", sum.topic);
        assert!(
            letters["wrong_partner"].text.contains("expected `shop-1`, as the topic says, found `shop-2`")
        );
        let outcomes = deployment.outcomes("shop-1", 2);
        for outcome in &outcomes {
            assert_eq!(outcome.outcome.kind, OutcomeKind::DeadLettered);
            assert_eq!(outcome.event, EventKey::of("shop-1", "purchases", outcome.source.id.as_str()));
            let letter = letters.values().find(|letter| letter.id == outcome.source.id.as_str()).unwrap();
            assert_eq!((letter.partition, letter.offset), (outcome.source.partition, outcome.source.offset));
            assert_ne!(outcome.outcome.reason, Reason::None, "the partner is told why");
        }
        let metrics = until("every record to be acknowledged", || {
            Some(ask(address, "/metrics"))
                .filter(|text| text.contains("lotstream_feed_open_records{feed=\"purchases\"} 0"))
        });
        assert!(metrics.contains("lotstream_feed_commands_total{feed=\"purchases\"} 20"), "{metrics}");
        assert!(metrics.contains("reason=\"undecodable\"} 1"), "{metrics}");
        assert!(ask(address, "/ready").starts_with("HTTP/1.1 200"));
        stop.ask();
        working.join().unwrap().unwrap();
    });
}

#[test]
fn a_missing_topic_is_named_with_the_command_that_makes_it() {
    let Some(deployment) = Deployment::new(&TOPICS[1..3]) else { return };
    let text = purchases::run(deployment.config(), &Stop::default()).unwrap_err().to_string();
    let named = |topic: &str| {
        format!(
            "topic `{}{topic}` does not exist; create it with `lotstream topics create`",
            deployment.prefix
        )
    };
    assert_eq!(text, named("member-commands"));
}

/// The first `count` events that became commands, by partner and id: how often each.
fn heard(deployment: &Deployment, count: usize) -> BTreeMap<(String, String), usize> {
    let mut heard = BTreeMap::new();
    deployment.commands(|command| {
        let Source { partner, id, .. } = command.source;
        *heard.entry((partner.to_string(), id.to_string())).or_insert(0) += 1;
        heard.len() == count
    });
    heard
}

#[test]
fn a_partner_without_outcomes_waits_alone_and_is_heard_once_they_exist() {
    let topics = [&TOPICS[..], &[("purchases.shop-2", 2)]].concat();
    let Some(deployment) = Deployment::new(&topics) else { return };
    let lines = |from| (from..from + 10).map(|n| purchase(&format!("p-{n}"), "10.00")).collect::<Vec<_>>();
    deployment.publish("shop-2", &lines(0));
    deployment.publish("shop-2", &["nonsense".into(), purchase("bad-sum", "10.01")]);
    deployment.publish("shop-1", &lines(10));
    let (service, stop) = (Service::new(purchases::FEED, deployment.config()).unwrap(), Stop::default());
    let address = service.address();
    std::thread::scope(|scope| {
        let working = scope.spawn(|| service.work(&stop));
        // The other partner is served meanwhile.
        let heard = self::heard(&deployment, 10);
        assert!(heard.keys().all(|(partner, _)| partner == "shop-1"), "{heard:?}");
        let ready = ask(address, "/ready");
        let named = format!(
            "`{0}purchases.shop-2` is not read: topic `{0}outcomes.shop-2`, where its events are answered, does not \
             exist; create it with `lotstream topics create --partner shop-2`",
            deployment.prefix
        );
        assert!(ready.starts_with("HTTP/1.1 200") && ready.contains(&named), "{ready}");
        let waiting = "lotstream_feed_waiting_topics{feed=\"purchases\"}";
        assert!(ask(address, "/metrics").contains(&format!("{waiting} 1")));

        deployment.create(&[("outcomes.shop-2", 1)]);
        let heard = self::heard(&deployment, 20);
        assert!(heard.values().all(|times| *times == 1), "each once: {heard:?}");
        let outcomes = deployment.outcomes("shop-2", 1);
        assert_eq!(outcomes[0].outcome.reason, Reason::LinesDoNotAddUp);
        until("nobody to wait", || ask(address, "/ready").ends_with("\r\n\r\nok\n").then_some(()));
        assert!(ask(address, "/metrics").contains(&format!("{waiting} 0")));

        // A partner that comes later, its topics in the wrong order.
        deployment.create(&[("purchases.shop-3", 1)]);
        deployment.publish("shop-3", &lines(20));
        until("the new partner to be named", || {
            ask(address, "/ready").contains("outcomes.shop-3").then_some(())
        });
        deployment.create(&[("outcomes.shop-3", 1)]);
        self::heard(&deployment, 30);
        assert!(!working.is_finished(), "nothing of it ends the service");
        stop.ask();
        working.join().unwrap().unwrap();
    });
}

/// Not a test: an instance in a process of its own, for the test below to kill.
#[test]
#[ignore = "an instance for another test, which says where"]
fn instance() {
    let stop = Stop::on_signals().unwrap();
    telemetry::init(telemetry::LogFormat::Text, "info").unwrap();
    let config = purchases::Config::read(None, std::env::vars()).unwrap();
    purchases::run(config, &stop).unwrap();
    std::process::exit(0);
}

/// An instance; killed, if it still runs, when it goes.
struct Instance(Child);

impl Instance {
    fn start(deployment: &Deployment) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["instance", "--exact", "--ignored", "--nocapture"]).stdout(Stdio::null());
        Self(command.envs(deployment.variables.clone()).spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn s23_killed_between_writing_and_committing_it_delivers_again_with_the_same_ids() {
    const COUNT: usize = 20_000;
    let Some(deployment) = Deployment::new(&TOPICS) else { return };
    let lines: Vec<String> = (0..COUNT).map(|n| purchase(&format!("p-{n}"), "10.00")).collect();
    deployment.publish("shop-1", &lines);
    let (mut seen, mut again) = (BTreeMap::new(), 0_usize);
    let (first, mut second) = (Instance::start(&deployment), None);
    deployment.commands(|command| {
        // Commits are half a second apart, and this is read sooner: nothing or little of it is committed.
        if second.is_none() && seen.len() == 500 {
            first.signal("-KILL");
            second = Some(Instance::start(&deployment));
        }
        let content = (command.content, command.source.clone(), command.delivered_at);
        if let Some(before) = seen.insert(command.key, content.clone()) {
            assert_eq!(before, content, "the same record, the same command");
            again += 1;
        }
        // The last of every partition of the feed: nothing is left out, and nothing more will come.
        second.is_some() && seen.len() == COUNT
    });
    assert!(again > 0, "expected the kill to leave something uncommitted");
    let mut second: Instance = second.unwrap();
    second.signal("-TERM");
    let status = until("the end of a drained instance", || second.0.try_wait().unwrap());
    assert!(status.success(), "{status}");
    deployment.publish("shop-1", &[purchase("last", "10.00")]);
    let (third, stop) = (Service::new(purchases::FEED, deployment.config()).unwrap(), Stop::default());
    let address = third.address();
    std::thread::scope(|scope| {
        let working = scope.spawn(|| third.work(&stop));
        deployment.commands(|command| command.source.id.as_str() == "last");
        let metrics = until("the last record", || {
            Some(ask(address, "/metrics"))
                .filter(|text| text.contains("delay_seconds_count{feed=\"purchases\"} 1"))
        });
        let one = "lotstream_feed_commands_total{feed=\"purchases\"} 1\n";
        assert!(metrics.contains(one), "the drained instance committed all it had read: {metrics}");
        stop.ask();
        working.join().unwrap().unwrap();
    });
}
