//! Servers of a story's own, so that it may stop and restart them: Kafka and Cassandra in a folder and on ports of
//! their own, or a registry. What is not started is the shared one.

use crate::local::{Local, free_ports};
use crate::servers::{Servers, address};
use crate::service::signal;
use lotstream_scylla::{Config, Login, Names, Tls, tables};
use std::path::PathBuf;
use std::time::Duration;

/// How long the store may take to have the login that it is born with.
const FIRST_LOGIN: Duration = Duration::from_secs(60);
/// That login, and its password.
const BORN_WITH: &str = "cassandra";

/// A Kafka and a Cassandra that nobody else uses; gone when dropped.
pub struct OwnServers {
    local: Local,
    ports: Vec<(String, String)>,
    /// Where they are.
    pub servers: Servers,
    started: &'static [&'static str],
}

impl OwnServers {
    /// Starts them. What was fetched for the shared servers is used again.
    pub fn up() -> Self {
        let names = ["KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "CQL_PORT", "CASSANDRA_STORAGE_PORT"];
        let mut own = Self::of(&["kafka", "cassandra"], &names);
        own.servers.cql = own.local.env("LOTSTREAM_CQL");
        own
    }

    /// Starts a Kafka with a second door behind which rights count (deploy/local/kafka/guarded.properties), beside the
    /// shared store.
    pub fn guarded() -> Self {
        Self::of(&["kafka"], &["KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_SASL_PORT"])
    }

    /// Starts a Kafka as [`OwnServers::guarded`] and a Cassandra that lets nobody in without TLS and a login.
    pub fn walled() -> Self {
        let names =
            ["KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_SASL_PORT", "CQL_PORT", "CASSANDRA_STORAGE_PORT"];
        let mut own = Self::set(&["kafka", "cassandra"], &names, &[("CQL_GUARDED", "1")]);
        own.servers.cql = own.local.env("LOTSTREAM_CQL");
        own
    }

    /// Starts a registry, beside the shared Kafka and store: schemas in the order this story registers them.
    pub fn registry() -> Self {
        let mut own = Self::of(&["registry"], &["REGISTRY_PORT", "REGISTRY_MANAGEMENT_PORT"]);
        own.servers.kafka = address("LOTSTREAM_KAFKA");
        own.servers.registry = own.local.env("LOTSTREAM_REGISTRY");
        own
    }

    /// The address behind which rights count.
    pub fn guarded_door(&self) -> String {
        let port =
            self.ports.iter().find(|(name, _)| *name == "KAFKA_SASL_PORT").map(|(_, port)| port.as_str());
        format!("127.0.0.1:{}", port.unwrap_or_default())
    }

    /// Where these servers keep what is theirs.
    pub fn folder(&self) -> &std::path::Path {
        self.local.folder()
    }

    /// The certificate of the CA that the guarded servers' certificates are of.
    pub fn ca(&self) -> PathBuf {
        self.folder().join("data/tls/ca.pem")
    }

    /// The password of a login, as the servers made it.
    ///
    /// # Panics
    /// Where they made none of that name.
    pub fn password(&self, login: &str) -> String {
        let path = self.folder().join("data/tls/passwords");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let found = text.lines().find_map(|line| line.strip_prefix(login)?.strip_prefix('='));
        found
            .unwrap_or_else(|| panic!("{}: expected a password of {login}, found none", path.display()))
            .to_owned()
    }

    /// A file that holds the password of a login and nothing else.
    pub fn password_file(&self, login: &str) -> PathBuf {
        let path = self.folder().join(format!("password-{login}"));
        // Once: somebody may be reading it.
        if !path.exists() {
            let written = std::fs::write(&path, self.password(login) + "\n");
            written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        path
    }

    /// The guarded store in this keyspace, as the login that it is born with, which may do everything.
    pub fn store_as_first(&self, keyspace: &str) -> Config {
        let mut config = Config::new(&self.servers.cql, keyspace).single_node();
        config.login = Some(Login { user: BORN_WITH.to_owned(), password: BORN_WITH.to_owned() });
        config.tls =
            Some(Tls { ca: self.ca(), client: None, names: Names::OneOf(vec!["127.0.0.1".to_owned()]) });
        config
    }

    /// Performs statements of CQL as that login.
    pub fn grant(&self, statements: &[String]) {
        let config = self.store_as_first("system");
        let mut error = String::new();
        let done = crate::wait::within(FIRST_LOGIN, || {
            tables::perform(&config, statements).map_err(|found| error = format!("{found:?}")).ok()
        });
        assert!(done.is_some(), "expected the store's first login to be let in: {error}");
    }

    fn of(started: &'static [&'static str], names: &[&'static str]) -> Self {
        Self::set(started, names, &[])
    }

    fn set(
        started: &'static [&'static str],
        names: &[&'static str],
        set: &'static [(&'static str, &'static str)],
    ) -> Self {
        let ports: Vec<(String, String)> =
            names.iter().map(|name| (*name).to_owned()).zip(free_ports(names.len())).collect();
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let local = Local::new("", ports.iter().cloned().chain(set).collect());
        let (cql, registry) = (address("LOTSTREAM_CQL"), address("LOTSTREAM_REGISTRY"));
        let servers = Servers { kafka: String::new(), cql, registry };
        let mut own = Self { local, ports, servers, started };
        own.local.command(&[&["up"], started].concat());
        own.servers.kafka = own.local.env("LOTSTREAM_KAFKA");
        own
    }

    /// Restarts Kafka, its data stays; back when it answers.
    pub fn restart_kafka(&self) {
        self.local.command(&["restart", "kafka"]);
    }

    /// Stops Cassandra in its tracks (SIGSTOP): it keeps its connections and answers nothing.
    pub fn freeze_store(&self) {
        signal("STOP", self.local.process("cassandra"));
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw_store(&self) {
        signal("CONT", self.local.process("cassandra"));
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        self.local.remove(self.started);
    }
}
