//! Money as the core counts it: whole minor units of the programme's currency (S01).
//!
//! Decimals with their ISO 4217 code live at the edges (the wire, the command line); an edge converts with
//! [`Currency::to_minor`], which refuses what the currency's exponent cannot express.

use crate::id::Name;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// An amount in minor units (kopecks, cents). May be negative only in between two computations.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minor(pub i64);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);
}

impl Add for Minor {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Minor {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Minor {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Minor {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// A currency: its ISO 4217 code and how many decimal digits its minor unit has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Currency {
    /// ISO 4217 alphabetic code, upper case.
    pub code: Name,
    /// Digits after the decimal point, 0 to 4.
    pub exponent: u32,
}

impl Currency {
    /// The currency with this ISO 4217 code; `None` for a code that is not three capital letters. The
    /// exponent is 2 but for the codes ISO 4217 lists with 0, 3 or 4 digits.
    pub fn iso(code: &str) -> Option<Self> {
        if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let exponent = match code {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
            | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        };
        Some(Self { code: Name::from(code), exponent })
    }

    /// `amount` in minor units; `None` when it has more digits than the currency, or is beyond `i64`.
    pub fn to_minor(&self, amount: Decimal) -> Option<Minor> {
        let amount = amount.normalize();
        if amount.scale() > self.exponent {
            return None;
        }
        let factor = 10_i128.pow(self.exponent - amount.scale());
        i64::try_from(amount.mantissa().checked_mul(factor)?).ok().map(Minor)
    }

    /// `amount` as a decimal with the currency's own number of digits.
    pub fn to_decimal(&self, amount: Minor) -> Decimal {
        Decimal::new(amount.0, self.exponent)
    }

    /// The same for a person, with commas between groups of three digits: `1,000.00`.
    pub fn grouped(&self, amount: Minor) -> String {
        grouped(amount.0, self.exponent)
    }
}

/// `number` of a smallest unit with so many `digits` behind the point, with commas between groups of three digits.
pub fn grouped(number: i64, digits: u32) -> String {
    let text = Decimal::new(number, digits).to_string();
    let whole = text.split('.').next().map_or(0, str::len);
    let mut grouped = String::with_capacity(text.len() + whole / 3);
    for (place, letter) in text.chars().enumerate() {
        let digits_left = whole.saturating_sub(place);
        if grouped.ends_with(|last: char| last.is_ascii_digit()) && digits_left > 0 && digits_left % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(letter);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s01_amounts_for_a_person() {
        let grouped = |code: &str, minor: i64| Currency::iso(code).expect("a currency").grouped(Minor(minor));
        assert_eq!(grouped("RUB", 90_000), "900.00");
        assert_eq!(grouped("RUB", 123_456_789), "1,234,567.89");
        assert_eq!(grouped("RUB", -100_000), "-1,000.00");
        assert_eq!(grouped("RUB", 5), "0.05");
        assert_eq!(grouped("JPY", 1_000), "1,000");
    }
}
