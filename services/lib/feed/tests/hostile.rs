//! Lines that are made to hurt: nested, endless, and full of what a terminal or a log would obey. Each is bad input with a
//! short, printable reason (S27), and the next line is read as if nothing had been.

#![allow(clippy::unwrap_used)]

mod samples;

use domain::Name;
use feed::bad::Code;
use feed::{BadInput, Converter, FEEDS, Feed, Origin, PURCHASES};
use samples::PURCHASE;
use std::time::{Duration, Instant};

/// More than any of them takes.
const MOMENT: Duration = Duration::from_secs(2);
/// The longest reason, in bytes.
const REASON: usize = 1200;

fn read(feed: &Feed, line: &[u8]) -> Result<domain::Command, BadInput> {
    feed.from_json(&mut Converter::new("club"), line, &Origin::line(Name::from("shop-1"), 7))
}

/// `PURCHASE` with one field in place of another.
fn with(from: &str, to: &str) -> String {
    assert!(PURCHASE.contains(from), "{from} is not in {PURCHASE}");
    PURCHASE.replacen(from, to, 1)
}

fn hostile() -> Vec<(&'static str, String, Code)> {
    let deep = 100_000;
    let line = r#"{"line":0,"sku":"a","quantity":"1","amount":"0"},"#;
    let million = with("\"lines\":[", &format!("\"lines\":[{}", line.repeat(1_000_000)));
    let many = with("\"lines\":[", &format!("\"lines\":[{}", line.repeat(10_001)));
    vec![
        ("arrays in arrays", "[".repeat(deep), Code::Undecodable),
        ("objects in objects", "{\"a\":".repeat(deep), Code::Undecodable),
        ("arrays for lines", with("[{\"line\":1", &("[".repeat(deep) + "{\"line\":1")), Code::Undecodable),
        (
            "objects for a field that is none",
            with("\"id\"", &format!("\"x\":{}1{},\"id\"", "{\"a\":".repeat(deep), "}".repeat(deep))),
            Code::Undecodable,
        ),
        (
            "objects behind an id",
            format!("{{\"id\":\"7\",\"lines\":{}", "[{\"a\":".repeat(deep)),
            Code::Undecodable,
        ),
        ("a purchase of a million lines", million, Code::TooLarge),
        ("a purchase of too many lines", many, Code::TooManyLines),
        (
            "a number of a million digits",
            with("\"30.50\"", &format!("\"{}\"", "9".repeat(1_000_000))),
            Code::Undecodable,
        ),
        (
            "a number of a million zeros",
            with("\"30.50\"", &format!("\"30.5{}\"", "0".repeat(1_000_000))),
            Code::Undecodable,
        ),
        (
            "an exponent without an end",
            with("\"line\":1", &format!("\"line\":1e{}", "9".repeat(1000))),
            Code::Undecodable,
        ),
        ("an id of a megabyte", with("\"p-1\"", &format!("\"{}\"", "x".repeat(1_000_000))), Code::BadText),
        (
            "a field's name of a megabyte",
            with("\"id\"", &format!("\"{}\":1,\"id\"", "x".repeat(1_000_000))),
            Code::Undecodable,
        ),
        (
            "a name that moves the terminal",
            with("\"id\"", "\"\\u001b[2J\\u009b31m\\nERROR forged\":1,\"id\""),
            Code::Undecodable,
        ),
        ("an id that begins a line", with("\"p-1\"", "\"p-1\\n2026-01-01 ERROR forged\""), Code::BadText),
        ("an id that colours", with("\"p-1\"", "\"\\u001b[31mp-1\""), Code::BadText),
        ("an id that turns the text", with("\"p-1\"", "\"p\\u202e1\""), Code::BadText),
        (
            "a partner that colours",
            with("\"id\"", "\"partner\":\"\\u001b]0;owned\\u0007\",\"id\""),
            Code::WrongPartner,
        ),
        ("a currency that colours", with("\"RUB\"", "\"\\u001b[7m\""), Code::UnknownCurrency),
        ("a member of zero width", with("\"m-9\"", "\"m\\u200b9\""), Code::BadText),
        ("controls outside of texts", with("\"id\"", "\u{1b}[2J\"id\""), Code::Undecodable),
    ]
}

#[test]
fn s27_each_is_bad_input_with_a_short_and_printable_reason_within_a_moment() {
    for (what, line, code) in hostile() {
        let began = Instant::now();
        let bad = read(&PURCHASES, line.as_bytes()).expect_err(what);
        assert!(began.elapsed() < MOMENT, "{what}: took {:?}", began.elapsed());
        assert_eq!(bad.code, code, "{what}: {}", bad.text);
        assert!(bad.text.len() < REASON, "{what}: a reason of {} bytes: {}", bad.text.len(), bad.text);
        let evil = bad
            .text
            .chars()
            .find(|c| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'));
        assert_eq!(evil, None, "{what}: {:?}", bad.text);
        assert!(read(&PURCHASES, PURCHASE.as_bytes()).is_ok(), "after {what} the next line is read");
    }
}

#[test]
fn s27_no_feed_is_hurt_by_another_ones_poison() {
    for feed in FEEDS {
        for (what, line, _) in hostile() {
            let began = Instant::now();
            let bad = read(feed, line.as_bytes()).expect_err(what);
            assert!(
                began.elapsed() < MOMENT && bad.text.len() < REASON,
                "{}: {what}: {}",
                feed.name,
                bad.text
            );
        }
    }
}
