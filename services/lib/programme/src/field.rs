//! A value under the reader's finger: says what was expected where it finds something else.

use crate::reader::Reader;
use crate::shape::Shape;
use crate::suggest::did_you_mean;
use crate::table::Table;
use rust_decimal::Decimal;
use std::ops::Range;
use std::str::FromStr;
use toml_edit::{ArrayOfTables, Item, TableLike, Value};

/// A value, its key and place.
#[derive(Clone)]
pub(crate) struct Field<'a> {
    pub(crate) reader: &'a Reader<'a>,
    pub(crate) found: Found<'a>,
    /// Where the value is written.
    pub(crate) span: Range<usize>,
    /// Where its key is written.
    pub(crate) key: Range<usize>,
    /// The key.
    pub(crate) name: String,
    /// The table it stands in, as a message calls it.
    pub(crate) place: String,
}

/// What kind of thing a value is.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Value(&'a Value),
    Table(&'a dyn TableLike),
    Tables(&'a ArrayOfTables),
    Nothing,
}

impl<'a> Found<'a> {
    pub(crate) fn of(item: &'a Item) -> Self {
        match item {
            Item::Value(Value::InlineTable(table)) => Self::Table(table),
            Item::Value(value) => Self::Value(value),
            Item::Table(table) => Self::Table(table),
            Item::ArrayOfTables(tables) => Self::Tables(tables),
            Item::None => Self::Nothing,
        }
    }

    fn of_value(value: &'a Value) -> Self {
        match value {
            Value::InlineTable(table) => Self::Table(table),
            value => Self::Value(value),
        }
    }
}

impl<'a> Field<'a> {
    /// Notes that something else than `what` is here. Always `None`, so that a reader can end with it.
    pub(crate) fn expected<T>(&self, what: &str) -> Option<T> {
        self.expected_hint(what, None)
    }

    /// As [`Field::expected`], with a hint.
    pub(crate) fn expected_hint<T>(&self, what: &str, hint: Option<String>) -> Option<T> {
        let message =
            format!("expected {what} for `{}` in {}, found {}", self.name, self.place, self.described());
        self.reader.report(&self.span, message, hint);
        None
    }

    /// Notes a problem of another kind at the value.
    pub(crate) fn wrong<T>(&self, message: impl Into<String>) -> Option<T> {
        self.reader.report(&self.span, message, None);
        None
    }

    fn described(&self) -> String {
        match self.found {
            Found::Value(Value::Array(_)) | Found::Tables(_) => "a list".to_owned(),
            Found::Value(_) => self.reader.text(&self.span).to_owned(),
            Found::Table(_) => "a table".to_owned(),
            Found::Nothing => "nothing".to_owned(),
        }
    }

    /// The text of a string.
    pub(crate) fn as_str(&self) -> Option<&'a str> {
        match self.found {
            Found::Value(value) => value.as_str(),
            _ => None,
        }
    }

    /// A string that is not empty.
    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text),
            _ => self.expected("a text in quotation marks"),
        }
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self) -> Option<bool> {
        match self.found {
            Found::Value(Value::Boolean(flag)) => Some(*flag.value()),
            _ => self.expected("true or false"),
        }
    }

    /// A number as it is written, with or without quotation marks: never by way of a float.
    pub(crate) fn as_decimal(&self) -> Option<Decimal> {
        let text = match self.found {
            Found::Value(Value::String(text)) => text.value().as_str(),
            Found::Value(Value::Integer(_) | Value::Float(_)) => self.reader.text(&self.span),
            _ => return None,
        };
        Decimal::from_str(&text.trim().replace('_', "")).ok()
    }

    /// A whole number in `range`.
    pub(crate) fn whole(&self, range: Range<i64>) -> Option<i64> {
        match self.found {
            Found::Value(Value::Integer(number)) if range.contains(number.value()) => Some(*number.value()),
            _ if range.end == i64::MAX => self.expected(&format!("a whole number from {}", range.start)),
            _ => self.expected(&format!("a whole number from {} to {}", range.start, range.end - 1)),
        }
    }

    /// One of a few words, each with what it stands for.
    pub(crate) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let found = self.as_str();
        if let Some((_, meaning)) = words.iter().find(|(word, _)| found == Some(*word)) {
            return Some(*meaning);
        }
        let names: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let (last, before) = names.split_last()?;
        let hint = found.and_then(|text| did_you_mean(text, words.iter().map(|(word, _)| *word)));
        let hint = hint.filter(|hint| hint.starts_with("did"));
        self.expected_hint(&format!("{} or {last}", before.join(", ")), hint)
    }

    /// The values of a list, each as a field of its own.
    pub(crate) fn list(&self) -> Option<Vec<Field<'a>>> {
        let each = |found: Found<'a>, span: Option<Range<usize>>| Field {
            found,
            span: span.unwrap_or_else(|| self.span.clone()),
            ..self.clone()
        };
        match self.found {
            Found::Value(Value::Array(array)) => {
                Some(array.iter().map(|value| each(Found::of_value(value), value.span())).collect())
            }
            Found::Tables(tables) => {
                Some(tables.iter().map(|table| each(Found::Table(table), table.span())).collect())
            }
            Found::Value(Value::String(_)) => {
                let hint = format!("in square brackets: {} = [{}]", self.name, self.described());
                self.expected_hint("a list", Some(hint))
            }
            _ => self.expected("a list"),
        }
    }

    /// A list, every value read by `read`; those that are wrong are left out after they were reported.
    pub(crate) fn all<T>(&self, read: impl Fn(&Field<'a>) -> Option<T>) -> Option<Vec<T>> {
        self.list().map(|fields| fields.iter().filter_map(read).collect())
    }

    /// A table whose keys the author chose.
    pub(crate) fn open_table(&self) -> Option<Table<'a>> {
        match self.found {
            Found::Table(table) => {
                Some(Table::new(self.reader, table, self.head_span(), format!("`{}`", self.name)))
            }
            _ => self.expected("a table"),
        }
    }

    /// A table of `shape`, spoken of by the shape's noun.
    pub(crate) fn table(&self, shape: &Shape) -> Option<Table<'a>> {
        Some(self.open_table()?.of(shape, shape.noun))
    }

    /// A table of `shape` that bears its key as a name: ``wallet `bonus` ``.
    pub(crate) fn named_table(&self, shape: &Shape) -> Option<Table<'a>> {
        Some(self.open_table()?.of(shape, format!("{} `{}`", shape.noun, self.name)))
    }

    /// Whether a table stands here.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.found, Found::Table(_))
    }

    /// The header of a table rather than all of it.
    fn head_span(&self) -> Range<usize> {
        let text = self.reader.text(&self.span);
        let first_line = text.find('\n').unwrap_or(text.len());
        self.span.start..self.span.start + first_line
    }
}
