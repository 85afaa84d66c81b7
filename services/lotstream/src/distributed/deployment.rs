//! The settings of a deployment: one file for all services, and the environment over it, read here and nowhere
//! else. Every problem is told at once.

mod cql;

use crate::cli::distributed::SettingsArgs;
use engine::config::Clock;
use feed::service::config::{clock, seconds};
use ledger::StoreChoice;
use lotstream_kafka::Connection;
use lotstream_kafka::ledger::Topics;
use std::time::Duration;
use telemetry::{Settings, SettingsError};

/// Variables with our prefix that others read: the command line, `deploy/local/servers` and the tests.
const OTHERS: [&str; 24] = [
    "LOTSTREAM_BINARY",
    "LOTSTREAM_CASSANDRA_HEAP",
    "LOTSTREAM_CASSANDRA_PID",
    "LOTSTREAM_CASSANDRA_STORAGE_PORT",
    "LOTSTREAM_CQL_GUARDED",
    "LOTSTREAM_CQL_PORT",
    "LOTSTREAM_JVM_DIR",
    "LOTSTREAM_KAFKA_CONTROLLER_PORT",
    "LOTSTREAM_KAFKA_HEAP",
    "LOTSTREAM_KAFKA_PID",
    "LOTSTREAM_KAFKA_PORT",
    "LOTSTREAM_KAFKA_SASL_PORT",
    "LOTSTREAM_LOCAL",
    "LOTSTREAM_NO_SERVERS",
    "LOTSTREAM_OWN_BROKER",
    "LOTSTREAM_READY_SECONDS",
    "LOTSTREAM_REGISTRY_HEAP",
    "LOTSTREAM_REGISTRY_MANAGEMENT_PORT",
    "LOTSTREAM_REGISTRY_PID",
    "LOTSTREAM_REGISTRY_PORT",
    "LOTSTREAM_SERVERS",
    "LOTSTREAM_SERVERS_DIR",
    "LOTSTREAM_SETTINGS",
    "LOTSTREAM_TLS_DIR",
];

/// Everything an operator may set.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// What all services share, and what the feed services need beside it.
    pub(crate) feed: feed::service::Config,
    /// The CQL store.
    pub(crate) cql: lotstream_scylla::Config,
    /// Whether rows are kept in this process only.
    memory: bool,
    /// Bounds of the engine.
    engine: engine::config::Config,
    session_timeout: Duration,
    transaction_timeout: Duration,
    /// What is odd about the settings and stops nothing.
    pub(crate) warnings: Vec<String>,
}

impl Deployment {
    /// Reads the settings.
    pub(crate) fn read(args: &SettingsArgs) -> Result<Self, SettingsError> {
        let mut settings = Settings::read(args.settings.as_deref(), std::env::vars());
        let mut deployment = Self::of(&mut settings, args);
        deployment.warnings = settings.strangers(&OTHERS);
        settings.finish()?;
        Ok(deployment)
    }

    fn of(settings: &mut Settings, args: &SettingsArgs) -> Self {
        let programme =
            settings.or("programme", String::new(), "a programme's name", |text| Some(text.into()));
        let mut feed = feed::service::Config::of(settings, programme);
        if let Some(clock) = args.clock.as_deref().and_then(clock) {
            feed.clock = clock;
        }
        let (session, transaction) = (Duration::from_secs(10), Duration::from_secs(60));
        Self {
            cql: cql::read(settings),
            memory: settings.or("store", false, "`cql` or `memory`", store),
            engine: engine(settings, feed.clock),
            session_timeout: settings.or("session_seconds", session, "1 to 600 seconds", seconds),
            transaction_timeout: settings.or("transaction_seconds", transaction, "1 to 600 seconds", seconds),
            feed,
            warnings: Vec::new(),
        }
    }

    /// How Kafka is reached.
    pub(crate) const fn kafka(&self) -> &Connection {
        &self.feed.kafka
    }

    /// What members and cards are kept under.
    pub(crate) const fn identity(&self) -> &feed::Identity {
        &self.feed.identity
    }

    /// The schema registry's Confluent API.
    pub(crate) const fn registry(&self) -> &str {
        self.feed.registry.as_str()
    }

    /// What stands before every topic and group.
    pub(crate) const fn prefix(&self) -> &str {
        self.feed.prefix.as_str()
    }

    /// The programme of records that name none; empty where none is set.
    pub(crate) const fn programme(&self) -> &str {
        self.feed.programme.as_str()
    }

    /// The ledger's topics.
    pub(crate) fn topics(&self) -> Topics {
        Topics::with_prefix(self.prefix())
    }

    /// What a ledger instance is started with.
    pub(crate) fn ledger(&self) -> ledger::Config {
        let mut kafka = lotstream_kafka::ledger::Config::new(self.kafka().clone());
        kafka.group = format!("{}ledger", self.prefix());
        kafka.transactional_prefix = format!("{}ledger-", self.prefix());
        kafka.topics = self.topics();
        kafka.session_timeout = self.session_timeout;
        kafka.transaction_timeout = self.transaction_timeout;
        let store =
            if self.memory { StoreChoice::Memory } else { StoreChoice::Cql(Box::new(self.cql.clone())) };
        ledger::Config {
            kafka,
            registry: self.registry().to_owned(),
            store,
            engine: self.engine.clone(),
            listen: Some(self.feed.listen.clone()),
            traces: self.feed.traces.clone(),
            drain: self.feed.drain,
        }
    }
}

