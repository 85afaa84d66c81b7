//! *Did you mean*: the nearest known name to one that is not known.

/// How many letters have to be added, dropped, changed or swapped with a neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// The known name nearest to `found`, if it is near enough to be a slip: a third of its letters at most, or
/// the same letters in another case.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = found.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&wanted, &name.to_lowercase()), name))
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
