//! Plain tables for people: a heading, aligned columns, numbers to the right.

use std::fmt::{self, Write};

/// Rows of text under headings.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    /// Columns of text, from the first on.
    texts: usize,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(ToString::to_string).collect()], texts: 1 }
    }

    /// The same, with so many columns of text before those of numbers.
    pub(crate) fn with_texts(self, texts: usize) -> Self {
        Self { texts, ..self }
    }

    /// Adds a row; as many cells as headings.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.first().map_or(0, Vec::len);
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                match column < self.texts {
                    true => write!(line, "  {cell:<width$}")?,
                    false => write!(line, "  {cell:>width$}")?,
                }
            }
            writeln!(f, "{}", line.trim_end())?;
            if number == 0 {
                let rule: Vec<String> = (0..columns).map(|column| "─".repeat(self.width(column))).collect();
                writeln!(f, "  {}", rule.join("  "))?;
            }
        }
        Ok(())
    }
}

/// So many of a noun whose plural has an s: `1 lot`, `1,200 lots`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(i64::try_from(number).unwrap_or(i64::MAX)))
}

/// A number with commas between groups of three digits, as in 14,700.
pub(crate) fn grouped(number: i64) -> String {
    domain::money::grouped(number, 0)
}
