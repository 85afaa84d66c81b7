//! Every expected figure of every deployed programme counts: alter one, and the check says which.

use programme::{Expectation, check, compile};
use rust_decimal::Decimal;
use std::fs;
use std::path::PathBuf;

/// Other figures of the same kind as the one written.
fn alterations(expectation: &Expectation, written: &str, tiers: &[String]) -> Vec<String> {
    let quoted = |text: &str| format!("\"{text}\"");
    match (expectation.what.as_str(), written) {
        (_, "true") => vec!["false".to_owned()],
        (_, "false") => vec!["true".to_owned()],
        (what, _) if ["tier changes", "notices", "perks"].iter().any(|list| what.starts_with(list)) => {
            let empty = (written != "[]").then(|| "[]".to_owned());
            let other = Some("[\"accrued by pigeon\"]".to_owned());
            let one_more = Some(written.replacen('[', "[\"spent by sms\", ", 1));
            [empty, other, one_more].into_iter().flatten().collect()
        }
        ("discounts" | "funded", "{}") => vec![],
        ("discounts" | "funded", _) => {
            vec!["{}".to_owned(), written.replacen(" }", "1 }", 1), written.replacen("= ", "= 1", 1)]
        }
        ("why not", _) => {
            vec![written.replacen("\" }", " not\" }", 1), written.replacen("= \"", "= \"not ", 1)]
        }
        ("tier", _) => tiers.iter().map(|tier| quoted(tier)).filter(|tier| tier != written).collect(),
        ("outcome", "\"parked\"") => vec![quoted("applied")],
        ("outcome", _) => vec![quoted("parked")],
        ("reason", _) => vec![quoted("hold captured")],
        (what, "\"none\"") if what.starts_with("next") => vec![quoted("2026-03-01 10:00")],
        (what, _) if what.starts_with("next") && !what.contains("points") => {
            let time = if written.len() < 18 { " 00:00:01" } else { ":01" };
            let later = format!("{}{time}", written.trim_matches('"'));
            vec![quoted("none"), quoted(&later), quoted("2031-01-01")]
        }
        _ => {
            let number = written.trim_matches('"').replace('_', "");
            let number: Decimal = number.parse().unwrap_or_else(|_| panic!("a number, not {written}"));
            let less = (number >= Decimal::ONE).then(|| (number - Decimal::ONE).to_string());
            [Some((number + Decimal::ONE).to_string()), less].into_iter().flatten().collect()
        }
    }
}

/// The tiers a programme knows, and having none.
fn tiers(file: &str, text: &str) -> Vec<String> {
    let tariff = compile(file, text).expect("a programme");
    let levels = tariff.tiers.iter().flat_map(|tiers| &tiers.levels);
    levels.map(|level| level.name.to_string()).chain(["none".to_owned()]).collect()
}

#[test]
fn altering_any_expected_figure_is_caught_and_named() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../deploy/programmes");
    let mut altered = 0;
    for entry in fs::read_dir(folder).expect("deploy/programmes") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let (file, text) = (path.display().to_string(), fs::read_to_string(&path).expect("a text"));
        let (report, tiers) = (check(&file, &text), tiers(&file, &text));
        let written = text.lines().filter(|line| line.starts_with("expect.")).count();
        assert_eq!(report.expectations().count(), written, "{file}: every `expect.` line is one figure");
        for expectation in report.expectations() {
            let figure = &text[expectation.span.clone()];
            for other in alterations(expectation, figure, &tiers) {
                assert_caught(&file, &text, expectation, &other);
                altered += 1;
            }
        }
    }
    assert!(altered > 100, "only {altered} alterations");
}

/// The altered figure, and nothing else, fails.
fn assert_caught(file: &str, text: &str, expectation: &Expectation, other: &str) {
    let span = expectation.span.clone();
    let altered = format!("{}{other}{}", &text[..span.start], &text[span.end..]);
    let report = check(file, &altered);
    let failures: Vec<&Expectation> = report.failures().collect();
    let [failure] = failures[..] else {
        panic!("line {}: `{other}` instead of `{}`: {report}", expectation.line, &text[span]);
    };
    assert_eq!((failure.line, &failure.what), (expectation.line, &expectation.what));
    assert!(report.to_string().contains(&format!("found {}", expectation.found)), "{report}");
}
