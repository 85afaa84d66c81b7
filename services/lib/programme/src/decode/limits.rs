//! `[limits.NAME]`: what members share (S34), and the grants that are made within it.

use super::name_of;
use crate::field::Field;
use crate::reading::{MONEY_MAX, Measures};
use crate::shape::limits::LIMIT;
use crate::table::Table;
use domain::award::ActivityKind;
use domain::shared::{SharedLimit, USES_MAX};
use domain::{Name, Points, Timestamp};
use std::ops::Range;

/// The limits of a file, and where each is written.
pub(super) struct Limits(Vec<(SharedLimit, Range<usize>)>);

pub(super) fn decode(root: &Table<'_>, measures: &Measures) -> Limits {
    let tables = root.optional("limits", Field::open_table);
    let fields: Vec<Field<'_>> = tables.iter().flat_map(Table::fields).collect();
    Limits(fields.iter().filter_map(|field| Some((limit(field, measures)?, field.key.clone()))).collect())
}

fn limit(field: &Field<'_>, measures: &Measures) -> Option<SharedLimit> {
    let (name, table) = (name_of(field)?, field.named_table(&LIMIT)?);
    let uses = table.optional("uses", |field| field.whole(1..USES_MAX + 1));
    let points = table.optional("points", |field| field.whole(1..MONEY_MAX + 1)).and_then(Points::new);
    if table.given(&["uses", "points"]).is_empty() {
        table.missing("`uses` or `points`");
    }
    let per = table.optional("per", Field::name).map(|(name, _)| name);
    let until = table.optional("until", |field| field.instant(measures)).unwrap_or(Timestamp::NEVER);
    Some(SharedLimit { name, uses, points, per, until })
}

impl Limits {
    /// The limit a grant for an activity of `kind` names.
    pub(super) fn of(&self, grant: &Table<'_>, kind: &ActivityKind) -> Option<SharedLimit> {
        let (name, span) = grant.optional("within", Field::name)?;
        let Some((limit, _)) = self.0.iter().find(|(limit, _)| limit.name == name) else {
            let known: Vec<Name> = self.0.iter().map(|(limit, _)| limit.name.clone()).collect();
            grant.unknown(&span, "limit", name.as_str(), &known);
            return None;
        };
        if let Some(per) = &limit.per
            && !kind.attributes.iter().any(|spec| spec.name == *per && !spec.optional)
        {
            let message = format!(
                "expected an attribute `{per}` that every activity `{}` has: limit `{name}` counts by it",
                kind.name
            );
            grant.report(&span, message);
        }
        Some(limit.clone())
    }

    /// Reports limits that no grant is made within.
    pub(super) fn idle<'l>(&self, root: &Table<'_>, used: impl Iterator<Item = &'l SharedLimit> + Clone) {
        for (limit, key) in &self.0 {
            if !used.clone().any(|other| other.name == limit.name) {
                root.report(key, format!("limit `{}` limits nothing: no grant is `within` it", limit.name));
            }
        }
    }
}
