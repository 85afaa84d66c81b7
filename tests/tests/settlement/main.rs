//! S35: a coalition of 54 partners, its redemptions, returns and late receipts, settled from files: to zero, to the
//! balances, entry by entry, and to nothing for the partner whose sales all came back.

mod receipts;

use lotstream_tests::coalition::Coalition;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::places::repository;
use lotstream_tests::settled::{Balances, Settled};
use lotstream_tests::tool::{json, printed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

const PROGRAMME: &str = "deploy/programmes/coalition.toml";
const UNDONE: &str = "jewellery";

/// The partners of the programme.
fn partners() -> Vec<String> {
    let text = std::fs::read_to_string(repository().join(PROGRAMME)).expect(PROGRAMME);
    let tariff = programme::compile(PROGRAMME, &text).expect("a programme");
    tariff.partners.keys().map(ToString::to_string).collect()
}

/// A coalition that was run.
struct Ran {
    feeds: Feeds,
    out: PathBuf,
    summary: Value,
}

impl Ran {
    fn new(seed: u64) -> Self {
        let partners = partners();
        let coalition = Coalition { partners: &partners, undone: UNDONE, members: 700, events: 6_000, seed };
        let feeds = Feeds::write(&coalition.feeds());
        let out = PathBuf::from(feeds.folder()).join("run");
        let written = out.display().to_string();
        let run = ["run", "--programme", PROGRAMME, "--input", feeds.folder(), "--out", &written, "--json"];
        let summary = json(&run);
        Self { feeds, out, summary }
    }

    fn settle(&self, period: &str, more: &[&str]) -> Settled {
        let entries = self.out.join("ledger-entries.jsonl").display().to_string();
        let settle =
            ["settle", "--period", period, "--json", "--programme", PROGRAMME, "--entries", &entries];
        Settled(json(&[&settle, more].concat()))
    }

    fn count(&self, feed: &str, outcome: &str) -> u64 {
        self.summary["feeds"][feed]["outcomes"][outcome].as_u64().unwrap_or(0)
    }
}

#[test]
fn s35_fifty_four_partners_settle_to_zero_and_to_the_balances() {
    for seed in [7, 35, 1_600_000] {
        let ran = Ran::new(seed);
        assert!(ran.count("redemptions", "applied") > 300, "{:#}", ran.summary);
        assert!(ran.count("returns", "applied") > 300 && ran.count("returns", "parked") > 3);
        let owed = ran.summary["ledger"]["debt"].as_i64().expect("a figure");
        assert!(owed > 100, "S18: expected open debts among the balances, found {owed}");
        let year = ran.settle("2026", &[]);
        assert_eq!(year.issuers(), 54, "every partner issued");
        assert!(year.corners().len() > 200, "only {} corners", year.corners().len());
        year.assert_sums_to_zero();
        year.assert_sums_to(Balances::of(&ran.out));
        year.assert_nothing_of(UNDONE);
    }
}

#[test]
fn s35_what_months_settle_adds_up_to_the_quarter_and_is_never_changed_by_the_next() {
    let ran = Ran::new(12);
    let mut sum: BTreeMap<(String, String), i64> = BTreeMap::new();
    for month in ["2026-01", "2026-02", "2026-03", "2026-04"] {
        let settled = ran.settle(month, &[]);
        settled.assert_sums_to_zero();
        settled.corners().into_iter().for_each(|(corner, points)| *sum.entry(corner).or_default() += points);
    }
    sum.retain(|_, points| *points != 0);
    assert_eq!(sum, ran.settle("2026", &[]).corners());
}

#[test]
fn s35_every_corner_is_the_sum_of_its_entries() {
    let ran = Ran::new(3);
    let corners = ran.settle("2026", &[]).corners();
    for ((issuer, redeemer), points) in corners.iter().step_by(corners.len() / 12) {
        let explained = ran.settle("2026", &["--explain", issuer, redeemer]);
        let entries = explained.0["explained"].as_array().expect("entries");
        let sum: i64 = entries.iter().filter_map(|entry| entry["points"].as_i64()).sum();
        assert_eq!(sum, *points, "{issuer} at {redeemer}: {entries:#?}");
        assert!(entries.iter().all(|entry| entry["cause"].is_string() && entry["sequence"].is_i64()));
    }
}

#[test]
fn s07_a_member_is_shown_as_of_any_instant_as_the_statement_has_it() {
    let ran = Ran::new(29);
    let entries = ran.out.join("ledger-entries.jsonl").display().to_string();
    let data = ran.out.join("data").display().to_string();
    printed(&["run", "--programme", PROGRAMME, "--input", ran.feeds.folder(), "--data", &data]);
    let mut moved = 0;
    for (member, month) in (0..40).zip([1, 2, 3, 4].into_iter().cycle()) {
        let (member, at) = (format!("m{member}"), format!("2026-{month:02}-15T12:00:00+03:00"));
        let shown = json(&["member", &member, "--data", &data, "--at", &at, "--json"]);
        let statement = ["statement", &member, "--format", "json", "--from", "2026-01-01", "--at", &at];
        let told = json(&[&statement[..], &["--programme", PROGRAMME, "--entries", &entries]].concat());
        let closing = told["wallets"][0]["closing"].clone();
        for figure in ["total", "available", "held", "debt"] {
            let shown = shown["wallets"][0][figure].as_i64().unwrap_or(0);
            assert_eq!(shown, closing[figure].as_i64().unwrap_or(0), "{figure} of {member} as of {at}");
            moved += i64::from(shown != 0);
        }
        let lots: i64 = shown["lots"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|lot| lot["buckets"]["available"].as_i64())
            .sum();
        assert_eq!(lots, closing["available"].as_i64().unwrap_or(0), "lots of {member} as of {at}");
    }
    assert!(moved > 40, "only {moved} figures are not 0");
}

#[test]
fn the_same_seed_draws_the_same_coalition() {
    let partners = partners();
    let draw =
        |seed| Coalition { partners: &partners, undone: UNDONE, members: 50, events: 300, seed }.feeds();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_eq!(partners.len(), 54);
    assert!(printed(&["programme", "check", PROGRAMME]).contains("all as expected"));
}
