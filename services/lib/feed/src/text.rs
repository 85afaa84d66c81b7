//! Texts of a record: ids and names are short and printable, so that keys, tables and statements may hold
//! them as they are. An optional text that is empty is an absent one.

use crate::bad::{BadInput, Code, shown};
use crate::limits;

/// Characters that show nothing, or turn the text around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) || !text.chars().any(is_hidden)
}

/// A text that may hold what a partner wrote, on one line, of `longest` bytes or so: what shows nothing, or changes how
/// the text around it is shown, is escaped.
pub(crate) fn line(text: &str, longest: usize) -> String {
    let end = text.floor_char_boundary(longest);
    let mut line = String::with_capacity(end);
    for c in text[..end].chars() {
        if is_hidden(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
    if end < text.len() {
        line.push('…');
    }
    line
}

/// Checks a name, such as a group: 1 to 200 bytes, printable. `what` is the field, for people.
pub(crate) fn name(what: &str, text: &str) -> Result<(), BadInput> {
    if (1..=limits::TEXT).contains(&text.len()) && is_printable(text) {
        return Ok(());
    }
    let limit = limits::TEXT;
    let problem =
        format!("{what}: expected 1 to {limit} bytes of printable characters, found {}", shown(text));
    Err(BadInput::new(Code::BadText, problem))
}

/// Checks an id: a name without `:`, which separates the parts of a key.
pub(crate) fn id(what: &str, text: &str) -> Result<(), BadInput> {
    name(what, text)?;
    if !text.as_bytes().contains(&b':') {
        return Ok(());
    }
    let problem = format!("{what}: expected an id without `:`, found {}", shown(text));
    Err(BadInput::new(Code::BadText, problem))
}

/// An optional text; an empty one is absent.
pub(crate) fn present<T: std::ops::Deref<Target = str>>(text: &Option<T>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_what_would_not_be_seen_and_ends() {
        assert_eq!(line("a\nb\u{1b}[2J\u{202e}c", 99), r"a\nb\u{1b}[2J\u{202e}c");
        assert_eq!((line("Велопробег", 99), line("Велопробег", 5)), ("Велопробег".into(), "Ве…".into()));
    }

    #[test]
    fn ids_are_short_and_printable() {
        for good in ["1", "hh-227", "Член 7", "日本", "a b", &"x".repeat(200)] {
            assert_eq!(id("id", good), Ok(()), "{good}");
        }
        for bad in ["", "a:b", "a\nb", "a\u{0}", "\u{7f}", "\u{202e}abc", "a\u{200b}", &"x".repeat(201)] {
            assert_eq!(id("id", bad).unwrap_err().code, Code::BadText, "{bad:?}");
        }
        assert_eq!(name("group", "a:b"), Ok(()));
        let text = id("member", "a\nb").unwrap_err().text;
        assert!(
            text.starts_with("member: expected 1 to 200 bytes of printable characters, found `a\\nb`; "),
            "{text}"
        );
    }
}
