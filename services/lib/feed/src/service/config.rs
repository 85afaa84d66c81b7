//! What an operator may set of a feed service: a file, and `LOTSTREAM_…` variables over it.

use super::rate::Limit;
use crate::identity::Identity;
use engine::config::Clock;
use lotstream_kafka::Connection;
use std::net::ToSocketAddrs;
use std::path::Path;
use std::time::Duration;
use telemetry::{LogFormat, Settings, SettingsError, check_filter};

/// Settings of a feed service.
#[derive(Clone, Debug)]
pub struct Config {
    /// How Kafka is reached: `kafka` (brokers, `host:port` separated by commas) and the table
    /// `kafka_settings` (librdkafka's own: security, timeouts).
    pub kafka: Connection,
    /// URL of the schema registry: `registry`.
    pub registry: String,
    /// Programme of records that name none: `programme`.
    pub programme: String,
    /// Whose time counts: `clock`, `broker` (default) or `event`.
    pub clock: Clock,
    /// Where `/metrics`, `/live` and `/ready` are served: `listen`.
    pub listen: String,
    /// Which log lines are written: `log`.
    pub log: String,
    /// How: `log_format`, `text` (default) or `json`.
    pub log_format: LogFormat,
    /// Where spans go, nowhere where it is empty: `traces`.
    pub traces: String,
    /// How long a stop waits for acknowledgements: `drain_seconds`.
    pub drain: Duration,
    /// Records read and not acknowledged, at the most: `open_records`.
    pub open_records: usize,
    /// How much bad input of a partner is too much: `bad_percent` of its last `bad_records`.
    pub bad: Limit,
    /// What stands before every name of a topic or group, so that deployments may share a cluster: `prefix`.
    pub prefix: String,
    /// What members and cards are kept under: `identity`, and `pseudonym_key` or `pseudonym_key_file`.
    pub identity: Identity,
}

impl Config {
    /// Reads `file`, if there is one, and `variables` (as `std::env::vars` gives them) over it.
    ///
    /// # Errors
    /// Every problem at once.
    pub fn read(
        file: Option<&Path>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut settings = Settings::read(file, variables);
        let programme = settings.required("programme", "the programme of records that name none", programme);
        let config = Self::of(&mut settings, programme);
        settings.finish()?;
        Ok(config)
    }

    /// Takes what a feed service needs from settings that may hold more; `programme` is that of records that
    /// name none.
    pub fn of(settings: &mut Settings, programme: String) -> Self {
        let brokers = settings.required("kafka", "brokers such as `kafka-1:9092,kafka-2:9092`", addresses);
        let mut kafka = Connection::to(brokers);
        kafka.settings = settings.table("kafka_settings");
        if let Some(password) = settings.secret("kafka_password", "kafka_password_file")
            && kafka.settings.insert("sasl.password".to_owned(), password).is_some()
        {
            settings.problem(
                "expected sasl.password in `kafka_settings`, or `kafka_password`, or its file; found two of them"
                    .to_owned(),
            );
        }
        let registry = "a URL such as `http://registry:8080/apis/ccompat/v7`";
        let identity = identity(settings);
        let drain = Duration::from_secs(20);
        Self {
            kafka,
            registry: settings.required("registry", registry, url),
            programme,
            clock: settings.or("clock", Clock::Broker, "`broker` or `event`", clock),
            listen: settings.or("listen", "0.0.0.0:9100".into(), "an address such as `0.0.0.0:9100`", listen),
            log: settings.or("log", "info".into(), "a filter such as `info` or `warn,feed=debug`", filter),
            log_format: settings
                .or("log_format", LogFormat::Text, "`text` or `json`", |text| text.parse().ok()),
            traces: settings.or(
                "traces",
                String::new(),
                "a URL such as `http://127.0.0.1:4318/v1/traces`",
                collector,
            ),
            drain: settings.or("drain_seconds", drain, "1 to 600 seconds", seconds),
            open_records: settings
                .or("open_records", 10_000, "1 to 1000000 records", |text| number(text, 1, 1_000_000)),
            bad: Limit {
                percent: settings.or("bad_percent", 0, "0 to 99 percent", |text| number(text, 0, 99)),
                records: settings
                    .or("bad_records", 200, "10 to 100000 records", |text| number(text, 10, 100_000)),
            },
            identity,
            prefix: settings.or("prefix", String::new(), "letters, digits, `.`, `_`, `-`", prefix),
        }
    }
}

