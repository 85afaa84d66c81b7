//! `[notices]`: what members are told, and by which means (S30).

use crate::field::Field;
use crate::phrase::length;
use crate::shape::rules::NOTICES;
use crate::table::Table;
use domain::Name;
use domain::calendar::Span;
use domain::event::NoticeKind;
use domain::tariff::Notices;
use std::cmp::Reverse;

/// The kinds, in the order of the reference.
const KINDS: &[NoticeKind] = &[
    NoticeKind::Accrued,
    NoticeKind::Activated,
    NoticeKind::Expiring,
    NoticeKind::Expired,
    NoticeKind::Spent,
    NoticeKind::Returned,
    NoticeKind::InDebt,
    NoticeKind::TierChanged,
    NoticeKind::TierEnding,
    NoticeKind::Received,
];

pub(crate) fn decode(root: &Table<'_>) -> Notices {
    let Some(table) = root.optional("notices", |field| field.table(&NOTICES)) else {
        return Notices::default();
    };
    let channels = |kind: &NoticeKind| Some((*kind, table.optional(kind.word(), channels)?));
    let channels = KINDS.iter().filter_map(channels).collect();
    let before_expiry = leads(&table, ["expiring", "before_expiry"]);
    let before_tier_change = leads(&table, ["tier_ending", "before_tier_change"]);
    Notices { channels, before_expiry, before_tier_change }
}

/// How long before it a kind is sent, longest first: both keys are given, or none.
fn leads(table: &Table<'_>, [kind, before]: [&'static str; 2]) -> Vec<Span> {
    let given = table.given(&[kind, before]);
    if let [only] = given[..] {
        let other = if only == kind { before } else { kind };
        table.missing(&format!("`{other}` beside `{only}`"));
    }
    let mut leads = table.optional(before, |field| field.all(Field::duration)).unwrap_or_default();
    leads.sort_by_key(|span| Reverse(length(*span)));
    leads
}

fn channels(field: &Field<'_>) -> Option<Vec<Name>> {
    let names = field.names()?;
    match names.is_empty() {
        true => field.expected("at least one channel, such as [\"sms\"]"),
        false => Some(names.into_iter().map(|(name, _)| name).collect()),
    }
}
