//! The content of an event, as it is compared with what came before under the same id (S23).
//!
//! A digest over validated values in a fixed order, `delivered_at` left out: the same for JSON and Avro,
//! whatever version of the schema either was written under. **This form never changes**: an event redelivered
//! after an upgrade must still equal itself. A field added later is written only where it is present.

use domain::Digest;

/// Collects the values of one event.
#[derive(Debug, Default)]
pub(crate) struct Content(Vec<u8>);

impl Content {
    /// Starts anew with an event of `feed`.
    pub(crate) fn begin(&mut self, feed: &str) {
        self.0.clear();
        self.text(feed);
    }

    /// Adds a text, its length first, so that no two sequences of texts look alike.
    pub(crate) fn text(&mut self, text: &str) {
        self.number(i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Adds a number.
    pub(crate) fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Adds how many items follow.
    pub(crate) fn count(&mut self, count: usize) {
        self.number(i64::try_from(count).unwrap_or(i64::MAX));
    }

    /// The digest of what was added.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}
