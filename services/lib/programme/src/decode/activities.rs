//! `[activities.NAME]` and `[grants.NAME]`: what members do beside buying, and what they are granted for it
//! (S02, S06, S24, S27).

use super::attributes::{self, value};
use super::rules::Context;
use super::{circumstances, name_of, reach};
use crate::field::Field;
use crate::phrase;
use crate::reading::{MONEY_MAX, Measures};
use crate::shape::rules::{ACTIVITY, FALLS_WITH, GRANT};
use crate::table::Table;
use domain::Name;
use domain::award::{Activities, ActivityKind, Amount, AttributeSpec, AttributeType, Award, Often, Once};
use domain::calendar::Unit;
use domain::fall::FallsWith;
use domain::occasion::{Day, Occasion};
use domain::tariff::{Activation, Level, Terms};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Points for one unit of an attribute, at the most.
const PER_UNIT_MAX: i64 = 1_000_000;

/// Keys of grants for activities alone.
pub(super) const NOT_OF_DAYS: &[&str] =
    &["activity", "by", "per", "once", "once_for_each", "only", "partners", "within", "falls_with"];

const ONCE: &[(&str, Once)] =
    &[("ever", Once::Ever), ("a month", Once::In(Unit::Month)), ("a year", Once::In(Unit::Year))];

/// The kinds of activity the file declares.
pub(super) fn kinds(root: &Table<'_>) -> Vec<ActivityKind> {
    let tables = root.optional("activities", Field::open_table);
    let fields: Vec<Field<'_>> = tables.iter().flat_map(Table::fields).collect();
    fields.iter().filter_map(kind).collect()
}

/// What they are granted. Terms that wait for an activity nobody declares are reported.
pub(super) fn decode(root: &Table<'_>, context: &Context<'_>, kinds: Vec<ActivityKind>) -> Activities {
    let is_occasion = |field: &Field<'_>| {
        field.is_table() && field.open_table().is_some_and(|table| table.field("on").is_some())
    };
    let reader = Grants { context, kinds: &kinds };
    let tables = root.optional("grants", Field::open_table);
    let fields: Vec<Field<'_>> = tables.iter().flat_map(Table::fields).collect();
    let (by_itself, events): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_occasion);
    let (levels, days): (Vec<_>, Vec<_>) = by_itself.into_iter().partition(reach::is_meant);
    let awards = events.iter().filter_map(|field| reader.award(field)).collect();
    let occasions = days.iter().filter_map(|field| reader.occasion(field)).collect();
    let levels = levels.iter().filter_map(|field| reader.level(field)).collect();
    waits_for_known(root, &kinds);
    Activities { kinds, awards, occasions, levels }
}

fn names(kinds: &[ActivityKind]) -> Vec<Name> {
    kinds.iter().map(|kind| kind.name.clone()).collect()
}

fn kind(field: &Field<'_>) -> Option<ActivityKind> {
    let (name, table) = (name_of(field)?, field.named_table(&ACTIVITY)?);
    Some(ActivityKind { name, attributes: attributes::specs(&table) })
}

/// What grants refer to.
pub(super) struct Grants<'a> {
    pub(super) context: &'a Context<'a>,
    kinds: &'a [ActivityKind],
}

