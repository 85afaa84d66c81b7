//! Sheets as one page that needs nothing else, with a chart of the figures that are compared, drawn in the page.

use crate::html::{escaped, framed};
use crate::sheet::{Cell, Column, Kind, Sheet};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt::Write;

/// Lines a chart has room for; more are told by the table alone.
const LINES: usize = 120;
/// Pixels of a line.
const HEIGHT: i64 = 20;
/// Pixels of the names before the bars.
const NAMES: i64 = 150;
/// Pixels of the longest bar.
const LONGEST: i64 = 500;

/// The page of `sheets`.
pub fn page(title: &str, about: &str, sheets: &[Sheet]) -> String {
    let mut body = String::new();
    for sheet in sheets {
        let _ = writeln!(body, "<h2>{}</h2>", escaped(&sheet.heading()));
        if let Some((place, column)) = sheet.compared_column().filter(|_| sheet.rows.len() <= LINES) {
            body.push_str(&chart(sheet, place, column));
        }
        body.push_str(&table(sheet));
        body.push_str("<dl>\n");
        for (title, means) in sheet.meanings() {
            let _ = writeln!(body, "<dt>{}</dt><dd>{}</dd>", escaped(title), escaped(means));
        }
        body.push_str("</dl>\n");
    }
    framed(title, about, &body)
}

fn table(sheet: &Sheet) -> String {
    let class = |column: &Column| if column.kind == Kind::Text { "" } else { " class=\"n\"" };
    let mut table = String::from("<table>\n<thead><tr>");
    for column in &sheet.columns {
        let _ = write!(table, "<th{}>{}</th>", class(column), escaped(column.title));
    }
    table.push_str("</tr></thead>\n<tbody>\n");
    for row in &sheet.rows {
        table.push_str("<tr>");
        for (column, cell) in sheet.columns.iter().zip(row) {
            let _ = write!(table, "<td{}>{}</td>", class(column), escaped(&sheet.shown(column, cell)));
        }
        table.push_str("</tr>\n");
    }
    table + "</tbody>\n</table>\n"
}

/// A bar for each line, from one axis to both sides; none for that of all together.
fn chart(sheet: &Sheet, place: usize, column: &Column) -> String {
    let lengths = sheet.lengths(place);
    let figures = || lengths.iter().flatten().copied();
    let most = figures().fold(Decimal::ZERO, Decimal::max);
    let least = figures().fold(Decimal::ZERO, Decimal::min);
    let pixels = |figure: Decimal| {
        let length = (figure.abs() * Decimal::from(LONGEST)).checked_div(most - least).unwrap_or_default();
        length.trunc().to_i64().unwrap_or(LONGEST)
    };
    let axis = NAMES + pixels(least);
    let (width, height) = (NAMES + LONGEST + 130, HEIGHT * i64::try_from(lengths.len()).unwrap_or(0));
    let mut chart = format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(&format!("{}: {}", sheet.title, column.title))
    );
    for ((row, length), top) in sheet.rows.iter().zip(&lengths).zip((0_i64..).map(|line| line * HEIGHT)) {
        let figure = length.unwrap_or_default();
        let (long, below) = (pixels(figure), figure < Decimal::ZERO);
        let (left, class) = if below { (axis - long, "bar minus") } else { (axis, "bar") };
        let end = if below { axis } else { axis + long };
        let _ = writeln!(
            chart,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"{class}\" x=\"{left}\" y=\"{}\" \
             width=\"{long}\" height=\"14\"/><text x=\"{}\" y=\"{}\">{}</text>",
            NAMES - 8,
            top + 14,
            escaped(&name(sheet, row)),
            top + 3,
            end + 6,
            top + 14,
            escaped(&sheet.shown(column, &row[place])),
        );
    }
    let _ = writeln!(chart, "<line class=\"axis\" x1=\"{axis}\" y1=\"0\" x2=\"{axis}\" y2=\"{height}\"/>");
    chart + "</svg>\n"
}

/// What a line is about: its words, and where there are two figures to a name, the first of them.
fn name(sheet: &Sheet, row: &[Cell]) -> String {
    let count = sheet.leading_texts().max(1) + usize::from(sheet.name == "cohorts");
    let cells = sheet.columns.iter().zip(row).take(count);
    cells.map(|(column, cell)| sheet.shown(column, cell)).collect::<Vec<_>>().join(" ")
}
