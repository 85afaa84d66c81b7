//! `[offers.NAME]`: what is taken off at the till, when, and how that is rounded (S02).

use super::rules::Context;
use super::wallets::ROUNDINGS;
use super::{circumstances, name_of};
use crate::field::Field;
use crate::shape::offers::{FOR_ITEMS, OFFER, VOLUME};
use crate::table::Table;
use domain::factor::Factor;
use domain::offer::{Discount, Offer, Offers};
use domain::tariff::{Rounding, Rule};
use domain::{Minor, Name};
use std::collections::BTreeMap;

/// What offers refer to, beside what rules do.
pub(super) struct Till<'a> {
    /// Groups that are delivery.
    pub(super) delivery: Vec<Name>,
    pub(super) rules: &'a [Rule],
    /// Whether nothing may be taken off but against a gift.
    pub(super) forbidden: bool,
}

/// The keys that say what is taken off.
const TAKES_OFF: &[&str] =
    &["off", "price", "prices", "for_items", "cheapest_off", "free", "delivery_free", "by_volume"];

/// Pieces that may count as one.
const PIECES_MAX: i64 = 1_000;

pub(super) fn decode(root: &Table<'_>, context: &Context<'_>, till: &Till<'_>) -> Offers {
    let tables = root.optional("offers", Field::open_table);
    let mut all: Vec<Offer> = Vec::new();
    for field in tables.iter().flat_map(Table::fields) {
        let (Some(name), Some(table)) = (name_of(&field), field.named_table(&OFFER)) else { continue };
        let Some(offer) = read(name, &table, context, till) else { continue };
        sensible(&field, &table, &offer, &all, till);
        all.push(offer);
    }
    Offers { all, delivery: till.delivery.clone() }
}

fn read(name: Name, table: &Table<'_>, context: &Context<'_>, till: &Till<'_>) -> Option<Offer> {
    let mut condition = context.condition(table);
    let holds = circumstances::of(table, "holds", "wallet", &context.wallets.names());
    if !holds.is_empty() {
        condition.circumstances.get_or_insert_default().holds = holds;
    }
    let items = table.optional("items", Field::names).unwrap_or_default();
    let priority = table.or("priority", 0, |field| field.whole(-1_000_000..1_000_001));
    let step = table.or("rounded_to", Minor(1), |field| {
        field
            .money(context.measures)
            .filter(|step| *step > Minor::ZERO)
            .or_else(|| field.expected("money above 0"))
    });
    let stacks = table.or("stacks", false, Field::flag);
    let rounding = table.or("rounding", Rounding::HalfUp, |field| field.word(ROUNDINGS));
    let reading = Reading { table, context, till };
    let discount = reading.discount();
    reading.idle("of", "cheapest_off");
    reading.idle("uses", "free");
    Some(Offer {
        name,
        condition,
        items: items.into_iter().map(|(item, _)| item).collect(),
        discount: discount?,
        priority: i32::try_from(priority).unwrap_or_default(),
        stacks,
        rounding,
        step,
    })
}

/// What two tables contradict each other in.
fn sensible(field: &Field<'_>, table: &Table<'_>, offer: &Offer, before: &[Offer], till: &Till<'_>) {
    let told = |message: String| field.reader.report(&field.key, message, None);
    if till.rules.iter().any(|rule| rule.name == offer.name) {
        told(format!(
            "offer `{}` bears the name of a rule: a quote tells why each of them applies",
            offer.name
        ));
    }
    if let Discount::Gift { wallet, .. } = &offer.discount {
        let same =
            |other: &&Offer| matches!(&other.discount, Discount::Gift { wallet: used, .. } if used == wallet);
        if let Some(other) = before.iter().find(same) {
            table.report_at(
                "uses",
                format!("expected one offer for gifts of `{wallet}`, found `{}` before", other.name),
            );
        }
    } else if till.forbidden {
        told(format!(
            "offer `{}` takes money off, but [programme] says `discounts = \"forbidden\"`: expected points, or `free` \
             against a gift",
            offer.name
        ));
    }
    if offer.discount == Discount::Delivery {
        for key in table.given(&["groups", "except_groups", "items"]) {
            table.report_at(
                key,
                format!("`{key}` means nothing in {}: it is for lines of delivery", table.label),
            );
        }
    }
}

