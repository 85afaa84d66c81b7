//! A deployment for one story: topics and tables of its own, made by the product's own commands, and services as
//! processes of the one binary. Everything is gone when it is dropped; where the test failed, the logs stay.

use crate::feeds::Feeds;
use crate::fleet::Fleet;
use crate::places::{binary, repository, scratch};
use crate::servers::Servers;
use crate::service::Service;
use lotstream_kafka::Connection;
use lotstream_kafka::admin::Admin;
use lotstream_scylla::{Config, tables};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Lines of each log that are shown when a test failed.
const SHOWN: usize = 15;
/// After this long nobody can still be at work on a story.
const STALE: Duration = Duration::from_secs(3600);
/// What stands behind the names of keyspaces a story makes beside its first one.
pub const REBUILT: [&str; 3] = ["_2", "_3", "_4"];
/// Topics deleted in one request.
const AT_ONCE: usize = 100;

/// A deployment.
pub struct Deployment {
    /// What stands before its topics and groups.
    pub prefix: String,
    /// How its cluster is reached.
    pub connection: Connection,
    /// How its store is reached.
    pub cql: Config,
    /// The registry's address.
    pub registry: String,
    settings: BTreeMap<String, String>,
    copies: usize,
    folder: PathBuf,
    binary: RefCell<PathBuf>,
    started: RefCell<BTreeMap<String, u32>>,
}

