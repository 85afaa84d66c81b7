//! `[partners.NAME]`: who takes part, each with the rate that is its own (S02).

use super::rules::THE_PARTNERS;
use crate::field::Field;
use crate::shape::rules::PARTNER;
use crate::table::Table;
use domain::Name;
use domain::factor::Factor;
use domain::tariff::{Effect, Rule};
use std::collections::BTreeMap;

/// The partners with their rates; none where the file names none, and anybody may be one.
pub(crate) fn decode(root: &Table<'_>) -> BTreeMap<Name, Factor> {
    let read = |partner: &Field<'_>| {
        let table = partner.named_table(&PARTNER)?;
        let rate = table.or("rate", Factor::ZERO, Field::percentage);
        Some((name(partner)?, rate))
    };
    root.optional("partners", Field::open_table)
        .map(|partners| partners.fields().iter().filter_map(read).collect())
        .unwrap_or_default()
}

/// A partner's name as topics can bear it: `purchases.<partner>`.
fn name(field: &Field<'_>) -> Option<Name> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !field.name.is_empty() && field.name.len() <= 200 && field.name.bytes().all(fits) {
        return Some(Name::from(field.name.as_str()));
    }
    let message = format!(
        "expected a partner's name of letters, digits, `.`, `_` and `-`, as its topics bear it, found {:?}",
        field.name
    );
    field.reader.report(&field.key, message, None);
    None
}

/// Rates of partners that no rule gives are a slip.
pub(crate) fn idle(root: &Table<'_>, partners: &BTreeMap<Name, Factor>, rules: &[Rule]) {
    let given = rules.iter().any(|rule| matches!(rule.effect, Effect::PartnerRate));
    if !given && partners.values().any(|rate| *rate != Factor::ZERO) {
        let message = format!(
            "partners have rates here, but no rule gives them: expected one with `rate = \"{THE_PARTNERS}\"`"
        );
        root.report_at("partners", message);
    }
}
