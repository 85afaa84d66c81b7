//! Places in the protocol where a test kills the process, before and after every step of it; only in builds with the
//! feature `failpoints`, and only where `LEDGER_KILL_AT` says so.
//!
//! `LEDGER_KILL_AT=transaction.commit.after:17`: SIGKILL when that place is passed the 17th time.

use std::sync::atomic::{AtomicU64, Ordering};

/// The variable of the environment.
pub const SETTING: &str = "LEDGER_KILL_AT";

/// All places, in the order of the protocol.
pub const POINTS: [&str; 30] = [
    "takeover.fence.before",
    "takeover.fence.after",
    "takeover.committed.before",
    "takeover.committed.after",
    "takeover.range.before",
    "takeover.range.after",
    "takeover.state.before",
    "takeover.state.after",
    "takeover.tail.before",
    "takeover.tail.after",
    "takeover.prove.before",
    "takeover.prove.after",
    "takeover.start.before",
    "transaction.begin.before",
    "transaction.write.before",
    "transaction.offset.before",
    "transaction.drain.before",
    "transaction.commit.before",
    "transaction.commit.after",
    "append.send.before",
    "append.send.after",
    "append.acknowledged",
    "store.rows.before",
    "store.rows.after",
    "store.timer.before",
    "store.partition.before",
    "store.watermark.before",
    "store.watermark.after",
    "revoke.before",
    "revoke.after",
];

/// Sets up what the environment asks for.
///
/// # Errors
/// What was expected of the setting, and found.
pub(crate) fn set_up() -> Result<(), String> {
    let Ok(text) = std::env::var(SETTING) else { return Ok(()) };
    let (point, times) = read(&text)?;
    let passed = AtomicU64::new(0);
    fail::cfg_callback(point, move || {
        if passed.fetch_add(1, Ordering::Relaxed) + 1 == times {
            tracing::error!("killed by a test at {point}, passed {times} times");
            // A signal that cannot be caught is not refused; where it were, the process ends all the same.
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGKILL);
            std::process::abort();
        }
    })
}

fn read(text: &str) -> Result<(&'static str, u64), String> {
    let (name, times) = text.rsplit_once(':').unwrap_or((text, "1"));
    let point = POINTS.into_iter().find(|point| *point == name);
    let point =
        point.ok_or_else(|| format!("{SETTING}: expected one of {}, found `{name}`", POINTS.join(", ")))?;
    match times.parse() {
        Ok(times) if times > 0 => Ok((point, times)),
        _ => Err(format!("{SETTING}: expected how often {point} is passed, 1 or more, found `{times}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_named_with_how_often_it_is_passed() {
        assert_eq!(read("transaction.commit.after:17"), Ok(("transaction.commit.after", 17)));
        assert_eq!(read("revoke.before"), Ok(("revoke.before", 1)));
        for (wrong, told) in [
            ("nowhere:1", "found `nowhere`"),
            ("revoke.before:0", "found `0`"),
            ("revoke.before:x", "found `x`"),
        ] {
            assert!(read(wrong).unwrap_err().contains(told), "{wrong}");
        }
    }
}
