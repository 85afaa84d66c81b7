//! Which of some names was probably meant by one that is none of them.

/// The name of `known` that takes the fewest letters to change; the first in order where several do.
pub(crate) fn nearest<'n>(found: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    known.into_iter().min_by_key(|name| (strsim::levenshtein(found, name), *name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_near_what_was_meant() {
        let known = ["prefix", "programme", "replicas"];
        assert_eq!(nearest("program", known), Some("programme"));
        assert_eq!(nearest("prefx", known), Some("prefix"));
        assert_eq!(nearest("x", []), None);
    }
}
