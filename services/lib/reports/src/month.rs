//! Calendar months and days as numbers, in a programme's time zone: what a merchant's figures are counted by.

use crate::period::{NoPeriod, Period, beginning};
use chrono::{DateTime, Datelike, NaiveDate};
use chrono_tz::Tz;
use domain::Timestamp;
use std::fmt;
use std::str::FromStr;

/// A local day, counted from the first of the year 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Day(pub i32);

impl Day {
    /// The day that `at` falls on, on the clocks of `zone`; the last there is for what never happens.
    pub fn of(zone: Tz, at: Timestamp) -> Self {
        let instant = DateTime::from_timestamp_millis(at.0).filter(|_| at.is_finite());
        Self(instant.map_or(i32::MAX, |instant| instant.with_timezone(&zone).date_naive().num_days_from_ce()))
    }

    /// The month it is in.
    pub fn month(self) -> Month {
        let day = NaiveDate::from_num_days_from_ce_opt(self.0);
        day.map_or(Month(i32::MAX), |day| Month::at(day.year(), day.month0()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NaiveDate::from_num_days_from_ce_opt(self.0) {
            Some(day) => write!(f, "{day}"),
            None => write!(f, "never"),
        }
    }
}

/// A calendar month: year × 12 + month − 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month(pub i32);

impl Month {
    /// The month number `month0`, from 0, of `year`.
    pub fn at(year: i32, month0: u32) -> Self {
        Self(year * 12 + i32::try_from(month0).unwrap_or(0))
    }

    /// The month that `at` falls in, on the clocks of `zone`.
    pub fn of(zone: Tz, at: Timestamp) -> Self {
        Day::of(zone, at).month()
    }

    /// Its first day.
    fn first_day(self) -> Option<NaiveDate> {
        let month = u32::try_from(self.0.rem_euclid(12) + 1).unwrap_or(1);
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), month, 1)
    }

    /// Its last day.
    pub fn last_day(self) -> Day {
        Day(Self(self.0 + 1).first_day().map_or(i32::MAX, |first| first.num_days_from_ce() - 1))
    }

    /// Its last instant on the clocks of `zone`.
    pub fn end(self, zone: Tz) -> Timestamp {
        let behind = Self(self.0 + 1).first_day().map_or(Timestamp::NEVER, |first| beginning(zone, first));
        Timestamp(behind.0 - 1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

/// A stretch of whole months.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Months {
    /// The first.
    pub first: Month,
    /// The last.
    pub last: Month,
}

impl Months {
    /// Whether `month` is one of them.
    pub fn contains(self, month: Month) -> bool {
        (self.first..=self.last).contains(&month)
    }

    /// Each, in order.
    pub fn each(self) -> impl Iterator<Item = Month> + Clone {
        (self.first.0..=self.last.0).map(Month)
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.first, self.last)
    }
}

impl FromStr for Months {
    type Err = NoPeriod;

    /// A month, quarter or year, or two of them with `..` between: `2017-03..2017-12`.
    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let months = |text: &str| text.parse::<Period>().map(Period::months);
        let (first, last) = (months(first)?.first, months(last)?.last);
        match first <= last {
            true => Ok(Self { first, last }),
            false => Err(NoPeriod::new(text)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_months_are_read_and_told() {
        for (text, told) in [
            ("2017-03..2017-12", "2017-03..2017-12"),
            ("2017-Q4..2018", "2017-10..2018-12"),
            ("2017-Q2", "2017-04..2017-06"),
            ("2017-02", "2017-02..2017-02"),
        ] {
            assert_eq!(text.parse::<Months>().unwrap().to_string(), told);
        }
        for text in ["2017-03..", "2017-03..2017-02", "..", "2017-3..2017-12"] {
            assert!(text.parse::<Months>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_day_is_the_local_one() {
        let at = Timestamp(1_767_214_800_000); // 2025-12-31T21:00:00Z
        let days = [chrono_tz::UTC, chrono_tz::Europe::Moscow].map(|zone| Day::of(zone, at));
        assert_eq!(days.map(|day| day.to_string()), ["2025-12-31", "2026-01-01"]);
        assert_eq!(days[1].month().to_string(), "2026-01");
        assert_eq!(Month::at(2028, 1).last_day().to_string(), "2028-02-29");
        assert_eq!(Day::of(chrono_tz::UTC, Timestamp::NEVER).to_string(), "never");
    }
}
