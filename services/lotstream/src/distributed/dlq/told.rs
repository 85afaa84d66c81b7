//! Dead letters as a person reads them: what a line of a table shows of them.

use super::letter::Letter;

/// Letters of a text that a table shows.
const SHOWN: usize = 72;

/// The headings of [`cells`].
pub(super) const HEADINGS: [&str; 6] = ["place", "at", "partner", "topic", "id", "reason"];

/// A letter's own part of a row.
pub(super) fn cells(letter: &Letter, prefix: &str) -> [String; 6] {
    let record = &letter.record;
    let topic = record.topic.strip_prefix(prefix).unwrap_or(&record.topic);
    [
        letter.place.to_string(),
        letter.at.map_or_else(String::new, |at| at.to_string()),
        line(&record.partner),
        line(topic),
        short(&record.id),
        line(&record.reason),
    ]
}

/// A text on one line, and no more than a table has room for.
pub(super) fn short(text: &str) -> String {
    let mut shown = line(text);
    if let Some((end, _)) = shown.char_indices().nth(SHOWN) {
        shown.truncate(end);
        shown.push('…');
    }
    shown
}

/// Without what would break a line, or a terminal: it came from outside.
pub(super) fn line(text: &str) -> String {
    text.chars().map(|letter| if telemetry::is_hidden(letter) { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_is_one_short_line() {
        assert_eq!(short("a\nb\u{1b}[2J"), "a b [2J");
        let long = short(&"ä".repeat(100));
        assert_eq!((long.chars().count(), long.ends_with('…')), (73, true));
    }
}
