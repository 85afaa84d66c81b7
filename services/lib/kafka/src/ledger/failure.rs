//! Kafka's errors as the engine's kinds: try again, give the partition up, or end.

use crate::error::{CREATE_TOPICS, Error};
use engine::log::{CommitError, LogError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// Whether it says that another owner took over: by the producer's epoch, or by the group's generation.
pub(super) const fn fenced(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Fenced
            | RDKafkaErrorCode::ProducerFenced
            | RDKafkaErrorCode::InvalidProducerEpoch
            | RDKafkaErrorCode::IllegalGeneration
            | RDKafkaErrorCode::UnknownMemberId
            | RDKafkaErrorCode::FencedInstanceId
            | RDKafkaErrorCode::RebalanceInProgress
    )
}

/// Whether no waiting helps: someone has to change the deployment.
pub(crate) const fn hopeless(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::AutoOffsetReset
            | RDKafkaErrorCode::OffsetOutOfRange
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::TransactionalIdAuthorizationFailed
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::InvalidTransactionTimeout
            | RDKafkaErrorCode::InvalidSessionTimeout
            | RDKafkaErrorCode::InvalidArgument
            | RDKafkaErrorCode::Fatal
    )
}

/// Whether the topic is not there.
pub(super) const fn no_topic(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::UnknownTopicOrPartition
    )
}

/// An error of a call that belongs to a partition or to the instance.
pub(super) fn log_error(doing: &str, error: &KafkaError) -> LogError {
    let text = format!("{doing}: {error}");
    match error.rdkafka_error_code() {
        Some(code) if fenced(code) => LogError::Lost(text),
        Some(code) if hopeless(code) => LogError::Fatal(text),
        Some(_) => LogError::Retry(text),
        None => LogError::Fatal(text),
    }
}

impl From<Error> for LogError {
    fn from(error: Error) -> Self {
        match &error {
            Error::Kafka { doing, source } => log_error(doing, source),
            Error::Late { .. } => Self::Retry(error.to_string()),
            _ => Self::Fatal(error.to_string()),
        }
    }
}

/// An error before the commit was asked for.
pub(super) fn before_commit(doing: &str, error: &KafkaError) -> CommitError {
    let text = format!("{doing}: {error}");
    match error.rdkafka_error_code() {
        Some(code) if fenced(code) => CommitError::Fenced(text),
        _ => CommitError::Aborted(text),
    }
}

/// The text for a topic that is not there.
pub(super) fn missing(topic: &str) -> String {
    format!("topic `{topic}` does not exist; create it with `{CREATE_TOPICS}`")
}
