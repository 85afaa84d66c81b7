//! What is wrong with the attributes of an activity or a purchase: which one, what its type asks for, and what came
//! (S27).

use crate::activity::Attribute;
use crate::award::{AMOUNT_MAX, AttributeSpec, AttributeType, TEXT_MAX, WHOLE_MAX};
use crate::id::Name;
use crate::money::{Currency, Minor};

/// The most letters of a value that are shown.
const SHOWN: usize = 60;

/// The first of an event's attributes that is not as its programme declares it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Misfit<'a> {
    /// It is not declared; these are.
    Unknown(&'a Name, &'a [AttributeSpec]),
    /// It is needed, and did not come.
    Absent(&'a AttributeSpec),
    /// It is of another type.
    Wrong(&'a AttributeSpec, &'a Attribute),
}

impl Misfit<'_> {
    /// In words for a person: ``attribute `place`: expected a whole number from 0 to 1000000, found `first` ``.
    pub fn words(&self, currency: &Currency) -> String {
        match self {
            Self::Unknown(name, []) => {
                format!("unknown attribute {}: expected none, none is declared", quoted(name))
            }
            Self::Unknown(name, specs) => {
                let known: Vec<String> = specs.iter().map(|spec| format!("`{}`", spec.name)).collect();
                let of = if known.len() == 1 { "" } else { "one of " };
                format!("unknown attribute {}: expected {of}{}", quoted(name), known.join(", "))
            }
            Self::Absent(spec) => {
                format!("attribute `{}`: expected {}, found none", spec.name, spec.takes.words(currency))
            }
            Self::Wrong(spec, Attribute { value, account, .. }) => {
                let found = match account.as_str() {
                    "" => quoted(value),
                    _ => "a member or card".to_owned(),
                };
                format!("attribute `{}`: expected {}, found {found}", spec.name, spec.takes.words(currency))
            }
        }
    }
}

impl AttributeType {
    /// What a value of it is, in words.
    pub fn words(&self, currency: &Currency) -> String {
        match self {
            Self::Whole => format!("a whole number from 0 to {WHOLE_MAX}, without sign or leading zeros"),
            Self::Money => {
                let Currency { code, exponent } = currency;
                let most = currency.to_decimal(Minor(AMOUNT_MAX)).normalize();
                format!("an amount in {code} from 0 to {most}, to {exponent} decimals")
            }
            Self::Choice(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                match words.split_last() {
                    Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
                    _ => words.concat(),
                }
            }
            Self::Date => "a date such as `2001-05-17`, or a day of every year such as `--05-17`".to_owned(),
            Self::Account => "a member or card".to_owned(),
            Self::Text => format!("a text of 1 to {TEXT_MAX} bytes"),
        }
    }
}

/// A value as a line can show it.
fn quoted(value: &Name) -> String {
    let text = value.as_str();
    let start: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    match text.chars().nth(SHOWN) {
        None => format!("`{start}`"),
        Some(_) => format!("`{start}…` of {} bytes", text.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_told_as_one_says_it() {
        let currency = Currency::iso("RUB").expect("a currency");
        for (words, told) in [
            (vec!["card"], "`card`"),
            (vec!["card", "cash"], "`card` or `cash`"),
            (vec!["card", "cash", "gift"], "`card`, `cash` or `gift`"),
        ] {
            let choice = AttributeType::Choice(words.into_iter().map(Name::from).collect());
            assert_eq!(choice.words(&currency), told);
        }
    }
}
