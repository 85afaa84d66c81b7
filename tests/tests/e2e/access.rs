//! The rights that `partner add` prints, given by Kafka's own tool to a broker that enforces them: a partner writes its
//! own feeds and no other's.

use lotstream_tests::deployment::Deployment;
use lotstream_tests::feeds::{Feeds, Files};
use lotstream_tests::own::OwnServers;
use lotstream_tests::servers::Turn;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

fn sale_at(partner: &str) -> Feeds {
    let line = r#"{"id":"s-1","member":"m-1","occurred_at":"2026-03-01T10:00:00+03:00","currency":"RUB","total":"400","lines":[{"line":1,"sku":"a","quantity":"1","amount":"400"}]}"#;
    Feeds::write(&Files::from([(format!("purchases.{partner}.jsonl"), line.to_owned() + "\n")]))
}

/// Runs a printed command: `kafka-acls` is a class among the broker's jars.
fn give(command: &str) {
    let jars = std::env::var("LOTSTREAM_SERVERS_DIR").expect("LOTSTREAM_SERVERS_DIR, of `servers env`");
    let jars = PathBuf::from(jars).join("lib/kafka/*").display().to_string();
    let java = format!("java -Xmx128m -cp '{jars}' org.apache.kafka.tools.AclCommand");
    let command = command.replacen("kafka-acls", &java, 1);
    let output = Command::new("sh").args(["-c", &command]).output().expect("a shell");
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_partner_with_the_printed_rights_writes_its_own_feeds_and_no_other() {
    let Some(_turn) = Turn::take() else { return };
    let own = OwnServers::guarded();
    let deployment = Deployment::new("access", &own.servers).create_under("coalition", ["cinema"]);
    let added = deployment.run(&["partner", "add", "bookshop", "--json"]);
    let added: Value = serde_json::from_str(&added).expect("JSON");
    assert_eq!(added["authorizer"], "org.apache.kafka.metadata.authorizer.StandardAuthorizer", "{added:#}");

    let login =
        "security.protocol=sasl_plaintext,sasl.mechanism=PLAIN,sasl.username=bookshop,sasl.password=bookshop";
    let deployment = deployment.with("kafka", &own.guarded_door()).with("kafka_settings", login);
    let (mine, theirs) = (sale_at("bookshop"), sale_at("cinema"));
    let write = |feeds: &Feeds| ["publish", "--input", feeds.folder()].map(str::to_owned);
    let refused = |feeds: &Feeds| deployment.refused(&write(feeds).each_ref().map(String::as_str));
    assert!(refused(&mine).contains("TopicAuthorizationFailed"), "nothing is given yet");
    for command in added["commands"].as_array().expect("commands") {
        give(command.as_str().expect("a command"));
    }
    deployment.run(&write(&mine).each_ref().map(String::as_str));
    assert!(refused(&theirs).contains("TopicAuthorizationFailed"), "cinema's topics are not bookshop's");
}
