//! *Did you mean*: the nearest known name to one that is not known.

/// The known name nearest to `found`, if it is near enough to be a slip: a third of its letters at most added,
/// dropped, changed or swapped with a neighbour, or the same letters in another case.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = found.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(&wanted, &name.to_lowercase()), name))
        .filter(|(far, name)| *far <= (name.chars().count().max(2) / 3).max(1))
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// ``did you mean `name`?``, where something is near; else the whole choice, where it is short.
pub(crate) fn did_you_mean<'a>(
    found: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(name) = nearest(found, known.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let all: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
    match all.len() {
        0 => None,
        1 => Some(format!("known is {}", all[0])),
        2..=8 => Some(format!("known are {}", all.join(", "))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_does_not() {
        let known = ["expires", "activates", "rounding", "cap"];
        assert_eq!(nearest("expirse", known), Some("expires"));
        assert_eq!(nearest("Activates", known), Some("activates"));
        assert_eq!(nearest("cpa", known), Some("cap"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_short_choice_is_told_whole() {
        assert_eq!(did_you_mean("Bronze", ["Silver", "Gold"]).as_deref(), Some("known are `Silver`, `Gold`"));
    }
}
