//! Problems: what is wrong in a programme file, where, and what to do about it.
//!
//! A problem always points at a place in the text; the text it was found in is never needed to print it.

use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// One mistake in a programme file. [`fmt::Display`] prints the place, the message, the line and a pointer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, thiserror::Error)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column in characters, from 1.
    pub column: usize,
    /// Bytes of the text it is about.
    pub span: Range<usize>,
    /// What was expected and what was found.
    pub message: String,
    /// What to do, where there is something to suggest.
    pub hint: Option<String>,
    /// The line of the file, whole.
    pub text: String,
}

impl Problem {
    /// How many characters of the line the pointer underlines, at least one.
    fn width(&self) -> usize {
        let mut left = self.span.len();
        let under = self.text.chars().skip(self.column - 1).take_while(|letter| {
            let inside = left > 0;
            left = left.saturating_sub(letter.len_utf8());
            inside
        });
        under.count().max(1)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        writeln!(f, "{:>5} | {}", self.line, self.text)?;
        let pad: String =
            self.text.chars().take(self.column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(self.width());
        write!(f, "      | {pad}{carets}")?;
        match &self.hint {
            Some(hint) => write!(f, " {hint}"),
            None => Ok(()),
        }
    }
}

/// A text and its name: turns spans into lines and columns.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    /// The name the caller gave.
    pub(crate) file: &'a str,
    /// The whole text.
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// Line and column, from 1, of a byte, and the line's text.
    pub(crate) fn place(&self, byte: usize) -> (usize, usize, &str) {
        let mut byte = byte.min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &self.text[..byte];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        let column = before[start..].chars().count() + 1;
        let text = self.text[start..].lines().next().unwrap_or("");
        (line, column, text)
    }

    /// The problem at `span`.
    pub(crate) fn problem(&self, span: &Range<usize>, message: String, hint: Option<String>) -> Problem {
        let (line, column, text) = self.place(span.start);
        let (file, text) = (self.file.to_owned(), text.to_owned());
        Problem { file, line, column, span: span.clone(), message, hint, text }
    }
}
