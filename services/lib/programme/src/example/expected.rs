//! `expect`: the figures of a step, each with its place.

use super::Expected;
use super::figure::{Figure, is_word};
use crate::field::Field;
use crate::reading::Measures;
use crate::shape::Shape;
use crate::shape::example::{BALANCE, EXPECT};
use crate::table::Table;
use domain::Name;
use domain::outcome::{OutcomeKind, Reason};
use domain::tariff::Tariff;
use std::collections::BTreeMap;

/// What expected figures are read by.
pub(super) struct Expecting<'a> {
    pub(super) tariff: &'a Tariff,
    pub(super) measures: &'a Measures,
}

impl Expecting<'_> {
    /// Every figure of `expect`, in the order of the file.
    pub(super) fn all(&self, field: &Field<'_>, step: usize) -> Vec<Expected> {
        let Some(table) = field.open_table() else { return Vec::new() };
        let table = table.of(&EXPECT, format!("expect of step {step}"));
        let mut expected = self.figures(&table, &EXPECT, None);
        let wallets = table.optional("wallets", Field::open_table);
        for field in wallets.iter().flat_map(Table::fields) {
            expected.extend(self.wallet(&field, step));
        }
        expected.sort_by_key(|expected| expected.span.start);
        expected
    }

    fn wallet(&self, field: &Field<'_>, step: usize) -> Vec<Expected> {
        let known: Vec<Name> = self.tariff.wallets.iter().map(|wallet| wallet.name.clone()).collect();
        let Some(table) = field.open_table() else { return Vec::new() };
        let table = table.of(&BALANCE, format!("balance `{}` of step {step}", field.name));
        match known.iter().find(|name| name.as_str() == field.name) {
            Some(wallet) => self.figures(&table, &BALANCE, Some(wallet)),
            None => {
                table.unknown(&field.key, "wallet", &field.name, &known);
                Vec::new()
            }
        }
    }

    fn figures(&self, table: &Table<'_>, shape: &Shape, wallet: Option<&Name>) -> Vec<Expected> {
        let scale = match wallet {
            Some(name) => self.tariff.wallet(name.as_str()),
            None => self.tariff.wallets.first(),
        };
        let scale = scale.map_or(0, |wallet| wallet.scale);
        let read = |what: &'static str| {
            let field = table.field(what).filter(|_| what != "wallets")?;
            let figure = self.figure(what, &field, scale)?;
            Some(Expected { what, wallet: wallet.cloned(), figure, span: field.span })
        };
        shape.names().filter_map(read).collect()
    }

    fn figure(&self, what: &str, field: &Field<'_>, scale: u32) -> Option<Figure> {
        match what {
            "approved" => field.flag().map(Figure::Flag),
            "outcome" => spelled::<OutcomeKind>(field, "an outcome such as \"applied\" or \"duplicate\""),
            "reason" => spelled::<Reason>(field, "a reason such as \"insufficient points\""),
            "discounts" => self.discounts(field),
            "why_not" => self.why_not(field),
            "funded" => self.funded(field, scale),
            "price" | "owes" | "refund" | "to_next_tier" => field.money(self.measures).map(Figure::Money),
            "tier" => self.tier(field),
            "notices" | "tier_changes" | "perks" => {
                let texts = field.all(|each| each.text().map(str::to_owned))?;
                Some(Figure::Words(texts))
            }
            "next_activation" | "next_expiry" if field.as_str() == Some("none") => {
                Some(Figure::Instant(None))
            }
            "next_activation" | "next_expiry" => {
                field.instant(self.measures).map(|at| Figure::Instant(Some(at)))
            }
            _ => field.points(scale).map(|points| Figure::Points(points, scale)),
        }
    }

    fn offers(&self) -> impl Iterator<Item = Name> {
        self.tariff.offers.all.iter().map(|offer| offer.name.clone())
    }

    fn discounts(&self, field: &Field<'_>) -> Option<Figure> {
        let known = self.offers().collect();
        let amounts = self.by_name(field, "offer", known, |each| each.money(self.measures))?;
        Some(Figure::Amounts(amounts))
    }

    fn why_not(&self, field: &Field<'_>) -> Option<Figure> {
        let rules = self.tariff.rules.iter().map(|rule| rule.name.clone());
        let known = self.offers().chain(rules).collect();
        let text = |each: &Field<'_>| each.text().map(str::to_owned);
        self.by_name(field, "rule or offer", known, text).map(Figure::Reasons)
    }

    /// Points by partner; a file without partners lets anybody be one.
    fn funded(&self, field: &Field<'_>, scale: u32) -> Option<Figure> {
        let partners = &self.tariff.partners;
        let known = match partners.is_empty() {
            true => field.open_table()?.fields().iter().map(|each| Name::from(each.name.as_str())).collect(),
            false => partners.keys().cloned().collect(),
        };
        let shares = self.by_name(field, "partner", known, |each| each.points(scale))?;
        Some(Figure::Shares(shares, scale))
    }

    /// A value for each of some names, all of them `known` ones of `noun`.
    fn by_name<T>(
        &self,
        field: &Field<'_>,
        noun: &str,
        known: Vec<Name>,
        read: impl Fn(&Field<'_>) -> Option<T>,
    ) -> Option<BTreeMap<Name, T>> {
        let table = field.open_table()?;
        for each in table.fields().iter().filter(|each| known.iter().all(|name| name.as_str() != each.name)) {
            table.unknown(&each.key, noun, &each.name, &known);
        }
        let fields = table.fields();
        fields.iter().map(|each| Some((Name::from(each.name.as_str()), read(each)?))).collect()
    }

    fn tier(&self, field: &Field<'_>) -> Option<Figure> {
        let text = field.text()?;
        let levels = self.tariff.tiers.iter().flat_map(|tiers| &tiers.levels);
        let known: Vec<&str> = levels.map(|level| level.name.as_str()).chain(["none"]).collect();
        match known.contains(&text) {
            true => Some(Figure::Word(text.to_owned())),
            false => {
                let hint = crate::suggest::did_you_mean(text, known.iter().copied());
                field.expected_hint("a tier", hint)
            }
        }
    }
}

fn spelled<T: serde::de::DeserializeOwned>(field: &Field<'_>, what: &str) -> Option<Figure> {
    let word = field.text()?;
    match is_word::<T>(word) {
        true => Some(Figure::Word(word.replace('_', " "))),
        false => field.expected(what),
    }
}
