//! Where things are: the repository, the binary under test, and what stories leave behind.

use std::path::{Path, PathBuf};

/// The repository.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Where stories keep logs and feeds: beside the build.
pub fn scratch() -> PathBuf {
    build().parent().map_or_else(std::env::temp_dir, Path::to_owned).join("e2e")
}

/// The folder of this build's profile: the test executable is in its `deps`.
fn build() -> PathBuf {
    let executable = std::env::current_exe().unwrap_or_else(|error| panic!("{error}"));
    executable.ancestors().nth(2).map_or_else(PathBuf::new, Path::to_owned)
}

/// The binary under test: `LOTSTREAM_BINARY`, or the one beside the test executable.
///
/// # Panics
/// Where there is none: says how to build it.
pub fn binary() -> PathBuf {
    let found = std::env::var_os("LOTSTREAM_BINARY").map_or_else(|| build().join("lotstream"), PathBuf::from);
    assert!(
        found.is_file(),
        "expected the binary {}, found none; run `cargo build --release -p lotstream --features distributed`",
        found.display()
    );
    found
}

/// The previous build's binary, `LOTSTREAM_PREVIOUS`; `None` where `LOTSTREAM_NO_PREVIOUS=1` does without it, and then it
/// says so.
///
/// # Panics
/// Where neither is set, or no file is there: what is not tested must not look as if it were.
pub fn previous_binary() -> Option<PathBuf> {
    let path = std::env::var_os("LOTSTREAM_PREVIOUS").map(PathBuf::from);
    if path.is_none() && std::env::var("LOTSTREAM_NO_PREVIOUS").is_ok_and(|value| value == "1") {
        println!("SKIPPED: LOTSTREAM_NO_PREVIOUS=1 leaves out what needs a binary of the previous build");
        return None;
    }
    let path = path.expect(
        "expected a binary of the previous build in LOTSTREAM_PREVIOUS, found none; make one with \
         `LOTSTREAM_PREVIOUS=$(tests/previous)`, or set LOTSTREAM_NO_PREVIOUS=1 to leave out what needs it",
    );
    assert!(path.is_file(), "expected LOTSTREAM_PREVIOUS to be a binary, found none at {}", path.display());
    Some(path)
}
