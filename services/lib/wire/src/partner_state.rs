//! Whether a partner is read (schemas/partner_state.avsc): what an operator said last, in the compacted topic
//! `partner-states`.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A record of `partner-states`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerState {
    /// The partner; the record's key, too.
    pub partner: String,
    /// Whether its topics are left alone until it is resumed.
    pub paused: bool,
    /// When it was said.
    pub at: Timestamp,
    /// Why; empty where nobody said.
    #[serde(default)]
    pub reason: String,
}
