//! Sheets for a terminal and for spreadsheets.

use crate::table::Table;
use reports::csv;
use reports::sheet::Sheet;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;

/// Characters of the longest bar.
const WIDTH: usize = 20;

/// For a terminal: each sheet with a bar for the figures that are compared, and below it what they mean.
pub(crate) fn table(sheets: &[Sheet], about: &str) -> String {
    let mut text = format!("\n  {about}\n");
    for sheet in sheets {
        let _ = write!(text, "\n  {}\n\n{}\n", sheet.heading(), lines(sheet));
        for (title, means) in sheet.meanings() {
            let _ = writeln!(text, "  {title}: {means}");
        }
    }
    text.trim_end().to_owned()
}

fn lines(sheet: &Sheet) -> Table {
    let compared = sheet.compared_column();
    let mut headings: Vec<&str> = sheet.columns.iter().map(|column| column.title).collect();
    headings.extend(compared.map(|(_, column)| column.title));
    let mut table = Table::new(&headings).with_texts(sheet.leading_texts());
    let bars = compared.map(|(place, _)| bars(sheet, place)).unwrap_or_default();
    for (number, row) in sheet.rows.iter().enumerate() {
        let cells = sheet.columns.iter().zip(row).map(|(column, cell)| sheet.shown(column, cell));
        table.row(cells.chain(bars.get(number).cloned()));
    }
    table
}

/// A bar for each line but that of all together, as long as its figure is against the largest; of a figure below 0 a light
/// one.
fn bars(sheet: &Sheet, place: usize) -> Vec<String> {
    let lengths = sheet.lengths(place);
    let largest = lengths.iter().flatten().map(Decimal::abs).max().unwrap_or_default();
    let bar = |length: &Option<Decimal>| {
        let figure = length.unwrap_or_default();
        let size = (figure.abs() * Decimal::from(WIDTH)).checked_div(largest).unwrap_or_default();
        let length = size.ceil().to_usize().unwrap_or(WIDTH);
        let block = if figure.is_sign_negative() { "░" } else { "█" };
        format!("{:<WIDTH$}", block.repeat(length))
    };
    lengths.iter().map(bar).collect()
}

/// Sheet after sheet, a blank line between them: headings, then lines.
pub(crate) fn csv(sheets: &[Sheet]) -> String {
    let blocks = sheets.iter().map(|sheet| {
        let mut text = csv::row(sheet.columns.iter().map(|column| column.key));
        for row in &sheet.rows {
            text.push_str(&csv::row(
                sheet.columns.iter().zip(row).map(|(column, cell)| sheet.exact(column, cell)),
            ));
        }
        text
    });
    blocks.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