/// An offer's table, and what it may refer to.
struct Reading<'r, 'a> {
    table: &'r Table<'a>,
    context: &'r Context<'r>,
    till: &'r Till<'r>,
}

impl Reading<'_, '_> {
    fn discount(&self) -> Option<Discount> {
        let key = self.table.one_of(TAKES_OFF)?;
        self.table.required(key, |field| match key {
            "off" => self.off(field),
            "price" => field.money(self.context.measures).map(Discount::Price),
            "prices" => self.prices(field),
            "for_items" => for_items(field),
            "cheapest_off" => self.cheapest_off(field),
            "free" => self.free(field),
            "delivery_free" => self.delivery_free(field),
            _ => {
                let band = |each: &Field<'_>| self.context.band(each, &VOLUME, "off");
                self.context.rising(field, band).map(Discount::Bands)
            }
        })
    }

    /// A key that means something beside another one alone.
    fn idle(&self, key: &str, beside: &str) {
        if self.table.field(key).is_some() && self.table.field(beside).is_none() {
            let label = &self.table.label;
            self.table
                .report_at(key, format!("expected `{key}` beside `{beside}`, found it without in {label}"));
        }
    }

    /// A percentage, a table with one for each tier, or money.
    fn off(&self, field: &Field<'_>) -> Option<Discount> {
        if field.is_table() {
            return self.context.by_tier(field, Field::percentage).map(Discount::Share);
        }
        if field.as_str().is_some_and(|text| text.contains('%')) {
            return self.context.by_tier(field, Field::percentage).map(Discount::Share);
        }
        if field.as_decimal().is_none() {
            return field
                .expected("a percentage such as \"5 %\", a table with one for each tier, or an amount");
        }
        field.money(self.context.measures).map(Discount::Money)
    }

    fn prices(&self, field: &Field<'_>) -> Option<Discount> {
        let table = field.open_table()?;
        let price = |each: &Field<'_>| Some((name_of(each)?, each.money(self.context.measures)?));
        let prices: BTreeMap<Name, Minor> = table.fields().iter().filter_map(price).collect();
        match prices.is_empty() {
            true => field.expected("at least one price"),
            false => Some(Discount::Prices(prices)),
        }
    }

    fn cheapest_off(&self, field: &Field<'_>) -> Option<Discount> {
        let off = field.percentage()?;
        let of = self.table.or("of", 2, |of| of.whole(2..PIECES_MAX + 1));
        Some(Discount::Cheapest { of, pieces: 1, off })
    }

    fn free(&self, field: &Field<'_>) -> Option<Discount> {
        let pieces = field.whole(1..PIECES_MAX + 1)?;
        let (wallet, span) = self.table.required("uses", Field::name)?;
        let known: Vec<Name> = self.context.wallets.rows.iter().map(|wallet| wallet.name.clone()).collect();
        if !known.contains(&wallet) {
            self.table.unknown(&span, "wallet", wallet.as_str(), &known);
        }
        Some(Discount::Gift { pieces, wallet })
    }

    fn delivery_free(&self, field: &Field<'_>) -> Option<Discount> {
        if !field.flag()? {
            return field.expected("true");
        }
        if self.till.delivery.is_empty() {
            return field.wrong(format!(
                "`delivery_free` in {} is for groups with `delivery = true`, but the file has none",
                field.place
            ));
        }
        Some(Discount::Delivery)
    }
}

/// `{ buy = 3, pay = 2 }`.
fn for_items(field: &Field<'_>) -> Option<Discount> {
    let table = field.table(&FOR_ITEMS)?;
    let buy = table.required("buy", |field| field.whole(2..PIECES_MAX + 1));
    let pay = table.required("pay", |field| field.whole(1..PIECES_MAX));
    let (buy, pay) = (buy?, pay?);
    if pay >= buy {
        table.report_at(
            "pay",
            format!("expected `pay` below `buy` in {}: nothing would be for free", field.place),
        );
    }
    Some(Discount::Cheapest { of: buy, pieces: (buy - pay).max(1), off: Factor::ONE })
}
