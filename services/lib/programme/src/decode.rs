//! Decoding: the file's tables to a tariff, a module for each table, and the checks that need two of them.
//!
//! Every module reads on after a mistake with a harmless stand-in; a tariff leaves only when nothing was
//! reported.

pub(crate) mod activities;
mod adjustments;
pub(crate) mod attributes;
mod bounds;
mod cards;
mod circumstances;
mod correction;
pub(crate) mod declared;
mod exchanges;
mod head;
mod limits;
mod notices;
mod offers;
mod partners;
mod pays;
mod reach;
mod rules;
mod spending;
mod tiers;
mod wallets;

use crate::field::Field;
use crate::reading::{Measures, sound_name};
use crate::said::Said;
use crate::shape;
use crate::table::Table;
use declared::Known;
use domain::Name;
use domain::declared::Declared;
use domain::factor::Factor;
use domain::tariff::Tariff;
use head::Head;
use offers::Till;
use std::collections::BTreeMap;

pub(crate) use wallets::Wallets;

/// The tariff of a file, as far as it could be read, and what its numbers are counted in.
pub(crate) struct Decoded {
    pub(crate) tariff: Tariff,
    pub(crate) said: Said,
    pub(crate) measures: Measures,
}

/// Reads every table but the examples. What is missing or wrong is reported, and stood in for.
pub(crate) fn decode(root: &Table<'_>) -> Decoded {
    let head = head::decode(root);
    let measures = head.measures();
    let mut wallets = wallets::decode(root);
    let (groups, delivery) = groups(root);
    pays::decode(root, &groups.keys().cloned().collect::<Vec<Name>>(), &mut wallets);
    let partners = partners::decode(root);
    let kinds = activities::kinds(root);
    let known = declared::decode(root, &kinds, &measures);
    let tiers = tiers::decode(root, &measures, &wallets, &known);
    let limits = limits::decode(root, &measures);
    let context = rules::Context {
        measures: &measures,
        wallets: &wallets,
        groups: groups.keys().cloned().collect(),
        tiers: tiers.iter().flat_map(|tiers| &tiers.levels).map(|level| level.name.clone()).collect(),
        partners: partners.keys().cloned().collect(),
        weighted: groups.values().any(|coefficient| *coefficient != Factor::ONE),
        known: &known,
        programme: &head.name,
        limits: &limits,
    };
    let rules = rules::decode(root, &context);
    let activities = activities::decode(root, &context, kinds);
    let offers =
        offers::decode(root, &context, &Till { delivery, rules: &rules, forbidden: head.forbids_discounts });
    let conditions =
        rules.iter().map(|rule| &rule.condition).chain(offers.all.iter().map(|offer| &offer.condition));
    // Who joins stands at the first level from then on.
    let joins = tiers.is_some() && known.declared.joined_by.is_some();
    let asks_joined = joins || rules::ask_joined(conditions) || !activities.occasions.is_empty();
    let declared = Declared { asks_joined, ..known.declared.clone() };
    partners::idle(root, &partners, &rules);
    let spending = spending::decode(root);
    let card_grant = cards::decode(root, &wallets);
    let exchanges = exchanges::decode(root, &measures, &wallets);
    let said = said(root, &head, &known, &measures);
    let mut terms = wallets.terms;
    rules::name_funders(&mut terms, &rules);
    let (from, correction) = (head.from(&measures), correction::decode(root, &head, &measures));
    let tariff = Tariff {
        programme: head.name,
        version: head.version,
        from,
        prior_notice: head.prior_notice,
        correction,
        zone: measures.zone,
        currency: measures.currency.clone(),
        lateness: head.lateness,
        return_window: head.return_window,
        return_waits: head.return_waits,
        behind_failed: head.behind_failed,
        points_earn: spending.points_earn,
        wallets: wallets.rows,
        terms,
        coefficients: groups,
        partners,
        rules,
        tiers,
        spending: spending.terms,
        notices: notices::decode(root),
        adjustments: adjustments::decode(root),
        activities,
        declared,
        card_grant,
        offers,
        exchanges,
    };
    limits.check(root, &tariff);
    bounds::check(root, &tariff);
    bounds::periods(root, &tariff);
    Decoded { tariff, said, measures }
}

/// What a person is told that decides nothing.
fn said(root: &Table<'_>, head: &Head<'_>, known: &Known, measures: &Measures) -> Said {
    Said {
        forbids_discounts: head.forbids_discounts,
        calendars: known.calendars.clone(),
        sold_at: exchanges::sold_at(root, measures),
    }
}

/// `[groups.NAME]`: coefficients, and the groups that are delivery.
fn groups(root: &Table<'_>) -> (BTreeMap<Name, Factor>, Vec<Name>) {
    let (mut coefficients, mut delivery) = (BTreeMap::new(), Vec::new());
    let tables = root.optional("groups", Field::open_table);
    for group in tables.iter().flat_map(Table::fields) {
        let Some(table) = group.named_table(&shape::rules::GROUP) else { continue };
        let coefficient = table.or("coefficient", Factor::ONE, Field::factor);
        let is_delivery = table.or("delivery", false, Field::flag);
        let Some(name) = name_of(&group) else { continue };
        delivery.extend(is_delivery.then(|| name.clone()));
        coefficients.insert(name, coefficient);
    }
    (coefficients, delivery)
}

/// The key of a table as a name of the author's.
pub(crate) fn name_of(field: &Field<'_>) -> Option<Name> {
    if sound_name(&field.name) {
        return Some(Name::from(field.name.as_str()));
    }
    let message = format!("expected a name without line ends or spaces around it, found {:?}", field.name);
    field.reader.report(&field.key, message, None);
    None
}
