//! Comma-separated values, as RFC 4180 has them, one line feed a row.

/// A row.
pub fn row<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\n"
}

fn cell(text: &str) -> String {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_would_end_a_cell_is_quoted() {
        assert_eq!(super::row(["a", "b, c", "d \"e\"", ""]), "a,\"b, c\",\"d \"\"e\"\"\",\n");
    }
}
