//! Rates, coefficients and multipliers as exact fixed-point numbers (S01, S02): no floats anywhere.

use rust_decimal::Decimal;
use std::fmt;

/// A non-negative number with six decimal digits, such as a rate of 0.037 or a coefficient of 1.5.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Factor(i64);

impl Factor {
    /// Units in one: 1.0 is this many millionths.
    pub const UNIT: i64 = 1_000_000;
    /// The number 1.
    pub const ONE: Self = Self(Self::UNIT);
    /// The number 0.
    pub const ZERO: Self = Self(0);
    /// The largest factor: 100. The product of three of them with any accepted amount fits `i128`.
    pub const MAX: Self = Self(100 * Self::UNIT);

    /// `value` exactly; `None` when negative, above [`Factor::MAX`], or finer than a millionth.
    pub fn new(value: Decimal) -> Option<Self> {
        let value = value.normalize();
        if value.scale() > 6 || value.is_sign_negative() && !value.is_zero() {
            return None;
        }
        let millionths = value.mantissa().checked_mul(10_i128.pow(6 - value.scale()))?;
        let factor = Self(i64::try_from(millionths).ok()?);
        (factor <= Self::MAX).then_some(factor)
    }

    /// Millionths.
    pub const fn millionths(self) -> i64 {
        self.0
    }
}

impl fmt::Debug for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.0, 6).normalize())
    }
}
