//! How a client reaches the cluster: brokers, security, and the name it gives itself.
//!
//! Settings of the operator (`security.protocol`, `ssl.*`, `sasl.*`, …) go through unchanged; what the
//! protocol depends on (isolation, commits, idempotence) is set after them and cannot be overridden.

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long a question to the cluster (metadata, offsets, topics) may take before it is an error.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the cluster is and how to talk to it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Connection {
    /// `host:port`, several separated by commas.
    pub brokers: String,
    /// librdkafka's own settings, passed through unchanged: `security.protocol`, `ssl.ca.location`,
    /// `sasl.mechanism` and so on.
    pub settings: BTreeMap<String, String>,
    /// `client.id`: what the broker's logs and quotas know this process by.
    pub client: String,
}

/// Settings are shown by name only: passwords and keys are among them.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.settings.keys().collect();
        f.debug_struct("Connection")
            .field("brokers", &self.brokers)
            .field("settings", &names)
            .field("client", &self.client)
            .finish()
    }
}

impl Connection {
    /// A connection without security settings.
    pub fn to(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), settings: BTreeMap::new(), client: "lotstream".to_owned() }
    }

    /// The settings every client starts from.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        for (key, value) in &self.settings {
            config.set(key, value);
        }
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", &self.client)
            .set("allow.auto.create.topics", "false")
            // Connected to every broker at once. By default a client connects where it has to, waits 50 ms
            // between two, and looks for its coordinator again after 500 ms: opening a transactional producer
            // took 55 or 505 ms, with this 3 to 11 ms.
            .set("enable.sparse.connections", "false")
            // A broker that comes back is found within a second, not ten.
            .set("reconnect.backoff.max.ms", "1000")
            .set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    /// The settings of a consumer of group `group`.
    pub(crate) fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.config();
        config
            .set("group.id", group)
            .set("group.protocol", "classic")
            // Eager: every rebalance takes everything away first. Round robin, as topics of one partition
            // would all go to the first member by range.
            .set("partition.assignment.strategy", "roundrobin")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_committed")
            .set("fetch.queue.backoff.ms", "10");
        config
    }

    /// The settings of a producer that neither loses, doubles nor reorders.
    pub(crate) fn producer(&self) -> ClientConfig {
        let mut config = self.config();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("partitioner", "murmur2_random")
            .set("compression.type", "lz4")
            .set("message.max.bytes", MAX_RECORD_BYTES)
            .set("queue.buffering.max.messages", "1000000")
            // A topic that is missing is an error after this long, not after thirty seconds; one that was
            // made just now is known by then.
            .set("topic.metadata.propagation.max.ms", "10000");
        config
    }
}

/// The largest record a producer takes, in bytes, as librdkafka wants it written: no less than the largest topic of
/// the catalogue takes, so that what a codec let through is never refused here.
const MAX_RECORD_BYTES: &str = "8388608";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_that_is_shown_keeps_its_secrets() {
        let mut connection = Connection::to("here:1");
        connection.settings.insert("sasl.password".to_owned(), "s3cret".to_owned());
        let shown = format!("{connection:?}");
        assert!(shown.contains("sasl.password") && !shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn security_settings_go_through_unchanged_and_cannot_override_the_protocol() {
        let mut connection = Connection::to("here:1");
        for (key, value) in [
            ("security.protocol", "sasl_ssl"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("ssl.ca.location", "/etc/ca.pem"),
            ("auto.offset.reset", "largest"),
            ("isolation.level", "read_uncommitted"),
        ] {
            connection.settings.insert(key.to_owned(), value.to_owned());
        }
        let config = connection.consumer("g");
        assert_eq!(config.get("security.protocol"), Some("sasl_ssl"));
        assert_eq!(config.get("sasl.mechanism"), Some("SCRAM-SHA-512"));
        assert_eq!(config.get("ssl.ca.location"), Some("/etc/ca.pem"));
        assert_eq!(config.get("auto.offset.reset"), Some("error"));
        assert_eq!(config.get("isolation.level"), Some("read_committed"));
    }
}
