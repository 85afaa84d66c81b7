//! Decisions that are frozen: what every scenario decides, step by step, and what the first stories of every property do,
//! as digests in `frozen.txt`. The other tests say what is right; this one says that something is no longer what it was,
//! where none of them looks. A rebuild makes the same rows again only as long as decisions stay (PROTOCOL.md).
//!
//! Where a decision is meant to change: `WRITE_FROZEN=1 cargo test -p domain --release --test rules`, and the commit says
//! which scenarios changed, and why.

use domain::Decision;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug, Write};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// Decisions of one scenario that are frozen; of those that go through all orders, the first ones.
const STEPS: usize = 200;

/// Digests by test. Two digits a step; each covers all steps before it.
static FROZEN: LazyLock<Mutex<BTreeMap<String, String>>> = LazyLock::new(|| {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    Mutex::new(lines.map(|(test, digests)| (test.to_owned(), digests.to_owned())).collect())
});

thread_local! {
    static SEEN: RefCell<Seen> = RefCell::default();
}

/// What this test has decided so far.
#[derive(Default)]
struct Seen {
    digest: Xxh3,
    digits: String,
    mode: Mode,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Mode {
    /// Every step is compared.
    #[default]
    Scenario,
    /// All steps are compared at the end of [`stories`].
    Stories,
    /// Nothing is.
    Over,
}

/// Text that goes into a digest.
struct Into<'d>(&'d mut Xxh3);

impl Write for Into<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

/// Takes note of a decision.
///
/// # Panics
/// Where it is a scenario's, and not what was frozen.
pub fn see(decision: &Decision) {
    take(decision);
}

/// The same with anything that was found out.
pub fn take(found: &impl Debug) {
    let Some(test) = test() else { return };
    let step = SEEN.with_borrow_mut(|seen| {
        if seen.mode == Mode::Over || seen.digits.len() >= 2 * STEPS {
            return None;
        }
        write!(Into(&mut seen.digest), "{found:?}").expect("a digest takes all");
        if seen.mode == Mode::Stories {
            return None;
        }
        write!(seen.digits, "{:02x}", seen.digest.digest() & 0xff).expect("text takes all");
        Some(seen.digits.clone())
    });
    if let Some(digits) = step {
        compare(&test, &digits, &|| format!("{found:#?}"));
    }
}

/// From now on this test's decisions are those of stories.
pub fn begin_stories() {
    SEEN.with_borrow_mut(|seen| *seen = Seen { mode: Mode::Stories, ..Seen::default() });
}

/// Compares all that was decided in the stories so far; what comes after is not looked at.
///
/// # Panics
/// Where it is not what was frozen.
pub fn end_stories() {
    let digits = SEEN.with_borrow_mut(|seen| {
        let is_first = std::mem::replace(&mut seen.mode, Mode::Over) == Mode::Stories;
        is_first.then(|| format!("{:016x}", seen.digest.digest()))
    });
    if let (Some(test), Some(digits)) = (test(), digits) {
        compare(&test, &digits, &|| "some story of the property".to_owned());
    }
}

fn compare(test: &str, digits: &str, what: &dyn Fn() -> String) {
    let mut frozen = FROZEN.lock().unwrap_or_else(PoisonError::into_inner);
    if std::env::var_os("WRITE_FROZEN").is_some() {
        frozen.insert(test.to_owned(), digits.to_owned());
        let text: String = frozen.iter().map(|(test, digits)| format!("{test} {digits}\n")).collect();
        std::fs::write(file(), text).unwrap_or_else(|error| panic!("{}: {error}", file().display()));
        return;
    }
    let is_same = frozen.get(test).is_some_and(|was| was.starts_with(digits));
    drop(frozen);
    assert!(
        is_same,
        "decision {} of {test} is not the one that is frozen; where it is meant to change: \
         WRITE_FROZEN=1 cargo test -p domain --release --test rules\n{}",
        digits.len() / 2,
        what()
    );
}

/// The test that runs, by its thread; none where all run on one.
fn test() -> Option<String> {
    std::thread::current().name().filter(|name| *name != "main").map(str::to_owned)
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rules/frozen.txt")
}