impl Grants<'_> {
    fn award(&self, field: &Field<'_>) -> Option<Award> {
        let (name, table) = (name_of(field)?, field.named_table(&GRANT)?);
        for key in table.given(&["segments", "funded_by", "if_lost"]) {
            let message = format!("expected `on` beside `{key}` in {}", table.label);
            table.report_at(key, message);
        }
        let terms = self.terms(&table);
        let activity = table.required("activity", Field::name)?;
        let Some(kind) = self.kinds.iter().find(|kind| kind.name == activity.0) else {
            table.unknown(&activity.1, "activity", activity.0.as_str(), &names(self.kinds));
            return None;
        };
        let scale = terms.map_or(0, |terms| self.context.wallets.scale(terms.wallet.as_str()));
        let amount = amount(&table, kind, scale);
        let often = often(&table, kind);
        let partners = table.optional("partners", Field::names).unwrap_or_default();
        let only = table.optional("only", Field::open_table).map(|only| conditions(&only, kind));
        Some(Award {
            name,
            activity: activity.0,
            terms: terms?.name.clone(),
            partners: partners.into_iter().map(|(name, _)| name).collect(),
            only: only.unwrap_or_default(),
            amount: amount?,
            often,
            within: self.context.limits.of_grant(&table, kind),
            falls_with: falls_with(&table, kind),
        })
    }

    /// What a day brings by itself.
    fn occasion(&self, field: &Field<'_>) -> Option<Occasion> {
        let (name, table) = (name_of(field)?, field.named_table(&GRANT)?);
        for key in table.given(NOT_OF_DAYS) {
            let message =
                format!("expected no `{key}` beside `on` in {}: a day comes by itself", table.label);
            table.report_at(key, message);
        }
        reach::has_no_level(&table);
        let terms = self.terms(&table);
        let day = table.required("on", |field| self.day(field));
        let scale = terms.map_or(0, |terms| self.context.wallets.scale(terms.wallet.as_str()));
        let points = table.required("points", |field| field.points(scale));
        let segments = circumstances::of(&table, "segments", "segment", &self.context.known.segments());
        let funder = self.funder(&table);
        Some(Occasion {
            name,
            day: day?,
            terms: terms?.name.clone(),
            points: points?,
            segments,
            funder: funder?,
        })
    }

    /// Who pays for what comes by itself.
    pub(super) fn funder(&self, table: &Table<'_>) -> Option<Name> {
        self.context.funder(table).or_else(|| {
            let anybody = self.context.partners.is_empty();
            if !anybody && table.field("funded_by").is_none() {
                table.missing("`funded_by`, the partner that pays for it,");
            }
            anybody.then(|| self.context.programme.clone())
        })
    }

    /// `birthday`, `every 01-01`, or a date.
    fn day(&self, field: &Field<'_>) -> Option<Day> {
        let text = field.as_str().unwrap_or_default();
        if text == "birthday" {
            if self.context.known.declared.birthday.is_none() {
                return field.wrong("the birthday needs to be told: say which activity does in [members]");
            }
            return Some(Day::Birthday);
        }
        if let Some(day) = text.strip_prefix("every ") {
            let is_day = chrono::NaiveDate::parse_from_str(&format!("2000-{day}"), "%Y-%m-%d").is_ok();
            let found = (is_day && day.len() == 5).then(|| Day::EveryYear(Name::from(format!("--{day}"))));
            return found.or_else(|| field.expected("a day of the year such as \"every 01-01\""));
        }
        if phrase::instant(self.context.measures.zone, text).is_err() {
            return field.expected(
                "\"birthday\", a day of the year such as \"every 01-01\", a date, or a level such as \"tier Gold\"",
            );
        }
        field.instant(self.context.measures).map(Day::Once)
    }

    pub(super) fn terms(&self, table: &Table<'_>) -> Option<&Terms> {
        let terms = self.context.terms(table)?;
        if matches!(terms.level, Level::Period(_)) {
            let message = format!(
                "expected terms that are not rated by period in {}: an activity has none",
                table.label
            );
            table.report(&table.span, message);
            return None;
        }
        Some(terms)
    }
}

/// The attribute a key names, of the types in `of`.
fn attribute_of<'k>(
    table: &Table<'_>,
    key: &str,
    kind: &'k ActivityKind,
    of: impl Fn(&AttributeType) -> bool,
) -> Option<&'k AttributeSpec> {
    let (name, span) = table.optional(key, Field::name)?;
    let found = kind.attributes.iter().find(|spec| spec.name == name);
    if !found.is_some_and(|spec| of(&spec.takes)) {
        let known: Vec<Name> =
            kind.attributes.iter().filter(|spec| of(&spec.takes)).map(|spec| spec.name.clone()).collect();
        let noun = if found.is_some() { "attribute of a type that fits" } else { "attribute" };
        table.unknown(&span, noun, name.as_str(), &known);
        return None;
    }
    found
}

fn amount(table: &Table<'_>, kind: &ActivityKind, scale: u32) -> Option<Amount> {
    let points = table.required("points", |field| Some(field.clone()))?;
    match table.given(&["by", "per"])[..] {
        [] => points.points(scale).map(Amount::Fixed),
        ["by"] => {
            let counted =
                |takes: &AttributeType| matches!(takes, AttributeType::Whole | AttributeType::Choice(_));
            let spec = attribute_of(table, "by", kind, counted)?;
            let rows = points.open_table()?;
            let row =
                |field: &Field<'_>| Some((value(&rows, field, &field.name, spec)?, field.points(scale)?));
            Some(Amount::ByValue(spec.name.clone(), rows.fields().iter().filter_map(row).collect()))
        }
        ["per"] => {
            let counted =
                |takes: &AttributeType| matches!(takes, AttributeType::Whole | AttributeType::Money);
            let spec = attribute_of(table, "per", kind, counted)?;
            Some(Amount::PerUnit(spec.name.clone(), millionths(&points)?))
        }
        _ => {
            table.report_at("per", format!("expected `by` or `per` in {}, found both", table.label));
            None
        }
    }
}

