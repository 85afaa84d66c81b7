//! `[wallets.NAME]` and `[terms.NAME]`: where points are kept, and the terms lots are granted under
//! (S02, S06, S10).
//!
//! A wallet's own terms bear its name; `[terms.NAME]` are further ones, and say only what differs.

use super::name_of;
use crate::field::Field;
use crate::phrase::{self, UNITS};
use crate::shape::wallets::{TERMS, TRANSFERS, WALLET};
use crate::table::Table;
use domain::Name;
use domain::calendar::{Span, Unit};
use domain::factor::Factor;
use domain::limits::Limits;
use domain::points::Points;
use domain::tariff::{Activation, Expiry, Level, Rounding, Terms, Transfers, Wallet};

/// Wallets and terms, in the file's order.
#[derive(Default)]
pub(crate) struct Wallets {
    pub(crate) rows: Vec<Wallet>,
    pub(crate) terms: Vec<Terms>,
}

impl Wallets {
    pub(crate) fn names(&self) -> Vec<Name> {
        self.rows.iter().map(|row| row.name.clone()).collect()
    }

    pub(crate) fn term_names(&self) -> Vec<Name> {
        self.terms.iter().map(|terms| terms.name.clone()).collect()
    }

    /// Decimal digits of a wallet's points; 0 for one that is not known.
    pub(crate) fn scale(&self, wallet: &str) -> u32 {
        self.rows.iter().find(|row| row.name.as_str() == wallet).map_or(0, |row| row.scale)
    }

    /// The wallet a key names, or the only one. Reports an unknown name, and silence where there are several.
    pub(crate) fn chosen(&self, table: &Table<'_>) -> Option<Name> {
        let names = self.names();
        match table.optional("wallet", Field::name) {
            Some((name, _)) if names.contains(&name) => Some(name),
            Some((name, span)) => {
                table.unknown(&span, "wallet", name.as_str(), &names);
                None
            }
            None if names.len() > 1 && table.field("wallet").is_none() => {
                table.missing("`wallet` (there are several)");
                None
            }
            None => names.first().cloned(),
        }
    }
}

pub(crate) fn decode(root: &Table<'_>) -> Wallets {
    let mut wallets = Wallets::default();
    let tables = root.required("wallets", Field::open_table);
    for field in tables.iter().flat_map(Table::fields) {
        let (Some(name), Some(table)) = (name_of(&field), field.named_table(&WALLET)) else { continue };
        let scale = table.or("scale", 0, |field| field.whole(0..7));
        table.optional("paid_out", never_paid_out);
        let row = Wallet {
            name: name.clone(),
            unit: table.optional("unit", Field::name).map_or_else(|| Name::from("points"), |(unit, _)| unit),
            scale: u32::try_from(scale).unwrap_or(0),
            point_value: table.or("point_value", Factor::ONE, point_value),
            priority: table
                .optional("priority", |field| field.whole(-1_000..1_001))
                .and_then(|priority| i32::try_from(priority).ok())
                .unwrap_or(0),
            limits: Limits::default(),
            transfers: table.optional("transfers", |field| transfers(field, scale)).flatten(),
        };
        wallets.terms.push(terms(&table, plain(name), row.scale));
        wallets.rows.push(row);
    }
    if let Some(tables) = tables.filter(|tables| tables.fields().is_empty()) {
        tables.missing("a wallet, such as [wallets.points],");
    }
    further_terms(root, &mut wallets);
    wallets
}

fn further_terms(root: &Table<'_>, wallets: &mut Wallets) {
    let tables = root.optional("terms", Field::open_table);
    for field in tables.iter().flat_map(Table::fields) {
        let (Some(name), Some(table)) = (name_of(&field), field.named_table(&TERMS)) else { continue };
        if wallets.names().contains(&name) {
            table.report(
                &field.key,
                format!("duplicate name `{name}`: a wallet's own terms bear the wallet's name"),
            );
        }
        let Some(wallet) = wallets.chosen(&table) else { continue };
        let Some(base) = wallets.terms.iter().find(|terms| terms.name == wallet).cloned() else { continue };
        let scale = wallets.scale(wallet.as_str());
        wallets.terms.push(terms(&table, Terms { name, ..base }, scale));
    }
}

