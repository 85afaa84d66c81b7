//! A dead letter whose record was written again (schemas/dead_letter_replay.avsc): the audit topic
//! `dead-letter-replays`, which is also what makes a second replay a choice.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A record of `dead-letter-replays`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterReplay {
    /// The partition of `dead-letters` that the letter stands in.
    pub letter_partition: i32,
    /// Its offset there.
    pub letter_offset: i64,
    /// The topic that the record at fault was first written to, as the letter says it.
    pub topic: String,
    /// Its partition there.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
    /// Who had it written again.
    pub actor: String,
    /// Why, in the actor's words.
    pub why: String,
    /// When.
    pub at: Timestamp,
    /// The topic it was written to.
    pub written_topic: String,
    /// The partition it was written to.
    pub written_partition: i32,
    /// Its offset there.
    pub written_offset: i64,
}
