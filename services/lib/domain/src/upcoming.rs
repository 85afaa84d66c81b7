//! What time alone will do next to an account's points (S07).

use crate::lot::Lot;
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An instant ahead, and the points it concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Due {
    /// When; [`Timestamp::NEVER`] where nothing is due.
    pub at: Timestamp,
    /// How many points, 0 where nothing is due.
    pub points: Points,
}

impl Due {
    /// Nothing is due.
    pub const NEVER: Self = Self { at: Timestamp::NEVER, points: Points::ZERO };

    /// Whether something is due.
    pub fn is_due(self) -> bool {
        !self.points.is_zero()
    }

    /// This one with `points` at `at`: the earlier of both; both together at one instant.
    fn with(self, at: Timestamp, points: Points) -> Self {
        match at.cmp(&self.at) {
            _ if points.is_zero() || !at.is_finite() => self,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => Self { at, points: self.points + points },
            std::cmp::Ordering::Less => Self { at, points },
        }
    }
}

/// The next activation and the next expiry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Upcoming {
    /// Pending points that become spendable by time.
    pub activation: Due,
    /// Pending and available points that expire; those on hold outlive their expiry (S13).
    pub expiry: Due,
}

impl Upcoming {
    /// Nothing is due.
    pub const NOTHING: Self = Self { activation: Due::NEVER, expiry: Due::NEVER };

    /// What is due of `lots`.
    pub fn of<'a>(lots: impl IntoIterator<Item = &'a Lot>) -> Self {
        lots.into_iter().fold(Self::NOTHING, |next, lot| {
            let buckets = &lot.buckets;
            Self {
                activation: next.activation.with(lot.activates_at, buckets.pending),
                expiry: next.expiry.with(lot.expires_at, buckets.pending + buckets.available),
            }
        })
    }
}

impl Default for Upcoming {
    fn default() -> Self {
        Self::NOTHING
    }
}
