//! Rules of the language: nothing that differs between programmes is in code. No name of a deployed programme, of one of
//! its partners, product groups or levels stands in Rust outside tests, examples and the demo.

use crate::tree::{code, root, rust_files};
use std::collections::BTreeSet;
use std::path::Path;

/// Tables of a programme whose keys are its author's names.
const NAMED: [&str; 2] = ["partners", "groups"];

/// The names in the deployed programmes, without those that are words of the language itself.
fn names() -> BTreeSet<String> {
    let words: BTreeSet<&str> =
        programme::LANGUAGE.iter().flat_map(|shape| shape.keys).map(|key| key.name).collect();
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("deploy/programmes")).expect("deploy/programmes") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a programme");
        let file: toml_edit::DocumentMut = text.parse().expect("a programme in TOML");
        names.extend(file["programme"]["name"].as_str().map(str::to_owned));
        for table in NAMED.iter().filter_map(|table| file.get(table)?.as_table_like()) {
            names.extend(table.iter().map(|(name, _)| name.to_owned()));
        }
        let levels =
            file.get("tiers").and_then(|tiers| tiers.get("levels")).and_then(|levels| levels.as_array());
        for level in levels.into_iter().flatten().filter_map(|level| level.as_inline_table()) {
            names.extend(level.get("name").and_then(|name| name.as_str()).map(str::to_owned));
        }
    }
    names.retain(|name| !words.contains(name.as_str()));
    names
}

fn may_name(path: &Path) -> bool {
    let free = ["tests", "examples", "demo", "loadtest", "conformance"];
    path.components().any(|part| free.iter().any(|free| part.as_os_str() == *free))
}

#[test]
fn no_programme_partner_or_group_is_named_in_code() {
    let names = names();
    assert!(names.len() > 80, "only {} names in deploy/programmes", names.len());
    for (path, text) in rust_files(&root().join("services")) {
        let path = path.strip_prefix(root()).expect("a file of the tree").to_owned();
        if may_name(&path) {
            continue;
        }
        for (number, line) in code(&text) {
            let named = names.iter().find(|name| line.contains(&format!("\"{name}\"")));
            assert!(named.is_none(), "{}:{number}: {named:?} is a programme's own name", path.display());
        }
    }
}
