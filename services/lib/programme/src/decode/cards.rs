//! `[cards]`: what a card brings to whoever binds it first, once.

use super::wallets::Wallets;
use crate::field::Field;
use crate::reading::MONEY_MAX;
use crate::shape::rules::CARDS;
use crate::table::Table;
use domain::points::Points;
use domain::tariff::CardGrant;

pub(crate) fn decode(root: &Table<'_>, wallets: &Wallets) -> Option<CardGrant> {
    let table = root.optional("cards", |field| field.table(&CARDS))?;
    let points = table.required("grant", |field: &Field<'_>| field.whole(1..MONEY_MAX + 1))?;
    let names = wallets.term_names();
    let terms = match table.optional("terms", Field::name) {
        Some((name, _)) if names.contains(&name) => name,
        Some((name, span)) => {
            table.unknown(&span, "terms", name.as_str(), &names);
            return None;
        }
        None => names.first()?.clone(),
    };
    Some(CardGrant { terms, points: Points::new(points)? })
}
