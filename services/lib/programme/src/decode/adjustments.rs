//! `[adjustments]`: how much an operator may move at once (S18).

use crate::field::Field;
use crate::reading::MONEY_MAX;
use crate::shape::rules::ADJUSTMENTS;
use crate::table::Table;
use domain::points::Points;
use domain::tariff::Adjustments;

pub(crate) fn decode(root: &Table<'_>) -> Adjustments {
    let Some(table) = root.optional("adjustments", |field| field.table(&ADJUSTMENTS)) else {
        return Adjustments::default();
    };
    let limit = |key| table.optional(key, smallest_units);
    Adjustments {
        grant: limit("grant_at_most"),
        write_off: limit("write_off_at_most"),
        forgive: limit("forgive_at_most"),
    }
}

/// Points in the smallest unit: one limit holds for every wallet, whatever its scale.
fn smallest_units(field: &Field<'_>) -> Option<Points> {
    field.whole(0..MONEY_MAX + 1).and_then(Points::new)
}
