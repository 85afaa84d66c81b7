//! Scenarios as text: one line a step, `when  what  => what must be true then`. See `language.md` beside.
//!
//! The ledger behind it is the core alone, with every row in memory and conservation checked after each step.

mod books;
mod ledger;
mod step;
pub mod tariffs;
mod words;

pub use ledger::{Ledger, activity};
use step::Step;

/// Plays `script` under `tariff`; panics with the line that does not hold.
pub fn play(tariff: domain::tariff::Tariff, script: &str) -> Ledger {
    play_versions(vec![tariff], script)
}

/// Plays `script` under versions of one programme.
pub fn play_versions(versions: Vec<domain::tariff::Tariff>, script: &str) -> Ledger {
    let mut ledger = Ledger::new(versions);
    go_on(&mut ledger, script);
    ledger
}

/// Plays more of it.
pub fn go_on(ledger: &mut Ledger, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let step = Step::parse(line);
        ledger.perform(&step);
        for expected in &step.expectations {
            let found = ledger.look(expected);
            assert_eq!(
                found, expected.value,
                "\n  in: {line}\n  expected {} {}, found {found}\n",
                expected.what, expected.value
            );
        }
    }
}
