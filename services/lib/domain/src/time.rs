//! Instants. The core never asks what time it is: an instant always comes in on a command.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before everything: the running maximum of time starts here.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything: what never expires expires here. Absence is this value, never NULL.
    pub const NEVER: Self = Self(i64::MAX);

    /// This instant and `millis` more; [`Timestamp::NEVER`] stays.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        if self.0 == i64::MAX { self } else { Self(self.0.saturating_add(millis)) }
    }

    /// Whether this is a real instant rather than one of the two ends.
    pub const fn is_finite(self) -> bool {
        self.0 != i64::MAX && self.0 != i64::MIN
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match chrono::DateTime::from_timestamp_millis(self.0) {
            Some(instant) => f.write_str(&instant.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
            None if *self == Self::NEVER => f.write_str("never"),
            None => f.write_str("always"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
