//! How to reach the store, and how patient to be with it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How many replicas answer for a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Consistency {
    /// A majority: what design §5 rests on. With one replica it is that one.
    #[default]
    Quorum,
    /// A majority of the local data centre, where only one writes.
    LocalQuorum,
    /// One replica: only where there is only one.
    One,
}

impl FromStr for Consistency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "quorum" => Ok(Self::Quorum),
            "local_quorum" => Ok(Self::LocalQuorum),
            "one" => Ok(Self::One),
            other => Err(format!("expected consistency `quorum`, `local_quorum` or `one`, found `{other}`")),
        }
    }
}

/// Who asks. Its password is shown to nobody but the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("user", &self.user).field("password", &"***").finish()
    }
}

/// Whose certificates are believed. There is no way to believe everybody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tls {
    /// The file with the certificates of the CAs; [`Tls::SYSTEM`] for those this machine believes anyway.
    pub ca: PathBuf,
    /// Our own certificate and its key, where nodes want one.
    pub client: Option<(PathBuf, PathBuf)>,
    /// For whom a node's certificate must be.
    pub names: Names,
}

/// Names that certificates must carry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Names {
    /// Each node's one of these, DNS names or addresses.
    OneOf(Vec<String>),
    /// Any: for a CA that signs for nobody but the nodes.
    Any,
}

impl Tls {
    /// What stands for the CAs of this machine.
    pub const SYSTEM: &'static str = "system";

    pub(crate) fn is_system(&self) -> bool {
        self.ca.as_os_str() == Self::SYSTEM
    }
}

/// Everything the store is opened with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Nodes to ask first, `host:port`; the others are learned from them.
    pub nodes: Vec<String>,
    /// The keyspace of all tables.
    pub keyspace: String,
    /// The replication of a keyspace that is created, as CQL: `{'class': …}`.
    pub replication: String,
    /// User and password, where the server wants them.
    pub login: Option<Login>,
    /// TLS, where the server wants it.
    pub tls: Option<Tls>,
    /// The data centre to ask first; empty for any.
    pub datacenter: String,
    /// How many replicas answer.
    pub consistency: Consistency,
    /// How long one attempt of a request may take, its speculative ones included.
    pub request_timeout: Duration,
    /// When an unanswered attempt is tried on another node at the same time.
    pub speculate_after: Duration,
    /// Reads in flight at once; more wait.
    pub reads_in_flight: usize,
    /// Writes in flight at once, those that wait for their next attempt included; more wait.
    pub writes_in_flight: usize,
    /// Threads of the driver.
    pub threads: usize,
}

impl Config {
    /// The usual patience with the store at `nodes` (comma-separated `host:port`) in `keyspace`.
    pub fn new(nodes: &str, keyspace: &str) -> Self {
        Self {
            nodes: nodes
                .split(',')
                .map(|node| node.trim().to_owned())
                .filter(|node| !node.is_empty())
                .collect(),
            keyspace: keyspace.to_owned(),
            replication: "{'class': 'NetworkTopologyStrategy', 'replication_factor': 3}".to_owned(),
            login: None,
            tls: None,
            datacenter: String::new(),
            consistency: Consistency::Quorum,
            request_timeout: Duration::from_secs(3),
            speculate_after: Duration::from_millis(200),
            reads_in_flight: 256,
            writes_in_flight: 256,
            threads: 2,
        }
    }

    /// The same for a server of one node.
    #[must_use]
    pub fn single_node(mut self) -> Self {
        "{'class': 'SimpleStrategy', 'replication_factor': 1}".clone_into(&mut self.replication);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_that_is_shown_keeps_the_password_to_itself() {
        let mut config = Config::new("127.0.0.1:9042", "lotstream");
        config.login = Some(Login { user: "ledger".to_owned(), password: "s3cret".to_owned() });
        let shown = format!("{config:?}");
        assert!(shown.contains("ledger") && shown.contains("***") && !shown.contains("s3cret"), "{shown}");
    }
}
