//! The programmes that are deployed: each compiles, and its examples come out of the core.

use std::fs;
use std::path::PathBuf;

fn deployed() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/programmes");
    let mut files: Vec<(String, String)> = fs::read_dir(&folder)
        .expect("deploy/programmes")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (format!("deploy/programmes/{name}"), fs::read_to_string(&path).expect("a text"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no programme in {}", folder.display());
    files
}

#[test]
fn every_example_of_every_programme_comes_out() {
    for (file, text) in deployed() {
        let report = programme::check(&file, &text);
        println!("{report}");
        assert!(report.passed(), "{report}");
        assert!(report.expectations().count() > 0, "{file} has no example that expects anything");
    }
}
