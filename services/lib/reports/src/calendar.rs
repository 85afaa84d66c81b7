//! Instants as people of a time zone read them.

use chrono::DateTime;
use chrono_tz::Tz;
use domain::Timestamp;

/// `at` on the clocks of `zone`, to the minute: `2026-03-01 10:00`; the two ends of time in words.
pub fn local(zone: Tz, at: Timestamp) -> String {
    match DateTime::from_timestamp_millis(at.0) {
        Some(instant) if at.is_finite() => instant.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string(),
        _ => at.to_string(),
    }
}
