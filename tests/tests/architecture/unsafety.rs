//! Rule: one file calls a C library, and no other code is unsafe.

use crate::tree::{code, root, rust_files};

/// The file that may.
const HERE: &str = "services/lib/kafka/src/access/native.rs";

#[test]
fn one_file_is_unsafe_and_no_other() {
    let mut used = false;
    for folder in ["services", "loadtest", "tests"] {
        for (path, text) in rust_files(&root().join(folder)) {
            let here = path.ends_with(HERE);
            let myself = path.ends_with("tests/tests/architecture/unsafety.rs");
            for (number, line) in code(&text).filter(|_| !myself) {
                let line = line.trim_start();
                let is_unsafe = line.contains("unsafe_code") || line.split(' ').any(|word| word == "unsafe");
                used |= here && is_unsafe;
                assert!(
                    here || !is_unsafe,
                    "{}:{number}: expected `unsafe` in {HERE} alone: {line}",
                    path.display()
                );
            }
        }
    }
    assert!(used, "{HERE} is not unsafe any more: forbid it in the workspace again");
}
