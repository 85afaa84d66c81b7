//! Starting: what does not answer yet is asked again until it does, or until the stop; what is set up wrongly
//! (a missing topic or table, a schema the registry refuses) ends the start at once.

use lotstream_kafka::admin::Admin;
use lotstream_kafka::ledger::Config as KafkaConfig;
use lotstream_kafka::{Error as KafkaError, KafkaLog};
use lotstream_scylla::{Config as StoreConfig, ScyllaError, ScyllaStore};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use telemetry::{Health, Stop};
use wire::AvroCodec;
use wire::contract::ContractError;
use wire::registry::{Cached, Confluent, Registry, RegistryError};

/// How long before what did not answer is asked again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long Kafka may take to say that it is there: also how long a stop may wait for it.
const REACH: Duration = Duration::from_secs(3);

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
        self.patiently("the schema registry", is_unanswered, || AvroCodec::new(&registry))
    }

    /// The store, once it answers.
    pub(crate) fn store(&self, config: &StoreConfig) -> Result<Option<ScyllaStore>, ScyllaError> {
        self.patiently("the store", ScyllaError::may_pass, || ScyllaStore::open(config))
    }

    /// The log, as a member of the group.
    pub(crate) fn log(&self, config: &KafkaConfig) -> Result<Option<KafkaLog>, KafkaError> {
        self.patiently("kafka", KafkaError::may_pass, || KafkaLog::open(config.clone()))
    }

    /// Asks until there is an answer, or an error that no patience mends.
    fn patiently<T, E: Error>(
        &self,
        whom: &str,
        passes: fn(&E) -> bool,
        mut ask: impl FnMut() -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        while !self.stop.is_asked() {
            self.health.beat();
            match ask() {
                Err(error) if passes(&error) => {
                    tracing::warn!(
                        error = whole(&error),
                        "{whom} does not answer; asking again until it does"
                    );
                    self.health.waiting(&format!("{whom} does not answer"));
                    self.stop.wait(AGAIN);
                }
                answer => return answer.map(Some),
            }
        }
        tracing::info!("stopped while waiting for {whom}");
        Ok(None)
    }
}

const fn is_unanswered(error: &ContractError) -> bool {
    matches!(error, ContractError::Registry(RegistryError::Unavailable { .. }))
}

/// An error with what is behind it.
fn whole(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        let more = behind.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = behind.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_answer_is_asked_again_and_what_is_wrong_is_not() {
        let (stop, health) = (Stop::default(), Health::new(Duration::from_secs(60)));
        let start = Start { stop: &stop, health: &health };
        let mut answers = [Err(away()), Ok(7)].into_iter();
        let passes = KafkaError::may_pass;
        let mut asked = 0;
        let found = start.patiently("kafka", passes, || {
            asked += 1;
            answers.next().unwrap()
        });
        assert_eq!((found.unwrap(), asked), (Some(7), 2));
        assert_eq!(health.not_ready().as_deref(), Some("kafka does not answer"));
        let missing = || KafkaError::MissingTopic { topic: "ledger-wal".to_owned() };
        let found = start.patiently("kafka", passes, || Err::<i32, _>(missing()));
        assert!(found.unwrap_err().to_string().contains("lotstream topics create"));
        stop.ask();
        assert_eq!(start.patiently("kafka", passes, || Err::<i32, _>(away())).unwrap(), None);
    }

    fn away() -> KafkaError {
        KafkaError::Late { doing: "listing topics".to_owned(), millis: 1 }
    }
}
