//! The rights that `partner add` gives, on a broker that enforces them: a partner writes its own feeds, reads its own
//! outcomes, and may do neither with any other topic there is.

use lotstream_kafka::Connection;
use lotstream_kafka::access::{Operation, Pattern, Resource, Right};
use lotstream_kafka::admin::Admin;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::own::OwnServers;
use lotstream_tests::servers::Turn;
use lotstream_tests::wait::until;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::Value;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(200);
/// How a broker says that one may not, or not even know that there is such a topic.
const REFUSALS: [RDKafkaErrorCode; 2] =
    [RDKafkaErrorCode::TopicAuthorizationFailed, RDKafkaErrorCode::GroupAuthorizationFailed];
const PARTNERS: [&str; 2] = ["bookshop", "cinema"];

fn sale_at(partner: &str) -> Feeds {
    let line = r#"{"id":"s-1","member":"m-1","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"400","lines":[{"line":1,"sku":"a","quantity":"1","amount":"400"}]}"#;
    Feeds::write(&Files::from([(format!("purchases.{partner}.jsonl"), line.to_owned() + "\n")]))
}

/// The settings of a partner's login, as `LOTSTREAM_KAFKA_SETTINGS` has them: TLS, and SCRAM.
fn login(own: &OwnServers, partner: &str) -> String {
    format!(
        "security.protocol=sasl_ssl,sasl.mechanism=SCRAM-SHA-512,ssl.ca.location={},sasl.username={partner},sasl.password={}",
        own.ca().display(),
        own.password(partner)
    )
}

/// The door behind which rights count, as this partner.
fn as_partner(own: &OwnServers, partner: &str) -> Connection {
    let mut connection = Connection::to(own.guarded_door());
    let login = login(own, partner);
    let settings = login.split(',').filter_map(|setting| setting.split_once('='));
    connection.settings.extend(settings.map(|(key, value)| (key.to_owned(), value.to_owned())));
    connection
}

/// Whether a record is taken; any other end than a refusal fails.
fn may_write(connection: &Connection, topic: &str) -> bool {
    let producer = FeedProducer::new(connection).expect("a producer");
    let record = Outgoing { topic, partition: Some(0), key: b"nobody", value: b"nothing", headers: &[] };
    producer.send(&record, 0);
    match producer.wait(PATIENCE).expect("an acknowledgement").result {
        Ok(_) => true,
        Err(error) if error.code().is_some_and(|code| REFUSALS.contains(&code)) => false,
        Err(error) => panic!("{topic}: {error}"),
    }
}

/// Whether a record comes out of a topic that holds one, read in `group`; any other end than a refusal fails.
fn may_read(connection: &Connection, group: &str, topic: &str) -> bool {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &connection.brokers).set("group.id", group);
    config.extend(connection.settings.clone());
    let consumer: BaseConsumer = config.create().expect("a consumer");
    // A consumer is not told of a topic that it may not know of: the question for it is.
    let known = consumer.fetch_metadata(Some(topic), PATIENCE).expect("an answer");
    if let Some(error) = known.topics().iter().find_map(|topic| topic.error()) {
        assert!(REFUSALS.contains(&error.into()), "{topic}: {error:?}");
        return false;
    }
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Beginning).expect("a place");
    consumer.assign(&list).expect("an assignment");
    until(&format!("{topic} to be read or refused"), PATIENCE, || match consumer.poll(TICK)? {
        Ok(_) => Some(true),
        Err(error) if REFUSALS.contains(&error.rdkafka_error_code()?) => Some(false),
        Err(error) => panic!("{topic}: {error}"),
    })
}

/// Those of all the deployment's topics with which this may be done.
fn those(deployment: &Deployment, may: impl Fn(&str) -> bool) -> Vec<String> {
    deployment.topics().into_iter().filter(|topic| may(&deployment.topic(topic))).collect()
}

/// `partner add` by the door that is open, with these options.
fn add(deployment: &Deployment, partner: &str, options: &[&str]) -> Value {
    let told = deployment.run(&[&["partner", "add", partner, "--json"], options].concat());
    serde_json::from_str(&told).expect("JSON")
}

fn states(added: &Value) -> Vec<&str> {
    added["states"].as_array().expect("states").iter().filter_map(Value::as_str).collect()
}

