//! Properties: what holds after any story, whatever the programme. `README.md` beside says how each was shown
//! to fail when its rule is broken.
//!
//! A story is a list of acts played on the core with every row in memory. The books that judge it are folded
//! from the published entries alone and never look at a row before they are compared.

mod act;
mod books;
mod burden;
mod card_router;
mod card_story;
mod card_world;
mod cards;
mod conservation;
mod corrections;
mod decisions;
mod exchanges;
mod falls;
mod gifts;
mod limits;
mod loading;
mod merged;
mod mix;
mod order;
mod player;
mod programme;
mod repeats;
mod shared;
mod shared_purchases;
mod shuffle;
mod splits;
mod time;
mod transfers;

use crate::frozen;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use std::cell::Cell;
use std::fmt::Debug;

/// A verdict on one case.
type Verdict = Result<(), TestCaseError>;

/// Tries `property` on `cases` stories, times `PROPERTY_FACTOR` where a longer run is wanted. The seed is fixed,
/// so that a run repeats; `PROPERTY_SEED=<number>` draws other stories. `PROPERTY_QUICK=1` tries a tenth, and looks
/// for no smaller story once one fails: for `tests/mutants`.
fn hold<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value) -> Verdict)
where
    S::Value: Debug,
{
    let quick = cases.div_ceil(10);
    let factor = number("PROPERTY_FACTOR").unwrap_or(1);
    let cases = cases.saturating_mul(u32::try_from(factor).expect("PROPERTY_FACTOR, a small number"));
    let (cases, max_shrink_iters) = if is_quick() { (quick, 0) } else { (cases, 20_000) };
    let mut seed = [7_u8; 32];
    seed[..8].copy_from_slice(&number("PROPERTY_SEED").unwrap_or(0).to_be_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let frozen = Cell::new(if number("PROPERTY_SEED").is_some() { 0 } else { quick });
    frozen::begin_stories();
    let property = |story| {
        let verdict = property(story);
        if frozen.replace(frozen.get().saturating_sub(1)) == 1 {
            frozen::end_stories();
        }
        verdict
    };
    if let Err(failure) = TestRunner::new_with_rng(config, rng).run(&strategy, property) {
        panic!("{failure}");
    }
}

/// What the environment says under `name`, where that is a number.
fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Whether few stories do.
fn is_quick() -> bool {
    number("PROPERTY_QUICK").is_some()
}

fn fail<T>(why: impl Into<String>) -> Result<T, TestCaseError> {
    Err(TestCaseError::fail(why.into()))
}

/// `found`, where it is what was expected.
fn same<T: PartialEq + Debug + ?Sized>(what: &str, expected: &T, found: &T) -> Verdict {
    if expected == found { Ok(()) } else { fail(format!("{what}: expected {expected:?}, found {found:?}")) }
}
