//! Amounts in words: names, money, points, rates, and lists of them.

use super::Words;
use domain::factor::Factor;
use domain::money::{self, Currency};
use domain::points::Points;
use domain::tariff::ByTier;
use domain::{Minor, Name};
use rust_decimal::Decimal;
use std::fmt;

/// `a, b and c`.
pub(crate) fn all_of<T: fmt::Display>(parts: &[T]) -> String {
    joined(parts, "and")
}

/// `a, b or c`.
pub(crate) fn one_of<T: fmt::Display>(parts: &[T]) -> String {
    joined(parts, "or")
}

fn joined<T: fmt::Display>(parts: &[T], word: &str) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} {word} {last}", before.join(", ")),
        None => String::new(),
    }
}

/// `text` with a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `1st`, `2nd`, `11th`.
pub(crate) fn ordinal(number: i32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{ending}", whole(number.into()))
}

/// A whole number with commas between groups of three digits.
pub(crate) fn whole(number: i64) -> String {
    scaled(number, 0)
}

/// `number` of the smallest unit with `digits` decimals, without those that say nothing.
fn scaled(number: i64, digits: u32) -> String {
    let grouped = money::grouped(number, digits);
    match grouped.contains('.') {
        true => grouped.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => grouped,
    }
}

/// One of what a unit names in the plural: `free deliveries`, `sets of pencils`.
fn singular(unit: &str) -> String {
    let (head, rest) = unit.find(" of ").map_or((unit, ""), |at| unit.split_at(at));
    // A word that has no singular.
    if head == "thanks" {
        return unit.to_owned();
    }
    let without = |ending: &str| head.strip_suffix(ending);
    if let Some(stem) = without("lves") {
        return format!("{stem}lf{rest}");
    }
    let one = match (without("ies"), without("es"), without("s")) {
        (Some(stem), _, _) => format!("{stem}y"),
        (_, Some(stem), _) if ["x", "ch", "sh", "ss"].iter().any(|end| stem.ends_with(end)) => {
            stem.to_owned()
        }
        (_, _, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => head.to_owned(),
    };
    format!("{one}{rest}")
}

/// `5 coffees`, `1 coffee`.
pub(crate) fn counted(number: &str, unit: &str) -> String {
    if number == "1" { format!("1 {}", singular(unit)) } else { format!("{number} {unit}") }
}

/// A rate: `3.7 %`.
pub(crate) fn rate(factor: Factor) -> String {
    format!("{} %", Decimal::new(factor.millionths(), 4).normalize())
}

/// A coefficient or multiplier: `1.5`.
pub(crate) fn factor(factor: Factor) -> String {
    format!("{factor:?}")
}

impl Words<'_> {
    /// A name of the author's: as it is in tables, without hyphens in prose.
    pub(crate) fn name(&self, name: &Name) -> String {
        if self.is_prose() { name.as_str().replace(['-', '_'], " ") } else { name.to_string() }
    }

    /// Names, each in words.
    pub(crate) fn names(&self, names: &[Name]) -> Vec<String> {
        names.iter().map(|name| self.name(name)).collect()
    }

    /// `14,700 RUB`, `19,999.99 RUB`.
    pub(crate) fn money(&self, amount: Minor) -> String {
        let Currency { code, exponent } = &self.tariff.currency;
        let grouped = self.tariff.currency.grouped(amount);
        let none = format!(".{}", "0".repeat(*exponent as usize));
        format!("{} {code}", grouped.strip_suffix(&none).unwrap_or(&grouped))
    }

    /// What points of a wallet are called.
    pub(crate) fn unit(&self, wallet: &Name) -> String {
        let several = |unit: &Name| self.tariff.wallets.iter().filter(|it| it.unit == *unit).count() > 1;
        match self.tariff.wallet(wallet.as_str()) {
            Some(known) if several(&known.unit) && *known.name.as_str() != *known.unit.as_str() => {
                format!("{} {}", self.name(wallet), known.unit)
            }
            Some(known) => known.unit.to_string(),
            None => self.name(wallet),
        }
    }

    /// `1,000 points` of a wallet.
    pub(crate) fn points_in(&self, wallet: &Name, points: Points) -> String {
        let scale = self.tariff.wallet(wallet.as_str()).map_or(0, |wallet| wallet.scale);
        counted(&scaled(points.get(), scale), &self.unit(wallet))
    }

    /// `1,000 points` under some terms.
    pub(crate) fn points(&self, terms: &Name, points: Points) -> String {
        self.points_in(self.wallet_of(terms), points)
    }

    /// The wallet of some terms.
    pub(crate) fn wallet_of<'n>(&'n self, terms: &'n Name) -> &'n Name {
        self.tariff.terms(terms.as_str()).map_or(terms, |terms| &terms.wallet)
    }

    /// `3 % at Silver, 5 % at Gold`.
    pub(crate) fn by_tier(&self, value: &ByTier, word: fn(Factor) -> String) -> String {
        match value {
            ByTier::All(factor) => word(*factor),
            ByTier::Each(factors) => {
                let levels = self.tariff.tiers.iter().flat_map(|tiers| &tiers.levels);
                let each = levels.zip(factors);
                let each: Vec<String> =
                    each.map(|(level, factor)| format!("{} at {}", word(*factor), level.name)).collect();
                all_of(&each)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_what_a_unit_names() {
        let each = ["points", "free deliveries", "sets of pencils", "boxes", "glass", "halves", "gifts"];
        let one = ["point", "free delivery", "set of pencils", "box", "glass", "half", "gift"];
        assert_eq!(each.map(singular), one);
    }

    #[test]
    fn numbers_have_no_digits_that_say_nothing() {
        assert_eq!([scaled(1_234_500, 2), scaled(1_234_550, 2)], ["12,345", "12,345.5"]);
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 21, 112].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 21st 112th"
        );
    }

    #[test]
    fn lists_end_in_a_word() {
        assert_eq!(all_of(&["a", "b", "c"]), "a, b and c");
        assert_eq!(one_of(&["a", "b"]), "a or b");
        assert_eq!(one_of::<&str>(&[]), "");
    }
}
