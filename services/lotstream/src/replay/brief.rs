//! What a terminal is shown of a replay unless everything is asked for: tables no longer than a screen.

use crate::table::counted;
use reports::sheet::Sheet;
use std::cmp::Reverse;

/// Lines of a table that is shown whole.
const ROWS: usize = 20;
/// The table that tells by month and partner what two others tell by one of them.
const BY_BOTH: &str = "replay_months";

/// `sheets` no longer than a screen each, and what was left out.
pub(super) fn of(sheets: Vec<Sheet>) -> (Vec<Sheet>, Option<String>) {
    let lines = |number: usize| counted(u64::try_from(number).unwrap_or(u64::MAX), "line");
    let (mut shown, mut left_out) = (Vec::with_capacity(sheets.len()), Vec::new());
    for sheet in sheets {
        match (sheet.rows.len(), sheet.name) {
            (0..=ROWS, _) => shown.push(sheet),
            (rows, BY_BOTH) => left_out.push(format!("{} of “{}”", lines(rows), sheet.title)),
            (rows, _) => {
                left_out.push(format!("{} of “{}”", lines(rows - ROWS), sheet.title));
                shown.push(shortened(sheet));
            }
        }
    }
    let said = format!("left out, and shown with --all: {}", left_out.join(", "));
    (shown, (!left_out.is_empty()).then_some(said))
}

/// The lines that are compared by the largest figures, in the order they stand in.
fn shortened(sheet: Sheet) -> Sheet {
    let place = sheet.compared_column().map_or(0, |(place, _)| place);
    let lengths = sheet.lengths(place);
    let mut most: Vec<usize> = (0..sheet.rows.len()).collect();
    // The line of all together stays.
    most.sort_by_key(|row| (sheet.total != Some(*row), Reverse(lengths[*row].map(|length| length.abs()))));
    most.truncate(ROWS);
    most.sort_unstable();
    let total = sheet.total.and_then(|total| most.iter().position(|row| *row == total));
    let rows = most.into_iter().map(|row| sheet.rows[row].clone()).collect();
    Sheet { rows, total, ..sheet }
}
