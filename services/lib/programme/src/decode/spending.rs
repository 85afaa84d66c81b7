//! `[spending]`: holds, and what happens where they do not cover (S03, S11, S15, S19).

use crate::field::Field;
use crate::shape::rules::SPENDING;
use crate::table::Table;
use domain::calendar::Span;
use domain::tariff::Spending;

/// The table, and the key of it that the tariff keeps elsewhere.
pub(crate) struct Read {
    pub(crate) terms: Spending,
    pub(crate) points_earn: bool,
}

pub(crate) fn decode(root: &Table<'_>) -> Read {
    let hold = Span::Exact(15 * 60_000);
    let Some(table) = root.optional("spending", |field| field.table(&SPENDING)) else {
        let terms = Spending { hold, uncovered_becomes_debt: false, grace: None };
        return Read { terms, points_earn: false };
    };
    let terms = Spending {
        hold: table.or("hold", hold, Field::duration),
        uncovered_becomes_debt: table.or("uncovered_becomes_debt", false, Field::flag),
        grace: table.optional("grace", Field::duration),
    };
    Read { terms, points_earn: table.or("points_earn", false, Field::flag) }
}
