//! A cluster on one machine, for faults: three brokers, three nodes of the store and a registry, each with a process and
//! an address of its own. Clients reach brokers and nodes through a proxy (127.0.1.N before 127.0.0.N), which may be told
//! to be slow or to cut connections; packets of one direction may be lost ([`packets`]); the disk of the third machine is
//! small and may be filled ([`disk`]).
//!
//! Wants the rights of `tests/faults`, which gives it a network, a process table and mounts of its own: nothing outside
//! is touched, and everything is gone when that ends.

pub mod disk;
pub mod packets;
pub mod proxy;

use crate::local::{Local, free_ports};
use crate::servers::Servers;
use crate::service::signal;
use crate::wait::until;
use disk::Disk;
use proxy::Proxy;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Brokers, and nodes of the store.
pub const NODES: usize = 3;
/// The machine whose disk is small.
pub const SMALL: usize = 3;
/// The same ports on every machine, each on its own address.
const PORTS: [&str; 5] =
    ["KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_INTERNAL_PORT", "CQL_PORT", "CASSANDRA_STORAGE_PORT"];
/// How long everything may take to be whole again.
const WHOLE: Duration = Duration::from_secs(120);
const REQUEST: Duration = Duration::from_secs(5);
/// Started once, by the first story.
static CLUSTER: Mutex<Option<Cluster>> = Mutex::new(None);

/// One of its servers; machines count from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Server {
    /// The broker of a machine.
    Broker(usize),
    /// The store's node of a machine.
    Store(usize),
    /// The one registry.
    Registry,
}

/// The cluster.
pub struct Cluster {
    machines: Vec<Local>,
    registry: Local,
    /// What stands before brokers and nodes.
    pub proxy: Proxy,
    /// The third machine's disk.
    pub disk: Disk,
    servers: Servers,
}

/// A story's turn on the cluster.
pub struct Stage(MutexGuard<'static, Option<Cluster>>);

impl std::ops::Deref for Stage {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        self.0.as_ref().expect("a cluster was started")
    }
}

impl Stage {
    /// Waits for its turn on a cluster where everything is as it should be, whatever the story before did to it.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn take() -> Self {
        let mut cluster = CLUSTER.lock().unwrap_or_else(PoisonError::into_inner);
        match cluster.as_ref() {
            Some(cluster) => cluster.heal(),
            None => *cluster = Some(Cluster::up()),
        }
        let stage = Self(cluster);
        stage.await_whole();
        stage
    }
}

impl Cluster {
    fn up() -> Self {
        let names = PORTS.map(str::to_owned);
        let ports: Vec<(String, String)> = names.into_iter().zip(free_ports(PORTS.len())).collect();
        let machines: Vec<Local> = (1..=NODES).map(|node| machine(node, &ports)).collect();
        let disk = Disk::small(&machines[SMALL - 1].folder().join("data"));
        let registry = registry();
        thread::scope(|scope| {
            for machine in &machines {
                scope.spawn(|| machine.command(&["up", "kafka", "cassandra"]));
            }
            scope.spawn(|| registry.command(&["up", "registry"]));
        });
        let port = |name: &str| ports.iter().find(|(key, _)| key == name).expect(name).1.clone();
        let (kafka, cql) = (port("KAFKA_PORT"), port("CQL_PORT"));
        let proxy = Proxy::start(&[("broker", &kafka), ("store", &cql)]);
        let doors = |port: &str| (1..=NODES).map(|node| format!("{}:{port}", door(node))).collect::<Vec<_>>();
        let servers = Servers {
            kafka: doors(&kafka).join(","),
            cql: doors(&cql).join(","),
            registry: registry.env("LOTSTREAM_REGISTRY"),
        };
        Self { machines, registry, proxy, disk, servers }
    }

    /// Where clients reach it.
    pub fn servers(&self) -> &Servers {
        &self.servers
    }

    /// Ends a server without a warning (SIGKILL).
    pub fn kill(&self, server: Server) {
        signal("KILL", self.process(server));
        until(&format!("{server:?} to be gone"), REQUEST, || (!self.runs(server)).then_some(()));
    }

    /// Stops a server in its tracks (SIGSTOP): it keeps its connections and answers nothing.
    pub fn freeze(&self, server: Server) {
        signal("STOP", self.process(server));
    }

    /// Lets it go on (SIGCONT).
    pub fn thaw(&self, server: Server) {
        signal("CONT", self.process(server));
    }

    /// Starts a server that was killed, or lets one that was stopped go on; back when it answers.
    pub fn start(&self, server: Server) {
        let (local, name) = self.place(server);
        local.command(&["up", name]);
    }

