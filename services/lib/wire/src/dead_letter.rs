//! A dead letter (S27): the original, to the byte, where it stood, and why it could not be used.

use crate::avro;
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a command stood in `member-commands`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandPlace {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
}

/// A record of `dead-letters` (schemas/dead_letter.avsc).
///
/// `topic`, `partition` and `offset` always name the record at fault as it was first written, the partner's own
/// wherever there is one. A feed service holds that record in its hands and keeps its bytes and key. The ledger
/// holds the command made of it: it keeps the command's, says so by `command`, and the partner's bytes and key are
/// found at `topic`, `partition` and `offset` for as long as that topic keeps them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetterRecord {
    /// The topic of the deployment, prefix included, or the file, it was first written to.
    pub topic: String,
    /// Its partition; 0 for a file.
    pub partition: i32,
    /// Its offset; for a file its line, from 0.
    pub offset: i64,
    /// When it was appended there, where that is known.
    pub at: Option<Timestamp>,
    /// The partner, by the topic; empty for a command that cannot be read.
    pub partner: String,
    /// The partner's own id of the event; empty where none could be read.
    pub id: String,
    /// Why, for programs: a word such as `undecodable`.
    pub reason: String,
    /// Why, for people: expected, found, where.
    pub text: String,
    /// The key of the record in `value` as it came: the partner's, or the account where `command` is there.
    #[serde(with = "avro::bytes::optional")]
    pub key: Option<Vec<u8>>,
    /// The record's value as it came; its beginning where `length` is larger. Where `command` is there, that of
    /// the command (schemas/instruction.avsc), not the partner's.
    #[serde(with = "avro::bytes")]
    pub value: Vec<u8>,
    /// Bytes of the record's value as it came.
    pub length: i64,
    /// W3C `traceparent` of the record; empty where it had none.
    pub trace: String,
    /// Where its command stood, where the ledger refused it; `None` where a feed service did.
    #[serde(default)]
    pub command: Option<CommandPlace>,
}

impl DeadLetterRecord {
    /// Cuts text and value so that the record, its key aside, is of at most `limit` bytes. `length` goes on
    /// telling how long the value was.
    pub fn shorten(&mut self, limit: usize) {
        // Lengths, numbers and choices are of at most ten bytes each, and there are fifteen.
        const NUMBERS: usize = 150;
        const TEXT: usize = 4096;
        let end = self.text.floor_char_boundary(TEXT);
        self.text.truncate(end);
        let texts = [&self.topic, &self.partner, &self.id, &self.reason, &self.text, &self.trace];
        let rest =
            NUMBERS + texts.map(String::len).iter().sum::<usize>() + self.key.as_ref().map_or(0, Vec::len);
        self.value.truncate(limit.saturating_sub(rest));
    }
}
