//! A ledger's clock that a test sets wrong: only in builds with the feature `failpoints`, and only where `LEDGER_SKEW` says
//! by how many milliseconds it is ahead (below 0: behind).
//!
//! libfaketime, which does so to a broker, has librdkafka wait for ever.

use std::sync::LazyLock;

/// The variable of the environment.
pub const SETTING: &str = "LEDGER_SKEW";

/// How far the clock is ahead.
static AHEAD: LazyLock<i64> = LazyLock::new(|| {
    let Ok(text) = std::env::var(SETTING) else { return 0 };
    text.parse().unwrap_or_else(|_| panic!("{SETTING}: expected milliseconds, found `{text}`"))
});

/// Milliseconds that the clock is ahead.
pub(crate) fn ahead() -> i64 {
    *AHEAD
}
