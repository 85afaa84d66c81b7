//! A sheet: the figures that answer a question, with what each of them means. How it is shown is for others to say.

use domain::money::{Currency, grouped};
use domain::{Minor, Name};
use rust_decimal::Decimal;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What the figures of a column are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Words: a month, a name.
    Text,
    /// How many.
    Count,
    /// Points, in whole units of their wallet: each line is of one.
    Points,
    /// Money, in minor units of the sheet's currency.
    Money,
    /// A part of a whole, in ten-thousandths, rounded towards zero: 2500 is 25.00 %.
    Share,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Column {
    /// Its name where a program reads it: `per_member_before`.
    pub key: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What its figures are.
    pub kind: Kind,
    /// What it tells, in one sentence; empty where the title says it.
    pub means: String,
}

/// A figure, or a text; [`Cell::Nothing`] where there is none to tell, such as an average over nobody.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A figure, as its column's kind says.
    Figure(i64),
    /// Points in the wallet's smallest unit, and how many decimal digits that has (S01).
    Points(i64, u32),
    /// No figure.
    Nothing,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&Name> for Cell {
    fn from(name: &Name) -> Self {
        Self::Text(name.to_string())
    }
}

impl From<i64> for Cell {
    fn from(figure: i64) -> Self {
        Self::Figure(figure)
    }
}

impl From<Option<i64>> for Cell {
    fn from(figure: Option<i64>) -> Self {
        figure.map_or(Self::Nothing, Self::Figure)
    }
}

/// Figures in lines and columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    /// Its name where a program reads it: `cost_points`.
    pub name: &'static str,
    /// Its name for people.
    pub title: String,
    /// What money is counted in.
    pub currency: Currency,
    /// The columns.
    pub columns: Vec<Column>,
    /// The lines; each has as many cells as there are columns.
    pub rows: Vec<Vec<Cell>>,
    /// The column that lines are compared by, for a chart.
    pub compared: Option<&'static str>,
    /// The place of the line that tells of all others together, where there is one: it is not compared with them.
    pub total: Option<usize>,
}

impl Sheet {
    /// A sheet without lines.
    pub fn new(name: &'static str, title: impl Into<String>, currency: &Currency) -> Self {
        let (columns, rows) = (Vec::new(), Vec::new());
        Self {
            name,
            title: title.into(),
            currency: currency.clone(),
            columns,
            rows,
            compared: None,
            total: None,
        }
    }

    /// With one more column.
    #[must_use]
    pub fn column(
        mut self,
        key: &'static str,
        title: &'static str,
        kind: Kind,
        means: impl Into<String>,
    ) -> Self {
        self.columns.push(Column { key, title, kind, means: means.into() });
        self
    }

    /// Whose lines are compared by that column.
    #[must_use]
    pub fn compared_by(mut self, key: &'static str) -> Self {
        self.compared = Some(key);
        self
    }

