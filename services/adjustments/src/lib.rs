//! The adjustments service: `adjustments.<desk>` in, what operators do to accounts for the ledger out. Everything but
//! its feed is shared (crate `feed`).
//!
//! Stateless; decides nothing. Any number of instances share the work.

pub use feed::service::{Config, ServiceError};
use telemetry::Stop;

/// What it reads.
pub static FEED: &feed::Feed = &feed::ADJUSTMENTS;

/// Runs the service until `stop`, then drains, commits and leaves.
///
/// # Errors
/// What no retry mends, such as a missing topic.
pub fn run(config: Config, stop: &Stop) -> Result<(), ServiceError> {
    feed::service::run(FEED, config, stop)
}
