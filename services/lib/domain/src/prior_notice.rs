//! Prior notice of a change of rules (S26): how long before it begins a version is to be published.
//!
//! The version in force says it, so that no version shortens its own notice. A first version changes nothing. An
//! audited correction needs none: it brings back, by name and with a reason, what had been announced.

use crate::calendar;
use crate::tariff::{Tariff, Tariffs};
use crate::time::Timestamp;
use thiserror::Error;

/// A version begins too soon after it is published.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error(
    "it begins at {from}, expected {expected} or later: version {in_force}, in force now, promises that its rules \
     change with prior notice alone; begin there, or publish what had been announced as a [correction]"
)]
pub struct TooSoon {
    /// When it begins.
    pub from: Timestamp,
    /// When it may begin at the earliest.
    pub expected: Timestamp,
    /// The version that asks for the notice.
    pub in_force: i32,
}

impl Tariff {
    /// When the version that follows this one is to be published at the latest, if it is to begin at `from`.
    pub fn announced_by(&self, from: Timestamp) -> Option<Timestamp> {
        self.prior_notice.map(|notice| calendar::back(self.zone, from, notice))
    }
}

impl Tariffs {
    /// Whether `version` may be published at `now` beside those that are known, as far as notice goes.
    ///
    /// # Errors
    /// [`TooSoon`].
    pub fn check_notice(&self, version: &Tariff, now: Timestamp) -> Result<(), TooSoon> {
        let in_force = self.at(version.programme.as_str(), now).filter(|_| version.correction.is_none());
        let Some((in_force, notice)) = in_force.and_then(|it| Some((it, it.prior_notice?))) else {
            return Ok(());
        };
        let expected = calendar::add(in_force.zone, now, notice);
        if version.from >= expected {
            return Ok(());
        }
        Err(TooSoon { from: version.from, expected, in_force: in_force.version })
    }
}
