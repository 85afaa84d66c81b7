//! Rules of reading: every module says what it is, names mean something, files stay small, no test sleeps.

use crate::tree::{root, rust_files};

fn sources() -> Vec<(std::path::PathBuf, String)> {
    ["services", "tests", "loadtest"].iter().flat_map(|folder| rust_files(&root().join(folder))).collect()
}

#[test]
fn every_module_begins_by_saying_what_it_is() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{}: expected a first line `//! ...`", path.display());
        let placeholder = format!("//! {}", "Placeholder");
        assert!(!text.contains(&placeholder), "{}: still a placeholder", path.display());
    }
}

#[test]
fn no_file_is_a_drawer() {
    for (path, _) in sources() {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        for drawer in ["utils", "util", "common", "helpers", "helper", "manager", "misc"] {
            assert_ne!(name, drawer, "{}: name it after the one thing it holds", path.display());
        }
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= 500,
            "{}: {lines} lines, expected 500 at the most; is it still one noun?",
            path.display()
        );
    }
}

/// A test waits on a condition with a deadline. The one place that may pause between two looks is a file called
/// `wait.rs`.
#[test]
fn no_test_sleeps() {
    let words = ["thread::sl", "time::sl"].map(|start| format!("{start}eep"));
    for (path, text) in sources() {
        let in_test = path.components().any(|part| part.as_os_str() == "tests");
        let waits = path.file_name().is_some_and(|name| name == "wait.rs");
        for (number, line) in text.lines().enumerate().filter(|_| in_test && !waits) {
            let sleeps = words.iter().any(|word| line.contains(word.as_str()));
            assert!(
                !sleeps,
                "{}:{}: wait on a condition with a deadline instead",
                path.display(),
                number + 1
            );
        }
    }
}
