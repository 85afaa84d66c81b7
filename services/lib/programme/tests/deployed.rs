//! The programmes that are deployed, and those that show what else the language can say: each compiles, and its
//! examples come out of the core.

use std::fs;
use std::path::PathBuf;

fn programmes(folder: &str) -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("a folder of programmes")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no programme in {}", folder.display());
    files
}

fn assert_all_come_out(folder: &str) {
    for (file, text) in programmes(folder) {
        let report = programme::check(&file, &text);
        println!("{report}");
        assert!(report.passed(), "{report}");
        assert!(report.expectations().count() > 0, "{file} has no example that expects anything");
    }
}

#[test]
fn every_example_of_every_programme_comes_out() {
    assert_all_come_out("../../../deploy/programmes");
}

#[test]
fn what_else_the_language_can_say_comes_out() {
    assert_all_come_out("tests/programmes");
}
