//! Waiting on a condition with a deadline: the one place of these tests that pauses.

use std::thread;
use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(10);

/// Looks until `look` gives something; how long that took is up to the condition, `patience` at the most.
///
/// # Panics
/// Where it does not happen in time: says what was waited for.
pub fn until<T>(what: &str, patience: Duration, look: impl FnMut() -> Option<T>) -> T {
    within(patience, look).unwrap_or_else(|| panic!("expected {what} within {patience:?}, it did not happen"))
}

/// As [`until`], but that it does not happen is an answer.
pub fn within<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(PAUSE);
    }
}
