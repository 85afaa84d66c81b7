//! Settings of services and tools: every problem at once, and what nothing reads is a warning.

use crate::{folder, lotstream};
use std::fs;

const SERVICES: [&str; 6] = ["ledger", "purchases", "returns", "redemptions", "activities", "adjustments"];

/// What it says while it fails.
fn complaint(command: &str, variables: &[(&str, &str)]) -> String {
    let output = lotstream(&[command]).envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{command}");
    assert!(output.stdout.is_empty(), "{command}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn every_service_tells_every_problem_of_its_settings_at_once() {
    let wrong = [("LOTSTREAM_KAFKA", "broker"), ("LOTSTREAM_CLOCK", "sundial"), ("LOTSTREAM_REPLICAS", "0")];
    for service in SERVICES {
        let told = complaint(service, &wrong);
        let expected = [
            "lotstream: settings",
            "LOTSTREAM_KAFKA: expected brokers such as `kafka-1:9092,kafka-2:9092`, found `broker`",
            "registry: expected a URL such as `http://registry:8080/apis/ccompat/v7`, found none; set `registry` or \
             LOTSTREAM_REGISTRY",
            "LOTSTREAM_CLOCK: expected `broker` or `event`, found `sundial`",
            "LOTSTREAM_REPLICAS: expected 1 to 9 replicas, found `0`",
        ];
        assert_eq!(told.trim_end(), expected.join("\n"), "{service}");
    }
}

#[test]
fn a_feed_service_wants_a_programme_and_a_file_that_is_there() {
    let servers = [("LOTSTREAM_KAFKA", "127.0.0.1:1"), ("LOTSTREAM_REGISTRY", "http://127.0.0.1:1")];
    for service in &SERVICES[1..] {
        let told = complaint(service, &servers);
        assert!(told.contains("set `programme` or LOTSTREAM_PROGRAMME"), "{service}: {told}");
        let told = complaint(service, &[&servers[..], &[("LOTSTREAM_SETTINGS", "/nowhere.toml")]].concat());
        assert!(told.contains("/nowhere.toml: expected a file of settings: "), "{service}: {told}");
    }
}

#[test]
fn a_variable_nothing_reads_is_a_warning_that_names_the_nearest_one() {
    // An address nobody can listen on: it ends at once, after its warnings.
    let settings = folder("settings").join("lotstream.toml");
    let text = "kafka = \"127.0.0.1:1\"\nregistry = \"http://127.0.0.1:1\"\nprogramme = \"club\"\n\
                listen = \"192.0.2.1:1\"\n";
    fs::write(&settings, text).unwrap();
    let settings = settings.display().to_string();
    let variables = [
        ("LOTSTREAM_SETTINGS", settings.as_str()),
        ("LOTSTREAM_PREFX", "test."),
        ("LOTSTREAM_KAFKA_PID", "1"),
    ];
    for service in SERVICES {
        let told = complaint(service, &variables);
        assert_eq!(told.matches("is LOTSTREAM_PREFIX meant?").count(), 1, "{service}: {told}");
        assert!(told.contains("WARN") && !told.contains("LOTSTREAM_KAFKA_PID"), "{service}: {told}");
        assert!(told.contains("expected to listen on 192.0.2.1:1"), "{service}: {told}");
    }
    // A tool has no log.
    let told = complaint_of_a_tool(&variables);
    assert!(told.starts_with("lotstream: warning: LOTSTREAM_PREFX: "), "{told}");
}

fn complaint_of_a_tool(variables: &[(&str, &str)]) -> String {
    let tool = ["programme", "publish", "/nowhere.toml"];
    let output = lotstream(&tool).envs(variables.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8_lossy(&output.stderr).into_owned()
}
