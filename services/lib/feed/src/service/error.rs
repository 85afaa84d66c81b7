//! What ends a feed service. Whatever passes by itself (a broker that restarts, a registry that is away) is
//! waited for instead.

use domain::{Name, Timestamp};
use wire::contract::ContractError;
use wire::error::WireError;

/// A feed service that cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Kafka refuses: a missing topic, no right to write, a clock that differs, an offset that is gone.
    #[error("{0}")]
    Kafka(#[from] lotstream_kafka::Error),
    /// The registry refuses a schema of ours.
    #[error("{0}")]
    Schema(#[from] ContractError),
    /// The address for metrics and health is taken.
    #[error("{0}")]
    Http(#[from] telemetry::HttpError),
    /// Members of the deployment are kept under something else than this service's settings say.
    #[error(
        "topic `{topic}` says that members of this deployment are kept {recorded}, as {by} recorded at {since}; expected \
         the same of this service, found that it would keep them {found}. One member would become two, so nothing was \
         read. Give it the key of the other services (LOTSTREAM_PSEUDONYM_KEY, or none where there is none); a \
         deployment's key never changes: another one is another deployment, with a prefix of its own"
    )]
    Identity {
        /// Where it is recorded.
        topic: String,
        /// What, in words.
        recorded: String,
        /// Since when.
        since: Timestamp,
        /// By which service.
        by: String,
        /// What this service has, in words.
        found: String,
    },
    /// What is recorded cannot be read, or not be written.
    #[error("{topic}: expected what members are kept under (schemas/identity.avsc): {error}")]
    Agreement {
        /// Where it is recorded.
        topic: String,
        /// Why.
        error: Box<WireError>,
    },
    /// An answer that cannot be written: a bug of ours, and nothing may be left out.
    #[error(
        "{feed}.{partner}, partition {partition}, offset {offset}: expected to write its answer: {reason}"
    )]
    Answer {
        /// The feed.
        feed: &'static str,
        /// The partner.
        partner: Name,
        /// Where the record stands.
        partition: i32,
        /// Where in it.
        offset: i64,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl ServiceError {
    /// Whether it may be otherwise in a while: Kafka or the registry does not answer. A topic that is missing and
    /// settings that differ do not pass.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Kafka(error) => error.may_pass(),
            Self::Schema(error) => error.may_pass(),
            Self::Agreement { error, .. } => error.is_retryable(),
            _ => false,
        }
    }
}
