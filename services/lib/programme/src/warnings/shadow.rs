//! Rules of a set of which only one applies, that another always comes before; and levels nobody can reach.

use super::{Kind, Shown};
use crate::field::Field;
use crate::table::Table;
use domain::Name;
use domain::tariff::{Condition, Effect, Metric, Rule, Tariff};

pub(super) fn warn(root: &Table<'_>, tariff: &Tariff, excused: &mut Shown) {
    let tables = root.optional("rules", Field::open_table);
    for rule in &tariff.rules {
        let rivals = rule.rivals.iter().filter_map(|place| tariff.rules.get(*place));
        let Some(rival) = rivals.into_iter().find(|rival| covers(&rival.condition, &rule.condition)) else {
            continue;
        };
        excused.note(Kind::Rule, &rule.name);
        if let Some(tables) = &tables {
            let message = format!(
                "rule `{}` can never apply: `{}` of the same set comes before it wherever it would",
                rule.name, rival.name
            );
            tables.warn_at(
                rule.name.as_str(),
                message,
                "give it a higher `priority`, or the other a condition",
            );
        }
    }
    for (place, why) in unreachable(tariff) {
        if let Some(level) = tariff.tiers.as_ref().and_then(|tiers| tiers.levels.get(place)) {
            excused.note(Kind::Level, &level.name);
        }
        warn_level(root, place, why);
    }
}

/// Whether `wide` holds wherever `narrow` does, as far as that can be seen.
fn covers(wide: &Condition, narrow: &Condition) -> bool {
    let names = |wide: &[Name], narrow: &[Name]| {
        wide.is_empty() || !narrow.is_empty() && narrow.iter().all(|name| wide.contains(name))
    };
    let excepted = wide.groups_except.iter().all(|group| {
        narrow.groups_except.contains(group) || !narrow.groups.is_empty() && !narrow.groups.contains(group)
    });
    let from = wide.basket_from.unwrap_or_default() <= narrow.basket_from.unwrap_or_default();
    let below = match (wide.basket_below, narrow.basket_below) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => narrow <= wide,
    };
    names(&wide.groups, &narrow.groups)
        && excepted
        && names(&wide.partners, &narrow.partners)
        && names(&wide.tiers, &narrow.tiers)
        && from
        && below
        && (wide.circumstances.is_none() || wide.circumstances == narrow.circumstances)
        && wide.when.is_none()
}

/// Places of levels that nobody can reach, each with the reason.
fn unreachable(tariff: &Tariff) -> Vec<(usize, String)> {
    let Some(tiers) = &tariff.tiers else { return Vec::new() };
    match &tiers.counts {
        Metric::Spend | Metric::Purchases => Vec::new(),
        Metric::Points(wallet) => {
            let earned = tariff.rules.iter().any(|rule| earns_at_sale(tariff, rule, wallet));
            let why = || format!("no purchase earns points in wallet `{wallet}`, which levels count");
            (1..tiers.levels.len()).filter(|_| !earned).map(|place| (place, why())).collect()
        }
        Metric::Membership => {
            let same = |place: &usize| {
                let name = &tiers.levels[*place].membership;
                tiers.levels[place + 1..].iter().find(|level| level.membership == *name)
            };
            let places = (1..tiers.levels.len()).filter_map(|place| Some((place, same(&place)?)));
            places
                .map(|(place, higher)| {
                    (place, format!("its membership reaches `{}` as well, which is higher", higher.name))
                })
                .collect()
        }
    }
}

/// Whether a purchase may earn points in `wallet` by `rule`.
fn earns_at_sale(tariff: &Tariff, rule: &Rule, wallet: &Name) -> bool {
    let terms = tariff.terms(rule.terms.as_str());
    let by_period = tariff.period_terms().any(|terms| terms.name == rule.terms);
    let gives = !matches!(rule.effect, Effect::Multiplier(_) | Effect::AtLeast(_));
    gives && !by_period && terms.is_some_and(|terms| terms.wallet == *wallet)
}

fn warn_level(root: &Table<'_>, place: usize, why: String) {
    let levels = root.optional("tiers", Field::open_table).and_then(|tiers| tiers.field("levels"));
    let levels = levels.and_then(|levels| levels.list()).unwrap_or_default();
    if let Some(level) = levels.get(place).and_then(Field::open_table) {
        level.warn_at("name", format!("nobody can reach this level: {why}"), "let something else reach it");
    }
}
