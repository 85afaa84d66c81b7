//! The deployed programmes, and those that show what else the language can say, in words, for members and for merchants, as they are printed: `tests/explained/*.txt`.

mod files;

use files::{DEPLOYED, programmes};
use programme::explain::{for_member, for_merchant};
use programme::read;
use std::fs;
use std::path::PathBuf;

/// Compares `text` with what is kept in `name`, or keeps it.
fn assert_kept(name: &str, text: &str) {
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/explained").join(name);
    if std::env::var_os("WRITE_EXPLAINED").is_some() {
        fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
        fs::write(&kept, text).expect("written");
    }
    let expected = fs::read_to_string(&kept).unwrap_or_default();
    assert!(text == expected, "{name}: WRITE_EXPLAINED=1 accepts this:\n{text}\ninstead of:\n{expected}");
}

#[test]
fn every_programme_is_explained() {
    for (file, text) in programmes(DEPLOYED).into_iter().chain(programmes("tests/programmes")) {
        let programme = read(&file, &text).expect("a programme");
        let name = file.strip_suffix(".toml").expect("a TOML file");
        assert_kept(&format!("{name}.member.txt"), &for_member(&programme).to_string());
        let sheets: Vec<String> = for_merchant(&programme).iter().map(ToString::to_string).collect();
        assert_kept(&format!("{name}.merchant.txt"), &sheets.join("\n"));
    }
}
