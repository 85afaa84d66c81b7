//! A folder of servers that `deploy/local/servers` runs for a story alone. Stops nothing that it did not start.

use crate::places::{repository, scratch};
use crate::servers::address;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder of servers.
pub struct Local {
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

impl Local {
    /// A folder named after this process and `name`, with these `LOTSTREAM_*` settings. What was fetched for the shared
    /// servers is used again. Nothing is started.
    pub fn new(name: &str, settings: Vec<(String, String)>) -> Self {
        let folder = scratch().join(format!("servers-{}{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let fetched = PathBuf::from(address("LOTSTREAM_SERVERS_DIR")).join("lib");
        if fetched.is_dir() {
            let linked = std::os::unix::fs::symlink(fetched, folder.join("lib"));
            linked.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        }
        Self { folder, settings }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A variable that `deploy/local/servers env` sets; empty where it sets none.
    pub fn env(&self, name: &str) -> String {
        let env: BTreeMap<String, String> = self
            .command(&["env"])
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        env.get(name).cloned().unwrap_or_default()
    }

    /// The process of `kafka`, `cassandra` or `registry`.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn process(&self, server: &str) -> u32 {
        let pid = self.env(&format!("LOTSTREAM_{}_PID", server.to_uppercase()));
        pid.parse().unwrap_or_else(|_| panic!("expected the process id of our {server}, found `{pid}`"))
    }

    /// Runs the command to its good end; what it printed.
    ///
    /// # Panics
    /// Where it fails, with what it said.
    pub fn command(&self, arguments: &[&str]) -> String {
        self.command_under(arguments, &[])
    }

    /// The same with variables of the environment besides.
    pub fn command_under(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let mut command = Command::new(repository().join("deploy/local/servers"));
        command.args(arguments).env("LOTSTREAM_LOCAL", &self.folder).env("LOTSTREAM_CASSANDRA_HEAP", "512m");
        command.envs(self.settings.iter().map(|(name, value)| (format!("LOTSTREAM_{name}"), value)));
        command.envs(environment.iter().copied());
        let output = command.output().unwrap_or_else(|error| panic!("deploy/local/servers: {error}"));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "deploy/local/servers {}: {told}", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Stops these and deletes the folder.
    pub fn remove(&self, started: &[&str]) {
        self.command(&[&["down", "--wipe"], started].concat());
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ports that were free a moment ago, each another one.
pub fn free_ports(count: usize) -> Vec<String> {
    let listeners: Vec<TcpListener> =
        (0..count).filter_map(|_| TcpListener::bind("127.0.0.1:0").ok()).collect();
    let ports = listeners.iter().filter_map(|listener| listener.local_addr().ok());
    ports.map(|address| address.port().to_string()).collect()
}
