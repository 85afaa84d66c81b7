//! Rule: two files call a C library, and no other code is unsafe.

use crate::tree::{code, root, rust_files};

/// The files that may.
const HERE: [&str; 2] = ["services/lib/kafka/src/access/native.rs", "services/lib/kafka/src/header.rs"];

#[test]
fn two_files_are_unsafe_and_no_other() {
    let mut used = [false; 2];
    for folder in ["services", "loadtest", "tests"] {
        for (path, text) in rust_files(&root().join(folder)) {
            let here = HERE.iter().position(|here| path.ends_with(here));
            let myself = path.ends_with("tests/tests/architecture/unsafety.rs");
            for (number, line) in code(&text).filter(|_| !myself) {
                let line = line.trim_start();
                let is_unsafe = line.contains("unsafe_code") || line.split(' ').any(|word| word == "unsafe");
                match here {
                    Some(place) => used[place] |= is_unsafe,
                    None => assert!(
                        !is_unsafe,
                        "{}:{number}: expected `unsafe` in {HERE:?} alone: {line}",
                        path.display()
                    ),
                }
            }
        }
    }
    for (file, used) in HERE.iter().zip(used) {
        assert!(used, "{file} is not unsafe any more: take it off this list");
    }
}
