//! Instants of a record: milliseconds in Avro, RFC 3339 with an offset in JSON.
//!
//! Never guesses: a time without an offset, a day that does not exist and a leap second are refused.

use domain::Timestamp;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;

const DAY: i64 = 86_400_000;

/// Days from 1970-01-01 to this day of the Gregorian calendar (after Howard Hinnant's `days_from_civil`).
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

const fn days_of(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// The number these digits are.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Some(number * 10 + i64::from(digit - b'0')),
        _ => None,
    })
}

/// The instant an RFC 3339 text names, to the millisecond; finer digits are cut off.
fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let (date, rest) = bytes.split_at_checked(19)?;
    if [date[4], date[7], date[13], date[16]] != *b"--::" || !matches!(date[10], b'T' | b't' | b' ') {
        return None;
    }
    let part = |from: usize, to: usize| number(&date[from..to]);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    let real = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&day);
    if !real || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (millis, offset) = fraction(rest)?;
    let minutes = (hour * 60 + minute) - offset_minutes(offset)?;
    Some(Timestamp(days(year, month, day) * DAY + (minutes * 60 + second) * 1000 + millis))
}

/// Milliseconds of a fraction, if there is one, and what follows it.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(digits) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let digit = |place: usize| if place < count { i64::from(digits[place] - b'0') } else { 0 };
    Some((digit(0) * 100 + digit(1) * 10 + digit(2), &digits[count..]))
}

fn offset_minutes(offset: &[u8]) -> Option<i64> {
    match offset {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let minutes = (hours <= 23 && minutes <= 59).then_some(hours * 60 + minutes)?;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => None,
    }
}

pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    at.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_str(Instant)
    } else {
        deserializer.deserialize_i64(Instant)
    }
}

struct Instant;

impl Visitor<'_> for Instant {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 instant with an offset, such as 2017-01-01T06:53:26+03:00")
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(millis))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// The same where there may be none.
pub(super) mod optional {
    use super::{Deserializer, Serializer, Timestamp};
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Present(#[serde(with = "super")] Timestamp);

    pub(in crate::record) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(Present).serialize(serializer)
    }

    pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Ok(Option::<Present>::deserialize(deserializer)?.map(|present| present.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_an_instant_or_is_refused() {
        for (text, instant) in [
            ("2017-01-01T06:53:26+03:00", Some(1_483_242_806_000)),
            ("2017-01-01T03:53:26.5Z", Some(1_483_242_806_500)),
            ("2016-12-31 22:53:26.123456-05:00", Some(1_483_242_806_123)),
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1969-12-31T23:59:59.999Z", Some(-1)),
            ("2028-02-29T00:00:00Z", Some(1_835_395_200_000)),
            ("2027-02-29T00:00:00Z", None),
            ("2100-02-29T00:00:00Z", None),
            ("2017-01-01T06:53:26", None),
            ("2017-01-01T24:00:00Z", None),
            ("2016-12-31T23:59:60Z", None),
            ("2017-01-01T06:53:26.+03:00", None),
            ("2017-01-01T06:53:26+0300", None),
            ("2017-1-1T06:53:26Z", None),
            ("2017-13-01T06:53:26Z", None),
            ("2017-01-01", None),
            ("", None),
            ("2017-01-01T06:53:2\u{e9}Z", None),
        ] {
            assert_eq!(parse(text), instant.map(Timestamp), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for day in -719_528..2_932_897 {
            let at = Timestamp(day * DAY + (day.rem_euclid(DAY)));
            let text = at.to_string();
            assert_eq!(parse(&text), Some(at), "{text}");
        }
        assert_eq!(parse(&Timestamp::NEVER.to_string()), None);
    }
}
