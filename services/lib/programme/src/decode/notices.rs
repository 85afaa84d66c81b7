//! `[notices]`: what members are told, and by which means (S30).

use crate::field::Field;
use crate::phrase::length;
use crate::shape::rules::NOTICES;
use crate::table::Table;
use domain::Name;
use domain::event::NoticeKind;
use domain::tariff::Notices;
use std::cmp::Reverse;

/// Kinds by their keys.
pub(crate) const KINDS: &[(&str, NoticeKind)] = &[
    ("accrued", NoticeKind::Accrued),
    ("activated", NoticeKind::Activated),
    ("expiring", NoticeKind::Expiring),
    ("expired", NoticeKind::Expired),
    ("spent", NoticeKind::Spent),
    ("returned", NoticeKind::Returned),
    ("in_debt", NoticeKind::InDebt),
    ("tier_changed", NoticeKind::TierChanged),
];

pub(crate) fn decode(root: &Table<'_>) -> Notices {
    let Some(table) = root.optional("notices", |field| field.table(&NOTICES)) else {
        return Notices::default();
    };
    let channels = |(key, kind): &(&'static str, NoticeKind)| Some((*kind, table.optional(key, channels)?));
    let channels = KINDS.iter().filter_map(channels).collect();
    let mut before = table.optional("before_expiry", |field| field.all(Field::duration)).unwrap_or_default();
    before.sort_by_key(|span| Reverse(length(*span)));
    match table.given(&["expiring", "before_expiry"])[..] {
        ["expiring"] => table.missing("`before_expiry` beside `expiring`"),
        ["before_expiry"] => table.missing("`expiring` beside `before_expiry`"),
        _ => {}
    }
    Notices { channels, before_expiry: before }
}

fn channels(field: &Field<'_>) -> Option<Vec<Name>> {
    let names = field.names()?;
    match names.is_empty() {
        true => field.expected("at least one channel, such as [\"sms\"]"),
        false => Some(names.into_iter().map(|(name, _)| name).collect()),
    }
}
