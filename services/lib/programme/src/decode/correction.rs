//! `[correction]`: which faulty version this one replaces, until when, by whom and why (S26).

use super::head::Head;
use crate::field::Field;
use crate::reading::Measures;
use crate::shape::rules::CORRECTION;
use crate::table::Table;
use domain::correction::Correction;
use domain::{Name, Timestamp};

/// The longest text of who and why, in bytes: entries repeat it.
const LONGEST: usize = 200;

pub(crate) fn decode(root: &Table<'_>, head: &Head<'_>, measures: &Measures) -> Option<Correction> {
    let table = root.optional("correction", |field| field.table(&CORRECTION))?;
    let replaces = table.required("replaces", |field| faulty(field, head.version));
    let until = table.or("until", Timestamp::NEVER, |field| field.instant(measures));
    if until <= head.from(measures) {
        table.report_at("until", "expected `until` after `from` in [programme], where the correction begins");
    }
    let actor = table.required("actor", words);
    let reason = table.required("reason", words);
    Some(Correction { replaces: replaces?, until, actor: actor?, reason: reason? })
}

fn faulty(field: &Field<'_>, version: i32) -> Option<i32> {
    let number = field.whole(1..i64::from(i32::MAX)).and_then(|number| i32::try_from(number).ok())?;
    if number >= version {
        return field.wrong(format!("expected a version before this one, {version}, found {number}"));
    }
    Some(number)
}

fn words(field: &Field<'_>) -> Option<Name> {
    match field.as_str().map(str::trim) {
        Some(text) if !text.is_empty() && text.len() <= LONGEST && !text.contains(char::is_control) => {
            Some(Name::from(text))
        }
        _ => field.expected(&format!("a text of 1 to {LONGEST} bytes on one line")),
    }
}
