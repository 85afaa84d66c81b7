//! The activities service: `activities.<partner>` in, what members do beside buying for the ledger out. Everything but
//! its feed is shared (crate `feed`).
//!
//! Stateless; decides nothing: which activities there are is the programme's to declare, and the ledger's to check.
//! Any number of instances share the work.

pub use feed::service::{Config, ServiceError};
use telemetry::Stop;

/// What it reads.
pub static FEED: &feed::Feed = &feed::ACTIVITIES;

/// Runs the service until `stop`, then drains, commits and leaves.
///
/// # Errors
/// What no retry mends, such as a missing topic.
pub fn run(config: Config, stop: &Stop) -> Result<(), ServiceError> {
    feed::service::run(FEED, config, stop)
}
