//! The text of a condition: read by the library, with every part's place in the file.

use crate::field::Field;
use cel::common::ast::{Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;
use std::ops::Range;

/// How deep a condition may nest.
const DEPTH: u16 = 32;

/// The text, and where in the file it begins.
pub(super) struct Text<'f> {
    field: &'f Field<'f>,
    source: &'f str,
    /// Where it is written as it is; `None` where letters of it are escaped in the file.
    from: Option<usize>,
}

impl<'f> Text<'f> {
    pub(super) fn of(field: &'f Field<'f>, source: &'f str) -> Self {
        let written = field.reader.text(&field.span);
        let from = written.find(source).map(|start| field.span.start + start);
        Self { field, source, from }
    }

    /// As the library reads it; `None` after its mistakes were reported.
    pub(super) fn parse(&self) -> Option<(IdedExpr, SourceInfo)> {
        let parser = Parser::new().max_recursion_depth(DEPTH).enable_ident_escape_syntax(true);
        match parser.parse_with_source_info(self.source) {
            Ok((IdedExpr { expr: Expr::Unspecified, .. }, _)) => self.field.expected("a condition in CEL"),
            Ok(read) => Some(read),
            Err(found) => {
                for error in found.errors {
                    let said = error.msg.split(" expecting ").next().unwrap_or_default();
                    let said = said.strip_prefix("Syntax error: ").unwrap_or(said);
                    self.report(&self.at(error.pos), &format!("this is not CEL: {said}"), None);
                }
                None
            }
        }
    }

    /// The bytes of the text around a line and column, both from 1.
    fn at(&self, (line, column): (isize, isize)) -> Range<usize> {
        let before = usize::try_from(line - 1).unwrap_or(0);
        let start: usize = self.source.split_inclusive('\n').take(before).map(str::len).sum();
        let letters = usize::try_from(column - 1).unwrap_or(0);
        let rest = self.source.get(start..).unwrap_or_default();
        let start = start + rest.chars().take(letters).map(char::len_utf8).sum::<usize>();
        start..start + 1
    }

    /// Notes a mistake at these bytes of the text.
    pub(super) fn report(&self, at: &Range<usize>, message: &str, hint: Option<String>) {
        let place = match self.from {
            Some(from) => {
                let end = from + self.source.len();
                (from + at.start).min(end.saturating_sub(1))..(from + at.end).min(end)
            }
            None => self.field.span.clone(),
        };
        let message = format!("{message}, in `{}` of {}", self.field.name, self.field.place);
        self.field.reader.report(&place, message, hint);
    }
}
