//! The bed a benchmark on servers lies in: topics and tables of its own, gone when it ends.

use crate::Outcome;
use domain::Name;
use engine::config::{Clock, Config};
use engine::wal::ProgrammeVersion;
use ledger::StoreChoice;
use lotstream_kafka::Connection;
use lotstream_kafka::admin::{Admin, TopicSpec};
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::ledger::Topics;
use lotstream_kafka::record::Outgoing;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use wire::AvroCodec;
use wire::registry::{Cached, Confluent, Registry};

/// The partner every made purchase is of.
pub(crate) const PARTNER: &str = "shop";
const PROGRAMME: &str = include_str!("../../../deploy/programmes/veloprobeg.toml");

pub(crate) struct Bed {
    pub(crate) kafka: Connection,
    pub(crate) prefix: String,
    pub(crate) registry: String,
    pub(crate) codec: AvroCodec,
    pub(crate) cql: lotstream_scylla::Config,
    pub(crate) programme: Name,
    names: Vec<String>,
}

impl Bed {
    /// Makes topics and tables under a name of its own.
    pub(crate) fn make() -> Outcome<Self> {
        let kafka = Connection::to(variable("LOTSTREAM_KAFKA")?);
        let registry = variable("LOTSTREAM_REGISTRY")?;
        let number = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() % 1_000_000_000;
        let name = format!("bench{number}");
        let cql = lotstream_scylla::Config::new(&variable("LOTSTREAM_CQL")?, &name).single_node();
        lotstream_scylla::tables::create(&cql)?;
        let prefix = format!("{name}.");
        let specs = specs(&prefix);
        Admin::new(&kafka)?.create(&specs)?;
        let reached: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(&registry)));
        let codec = AvroCodec::new(&reached)?;
        let tariff =
            programme::compile("veloprobeg", PROGRAMME).map_err(|problems| format!("{problems:?}"))?;
        let programme = tariff.programme.clone();
        let names = specs.into_iter().map(|spec| spec.name).collect();
        let bed = Self { kafka, prefix, registry, codec, cql, programme, names };
        bed.publish(&ProgrammeVersion {
            programme: tariff.programme.clone(),
            version: tariff.version,
            text: Arc::from(PROGRAMME),
        })?;
        Ok(bed)
    }

    pub(crate) fn topics(&self) -> Topics {
        Topics::with_prefix(&self.prefix)
    }

    fn publish(&self, version: &ProgrammeVersion) -> Outcome<()> {
        let frame = self.codec.encode_programme(version)?;
        let producer = FeedProducer::new(&self.kafka)?;
        let topic = self.topics().commands;
        for partition in 0..4 {
            let (key, value) = (frame.key.as_slice(), frame.value.as_slice());
            producer
                .send(&Outgoing { topic: &topic, partition: Some(partition), key, value, headers: &[] }, 0);
        }
        for _ in 0..4 {
            producer.wait(Duration::from_secs(30)).ok_or("no acknowledgement of the programme")?.result?;
        }
        Ok(())
    }
}

fn variable(name: &str) -> Result<String, String> {
    let hint = "start servers: deploy/local/servers up; eval \"$(deploy/local/servers env)\"";
    std::env::var(name).map_err(|_| format!("{name} is not set; {hint}"))
}

/// The configuration of a ledger instance on the bed with this prefix.
pub(crate) fn ledger_config(prefix: &str, store: &str, bounds: [usize; 3]) -> Outcome<ledger::Config> {
    let store = match store {
        "memory" => StoreChoice::Memory,
        "cql" => {
            let nodes = variable("LOTSTREAM_CQL")?;
            let keyspace = prefix.trim_end_matches('.');
            StoreChoice::Cql(Box::new(lotstream_scylla::Config::new(&nodes, keyspace).single_node()))
        }
        other => return Err(format!("store {other}: expected `memory` or `cql`").into()),
    };
    let mut kafka = lotstream_kafka::ledger::Config::new(Connection::to(variable("LOTSTREAM_KAFKA")?));
    kafka.group = format!("{prefix}ledger");
    kafka.transactional_prefix = format!("{prefix}ledger-");
    kafka.topics = Topics::with_prefix(prefix);
    let [batch, unflushed_rows, cache] = bounds;
    let clock = Clock::Broker;
    let engine = Config { clock, batch, unflushed_rows, cache_bytes: cache << 20, ..Config::default() };
    let (registry, listen, drain) = (variable("LOTSTREAM_REGISTRY")?, None, Duration::from_secs(60));
    Ok(ledger::Config { kafka, registry, store, engine, listen, traces: String::new(), drain })
}

fn specs(prefix: &str) -> Vec<TopicSpec> {
    let spec = |topic: &wire::topic::TopicSpec| {
        let partitions = u32::try_from(topic.partitions.local).unwrap_or(1);
        let name = format!("{prefix}{}", topic.name_for(PARTNER));
        let spec = TopicSpec::new(name, partitions, 1);
        topic.settings().into_iter().fold(spec, |spec, (key, value)| spec.with(key, &value))
    };
    wire::topic::all().iter().map(spec).collect()
}

impl Drop for Bed {
    fn drop(&mut self) {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let deleted = Admin::new(&self.kafka).and_then(|admin| admin.delete(&names));
        if let Err(error) = deleted {
            eprintln!("topics of {} stay: {error}", self.prefix);
        }
        if let Err(error) = lotstream_scylla::tables::drop_keyspace(&self.cql) {
            eprintln!("keyspace {} stays: {error}", self.cql.keyspace);
        }
    }
}