/// `identity`, and the key it wants.
fn identity(settings: &mut Settings) -> Identity {
    let mut text = |key| settings.or(key, None, "a text", |text| Some(Some(text.to_owned())));
    let [identity, key, file] = ["identity", "pseudonym_key", "pseudonym_key_file"].map(&mut text);
    match Identity::configured(identity.as_deref(), key.as_deref(), file.as_deref()) {
        Ok(identity) => identity,
        Err(problem) => {
            settings.problem(problem);
            Identity::GIVEN
        }
    }
}

/// `host:port`, several separated by commas.
pub fn addresses(text: &str) -> Option<String> {
    let is_address = |address: &str| {
        let parts = address.trim().rsplit_once(':');
        parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    text.split(',').all(is_address).then(|| text.to_owned())
}

/// `broker` or `event`.
pub fn clock(text: &str) -> Option<Clock> {
    match text {
        "broker" => Some(Clock::Broker),
        "event" => Some(Clock::Event),
        _ => None,
    }
}

/// 1 to 600 seconds.
pub fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().filter(|seconds| (1..=600).contains(seconds)).map(Duration::from_secs)
}

fn url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty()).then(|| text.to_owned())
}

/// Plain HTTP alone: the collector stands beside the service.
fn collector(text: &str) -> Option<String> {
    (text.is_empty() || text.starts_with("http://")).then(|| text.to_owned())
}

fn programme(text: &str) -> Option<String> {
    crate::text::id("programme", text).is_ok().then(|| text.to_owned())
}

fn listen(text: &str) -> Option<String> {
    text.to_socket_addrs().is_ok().then(|| text.to_owned())
}

fn filter(text: &str) -> Option<String> {
    check_filter(text).is_ok().then(|| text.to_owned())
}

fn number(text: &str, least: usize, most: usize) -> Option<usize> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn prefix(text: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.bytes().all(fits).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, SettingsError> {
        Config::read(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    const GOOD: [(&str, &str); 3] = [
        ("LOTSTREAM_KAFKA", "127.0.0.1:19092"),
        ("LOTSTREAM_REGISTRY", "http://127.0.0.1:18081"),
        ("LOTSTREAM_PROGRAMME", "club"),
    ];

    #[test]
    fn what_is_not_set_has_its_default() {
        let config = read(&GOOD).unwrap();
        assert_eq!((config.clock, config.open_records), (Clock::Broker, 10_000));
        assert_eq!(config.bad, Limit { percent: 0, records: 200 }, "nobody is paused unless it is wanted");
        assert_eq!(
            (config.drain.as_secs(), config.listen.as_str(), config.prefix.as_str()),
            (20, "0.0.0.0:9100", "")
        );
        let event = read(&[&GOOD[..], &[("LOTSTREAM_CLOCK", "event")]].concat()).unwrap();
        assert_eq!(event.clock, Clock::Event);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = [
            ("LOTSTREAM_KAFKA", "broker"),
            ("LOTSTREAM_REGISTRY", "registry:80"),
            ("LOTSTREAM_CLOCK", "sundial"),
            ("LOTSTREAM_LISTEN", "here"),
            ("LOTSTREAM_LOG", "feed=loudly"),
            ("LOTSTREAM_LOG_FORMAT", "xml"),
            ("LOTSTREAM_TRACES", "https://collector/v1/traces"),
            ("LOTSTREAM_DRAIN_SECONDS", "0"),
            ("LOTSTREAM_OPEN_RECORDS", "-1"),
            ("LOTSTREAM_BAD_PERCENT", "100"),
            ("LOTSTREAM_BAD_RECORDS", "9"),
            ("LOTSTREAM_PREFIX", "a b"),
        ];
        let SettingsError(problems) = read(&wrong).unwrap_err();
        for (name, value) in wrong {
            let told = problems
                .iter()
                .any(|problem| problem.starts_with(name) && problem.ends_with(&format!("`{value}`")));
            assert!(told, "{name}: {problems:#?}");
        }
        let missing = "programme: expected the programme of records that name none, found none; set `programme` or LOTSTREAM_PROGRAMME";
        assert!(problems.iter().any(|problem| problem == missing), "{problems:#?}");
        assert_eq!(problems.len(), wrong.len() + 1);
    }
}
