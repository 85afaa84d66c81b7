//! Wallets and terms that nothing is ever granted in, and what would need it.

use super::{Kind, Shown};
use crate::field::Field;
use crate::table::Table;
use domain::Name;
use domain::offer::Discount;
use domain::tariff::{Effect, Tariff};

pub(super) fn warn(root: &Table<'_>, tariff: &Tariff, excused: &mut Shown) {
    let granted = granted(tariff);
    // A file must have a wallet, even where nothing earns at all.
    if granted.is_empty() {
        return;
    }
    let wallet_of = |terms: &Name| tariff.terms(terms.as_str()).map(|terms| &terms.wallet);
    let earned = |wallet: &Name| granted.iter().any(|terms| wallet_of(terms) == Some(wallet));
    // Of a later version nobody knows what those before it granted: a wallet that is run down is no slip.
    let is_first = tariff.version == 1;
    if is_first {
        wallets(root, tariff, &earned);
    }
    if let Some(tables) = root.optional("terms", Field::open_table) {
        for terms in tables.fields().iter().filter(|field| granted.iter().all(|it| it.as_str() != field.name))
        {
            let message = format!("nothing is ever granted under terms `{}`", terms.name);
            tables.warn_at(&terms.name, message, "name them in a rule or a grant, or leave them out");
        }
    }
    for key in ["conversions", "catalogue"] {
        let Some(tables) = root.optional(key, Field::open_table) else { continue };
        for exchange in tariff.exchanges.iter().filter(|exchange| !earned(&exchange.from)) {
            if let Some(table) = tables.optional(exchange.name.as_str(), Field::open_table) {
                let message = format!(
                    "`{}` can never be had: nobody earns anything in wallet `{}`",
                    exchange.name, exchange.from
                );
                excused.note(Kind::Exchange, &exchange.name);
                if is_first {
                    table.warn_at("from", message, "let a rule or a grant give something there");
                }
            }
        }
    }
    offers(root, tariff, &earned, excused);
}

/// Terms under which something is granted.
fn granted(tariff: &Tariff) -> Vec<&Name> {
    let gives = |effect: &Effect| !matches!(effect, Effect::Multiplier(_) | Effect::AtLeast(_));
    let rules = tariff.rules.iter().filter(|rule| gives(&rule.effect)).map(|rule| &rule.terms);
    let awards = tariff.activities.awards.iter().map(|award| &award.terms);
    let occasions = tariff.activities.occasions.iter().map(|occasion| &occasion.terms);
    let cards = tariff.card_grant.iter().map(|grant| &grant.terms);
    let levels = tariff.activities.levels.iter().map(|grant| &grant.terms);
    let gifts = tariff.exchanges.iter().flat_map(|exchange| &exchange.gives).map(|gift| &gift.terms);
    rules.chain(awards).chain(occasions).chain(cards).chain(gifts).chain(levels).collect()
}

fn wallets(root: &Table<'_>, tariff: &Tariff, earned: &impl Fn(&Name) -> bool) {
    let Some(tables) = root.optional("wallets", Field::open_table) else { return };
    for wallet in tariff.wallets.iter().filter(|wallet| !earned(&wallet.name)) {
        let message = format!("nobody ever earns anything in wallet `{}`", wallet.name);
        tables.warn_at(
            wallet.name.as_str(),
            message,
            "let a rule or a grant give something there, or leave it out",
        );
    }
}

/// Offers that ask for what nobody has.
fn offers(root: &Table<'_>, tariff: &Tariff, earned: &impl Fn(&Name) -> bool, excused: &mut Shown) {
    let Some(tables) = root.optional("offers", Field::open_table) else { return };
    for offer in &tariff.offers.all {
        let Some(table) = tables.optional(offer.name.as_str(), Field::open_table) else { continue };
        let message = |wallet: &Name| {
            format!("offer `{}` can never apply: nobody earns anything in wallet `{wallet}`", offer.name)
        };
        let warn_at = |key: &str, wallet: &Name| {
            if tariff.version == 1 {
                table.warn_at(key, message(wallet), "let a rule or a grant give something there");
            }
        };
        if let Discount::Gift { wallet, .. } = &offer.discount
            && !earned(wallet)
        {
            excused.note(Kind::Offer, &offer.name);
            warn_at("uses", wallet);
        }
        let held = offer.condition.circumstances.iter().flat_map(|asked| &asked.holds);
        if let Some(wallet) = held.into_iter().find(|wallet| !earned(wallet)) {
            excused.note(Kind::Offer, &offer.name);
            warn_at("holds", wallet);
        }
    }
}
