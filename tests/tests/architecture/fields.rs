//! Rule: log lines call the same thing by the same word: the fields of every `info!`, `warn!` and so on are those of
//! the catalogue, `deploy/telemetry.toml`.

use crate::tree::{root, rust_files};
use std::collections::BTreeSet;
use telemetry::catalogue;

const MACROS: [&str; 5] = ["trace!(", "debug!(", "info!(", "warn!(", "error!("];

/// What stands between the macro's parentheses, of each log line in `text` with its place.
fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for name in MACROS {
        for (at, _) in text.match_indices(name) {
            let before = text[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == '"') {
                continue;
            }
            let start = at + name.len();
            found.push((text[..at].lines().count(), &text[start..start + end(&text[start..])]));
        }
    }
    found
}

/// Where the parenthesis ends that began before `text`.
fn end(text: &str) -> usize {
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("expected the end of a log line in {text}");
}

/// The fields of a log line: what stands before its message.
fn fields(line: &str) -> Vec<String> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0);
    for (at, letter) in line.char_indices() {
        match letter {
            '"' => break,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&line[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    let name = |part: &str| {
        part.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']).to_owned()
    };
    parts.into_iter().map(name).map(|name| name.rsplit('.').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn log_lines_have_the_catalogues_fields_and_no_others() {
    let mut used = BTreeSet::new();
    for folder in ["services", "loadtest"] {
        for (path, text) in rust_files(&root().join(folder)) {
            for (line, what) in lines(&text) {
                for field in fields(what) {
                    let place = format!("{}:{line}", path.display());
                    let known = catalogue().fields.contains_key(&field);
                    assert!(
                        known,
                        "{place}: `{field}` is no field of deploy/telemetry.toml; which of them is meant?"
                    );
                    used.insert(field);
                }
            }
        }
    }
    assert!(used.len() > 15, "{used:?}");
    used.extend(told_by_spans());
    let unused: Vec<&String> = catalogue().fields.keys().filter(|field| !used.contains(*field)).collect();
    assert_eq!(unused, Vec::<&String>::new(), "fields of deploy/telemetry.toml that no log line has");
}

/// What spans tell of themselves: the same words.
fn told_by_spans() -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    for (path, text) in
        rust_files(&root().join("services")).into_iter().filter(|(path, _)| !path.ends_with("traces.rs"))
    {
        for (at, _) in text.match_indices("\", Told::") {
            let field = text[..at].rsplit('"').next().unwrap_or_default();
            let known = catalogue().fields.contains_key(field)
                || field == "service.name"
                || field == "service.instance.id";
            assert!(known, "{}: `{field}` of a span is no field of deploy/telemetry.toml", path.display());
            told.insert(field.to_owned());
        }
    }
    told
}

#[test]
fn fields_are_read_whatever_stands_between_them() {
    let text = r#"warn!(%error, topic = self.topics(a, b), ?open.count, "a, (b", x);"#;
    assert_eq!(lines(text).len(), 1);
    assert_eq!(fields(lines(text)[0].1), ["error", "topic", "count"]);
    assert_eq!(lines("my_warn!(x)").len(), 0);
    assert_eq!(fields(r#""{whom} is away""#), Vec::<String>::new());
}
