//! A ledger in a data directory, its real process killed, fed badly, copied and asked: no servers.
//!
//! Wants the binary beside the tests, or at `LOTSTREAM_BINARY`.

mod crash;
mod feeding;
mod looking;

use domain::Timestamp;
use lotstream_tests::feeds::Feeds;
use lotstream_tests::sample::coalition;
use lotstream_tests::shop::Shop;
use lotstream_tests::wait::until;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a ledger may take to catch up, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The end of the sample: 2026-03-01T00:00:00Z.
const END: Timestamp = Timestamp(1_772_323_200_000);

/// The sample, and what an undisturbed ledger makes of it.
struct Reference {
    folder: String,
    /// Kept for its folder, where it is ours.
    _feeds: Option<Feeds>,
    out: BTreeMap<String, Vec<u8>>,
    /// Bytes of all of it.
    said: u64,
    state: serde_json::Value,
}

impl Reference {
    /// Of the feeds in `LOTSTREAM_CRASH_FEEDS`, or of a generated sample.
    fn new(events: u64) -> Self {
        match std::env::var("LOTSTREAM_CRASH_FEEDS") {
            Ok(folder) => Self::of(folder, None),
            Err(_) => {
                let feeds = Feeds::write(&coalition(events, END));
                Self::of(feeds.folder().to_owned(), Some(feeds))
            }
        }
    }

    fn of(folder: String, feeds: Option<Feeds>) -> Self {
        let shop = Shop::new();
        shop.told(shop.command("run").args(["--input", &folder]));
        Self { folder, _feeds: feeds, out: shop.out(), said: shop.said(), state: shop.state() }
    }

    /// Whether `shop` has said all of it.
    fn is_said(&self, shop: &Shop) -> bool {
        shop.said() >= self.said
    }

    /// Serves `shop` until everything is said, and asks it to end.
    fn finish(&self, shop: &Shop) {
        let mut serve = shop.serve(&self.folder, "event");
        until("everything to be said", PATIENCE, || {
            serve.assert_running();
            // Only from then on it listens to signals.
            (serve.said().contains("serving") && self.is_said(shop)).then_some(())
        });
        serve.ask_to_end();
        serve.await_end(PATIENCE);
    }
}
