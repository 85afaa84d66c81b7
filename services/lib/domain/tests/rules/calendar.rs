//! Local calendar arithmetic (S06): ends of months, leap days, daylight saving, birthdays.

use chrono::{DateTime, SecondsFormat};
use chrono_tz::Tz;
use domain::Timestamp;
use domain::calendar::{
    Span, Unit, add, back, end_of, is_near_birthday, minute_of_day, month_number, next_day_of_year, start_of,
    weekday, whole_days,
};

const UTC: Tz = Tz::UTC;
const MOSCOW: Tz = Tz::Europe__Moscow;
/// Clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
const BERLIN: Tz = Tz::Europe__Berlin;

fn at(text: &str) -> Timestamp {
    Timestamp(DateTime::parse_from_rfc3339(text).expect("an instant").timestamp_millis())
}

fn text(at: Timestamp) -> String {
    let instant = DateTime::from_timestamp_millis(at.0).expect("within the calendar");
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[test]
fn s06_what_is_later_by_calendar_units_keeps_the_local_time_and_ends_with_the_month() {
    for (zone, from, span, expected) in [
        (UTC, "2026-01-31T10:00:00Z", Span::Months(1), "2026-02-28T10:00:00Z"),
        (UTC, "2026-01-31T10:00:00Z", Span::Months(13), "2027-02-28T10:00:00Z"),
        (UTC, "2024-02-29T10:00:00Z", Span::Years(1), "2025-02-28T10:00:00Z"),
        (UTC, "2024-02-29T10:00:00Z", Span::Years(4), "2028-02-29T10:00:00Z"),
        (UTC, "2026-02-27T10:00:00Z", Span::Days(2), "2026-03-01T10:00:00Z"),
        (UTC, "2026-02-27T10:00:00Z", Span::Exact(1_500), "2026-02-27T10:00:01.500Z"),
        // A day that is 23 hours long, and one of 25.
        (BERLIN, "2026-03-28T10:00:00Z", Span::Days(1), "2026-03-29T09:00:00Z"),
        (BERLIN, "2026-10-24T10:00:00Z", Span::Days(1), "2026-10-25T11:00:00Z"),
        // 02:30 is not there: the first instant behind; 02:30 is there twice: the first of both.
        (BERLIN, "2026-03-28T01:30:20Z", Span::Days(1), "2026-03-29T01:00:00Z"),
        (BERLIN, "2026-10-24T00:30:00Z", Span::Days(1), "2026-10-25T00:30:00Z"),
    ] {
        assert_eq!(text(add(zone, at(from), span)), expected, "{from} and {span:?}");
    }
    assert_eq!(add(UTC, Timestamp::NEVER, Span::Days(1)), Timestamp::NEVER);
}

#[test]
fn s06_what_is_earlier_by_calendar_units() {
    for (zone, from, span, expected) in [
        (UTC, "2026-03-31T10:00:00Z", Span::Months(1), "2026-02-28T10:00:00Z"),
        (UTC, "2024-02-29T10:00:00Z", Span::Years(1), "2023-02-28T10:00:00Z"),
        (UTC, "2026-03-01T10:00:00Z", Span::Days(2), "2026-02-27T10:00:00Z"),
        (UTC, "2026-03-01T10:00:00Z", Span::Exact(1_500), "2026-03-01T09:59:58.500Z"),
        (BERLIN, "2026-03-29T09:00:00Z", Span::Days(1), "2026-03-28T10:00:00Z"),
    ] {
        assert_eq!(text(back(zone, at(from), span)), expected, "{span:?} before {from}");
    }
    assert_eq!(back(UTC, Timestamp::NEVER, Span::Days(1)), Timestamp::NEVER);
}

#[test]
fn s06_units_begin_and_end_at_local_midnight() {
    for (zone, unit, begins, ends) in [
        (UTC, Unit::Day, "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z"),
        (UTC, Unit::Month, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        (UTC, Unit::Year, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        // 22:30 UTC is the next local day, month and year.
        (MOSCOW, Unit::Day, "2026-12-31T21:00:00Z", "2027-01-01T21:00:00Z"),
        (MOSCOW, Unit::Month, "2026-12-31T21:00:00Z", "2027-01-31T21:00:00Z"),
        (MOSCOW, Unit::Year, "2026-12-31T21:00:00Z", "2027-12-31T21:00:00Z"),
    ] {
        let now = at("2026-12-31T22:30:00Z");
        assert_eq!(text(start_of(zone, now, unit)), begins, "{zone} {unit:?}");
        assert_eq!(text(end_of(zone, now, unit)), ends, "{zone} {unit:?}");
    }
}

#[test]
fn months_are_counted_from_year_0() {
    assert_eq!(month_number(at("2026-01-01T00:00:00Z")), 2026 * 12);
    assert_eq!(month_number(at("2026-12-31T23:59:59Z")), 2026 * 12 + 11);
    assert_eq!(month_number(at("1969-12-31T23:59:59Z")), 1969 * 12 + 11);
}

#[test]
fn a_span_never_exceeds_what_it_is_at_most() {
    const HOUR: i64 = 3_600_000;
    for (span, expected) in [
        (Span::Exact(5), 5),
        (Span::Days(2), 50 * HOUR),
        (Span::Months(2), 2 * 31 * 25 * HOUR),
        (Span::Years(2), 2 * 366 * 25 * HOUR),
    ] {
        assert_eq!(span.at_most_millis(), expected, "{span:?}");
    }
}

#[test]
fn local_days_weekdays_and_minutes() {
    let days = |from: &str, until: &str| whole_days(BERLIN, at(from), at(until));
    assert_eq!(days("2026-03-28T10:00:00Z", "2026-03-29T09:00:00Z"), 1, "a day of 23 hours");
    assert_eq!(days("2026-03-28T10:00:00Z", "2026-03-29T08:59:59Z"), 0);
    assert_eq!(days("2026-03-28T10:00:00Z", "2026-03-26T10:00:00Z"), 0, "not later");
    // A Thursday; in Moscow it is Friday, 01:30.
    let now = at("2026-12-31T22:30:59Z");
    assert_eq!((weekday(UTC, now), minute_of_day(UTC, now)), (3, 22 * 60 + 30));
    assert_eq!((weekday(MOSCOW, now), minute_of_day(MOSCOW, now)), (4, 90));
}

#[test]
fn s06_a_birthday_is_near_over_the_turn_of_the_year_and_in_years_without_a_leap_day() {
    for (day, birthday, days, expected) in [
        ("2026-05-17", "2001-05-17", 0, true),
        ("2026-05-17", "--05-17", 0, true),
        ("2026-05-16", "--05-17", 0, false),
        ("2026-05-14", "--05-17", 3, true),
        ("2026-05-20", "--05-17", 3, true),
        ("2026-05-13", "--05-17", 3, false),
        ("2026-05-21", "--05-17", 3, false),
        ("2026-12-31", "--01-01", 1, true),
        ("2026-12-30", "--01-01", 1, false),
        ("2026-01-01", "--12-31", 1, true),
        ("2026-01-02", "--12-31", 1, false),
        ("2026-02-28", "2000-02-29", 0, true),
        ("2028-02-28", "2000-02-29", 0, false),
        ("2028-02-29", "2000-02-29", 0, true),
    ] {
        let noon = at(&format!("{day}T12:00:00Z"));
        assert_eq!(is_near_birthday(UTC, noon, birthday, days), expected, "{day}, {birthday} ± {days}");
    }
}

#[test]
fn s06_the_next_day_of_the_year_begins_at_local_midnight_now_or_later() {
    for (zone, from, day, expected) in [
        (UTC, "2026-05-17T00:00:00Z", "2001-05-17", "2026-05-17T00:00:00Z"),
        (UTC, "2026-05-17T00:00:00.001Z", "2001-05-17", "2027-05-17T00:00:00Z"),
        (UTC, "2026-01-10T00:00:00Z", "--02-29", "2026-02-28T00:00:00Z"),
        (UTC, "2027-03-01T00:00:00Z", "--02-29", "2028-02-29T00:00:00Z"),
        (MOSCOW, "2026-05-16T20:00:00Z", "--05-17", "2026-05-16T21:00:00Z"),
    ] {
        assert_eq!(text(next_day_of_year(zone, at(from), day)), expected, "{day} from {from}");
    }
    assert_eq!(next_day_of_year(UTC, Timestamp::NEVER, "--05-17"), Timestamp::NEVER);
}
