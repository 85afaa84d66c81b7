//! Plain tables for people: a heading, aligned columns, numbers to the right.

use std::fmt;

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
            write!(f, " ")?;
            for (column, cell) in row.iter().enumerate() {
                let width = self.width(column);
                let gap = if column == 0 { " " } else { "  " };
                match column < self.texts {
                    true => write!(f, "{gap}{cell:<width$}")?,
                    false => write!(f, "{gap}{cell:>width$}")?,
                }
            }
            writeln!(f)?;
            if number == 0 {
                let rule: Vec<String> = (0..columns).map(|column| "─".repeat(self.width(column))).collect();
                writeln!(f, "  {}", rule.join("  "))?;
            }
        }
        Ok(())
    }
}

/// A number of smallest units that have so many decimal digits, as in 14 700.25.
pub(crate) fn scaled(number: i64, digits: u32) -> String {
    let unit = 10_u64.pow(digits);
    let (whole, rest) = (number.unsigned_abs() / unit, number.unsigned_abs() % unit);
    let sign = if number < 0 && whole == 0 { "-" } else { "" };
    let whole = i64::try_from(whole).unwrap_or(i64::MAX) * number.signum();
    match digits {
        0 => grouped(whole),
        _ => format!("{sign}{}.{rest:0width$}", grouped(whole), width = digits as usize),
    }
}

/// A number with spaces between groups of three digits, as in 14 700.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s01_smallest_units_are_told_as_whole_points() {
        let told = |number, digits| scaled(number, digits).replace('\u{a0}', " ");
        let figures = [(1_470_025, 2), (-1_470_025, 2), (-5, 2), (5, 0), (0, 3), (-1_000, 0)];
        let expected = ["14 700.25", "-14 700.25", "-0.05", "5", "0.000", "-1 000"];
        assert_eq!(figures.map(|(number, digits)| told(number, digits)), expected);
    }
}
