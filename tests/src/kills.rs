//! Ledgers that are killed (SIGKILL) before and after every step of the protocol, under load, each by itself at a named
//! place, while others take over: nothing is lost or doubled.

use crate::cards::{Fate, with_cards};
use crate::checker::check;
use crate::checker::report::Report;
use crate::deployment::Deployment;
use crate::feeds::Feeds;
use crate::progress::Progress;
use crate::sample::up_to_now;
use crate::servers::Servers;
use crate::wait::within;
use ledger::failpoints::{POINTS, SETTING};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(400);
const SIGKILL: i32 = 9;
const FEEDS: [&str; 4] = ["purchases", "returns", "redemptions", "partner-cards"];
/// So many places apart are those of two kills in a row: the few kills of CI are spread over the protocol. It shares no
/// divisor with their number, so that all have their turn.
const STRIDE: usize = 11;
/// Events for each kill.
const EVENTS: usize = 260;

/// A story of kills.
pub struct Kills<'s> {
    /// What it is played on.
    pub servers: &'s Servers,
    /// Copies of every partition and row.
    pub copies: usize,
    /// How many are killed; `LOTSTREAM_KILLS` says another number.
    pub count: usize,
    /// How long a victim may take to come to its place.
    pub reach: Duration,
}

/// How often somebody died at each place.
type Killed = BTreeMap<&'static str, usize>;

impl Kills<'_> {
    /// Plays it to its end.
    ///
    /// # Panics
    /// Where the checker finds anything, or too few died at their place.
    pub fn play(&self) -> Report {
        let count =
            std::env::var("LOTSTREAM_KILLS").map_or(self.count, |kills| kills.parse().expect("a number"));
        // Cards, so that accounts tell each other; the broker's clock, so that there are timers.
        let feeds = with_cards(&up_to_now((EVENTS * (count + 2)) as u64), 7, Fate::Stays);
        let deployment = self.deployment().create(feeds.partners());
        let fleet = deployment.start_some(&FEEDS, 2);
        let mut progress = Progress::of(&deployment);
        let places: Vec<&str> = POINTS.into_iter().filter(|point| !is_rare(point)).collect();
        let mut killed = Killed::new();
        for (number, part) in feeds.stretches(count).iter().enumerate() {
            let place = places[number * STRIDE % places.len()];
            if self.kill(&deployment, part, (place, number)) {
                *killed.entry(place).or_default() += 1;
            }
        }
        progress.await_answers(feeds.lines, PATIENCE);
        fleet.drain();
        let report = check(&deployment);
        report.assert_clean(feeds.lines);
        assert_spread(&killed, &places, count);
        report
    }

    fn deployment(&self) -> Deployment {
        // Small transactions, so that there are many to die in.
        let deployment =
            Deployment::new("failpoints", self.servers).with("batch", "25").with("clock", "broker");
        if self.copies > 1 { deployment.copies(self.copies) } else { deployment }
    }

    /// One ledger more, which kills itself at `place` while `part` comes; whether it did.
    fn kill(&self, deployment: &Deployment, part: &Feeds, (place, number): (&str, usize)) -> bool {
        // Not always at the first passing: some are killed in the middle of their work.
        let passing = if place.starts_with("transaction") { 1 + number % 3 } else { 1 };
        let setting = format!("{place}:{passing}");
        let publish = || deployment.start(&["publish", "--input", part.folder()]);
        // A takeover is what it begins with; for the rest it has partitions when the load comes.
        let early = place.starts_with("takeover").then(publish);
        let mut victim = deployment.start_under(&["ledger"], &[(SETTING, &setting)]);
        let mut publisher = early.unwrap_or_else(|| {
            victim.await_partitions();
            publish()
        });
        // Whoever joins makes all others give back what they have.
        let joins = place.starts_with("revoke").then(|| deployment.start(&["ledger"]));
        let died = match within(self.reach, || victim.ended()) {
            Some(status) if status.signal() == Some(SIGKILL) => true,
            Some(status) => panic!("killed at {setting} it ended with {status}:\n{}", victim.said()),
            None => {
                println!("{setting} was not reached within {:?}; killed as it was", self.reach);
                victim.kill();
                false
            }
        };
        publisher.await_end(PATIENCE);
        drop(joins);
        died
    }
}

/// Places that are passed only after a commit that failed, or that offsets and rows disagree about.
fn is_rare(point: &str) -> bool {
    point.starts_with("takeover.prove")
}

/// Whether the kills were spread over the protocol.
fn assert_spread(killed: &Killed, places: &[&str], count: usize) {
    for (place, times) in killed {
        println!("{place:<28} {times:>3} killed");
    }
    let died: usize = killed.values().sum();
    println!("{died} of {count} kills at {} of {} places", killed.len(), places.len());
    let had_their_turn: BTreeSet<usize> = (0..count).map(|number| number * STRIDE % places.len()).collect();
    assert_eq!(had_their_turn.len(), count.min(places.len()), "expected every place to have its turn");
    if count >= places.len() {
        let missed: Vec<&&str> = places.iter().filter(|place| !killed.contains_key(*place)).collect();
        assert!(missed.is_empty(), "nobody died at {missed:?}");
    }
    assert!(
        died * 10 >= count * 8,
        "expected eight of ten ledgers to come to their place, {died} of {count} did"
    );
}
