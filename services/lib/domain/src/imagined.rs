//! Members there could be: who a visitor may turn out to be, as far as some condition tells members apart (S29).

use crate::calendar::{back, day_of_year};
use crate::entity::Entity;
use crate::id::{EntityId, Name};
use crate::profile::{Known, Membership};
use crate::quote::at_tier;
use crate::tariff::{Condition, Tariff};
use crate::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Up to so many segments are tried in every combination; of more none, all, each alone, and all but each.
const COMBINED: usize = 4;

/// A member of each level, in each combination of segments, of each age that conditions tell apart, on the birthday
/// where one asks for it. Whatever else is counted of a member is at its beginning.
pub(crate) fn members(tariff: &Tariff, id: &EntityId, at: Timestamp) -> Vec<Entity> {
    let levels = tariff.tiers.iter().flat_map(|tiers| &tiers.levels).map(|level| level.name.clone());
    let levels: Vec<Name> = std::iter::once(Name::default()).chain(levels).collect();
    let known = known(tariff, at);
    let of_level = |level: &Name| {
        let plain = at_tier(tariff, id.clone(), level, at);
        known.iter().map(|known| with(plain.clone(), known)).collect::<Vec<_>>()
    };
    levels.iter().flat_map(of_level).collect()
}

fn with(mut member: Entity, known: &Known) -> Entity {
    if !known.is_empty() {
        let known = Arc::new(known.clone());
        member.account.order.known = Some(Arc::clone(&known));
        member.account.known = Some(known);
    }
    member
}

/// Conditions of rules and of offers.
fn conditions(tariff: &Tariff) -> impl Iterator<Item = &Condition> {
    let offers = tariff.offers.all.iter().map(|offer| &offer.condition);
    tariff.rules.iter().map(|rule| &rule.condition).chain(offers)
}

/// What may be known of somebody.
fn known(tariff: &Tariff, at: Timestamp) -> Vec<Known> {
    let asks_birthday = |condition: &Condition| {
        condition.circumstances.as_ref().is_some_and(|asked| asked.birthday.is_some())
    };
    let birthday = match conditions(tariff).any(asks_birthday) {
        true => Name::from(day_of_year(tariff.zone, at)),
        false => Name::default(),
    };
    let segments = combinations(&told_apart(tariff));
    let mut all = Vec::new();
    for joined_at in ages(tariff, at) {
        for names in &segments {
            let segments = names.iter().map(|name| since(tariff, name, at)).collect();
            all.push(Known { joined_at, birthday: birthday.clone(), segments, ..Known::default() });
        }
    }
    all
}

/// Since when somebody may be a member: not at all, since now, and since as long ago as some condition asks.
fn ages(tariff: &Tariff, at: Timestamp) -> Vec<Option<Timestamp>> {
    let mut ages = vec![None];
    if tariff.declared.asks_joined {
        let asked = conditions(tariff).filter_map(|condition| condition.circumstances.as_ref()?.joined_for);
        ages.extend([Some(at), Some(tariff.from.min(at))]);
        ages.extend(asked.map(|span| Some(back(tariff.zone, at, span))));
    }
    ages
}

fn since(tariff: &Tariff, name: &Name, at: Timestamp) -> Membership {
    let declared = tariff.declared.segments.iter().find(|segment| segment.name == *name);
    let paid = declared.and_then(|segment| segment.price).unwrap_or_default();
    Membership { segment: name.clone(), from: at, until: Timestamp::NEVER, paid }
}

/// The segments that conditions ask for, by name: all of them where one is of the programme's own words.
fn told_apart(tariff: &Tariff) -> Vec<Name> {
    if conditions(tariff).any(|condition| condition.when.is_some()) {
        let all: BTreeSet<&Name> = tariff.declared.segments.iter().map(|segment| &segment.name).collect();
        return all.into_iter().cloned().collect();
    }
    let asked = conditions(tariff).filter_map(|condition| condition.circumstances.as_ref());
    let named: BTreeSet<&Name> =
        asked.flat_map(|asked| asked.segments.iter().chain(&asked.segments_except)).collect();
    named.into_iter().cloned().collect()
}

/// Combinations of `names`, each in their order.
fn combinations(names: &[Name]) -> Vec<Vec<Name>> {
    if names.len() <= COMBINED {
        let chosen = |bits: usize| {
            let places = (0..names.len()).filter(|place| bits >> place & 1 == 1);
            places.map(|place| names[place].clone()).collect()
        };
        return (0..1 << names.len()).map(chosen).collect();
    }
    let without = |name: &Name| names.iter().filter(|other| *other != name).cloned().collect();
    let alone = names.iter().map(|name| vec![name.clone()]);
    [Vec::new(), names.to_vec()].into_iter().chain(alone).chain(names.iter().map(without)).collect()
}
