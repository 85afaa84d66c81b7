//! Sheets: tables for a merchant, each a row a thing and a column a question, with how good an answer is for members.

use super::gauge::{Gauge, Verdict};
use serde::Serialize;
use std::fmt;

/// How wide a printed table is, in characters.
const WIDTH: usize = 118;
/// Between two columns.
const GAP: usize = 2;

/// A table: a row for each thing of a kind, such as the rules.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// What the rows are.
    pub title: &'static str,
    /// What the cells are; the first names the row.
    pub columns: Vec<&'static str>,
    /// The rows, in the file's order.
    pub rows: Vec<Row>,
}

/// A row of a [`Sheet`].
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct Row {
    /// As many as the sheet has columns; the first names it.
    pub cells: Vec<Cell>,
    /// Whom it concerns.
    #[serde(skip)]
    pub(crate) whom: String,
    /// What it is that it is there at all.
    #[serde(skip)]
    pub(crate) being: Verdict,
}

/// A cell of a [`Row`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(transparent)]
pub struct Cell {
    /// In words; empty where there is nothing to say.
    pub text: String,
    /// How good that is; empty where figures do not say.
    #[serde(skip)]
    pub(crate) gauge: Gauge,
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), gauge: Gauge::default() }
    }
}

impl Cell {
    /// A cell that says how good it is.
    pub(crate) fn with(text: impl Into<String>, gauge: Gauge) -> Self {
        Self { text: text.into(), gauge }
    }
}

impl Row {
    /// The name of the row.
    pub fn name(&self) -> &str {
        self.cells.first().map_or("", |cell| cell.text.as_str())
    }

    /// A row that concerns `whom`.
    pub(crate) fn of(whom: impl Into<String>, cells: Vec<Cell>) -> Self {
        Self { cells, whom: whom.into(), being: Verdict::Open }
    }

    /// The same, where it is good or bad that it is there.
    pub(crate) fn being(self, being: Verdict) -> Self {
        Self { being, ..self }
    }
}

impl Sheet {
    /// A sheet of `rows`.
    pub(crate) fn new(title: &'static str, columns: &[&'static str], rows: Vec<Row>) -> Self {
        Self { title, columns: columns.to_vec(), rows }
    }

    /// Columns in which some row says something.
    fn filled(&self) -> Vec<usize> {
        let says = |column: &usize| {
            self.rows.iter().any(|row| row.cells.get(*column).is_some_and(|cell| !cell.text.is_empty()))
        };
        (0..self.columns.len()).filter(says).collect()
    }

    /// How wide each of `columns` is: as its longest text, the widest ones narrowed until all fit.
    fn widths(&self, columns: &[usize]) -> Vec<usize> {
        let long = |column: &usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(*column));
            let texts = cells.map(|cell| cell.text.chars().count());
            texts.chain([self.columns[*column].chars().count()]).max().unwrap_or(0)
        };
        let mut widths: Vec<usize> = columns.iter().map(long).collect();
        let gaps = GAP * columns.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > WIDTH {
            let Some(widest) = widths.iter_mut().max() else { break };
            *widest -= 1;
        }
        widths
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.filled();
        let widths = self.widths(&columns);
        let headings: Vec<&str> = columns.iter().map(|column| self.columns[*column]).collect();
        writeln!(f, "{}", self.title)?;
        write_lines(f, &headings, &widths)?;
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        writeln!(f, "{}", rules.join(&" ".repeat(GAP)))?;
        for row in &self.rows {
            let texts: Vec<&str> = columns.iter().map(|column| row.cells[*column].text.as_str()).collect();
            write_lines(f, &texts, &widths)?;
        }
        Ok(())
    }
}

/// Texts beside one another, each within its width.
fn write_lines(f: &mut fmt::Formatter<'_>, texts: &[&str], widths: &[usize]) -> fmt::Result {
    let wrapped: Vec<Vec<String>> =
        texts.iter().zip(widths).map(|(text, width)| wrapped(text, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let mut text = String::new();
        for (lines, width) in wrapped.iter().zip(widths) {
            let part = lines.get(line).map_or("", String::as_str);
            text.push_str(&format!("{part:<0$}", width + GAP));
        }
        writeln!(f, "{}", text.trim_end())?;
    }
    Ok(())
}

/// `text` in lines of at most `width` characters, broken between words where it can be.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.replace(" %", "\u{a0}%").split(' ') {
        let letters = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + letters <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
}
