//! Phrases: `14 days`, `1 year after accrual`, `3.7 %`, `2026-03-01 10:00`, from words to values and back.
//!
//! Pure text in, value out; where it is written and what to say of a mistake is [`crate::field`]'s.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;
use domain::calendar::{Span, Unit};
use domain::factor::Factor;
use domain::tariff::{Activation, Expiry, Window};
use domain::{Name, Timestamp};
use rust_decimal::Decimal;
use std::str::FromStr;

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;

/// `14 days`, `1 year`, `15 minutes`: a number above 0 and a unit.
pub(crate) fn duration(text: &str) -> Option<Span> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|number| (1..=100_000).contains(number))?;
    let exact = |seconds: i64| Some(Span::Exact(i64::from(number) * seconds * SECOND));
    match unit.trim().trim_end_matches('s') {
        "second" => exact(1),
        "minute" => exact(60),
        "hour" => exact(3_600),
        "day" => Some(Span::Days(number)),
        "week" => Some(Span::Days(number * 7)),
        "month" if number <= 12_000 => Some(Span::Months(number)),
        "year" if number <= 1_000 => Some(Span::Years(number)),
        _ => None,
    }
}

/// The shortest and the longest that `span` can be, in milliseconds: a local day may last 23 to 25 hours.
fn bounds(span: Span) -> (i64, i64) {
    let days = |least: i64, most: i64| (least * DAY - DAY / 24, most * DAY + DAY / 24);
    match span {
        Span::Exact(millis) => (millis, millis),
        Span::Days(number) => days(number.into(), number.into()),
        Span::Months(number) => days(i64::from(number) * 28, i64::from(number) * 31),
        Span::Years(number) => days(i64::from(number) * 365, i64::from(number) * 366),
    }
}

/// Whether `a` is as long as `b` or longer, whatever day they begin on.
pub(crate) fn at_least(a: Span, b: Span) -> bool {
    match (a, b) {
        (Span::Exact(a), Span::Exact(b)) => a >= b,
        (Span::Days(a), Span::Days(b))
        | (Span::Months(a), Span::Months(b))
        | (Span::Years(a), Span::Years(b)) => a >= b,
        (Span::Years(a), Span::Months(b)) => a * 12 >= b,
        (Span::Months(a), Span::Years(b)) => a >= b * 12,
        _ => bounds(a).0 >= bounds(b).1,
    }
}

/// How long `span` is on an average, to put spans in order.
pub(crate) fn length(span: Span) -> i64 {
    let (least, most) = bounds(span);
    least.midpoint(most)
}

/// `day`, `month` or `year`.
pub(crate) const UNITS: &[(&str, Unit)] = &[("day", Unit::Day), ("month", Unit::Month), ("year", Unit::Year)];

fn unit(text: &str) -> Option<Unit> {
    UNITS.iter().find(|(word, _)| *word == text.trim()).map(|(_, unit)| *unit)
}

/// `at once`, `14 days after purchase`, `on the first day of the next month`, `on activity registration`.
pub(crate) fn activation(text: &str) -> Option<Activation> {
    if text == "at once" {
        return Some(Activation::AtOnce);
    }
    if let Some(unit_name) = text.strip_prefix("on the first day of the next ") {
        return unit(unit_name).filter(|unit| *unit != Unit::Day).map(Activation::NextStart);
    }
    if let Some(kind) = text.strip_prefix("on activity ") {
        return Some(Activation::OnActivity(Name::from(kind.trim()))).filter(|_| !kind.trim().is_empty());
    }
    text.strip_suffix(" after purchase").and_then(duration).map(Activation::After)
}

/// `never`, `1 year after accrual`, `3 months after activation`, `at the end of the month`.
pub(crate) fn expiry(text: &str) -> Option<Expiry> {
    if text == "never" {
        return Some(Expiry::Never);
    }
    if let Some(unit_name) = text.strip_prefix("at the end of the ") {
        return unit(unit_name).map(Expiry::EndOf);
    }
    if let Some(span) = text.strip_suffix(" after activation") {
        return duration(span).map(Expiry::AfterActivation);
    }
    text.strip_suffix(" after accrual").and_then(duration).map(Expiry::AfterAccrual)
}

/// `lifetime`, `last 365 days`, `calendar month`, `calendar year`.
pub(crate) fn window(text: &str) -> Option<Window> {
    if text == "lifetime" {
        return Some(Window::Lifetime);
    }
    if let Some(name) = text.strip_prefix("calendar ") {
        return unit(name).filter(|unit| *unit != Unit::Day).map(Window::Calendar);
    }
    match text.strip_prefix("last ").and_then(duration) {
        Some(Span::Days(days)) => Some(Window::Rolling(days)),
        _ => None,
    }
}

