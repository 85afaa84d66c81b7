//! Folders of feeds: the canonical order, bad lines, and files as they are found.

#![allow(clippy::unwrap_used)]

mod samples;

use feed::Converter;
use feed::files::{FilesError, Lines};
use proptest::prelude::*;
use samples::{CANCEL, PURCHASE, RETURN};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("lotstream-feed-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        Self(folder)
    }

    fn open(&self) -> Result<Lines, FilesError> {
        Lines::open(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// File and number of every line, in the order they come.
fn order(lines: &mut Lines) -> Vec<(String, i64)> {
    let mut order = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        order.push((line.file.name.to_string(), line.number));
    }
    order
}

fn at(sample: &str, second: u32) -> String {
    let from = sample.find("2026-03-0").unwrap();
    let minutes = format!("2026-03-02T12:{:02}:{:02}Z", second / 60, second % 60);
    format!("{}{minutes}{}", &sample[..from], &sample[from + "2026-03-01T12:00:00+03:00".len()..])
}

#[test]
fn lines_come_by_delivery_then_feed_then_partner_then_line() {
    let (purchase, late) = (at(PURCHASE, 10), at(PURCHASE, 5));
    let delivered =
        late.replacen("\"currency\"", "\"delivered_at\":\"2026-03-02T12:00:20Z\",\"currency\"", 1);
    let folder = Folder::new(&[
        ("returns.a.jsonl", &at(RETURN, 10)),
        ("purchases.b.jsonl", &format!("{delivered}\n{purchase}\n{purchase}\n")),
        ("purchases.B.jsonl", &purchase),
        ("redemptions.c.jsonl", &format!("{}\r\n\r\n{}\r\n", at(CANCEL, 10), at(CANCEL, 9))),
        ("notes.txt", "not a feed"),
    ]);
    let mut lines = folder.open().unwrap();
    assert_eq!((lines.total(), lines.files().len()), (7, 4));
    assert_eq!(lines.last_delivery().unwrap().to_string(), "2026-03-02T12:00:20.000Z");
    let expected = [
        ("redemptions.c.jsonl", 2),
        ("purchases.B.jsonl", 0),
        ("purchases.b.jsonl", 1),
        ("purchases.b.jsonl", 2),
        ("redemptions.c.jsonl", 0),
        ("returns.a.jsonl", 0),
        ("purchases.b.jsonl", 0),
    ];
    assert_eq!(order(&mut lines), expected.map(|(name, line)| (name.to_owned(), line)));
}

#[test]
fn s27_a_bad_line_comes_where_it_stands_and_stops_nothing() {
    let folder = Folder::new(&[(
        "purchases.shop-1.jsonl",
        &format!("{}\nnonsense\n{}\n{{\"id\":\"p-4\"}}", at(PURCHASE, 1), at(PURCHASE, 2)),
    )]);
    let (mut lines, mut converter, mut answers) =
        (folder.open().unwrap(), Converter::new("club"), Vec::new());
    while let Some(line) = lines.next_line().unwrap() {
        answers
            .push((line.number, line.command(&mut converter).map_err(|bad| bad.id.map(|id| id.to_string()))));
    }
    let numbers: Vec<i64> = answers.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2, 3]);
    assert_eq!(answers[0].1.as_ref().unwrap().source.offset, 0);
    assert_eq!(answers[1].1, Err(None));
    assert_eq!(answers[2].1.as_ref().unwrap().source.offset, 2);
    assert_eq!(answers[3].1, Err(Some("p-4".into())));
}

#[test]
fn a_file_nobody_would_read_is_named() {
    for name in ["purchase.shop.jsonl", "purchases.jsonl", "purchases..jsonl", "x.jsonl"] {
        let folder = Folder::new(&[(name, PURCHASE)]);
        let text = folder.open().unwrap_err().to_string();
        let expected = "expected <feed>.<partner>.jsonl with feed one of activities, adjustments, partner-cards, purchases, redemptions, returns";
        assert!(text.contains(expected), "{text}");
    }
    let text = Folder::new(&[]).open().unwrap_err().to_string();
    assert!(text.ends_with("found none"), "{text}");
    let text = Lines::open(Path::new("/nowhere")).unwrap_err().to_string();
    assert!(text.starts_with("/nowhere: expected a folder of feeds: "), "{text}");
}

#[test]
fn a_file_that_became_shorter_is_an_error() {
    let folder = Folder::new(&[("purchases.a.jsonl", PURCHASE)]);
    let mut lines = folder.open().unwrap();
    fs::write(folder.0.join("purchases.a.jsonl"), "{}").unwrap();
    let text = lines.next_line().unwrap_err().to_string();
    assert!(text.contains("expected it to stay as it was while it is read"), "{text}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_files_the_order_is_the_canonical_one(
        files in prop::collection::btree_map(
            ("(purchases|returns|redemptions)", "[A-Za-z0-9-]{1,3}"),
            prop::collection::vec(0..120_u32, 0..20),
            1..6,
        ),
    ) {
        let text = |feed: &str, seconds: &[u32]| {
            let sample = match feed { "purchases" => PURCHASE, "returns" => RETURN, _ => CANCEL };
            seconds.iter().map(|second| at(sample, *second) + "\n").collect::<String>()
        };
        let written: Vec<(String, String)> = files
            .iter()
            .map(|((feed, partner), seconds)| (format!("{feed}.{partner}.jsonl"), text(feed, seconds)))
            .collect();
        let written: Vec<(&str, &str)> = written.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let folder = Folder::new(&written);
        let mut expected: Vec<_> = files
            .iter()
            .flat_map(|((feed, partner), seconds)| {
                (0..).zip(seconds).map(move |(line, second)| (*second, feed.clone(), partner.clone(), line))
            })
            .collect();
        expected.sort();
        let expected: Vec<(String, i64)> = expected
            .into_iter()
            .map(|(_, feed, partner, line)| (format!("{feed}.{partner}.jsonl"), line))
            .collect();
        let (mut lines, mut converter, mut found) = (folder.open().unwrap(), Converter::new("club"), Vec::new());
        while let Some(line) = lines.next_line().unwrap() {
            let command = line.command(&mut converter).unwrap();
            prop_assert_eq!(command.delivered_at, line.delivered_at);
            found.push((line.file.name.to_string(), line.number));
        }
        prop_assert_eq!(found, expected);
    }
}
