//! `lotstream demo`, as a newcomer runs it first: soon done, with the published figures.

use crate::{lotstream, printed};
use std::time::{Duration, Instant};

/// What the README promises of it.
const SOON: Duration = Duration::from_secs(10);

/// Figures of the walk as the programme file publishes them, and that the whole shop adds up.
const PUBLISHED: [&str; 9] = [
    "earned 500 · total 500 · available 0 · tier Gold",
    "tier Gold · total 500 · available 500",
    "approved true · spent 500 · price 14700 · owes 14200 · total 0 · available 0",
    "available 0 · earns 305",
    "up to 619",
    "earned 305 · total 305 · available 0",
    "spent 500 · owes 14200 · earned 525 · held 0 · total 830 · available 305",
    "A year in the shop — 300 members, drawn from seed 1",
    "conservation (S05): adds up for every lot and wallet",
];

#[test]
fn it_tells_the_published_figures_in_under_ten_seconds() {
    let began = Instant::now();
    let story = printed(&lotstream(&["demo"]).output().unwrap());
    let took = began.elapsed();
    assert!(took < SOON, "expected the demo to end within {SOON:?}, it took {took:?}");
    for figure in PUBLISHED {
        assert!(story.contains(figure), "expected `{figure}` in the demo, found\n{story}");
    }
    assert!(!story.contains("AS PUBLISHED"), "a figure is not the published one:\n{story}");
}

#[test]
fn it_tells_the_same_as_one_document() {
    let json = printed(&lotstream(&["demo", "--members", "20", "--json"]).output().unwrap());
    let story: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(story["shop"]["members"], 20);
    assert_eq!(story["shop"]["ledger"]["conserved"], true);
    let steps = story["walk"]["steps"].as_array().unwrap();
    let met = |step: &serde_json::Value| {
        step["expectations"].as_array().unwrap().iter().all(|figure| figure["met"] == true)
    };
    assert!(steps.len() == 8 && steps.iter().all(met), "{json}");
}