/// `3.7 %`, from 0 to 100.
pub(crate) fn percentage(text: &str) -> Option<Factor> {
    let number = Decimal::from_str(text.strip_suffix('%')?.trim_end()).ok()?;
    let share = number.checked_div(Decimal::ONE_HUNDRED)?;
    Factor::new(share).filter(|factor| *factor <= Factor::ONE)
}

/// Why an instant cannot be had from a text.
pub(crate) enum NoInstant {
    /// It is not a date, or a date and a time.
    Unreadable,
    /// Clocks were put forward past it.
    Skipped,
}

/// `2026-03-01`, `2026-03-01 10:00`, `2026-03-01T10:00:00`, in `zone` unless it has an offset or `Z`.
pub(crate) fn instant(zone: Tz, text: &str) -> Result<Timestamp, NoInstant> {
    let text = text.trim().replacen(' ', "T", 1);
    if let Ok(instant) = DateTime::parse_from_rfc3339(&text) {
        return within_reason(Timestamp(instant.timestamp_millis()));
    }
    let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M"))
        .or_else(|_| NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)))
        .map_err(|_| NoInstant::Unreadable)?;
    let found = zone.from_local_datetime(&local).earliest().ok_or(NoInstant::Skipped)?;
    within_reason(Timestamp(found.timestamp_millis()))
}

/// Instants from 1900 to 2999: calendar arithmetic from there on stays within what the calendar has.
pub(crate) fn within_reason(at: Timestamp) -> Result<Timestamp, NoInstant> {
    const FROM: i64 = -2_208_988_800_000;
    const UNTIL: i64 = 32_503_680_000_000;
    if (FROM..UNTIL).contains(&at.0) { Ok(at) } else { Err(NoInstant::Unreadable) }
}

