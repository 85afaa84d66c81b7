//! Each rule of the ledger has tests that bear its number: `s16_a_return_of_everything_…`.

use crate::tree::{root, rust_files};
use std::collections::BTreeMap;

/// Rules S01 to this one.
const LAST: usize = 35;

/// How many tests bear each number: `s16_s24_…` bears two.
fn tests_by_number() -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    for folder in ["services", "tests"] {
        for (_, text) in rust_files(&root().join(folder)) {
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let name = line.strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                let Some(name) = name.filter(|_| is_test) else {
                    is_test = line.starts_with("#[test]") || is_test && line.starts_with("#[");
                    continue;
                };
                is_test = false;
                let numbers = name.split('_').map_while(|part| part.strip_prefix('s')?.parse::<usize>().ok());
                numbers.for_each(|number| *found.entry(number).or_default() += 1);
            }
        }
    }
    found
}

#[test]
fn every_rule_has_a_test_by_its_number() {
    let found = tests_by_number();
    let missing: Vec<String> = (1..=LAST)
        .filter(|number| !found.contains_key(number))
        .map(|number| format!("S{number:02}"))
        .collect();
    assert!(
        missing.is_empty(),
        "expected a test by the number of each rule, found none for {}",
        missing.join(", ")
    );
    let unknown: Vec<&usize> = found.keys().filter(|number| !(1..=LAST).contains(*number)).collect();
    assert!(unknown.is_empty(), "tests are named after rules there are not: {unknown:?}");
}
