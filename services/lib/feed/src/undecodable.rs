//! Why a line is no record, in words of our own: what was expected, what was found, and where (S27).

use crate::bad::shown;
use serde_json::error::Category;

/// How many letters of a line that cannot be read are shown.
const SHOWN: usize = 20;

/// What the reader of JSON says, and what it stands for.
const SYNTAX: &[(&str, &str)] = &[
    ("expected ident", "true, false or null"),
    ("expected value", "a value"),
    ("key must be a string", "the name of a field in quotation marks"),
    ("trailing comma", "no comma before the end"),
    ("trailing characters", "one JSON object a line and nothing behind it"),
    ("invalid number", "a number"),
    ("control character", "a text without control characters"),
    ("invalid escape", "a text without unknown escapes"),
    ("expected `:`", "`:`"),
    ("expected `,` or `}`", "`,` or `}`"),
    ("expected `,` or `]`", "`,` or `]`"),
];

/// Why `line` is no record of `schema`.
pub(crate) fn words(schema: &str, line: &str, error: &serde_json::Error) -> String {
    let place = error.column();
    let said = error.to_string();
    let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said);
    let found = match error.classify() {
        _ if !line.trim_start().starts_with('{') => {
            format!("expected a JSON object such as {{\"id\":\"1\", …}}, found {}", beginning(line, 0))
        }
        Category::Eof => {
            format!("expected a whole JSON object, found that the line ends after {} bytes", line.len())
        }
        Category::Data => of_data(said, line, place),
        Category::Syntax | Category::Io => {
            let known = SYNTAX.iter().find(|(start, _)| said.starts_with(start));
            let expected = known.map_or("JSON", |(_, expected)| expected);
            format!("expected {expected}, found {} at byte {place}", beginning(line, place.saturating_sub(1)))
        }
    };
    format!("{schema}: {found}")
}

/// The text from `byte` on, as far as it is shown.
fn beginning(line: &str, byte: usize) -> String {
    let byte = (0..=byte.min(line.len())).rev().find(|byte| line.is_char_boundary(*byte)).unwrap_or(0);
    let start: String = line[byte..].chars().take(SHOWN).collect();
    let more = if start.len() < line.len() - byte { "…" } else { "" };
    match start.is_empty() {
        true => "nothing".to_owned(),
        false => format!("`{}{more}`", start.replace(char::is_control, " ")),
    }
}

/// A field that is missing, unknown, twice there, or of another type.
fn of_data(said: &str, line: &str, place: usize) -> String {
    if let Some(field) = said.strip_prefix("missing field ") {
        return format!("expected field {field}, found none");
    }
    if let Some(field) = said.strip_prefix("duplicate field ") {
        return format!("expected field {field} once, found it twice, again at byte {place}");
    }
    let Some((found, expected)) = said.split_once(", expected ") else {
        return format!("{}{said}", field_at(line, place));
    };
    if let Some(field) = found.strip_prefix("unknown field ") {
        return format!("expected {expected}, found unknown field {field} at byte {place}");
    }
    let found = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "]
        .iter()
        .find_map(|start| found.strip_prefix(start))
        .unwrap_or(found);
    format!("{}expected {expected}, found {found} at byte {place}", field_at(line, place))
}

/// The field whose value ends at `place` or stands there: ``field `total`: ``; nothing where there is none.
fn field_at(line: &str, place: usize) -> String {
    let (mut field, mut text, mut begin) = (None, None, None);
    let mut bytes = line.bytes().enumerate().take(place);
    while let Some((at, byte)) = bytes.next() {
        match (byte, begin) {
            (b'\\', Some(_)) => drop(bytes.next()),
            (b'"', None) => begin = Some(at + 1),
            (b'"', Some(from)) => (text, begin) = (line.get(from..at), None),
            (b':', None) => field = text,
            _ => {}
        }
    }
    field.map_or_else(String::new, |field| format!("field {}: ", shown(field)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "read to see what is said of what is wrong")]
    struct Record {
        id: String,
        total: String,
        at: Option<Timestamp>,
        lines: Option<Vec<Record>>,
    }

    #[test]
    fn s27_what_is_no_record_is_told_in_words_of_our_own() {
        for (line, expected) in [
            ("nope", "expected a JSON object such as {\"id\":\"1\", …}, found `nope`"),
            ("", "expected a JSON object such as {\"id\":\"1\", …}, found nothing"),
            (r#"["a"]"#, r#"expected a JSON object such as {"id":"1", …}, found `["a"]`"#),
            (r#"{"id":"1","tot"#, "expected a whole JSON object, found that the line ends after 14 bytes"),
            (r#"{"id":nope}"#, "expected true, false or null, found `ope}` at byte 8"),
            (r#"{"id":"1" "total":"5"}"#, "expected `,` or `}`, found `\"total\":\"5\"}` at byte 11"),
            (r#"{"id":"1","total":"5",}"#, "expected no comma before the end, found `}` at byte 23"),
            (r#"{id:"1"}"#, "expected the name of a field in quotation marks, found `id:\"1\"}` at byte 2"),
            (
                r#"{"id":"1","total":"5"} {}"#,
                "expected one JSON object a line and nothing behind it, found `{}` at byte 24",
            ),
            (r#"{"id":"1"}"#, "expected field `total`, found none"),
            (r#"{"id":"1","id":"2"}"#, "expected field `id` once, found it twice, again at byte 14"),
            (r#"{"id":"a\":b","total":5}"#, "field `total`: expected a string, found integer `5` at byte 23"),
            (
                r#"{"id":"1","totl":"5"}"#,
                "expected one of `id`, `total`, `at`, `lines`, found unknown field `totl` at byte 16",
            ),
        ] {
            let error = serde_json::from_str::<Record>(line).unwrap_err();
            assert_eq!(words("purchase", line, &error), format!("purchase: {expected}"), "{line}: {error}");
        }
    }
}