/// An instant as a person in `zone` writes it.
pub(crate) fn in_words(zone: Tz, at: Timestamp) -> String {
    let Some(instant) = DateTime::from_timestamp_millis(at.0).filter(|_| at.is_finite()) else {
        return "none".to_owned();
    };
    let local = instant.with_timezone(&zone).naive_local();
    let form = match (at.0 % 1_000, at.0 % 60_000) {
        (0, 0) => "%Y-%m-%d %H:%M",
        (0, _) => "%Y-%m-%d %H:%M:%S",
        _ => "%Y-%m-%d %H:%M:%S%.3f",
    };
    local.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600 * SECOND;

    #[test]
    fn durations_are_a_number_and_a_unit() {
        for (text, span) in [
            ("1 second", Span::Exact(1_000)),
            ("15 minutes", Span::Exact(900_000)),
            ("2 hours", Span::Exact(7_200_000)),
            ("1 day", Span::Days(1)),
            ("100000 days", Span::Days(100_000)),
            ("2 weeks", Span::Days(14)),
            ("12000 months", Span::Months(12_000)),
            ("1 year", Span::Years(1)),
            ("1000 years", Span::Years(1_000)),
        ] {
            assert_eq!(duration(text), Some(span), "{text}");
        }
        for wrong in [
            "",
            "days",
            "0 days",
            "-1 days",
            "1.5 days",
            "14 dayz",
            "14days",
            "100001 days",
            "12001 months",
            "1001 years",
        ] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_span_is_surely_as_long_as_another_or_it_is_not() {
        use Span::{Days, Exact, Months, Years};
        // The longer one; the longest it is surely as long as; the next, of which it is not sure.
        for (long, surely, unsure) in [
            (Exact(5_000), Exact(5_000), Exact(5_001)),
            (Exact(25 * HOUR), Days(1), Days(2)),
            (Days(1), Exact(23 * HOUR), Exact(23 * HOUR + 1)),
            (Days(30), Days(30), Days(31)),
            (Days(32), Months(1), Months(2)),
            (Days(63), Months(2), Months(3)),
            (Days(367), Years(1), Years(2)),
            (Days(733), Years(2), Years(3)),
            (Months(1), Days(27), Days(28)),
            (Months(2), Days(55), Days(56)),
            (Months(5), Months(5), Months(6)),
            (Months(24), Years(2), Years(3)),
            (Years(1), Days(364), Days(365)),
            (Years(2), Days(729), Days(730)),
            (Years(2), Months(24), Months(25)),
            (Years(7), Years(7), Years(8)),
        ] {
            assert!(at_least(long, surely), "{long:?} {surely:?}");
            assert!(!at_least(long, unsure), "{long:?} {unsure:?}");
        }
        // Just too short for what the row above is long enough for.
        for (short, long) in [
            (Exact(25 * HOUR - 1), Days(1)),
            (Days(31), Months(1)),
            (Days(62), Months(2)),
            (Days(366), Years(1)),
            (Days(732), Years(2)),
            (Months(23), Years(2)),
        ] {
            assert!(!at_least(short, long), "{short:?} {long:?}");
        }
    }

    #[test]
    fn a_length_is_what_lies_between_the_shortest_and_the_longest() {
        for (span, half_days) in [
            (Span::Exact(12 * HOUR), 1),
            (Span::Days(3), 6),
            (Span::Months(1), 28 + 31),
            (Span::Months(4), 4 * (28 + 31)),
            (Span::Years(1), 365 + 366),
            (Span::Years(3), 3 * (365 + 366)),
        ] {
            assert_eq!(length(span), half_days * 12 * HOUR, "{span:?}");
        }
    }

    #[test]
    fn activations_expiries_and_windows_are_read_word_for_word() {
        for (text, read) in [
            ("at once", Some(Activation::AtOnce)),
            ("14 days after purchase", Some(Activation::After(Span::Days(14)))),
            ("on the first day of the next month", Some(Activation::NextStart(Unit::Month))),
            ("on the first day of the next year", Some(Activation::NextStart(Unit::Year))),
            ("on the first day of the next day", None),
            ("on activity joined", Some(Activation::OnActivity(Name::from("joined")))),
            ("on activity  ", None),
            ("14 days after accrual", None),
            ("later", None),
        ] {
            assert_eq!(activation(text), read, "{text}");
        }
        for (text, read) in [
            ("never", Some(Expiry::Never)),
            ("1 year after accrual", Some(Expiry::AfterAccrual(Span::Years(1)))),
            ("3 months after activation", Some(Expiry::AfterActivation(Span::Months(3)))),
            ("at the end of the day", Some(Expiry::EndOf(Unit::Day))),
            ("at the end of the month", Some(Expiry::EndOf(Unit::Month))),
            ("at the end of the week", None),
            ("1 year after purchase", None),
        ] {
            assert_eq!(expiry(text), read, "{text}");
        }
        for (text, read) in [
            ("lifetime", Some(Window::Lifetime)),
            ("calendar month", Some(Window::Calendar(Unit::Month))),
            ("calendar year", Some(Window::Calendar(Unit::Year))),
            ("calendar day", None),
            ("last 365 days", Some(Window::Rolling(365))),
            ("last 2 weeks", Some(Window::Rolling(14))),
            ("last 1 month", None),
            ("last 24 hours", None),
        ] {
            assert_eq!(window(text), read, "{text}");
        }
    }

    #[test]
    fn percentages_are_exact_and_say_so() {
        for (text, millionths) in
            [("0 %", 0), ("0.0001 %", 1), ("3.7 %", 37_000), ("100%", 1_000_000), ("100.0000 %", 1_000_000)]
        {
            assert_eq!(percentage(text).map(Factor::millionths), Some(millionths), "{text}");
        }
        for wrong in ["3.7", "100.0001 %", "101 %", "-1 %", "0.00001 %", "% 5"] {
            assert_eq!(percentage(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn s06_a_local_time_that_does_not_exist_is_told() {
        let berlin = chrono_tz::Europe::Berlin;
        assert!(matches!(instant(berlin, "2026-03-29 02:30"), Err(NoInstant::Skipped)));
        assert_eq!(instant(berlin, "2026-10-25 02:30").ok(), Some(Timestamp(1_792_888_200_000)));
        let at = instant(berlin, "2026-03-29T03:30").ok().expect("a local time");
        assert_eq!(in_words(berlin, at), "2026-03-29 03:30");
    }

    #[test]
    fn s06_instants_are_local_unless_they_say_otherwise_and_of_this_age() {
        let berlin = chrono_tz::Europe::Berlin;
        for (text, millis, words) in [
            ("2026-03-01", 1_772_319_600_000, "2026-03-01 00:00"),
            ("2026-03-01T00:00:00Z", 1_772_323_200_000, "2026-03-01 01:00"),
            ("2026-03-01 00:00:00+03:00", 1_772_312_400_000, "2026-02-28 22:00"),
            ("2026-03-01 10:20:30", 1_772_356_830_000, "2026-03-01 10:20:30"),
            ("2026-03-01 10:20:30.007", 1_772_356_830_007, "2026-03-01 10:20:30.007"),
        ] {
            let at = instant(berlin, text).ok();
            assert_eq!(at, Some(Timestamp(millis)), "{text}");
            assert_eq!(in_words(berlin, Timestamp(millis)), words, "{text}");
        }
        for (first, before) in
            [("1900-01-01", "1899-12-31 23:59:59.999"), ("2999-12-31 23:59:59.999", "3000-01-01")]
        {
            assert!(instant(Tz::UTC, first).is_ok(), "{first}");
            assert!(matches!(instant(Tz::UTC, before), Err(NoInstant::Unreadable)), "{before}");
        }
        assert!(matches!(instant(berlin, "1 March 2026"), Err(NoInstant::Unreadable)));
        assert_eq!(in_words(berlin, Timestamp::NEVER), "none");
    }
}
