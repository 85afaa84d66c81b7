//! `[conversions.NAME]` and `[catalogue.NAME]`: points of one wallet for a gift, at a threshold or on request
//! (S02, S32).

use super::name_of;
use super::wallets::Wallets;
use crate::field::Field;
use crate::reading::{MONEY_MAX, Measures};
use crate::shape::exchanges::{CONVERSION, GIVES, ITEM};
use crate::table::Table;
use domain::exchange::{Exchange, Gift, When};
use domain::factor::Factor;
use domain::{Minor, Name, Points};
use std::collections::BTreeMap;

const WHEN: &[(&str, When)] = &[("reached", When::Reached), ("on request", When::OnRequest)];

/// Reads both tables, conversions first.
pub(super) fn decode(root: &Table<'_>, measures: &Measures, wallets: &Wallets) -> Vec<Exchange> {
    let reader = Exchanges { measures, wallets };
    let mut exchanges: Vec<Exchange> = Vec::new();
    for key in ["conversions", "catalogue"] {
        let tables = root.optional(key, Field::open_table);
        for field in tables.iter().flat_map(Table::fields) {
            let read = if key == "catalogue" { reader.item(&field) } else { reader.conversion(&field) };
            let Some(exchange) = read else { continue };
            if exchanges.iter().any(|other| other.name == exchange.name) {
                let message = format!("duplicate name `{}`: an order could mean either", exchange.name);
                field.reader.report(&field.key, message, None);
            }
            exchanges.push(exchange);
            reader.sensible(&field, &exchanges);
        }
    }
    exchanges
}

/// What items of the catalogue are sold at, where it is said.
pub(super) fn sold_at(root: &Table<'_>, measures: &Measures) -> BTreeMap<Name, Minor> {
    let items = root.optional("catalogue", Field::open_table);
    let fields = items.iter().flat_map(Table::fields);
    let sold = |field: Field<'_>| {
        let price = field.open_table()?.optional("sold_at", |price| price.money(measures))?;
        Some((name_of(&field)?, price))
    };
    fields.filter_map(sold).collect()
}

struct Exchanges<'a> {
    measures: &'a Measures,
    wallets: &'a Wallets,
}