fn engine(settings: &mut Settings, clock: Clock) -> engine::config::Config {
    let default = engine::config::Config::default();
    let megabytes =
        settings.or("cache_megabytes", default.cache_bytes >> 20, "1 to 65536 megabytes", |text| {
            number(text, 1, 65_536)
        });
    engine::config::Config {
        clock,
        epoch: settings.or("epoch", 0, "the log's epoch, 0 to 99", |text| {
            text.parse().ok().filter(|epoch| (0..100).contains(epoch))
        }),
        batch: settings.or("batch", default.batch, "1 to 100000 commands", |text| number(text, 1, 100_000)),
        cache_bytes: megabytes << 20,
        statement: settings.or("statement", default.statement, "`true` or `false`", |text| text.parse().ok()),
        ..default
    }
}

fn store(text: &str) -> Option<bool> {
    match text {
        "memory" => Some(true),
        "cql" => Some(false),
        _ => None,
    }
}

fn number(text: &str, least: usize, most: usize) -> Option<usize> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    const EXPLAINED: &str = include_str!("../../../../deploy/lotstream.toml");
    const ARGS: SettingsArgs = SettingsArgs { settings: None, clock: None };

    /// The keys of `deploy/lotstream.toml`, those that only show a default among them.
    fn explained() -> Vec<&'static str> {
        let top = EXPLAINED.split("[kafka_settings]").next().unwrap();
        let key = |line: &'static str| {
            let (key, _) = line.trim_start_matches("# ").split_once(" = ")?;
            key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(key)
        };
        let mut keys: Vec<&str> = top.lines().filter_map(key).chain(["kafka_settings"]).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn the_file_that_explains_settings_names_all_of_them_and_nothing_else() {
        let mut settings = Settings::read(None, []);
        Deployment::of(&mut settings, &ARGS);
        assert_eq!(explained(), settings.known().collect::<Vec<_>>(), "deploy/lotstream.toml");
    }

    #[test]
    fn the_file_that_explains_settings_shows_the_defaults() {
        let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/lotstream.toml"));
        let mut settings = Settings::read(Some(file), []);
        let defaults = format!("{:?}", Deployment::of(&mut settings, &ARGS));
        settings.finish().unwrap();
        let shown = EXPLAINED.lines().filter_map(|line| {
            let (key, rest) = line.strip_prefix("# ")?.split_once(" = ")?;
            let value = rest.split(" #").next().unwrap().trim().trim_matches('"');
            explained()
                .contains(&key)
                .then(|| (format!("LOTSTREAM_{}", key.to_uppercase()), value.to_owned()))
        });
        let shown: Vec<(String, String)> = shown.filter(|(_, value)| !value.is_empty()).collect();
        assert!(shown.len() > 15, "{shown:?}");
        let mut settings = Settings::read(Some(file), shown);
        assert_eq!(format!("{:?}", Deployment::of(&mut settings, &ARGS)), defaults);
        settings.finish().unwrap();
    }

    fn deployment(variables: &[(&str, &str)]) -> Result<Deployment, SettingsError> {
        let servers = [("KAFKA", "kafka:9092"), ("REGISTRY", "http://registry:8080/apis/ccompat/v7")];
        let variables = servers.iter().chain(variables);
        let variables = variables.map(|(key, value)| (format!("LOTSTREAM_{key}"), (*value).to_owned()));
        let mut settings = Settings::read(None, variables);
        let deployment = Deployment::of(&mut settings, &ARGS);
        settings.finish()?;
        Ok(deployment)
    }

    #[test]
    fn what_a_ledger_is_started_with_comes_from_the_settings() {
        let set =
            [("PREFIX", "t."), ("EPOCH", "2"), ("CLOCK", "event"), ("DRAIN_SECONDS", "45"), ("BATCH", "7")];
        let ledger = deployment(&set).unwrap().ledger();
        assert_eq!(
            (ledger.kafka.group.as_str(), ledger.kafka.topics.wal.as_str()),
            ("t.ledger", "t.ledger-wal")
        );
        assert_eq!((ledger.engine.epoch, ledger.engine.clock, ledger.engine.batch), (2, Clock::Event, 7));
        assert_eq!(ledger.drain, Duration::from_secs(45));
        assert!(matches!(ledger.store, StoreChoice::Cql(_)));
        assert!(matches!(deployment(&[("STORE", "memory")]).unwrap().ledger().store, StoreChoice::Memory));
    }

    #[test]
    fn every_bad_value_is_told_with_its_place_and_what_was_expected() {
        let bad = [
            ("EPOCH", "100"),
            ("CLOCK", "sundial"),
            ("CONSISTENCY", "one"),
            ("BATCH", "0"),
            ("STORE", "tape"),
        ];
        let problems = deployment(&bad).unwrap_err().to_string();
        for expected in [
            "LOTSTREAM_EPOCH: expected the log's epoch, 0 to 99, found `100`",
            "LOTSTREAM_CLOCK: expected `broker` or `event`, found `sundial`",
            "LOTSTREAM_CONSISTENCY: expected `quorum`, `local_quorum`, or `one` where there is one replica, found `one`",
            "LOTSTREAM_BATCH: expected 1 to 100000 commands, found `0`",
            "LOTSTREAM_STORE: expected `cql` or `memory`, found `tape`",
        ] {
            assert!(problems.lines().any(|problem| problem == expected), "{expected}\nin\n{problems}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let secrets = [
            ("CQL_USER", "ledger"),
            ("CQL_PASSWORD", "s3cret"),
            ("KAFKA_PASSWORD", "s3cret"),
            ("KAFKA_SETTINGS", "ssl.key.password=s3cret"),
            ("PSEUDONYM_KEY", "s3cret-s3cret-s3cret-s3cret-s3cret"),
        ];
        let deployment = deployment(&secrets).unwrap();
        assert!(!format!("{deployment:?}").contains("s3cret"));
        assert_eq!(deployment.kafka().settings["sasl.password"], "s3cret");
    }
}
