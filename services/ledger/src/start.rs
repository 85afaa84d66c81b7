//! Starting: what does not answer yet is asked again until it does, or until the stop; what is set up wrongly
//! (a missing topic or table, a schema the registry refuses) ends the start at once.

use crate::config::Config;
use crate::error::LedgerError;
use engine::store::StoreError;
use engine::width::Width;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::ledger::Config as KafkaConfig;
use lotstream_kafka::{Error as KafkaError, KafkaLog};
use lotstream_scylla::{Config as StoreConfig, ScyllaError, ScyllaStore};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::{Health, Stop};
use wire::AvroCodec;
use wire::contract::ContractError;
use wire::registry::{Cached, Confluent, Registry};

/// How long Kafka may take to say that it is there: also how long a stop may wait for it.
const REACH: Duration = Duration::from_secs(3);
/// How long the store may take to acknowledge one row.
const ACKNOWLEDGE: Duration = Duration::from_secs(10);

/// A start under way. Everything it gives is `None` where the stop came first.
pub(crate) struct Start<'a> {
    pub(crate) stop: &'a Stop,
    pub(crate) health: &'a Health,
}

impl Start<'_> {
    /// The topics' number of partitions, and how long `ledger-wal` keeps a record, once the cluster answers.
    pub(crate) fn kafka(&self, config: &KafkaConfig) -> Result<Option<(i32, Option<i64>)>, KafkaError> {
        let admin = Admin::new(&config.connection)?;
        self.patiently("kafka", KafkaError::may_pass, || {
            admin.reach(REACH)?;
            let partitions = i32::try_from(KafkaLog::check(config)?).unwrap_or(i32::MAX);
            Ok((partitions, admin.retention(&config.topics.wal)?))
        })
    }

    /// The codec, once the registry agrees on its schemas.
    pub(crate) fn codec(&self, registry: &str) -> Result<Option<AvroCodec>, ContractError> {
        let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(registry)));
        self.patiently("the schema registry", ContractError::may_pass, || AvroCodec::new(&registry))
    }

    /// The store, once it answers.
    pub(crate) fn store(&self, config: &StoreConfig) -> Result<Option<ScyllaStore>, ScyllaError> {
        self.patiently("the store", ScyllaError::may_pass, || ScyllaStore::open(config))
    }

    /// Says so where a node may forget what it acknowledged.
    pub(crate) fn warn_of(store: &ScyllaStore) {
        if store.commit_log_sync().is_some_and(|sync| sync == "periodic") {
            tracing::warn!(
                "the store syncs its commit log behind its answers (`commitlog_sync: periodic`): a node that is killed \
                 forgets what it acknowledged last, and with two nodes away at once entries may be missing for good; \
                 set `commitlog_sync: batch` or `group` on every node"
            );
        }
    }

    /// Whether the accounts in the store are spread over as many `partitions` as the topics have now.
    pub(crate) fn width(
        &self,
        config: &Config,
        keyspace: &str,
        store: &mut ScyllaStore,
        partitions: i32,
    ) -> Result<Option<()>, LedgerError> {
        let passes =
            |error: &LedgerError| matches!(error, LedgerError::Unknown { error: StoreError::Retry(_), .. });
        let unknown = |error| LedgerError::Unknown { keyspace: keyspace.to_owned(), error };
        self.patiently("the store", passes, || {
            let deadline = Instant::now() + ACKNOWLEDGE;
            let kept = Width::keep(store, config.engine.epoch, partitions, || Instant::now() > deadline);
            match kept.map_err(unknown)? {
                Width::Same => Ok(()),
                Width::Silent => {
                    Err(unknown(StoreError::Retry("expected an acknowledgement, found none".to_owned())))
                }
                Width::Other(expected) => Err(LedgerError::Width {
                    topic: config.kafka.topics.commands.clone(),
                    keyspace: keyspace.to_owned(),
                    found: partitions,
                    expected,
                }),
            }
        })
    }

    /// The log, as a member of the group.
    pub(crate) fn log(&self, config: &KafkaConfig) -> Result<Option<KafkaLog>, KafkaError> {
        self.patiently("kafka", KafkaError::may_pass, || KafkaLog::open(config.clone()))
    }

    fn patiently<T, E: Error>(
        &self,
        whom: &str,
        passes: fn(&E) -> bool,
        ask: impl FnMut() -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        telemetry::patiently(self.stop, self.health, whom, passes, ask)
    }
}
