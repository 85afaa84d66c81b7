//! Thresholds that nothing reaches, and figures that a cap never lets through.

use super::{Kind, Shown};
use crate::field::Field;
use crate::table::Table;
use domain::Minor;
use domain::factor::Factor;
use domain::offer::{Discount, Offer};
use domain::points::Points;
use domain::tariff::{Band, ByTier, Condition, Effect, Rule, Tariff};

pub(super) fn warn(root: &Table<'_>, tariff: &Tariff, excused: &mut Shown) {
    let rules = root.optional("rules", Field::open_table);
    for (rule, table) in
        tariff.rules.iter().filter_map(|rule| Some((rule, named(&rules, rule.name.as_str())?)))
    {
        of_rule(tariff, rule, &table, excused);
    }
    let offers = root.optional("offers", Field::open_table);
    for (offer, table) in
        tariff.offers.all.iter().filter_map(|offer| Some((offer, named(&offers, offer.name.as_str())?)))
    {
        of_offer(offer, &table, excused);
    }
}

fn named<'a>(tables: &Option<Table<'a>>, name: &str) -> Option<Table<'a>> {
    tables.as_ref()?.optional(name, Field::open_table)
}

fn of_rule(tariff: &Tariff, rule: &Rule, table: &Table<'_>, excused: &mut Shown) {
    let gives_nothing = match &rule.effect {
        Effect::Rate(rate) => rate.best() == Factor::ZERO,
        Effect::PartnerRate => {
            let partners = &rule.condition.partners;
            let meant = |name: &domain::Name| partners.is_empty() || partners.contains(name);
            !tariff.partners.iter().any(|(name, rate)| meant(name) && *rate > Factor::ZERO)
        }
        Effect::Bonus(points) | Effect::PerItem(points) | Effect::AtLeast(points) => points.is_zero(),
        Effect::PerAmount(per) => per.points.is_zero(),
        Effect::Bands(bands) => bands.iter().all(|band| band.rate == Factor::ZERO),
        Effect::Multiplier(times) => changes_nothing(times),
    };
    if gives_nothing {
        excused.note(Kind::Rule, &rule.name);
        warn_at_effect(table, format!("rule `{}` changes nothing: what it gives is nothing", rule.name));
    }
    if let Effect::Bands(bands) = &rule.effect {
        of_bands(bands, &rule.condition, table, "bands", false);
    }
    let cap = tariff.terms(rule.terms.as_str()).and_then(|terms| terms.cap);
    let least = match rule.effect {
        Effect::AtLeast(points) | Effect::Bonus(points) => points,
        _ => Points::ZERO,
    };
    if cap.is_some_and(|cap| cap < least) {
        let message =
            format!("rule `{}` is never given whole: the `cap` of `{}` is lower", rule.name, rule.terms);
        warn_at_effect(table, message);
    }
}

fn changes_nothing(times: &ByTier) -> bool {
    match times {
        ByTier::All(times) => *times == Factor::ONE,
        ByTier::Each(times) => times.iter().all(|times| *times == Factor::ONE),
    }
}

fn warn_at_effect(table: &Table<'_>, message: String) {
    let effects = ["rate", "bonus", "per_item", "per", "bands", "multiplier", "at_least"];
    for key in table.given(&effects) {
        table.warn_at(key, message.clone(), "give another figure, or leave the rule out");
    }
}

fn of_offer(offer: &Offer, table: &Table<'_>, excused: &mut Shown) {
    let nothing = match &offer.discount {
        Discount::Share(share) => (share.best() == Factor::ZERO).then_some("off"),
        Discount::Money(amount) => (*amount == Minor::ZERO).then_some("off"),
        Discount::Cheapest { off, .. } => (*off == Factor::ZERO).then_some("cheapest_off"),
        Discount::Bands(bands) => {
            let items = offer.items.is_empty();
            of_bands(bands, &offer.condition, table, "by_volume", items);
            bands.iter().all(|band| band.rate == Factor::ZERO).then_some("by_volume")
        }
        Discount::Price(_) | Discount::Prices(_) | Discount::Gift { .. } | Discount::Delivery => None,
    };
    if let Some(key) = nothing {
        excused.note(Kind::Offer, &offer.name);
        let message = format!("offer `{}` takes nothing off", offer.name);
        table.warn_at(key, message, "give another figure, or leave the offer out");
    }
}

/// Steps that no basket reaches, or that are no step. `of_all`: whether the whole basket counts where no group is asked
/// for, at its full price.
fn of_bands(bands: &[Band], condition: &Condition, table: &Table<'_>, key: &str, of_all: bool) {
    let fields = table.field(key).and_then(|field| field.list()).unwrap_or_default();
    let warn = |place: usize, why: &str| {
        if let Some(band) = fields.get(place).and_then(Field::open_table) {
            band.warn_at(
                "from",
                format!("no basket reaches this step of {}: {why}", table.label),
                "leave it out",
            );
        }
    };
    let of_all = of_all && condition.groups.is_empty() && condition.groups_except.is_empty();
    for (place, band) in bands.iter().enumerate() {
        if condition.basket_below.is_some_and(|below| below <= band.from) {
            warn(place, "`basket_below` is no more");
        }
        let next = bands.get(place + 1);
        if of_all && next.is_some_and(|next| condition.basket_from.is_some_and(|from| next.from <= from)) {
            warn(place, "the next one begins at `basket_from` or before");
        }
        if let (Some(before), Some(field)) = (place.checked_sub(1).map(|at| bands[at]), fields.get(place))
            && before.rate == band.rate
            && let Some(table) = field.open_table()
        {
            let message = "this step gives the same share as the one before it".to_owned();
            table.warn_at("from", message, "leave it out, or give another share");
        }
    }
}
