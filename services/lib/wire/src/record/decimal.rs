//! Decimals of a record: Avro `bytes` holding the unscaled number, largest byte first, and text in JSON.
//!
//! Never rounds: what has more digits than the schema is refused, both ways.

use rust_decimal::Decimal;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::{Error, Serialize, Serializer};
use std::fmt;

/// Digits in all: precision 18 of the schemas, so that the unscaled number fits 64 bits.
const DIGITS: usize = 18;
/// Digits behind the point of money: the most any ISO 4217 currency has.
const MONEY: u32 = 4;
/// Digits behind the point of a quantity: thousandths.
const QUANTITY: u32 = 3;
/// The first unscaled number that has more.
const LIMIT: i64 = 1_000_000_000_000_000_000;

/// `text` times ten to `SCALE`; `None` unless it is digits, at most `SCALE` of them behind a point, and at
/// most 18 with the missing ones, perhaps behind a minus.
fn unscaled<const SCALE: u32>(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut value, mut count, mut behind) = (0_i64, 0_usize, None::<u32>);
    for byte in digits {
        match byte {
            b'0'..=b'9' if count < DIGITS && behind != Some(SCALE) => {
                value = value * 10 + i64::from(byte - b'0');
                count += 1;
                behind = behind.map(|digits| digits + 1);
            }
            b'.' if behind.is_none() && count > 0 => behind = Some(0),
            _ => return None,
        }
    }
    if count == 0 || behind == Some(0) {
        return None;
    }
    let value = value.checked_mul(10_i64.pow(SCALE - behind.unwrap_or(0)))?;
    (value < LIMIT).then_some(if negative { -value } else { value })
}

/// The bytes of an Avro decimal: two's complement, largest first, no more of them than needed.
fn shortest(bytes: &[u8; 8]) -> &[u8] {
    let sign = if bytes[0] & 0x80 == 0 { 0x00 } else { 0xff };
    let mut first = 0;
    while first < 7 && bytes[first] == sign && (bytes[first + 1] ^ sign) & 0x80 == 0 {
        first += 1;
    }
    &bytes[first..]
}

struct Raw<'a>(&'a [u8]);

impl Serialize for Raw<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        crate::avro::bytes::serialize(self.0, serializer)
    }
}

fn serialize<const SCALE: u32, S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        let mut plain = value.normalize();
        if SCALE == MONEY && plain.scale() < 2 {
            plain.rescale(2); // as people write money
        }
        return serializer.collect_str(&plain);
    }
    let plain = value.normalize();
    let unscaled = (plain.scale() <= SCALE)
        .then(|| plain.mantissa().checked_mul(10_i128.pow(SCALE - plain.scale())))
        .flatten()
        .and_then(|unscaled| i64::try_from(unscaled).ok())
        .filter(|unscaled| unscaled.unsigned_abs() < LIMIT.unsigned_abs());
    let expected = Expected::<SCALE>;
    let unscaled =
        unscaled.ok_or_else(|| S::Error::custom(format_args!("expected {expected}, found {value}")))?;
    Raw(shortest(&unscaled.to_be_bytes())).serialize(serializer)
}

fn deserialize<'de, const SCALE: u32, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    if deserializer.is_human_readable() {
        deserializer.deserialize_str(Expected::<SCALE>)
    } else {
        deserializer.deserialize_byte_buf(Expected::<SCALE>)
    }
}

struct Expected<const SCALE: u32>;

impl<const SCALE: u32> fmt::Display for Expected<SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a decimal in a text, at most {DIGITS} digits, {SCALE} of them behind the point")
    }
}

impl<const SCALE: u32> Visitor<'_> for Expected<SCALE> {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
        let unscaled = unscaled::<SCALE>(text);
        let unscaled = unscaled.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))?;
        Ok(Decimal::new(unscaled, SCALE))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Decimal, E> {
        // Some writers pad: what is in front of the last eight bytes may only repeat the sign.
        let (front, last) = bytes.split_at(bytes.len().saturating_sub(8));
        let sign = bytes.first().map_or(0, |byte| if byte & 0x80 == 0 { 0x00 } else { 0xff });
        let mut whole = [sign; 8];
        whole[8 - last.len()..].copy_from_slice(last);
        let unscaled = i64::from_be_bytes(whole);
        let fits = front.iter().all(|byte| *byte == sign)
            && (unscaled < 0) == (sign == 0xff)
            && unscaled.unsigned_abs() < LIMIT.unsigned_abs();
        if bytes.is_empty() || !fits {
            return Err(E::invalid_value(de::Unexpected::Bytes(bytes), &self));
        }
        Ok(Decimal::new(unscaled, SCALE))
    }
}

macro_rules! scaled {
    ($(#[$doc:meta])* $name:ident, $scale:ident) => {
        $(#[$doc])*
        pub(super) mod $name {
            use super::{Decimal, Deserializer, Serializer};

            pub(in crate::record) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
                super::serialize::<{ super::$scale }, S>(value, serializer)
            }

            pub(in crate::record) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
                super::deserialize::<{ super::$scale }, D>(deserializer)
            }
        }
    };
}

scaled!(
    /// Money.
    money, MONEY
);
scaled!(
    /// Quantities.
    quantity, QUANTITY
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_exact_or_refused() {
        for (text, unscaled_4) in [
            ("0", Some(0)),
            ("12.34", Some(123_400)),
            ("-0.0001", Some(-1)),
            ("99999999999999.9999", Some(LIMIT - 1)),
            ("100000000000000", None),
            ("0.00001", None),
            ("1e3", None),
            ("1_000", None),
            ("+1", None),
            (".5", None),
            ("5.", None),
            ("", None),
            ("-", None),
            (" 1", None),
            ("1.2.3", None),
            ("NaN", None),
            ("000000000000000000001", None),
        ] {
            assert_eq!(unscaled::<4>(text), unscaled_4, "{text}");
        }
    }

    #[test]
    fn bytes_are_the_shortest_twos_complement() {
        for (value, bytes) in [
            (0_i64, &[0x00][..]),
            (127, &[0x7f]),
            (128, &[0x00, 0x80]),
            (-1, &[0xff]),
            (-128, &[0x80]),
            (-129, &[0xff, 0x7f]),
        ] {
            assert_eq!(shortest(&value.to_be_bytes()), bytes, "{value}");
            let read: Result<Decimal, serde_json::Error> = Expected::<4>.visit_bytes(bytes);
            assert_eq!(read.unwrap(), Decimal::new(value, 4));
        }
    }

    #[test]
    fn padded_bytes_are_read_and_others_refused() {
        let read = |bytes: &[u8]| Expected::<4>.visit_bytes::<serde_json::Error>(bytes).ok();
        assert_eq!(read(&[0xff; 20]), Some(Decimal::new(-1, 4)));
        assert_eq!(read(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), Some(Decimal::new(1, 4)));
        assert_eq!(read(&[0, 0x80, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(read(&[1, 0, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(read(&[]), None);
    }
}
