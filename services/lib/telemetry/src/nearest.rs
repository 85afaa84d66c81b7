//! Which of some names was probably meant by one that is none of them.

/// The name of `known` that takes the fewest letters to change; the first in order where several do.
pub(crate) fn nearest<'n>(found: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known.into_iter().min_by_key(|name| (letters_to_change(found, name), *name))
}

/// Levenshtein's distance: letters added, taken away or changed.
fn letters_to_change(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut before = std::mem::replace(&mut row[0], line + 1);
        for (place, other) in to.iter().enumerate() {
            let changed = before + usize::from(letter != *other);
            before = row[place + 1];
            row[place + 1] = changed.min(before + 1).min(row[place] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_near_what_was_meant() {
        for (from, to, letters) in [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("a", "a", 0)] {
            assert_eq!(letters_to_change(from, to), letters, "{from} {to}");
        }
        let known = ["prefix", "programme", "replicas"];
        assert_eq!(nearest("program", known), Some("programme"));
        assert_eq!(nearest("prefx", known), Some("prefix"));
        assert_eq!(nearest("x", []), None);
    }
}
