//! A table of the file under the reader's finger: reads keys by name, notices what is missing or unknown.

use crate::field::{Field, Found};
use crate::problem::Problem;
use crate::reader::Reader;
use crate::shape::Shape;
use crate::suggest::did_you_mean;
use domain::Name;
use std::ops::Range;
use toml_edit::{Item, Key, TableLike};

/// A table, and how to speak of it.
#[derive(Clone)]
pub(crate) struct Table<'a> {
    reader: &'a Reader<'a>,
    table: &'a dyn TableLike,
    /// Where to point when something is missing.
    pub(crate) span: Range<usize>,
    /// What it is called in a message, such as ``wallet `bonus` ``.
    pub(crate) label: String,
}

impl<'a> Table<'a> {
    pub(crate) fn new(
        reader: &'a Reader<'a>,
        table: &'a dyn TableLike,
        span: Range<usize>,
        label: String,
    ) -> Self {
        Self { reader, table, span, label }
    }

    /// This table as one of `shape`, spoken of as `label`: keys the shape does not know are refused.
    pub(crate) fn of(mut self, shape: &Shape, label: impl Into<String>) -> Self {
        self.label = label.into();
        for (name, _) in self.table.iter() {
            if shape.names().all(|known| known != name) {
                let message = format!("unknown key `{name}` in {}", self.label);
                self.reader.report(&self.key_span(name), message, did_you_mean(name, shape.names()));
            }
        }
        self
    }

    /// Where the key `name` is written.
    pub(crate) fn key_span(&self, name: &str) -> Range<usize> {
        self.table.key(name).and_then(Key::span).unwrap_or_else(|| self.span.clone())
    }

    fn made(&self, name: &str, item: &'a Item) -> Field<'a> {
        let key = self.key_span(name);
        let span = item.span().unwrap_or_else(|| key.clone());
        Field {
            reader: self.reader,
            found: Found::of(item),
            span,
            key,
            name: name.to_owned(),
            place: self.label.clone(),
        }
    }

    /// The key `name`, where it is given.
    pub(crate) fn field(&self, name: &str) -> Option<Field<'a>> {
        let item = self.table.get(name).filter(|item| !item.is_none())?;
        Some(self.made(name, item))
    }

    /// Every key, in the order of the file, for tables whose keys are names the author chose.
    pub(crate) fn fields(&self) -> Vec<Field<'a>> {
        let mut fields: Vec<Field<'a>> =
            self.table.iter().map(|(name, item)| self.made(name, item)).collect();
        fields.sort_by_key(|field| field.key.start);
        fields
    }

    /// What `read` makes of the key; `None` where it is left out or wrong.
    pub(crate) fn optional<T>(&self, name: &str, read: impl FnOnce(&Field<'a>) -> Option<T>) -> Option<T> {
        self.field(name).and_then(|field| read(&field))
    }

    /// What `read` makes of the key, or `default`.
    pub(crate) fn or<T>(&self, name: &str, default: T, read: impl FnOnce(&Field<'a>) -> Option<T>) -> T {
        self.optional(name, read).unwrap_or(default)
    }

    /// What `read` makes of the key, which must be there.
    pub(crate) fn required<T>(&self, name: &str, read: impl FnOnce(&Field<'a>) -> Option<T>) -> Option<T> {
        let field = self.field(name);
        if field.is_none() {
            self.missing(&format!("`{name}`"));
        }
        field.and_then(|field| read(&field))
    }

    /// Notes that `what` is missing here.
    pub(crate) fn missing(&self, what: &str) {
        self.report(&self.span, format!("expected {what} in {}, found none", self.label));
    }

    /// Notes a problem at `span`.
    pub(crate) fn report(&self, span: &Range<usize>, message: impl Into<String>) {
        self.reader.report(span, message, None);
    }

    /// Notes a problem at the key `name`.
    pub(crate) fn report_at(&self, name: &str, message: impl Into<String>) {
        self.reader.report(&self.key_span(name), message, None);
    }

    /// Warns at the key `name`.
    pub(crate) fn warn_at(&self, name: &str, message: String, hint: &str) {
        self.reader.warn(&self.key_span(name), message, hint);
    }

    /// All that was warned of in the file.
    pub(crate) fn warnings(&self) -> Vec<Problem> {
        self.reader.warnings()
    }

    /// Notes that the name written at `span` is not one of `known`.
    pub(crate) fn unknown(&self, span: &Range<usize>, noun: &str, found: &str, known: &[Name]) {
        let message = format!("unknown {noun} `{found}` in {}", self.label);
        self.reader.report(span, message, did_you_mean(found, known.iter().map(Name::as_str)));
    }

    /// The one of the keys `names` that is given: none, and others beside it, are noted.
    pub(crate) fn one_of(&self, names: &[&'static str]) -> Option<&'static str> {
        let given = self.given(names);
        let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        let (last, before) = quoted.split_last()?;
        let before = before.join(", ");
        if given.is_empty() {
            self.missing(&format!("{before} or {last}"));
        }
        for key in given.iter().skip(1) {
            let label = &self.label;
            self.report_at(
                key,
                format!("expected one of {before} and {last} in {label}, found `{}` too", given[0]),
            );
        }
        if given.len() == 1 { given.first().copied() } else { None }
    }

    /// Names of `noun` under `key`, each one of `known`.
    pub(crate) fn known(&self, key: &str, noun: &str, known: &[Name]) -> Vec<Name> {
        let names = self.optional(key, Field::names).unwrap_or_default();
        for (name, span) in names.iter().filter(|(name, _)| !known.contains(name)) {
            self.unknown(span, noun, name.as_str(), known);
        }
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// Of the keys `names`, those that are given.
    pub(crate) fn given(&self, names: &[&'static str]) -> Vec<&'static str> {
        names.iter().copied().filter(|name| self.field(name).is_some()).collect()
    }
}