/// Both partners' rights, given by `partner add`: the first time they are new, then they are there.
fn give(deployment: &Deployment) {
    let printed = add(deployment, PARTNERS[0], &["--acl", "print"]);
    assert_eq!(
        (&printed["access"], &printed["authorizer"]),
        (&"printed".into(), &"org.apache.kafka.metadata.authorizer.StandardAuthorizer".into()),
        "{printed:#}"
    );
    for partner in PARTNERS {
        let added = add(deployment, partner, &["--acl", "set"]);
        let states = states(&added);
        assert!(states.len() >= 7 && states.iter().all(|state| *state == "new"), "{added:#}");
        assert_eq!(states.len(), added["rights"].as_array().expect("rights").len(), "{added:#}");
    }
    let again = add(deployment, PARTNERS[0], &[]);
    assert!(states(&again).iter().all(|state| *state == "there"), "{again:#}");
    assert_eq!(again["beside"], Value::Array(vec![]), "{again:#}");
    let told = deployment.run(&["partner", "add", PARTNERS[1]]);
    assert!(told.contains("User:cinema has") && told.contains("0 of them new"), "{told}");
}

#[test]
fn a_partner_writes_its_own_feeds_and_reads_its_own_outcomes_and_no_other_topic() {
    let Some(_turn) = Turn::take() else { return };
    let own = OwnServers::guarded();
    let deployment = Deployment::new("access", &own.servers).create_under("coalition", PARTNERS);
    let all = deployment.topics();
    let everybody = deployment.connection.clone();
    // Every topic holds a record, and every one can be written and read by who may: a refusal is one of rights.
    assert_eq!(those(&deployment, |topic| may_write(&everybody, topic)), all);
    assert_eq!(those(&deployment, |topic| may_read(&everybody, "anybody", topic)), all);
    let logged_in = as_partner(&own, PARTNERS[0]);
    assert!(those(&deployment, |topic| may_write(&logged_in, topic)).is_empty(), "nothing is given yet");
    let group = |partner| deployment.topic(&format!("{partner}.till"));
    let reads = |topic: &str| may_read(&logged_in, &group(PARTNERS[0]), topic);
    assert!(those(&deployment, reads).is_empty(), "nothing is given yet");

    give(&deployment);
    for partner in PARTNERS {
        let logged_in = as_partner(&own, partner);
        let outcomes = format!("outcomes.{partner}");
        let feeds: Vec<String> = all
            .iter()
            .filter(|topic| topic.ends_with(&format!(".{partner}")) && **topic != outcomes)
            .cloned()
            .collect();
        assert!(feeds.len() >= 5, "{feeds:?}");
        assert_eq!(those(&deployment, |topic| may_write(&logged_in, topic)), feeds);
        let reads = |topic: &str| may_read(&logged_in, &group(partner), topic);
        assert_eq!(those(&deployment, reads), [outcomes.as_str()]);
        let (foreign, topic) = (deployment.topic("purchases"), deployment.topic(&outcomes));
        assert!(!may_read(&logged_in, &foreign, &topic), "the feed service's group is not a partner's");
    }
}

#[test]
fn a_partner_publishes_with_the_product_and_what_it_may_not_is_told() {
    let Some(_turn) = Turn::take() else { return };
    let own = OwnServers::guarded();
    let deployment = Deployment::new("publishes", &own.servers).create_under("coalition", ["cinema"]);
    add(&deployment, "bookshop", &["--acl", "set"]);
    // What a login may do beside a partner's rights is told, whoever gave it.
    let strange = add(&deployment, "airline", &["--principal", "User:bookshop"]);
    let beside = strange["beside"].as_array().expect("beside");
    assert!(
        beside.iter().any(|it| it.as_str().is_some_and(|it| it.starts_with("Write on topic"))),
        "{strange:#}"
    );

    let (mine, theirs) = (sale_at("bookshop"), sale_at("cinema"));
    let deployment =
        deployment.with("kafka", &own.guarded_door()).with("kafka_settings", &login(&own, "bookshop"));
    // It sees the programme, and may give no rights.
    let admin = Admin::new(&deployment.connection).expect("an administration client");
    let sees = ["member-commands", "ledger-wal"].map(|topic| {
        let topic = deployment.topic(topic);
        Right::to("User:bookshop", Operation::Describe, Resource::Topic, Pattern::Literal, &topic)
    });
    assert!(admin.give(&sees).expect("an answer").iter().all(Result::is_ok));
    let told = deployment.refused(&["partner", "add", "pharmacy"]);
    assert!(told.contains("were refused") && told.contains("ClusterAuthorizationFailed"), "{told}");
    deployment.run(&["publish", "--input", mine.folder()]);
    let told = deployment.refused(&["publish", "--input", theirs.folder()]);
    assert!(told.contains("TopicAuthorizationFailed"), "cinema's topics are not bookshop's: {told}");
}
