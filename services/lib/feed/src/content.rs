//! The content of an event, as it is compared with what came before under the same id (S23).
//!
//! A digest over validated values in a fixed order, `delivered_at` left out: the same for JSON and Avro,
//! whatever version of the schema either was written under. **This form never changes**: an event redelivered
//! after an upgrade must still equal itself. A field added later is written only where it is present.

use crate::identity::Identity;
use domain::Digest;
use std::ops::Range;

/// Collects the values of one event, and looks at each text for an id that shall not be kept.
#[derive(Debug, Default)]
pub(crate) struct Content {
    bytes: Vec<u8>,
    identity: Identity,
    ids: Vec<String>,
    /// Where the texts are, of an event whose ids are watched for.
    texts: Vec<Range<usize>>,
}

impl Content {
    /// Starts anew with an event of `feed`.
    pub(crate) fn begin(&mut self, feed: &str) {
        self.bytes.clear();
        self.ids.clear();
        self.texts.clear();
        self.text(feed);
    }

    /// Watches for texts that hold `id`, said before or after, where ids are not kept as they are given.
    pub(crate) fn watch(&mut self, identity: &Identity, id: &str) {
        if identity.is_keyed() && !id.is_empty() {
            self.identity = identity.clone();
            self.ids.push(id.to_owned());
        }
    }

    /// Whether a text holds an id that is watched for.
    pub(crate) fn carries_identity(&self) -> bool {
        let text = |place: &Range<usize>| std::str::from_utf8(&self.bytes[place.clone()]).unwrap_or_default();
        self.texts.iter().any(|place| self.is_carried_by(text(place)))
    }

    /// Whether `text` holds an id that is watched for.
    pub(crate) fn is_carried_by(&self, text: &str) -> bool {
        self.ids.iter().any(|id| self.identity.is_carried(id, text))
    }

    /// Adds a text, its length first, so that no two sequences of texts look alike.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(i64::try_from(text.len()).unwrap_or(i64::MAX));
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(text.as_bytes());
        if !self.ids.is_empty() {
            self.texts.push(begin..self.bytes.len());
        }
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
