//! The settings of a deployment: one file for all services, and the environment over it, read here and nowhere
//! else. Every problem is told at once.

use crate::cli::distributed::SettingsArgs;
use domain::Name;
use engine::config::Clock;
use ledger::StoreChoice;
use lotstream_kafka::Connection;
use lotstream_kafka::ledger::Topics;
use std::net::ToSocketAddrs;
use std::time::Duration;
use telemetry::{LogFormat, Settings, SettingsError, check_filter};

/// Everything an operator may set.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// How Kafka is reached.
    pub(crate) kafka: Connection,
    /// What stands before every topic and group.
    pub(crate) prefix: String,
    /// The schema registry's Confluent API.
    pub(crate) registry: String,
    /// The programme of records that name none.
    pub(crate) programme: Name,
    /// Whose time counts.
    pub(crate) clock: Clock,
    /// Where metrics and health are served.
    pub(crate) listen: String,
    /// Which log lines are written.
    pub(crate) log: String,
    /// How.
    pub(crate) log_format: LogFormat,
    /// How long a stop may take.
    pub(crate) drain: Duration,
    /// Records of a feed read and not acknowledged, at the most.
    pub(crate) open_records: usize,
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
        let mut settings = Settings::read(args.settings.as_deref(), std::env::vars());
        let brokers =
            settings.or("kafka", "127.0.0.1:9092".into(), "brokers such as `kafka-1:9092`", brokers);
        let mut kafka = Connection::to(brokers);
        kafka.settings = settings.table("kafka_settings");
        let clock = settings.or("clock", Clock::Broker, "`broker` or `event`", clock);
        let clock = args.clock.as_deref().and_then(self::clock).unwrap_or(clock);
        let deployment = Self {
            kafka,
            prefix: settings.or("prefix", String::new(), "letters, digits, `.`, `_`, `-`", prefix),
            registry: settings.or(
                "registry",
                registry_default(),
                "a URL such as `http://registry:8080/apis/ccompat/v7`",
                url,
            ),
            programme: settings
                .or("programme", Name::default(), "a programme's name", |text| Some(Name::from(text))),
            clock,
            listen: settings.or("listen", "127.0.0.1:0".into(), "an address such as `0.0.0.0:9100`", listen),
            log: settings.or("log", "info".into(), "a filter such as `info` or `warn,feed=debug`", filter),
            log_format: settings
                .or("log_format", LogFormat::Text, "`text` or `json`", |text| text.parse().ok()),
            drain: settings.or("drain_seconds", Duration::from_secs(20), "1 to 600 seconds", seconds),
            open_records: settings
                .or("open_records", 10_000, "1 to 1000000 records", |text| number(text, 1, 1_000_000)),
            cql: cql(&mut settings),
            memory: settings.or("store", false, "`cql` or `memory`", store),
            engine: engine(&mut settings, clock),
            session_timeout: settings.or(
                "session_seconds",
                Duration::from_secs(10),
                "1 to 600 seconds",
                seconds,
            ),
            transaction_timeout: settings.or(
                "transaction_seconds",
                Duration::from_secs(60),
                "1 to 600 seconds",
                seconds,
            ),
        };
        settings.finish()?;
        Ok(deployment)
    }

    /// The ledger's topics.
    pub(crate) fn topics(&self) -> Topics {
        Topics::with_prefix(&self.prefix)
    }

    /// What a ledger instance is started with.
    pub(crate) fn ledger(&self) -> ledger::Config {
        let mut kafka = lotstream_kafka::ledger::Config::new(self.kafka.clone());
        kafka.group = format!("{}ledger", self.prefix);
        kafka.transactional_prefix = format!("{}ledger-", self.prefix);
        kafka.topics = self.topics();
        kafka.session_timeout = self.session_timeout;
        kafka.transaction_timeout = self.transaction_timeout;
        let store =
            if self.memory { StoreChoice::Memory } else { StoreChoice::Cql(Box::new(self.cql.clone())) };
        let (registry, engine, listen) =
            (self.registry.clone(), self.engine.clone(), Some(self.listen.clone()));
        ledger::Config { kafka, registry, store, engine, listen, drain: self.drain }
    }

    /// What a feed service is started with.
    pub(crate) fn feed(&self) -> feed::service::Config {
        feed::service::Config {
            kafka: self.kafka.clone(),
            registry: self.registry.clone(),
            programme: self.programme.to_string(),
            clock: self.clock,
            listen: self.listen.clone(),
            log: self.log.clone(),
            log_format: self.log_format,
            drain: self.drain,
            open_records: self.open_records,
            prefix: self.prefix.clone(),
        }
    }
}

fn registry_default() -> String {
    "http://127.0.0.1:8081".into()
}

fn cql(settings: &mut Settings) -> lotstream_scylla::Config {
    let nodes = settings.or("cql", "127.0.0.1:9042".into(), "nodes such as `scylla-1:9042`", brokers);
    let keyspace = settings.or("keyspace", "lotstream".into(), "a keyspace", |text| Some(text.to_owned()));
    let replicas = settings.or("replicas", 3, "1 to 9 replicas", |text| number(text, 1, 9));
    let mut config = lotstream_scylla::Config::new(&nodes, &keyspace);
    config.replication = format!("{{'class': 'NetworkTopologyStrategy', 'replication_factor': {replicas}}}");
    config.datacenter =
        settings.or("datacenter", String::new(), "a data centre", |text| Some(text.to_owned()));
    let choices = "`quorum`, `local_quorum` or `one`";
    config.consistency = settings.or("consistency", config.consistency, choices, |text| text.parse().ok());
    let user = settings.or("cql_user", String::new(), "a user", |text| Some(text.to_owned()));
    let password = settings.or("cql_password", String::new(), "a password", |text| Some(text.to_owned()));
    config.login = (!user.is_empty()).then_some((user, password));
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
        wal_retention: Some(7 * 86_400_000),
        ..default
    }
}

fn brokers(text: &str) -> Option<String> {
    let is_broker = |broker: &str| {
        let parts = broker.trim().rsplit_once(':');
        parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
    };
    text.split(',').all(is_broker).then(|| text.to_owned())
}

fn url(text: &str) -> Option<String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty()).then(|| text.to_owned())
}

fn clock(text: &str) -> Option<Clock> {
    match text {
        "broker" => Some(Clock::Broker),
        "event" => Some(Clock::Event),
        _ => None,
    }
}

fn store(text: &str) -> Option<bool> {
    match text {
        "memory" => Some(true),
        "cql" => Some(false),
        _ => None,
    }
}

fn listen(text: &str) -> Option<String> {
    text.to_socket_addrs().is_ok().then(|| text.to_owned())
}

fn filter(text: &str) -> Option<String> {
    check_filter(text).is_ok().then(|| text.to_owned())
}

fn seconds(text: &str) -> Option<Duration> {
    text.parse().ok().filter(|seconds| (1..=600).contains(seconds)).map(Duration::from_secs)
}

fn number(text: &str, least: usize, most: usize) -> Option<usize> {
    text.parse().ok().filter(|number| (least..=most).contains(number))
}

fn prefix(text: &str) -> Option<String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    text.bytes().all(fits).then(|| text.to_owned())
}
