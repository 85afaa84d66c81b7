//! What members and cards of a deployment are kept under (schemas/identity.avsc): the first record of the topic
//! `identity` counts, for ever.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A record of `identity`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityRecord {
    /// `given` or `keyed`.
    pub identity: String,
    /// Which key, 16 hexadecimal digits; empty where ids are given.
    pub fingerprint: String,
    /// When it was said.
    pub at: Timestamp,
    /// The feed service that said it.
    pub by: String,
}
