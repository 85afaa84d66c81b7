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

/// The previous build's binary, `LOTSTREAM_PREVIOUS`; `None` where nobody made one, and then it says so.
///
/// # Panics
/// Where it is set and no file is there.
pub fn previous_binary() -> Option<PathBuf> {
    let Some(path) = std::env::var_os("LOTSTREAM_PREVIOUS").map(PathBuf::from) else {
        println!(
            "SKIPPED: LOTSTREAM_PREVIOUS names no binary of the previous build; `tests/previous` makes one"
        );
        return None;
    };
    assert!(path.is_file(), "expected LOTSTREAM_PREVIOUS to be a binary, found none at {}", path.display());
    Some(path)
}
