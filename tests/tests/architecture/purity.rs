//! Rule: the core, the rule language, the reports and the rules of a running deployment are pure (design §4, §7): no clock, no randomness, no I/O, no floats, no
//! hash-map order.

use crate::tree::{code, root, rust_files};

const FORBIDDEN: [(&str, &str); 14] = [
    ("Instant::now", "a clock"),
    ("SystemTime", "a clock"),
    ("Utc::now", "a clock"),
    ("Local::now", "a clock"),
    ("rand::", "randomness"),
    ("new_v4", "randomness"),
    ("HashMap", "hash-map order"),
    ("HashSet", "hash-map order"),
    ("std::fs", "I/O"),
    ("std::net", "I/O"),
    ("std::env", "the environment"),
    ("println!", "I/O"),
    ("f64", "a float"),
    ("f32", "a float"),
];

#[test]
fn domain_programme_reports_and_verify_are_pure() {
    for folder in ["domain", "programme", "reports", "verify"].map(|name| format!("services/lib/{name}/src"))
    {
        let folder = folder.as_str();
        for (path, text) in rust_files(&root().join(folder)) {
            for (number, line) in code(&text) {
                for (word, what) in FORBIDDEN {
                    assert!(
                        !line.contains(word),
                        "{}:{number}: {what} in a pure crate: {line}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn the_state_machine_is_pure() {
    for (path, text) in rust_files(&root().join("services/lib/engine/src/machine")) {
        for (number, line) in code(&text) {
            for word in
                ["Instant::now", "SystemTime", "std::fs", "std::net", "std::thread", "std::env", "println!"]
            {
                assert!(
                    !line.contains(word),
                    "{}:{number}: {word} in the state machine: {line}",
                    path.display()
                );
            }
        }
    }
}
