//! The settings of a deployment: one file for all services, and the environment over it, read here and nowhere
//! else. Every problem is told at once.

use crate::cli::distributed::SettingsArgs;
use engine::config::Clock;
use feed::service::config::{addresses, clock, seconds};
use ledger::StoreChoice;
use lotstream_kafka::Connection;
use lotstream_kafka::ledger::Topics;
use lotstream_scylla::{Consistency, Login};
use std::time::Duration;
use telemetry::{Settings, SettingsError};

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
}

impl Deployment {
    /// Reads the settings.
    pub(crate) fn read(args: &SettingsArgs) -> Result<Self, SettingsError> {
        let settings = Settings::read(args.settings.as_deref(), std::env::vars());
        Self::of(settings, args.clock.as_deref())
    }

    /// Takes everything from `settings`; `clock` is taken over theirs.
    fn of(mut settings: Settings, chosen: Option<&str>) -> Result<Self, SettingsError> {
        let programme =
            settings.or("programme", String::new(), "a programme's name", |text| Some(text.into()));
        let mut feed = feed::service::Config::of(&mut settings, programme);
        if let Some(clock) = chosen.and_then(clock) {
            feed.clock = clock;
        }
        let (session, transaction) = (Duration::from_secs(10), Duration::from_secs(60));
        let deployment = Self {
            cql: cql(&mut settings),
            memory: settings.or("store", false, "`cql` or `memory`", store),
            engine: engine(&mut settings, feed.clock),
            session_timeout: settings.or("session_seconds", session, "1 to 600 seconds", seconds),
            transaction_timeout: settings.or("transaction_seconds", transaction, "1 to 600 seconds", seconds),
            feed,
        };
        settings.finish()?;
        Ok(deployment)
    }

    /// How Kafka is reached.
    pub(crate) const fn kafka(&self) -> &Connection {
        &self.feed.kafka
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
        let (registry, engine, listen) =
            (self.registry().to_owned(), self.engine.clone(), Some(self.feed.listen.clone()));
        ledger::Config { kafka, registry, store, engine, listen, drain: self.feed.drain }
    }
}

fn cql(settings: &mut Settings) -> lotstream_scylla::Config {
    let nodes = settings.or("cql", "127.0.0.1:9042".into(), "nodes such as `scylla-1:9042`", addresses);
    let keyspace = settings.or("keyspace", "lotstream".into(), "a keyspace", |text| Some(text.to_owned()));
    let replicas = settings.or("replicas", 3, "1 to 9 replicas", |text| number(text, 1, 9));
    let mut config = lotstream_scylla::Config::new(&nodes, &keyspace);
    config.replication = format!("{{'class': 'NetworkTopologyStrategy', 'replication_factor': {replicas}}}");
    config.datacenter =
        settings.or("datacenter", String::new(), "a data centre", |text| Some(text.to_owned()));
    let choices = "`quorum`, `local_quorum`, or `one` where there is one replica";
    let quorum = |found: &Consistency| *found != Consistency::One || replicas == 1;
    config.consistency =
        settings.or("consistency", config.consistency, choices, |text| text.parse().ok().filter(quorum));
    let user = settings.or("cql_user", String::new(), "a user", |text| Some(text.to_owned()));
    let password = settings.or("cql_password", String::new(), "a password", |text| Some(text.to_owned()));
    config.login = (!user.is_empty()).then_some(Login { user, password });
    config
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

    fn deployment(variables: &[(&str, &str)]) -> Result<Deployment, SettingsError> {
        let servers = [("KAFKA", "kafka:9092"), ("REGISTRY", "http://registry:8080/apis/ccompat/v7")];
        let variables = servers.iter().chain(variables);
        let variables = variables.map(|(key, value)| (format!("LOTSTREAM_{key}"), (*value).to_owned()));
        Deployment::of(Settings::read(None, variables), None)
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
        let deployment = deployment(&[("CQL_USER", "ledger"), ("CQL_PASSWORD", "s3cret")]).unwrap();
        assert!(!format!("{deployment:?}").contains("s3cret"));
    }
}
