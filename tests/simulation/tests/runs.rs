//! What a run of the simulation is, and that it finds what it should. The many seeds are run by `tests/all`
//! (`simulation seeds`), the whole table of safeguards by `simulation necessity`.

use simulation::{CASES, Crowd, Guard, Report, Trace, Without, run};

fn clean(seed: u64) -> Report {
    run(seed, &Without::default(), Trace::default())
}

/// Threads that tests beside this one leave.
const JOBS: usize = 2;

#[test]
fn every_run_is_large_enough_and_clean() {
    for seed in 1..=60 {
        let report = clean(seed);
        let sum = |counts: &std::collections::BTreeMap<&str, u64>| counts.values().sum::<u64>();
        assert_eq!(report.violations, [""; 0], "seed {seed}");
        assert!(sum(&report.mix.commands) >= 300, "seed {seed}: commands {:?}", report.mix.commands);
        assert!(sum(&report.mix.faults) >= 5, "seed {seed}: faults {:?}", report.mix.faults);
        assert!(report.entities >= 30, "seed {seed}: {} entities", report.entities);
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
    let crowd =
        Crowd { seeds: 1..120, without: Without::default(), is_first_enough: false, jobs: JOBS, ends: None };
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
fn what_one_safeguard_prevents_is_found_without_it() {
    for guard in ["timestamp-rule", "ids-remembered", "forwarded-id-kept"] {
        let without = Without(vec![guard.parse().unwrap()]);
        let crowd = Crowd { seeds: 1..50, without, is_first_enough: true, jobs: JOBS, ends: None };
        assert!(!crowd.run(|_| ()).failed.is_empty(), "no seed below 50 fails without {guard}");
    }
}
