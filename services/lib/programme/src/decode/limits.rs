//! `[limits.NAME]`: what members share (S34), and the grants and rules that are within it.

use super::name_of;
use crate::field::Field;
use crate::reading::{MONEY_MAX, Measures};
use crate::shape::limits::LIMIT;
use crate::table::Table;
use domain::award::{ActivityKind, AttributeSpec};
use domain::shared::{SharedLimit, USES_MAX};
use domain::tariff::{Condition, Effect, Level, Metric, Rule, Tariff};
use domain::{Name, Points, Timestamp};
use std::collections::BTreeSet;
use std::ops::Range;

/// The limits of a file, and where each is written.
pub(crate) struct Limits(Vec<(SharedLimit, Range<usize>)>);

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
    pub(super) fn of_grant(&self, grant: &Table<'_>, kind: &ActivityKind) -> Option<SharedLimit> {
        let (limit, span) = self.named(grant)?;
        if let Some(per) = &limit.per
            && !kind.attributes.iter().any(|spec| spec.name == *per && !spec.optional)
        {
            let message = format!(
                "expected an attribute `{per}` that every activity `{}` has: limit `{}` counts by it",
                kind.name, limit.name
            );
            grant.report(&span, message);
        }
        Some(limit)
    }

    /// The limit a rule of this condition names.
    pub(super) fn of_rule(
        &self,
        rule: &Table<'_>,
        purchase: &[AttributeSpec],
        condition: &Condition,
    ) -> Option<SharedLimit> {
        let (limit, span) = self.named(rule)?;
        let asked = condition.circumstances.iter().flat_map(|asked| &asked.only);
        let wanted: BTreeSet<&Name> = asked.map(|wanted| &wanted.attribute).collect();
        if let Some(per) = &limit.per
            && !purchase.iter().any(|spec| spec.name == *per && (!spec.optional || wanted.contains(per)))
        {
            let message = format!(
                "expected an attribute `{per}` that every purchase has, or that {} asks for in `only`: limit `{}` \
                 counts by it",
                rule.label, limit.name
            );
            rule.report(&span, message);
        }
        Some(limit)
    }

    /// The limit that `table` names, and where.
    fn named(&self, table: &Table<'_>) -> Option<(SharedLimit, Range<usize>)> {
        let (name, span) = table.optional("within", Field::name)?;
        let found = self.0.iter().find(|(limit, _)| limit.name == name);
        if found.is_none() {
            let known: Vec<Name> = self.0.iter().map(|(limit, _)| limit.name.clone()).collect();
            table.unknown(&span, "limit", name.as_str(), &known);
        }
        found.map(|(limit, _)| (limit.clone(), span))
    }

    /// Reports rules that cannot be within a limit, and limits that nothing is within.
    pub(super) fn check(&self, root: &Table<'_>, tariff: &Tariff) {
        if let Some(rules) = root.optional("rules", Field::open_table) {
            for rule in &tariff.rules {
                let table = rules.optional(rule.name.as_str(), Field::open_table);
                if let Some((table, why)) = table.zip(unfit(tariff, rule)) {
                    table.report_at("within", format!("expected no `within` in rule `{}`: {why}", rule.name));
                }
            }
        }
        let used = named_anywhere(root);
        for (limit, key) in self.0.iter().filter(|(limit, _)| !used.contains(&limit.name)) {
            let message =
                format!("limit `{}` limits nothing: no grant and no rule is `within` it", limit.name);
            root.report(key, message);
        }
    }
}

/// Why what `rule` gives cannot be asked for before it is given.
fn unfit(tariff: &Tariff, rule: &Rule) -> Option<String> {
    let limit = rule.within.as_ref()?;
    let terms = tariff.terms(rule.terms.as_str())?;
    let wallet = &terms.wallet;
    if matches!(terms.level, Level::Period(_)) {
        return Some("it is rated by period, and a limit is asked purchase by purchase".to_owned());
    }
    if limit.points.is_some() && !matches!(rule.effect, Effect::Bonus(_)) {
        return Some(format!(
            "limit `{}` counts points, and only those of a `bonus` are known when it is asked; limit its `uses`",
            limit.name
        ));
    }
    let counts = tariff.tiers.as_ref().map(|tiers| &tiers.counts);
    matches!(counts, Some(Metric::Points(counted)) if counted == wallet).then(|| {
        format!("points of `{wallet}` count for the tier, which does not depend on who comes first (S24)")
    })
}

/// The limits that grants and rules name, sound or not.
fn named_anywhere(root: &Table<'_>) -> BTreeSet<Name> {
    let tables = ["grants", "rules"].into_iter().filter_map(|key| root.optional(key, Field::open_table));
    let mut names = BTreeSet::new();
    for field in tables.flat_map(|tables| tables.fields()) {
        let table = Some(field).filter(Field::is_table).and_then(|field| field.open_table());
        let within = table.and_then(|table| table.field("within"));
        names.extend(within.and_then(|field| field.as_str().map(Name::from)));
    }
    names
}
