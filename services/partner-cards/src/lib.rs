//! The partner-cards service: `partner-cards.<partner>` in, news of cards for the ledger out. Everything but its feed is
//! shared (crate `feed`).
//!
//! Stateless; decides nothing: whose a card is is its ledger's to say.

pub use feed::service::{Config, ServiceError};
use telemetry::Stop;

/// What it reads.
pub static FEED: &feed::Feed = &feed::PARTNER_CARDS;

/// Runs the service until `stop`, then drains, commits and leaves.
///
/// # Errors
/// What no retry mends, such as a missing topic.
pub fn run(config: Config, stop: &Stop) -> Result<(), ServiceError> {
    feed::service::run(FEED, config, stop)
}
