//! Rule: dependencies point one way (design §8). The table is the rule; a new arrow is a decision.

use crate::tree::root;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use toml_edit::Document;

/// Each crate, where it lies, and the crates of ours it may know.
const ARROWS: [(&str, &str, &[&str]); 11] = [
    ("domain", "services/lib/domain", &[]),
    ("programme", "services/lib/programme", &["domain"]),
    ("reports", "services/lib/reports", &["domain"]),
    ("verify", "services/lib/verify", &["domain"]),
    ("engine", "services/lib/engine", &["domain"]),
    ("wire", "services/lib/wire", &["domain", "engine"]),
    ("embedded", "services/lib/embedded", &["domain", "engine", "wire"]),
    ("lotstream-kafka", "services/lib/kafka", &["domain", "engine"]),
    ("lotstream-scylla", "services/lib/scylla", &["domain", "engine"]),
    ("feed", "services/lib/feed", &["domain", "engine", "wire", "lotstream-kafka", "telemetry"]),
    ("telemetry", "services/lib/telemetry", &[]),
];

fn manifest(folder: &str) -> Document<String> {
    let path = root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Document::parse(text).expect("a manifest")
}

fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = manifest(folder);
    let names = |table: &toml_edit::Item| -> Vec<String> {
        table
            .as_table_like()
            .map(|table| table.iter().map(|(name, _)| name.to_owned()).collect())
            .unwrap_or_default()
    };
    manifest.get("dependencies").map(names).unwrap_or_default().into_iter().collect()
}

/// The packages of this repository.
fn ours() -> BTreeMap<String, String> {
    let workspace = manifest("");
    let members =
        workspace["workspace"]["dependencies"].as_table_like().expect("the workspace's dependencies");
    let path = |item: &toml_edit::Item| item.get("path").and_then(|path| path.as_str()).map(str::to_owned);
    members.iter().filter_map(|(name, item)| Some((name.to_owned(), path(item)?))).collect()
}

#[test]
fn dependencies_point_one_way() {
    let ours = ours();
    for (name, folder, allowed) in ARROWS {
        for found in dependencies(folder).iter().filter(|found| ours.contains_key(*found)) {
            assert!(
                allowed.contains(&found.as_str()),
                "{name} knows {found}, expected it to know at most {allowed:?} (design §8); move what it needs to \
                 where both can see it"
            );
        }
    }
}

#[test]
fn every_library_crate_is_in_the_table() {
    let folders = fs::read_dir(root().join("services/lib")).expect("services/lib");
    for folder in folders {
        let folder = format!("services/lib/{}", folder.expect("an entry").file_name().to_string_lossy());
        assert!(
            ARROWS.iter().any(|(_, known, _)| *known == folder),
            "{folder} is not in the table of this test: say what it may know"
        );
    }
}

#[test]
fn versions_are_decided_once_in_the_root() {
    for (_, folder) in ours() {
        let manifest = manifest(&folder);
        for table in ["dependencies", "dev-dependencies"] {
            let Some(items) = manifest.get(table).and_then(|item| item.as_table_like()) else { continue };
            for (name, item) in items.iter() {
                assert!(
                    item.get("workspace").and_then(|value| value.as_bool()) == Some(true),
                    "{folder}: {table}.{name} has a version of its own, expected `workspace = true`"
                );
            }
        }
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    for (name, folder) in ours() {
        let inherits = manifest(&folder).get("lints").and_then(|lints| lints.get("workspace")).is_some();
        assert!(inherits, "{name}: expected `[lints] workspace = true` in {folder}/Cargo.toml");
    }
}
