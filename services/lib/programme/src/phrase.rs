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

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(duration("15 minutes"), Some(Span::Exact(900_000)));
        assert_eq!(duration("1 year"), Some(Span::Years(1)));
        assert_eq!(duration("2 weeks"), Some(Span::Days(14)));
        for wrong in ["", "days", "0 days", "-1 days", "1.5 days", "14 dayz", "14days", "2000 years"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_month_is_not_surely_thirty_days() {
        assert!(at_least(Span::Days(30), Span::Days(30)));
        assert!(!at_least(Span::Months(1), Span::Days(30)));
        assert!(at_least(Span::Years(1), Span::Days(30)));
        assert!(at_least(Span::Years(1), Span::Months(12)));
        assert!(!at_least(Span::Exact(86_400_000), Span::Days(1)));
    }

    #[test]
    fn percentages_are_exact_and_say_so() {
        assert_eq!(percentage("3.7 %").map(Factor::millionths), Some(37_000));
        assert_eq!(percentage("100%").map(Factor::millionths), Some(1_000_000));
        for wrong in ["3.7", "101 %", "-1 %", "0.00001 %", "% 5"] {
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
}
