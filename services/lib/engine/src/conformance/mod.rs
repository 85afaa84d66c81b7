//! What every backend of [`crate::log::Log`] and [`crate::store::Store`] has to do, as small cases.
//!
//! The memory backend, the durable one, Kafka and CQL all run the same ones. A case fails by panicking; it
//! never sleeps, it waits for what it expects, with a deadline.

mod log;
pub mod sample;
mod store;

pub use log::{LogWorld, Message, log_conformance};
pub use sample::{entry, rows};
pub use store::store_conformance;

use std::time::{Duration, Instant};

/// How long a case waits for what it expects.
const DEADLINE: Duration = Duration::from_secs(60);

/// Calls `step` until it says that what is expected is there.
fn wait_for(what: &str, mut step: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !step() {
        assert!(begun.elapsed() < DEADLINE, "{what}: expected within {DEADLINE:?}");
    }
}
