//! `[programme]`: what it is, from when, how late events and returns may come (S22, S24, S26), and what becomes of an
//! account one of whose events failed.

use crate::field::Field;
use crate::phrase;
use crate::reading::Measures;
use crate::shape::rules::PROGRAMME;
use crate::suggest::nearest;
use crate::table::Table;
use chrono_tz::{TZ_VARIANTS, Tz};
use domain::calendar::Span;
use domain::failed::Behind;
use domain::money::Currency;
use domain::{Name, Timestamp};
use std::str::FromStr;

/// What the table says, with stand-ins for what is missing or wrong.
pub(crate) struct Head<'a> {
    table: Option<Table<'a>>,
    pub(crate) name: Name,
    pub(crate) version: i32,
    zone: Option<Tz>,
    currency: Option<Currency>,
    pub(crate) lateness: Span,
    pub(crate) return_window: Span,
    pub(crate) return_waits: Span,
    pub(crate) behind_failed: Behind,
    pub(crate) prior_notice: Option<Span>,
    pub(crate) forbids_discounts: bool,
}

pub(crate) fn decode<'a>(root: &Table<'a>) -> Head<'a> {
    let table = root.required("programme", |field| field.table(&PROGRAMME));
    let (lateness, window) = (Span::Days(30), Span::Years(1));
    let Some(table) = table else {
        let (name, version, zone, currency) = (Name::from("programme"), 1, None, None);
        return Head {
            table: None,
            name,
            version,
            zone,
            currency,
            lateness,
            return_window: window,
            return_waits: lateness,
            behind_failed: Behind::Waits,
            prior_notice: None,
            forbids_discounts: false,
        };
    };
    let lateness = table.or("lateness", lateness, Field::duration);
    let return_waits = table.or("return_waits", lateness, Field::duration);
    if !phrase::at_least(return_waits, lateness) {
        let message = "expected `return_waits` as long as `lateness` or longer, whatever the month: \
                       a purchase may come as late as that";
        table.report_at("return_waits", message);
    }
    Head {
        name: table.required("name", programme_name).unwrap_or_else(|| Name::from("programme")),
        version: table.required("version", version).unwrap_or(1),
        zone: table.required("zone", zone),
        currency: table.required("currency", currency),
        lateness,
        return_window: table.or("return_window", window, Field::duration),
        return_waits,
        behind_failed: table.or("behind_failed", Behind::Waits, |field| field.word(BEHIND_FAILED)),
        prior_notice: table.optional("prior_notice", Field::duration),
        forbids_discounts: table.or("discounts", false, |field| field.word(DISCOUNTS)),
        table: Some(table),
    }
}

impl Head<'_> {
    /// What to count in; stand-ins where the file does not say, so that the rest can be read.
    pub(crate) fn measures(&self) -> Measures {
        let currency = self.currency.clone().unwrap_or(Currency { code: Name::from("XXX"), exponent: 4 });
        Measures { currency, zone: self.zone.unwrap_or(Tz::UTC) }
    }

    /// From when the version is in force.
    pub(crate) fn from(&self, measures: &Measures) -> Timestamp {
        let from =
            self.table.as_ref().and_then(|table| table.required("from", |field| field.instant(measures)));
        from.unwrap_or(Timestamp(0))
    }
}

/// What events behind one that failed do.
const BEHIND_FAILED: &[(&str, Behind)] = &[("wait", Behind::Waits), ("go on", Behind::GoesOn)];

/// Whether discounts are forbidden.
const DISCOUNTS: &[(&str, bool)] = &[("allowed", false), ("forbidden", true)];

fn programme_name(field: &Field<'_>) -> Option<Name> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    match field.as_str() {
        Some(name) if !name.is_empty() && name.len() <= 100 && name.chars().all(sound) => {
            Some(Name::from(name))
        }
        _ => field.expected("a name of lower-case letters, digits and hyphens"),
    }
}

fn version(field: &Field<'_>) -> Option<i32> {
    field.whole(1..i64::from(i32::MAX)).and_then(|number| i32::try_from(number).ok())
}

fn zone(field: &Field<'_>) -> Option<Tz> {
    let text = field.text()?;
    Tz::from_str(text).ok().or_else(|| {
        let near = nearest(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = near.map(|name| format!("did you mean `{name}`?"));
        field.expected_hint("an IANA time zone such as \"Europe/Moscow\"", hint)
    })
}

fn currency(field: &Field<'_>) -> Option<Currency> {
    let found = field.as_str().and_then(Currency::iso);
    found.or_else(|| field.expected("an ISO 4217 code such as \"RUB\""))
}