/// The defaults of S02 and S06.
fn plain(name: Name) -> Terms {
    Terms {
        wallet: name.clone(),
        name,
        activation: Activation::AtOnce,
        expiry: Expiry::Never,
        expiry_rounded_to: None,
        extended_by_purchase: None,
        extended_by_activity: None,
        level: Level::Purchase,
        rounding: Rounding::Floor,
        minimum: Points::ZERO,
        cap: None,
        cap_rate: None,
        funders: Vec::new(),
    }
}

const LEVELS: &[(&str, Level)] = &[
    ("purchase", Level::Purchase),
    ("line", Level::Line),
    ("day", Level::Period(Unit::Day)),
    ("month", Level::Period(Unit::Month)),
    ("year", Level::Period(Unit::Year)),
];

pub(super) const ROUNDINGS: &[(&str, Rounding)] = &[
    ("floor", Rounding::Floor),
    ("half_even", Rounding::HalfEven),
    ("half_up", Rounding::HalfUp),
    ("ceil", Rounding::Ceil),
];

/// The terms `table` declares; what it leaves out is as in `base`.
fn terms(table: &Table<'_>, base: Terms, scale: u32) -> Terms {
    let read = Terms {
        activation: table.or("activates", base.activation.clone(), Field::activation),
        expiry: table.or("expires", base.expiry, Field::expiry),
        expiry_rounded_to: table
            .optional("expiry_rounded_to_end_of", |field| field.word(UNITS))
            .or(base.expiry_rounded_to),
        extended_by_purchase: table
            .optional("extended_by_purchase", Field::duration)
            .or(base.extended_by_purchase),
        extended_by_activity: table
            .optional("extended_by_activity", Field::duration)
            .or(base.extended_by_activity),
        level: table.or("rated_by", base.level, |field| field.word(LEVELS)),
        rounding: table.or("rounding", base.rounding, |field| field.word(ROUNDINGS)),
        minimum: table.or("minimum", base.minimum, |field| field.points(scale)),
        cap: table.optional("cap", |field| field.points(scale)).or(base.cap),
        cap_rate: table.optional("cap_rate", Field::percentage).or(base.cap_rate),
        ..base
    };
    sensible(table, &read);
    read
}

/// Terms that contradict themselves.
fn sensible(table: &Table<'_>, terms: &Terms) {
    if let Expiry::AfterAccrual(life) = terms.expiry {
        let waits = match terms.activation {
            Activation::AtOnce | Activation::OnActivity(_) => None,
            Activation::After(wait) => Some(wait),
            Activation::NextStart(Unit::Year) => Some(Span::Years(1)),
            Activation::NextStart(_) => Some(Span::Months(1)),
        };
        if waits.is_some_and(|wait| life == wait || !phrase::at_least(life, wait)) {
            table.report_at(
                "expires",
                format!(
                    "expected an expiry after the activation in {}: these points would never be spendable",
                    table.label
                ),
            );
        }
    }
    if terms.expiry == Expiry::Never {
        for key in table.given(&["extended_by_purchase", "extended_by_activity", "expiry_rounded_to_end_of"])
        {
            table
                .report_at(key, format!("`{key}` means nothing in {}: its points never expire", table.label));
        }
    }
    if terms.cap.is_some_and(|cap| cap < terms.minimum) {
        table.report_at("cap", format!("expected a `cap` of at least the `minimum` in {}", table.label));
    }
}

/// Whether points may be given to others: all of them, none, or so many in a calendar period.
fn transfers(field: &Field<'_>, scale: i64) -> Option<Option<Transfers>> {
    const PERIODS: &[(&str, Unit)] = &[("day", Unit::Day), ("month", Unit::Month), ("year", Unit::Year)];
    if !field.is_table() {
        let any = Transfers { at_most: None, per: Unit::Month };
        return Some(field.flag()?.then_some(any));
    }
    let table = field.table(&TRANSFERS)?;
    let scale = u32::try_from(scale).unwrap_or(0);
    let at_most = table.required("at_most", |field| field.points(scale));
    let per = table.required("per", |field| field.word(PERIODS));
    Some(Some(Transfers { at_most: Some(at_most?), per: per? }))
}

/// Nothing here turns points to money.
fn never_paid_out(field: &Field<'_>) -> Option<()> {
    match field.flag()? {
        false => Some(()),
        true => field.expected("false: points are spent, and never paid out,"),
    }
}

/// What a whole point is worth in money.
fn point_value(field: &Field<'_>) -> Option<Factor> {
    let value = field.as_decimal().and_then(Factor::new).filter(|value| *value > Factor::ZERO);
    value.or_else(|| field.expected("what a point is worth in money, above 0 and at most 100"))
}
