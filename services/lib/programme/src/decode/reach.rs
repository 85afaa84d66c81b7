//! `[grants.NAME]` with `on = "tier Gold"`: what reaching a level brings (S21, S28).

use super::activities::{Grants, NOT_OF_DAYS};
use super::name_of;
use crate::field::Field;
use crate::shape::rules::GRANT;
use crate::table::Table;
use domain::Name;
use domain::reach::{IfLost, LevelGrant};

const IF_LOST: &[(&str, IfLost)] = &[("keep", IfLost::Keep), ("take back", IfLost::TakeBack)];

/// What stands before the name of a level.
const TIER: &str = "tier ";

/// Whether a grant is for a level.
pub(super) fn is_meant(field: &Field<'_>) -> bool {
    let on = field.open_table().and_then(|table| table.field("on"));
    on.and_then(|on| on.as_str().map(|text| text.starts_with(TIER))).unwrap_or(false)
}

/// Reports what only a level takes.
pub(super) fn has_no_level(table: &Table<'_>) {
    for key in table.given(&["if_lost"]) {
        let message =
            format!("expected no `{key}` in {}: only a level, such as \"tier Gold\", is lost", table.label);
        table.report_at(key, message);
    }
}

impl Grants<'_> {
    /// What reaching a level brings.
    pub(super) fn level(&self, field: &Field<'_>) -> Option<LevelGrant> {
        let (name, table) = (name_of(field)?, field.named_table(&GRANT)?);
        for key in table.given(NOT_OF_DAYS).into_iter().chain(table.given(&["segments"])) {
            let message = format!("expected no `{key}` beside a level in {}", table.label);
            table.report_at(key, message);
        }
        let terms = self.terms(&table);
        let level = self.level_named(&table);
        let scale = terms.map_or(0, |terms| self.context.wallets.scale(terms.wallet.as_str()));
        let points = table.required("points", |field| field.points(scale));
        let if_lost = table.or("if_lost", IfLost::TakeBack, |field| field.word(IF_LOST));
        let funder = self.funder(&table);
        let (terms, points) = (terms?.name.clone(), points?);
        Some(LevelGrant { name, level: level?, terms, points, funder: funder?, if_lost })
    }

    fn level_named(&self, table: &Table<'_>) -> Option<Name> {
        let on = table.field("on")?;
        let name = on.as_str()?.strip_prefix(TIER)?;
        let known = &self.context.tiers;
        let level = known.iter().find(|level| level.as_str() == name).cloned();
        if level.is_none() && known.is_empty() {
            return on.wrong(format!("expected [tiers] with a level `{name}`, found no [tiers]"));
        }
        if level.is_none() {
            table.unknown(&on.span, "level", name, known);
        }
        level
    }
}
