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

/// Whether the topic is not there, or a broker that has just started does not know it yet.
pub(crate) const fn no_topic(code: RDKafkaErrorCode) -> bool {
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
        // It was there when the instance started.
        Some(code) if no_topic(code) => LogError::Retry(format!(
            "{text}: a broker that has just started may not know the topic yet; where this lasts, it was deleted"
        )),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A broker that came back answered so, in the moment in which a partition was taken over.
    #[test]
    fn a_topic_that_is_gone_may_come_back_and_a_right_that_is_not_given_does_not() {
        let asked = |code| log_error("asking where it ends", &KafkaError::MetadataFetch(code));
        for code in [RDKafkaErrorCode::UnknownPartition, RDKafkaErrorCode::UnknownTopicOrPartition] {
            assert!(matches!(asked(code), LogError::Retry(_)), "{code:?}");
        }
        assert!(matches!(asked(RDKafkaErrorCode::TopicAuthorizationFailed), LogError::Fatal(_)));
    }
}
