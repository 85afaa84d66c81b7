//! Local calendar arithmetic in the programme's time zone (S06).
//!
//! Days, months and years are calendar units: 31 January plus a month is the month's last day; a local time
//! that does not exist moves to the next one that does, one that occurs twice means the first.

use crate::time::Timestamp;
use chrono::{
    DateTime, Datelike, Days, Duration, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Utc,
};
use chrono_tz::Tz;

/// A length of time: exact, or in calendar units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// Milliseconds.
    Exact(i64),
    /// Local days.
    Days(u32),
    /// Local months.
    Months(u32),
    /// Local years.
    Years(u32),
}

/// A calendar unit whose end or beginning something is rounded to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// A local day.
    Day,
    /// A local month.
    Month,
    /// A local year.
    Year,
}

fn local(zone: Tz, at: Timestamp) -> NaiveDateTime {
    let instant: DateTime<Utc> =
        DateTime::from_timestamp_millis(at.0).expect("an instant within the calendar");
    instant.with_timezone(&zone).naive_local()
}

fn instant(zone: Tz, local: NaiveDateTime) -> Timestamp {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Timestamp(at.timestamp_millis()),
        LocalResult::None => after_gap(zone, local),
    }
}

/// The first instant behind the gap in local time that `local` falls into.
fn after_gap(zone: Tz, local: NaiveDateTime) -> Timestamp {
    let mut minute = local.with_second_zero();
    loop {
        minute += Duration::minutes(1);
        if let LocalResult::Single(at) | LocalResult::Ambiguous(at, _) = zone.from_local_datetime(&minute) {
            return Timestamp(at.timestamp_millis());
        }
    }
}

trait WholeMinute {
    fn with_second_zero(self) -> Self;
}

impl WholeMinute for NaiveDateTime {
    fn with_second_zero(self) -> Self {
        use chrono::Timelike;
        self.with_second(0).and_then(|time| time.with_nanosecond(0)).unwrap_or(self)
    }
}

/// `at` and `span` later, in `zone`. [`Timestamp::NEVER`] stays.
pub fn add(zone: Tz, at: Timestamp, span: Span) -> Timestamp {
    if !at.is_finite() {
        return at;
    }
    let from = local(zone, at);
    let to = match span {
        Span::Exact(millis) => return at.plus_millis(millis),
        Span::Days(days) => from.checked_add_days(Days::new(days.into())),
        Span::Months(months) => from.checked_add_months(Months::new(months)),
        Span::Years(years) => from.checked_add_months(Months::new(years * 12)),
    };
    to.map_or(Timestamp::NEVER, |to| instant(zone, to))
}

/// The first instant of the unit that holds `at`.
pub fn start_of(zone: Tz, at: Timestamp, unit: Unit) -> Timestamp {
    instant(zone, first_day(local(zone, at).date(), unit).and_time(NaiveTime::MIN))
}

/// The first instant behind the unit that holds `at`: intervals are half open.
pub fn end_of(zone: Tz, at: Timestamp, unit: Unit) -> Timestamp {
    let first = first_day(local(zone, at).date(), unit);
    let next = match unit {
        Unit::Day => first.checked_add_days(Days::new(1)),
        Unit::Month => first.checked_add_months(Months::new(1)),
        Unit::Year => first.checked_add_months(Months::new(12)),
    };
    next.map_or(Timestamp::NEVER, |day| instant(zone, day.and_time(NaiveTime::MIN)))
}

fn first_day(day: NaiveDate, unit: Unit) -> NaiveDate {
    match unit {
        Unit::Day => Some(day),
        Unit::Month => day.with_day(1),
        Unit::Year => NaiveDate::from_ymd_opt(day.year(), 1, 1),
    }
    .unwrap_or(day)
}

/// Months since year 0 of `at`, UTC: `year * 12 + month - 1`.
pub fn month_number(at: Timestamp) -> i32 {
    DateTime::from_timestamp_millis(at.0).map_or(0, |at| at.year() * 12 + at.month0() as i32)
}

/// `at` and `span` earlier, in `zone`.
pub fn back(zone: Tz, at: Timestamp, span: Span) -> Timestamp {
    if !at.is_finite() {
        return at;
    }
    let from = local(zone, at);
    let to = match span {
        Span::Exact(millis) => return at.plus_millis(-millis),
        Span::Days(days) => from.checked_sub_days(Days::new(days.into())),
        Span::Months(months) => from.checked_sub_months(Months::new(months)),
        Span::Years(years) => from.checked_sub_months(Months::new(years * 12)),
    };
    to.map_or(Timestamp::MIN, |to| instant(zone, to))
}

impl Span {
    /// A number of milliseconds it never exceeds, whatever the calendar.
    pub const fn at_most_millis(self) -> i64 {
        const DAY: i64 = 25 * 3_600_000;
        match self {
            Self::Exact(millis) => millis,
            Self::Days(days) => days as i64 * DAY,
            Self::Months(months) => months as i64 * 31 * DAY,
            Self::Years(years) => years as i64 * 366 * DAY,
        }
    }
}

/// Whole local days from `from` to `until`; 0 where that is not later.
pub fn whole_days(zone: Tz, from: Timestamp, until: Timestamp) -> i64 {
    (local(zone, until) - local(zone, from)).num_days().max(0)
}

/// The local day of the week, 0 for Monday.
pub fn weekday(zone: Tz, at: Timestamp) -> u32 {
    local(zone, at).weekday().num_days_from_monday()
}

/// The minute of the local day, from 0.
pub fn minute_of_day(zone: Tz, at: Timestamp) -> u32 {
    let time = local(zone, at).time();
    chrono::Timelike::num_seconds_from_midnight(&time) / 60
}

/// Whether the local day of `at` is at most `days` from the day of the year of `birthday`, `2001-05-17` or `--05-17`.
/// 29 February is 28 February where there is none (S06).
pub fn is_near_birthday(zone: Tz, at: Timestamp, birthday: &str, days: u32) -> bool {
    let today = local(zone, at).date();
    // Of the years beside, too: a birthday of 1 January is near in December.
    let years = [today.year() - 1, today.year(), today.year() + 1];
    let days = i64::from(days);
    years
        .into_iter()
        .filter_map(|year| birthday_in(year, birthday))
        .any(|day| (day - today).num_days().abs() <= days)
}

/// The local day of the year, as birthdays are told: `--05-17`.
pub(crate) fn day_of_year(zone: Tz, at: Timestamp) -> String {
    local(zone, at).format("--%m-%d").to_string()
}

/// The first instant of the first day of the year `day` (`2001-05-17` or `--05-17`) that begins at `from` or later.
pub fn next_day_of_year(zone: Tz, from: Timestamp, day: &str) -> Timestamp {
    if !from.is_finite() {
        return Timestamp::NEVER;
    }
    let year = local(zone, from).date().year();
    let begins = |day: NaiveDate| instant(zone, day.and_time(NaiveTime::MIN));
    let days = [year, year + 1].into_iter().filter_map(|year| birthday_in(year, day));
    days.map(begins).find(|begin| *begin >= from).unwrap_or(Timestamp::NEVER)
}

/// The birthday's day in a year.
fn birthday_in(year: i32, birthday: &str) -> Option<NaiveDate> {
    let (month, day) = birthday.get(birthday.len().checked_sub(5)?..)?.split_once('-')?;
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    NaiveDate::from_ymd_opt(year, month, day).or_else(|| NaiveDate::from_ymd_opt(year, month, day - 1))
}
