//! The programmes that are deployed, and those that show what else the language can say: each compiles, and its
//! examples come out of the core.

mod files;

use files::{DEPLOYED, programmes};

fn assert_all_come_out(folder: &str) {
    for (file, text) in programmes(folder) {
        let report = programme::check(&file, &text);
        println!("{report}");
        assert!(report.passed(), "{report}");
        assert!(report.expectations().count() > 0, "{file} has no example that expects anything");
    }
}

#[test]
fn every_example_of_every_programme_comes_out() {
    assert_all_come_out(DEPLOYED);
}

#[test]
fn no_deployed_programme_has_a_warning() {
    let reports: Vec<_> = programmes(DEPLOYED)
        .iter()
        .map(|(file, text)| programme::check(file, text))
        .filter(|report| !report.is_clean())
        .map(|report| report.to_string())
        .collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn what_else_the_language_can_say_comes_out() {
    assert_all_come_out("tests/programmes");
}