    /// The same with variables of the environment besides.
    pub fn start_under(&self, server: Server, environment: &[(&str, &str)]) {
        let (local, name) = self.place(server);
        local.command_under(&["up", name], environment);
    }

    /// Whether its process runs.
    pub fn runs(&self, server: Server) -> bool {
        let (local, name) = self.place(server);
        !local.env(&format!("LOTSTREAM_{}_PID", name.to_uppercase())).is_empty()
    }

    /// Starts several at once.
    pub fn start_all(&self, servers: &[Server]) {
        thread::scope(|scope| servers.iter().for_each(|server| _ = scope.spawn(|| self.start(*server))));
    }

    /// Waits until every partition of the brokers has all its copies in sync.
    pub fn await_whole(&self) {
        until("every copy of every partition to be in sync", WHOLE, || {
            let metadata = self.consumer().fetch_metadata(None, REQUEST).ok()?;
            let mut partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
            let is_whole =
                partitions.all(|part| part.leader() > 0 && part.isr().len() == part.replicas().len());
            (metadata.brokers().len() == NODES && is_whole).then_some(())
        });
    }

    /// The broker that leads a partition.
    pub fn leader(&self, topic: &str, partition: i32) -> usize {
        until(&format!("a leader of {topic} {partition}"), WHOLE, || {
            let metadata = self.consumer().fetch_metadata(Some(topic), REQUEST).ok()?;
            let found = metadata.topics().first()?.partitions().iter().find(|part| part.id() == partition)?;
            usize::try_from(found.leader()).ok().filter(|leader| *leader > 0)
        })
    }

    /// The end of a partition, of what is not committed, too.
    pub fn end_of(&self, topic: &str, partition: i32) -> i64 {
        let found = self.consumer().fetch_watermarks(topic, partition, REQUEST);
        found.unwrap_or_else(|error| panic!("{topic} {partition}: {error}")).1
    }

    /// Gives a topic so many partitions in all, as nobody should.
    pub fn add_partitions(&self, topic: &str, count: usize) {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers.kafka);
        let admin: AdminClient<DefaultClientContext> =
            config.create().unwrap_or_else(|error| panic!("{error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (new, options) = ([NewPartitions::new(topic, count)], AdminOptions::new());
        let answers = runtime.block_on(admin.create_partitions(&new, &options));
        let answers = answers.unwrap_or_else(|error| panic!("{topic}: {error}"));
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }

    /// The broker that coordinates the transactions of a transactional id.
    pub fn coordinator(&self, transactional_id: &str) -> usize {
        let topic = "__transaction_state";
        let metadata = self.consumer().fetch_metadata(Some(topic), REQUEST);
        let metadata = metadata.unwrap_or_else(|error| panic!("{topic}: {error}"));
        let count = metadata.topics().first().map_or(1, |topic| topic.partitions().len());
        self.leader(topic, (java_hash(transactional_id) & i32::MAX) % i32::try_from(count).unwrap_or(1))
    }

    /// Everything as it should be, whatever was done to it.
    fn heal(&self) {
        self.proxy.heal();
        packets::heal();
        self.disk.free();
        let all: Vec<Server> = (1..=NODES)
            .flat_map(|node| [Server::Broker(node), Server::Store(node)])
            .chain([Server::Registry])
            .collect();
        self.start_all(&all);
    }

    fn place(&self, server: Server) -> (&Local, &'static str) {
        match server {
            Server::Broker(node) => (&self.machines[node - 1], "kafka"),
            Server::Store(node) => (&self.machines[node - 1], "cassandra"),
            Server::Registry => (&self.registry, "registry"),
        }
    }

    fn process(&self, server: Server) -> u32 {
        let (local, name) = self.place(server);
        local.process(name)
    }

    fn consumer(&self) -> BaseConsumer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers.kafka).set("group.id", "faults");
        config.create().unwrap_or_else(|error| panic!("{error}"))
    }
}

/// Where clients find a machine: its proxy.
pub fn door(node: usize) -> String {
    format!("127.0.1.{node}")
}

fn machine(node: usize, ports: &[(String, String)]) -> Local {
    let mut settings = ports.to_vec();
    let own = [("NODE", node.to_string()), ("NODES", NODES.to_string()), ("ADVERTISED", door(node))];
    settings.extend(own.map(|(name, value)| (name.to_owned(), value)));
    settings.push(("KAFKA_HEAP".to_owned(), "512m".to_owned()));
    Local::new(&format!("-{node}"), settings)
}

fn registry() -> Local {
    let names = ["REGISTRY_PORT", "REGISTRY_MANAGEMENT_PORT"].map(str::to_owned);
    Local::new("-registry", names.into_iter().zip(free_ports(2)).collect())
}

/// `String.hashCode`, by which Kafka spreads transactional ids.
fn java_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}
