//! Figures: what an example expects and what the core answers, in a form that can be compared and printed.

use crate::phrase::in_words;
use domain::money::Currency;
use domain::tariff::Tariff;
use domain::{Minor, Name, Points, Timestamp};
use rust_decimal::Decimal;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::collections::BTreeMap;
use std::fmt;

/// A figure of an example.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Figure {
    /// There is none: nothing of the kind happened.
    Absent,
    /// Points, in the smallest unit of a wallet with so many decimals.
    Points(Points, u32),
    /// Money.
    Money(Minor),
    /// Yes or no.
    Flag(bool),
    /// An instant, or none.
    Instant(Option<Timestamp>),
    /// A name or a word.
    Word(String),
    /// Several, in order.
    Words(Vec<String>),
    /// Amounts by name.
    Amounts(BTreeMap<Name, Minor>),
    /// Points by whose they are, in the smallest unit of a wallet with so many decimals.
    Shares(BTreeMap<Name, Points>, u32),
    /// Reasons by what they are of.
    Reasons(BTreeMap<Name, String>),
}

impl Figure {
    /// As a person writes it in the file.
    pub(crate) fn in_words(&self, tariff: &Tariff) -> String {
        match self {
            Self::Absent => "nothing of the kind".to_owned(),
            Self::Points(points, scale) => Decimal::new(points.get(), *scale).to_string(),
            Self::Money(amount) => money(&tariff.currency, *amount),
            Self::Flag(flag) => flag.to_string(),
            Self::Instant(Some(at)) => in_words(tariff.zone, *at),
            Self::Instant(None) => "none".to_owned(),
            Self::Word(word) => word.clone(),
            Self::Words(words) if words.is_empty() => "none".to_owned(),
            Self::Words(words) => words.join("; "),
            Self::Amounts(amounts) if amounts.is_empty() => "none".to_owned(),
            Self::Amounts(amounts) => {
                let each = amounts
                    .iter()
                    .map(|(name, amount)| format!("{name} {}", money(&tariff.currency, *amount)));
                each.collect::<Vec<_>>().join("; ")
            }
            Self::Shares(shares, _) if shares.is_empty() => "none".to_owned(),
            Self::Shares(shares, scale) => {
                let each = shares
                    .iter()
                    .map(|(name, points)| format!("{name} {}", Decimal::new(points.get(), *scale)));
                each.collect::<Vec<_>>().join("; ")
            }
            Self::Reasons(reasons) => {
                let each = reasons.iter().map(|(name, reason)| format!("{name}: {reason}"));
                each.collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// An amount without the decimals it does not need.
fn money(currency: &Currency, amount: Minor) -> String {
    currency.to_decimal(amount).normalize().to_string()
}

/// A word of the core's own, such as a reason, as an example writes it: `insufficient points`.
pub(crate) fn word(value: &impl fmt::Debug) -> String {
    let mut words = String::new();
    for letter in format!("{value:?}").chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// Whether `text` is a word of `T`.
pub(crate) fn is_word<T: DeserializeOwned>(text: &str) -> bool {
    let name = text.replace(' ', "_");
    let reader: StrDeserializer<'_, Error> = name.as_str().into_deserializer();
    T::deserialize(reader).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::outcome::{OutcomeKind, Reason};

    #[test]
    fn words_of_the_core_are_written_apart() {
        assert_eq!(word(&Reason::InsufficientPoints), "insufficient points");
        assert!(is_word::<Reason>("insufficient points"));
        assert!(is_word::<Reason>("none"));
        assert!(is_word::<OutcomeKind>("applied"));
        assert!(!is_word::<OutcomeKind>("aplied"));
    }

    #[test]
    fn figures_are_written_as_a_file_has_them() {
        let file = "[programme]\nname = \"shop\"\nversion = 1\nfrom = \"2026-01-01\"\nzone = \"Europe/Moscow\"\n\
                    currency = \"RUB\"\n[wallets.points]\n";
        let tariff = crate::compile("shop.toml", file).expect("a programme");
        let money = |amounts: &[(&str, i64)]| {
            Figure::Amounts(
                amounts.iter().map(|(name, amount)| (Name::from(*name), Minor(*amount))).collect(),
            )
        };
        let shares = |points: &[(&str, i64)], scale| {
            let points =
                points.iter().map(|(name, points)| (Name::from(*name), Points::at_least_zero(*points)));
            Figure::Shares(points.collect(), scale)
        };
        let words = |words: &[&str]| Figure::Words(words.iter().map(|word| (*word).to_owned()).collect());
        let reason = |name: &str, why: &str| (Name::from(name), why.to_owned());
        for (figure, expected) in [
            (Figure::Absent, "nothing of the kind"),
            (Figure::Points(Points::at_least_zero(125), 0), "125"),
            (Figure::Points(Points::at_least_zero(125), 2), "1.25"),
            (Figure::Money(Minor(0)), "0"),
            (Figure::Money(Minor(1_250)), "12.5"),
            (Figure::Money(Minor(1_255)), "12.55"),
            (Figure::Money(Minor(120_000)), "1200"),
            (Figure::Flag(true), "true"),
            (Figure::Flag(false), "false"),
            (Figure::Instant(None), "none"),
            (Figure::Instant(Some(Timestamp(1_772_312_400_000))), "2026-03-01 00:00"),
            (Figure::Word("Gold".to_owned()), "Gold"),
            (words(&[]), "none"),
            (words(&["Silver to Gold", "Gold to Silver"]), "Silver to Gold; Gold to Silver"),
            (money(&[]), "none"),
            (money(&[("five", 250), ("six", 100)]), "five 2.5; six 1"),
            (shares(&[], 0), "none"),
            (shares(&[("bakery", 40), ("cinema", 5)], 1), "bakery 4.0; cinema 0.5"),
            (
                Figure::Reasons(BTreeMap::from([reason("a", "too late"), reason("b", "applies")])),
                "a: too late; b: applies",
            ),
        ] {
            assert_eq!(figure.in_words(&tariff), expected);
        }
    }
}
