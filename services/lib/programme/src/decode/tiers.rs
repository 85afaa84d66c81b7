//! `[tiers]`: the levels a member rises through, and what they are counted by (S21, S28).

use crate::field::Field;
use crate::reading::Measures;
use crate::shape::rules::{LEVEL, TIERS};
use crate::table::Table;
use domain::Minor;
use domain::tariff::{Downgrade, TierLevel, Tiers, Window};
use std::ops::Range;

const DOWNGRADES: &[(&str, Downgrade)] =
    &[("to metric", Downgrade::ToMetric), ("one level", Downgrade::OneLevel)];

pub(crate) fn decode(root: &Table<'_>, measures: &Measures) -> Option<Tiers> {
    let table = root.optional("tiers", |field| field.table(&TIERS))?;
    let levels = table.required("levels", |field| field.all(|each| level(each, measures)));
    let levels = ordered(&table, levels.unwrap_or_default());
    let tiers = Tiers {
        levels,
        window: table.or("window", Window::Lifetime, Field::window),
        downgrade: table.or("downgrade", Downgrade::ToMetric, |field| field.word(DOWNGRADES)),
        protected_from_returns: table.or("protected_from_returns", false, Field::flag),
        counts_points: table.or("counts_points", false, Field::flag),
    };
    Some(tiers)
}

/// A level, and where its threshold and name are written.
type Placed = (TierLevel, Range<usize>, Range<usize>);

fn level(field: &Field<'_>, measures: &Measures) -> Option<Placed> {
    let table = field.table(&LEVEL)?;
    let name = table.required("name", Field::name);
    let from = table.required("from", |field| Some((field.money(measures)?, field.span.clone())));
    let ((name, name_span), (from, from_span)) = (name?, from?);
    if name.as_str() == "none" {
        table.report(&name_span, "`none` cannot name a level: examples say so of a member without one");
    }
    Some((TierLevel { name, from }, from_span, name_span))
}

/// The levels, after what is wrong with their order was reported.
fn ordered(table: &Table<'_>, levels: Vec<Placed>) -> Vec<TierLevel> {
    if let Some((first, span, _)) = levels.first()
        && first.from != Minor::ZERO
    {
        table.report(
            span,
            format!("expected the first level, `{}`, from 0: everybody stands somewhere", first.name),
        );
    }
    for (place, (level, span, name_span)) in levels.iter().enumerate().skip(1) {
        let before = &levels[place - 1].0;
        if level.from <= before.from {
            table.report(
                span,
                format!("expected `{}` from more than `{}` before it", level.name, before.name),
            );
        }
        if levels[..place].iter().any(|(other, ..)| other.name == level.name) {
            table.report(name_span, format!("duplicate level `{}`", level.name));
        }
    }
    levels.into_iter().map(|(level, ..)| level).collect()
}
