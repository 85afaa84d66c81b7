//! Servers of a story's own, so that it may stop and restart them: Kafka and Cassandra in a folder and on ports of
//! their own, or a registry. What is not started is the shared one.

use crate::local::{Local, free_ports};
use crate::servers::{Servers, address};
use crate::service::signal;

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

    fn of(started: &'static [&'static str], names: &[&'static str]) -> Self {
        let ports: Vec<(String, String)> =
            names.iter().map(|name| (*name).to_owned()).zip(free_ports(names.len())).collect();
        let local = Local::new("", ports.clone());
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
