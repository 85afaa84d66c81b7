//! `kill -9` at random moments: no loss, no double, the same hash and the same bytes as an undisturbed run.

use crate::{END, PATIENCE, Reference};
use lotstream_tests::feeds::Feeds;
use lotstream_tests::sample::{Draw, coalition};
use lotstream_tests::service::Service;
use lotstream_tests::shop::Shop;
use lotstream_tests::wait::{until, within};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Kills in the short form; `LOTSTREAM_KILLS` says another number.
const KILLS: u64 = 10;
/// The longest life that begins with the start, and the longest after it has gone on, in microseconds.
const STARTING: u64 = 400_000;
const WORKING: u64 = 60_000;

fn kills() -> u64 {
    std::env::var("LOTSTREAM_KILLS").ok().and_then(|number| number.parse().ok()).unwrap_or(KILLS)
}

/// Whoever reads a file of `out/` at any moment has the beginning of what an undisturbed ledger says.
fn assert_beginning(reference: &Reference, out: &BTreeMap<String, Vec<u8>>, kill: u64) {
    for (name, text) in out {
        let whole = reference.out.get(name).unwrap_or_else(|| panic!("{name}: expected no such file"));
        assert!(
            whole.starts_with(text),
            "{name} after kill {kill}: expected the beginning of {} bytes, found other {} bytes",
            whole.len(),
            text.len()
        );
    }
}

/// Waits for the moment to kill: anywhere from the start on; or, every other time, when it has gone on, anywhere in
/// the next batches.
fn live(reference: &Reference, shop: &Shop, serve: &mut Service, draw: &mut Draw) {
    let before = shop.said();
    let mut longest = STARTING;
    if draw.below(2) == 0 {
        until("it to go on", PATIENCE, || (shop.said() > before || reference.is_said(shop)).then_some(()));
        longest = WORKING;
    }
    let life = Duration::from_micros(draw.below(longest));
    assert!(within(life, || serve.ended()).is_none(), "it ended by itself:\n{}", serve.said());
}

#[test]
fn killed_at_random_moments_it_ends_like_an_undisturbed_run() {
    let reference = Reference::new(6_000);
    let (began, kills) = (Instant::now(), kills());
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64);
    println!("{kills} kills drawn from seed {seed}");
    let mut draw = Draw(seed);
    let (mut killed, mut shops, mut halfway) = (0, 0, 0);
    while killed < kills {
        let shop = Shop::new();
        while killed < kills && !reference.is_said(&shop) {
            let mut serve = shop.serve(&reference.folder, "event");
            live(&reference, &shop, &mut serve, &mut draw);
            serve.kill();
            killed += 1;
            assert_beginning(&reference, &shop.out(), killed);
            halfway += u64::from(shop.said() > 0 && !reference.is_said(&shop));
        }
        reference.finish(&shop);
        assert!(shop.out() == reference.out, "expected the files of an undisturbed run, to the byte");
        assert_eq!(shop.state(), reference.state);
        shops += 1;
    }
    let (hash, took) = (&reference.state["state_hash"], began.elapsed());
    println!("{killed} kills, {halfway} of them halfway, over {shops} ledgers in {took:?}: hash {hash}");
}

/// The source positions that were answered, each so often.
fn answered(shop: &Shop, partner: &str) -> BTreeMap<String, u64> {
    let mut positions = BTreeMap::new();
    for line in shop.lines(&format!("outcomes.{partner}")) {
        let line: Value = serde_json::from_str(&line).expect("a line of JSON");
        let (feed, number) = match &line["source"] {
            Value::Null => (&line["feed"], &line["line"]),
            source => (&source["feed"], &source["offset"]),
        };
        if line["later"] != Value::Bool(true) {
            *positions.entry(format!("{feed}:{number}")).or_default() += 1;
        }
    }
    positions
}

#[test]
fn by_the_wall_clock_every_event_is_answered_once_however_often_it_is_killed() {
    let files = coalition(3_000, END);
    let feeds = Feeds::write(&files);
    let expected: usize =
        files.values().flat_map(|text| text.lines()).filter(|line| line.starts_with('{')).count();
    let (shop, mut draw) = (Shop::new(), Draw(7));
    for _ in 0..5 {
        let mut serve = shop.serve(feeds.folder(), "wall");
        within(Duration::from_millis(draw.below(400)), || serve.ended());
        serve.kill();
    }
    let mut serve = shop.serve(feeds.folder(), "wall");
    let count = || ["north", "south"].map(|partner| answered(&shop, partner).len()).iter().sum::<usize>();
    until("every event to be answered", PATIENCE, || (count() == expected).then_some(()));
    serve.ask_to_end();
    serve.await_end(PATIENCE);
    for partner in ["north", "south"] {
        assert!(answered(&shop, partner).values().all(|times| *times == 1), "an event was answered twice");
    }
    assert_eq!(shop.state()["conserved"], Value::Bool(true));
}
