//! Instants. The core never asks what time it is: an instant always comes in on a command.

use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z. Serialised as that number where the format is binary, as
/// `2026-01-31T12:00:00.000Z` (or `never`, `always`) where people read it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Before everything: the running maximum of time starts here.
    pub const MIN: Self = Self(i64::MIN);
    /// After everything: what never expires expires here. Absence is this value, never NULL.
    pub const NEVER: Self = Self(i64::MAX);

    /// This instant and `millis` more; [`Timestamp::NEVER`] stays.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        if self.0 == i64::MAX { self } else { Self(self.0.saturating_add(millis)) }
    }

    /// Whether this is a real instant rather than one of the two ends.
    pub const fn is_finite(self) -> bool {
        self.0 != i64::MAX && self.0 != i64::MIN
    }
}

/// The length of `2026-01-31T12:00:00.000Z`.
const ISO_LENGTH: usize = 24;
const DAY: i64 = 86_400_000;

impl Timestamp {
    /// RFC 3339 in UTC with milliseconds; none outside the years 0 to 9999, the two ends among them.
    fn iso(self) -> Option<[u8; ISO_LENGTH]> {
        let (days, millis) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        if !(0..=9999).contains(&year) {
            return None;
        }
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let fields = [
            (0, 4, year),
            (5, 2, month),
            (8, 2, day),
            (11, 2, millis / 3_600_000),
            (14, 2, millis / 60_000 % 60),
            (17, 2, millis / 1000 % 60),
            (20, 3, millis % 1000),
        ];
        for (place, width, number) in fields {
            write_digits(&mut text[place..place + width], number);
        }
        Some(text)
    }
}

fn write_digits(text: &mut [u8], mut number: i64) {
    for digit in text.iter_mut().rev() {
        *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
    }
}

/// Year, month and day of a day counted from 1970-01-01 in the proleptic Gregorian calendar: eras of 400 years,
/// years that begin in March, so that the leap day is the last.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.iso() {
            Some(text) => f.write_str(std::str::from_utf8(&text).unwrap_or_default()),
            None if self.0 > 0 => f.write_str("never"),
            None => f.write_str("always"),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_i64(self.0);
        }
        match self.iso() {
            Some(text) => serializer.serialize_str(std::str::from_utf8(&text).unwrap_or_default()),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Instant)
        } else {
            deserializer.deserialize_i64(Instant)
        }
    }
}

/// A number of milliseconds, or the text of an instant.
struct Instant;

impl Visitor<'_> for Instant {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("milliseconds since 1970, or an RFC 3339 instant, `never` or `always`")
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<Timestamp, E> {
        Ok(Timestamp(millis))
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<Timestamp, E> {
        i64::try_from(millis).map(Timestamp).map_err(E::custom)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        match text {
            "never" => Ok(Timestamp::NEVER),
            "always" => Ok(Timestamp::MIN),
            _ => match chrono::DateTime::parse_from_rfc3339(text) {
                Ok(instant) => Ok(Timestamp(instant.timestamp_millis())),
                Err(_) => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
            },
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_agrees_with_the_calendar_over_six_centuries() {
        let first = Timestamp(-11_676_096_000_000).0; // 1600-01-01
        for day in 0..220_000 {
            let at = first + day * DAY + day % DAY;
            let expected = chrono::DateTime::from_timestamp_millis(at).expect("within the calendar");
            let expected = expected.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            assert_eq!(Timestamp(at).to_string(), expected);
        }
    }

    #[test]
    fn the_two_ends_have_words() {
        assert_eq!(Timestamp::NEVER.to_string(), "never");
        assert_eq!(Timestamp::MIN.to_string(), "always");
    }
}
