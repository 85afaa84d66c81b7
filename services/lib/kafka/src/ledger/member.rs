//! Membership in the ledger's consumer group, and nothing else: this consumer reads no record.
//!
//! It learns which partitions are this instance's, with the group metadata that fences a stale generation.
//! Eager protocol: everything is taken away before anything new is given. A revocation is not answered before
//! [`Member::confirm`], so the group waits until this instance has torn its partitions down.

use crate::aside::drop_aside;
use crate::error::Error;
use crate::ledger::config::Config;
use crate::ledger::failure::log_error;
use crate::ledger::signal::Signal;
use engine::log::LogError;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::{info, warn};

/// How often it is looked whether somebody changed the number of partitions.
const LOOK: Duration = Duration::from_secs(30);

/// What the group said.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Rebalanced {
    Assigned(Vec<i32>),
    Revoked(Vec<i32>),
}

#[derive(Default)]
struct State {
    said: VecDeque<Rebalanced>,
    /// Of the assignment that is in force; none between a revocation and the next assignment.
    metadata: Option<Arc<ConsumerGroupMetadata>>,
    failed: Option<KafkaError>,
    /// Revocations are answered at once: nobody listens any more.
    closing: bool,
}

/// The callbacks' half. They run on the thread that polls.
#[derive(Default)]
struct Group(Mutex<State>);

impl Group {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Group {
    fn error(&self, error: KafkaError, reason: &str) {
        warn!(%error, detail = reason, "the group's consumer lost touch with kafka and tries again");
    }
}

impl ConsumerContext for Group {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, event: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let mut partitions: Vec<i32> = list.elements().iter().map(|place| place.partition()).collect();
        partitions.sort_unstable();
        let mut state = self.state();
        let answer = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            info!(?partitions, "assigned");
            state.metadata = consumer.group_metadata().map(Arc::new);
            if !partitions.is_empty() {
                state.said.push_back(Rebalanced::Assigned(partitions));
            }
            // Nothing is read here, whatever the group gives.
            consumer.assign(&TopicPartitionList::new())
        } else {
            info!(?partitions, lost = consumer.assignment_lost(), "revoked");
            state.metadata = None;
            if state.closing || partitions.is_empty() {
                consumer.unassign()
            } else {
                state.said.push_back(Rebalanced::Revoked(partitions));
                Ok(())
            }
        };
        if let Err(error) = answer {
            state.failed = Some(error);
        }
    }
}

/// This instance as a member of the group.
pub(super) struct Member {
    consumer: Option<BaseConsumer<Group>>,
}

impl Member {
    /// Joins.
    pub(super) fn join(config: &Config, signal: &Signal) -> Result<Self, Error> {
        let session = config.session_timeout.as_millis();
        let doing = format!("joining group `{}` of topic `{}`", config.group, config.topics.commands);
        let mut consumer: BaseConsumer<Group> = config
            .connection
            .consumer(&config.group)
            .set("partition.assignment.strategy", "range")
            .set("topic.metadata.refresh.interval.ms", LOOK.as_millis().to_string())
            .set("session.timeout.ms", session.to_string())
            .set("heartbeat.interval.ms", (session / 3).clamp(1, 3_000).to_string())
            .create_with_context(Group::default())
            .map_err(Error::kafka(&doing))?;
        let signal = signal.clone();
        consumer.set_nonempty_callback(move || signal.raise());
        consumer.subscribe(&[&config.topics.commands]).map_err(Error::kafka(doing))?;
        Ok(Self { consumer: Some(consumer) })
    }

    /// Appends what the group said since to `said`, whether or not an error comes with it: what is taken away is
    /// said once, and the group waits for the answer. Also keeps the membership alive.
    pub(super) fn poll(&self, said: &mut Vec<Rebalanced>) -> Result<(), LogError> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        loop {
            let polled = consumer.poll(Duration::ZERO);
            let mut state = consumer.context().state();
            let before = said.len();
            said.extend(state.said.drain(..));
            if let Some(error) = state.failed.take() {
                return Err(log_error("answering a rebalance", &error));
            }
            drop(state);
            match polled {
                Some(Err(error)) => passing(&error)?,
                None if said.len() == before => return Ok(()),
                None | Some(Ok(_)) => {}
            }
        }
    }

    /// Answers the last revocation: the group may go on.
    pub(super) fn confirm(&self) -> Result<(), LogError> {
        let Some(consumer) = &self.consumer else { return Ok(()) };
        consumer.unassign().map_err(|error| log_error("answering a revocation", &error))
    }

    /// The metadata of the assignment in force; none between a revocation and the next assignment.
    pub(super) fn metadata(&self) -> Option<Arc<ConsumerGroupMetadata>> {
        self.consumer.as_ref().and_then(|consumer| consumer.context().state().metadata.clone())
    }

    /// Leaves the group, waiting for that at most `patience`. Says whether it was done by then.
    pub(super) fn leave(&mut self, patience: Duration) -> bool {
        let Some(consumer) = self.consumer.take() else { return true };
        consumer.context().state().closing = true;
        // A revocation that was told and never confirmed; does no harm where there is none.
        let answered = consumer.unassign().is_ok();
        drop_aside("group member", consumer, patience) && answered
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leave(Duration::ZERO);
    }
}

/// Errors of the group that librdkafka goes on from by itself are not ours.
fn passing(error: &KafkaError) -> Result<(), LogError> {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::PollExceeded) => {
            warn!("not polled for too long: the group takes the partitions away");
            Ok(())
        }
        _ => match log_error("being a member of the ledger's group", error) {
            LogError::Fatal(text) => Err(LogError::Fatal(text)),
            LogError::Retry(text) | LogError::Lost(text) => {
                warn!(error = text, "the group's consumer goes on");
                Ok(())
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rdkafka::config::ClientConfig;

    /// Nobody answers at that address, and nobody has to.
    fn member() -> Member {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", "127.0.0.1:1").set("group.id", "g");
        let consumer: BaseConsumer<Group> = config.create_with_context(Group::default()).unwrap();
        Member { consumer: Some(consumer) }
    }

    #[test]
    fn what_the_group_said_comes_with_the_error_of_the_same_poll() {
        let member = member();
        {
            let mut state = member.consumer.as_ref().unwrap().context().state();
            state.said.push_back(Rebalanced::Revoked(vec![1, 2]));
            state.failed = Some(KafkaError::Rebalance(RDKafkaErrorCode::RequestTimedOut));
        }
        let mut said = Vec::new();
        let polled = member.poll(&mut said);
        assert!(matches!(polled, Err(LogError::Retry(_))), "{polled:?}");
        assert_eq!(said, [Rebalanced::Revoked(vec![1, 2])]);
    }
}
