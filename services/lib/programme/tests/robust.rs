//! Whatever stands in a file, the parser answers: with a tariff, or with problems that point into the text.

use programme::{Problem, check, compile};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

const SHOP: &str = include_str!("../../../../deploy/programmes/veloprobeg.toml");

/// Cuts, copies and overwrites: files as a hurried hand leaves them.
#[derive(Clone, Debug)]
enum Slip {
    Drop(usize, usize),
    Copy(usize, usize),
    Write(usize, String),
}

fn slip() -> impl Strategy<Value = Slip> {
    let words = prop_oneof![
        Just("\"".to_owned()),
        Just("[".to_owned()),
        Just("}".to_owned()),
        Just("= -1\n".to_owned()),
        Just("\n[wallets.other]\n".to_owned()),
        Just("99999999999999999999".to_owned()),
        Just("\"9999-12-31 23:59\"".to_owned()),
        Just("\"100000 days\"".to_owned()),
        "[ -~äж\n]{0,6}",
    ];
    prop_oneof![
        (0..20_000_usize, 1..200_usize).prop_map(|(at, len)| Slip::Drop(at, len)),
        (0..20_000_usize, 1..200_usize).prop_map(|(at, len)| Slip::Copy(at, len)),
        (0..20_000_usize, words).prop_map(|(at, text)| Slip::Write(at, text)),
    ]
}

fn slipped(slips: &[Slip]) -> String {
    let mut letters: Vec<char> = SHOP.chars().collect();
    for slip in slips {
        let place = |at: usize| at % (letters.len() + 1);
        match slip {
            Slip::Drop(at, len) => {
                let (from, to) = (place(*at), (place(*at) + len).min(letters.len()));
                letters.drain(from..to);
            }
            Slip::Copy(at, len) => {
                let (from, to) = (place(*at), (place(*at) + len).min(letters.len()));
                let copy: Vec<char> = letters[from..to].to_vec();
                letters.splice(to..to, copy);
            }
            Slip::Write(at, text) => {
                let from = place(*at);
                let to = (from + text.chars().count()).min(letters.len());
                letters.splice(from..to, text.chars());
            }
        }
    }
    letters.into_iter().collect()
}

fn points_into(text: &str, problem: &Problem) -> bool {
    let line = text.lines().nth(problem.line - 1).unwrap_or("");
    problem.span.end <= text.len() && line == problem.text && problem.column <= line.chars().count() + 1
}

#[test]
fn a_file_with_slips_is_a_programme_or_a_list_of_problems() {
    let config = ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() };
    let (compiled, refused) = (Cell::new(0), Cell::new(0));
    let result = TestRunner::new(config).run(&prop::collection::vec(slip(), 1..3), |slips| {
        let text = slipped(&slips);
        let report = check("slipped.toml", &text);
        prop_assert_eq!(report.problems.is_empty(), compile("slipped.toml", &text).is_ok());
        for problem in report.all_problems() {
            prop_assert!(points_into(&text, problem), "{} points out of the text", problem);
        }
        let count = if report.problems.is_empty() { &compiled } else { &refused };
        count.set(count.get() + 1);
        Ok(())
    });
    println!("{} compiled, {} refused", compiled.get(), refused.get());
    result.expect("every file answered");
    assert!(compiled.get() >= 5 && refused.get() >= 200, "the slips are one-sided");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_at_all_is_answered(text in "\\PC{0,200}") {
        prop_assert!(compile("noise.toml", &text).is_err());
    }
}

#[test]
fn line_ends_and_byte_order_marks_of_other_systems_change_nothing() {
    let expected = check("shop.toml", SHOP);
    for other in [SHOP.replace('\n', "\r\n"), format!("\u{feff}{SHOP}")] {
        let report = check("shop.toml", &other);
        assert!(report.passed(), "{report}");
        let places =
            |report: &programme::Report| report.expectations().map(|each| each.line).collect::<Vec<_>>();
        assert_eq!(places(&report), places(&expected));
        for expectation in report.expectations().filter(|each| each.expected == "305") {
            assert_eq!(&other[expectation.span.clone()], "305");
        }
    }
}
