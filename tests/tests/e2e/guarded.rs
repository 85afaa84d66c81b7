//! A whole deployment behind guarded doors: Kafka over TLS with SCRAM, the store over TLS with a password, every service
//! with its own login and exactly the rights of `deploy/access.toml`. And settings that are wrong: each ends the command
//! within a bounded time, says what is wrong and what to do, and no password is in any log.

mod wrong;

use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use lotstream_tests::access::Role;
use lotstream_tests::checker::check;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::fleet::Fleet;
use lotstream_tests::own::OwnServers;
use lotstream_tests::places::repository;
use lotstream_tests::progress::Progress;
use lotstream_tests::servers::Turn;
use lotstream_tests::service::Service;
use std::fs;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const SERVICES: [&str; 3] = ["purchases", "returns", "redemptions"];
/// The partner; its login is called as it is.
const PARTNER: &str = "bookshop";
const SALES: usize = 40;

/// What a login sets: names of settings and their values.
type Settings = Vec<(&'static str, String)>;

/// How `login` reaches Kafka and the store: what an operator would set, passwords in files.
fn settings(own: &OwnServers, login: &str) -> Settings {
    let (ca, password) = (own.ca().display().to_string(), own.password_file(login).display().to_string());
    let kafka = format!(
        "security.protocol=sasl_ssl,sasl.mechanism=SCRAM-SHA-512,sasl.username={login},ssl.ca.location={ca}"
    );
    vec![
        ("KAFKA", own.guarded_door()),
        ("KAFKA_SETTINGS", kafka),
        ("KAFKA_PASSWORD_FILE", password.clone()),
        ("CQL_TLS_CA", ca),
        ("CQL_USER", login.to_owned()),
        ("CQL_PASSWORD_FILE", password),
    ]
}

/// From now on commands are this login's.
fn logged_in(deployment: Deployment, own: &OwnServers, login: &str) -> Deployment {
    settings(own, login).iter().fold(deployment, |deployment, (key, value)| deployment.with(key, value))
}

/// Starts a service under these settings, whatever the deployment's are.
fn start(deployment: &Deployment, service: &str, settings: &[(&'static str, String)]) -> Service {
    let named: Vec<(String, &str)> =
        settings.iter().map(|(key, value)| (format!("LOTSTREAM_{key}"), value.as_str())).collect();
    let named: Vec<(&str, &str)> = named.iter().map(|(key, value)| (key.as_str(), *value)).collect();
    deployment.start_under(&[service], &named)
}

/// A sale, its return and a redemption of each member.
fn feeds() -> Feeds {
    let mut files = Files::new();
    let mut add = |feed: &str, line: String| {
        *files.entry(format!("{feed}.{PARTNER}.jsonl")).or_default() += &(line + "\n");
    };
    for n in 0..SALES {
        let at = |day: usize| format!("2026-03-{day:02}T10:{:02}:00+03:00", n % 60);
        add(
            "purchases",
            format!(
                r#"{{"id":"s-{n}","member":"m-{n}","occurred_at":"{}","currency":"RUB","total":"4000","lines":[{{"line":1,"sku":"a","quantity":"2","amount":"4000"}}]}}"#,
                at(1)
            ),
        );
        add(
            "returns",
            format!(
                r#"{{"id":"r-{n}","purchase":"s-{n}","member":"m-{n}","occurred_at":"{}","lines":[{{"line":1,"quantity":"1"}}]}}"#,
                at(3)
            ),
        );
        add(
            "redemptions",
            format!(
                r#"{{"id":"a-{n}","member":"m-{n}","occurred_at":"{}","step":"authorise","points":10}}"#,
                at(20)
            ),
        );
    }
    Feeds::write(&files)
}

/// Sets everything up as the login that may.
fn set_up(own: &OwnServers) -> Deployment {
    let mut deployment = Deployment::new("guarded", &own.servers);
    deployment.cql = own.store_as_first(&deployment.keyspace(""));
    Role::named("setup").give(own, &deployment, "setup", "");
    let deployment = logged_in(deployment, own, "setup").create_under("veloprobeg", [PARTNER]);
    let added = deployment.run(&["partner", "add", PARTNER, "--acl", "set"]);
    assert!(added.contains("decided by"), "{added}");
    for service in SERVICES {
        Role::named("feed").give(own, &deployment, service, service);
    }
    for (role, login) in [("ledger", "ledger"), ("reader", "reader")] {
        Role::named(role).give(own, &deployment, login, "");
    }
    deployment
}

fn fleet(own: &OwnServers, deployment: &Deployment) -> Fleet {
    let start = |login: &str| start(deployment, login, &settings(own, login));
    let mut fleet =
        Fleet { feeds: SERVICES.map(start).into(), ledgers: vec![start("ledger"), start("ledger")] };
    fleet.await_ready();
    fleet
}

/// No login may do what is another's.
fn assert_rights_are_least(own: &OwnServers, deployment: &Deployment) {
    for (login, topic) in [
        ("purchases", "ledger-entries"),
        ("purchases", "returns.bookshop"),
        ("purchases", "purchases.bookshop"),
        ("ledger", "purchases.bookshop"),
        ("setup", "ledger-entries"),
        (PARTNER, "member-commands"),
        (PARTNER, "outcomes.bookshop"),
    ] {
        let mut connection = deployment.connection.clone();
        connection.brokers = own.guarded_door();
        let set = settings(own, login);
        let given = set.iter().find(|(key, _)| *key == "KAFKA_SETTINGS").map(|(_, value)| value.as_str());
        let given = given.unwrap_or_default().split(',').filter_map(|setting| setting.split_once('='));
        connection.settings.extend(given.map(|(key, value)| (key.to_owned(), value.to_owned())));
        connection.settings.insert("sasl.password".to_owned(), own.password(login));
        let producer = FeedProducer::new(&connection).expect("a producer");
        let name = deployment.topic(topic);
        producer
            .send(&Outgoing { topic: &name, partition: Some(0), key: b"k", value: b"v", headers: &[] }, 0);
        let answer = producer.wait(PATIENCE).expect("an answer").result;
        let refused = answer.expect_err(&format!("{login} may not write {topic}")).to_string();
        assert!(refused.contains("AuthorizationFailed"), "{login} {topic}: {refused}");
    }
}

/// No log of the deployment or its servers holds a password.
fn assert_no_secret(own: &OwnServers, deployment: &Deployment, told: &[String]) {
    let logs = fs::read_dir(deployment.folder()).expect("logs").flatten();
    let mut texts: Vec<String> = logs.filter_map(|log| fs::read_to_string(log.path()).ok()).collect();
    assert!(
        texts.len() > SERVICES.len() && texts.iter().any(|text| text.contains("started")),
        "logs were read"
    );
    texts.extend_from_slice(told);
    let secrets: Vec<String> = SERVICES
        .iter()
        .chain(&["ledger", "reader", "setup", PARTNER])
        .map(|login| own.password(login))
        .collect();
    for text in &texts {
        assert!(!text.contains(wrong::WRONG), "a password that was refused is in a log:\n{text}");
        for secret in &secrets {
            assert!(secret.len() >= 16 && !text.contains(secret), "a password is in a log:\n{text}");
        }
    }
}

#[test]
fn a_deployment_runs_behind_guarded_doors_with_no_more_rights_than_it_needs() {
    let Some(_turn) = Turn::take() else { return };
    let began = Instant::now();
    let own = OwnServers::walled();
    let deployment = set_up(&own);
    println!("set up behind guarded doors after {:.1?}", began.elapsed());
    let fleet = fleet(&own, &deployment);

    let deployment = logged_in(deployment, &own, PARTNER);
    let sent = feeds();
    for part in sent.stretches(1) {
        deployment.run(&["publish", "--input", part.folder()]);
    }
    Progress::of(&deployment).await_answers(sent.lines, PATIENCE);
    let deployment = logged_in(deployment, &own, "reader");
    let rules = repository().join("deploy/programmes/veloprobeg.toml").display().to_string();
    let told = [
        deployment.run(&["member", "m-1"]),
        deployment.run(&["partner", "list"]),
        deployment.run(&[
            "quote",
            "--programme",
            &rules,
            "--member",
            "m-1",
            "--line",
            "helmet:clothing:8260",
        ]),
        deployment.refused(&["partner", "pause", PARTNER]),
    ];
    assert_rights_are_least(&own, &deployment);
    println!("{} events through guarded doors after {:.1?}", sent.lines, began.elapsed());

    let mut said = wrong::settings_are_refused(&own, &deployment);
    assert!(told[3].contains("AuthorizationFailed"), "a reader only looks: {}", told[3]);
    said.extend(told);
    fleet.drain();
    check(&deployment).assert_clean(sent.lines);
    assert_no_secret(&own, &deployment, &said);
    println!("the whole story took {:.1?}", began.elapsed());
}
