//! The content of an event, as it is compared with what came before under the same id (S23).
//!
//! A digest over validated values in a fixed order, `delivered_at` left out: the same for JSON and Avro,
//! whatever version of the schema either was written under. **This form never changes**: an event redelivered
//! after an upgrade must still equal itself. A field added later is written only where it is present.

use crate::identity::Identity;
use domain::Digest;

/// Collects the values of one event, and looks at each text for an id that shall not be kept.
#[derive(Debug, Default)]
pub(crate) struct Content {
    bytes: Vec<u8>,
    identity: Identity,
    ids: Vec<String>,
    carries: bool,
}

impl Content {
    /// Starts anew with an event of `feed`.
    pub(crate) fn begin(&mut self, feed: &str) {
        self.bytes.clear();
        self.ids.clear();
        self.carries = false;
        self.text(feed);
    }

    /// From here on notes a text that holds `id`, where ids are not kept as they are given.
    pub(crate) fn watch(&mut self, identity: &Identity, id: &str) {
        if identity.is_keyed() && !id.is_empty() {
            self.identity = identity.clone();
            self.ids.push(id.to_owned());
        }
    }

    /// Whether a text held an id that was watched for.
    pub(crate) const fn carries_identity(&self) -> bool {
        self.carries
    }

    /// Adds a text, its length first, so that no two sequences of texts look alike.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.bytes.extend_from_slice(text.as_bytes());
        self.carries |= self.ids.iter().any(|id| self.identity.is_carried(id, text));
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: i64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Adds how many items follow.
    pub(crate) fn count(&mut self, count: usize) {
        self.number(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The digest of what was added.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}
