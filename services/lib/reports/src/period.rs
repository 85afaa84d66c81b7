//! A stretch of calendar that is settled as one: a month, a quarter or a year, of the programme's time zone.

use crate::month::{self, Month};
use chrono::{Datelike, Months, NaiveDate};
use chrono_tz::Tz;
use domain::Timestamp;
use domain::calendar::{Unit, start_of};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// A month (`2026-01`), a quarter (`2026-Q1`) or a year (`2026`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Period {
    first: NaiveDate,
    months: u32,
}

/// A text that names no period.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("expected a month such as 2026-01, a quarter such as 2026-Q1, or a year such as 2026, found `{0}`")]
pub struct NoPeriod(String);

impl NoPeriod {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl FromStr for Period {
    type Err = NoPeriod;

    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        read(text).ok_or_else(|| NoPeriod(text.to_owned()))
    }
}

fn read(text: &str) -> Option<Period> {
    let (year, part) = text.split_once('-').map_or((text, None), |(year, part)| (year, Some(part)));
    let year: i32 = number(year, 4)?.try_into().ok()?;
    let (month, months) = match part {
        None => (1, 12),
        Some(part) => match part.strip_prefix('Q') {
            Some(quarter) => (number(quarter, 1)?.checked_sub(1)? * 3 + 1, 3),
            None => (number(part, 2)?, 1),
        },
    };
    Some(Period { first: NaiveDate::from_ymd_opt(year, month, 1)?, months })
}

fn number(text: &str, digits: usize) -> Option<u32> {
    let all_digits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

impl Period {
    /// The months it has.
    pub fn months(self) -> month::Months {
        let first = Month::at(self.first.year(), self.first.month0());
        let last = Month(first.0 + i32::try_from(self.months).unwrap_or(1) - 1);
        month::Months { first, last }
    }

    /// From its first instant to the first behind it, in `zone`.
    pub fn bounds(self, zone: Tz) -> (Timestamp, Timestamp) {
        let behind = self.first.checked_add_months(Months::new(self.months)).unwrap_or(NaiveDate::MAX);
        (beginning(zone, self.first), beginning(zone, behind))
    }
}

/// The first instant of the local month that begins on this day.
pub(crate) fn beginning(zone: Tz, first: NaiveDate) -> Timestamp {
    // No zone is so far from UTC that the 15th is in another month there.
    let within = first.checked_add_days(chrono::Days::new(14)).and_then(|day| day.and_hms_opt(12, 0, 0));
    within.map_or(Timestamp::NEVER, |within| {
        start_of(zone, Timestamp(within.and_utc().timestamp_millis()), Unit::Month)
    })
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.months {
            12 => write!(f, "{}", self.first.year()),
            3 => write!(f, "{}-Q{}", self.first.year(), self.first.month0() / 3 + 1),
            _ => write!(f, "{}", self.first.format("%Y-%m")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bounds(text: &str, zone: Tz) -> String {
        let (from, until) = text.parse::<Period>().unwrap().bounds(zone);
        format!("{from} {until}")
    }

    #[test]
    fn months_quarters_and_years_begin_at_local_midnight() {
        let moscow = chrono_tz::Europe::Moscow;
        assert_eq!(bounds("2026-01", moscow), "2025-12-31T21:00:00.000Z 2026-01-31T21:00:00.000Z");
        assert_eq!(bounds("2026-Q4", moscow), "2026-09-30T21:00:00.000Z 2026-12-31T21:00:00.000Z");
        assert_eq!(bounds("2026", chrono_tz::UTC), "2026-01-01T00:00:00.000Z 2027-01-01T00:00:00.000Z");
        let york = chrono_tz::America::New_York;
        assert_eq!(bounds("2026-03", york), "2026-03-01T05:00:00.000Z 2026-04-01T04:00:00.000Z");
    }

    #[test]
    fn what_is_no_period_is_told() {
        for text in ["", "26-01", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "2026-1", "2026-01-01", "+026"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        for text in ["2026", "2026-Q3", "2026-09"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
    }
}
