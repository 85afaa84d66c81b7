//! What a check says of broken files, word for word: `tests/mistakes/*.toml` beside what is printed.

mod bounds;
mod warned;

use programme::check;
use std::fs;
use std::path::PathBuf;

#[test]
fn every_mistake_is_told_with_its_place() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut files = 0;
    for entry in fs::read_dir(&folder).expect("tests/mistakes") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let told = format!("{}\n", check(&name, &fs::read_to_string(&path).expect("a text")));
        let golden = path.with_extension("txt");
        if std::env::var_os("WRITE_MISTAKES").is_some() {
            fs::write(&golden, &told).expect("written");
        }
        let expected = fs::read_to_string(&golden).unwrap_or_default();
        assert!(told == expected, "{name}: WRITE_MISTAKES=1 accepts this:\n{told}\ninstead of:\n{expected}");
        files += 1;
    }
    assert!(files >= 4, "only {files} files");
}
