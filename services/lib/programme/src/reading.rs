//! Readings: a field as a duration, money, points, a percentage, an instant; each says what it expected.

use crate::field::Field;
use crate::phrase::{self, NoInstant};
use chrono_tz::Tz;
use domain::calendar::Span;
use domain::factor::Factor;
use domain::money::Currency;
use domain::points::Points;
use domain::purchase::Quantity;
use domain::tariff::{Activation, Expiry, Window};
use domain::{Minor, Name, Timestamp};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::ops::Range;
use toml_edit::Value;

/// What a file's numbers are counted in.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    /// The currency of its money.
    pub(crate) currency: Currency,
    /// The zone of its local times.
    pub(crate) zone: Tz,
}

/// More than any basket costs, in minor units: what a feed lets in at the most (S27).
pub(crate) const MONEY_MAX: i64 = domain::award::AMOUNT_MAX;

impl Field<'_> {
    /// `14 days`.
    pub(crate) fn duration(&self) -> Option<Span> {
        let hint =
            || Some("a number above 0 and seconds, minutes, hours, days, weeks, months or years".to_owned());
        let span = self.as_str().and_then(phrase::duration);
        span.or_else(|| self.expected_hint("a duration such as \"14 days\"", hint()))
    }

    /// When points become spendable.
    pub(crate) fn activation(&self) -> Option<Activation> {
        let found = self.as_str().and_then(phrase::activation);
        found.or_else(|| {
            self.expected(
                "\"at once\", \"14 days after purchase\", \"on the first day of the next month\" (or year) or \"on activity NAME\"",
            )
        })
    }

    /// When points expire.
    pub(crate) fn expiry(&self) -> Option<Expiry> {
        let found = self.as_str().and_then(phrase::expiry);
        found.or_else(|| {
            self.expected(
                "\"never\", \"1 year after accrual\", \"3 months after activation\" or \"at the end of the month\"",
            )
        })
    }

    /// The window of the tiers.
    pub(crate) fn window(&self) -> Option<Window> {
        let found = self.as_str().and_then(phrase::window);
        found.or_else(|| {
            self.expected("\"lifetime\", \"last 365 days\", \"calendar month\" or \"calendar year\"")
        })
    }

    /// `3.7 %`.
    pub(crate) fn percentage(&self) -> Option<Factor> {
        let rate = self.as_str().and_then(phrase::percentage);
        let expected = "a percentage from \"0 %\" to \"100 %\", to four decimals";
        rate.or_else(|| self.expected_hint(expected, self.as_percentage()))
    }

    /// A percentage where a rule's rate is read.
    pub(crate) fn rate(&self) -> Option<Factor> {
        let rate = self.as_str().and_then(phrase::percentage);
        let expected = "a percentage from \"0 %\" to \"100 %\", to four decimals, or \"the partner's\"";
        rate.or_else(|| self.expected_hint(expected, self.as_percentage()))
    }

    /// How a number, or one in quotation marks, is written as a percentage.
    fn as_percentage(&self) -> Option<String> {
        let found = self.as_decimal()?;
        let written = |number: Decimal| {
            let written = format!("{} %", number.normalize());
            phrase::percentage(&written).map(|_| format!("{} = \"{written}\"", self.name))
        };
        let (found, hundredfold) = (written(found)?, found.checked_mul(Decimal::ONE_HUNDRED)?);
        // A share of 1 may have been meant.
        let share =
            written(hundredfold).filter(|_| hundredfold < Decimal::ONE_HUNDRED && !hundredfold.is_zero());
        let or = share.map(|share| format!(", or {share}")).unwrap_or_default();
        Some(format!("with a percent sign, in quotation marks: {found}{or}"))
    }

    /// A coefficient or multiplier.
    pub(crate) fn factor(&self) -> Option<Factor> {
        let factor = self.as_decimal().and_then(Factor::new);
        factor.or_else(|| self.expected("a number from 0 to 100, to six decimals"))
    }

    /// Money, 0 or more.
    pub(crate) fn money(&self, measures: &Measures) -> Option<Minor> {
        let Currency { code, exponent } = &measures.currency;
        let amount = self.as_decimal().and_then(|amount| measures.currency.to_minor(amount));
        let amount = amount.filter(|amount| (0..=MONEY_MAX).contains(&amount.0));
        amount.or_else(|| self.expected(&format!("an amount in {code}, 0 or more, to {exponent} decimals")))
    }

    /// Points, 0 or more, of a wallet with `scale` decimals.
    pub(crate) fn points(&self, scale: u32) -> Option<Points> {
        let smallest =
            self.as_decimal().and_then(|points| points.checked_mul(Decimal::from(10_i64.pow(scale))));
        let smallest = smallest.filter(|points| points.is_integer()).and_then(|points| points.to_i64());
        let points = smallest.filter(|points| *points <= MONEY_MAX).and_then(Points::new);
        points.or_else(|| match scale {
            0 => self.expected("a whole number of points, 0 or more"),
            _ => self.expected(&format!("a number of points, 0 or more, to {scale} decimals")),
        })
    }

    /// A quantity above 0, to a thousandth.
    pub(crate) fn quantity(&self) -> Option<Quantity> {
        let thousandths = self.as_decimal().and_then(|number| number.checked_mul(Decimal::ONE_THOUSAND));
        let whole = thousandths.filter(|number| number.is_integer()).and_then(|number| number.to_i64());
        let quantity = whole.filter(|number| (1..=1_000_000_000).contains(number)).map(Quantity);
        quantity.or_else(|| self.expected("a number above 0, to three decimals"))
    }

    /// A date or an instant, as a string or as TOML writes them.
    pub(crate) fn instant(&self, measures: &Measures) -> Option<Timestamp> {
        let text = match self.found {
            crate::field::Found::Value(Value::Datetime(_)) => self.reader.text(&self.span),
            _ => self.as_str().unwrap_or(""),
        };
        match phrase::instant(measures.zone, text) {
            Ok(instant) => Some(instant),
            Err(NoInstant::Skipped) => self.expected(&format!(
                "a local time that exists in {} (clocks are put forward past this one)",
                measures.zone
            )),
            Err(NoInstant::Unreadable) => {
                self.expected("a date such as \"2026-03-01\" or an instant such as \"2026-03-01 10:00\"")
            }
        }
    }

    /// A name of the author's, and where it is written.
    pub(crate) fn name(&self) -> Option<(Name, Range<usize>)> {
        let text = self.text()?;
        match sound_name(text) {
            true => Some((Name::from(text), self.span.clone())),
            false => self.expected("a name without line ends or spaces around it"),
        }
    }

    /// A list of names of the author's.
    pub(crate) fn names(&self) -> Option<Vec<(Name, Range<usize>)>> {
        self.all(Field::name)
    }
}

/// Whether `text` can name something.
pub(crate) fn sound_name(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}
