//! Servers of a story's own, so that it may stop and restart them: Kafka and Cassandra in a folder and on ports of
//! their own, or a registry. What is not started is the shared one. Stops nothing that it did not start.

use crate::places::{repository, scratch};
use crate::servers::{Servers, address};
use crate::service::signal;
use lotstream_scylla::{Config, Login, Names, Tls, tables};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// How long the store may take to have the login that it is born with.
const FIRST_LOGIN: Duration = Duration::from_secs(60);
/// That login, and its password.
const BORN_WITH: &str = "cassandra";

/// A Kafka and a Cassandra that nobody else uses; gone when dropped.
pub struct OwnServers {
    folder: PathBuf,
    ports: Vec<(&'static str, String)>,
    /// Where they are.
    pub servers: Servers,
    started: &'static [&'static str],
    /// Variables of the servers' own beside the ports.
    set: &'static [(&'static str, &'static str)],
}

impl OwnServers {
    /// Starts them. What was fetched for the shared servers is used again.
    pub fn up() -> Self {
        let names = ["KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "CQL_PORT", "CASSANDRA_STORAGE_PORT"];
        let mut own = Self::of(&["kafka", "cassandra"], &names);
        own.servers.cql = own.env("LOTSTREAM_CQL");
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
        let mut own = Self::set(&["kafka", "cassandra"], &names, &[("LOTSTREAM_CQL_GUARDED", "1")]);
        own.servers.cql = own.env("LOTSTREAM_CQL");
        own
    }

    /// Starts a registry, beside the shared Kafka and store: schemas in the order this story registers them.
    pub fn registry() -> Self {
        let mut own = Self::of(&["registry"], &["REGISTRY_PORT", "REGISTRY_MANAGEMENT_PORT"]);
        own.servers.kafka = address("LOTSTREAM_KAFKA");
        own.servers.registry = own.env("LOTSTREAM_REGISTRY");
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
        &self.folder
    }

    /// The certificate of the CA that the guarded servers' certificates are of.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("data/tls/ca.pem")
    }

    /// The password of a login, as the servers made it.
    ///
    /// # Panics
    /// Where they made none of that name.
    pub fn password(&self, login: &str) -> String {
        let path = self.folder.join("data/tls/passwords");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let found = text.lines().find_map(|line| line.strip_prefix(login)?.strip_prefix('='));
        found
            .unwrap_or_else(|| panic!("{}: expected a password of {login}, found none", path.display()))
            .to_owned()
    }

    /// A file that holds the password of a login and nothing else.
    pub fn password_file(&self, login: &str) -> PathBuf {
        let path = self.folder.join(format!("password-{login}"));
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
        let folder = scratch().join(format!("servers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let fetched = PathBuf::from(address("LOTSTREAM_SERVERS_DIR")).join("lib");
        if fetched.is_dir() {
            let linked = std::os::unix::fs::symlink(fetched, folder.join("lib"));
            linked.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        let ports = names.iter().copied().zip(free_ports(names.len())).collect();
        let (cql, registry) = (address("LOTSTREAM_CQL"), address("LOTSTREAM_REGISTRY"));
        let servers = Servers { kafka: String::new(), cql, registry };
        let mut own = Self { folder, ports, servers, started, set };
        own.command(&[&["up"], started].concat());
        own.servers.kafka = own.env("LOTSTREAM_KAFKA");
        own
    }

    /// Restarts Kafka, its data stays; back when it answers.
    pub fn restart_kafka(&self) {
        self.command(&["restart", "kafka"]);
    }

    /// Stops Cassandra in its tracks (SIGSTOP): it keeps its connections and answers nothing.
    pub fn freeze_store(&self) {
        signal("STOP", self.store());
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw_store(&self) {
        signal("CONT", self.store());
    }

    fn store(&self) -> u32 {
        let pid = self.env("LOTSTREAM_CASSANDRA_PID");
        pid.parse().unwrap_or_else(|_| panic!("expected the process id of our Cassandra, found `{pid}`"))
    }

    fn env(&self, name: &str) -> String {
        let env: BTreeMap<String, String> = self
            .command(&["env"])
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        env.get(name).cloned().unwrap_or_default()
    }

    fn command(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(repository().join("deploy/local/servers"));
        command.args(arguments).env("LOTSTREAM_LOCAL", &self.folder).env("LOTSTREAM_CASSANDRA_HEAP", "512m");
        command.envs(self.set.iter().copied());
        command.envs(self.ports.iter().map(|(name, port)| (format!("LOTSTREAM_{name}"), port)));
        let output = command.output().unwrap_or_else(|error| panic!("deploy/local/servers: {error}"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy/local/servers {}: {told}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        self.command(&[&["down", "--wipe"], self.started].concat());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ports that were free a moment ago, each another one.
fn free_ports(count: usize) -> Vec<String> {
    let listeners: Vec<TcpListener> =
        (0..count).filter_map(|_| TcpListener::bind("127.0.0.1:0").ok()).collect();
    let ports = listeners.iter().filter_map(|listener| listener.local_addr().ok());
    ports.map(|address| address.port().to_string()).collect()
}
