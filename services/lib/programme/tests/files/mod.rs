//! Programmes in files: those that are deployed, and others.

use std::fs;
use std::path::PathBuf;

/// The folder of those that are deployed.
pub(crate) const DEPLOYED: &str = "../../../deploy/programmes";

/// File names and texts of the programmes in `folder`, as this crate sees it, by name.
pub(crate) fn programmes(folder: &str) -> Vec<(String, String)> {
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
