//! Instants on the command line, and the wall clock.

use crate::failure::Failure;
use chrono::{LocalResult, NaiveDate, TimeZone};
use chrono_tz::Tz;
use domain::Timestamp;
use domain::calendar::{Unit, start_of};
use std::time::{SystemTime, UNIX_EPOCH};

/// The instant an option names.
pub(crate) fn parse(option: &str, text: &str) -> Result<Timestamp, Failure> {
    serde_json::from_value(serde_json::Value::from(text)).map_err(|_| {
        Failure::Other(format!(
            "{option} {text}: expected an instant such as 2026-01-31T12:00:00Z, with an offset"
        ))
    })
}

/// The wall clock, for those who are asked as of now, and for the arrival of a line.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The instant an option names, or the first of a local day.
pub(crate) fn parse_day(option: &str, text: &str, zone: Tz) -> Result<Timestamp, Failure> {
    let Ok(day) = text.parse::<NaiveDate>() else {
        return parse(option, text).map_err(|_| {
            Failure::Other(format!(
                "{option} {text}: expected a day such as 2026-01-31, or an instant such as 2026-01-31T12:00:00Z"
            ))
        });
    };
    let noon = day.and_hms_opt(12, 0, 0).expect("a time of every day");
    let LocalResult::Single(noon) = zone.from_local_datetime(&noon) else {
        return Err(Failure::Other(format!("{option} {text}: no such day in {}", zone.name())));
    };
    Ok(start_of(zone, Timestamp(noon.timestamp_millis()), Unit::Day))
}

/// The instant to end at: the last delivery unless told, and never before it.
pub(crate) fn ending(until: Option<Timestamp>, last: Timestamp) -> Result<Timestamp, Failure> {
    match until {
        Some(until) if until < last => Err(Failure::Other(format!(
            "--at {until}: expected an instant at or after the last delivery, {last}; a run decides every event"
        ))),
        Some(until) => Ok(until),
        None => Ok(last),
    }
}
