//! The reader: a programme file as TOML with spans, and what was found wrong in it so far.
//!
//! Reading never stops at the first mistake: everything found is collected, and told in the file's order.

use crate::problem::{Problem, Source};
use crate::table::Table;
use std::cell::RefCell;
use std::ops::Range;
use toml_edit::{Document, TomlError};

/// Collects findings while a document is decoded.
pub(crate) struct Reader<'a> {
    /// The text and its name.
    pub(crate) source: Source<'a>,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'a> Reader<'a> {
    /// A reader of `source` that found nothing yet.
    pub(crate) fn new(source: Source<'a>) -> Self {
        Self { source, problems: RefCell::default(), warnings: RefCell::default() }
    }

    /// Notes a problem at `span`.
    pub(crate) fn report(&self, span: &Range<usize>, message: impl Into<String>, hint: Option<String>) {
        let problem = self.source.problem(span, message.into(), hint);
        let mut problems = self.problems.borrow_mut();
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Notes something at `span` that is no mistake, and surely not meant.
    pub(crate) fn warn(&self, span: &Range<usize>, message: String, hint: &str) {
        self.warnings.borrow_mut().push(self.source.problem(span, message, Some(hint.to_owned())));
    }

    /// What was warned of.
    pub(crate) fn warnings(&self) -> Vec<Problem> {
        self.warnings.borrow().clone()
    }

    /// Whether no mistake was found.
    pub(crate) fn is_sound(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// What was found, in the order of the file.
    pub(crate) fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|problem| problem.span.start);
        problems
    }

    /// The text of `span`.
    pub(crate) fn text(&self, span: &Range<usize>) -> &'a str {
        self.source.text.get(span.clone()).unwrap_or("")
    }
}

/// The document of a text, or every syntax error in it.
pub(crate) fn parse(source: Source<'_>) -> Result<Document<String>, Vec<Problem>> {
    let mut text = source.text.to_owned();
    let mut problems: Vec<Problem> = Vec::new();
    loop {
        let error = match Document::parse(text.clone()) {
            Ok(document) if problems.is_empty() => return Ok(document),
            Ok(_) => return Err(problems),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let again = problems.last().is_some_and(|last| last.span.start >= span.start);
        if again || problems.len() == 20 {
            return Err(problems);
        }
        problems.push(source.problem(&span, syntax_message(&error), None));
        let statement = statement_around(&text, span.start);
        text.replace_range(statement.clone(), &blank(&text[statement]));
    }
}

fn syntax_message(error: &TomlError) -> String {
    format!("this is not TOML: {}", error.message().trim_end().replace('\n', ", "))
}

/// The lines of the statement that holds `byte`: from a line that begins with a key or a header to the next
/// such line. A mistake in it must not hide, or make up, mistakes elsewhere.
fn statement_around(text: &str, byte: usize) -> Range<usize> {
    let mut starts = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(|first: char| first == '[' || first == '"' || first.is_alphabetic()) {
            starts.push(at);
        }
        at += line.len();
    }
    let byte = byte.min(text.len().saturating_sub(1));
    let from = starts.iter().rev().find(|start| **start <= byte).copied().unwrap_or(0);
    let to = starts.iter().find(|start| **start > byte).copied().unwrap_or(text.len());
    from..to
}

/// As long as `text` in bytes, with its line ends and nothing else.
fn blank(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// The root table of `document`.
pub(crate) fn root<'a>(reader: &'a Reader<'a>, document: &'a Document<String>) -> Table<'a> {
    Table::new(reader, document.as_table(), 0..0, "the file".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reaches_from_a_key_or_a_header_to_the_next() {
        // The text in parts that make it up; the statement around each byte is the part that holds it.
        for parts in [
            &["a = 1\n", "b = [\n  1,\n]\n", "[c]\n", "\"d e\" = 2"][..],
            &["# a remark\n\n", "a = 1\n# another\n", "[[b]]\n  c = 3\n"],
            &["ä = \"ö\"\n", "b = 1"],
        ] {
            let text = parts.concat();
            let mut from = 0;
            for part in parts {
                let to = from + part.len();
                for byte in from..to {
                    assert_eq!(statement_around(&text, byte), from..to, "{byte} of {text}");
                }
                from = to;
            }
            // Where the text ends too early, its last statement is the one that is wrong.
            let last = parts.last().map_or(0, |last| last.len());
            assert_eq!(statement_around(&text, text.len()), text.len() - last..text.len(), "{text}");
        }
        assert_eq!(statement_around("", 0), 0..0);
    }

    #[test]
    fn what_is_blanked_keeps_its_length_and_its_lines() {
        for (text, expected) in [("", ""), ("a\n b\n", " \n  \n"), ("ä", "  ")] {
            assert_eq!(blank(text), expected, "{text}");
        }
    }
}
