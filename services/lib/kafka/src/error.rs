//! What can go wrong between us and Kafka, in words that say what to do next.
//!
//! Never hides which topic or client was meant; the broker's own error is kept as the source.

use crate::ledger::hopeless;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// The command named wherever a topic is missing or wrong.
pub const CREATE_TOPICS: &str = "lotstream topics create";

/// An error of this crate.
#[derive(thiserror::Error, Clone, Debug)]
pub enum Error {
    /// A call to Kafka failed.
    #[error("{doing}: {source}")]
    Kafka {
        /// What was being done, and to what.
        doing: String,
        /// What librdkafka or the broker says.
        source: KafkaError,
    },
    /// A topic that must exist does not.
    #[error("topic `{topic}` does not exist; create it with `{CREATE_TOPICS}`")]
    MissingTopic {
        /// The topic.
        topic: String,
    },
    /// A topic has another number of partitions than it must have.
    #[error(
        "topic `{topic}` has {found} partitions, expected {expected} ({why}); the number is never changed in place: recreate it"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// What it has.
        found: usize,
        /// What it must have.
        expected: usize,
        /// Who says so.
        why: String,
    },
    /// A topic is configured otherwise than it must be.
    #[error(
        "topic `{topic}` has {key}={found}, expected {key}={expected}; `{CREATE_TOPICS}` sets it on topics it makes, `kafka-configs --alter` on one that exists"
    )]
    Config {
        /// The topic.
        topic: String,
        /// The setting.
        key: String,
        /// What it is.
        found: String,
        /// What it must be.
        expected: String,
    },
    /// A record carries its producer's time where the broker's append time is needed.
    #[error(
        "record {offset} of topic `{topic}`, partition {partition}, carries no append time of the broker; expected message.timestamp.type=LogAppendTime, as `{CREATE_TOPICS}` sets it"
    )]
    NoAppendTime {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// The offset.
        offset: i64,
    },
    /// This machine's clock and the broker's are too far apart.
    #[error("this machine's clock is {} ms {} the broker's, at most {allowed} ms expected; set the clock, then start again", .ahead.unsigned_abs(), if *.ahead >= 0 { "ahead of" } else { "behind" })]
    Clock {
        /// Milliseconds this machine is ahead; negative: behind.
        ahead: i64,
        /// How far apart they may be.
        allowed: i64,
    },
    /// The operating system gave no thread.
    #[error("no thread: {0}")]
    Thread(String),
    /// The cluster answers, and does not let us in.
    #[error("kafka at {brokers} does not let us in, asked with {how}: {found}; {advice}")]
    Refused {
        /// The brokers.
        brokers: String,
        /// The settings it was asked with.
        how: String,
        /// What the client complains of.
        found: String,
        /// What to do.
        advice: &'static str,
    },
    /// Something did not happen in time.
    #[error("{doing}: no answer within {millis} ms")]
    Late {
        /// What was being done.
        doing: String,
        /// How long it was waited for.
        millis: u128,
    },
    /// Several problems at once, one a line.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Error>),
}

impl Error {
    /// Wraps a broker's error with what was being done.
    pub(crate) fn kafka(doing: impl Into<String>) -> impl FnOnce(KafkaError) -> Self {
        let doing = doing.into();
        move |source| Self::Kafka { doing, source }
    }

    /// The error code behind it, where it came from Kafka.
    pub fn code(&self) -> Option<RDKafkaErrorCode> {
        match self {
            Self::Kafka { source, .. } => source.rdkafka_error_code(),
            _ => None,
        }
    }

    /// What the broker answered to one part of a request about topics or rights.
    pub(crate) const fn admin_code(&self) -> Option<RDKafkaErrorCode> {
        match self {
            Self::Kafka { source: KafkaError::AdminOp(code), .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether it may pass by itself: the cluster does not answer, or not in time. A topic that is missing, a
    /// right that is not given and a setting that is wrong do not come by waiting.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Late { .. } => true,
            Self::Kafka { source: KafkaError::AdminOp(code), .. } => !hopeless(*code),
            Self::Kafka { .. } => self.code().is_some_and(|code| !hopeless(code)),
            _ => false,
        }
    }

    /// One error of many, or nothing of none.
    pub(crate) fn all(mut errors: Vec<Self>) -> Result<(), Self> {
        match errors.pop() {
            None => Ok(()),
            Some(only) if errors.is_empty() => Err(only),
            Some(last) => {
                errors.push(last);
                Err(Self::Several(errors))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_is_away_may_come_back_and_a_missing_topic_does_not() {
        let kafka = |code| Error::kafka("asking")(KafkaError::MetadataFetch(code));
        assert!(kafka(RDKafkaErrorCode::BrokerTransportFailure).may_pass());
        assert!(kafka(RDKafkaErrorCode::OperationTimedOut).may_pass());
        assert!(!kafka(RDKafkaErrorCode::TopicAuthorizationFailed).may_pass());
        assert!(!Error::MissingTopic { topic: "member-commands".to_owned() }.may_pass());
        let setting = KafkaError::ClientCreation("no such setting".to_owned());
        assert!(!Error::kafka("making a client")(setting).may_pass());
    }
}