impl Deployment {
    /// A deployment named after `story`, under the event clock unless set otherwise. Nothing is made yet.
    pub fn new(story: &str, servers: &Servers) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("e2e_{story}_{}", since.as_millis());
        let folder = scratch().join(&name);
        fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let prefix = format!("{name}.");
        let settings = [
            ("KAFKA", servers.kafka.as_str()),
            ("CQL", &servers.cql),
            ("REGISTRY", &servers.registry),
            ("PREFIX", &prefix),
            ("KEYSPACE", &name),
            ("REPLICAS", "1"),
            ("CLOCK", "event"),
            ("LISTEN", "127.0.0.1:0"),
            ("SESSION_SECONDS", "3"),
            ("DRAIN_SECONDS", "45"),
        ];
        let deployment = Self {
            connection: Connection::to(servers.kafka.as_str()),
            cql: Config::new(&servers.cql, &name).single_node(),
            registry: servers.registry.clone(),
            settings: settings.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            started: RefCell::default(),
            binary: RefCell::new(binary()),
            copies: 1,
            folder,
            prefix,
        };
        deployment.sweep(since.as_millis());
        deployment
    }

    /// The same with one setting changed: `batch` for `LOTSTREAM_BATCH`.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.insert(key.to_uppercase(), value.to_owned());
        self
    }

    /// The same with so many copies of every partition and row.
    #[must_use]
    pub fn copies(mut self, copies: usize) -> Self {
        self.copies = copies;
        self.with("replicas", &copies.to_string())
    }

    /// From now on commands and services are of this binary.
    pub fn switch_to(&self, binary: &Path) {
        *self.binary.borrow_mut() = binary.to_owned();
    }

    /// Another keyspace of this story, one of [`REBUILT`].
    pub fn keyspace(&self, behind: &str) -> String {
        format!("{}{behind}", self.prefix.trim_end_matches('.'))
    }

    /// From now on commands and services are of this keyspace.
    pub fn move_to(&mut self, keyspace: &str) {
        self.settings.insert("KEYSPACE".to_owned(), keyspace.to_owned());
        keyspace.clone_into(&mut self.cql.keyspace);
    }

    /// Makes tables and topics and publishes the bicycle shop's programme.
    #[must_use]
    pub fn create<'p>(self, partners: impl IntoIterator<Item = &'p str>) -> Self {
        self.create_under("veloprobeg", partners)
    }

    /// The same under the programme of this name.
    #[must_use]
    pub fn create_under<'p>(self, programme: &str, partners: impl IntoIterator<Item = &'p str>) -> Self {
        let this = self.with("programme", programme);
        this.run(&["tables", "create"]);
        let copies = this.copies.to_string();
        let mut topics = vec!["topics", "create", "--replication", &copies];
        topics.extend(partners.into_iter().flat_map(|partner| ["--partner", partner]));
        this.run(&topics);
        let programme = repository().join(format!("deploy/programmes/{programme}.toml"));
        this.run(&["programme", "publish", &programme.display().to_string()]);
        this
    }

    /// A command of the binary in this deployment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&*self.binary.borrow());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LOTSTREAM_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().map(|(key, value)| (format!("LOTSTREAM_{key}"), value)));
        command.args(arguments);
        command
    }

    /// Runs a command to its good end; what it printed.
    ///
    /// # Panics
    /// Where it fails, with what it said.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("lotstream does not start: {error}"));
        assert!(
            output.status.success(),
            "lotstream {}: {}\n{}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a command that answers in JSON; how it ended, and what it answered.
    ///
    /// # Panics
    /// Where it answers nothing of that kind, with what it said.
    pub fn ask(&self, arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
        let output = self.command(&[arguments, &["--json"]].concat()).output();
        let output = output.unwrap_or_else(|error| panic!("lotstream does not start: {error}"));
        let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let told = String::from_utf8_lossy(&output.stderr);
            panic!("lotstream {}: {}: {error}\n{told}", arguments.join(" "), output.status)
        });
        (output.status.code(), answer)
    }

    /// Asserts that it holds what one process makes of the same feeds in memory: the state hash at the end of `run` (S05).
    pub fn assert_as_in_memory(&self, feeds: &Feeds) {
        let programme = repository().join("deploy/programmes/veloprobeg.toml").display().to_string();
        let out = format!("{}/run", feeds.folder());
        let run = ["run", "--programme", &programme, "--input", feeds.folder(), "--out", &out, "--json"];
        let summary: serde_json::Value = serde_json::from_str(&self.run(&run)).expect("a summary in JSON");
        let text = |name: &str| summary["ledger"][name].as_str().expect(name).to_owned();
        let (at, expected) = (text("at"), text("state_hash"));
        assert_eq!(self.state_hash(&at), expected, "S05: the state as of {at}, expected as in memory");
    }

    /// What a command says that is refused: it ends with 2.
    ///
    /// # Panics
    /// Where it ends otherwise.
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("lotstream does not start: {error}"));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "lotstream {}: {told}", arguments.join(" "));
        told
    }

    /// Starts a service, or a tool in the background, named after the first argument and numbered.
    pub fn start(&self, arguments: &[&str]) -> Service {
        self.start_under(arguments, &[])
    }

    /// The same with variables of the environment besides.
    pub fn start_under(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Service {
        let what = arguments.first().copied().unwrap_or("lotstream");
        let mut started = self.started.borrow_mut();
        let number = started.entry(what.to_owned()).or_default();
        *number += 1;
        let name = format!("{what}-{number}");
        let log = self.folder.join(format!("{name}.log"));
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        Service::start(name, command, log)
    }

    /// Starts one of each partners' feed service and so many ledgers, and waits until all are ready.
    pub fn start_all(&self, ledgers: usize) -> Fleet {
        self.start_some(&["purchases", "returns", "redemptions"], ledgers)
    }

    /// Starts one of each of these feed services and so many ledgers, and waits until all are ready.
    pub fn start_some(&self, feeds: &[&str], ledgers: usize) -> Fleet {
        let feeds = feeds.iter().map(|feed| self.start(&[feed])).collect();
        let ledgers = (0..ledgers).map(|_| self.start(&["ledger"])).collect();
        let mut fleet = Fleet { feeds, ledgers };
        fleet.await_ready();
        fleet
    }

    /// The state hash of the running deployment as of `at`.
    pub fn state_hash(&self, at: &str) -> String {
        let state = self.run(&["state", "hash", "--at", at, "--json"]);
        let state: serde_json::Value = serde_json::from_str(&state).unwrap_or_default();
        state["state_hash"].as_str().unwrap_or_default().to_owned()
    }

    /// A topic's name here.
    pub fn topic(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The topics of this deployment that the cluster has, without the prefix.
    pub fn topics(&self) -> Vec<String> {
        let found = self.admin().partitions().unwrap_or_else(|error| panic!("{error}"));
        found.keys().filter_map(|name| name.strip_prefix(&self.prefix)).map(str::to_owned).collect()
    }

    /// Where its services log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Deletes the first records of a topic's first partition, as its retention would.
    pub fn delete_before(&self, topic: &str, offset: i64) {
        let deleted = self.admin().delete_before(&self.topic(topic), 0, offset);
        deleted.unwrap_or_else(|error| panic!("{error}"));
    }

    fn show_logs(&self) {
        eprintln!("\nthe logs are in {}; their ends:", self.folder.display());
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let end = lines[lines.len().saturating_sub(SHOWN)..].join("\n  ");
            eprintln!("{}\n  {end}", entry.file_name().display());
        }
    }

    fn admin(&self) -> Admin {
        Admin::new(&self.connection).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Removes what stories left behind that were killed themselves, over an hour ago.
    fn sweep(&self, now: u128) {
        let Ok(topics) = self.admin().partitions() else { return };
        let stale = |topic: &str| {
            let name = topic.split_once('.')?.0;
            let began: u128 = name.strip_prefix("e2e_")?.rsplit('_').next()?.parse().ok()?;
            (began + STALE.as_millis() < now).then(|| name.to_owned())
        };
        let names: BTreeSet<String> = topics.keys().filter_map(|topic| stale(topic)).collect();
        for name in names {
            let swept = clean(&self.admin(), &name, &self.cql);
            println!("swept {name}, which a story left behind: {swept:?}");
        }
    }
}

/// Deletes topics and tables of the story `name`.
fn clean(admin: &Admin, name: &str, cql: &Config) -> Result<(), String> {
    let prefix = format!("{name}.");
    let names = admin.partitions().map_err(|error| error.to_string())?;
    let names: Vec<&str> =
        names.keys().map(String::as_str).filter(|name| name.starts_with(&prefix)).collect();
    for some in names.chunks(AT_ONCE) {
        admin.delete(some).map_err(|error| error.to_string())?;
    }
    for behind in [""].iter().chain(&REBUILT) {
        let cql = Config { keyspace: format!("{name}{behind}"), ..cql.clone() };
        tables::drop_keyspace(&cql).map_err(|error| error.to_string())?;
    }
    Ok(())
}

impl Drop for Deployment {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        } else {
            let _ = fs::remove_dir_all(&self.folder);
        }
        if let Err(error) = clean(&self.admin(), &self.keyspace(""), &self.cql) {
            eprintln!("topics and tables of {} stay: {error}", self.prefix);
        }
    }
}
