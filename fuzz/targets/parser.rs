//! Any bytes are a programme file or a list of mistakes, each with a place in the text; examples are run, too.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let report = programme::check("fuzzed.toml", text);
    for problem in &report.problems {
        assert!(problem.span.end <= text.len() && problem.line >= 1 && problem.column >= 1, "{problem:?}");
        assert!(!problem.to_string().is_empty());
    }
});