    /// Adds a line.
    ///
    /// # Panics
    /// Where it has not as many cells as there are columns.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<Cell> = cells.into_iter().collect();
        assert_eq!(cells.len(), self.columns.len(), "sheet {}: a cell for each column", self.name);
        self.rows.push(cells);
    }

    /// Adds the line that tells of all others together.
    ///
    /// # Panics
    /// As [`Self::row`].
    pub fn total_row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.total = Some(self.rows.len());
        self.row(cells);
    }

    /// The column that lines are compared by, and its place.
    pub fn compared_column(&self) -> Option<(usize, &Column)> {
        let place = self.place(self.compared?)?;
        Some((place, &self.columns[place]))
    }

    /// How many columns of words stand before the first figure.
    pub fn leading_texts(&self) -> usize {
        self.columns.iter().take_while(|column| column.kind == Kind::Text).count()
    }

    /// What its columns tell: their titles, and a sentence.
    pub fn meanings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let told = self.columns.iter().filter(|column| !column.means.is_empty());
        told.map(|column| (column.title, column.means.as_str()))
    }

    /// Its title for people, with the currency where it tells of money.
    pub fn heading(&self) -> String {
        match self.columns.iter().any(|column| column.kind == Kind::Money) {
            true => format!("{} ({})", self.title, self.currency.code),
            false => self.title.clone(),
        }
    }

    /// A cell as a person reads it: digits in groups, shares in percent, `-` for nothing.
    pub fn shown(&self, column: &Column, cell: &Cell) -> String {
        match (cell, column.kind) {
            (Cell::Points(points, scale), _) => grouped(*points, *scale),
            (Cell::Figure(figure), Kind::Money) => self.currency.grouped(Minor(*figure)),
            (Cell::Figure(figure), Kind::Share) => {
                format!("{} %", Decimal::new(*figure, SHARE - 2))
            }
            (Cell::Figure(figure), _) => grouped(*figure, 0),
            (Cell::Nothing, _) => "-".to_owned(),
            _ => self.exact(column, cell),
        }
    }

    /// How far each line goes in the column of this place, compared with the others; none where there is no figure, and
    /// for the line of all together.
    pub fn lengths(&self, place: usize) -> Vec<Option<Decimal>> {
        let length = |(number, row): (usize, &Vec<Cell>)| match row.get(place) {
            _ if self.total == Some(number) => None,
            Some(Cell::Figure(figure)) => Some(Decimal::from(*figure)),
            Some(Cell::Points(points, scale)) => Some(Decimal::new(*points, *scale)),
            _ => None,
        };
        self.rows.iter().enumerate().map(length).collect()
    }

    /// The place of a column.
    pub fn place(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// The figures of a column, points in smallest units; of lines without one, 0.
    pub fn figures(&self, key: &str) -> Vec<i64> {
        let place = self.place(key);
        let figure = |row: &Vec<Cell>| match place.map(|place| &row[place]) {
            Some(Cell::Figure(figure) | Cell::Points(figure, _)) => *figure,
            _ => 0,
        };
        self.rows.iter().map(figure).collect()
    }

    /// A cell as a program reads it: money and shares as exact decimals, an empty text for nothing.
    pub fn exact(&self, column: &Column, cell: &Cell) -> String {
        match (cell, column.kind) {
            (Cell::Text(text), _) => text.clone(),
            (Cell::Nothing, _) => String::new(),
            (Cell::Points(points, scale), _) => Decimal::new(*points, *scale).to_string(),
            (Cell::Figure(figure), Kind::Money) => self.currency.to_decimal(Minor(*figure)).to_string(),
            (Cell::Figure(figure), Kind::Share) => Decimal::new(*figure, SHARE).to_string(),
            (Cell::Figure(figure), _) => figure.to_string(),
        }
    }
}

/// Digits behind the point of a share.
pub const SHARE: u32 = 4;

/// `part` of `whole` in ten-thousandths, rounded towards zero; none of nothing, and none where it is no part of it: returns
/// may leave either of them below 0, or the part larger than the whole.
pub fn share(part: i64, whole: i64) -> Option<i64> {
    if !(0..=whole).contains(&part) {
        return None;
    }
    let share = i128::from(part).checked_mul(10_000)?.checked_div(i128::from(whole))?;
    i64::try_from(share).ok()
}

/// `sum` over `count`, rounded towards zero; none over none.
pub const fn average(sum: i64, count: i64) -> Option<i64> {
    sum.checked_div(count)
}

/// A line as an object: its figures by the keys of their columns, those with decimal digits as text.
struct Line<'s>(&'s Sheet, &'s [Cell]);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(sheet, cells) = self;
        let mut line = serializer.serialize_map(Some(cells.len()))?;
        for (column, cell) in sheet.columns.iter().zip(*cells) {
            match (cell, column.kind) {
                (Cell::Nothing, _) => line.serialize_entry(column.key, &())?,
                (Cell::Figure(figure), Kind::Count) | (Cell::Points(figure, 0), _) => {
                    line.serialize_entry(column.key, figure)?
                }
                _ => line.serialize_entry(column.key, &sheet.exact(column, cell))?,
            }
        }
        line.end()
    }
}

impl Serialize for Sheet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines: Vec<Line<'_>> = self.rows.iter().map(|cells| Line(self, cells)).collect();
        let mut sheet = serializer.serialize_map(Some(5))?;
        sheet.serialize_entry("name", self.name)?;
        sheet.serialize_entry("title", &self.title)?;
        sheet.serialize_entry("currency", &self.currency.code)?;
        sheet.serialize_entry("columns", &self.columns)?;
        sheet.serialize_entry("rows", &lines)?;
        sheet.end()
    }
}
