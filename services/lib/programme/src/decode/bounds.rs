//! Bounds: no basket a feed lets in earns more points than can be counted, and no period outlives what is remembered.

use crate::field::Field;
use crate::reading::MONEY_MAX;
use crate::table::Table;
use domain::calendar::{Span, Unit};
use domain::factor::Factor;
use domain::tariff::{Effect, Level, Rule, Tariff, Terms};

/// The most one basket may earn, in the smallest unit: far below what a balance holds.
const POINTS_MAX: i128 = 100_000_000_000_000_000;
/// The most that minor units times all factors may come to, so that exact intermediate values fit.
const EXACT_MAX: i128 = 1_000_000_000_000_000_000;
/// The most pieces in one basket that a feed lets in: 10,000 lines of a thousand million.
const PIECES_MAX: i128 = 10_000_000_000_000;

/// Reports periods whose points could be granted after the purchases that moved their expiry were forgotten: the
/// ledger remembers the order of events for twice the lateness (S24).
pub(super) fn periods(root: &Table<'_>, tariff: &Tariff) {
    let remembered = tariff.lateness.at_most_millis().saturating_mul(2);
    for terms in &tariff.terms {
        let Level::Period(unit) = terms.level else { continue };
        let length = match unit {
            Unit::Day => Span::Days(1),
            Unit::Month => Span::Months(1),
            Unit::Year => Span::Years(1),
        };
        if length.at_most_millis() <= remembered {
            continue;
        }
        if terms.extended_by_purchase.or(terms.extended_by_activity).is_none() {
            continue;
        }
        let tables = ["wallets", "terms"].into_iter().filter_map(|key| root.optional(key, Field::open_table));
        let named = tables.filter_map(|tables| tables.optional(terms.name.as_str(), Field::open_table));
        for table in named {
            // Of terms that repeat a wallet's, the wallet is told.
            let given = table.given(&["rated_by", "extended_by_purchase", "extended_by_activity"]);
            if let Some(key) = given.first() {
                let message = format!(
                    "expected no moved expiry in `{}`, rated by a period longer than twice the `lateness`: by the \
                     time the period earns, what moved its expiry may be forgotten",
                    terms.name
                );
                table.report_at(key, message);
            }
        }
    }
}

/// Reports terms under which the largest basket would earn too much.
pub(super) fn check(root: &Table<'_>, tariff: &Tariff) {
    let Some(rules) = root.optional("rules", Field::open_table) else { return };
    for terms in &tariff.terms {
        let of_terms = || tariff.rules.iter().filter(|rule| rule.terms == terms.name);
        let multiplies = |rule: &&Rule| matches!(rule.effect, Effect::Multiplier(_));
        let Some(blamed) = of_terms().rfind(multiplies).or_else(|| of_terms().next_back()) else {
            continue;
        };
        if most(tariff, terms).is_none() {
            let largest = tariff.currency.to_decimal(domain::Minor(MONEY_MAX));
            let message = format!(
                "the rules under `{}` could give more points for a basket of {largest} {} than can be counted",
                terms.name, tariff.currency.code
            );
            rules.report(&rules.key_span(blamed.name.as_str()), message);
        }
    }
}

/// What the largest basket earns at the best of everything; `None` where that is too much.
fn most(tariff: &Tariff, terms: &Terms) -> Option<i128> {
    let times = |value: i128, millionths: i64| {
        let product = value.checked_mul(i128::from(millionths))? / i128::from(Factor::UNIT);
        (product <= EXACT_MAX).then_some(product)
    };
    let rules = || tariff.rules.iter().filter(|rule| rule.terms == terms.name);
    let rates: i64 = rules().map(|rule| rate(tariff, &rule.effect)).sum();
    let coefficient = tariff.coefficients.values().copied().max().unwrap_or(Factor::ONE).max(Factor::ONE);
    let scale = tariff.wallet(terms.wallet.as_str()).map_or(0, |wallet| wallet.scale);
    let counted: i128 = rules().map(|rule| counted(&rule.effect)).sum();
    let counted = counted.checked_mul(10_i128.pow(tariff.currency.exponent))?.div_euclid(10_i128.pow(scale));
    let mut most = times(times(i128::from(MONEY_MAX), rates)?, coefficient.millionths())? + counted;
    for rule in rules() {
        if let Effect::Multiplier(factor) = &rule.effect {
            most = times(most, factor.best().max(Factor::ONE).millionths())?;
        }
    }
    let points = most * 10_i128.pow(scale) / 10_i128.pow(tariff.currency.exponent);
    (points <= POINTS_MAX).then_some(points)
}

/// The largest rate of an effect, in millionths.
fn rate(tariff: &Tariff, effect: &Effect) -> i64 {
    match effect {
        Effect::Rate(rate) => rate.best().millionths(),
        Effect::PartnerRate => largest(tariff.partners.values().copied()),
        Effect::Bands(bands) => largest(bands.iter().map(|band| band.rate)),
        Effect::Bonus(_)
        | Effect::PerItem(_)
        | Effect::PerAmount(_)
        | Effect::Multiplier(_)
        | Effect::AtLeast(_) => 0,
    }
}

/// The most points an effect counts, in the wallet's smallest unit.
fn counted(effect: &Effect) -> i128 {
    match effect {
        Effect::PerItem(points) => PIECES_MAX * i128::from(points.get()),
        Effect::PerAmount(per) => {
            i128::from(MONEY_MAX) / i128::from(per.money.0.max(1)) * i128::from(per.points.get())
        }
        _ => 0,
    }
}

fn largest(rates: impl Iterator<Item = Factor>) -> i64 {
    rates.map(Factor::millionths).max().unwrap_or(0)
}
