//! What a run of the simulation is, and that it finds what it should. The many seeds are run by `tests/all`
//! (`simulation seeds`), the whole table of safeguards by `simulation necessity`.

use simulation::{CASES, Crowd, Guard, Report, Trace, Without, run};

fn clean(seed: u64) -> Report {
    run(seed, &Without::default(), Trace::default())
}

/// Seeds tried without a safeguard; the README has the lowest that fails of each.
const SEEDS: u64 = 200;

/// Threads that tests beside this one leave.
const JOBS: usize = 2;

#[test]
fn every_run_is_clean() {
    for seed in 1..=60 {
        assert_eq!(clean(seed).violations, [""; 0], "seed {seed}");
    }
}

/// That none of it was called wrong is part of a clean run.
#[test]
fn verify_sees_accounts_half_written_and_raises_no_alarm() {
    let (mut seen, mut again) = (0, 0);
    for seed in 1..=60 {
        let report = clean(seed);
        assert_eq!(report.violations, [""; 0], "seed {seed}");
        seen += report.mix.effects["account half written, seen"];
        again += report.mix.effects["account looked at again"];
    }
    assert!(seen > 50 && again > 50, "{seen} seen, {again} looked at again: nothing is shown");
}

#[test]
fn a_seed_is_a_run() {
    let told = |seed| {
        let report = run(seed, &Without::default(), Trace::kept());
        (report.trace, report.mix)
    };
    assert_eq!(told(7), told(7));
    assert_ne!(told(7), told(8));
}

#[test]
fn all_that_can_happen_to_a_commit_happens() {
    let crowd = Crowd { seeds: 1..120, without: Without::default(), first: None, jobs: JOBS, ends: None };
    let effects = crowd.run(|_| ()).mix.effects;
    for effect in [
        "assignment",
        "commit aborted",
        "commit fenced",
        "commit unknown",
        "failed, goes on",
        "failed, waits",
        "message late",
        "message lost",
    ] {
        assert!(effects.get(effect).is_some_and(|times| *times > 0), "{effect} never happened: {effects:?}");
    }
}

#[test]
fn every_safeguard_is_taken_away_in_a_case() {
    for guard in Guard::ALL {
        assert!(CASES.iter().any(|case| case.off.contains(&guard)), "{guard} is in no case");
    }
}

#[test]
fn what_each_safeguard_prevents_is_found_without_it() {
    for case in CASES {
        let tried = case.search(SEEDS, JOBS, || ());
        assert!(tried.found.is_some(), "none of {SEEDS} seeds fails without {}", case.names());
    }
}
