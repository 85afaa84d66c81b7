//! Wallets of gifts that may pay: a gift is handed over, and is no money.

use crate::field::Field;
use crate::table::Table;
use domain::exchange::Gift;
use domain::offer::{Discount, Offer};
use domain::points::Points;
use domain::tariff::{Effect, Rule, Tariff, Wallet};
use domain::{Minor, Name};

pub(super) fn warn(root: &Table<'_>, tariff: &Tariff) {
    let Some(tables) = root.optional("wallets", Field::open_table) else { return };
    for wallet in tariff.wallets.iter().filter(|wallet| wallet.may_pay() && counts_gifts(tariff, wallet)) {
        let table = tables.optional(wallet.name.as_str(), Field::open_table);
        // Who says what it may pay means it.
        if table.is_none_or(|table| table.field("pays").is_some()) {
            continue;
        }
        let worth: Minor = wallet.worth(one(wallet), &tariff.currency);
        let (worth, code) = (tariff.currency.grouped(worth), &tariff.currency.code);
        let message = format!(
            "wallet `{}` is filled with gifts, and each of them pays {worth} {code} of a purchase",
            wallet.name
        );
        let hint = "say `pays = { share = \"0 %\" }`, or what it may pay";
        tables.warn_at(wallet.name.as_str(), message, hint);
    }
}

/// One whole point of a wallet.
fn one(wallet: &Wallet) -> Points {
    Points::at_least_zero(10_i64.pow(wallet.scale))
}

/// Whether what fills a wallet is surely gifts: offers ask for it, or exchanges give it piece by piece, and nothing fills
/// it as points are filled.
fn counts_gifts(tariff: &Tariff, wallet: &Wallet) -> bool {
    let is_of = |terms: &Name| tariff.terms(terms.as_str()).is_some_and(|terms| terms.wallet == wallet.name);
    let by_rules: Vec<&Rule> = tariff.rules.iter().filter(|rule| is_of(&rule.terms)).collect();
    let gifts: Vec<&Gift> =
        tariff.exchanges.iter().flat_map(|it| &it.gives).filter(|gift| is_of(&gift.terms)).collect();
    let by_piece = gifts.iter().all(|gift| gift.points <= one(wallet));
    let granted = is_granted(tariff, is_of);
    if by_rules.iter().any(|rule| is_by_money(rule)) || !by_piece {
        return false;
    }
    let offers = &tariff.offers.all;
    let uses = |offer: &Offer| matches!(&offer.discount, Discount::Gift { wallet: used, .. } if *used == wallet.name);
    let held =
        || offers.iter().flat_map(|offer| &offer.condition.circumstances).flat_map(|asked| &asked.holds);
    match granted {
        true => offers.iter().any(uses),
        false if by_rules.is_empty() => !gifts.is_empty(),
        false => offers.iter().any(uses) || held().any(|held| *held == wallet.name),
    }
}

/// Whether an activity, a day or a card brings something there.
fn is_granted(tariff: &Tariff, is_of: impl Fn(&Name) -> bool) -> bool {
    let activities = &tariff.activities;
    let awards = activities.awards.iter().map(|award| &award.terms);
    let days = activities.occasions.iter().map(|occasion| &occasion.terms);
    awards.chain(days).chain(tariff.card_grant.iter().map(|grant| &grant.terms)).any(is_of)
}

/// Whether a rule gives by the money that is paid.
fn is_by_money(rule: &Rule) -> bool {
    match &rule.effect {
        Effect::Rate(_) | Effect::PartnerRate | Effect::Bands(_) | Effect::PerAmount(_) => true,
        Effect::Bonus(_) | Effect::PerItem(_) | Effect::Multiplier(_) | Effect::AtLeast(_) => false,
    }
}