impl Exchanges<'_> {
    fn conversion(&self, field: &Field<'_>) -> Option<Exchange> {
        let (name, table) = (name_of(field)?, field.named_table(&CONVERSION)?);
        let from = self.from(&table);
        let scale = self.scale(from.as_ref());
        let price = table.required("points", |field| some_points(field, scale));
        let gives = table.required("gives", |field| self.gives(field));
        let when = table.or("when", When::Reached, |field| field.word(WHEN));
        if when == When::Reached && gives.as_ref().is_some_and(|gives| gives.len() > 1) {
            table.report_at(
                "gives",
                format!(
                    "expected `when = \"on request\"` beside a choice in {}: nobody is asked",
                    table.label
                ),
            );
        }
        Some(Exchange { name, from: from?, price: price?, gives: gives?, when })
    }

    fn item(&self, field: &Field<'_>) -> Option<Exchange> {
        let (name, table) = (name_of(field)?, field.named_table(&ITEM)?);
        let from = self.from(&table);
        let price = self.price(&table, from.as_ref());
        let gives = table.required("gives", |field| self.gives(field));
        Some(Exchange { name, from: from?, price: price?, gives: gives?, when: When::OnRequest })
    }

    /// The wallet that pays.
    fn from(&self, table: &Table<'_>) -> Option<Name> {
        let (name, span) = table.required("from", Field::name)?;
        let known = self.wallets.names();
        if !known.contains(&name) {
            table.unknown(&span, "wallet", name.as_str(), &known);
            return None;
        }
        Some(name)
    }

    fn scale(&self, wallet: Option<&Name>) -> u32 {
        wallet.map_or(0, |wallet| self.wallets.scale(wallet.as_str()))
    }

    /// In points, or in money that they are worth.
    fn price(&self, table: &Table<'_>, from: Option<&Name>) -> Option<Points> {
        match table.given(&["price", "sold_at"])[..] {
            ["price"] => table.required("price", |field| some_points(field, self.scale(from))),
            ["sold_at"] => table.required("sold_at", |field| {
                let money = field.money(self.measures)?;
                self.worth(money, from?).filter(|points| !points.is_zero()).or_else(|| {
                    field.expected("an amount above 0 that is worth no more than 1,000,000,000,000 points")
                })
            }),
            [] => {
                table.missing("`price` or `sold_at`");
                None
            }
            _ => {
                let message = format!("expected `price` or `sold_at` in {}, found both", table.label);
                table.report_at("sold_at", message);
                None
            }
        }
    }

    /// Points of `wallet` that `money` is worth; prices round up (S02).
    fn worth(&self, money: Minor, wallet: &Name) -> Option<Points> {
        let wallet = self.wallets.rows.iter().find(|row| row.name == *wallet)?;
        let whole = i128::from(money.0) * 10_i128.pow(wallet.scale) * i128::from(Factor::UNIT);
        let one = i128::from(wallet.point_value.millionths()) * 10_i128.pow(self.measures.currency.exponent);
        let points = i64::try_from((whole + one - 1) / one).ok()?;
        Points::new(points).filter(|points| points.get() <= MONEY_MAX)
    }

    /// The gifts of `gives`: one, or those to choose from.
    fn gives(&self, field: &Field<'_>) -> Option<Vec<Gift>> {
        if !field.is_table() {
            return self.gift(field, None).map(|gift| vec![gift]);
        }
        let table = field.table(&GIVES)?;
        let points = table.field("points");
        match table.given(&["wallet", "one_of"])[..] {
            ["wallet"] => {
                let gift = table.required("wallet", |field| self.gift(field, points.as_ref()))?;
                Some(vec![gift])
            }
            ["one_of"] => table.required("one_of", |field| {
                let gifts = field.all(|each| self.gift(each, points.as_ref()))?;
                match gifts.len() {
                    0 | 1 => field.expected("at least two wallets to choose from"),
                    _ => Some(gifts),
                }
            }),
            [] => {
                table.missing("`wallet` or `one_of`");
                None
            }
            _ => {
                let message = format!("expected `wallet` or `one_of` in {}, found both", table.label);
                table.report_at("one_of", message);
                None
            }
        }
    }

    /// So many points under the terms that `field` names, one where it is not said: a wallet's own bear its name.
    fn gift(&self, field: &Field<'_>, points: Option<&Field<'_>>) -> Option<Gift> {
        let (terms, span) = field.name()?;
        let Some(known) = self.wallets.terms.iter().find(|known| known.name == terms) else {
            let names = self.wallets.term_names();
            let hint = crate::suggest::did_you_mean(terms.as_str(), names.iter().map(Name::as_str));
            let message = format!("unknown wallet or terms `{terms}` in {}", field.place);
            field.reader.report(&span, message, hint);
            return None;
        };
        let scale = self.wallets.scale(known.wallet.as_str());
        let points = match points {
            Some(field) => some_points(field, scale)?,
            None => Points::new(10_i64.pow(scale))?,
        };
        Some(Gift { terms, points })
    }

    /// Exchanges that lead nowhere or nowhere else, the last of them at `field`.
    fn sensible(&self, field: &Field<'_>, exchanges: &[Exchange]) {
        let Some((last, before)) = exchanges.split_last() else { return };
        if last.when == When::Reached
            && let Some(other) =
                before.iter().find(|other| other.when == last.when && other.from == last.from)
        {
            let message = format!(
                "expected one conversion at once from wallet `{}`, found `{}` before: it takes all there is",
                last.from, other.name
            );
            field.reader.report(&field.key, message, None);
        }
        let given_on = |wallet: &&Name| {
            let row = self.wallets.rows.iter().find(|row| row.name == **wallet);
            row.is_some_and(|row| row.transfers.is_some())
        };
        if let Some(wallet) = self.wallets_of(last).into_iter().find(given_on) {
            let message = format!(
                "expected no `transfers` in wallet `{wallet}`, which `{}` gives: a gift stays with its order",
                last.name
            );
            field.reader.report(&field.key, message, None);
        }
        if self.reaches(last, exchanges) {
            let message = format!(
                "conversion `{}` leads back to wallet `{}`: it would never end",
                last.name, last.from
            );
            field.reader.report(&field.key, message, None);
        }
    }

    /// Whether what `exchange` gives is, or converts by itself to, what pays for it.
    fn reaches(&self, exchange: &Exchange, exchanges: &[Exchange]) -> bool {
        let mut reached: Vec<&Name> = self.wallets_of(exchange);
        let mut place = 0;
        while let Some(wallet) = reached.get(place).copied() {
            let at_once = |it: &&Exchange| it.when == When::Reached && it.from == *wallet;
            for next in exchanges.iter().filter(at_once).flat_map(|it| self.wallets_of(it)) {
                if !reached.contains(&next) {
                    reached.push(next);
                }
            }
            place += 1;
        }
        reached.contains(&&exchange.from)
    }

    fn wallets_of(&self, exchange: &Exchange) -> Vec<&Name> {
        let terms = |gift: &Gift| self.wallets.terms.iter().find(|terms| terms.name == gift.terms);
        exchange.gives.iter().filter_map(terms).map(|terms| &terms.wallet).collect()
    }
}

fn some_points(field: &Field<'_>, scale: u32) -> Option<Points> {
    match field.points(scale)? {
        Points::ZERO => field.expected("points above 0"),
        points => Some(points),
    }
}