/// Points for a unit, in millionths.
fn millionths(field: &Field<'_>) -> Option<i64> {
    let number = field.as_decimal().and_then(|points| points.checked_mul(Decimal::from(1_000_000)));
    let whole = number.filter(|number| number.is_integer()).and_then(|number| number.to_i64());
    let whole = whole.filter(|number| (0..=PER_UNIT_MAX * 1_000_000).contains(number));
    whole.or_else(|| field.expected(&format!("points for a unit, 0 to {PER_UNIT_MAX}, to six decimals")))
}

/// The purchase it falls with.
fn falls_with(table: &Table<'_>, kind: &ActivityKind) -> Option<FallsWith> {
    let falls = table.optional("falls_with", |field| field.table(&FALLS_WITH))?;
    if table.optional("once", |field| field.word(ONCE)) != Some(Once::Ever) {
        let message = format!("expected `once = \"ever\"` beside `falls_with` in {}", table.label);
        table.report_at("falls_with", message);
    }
    let named = |key: &str, of: fn(&AttributeType) -> bool| {
        let spec = attribute_of(&falls, key, kind, of)?;
        if spec.optional {
            falls.report_at(key, format!("expected an attribute that is always told, found `{}`", spec.name));
        }
        Some(spec.name.clone())
    };
    let needed = |key: &str, of: fn(&AttributeType) -> bool| {
        falls.required(key, Field::name)?;
        named(key, of)
    };
    let account = needed("member", |takes| *takes == AttributeType::Account);
    let purchase = needed("sale", |takes| *takes == AttributeType::Text);
    let partner = named("partner", |takes| matches!(takes, AttributeType::Text | AttributeType::Choice(_)));
    Some(FallsWith { account: account?, purchase: purchase?, partner })
}

fn often(table: &Table<'_>, kind: &ActivityKind) -> Often {
    let once = table.optional("once", |field| field.word(ONCE));
    let for_each = attribute_of(table, "once_for_each", kind, |_| true).map(|spec| spec.name.clone());
    if for_each.is_some() && table.field("once").is_none() {
        table
            .report_at("once_for_each", format!("expected `once` beside `once_for_each` in {}", table.label));
    }
    Often { once, for_each }
}

/// Attributes, and the values each must have one of.
fn conditions(only: &Table<'_>, kind: &ActivityKind) -> Vec<(Name, Vec<Name>)> {
    let one = |field: &Field<'_>| {
        let Some(spec) = kind.attributes.iter().find(|spec| spec.name.as_str() == field.name) else {
            attributes::unknown(only, field, &kind.attributes, &format!("[activities.{}]", kind.name));
            return None;
        };
        let read = |each: &Field<'_>| each.text().and_then(|text| value(only, each, text, spec));
        Some((spec.name.clone(), field.all(read)?))
    };
    only.fields().iter().filter_map(one).collect()
}

/// Points that wait for an activity nobody declares would never be spendable.
fn waits_for_known(root: &Table<'_>, kinds: &[ActivityKind]) {
    for tables in ["wallets", "terms"].iter().filter_map(|key| root.field(key)) {
        let tables = tables.open_table();
        for table in tables.iter().flat_map(Table::fields).filter_map(|field| field.open_table()) {
            let Some(field) = table.field("activates") else { continue };
            if let Some(Activation::OnActivity(kind)) = field.as_str().and_then(phrase::activation)
                && !names(kinds).contains(&kind)
            {
                table.unknown(&field.span, "activity", kind.as_str(), &names(kinds));
            }
        }
    }
}

/// What an example says of an attribute: a number or a text, or a member.
pub(crate) fn example_value(
    field: &Field<'_>,
    spec: &AttributeSpec,
    measures: &Measures,
    programme: &str,
) -> Option<(Name, Name)> {
    let plain = |text: String| Some((Name::from(text), Name::default()));
    match spec.takes {
        AttributeType::Whole => plain(field.whole(0..MONEY_MAX + 1)?.to_string()),
        AttributeType::Money => plain(measures.currency.to_decimal(field.money(measures)?).to_string()),
        AttributeType::Account => {
            let account = domain::EntityId::member(programme, field.text()?);
            Some((Name::default(), Name::from(account.as_str())))
        }
        AttributeType::Choice(_) | AttributeType::Date | AttributeType::Text => {
            plain(field.text()?.to_owned())
        }
    }
}
