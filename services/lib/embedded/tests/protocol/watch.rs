//! What a driver shows of its work: steps of traced commands in their order, tallies of what surely was committed, and
//! where a partition stands.

use crate::tally::{BAD_INPUT, DUE_STEP, sale};
use crate::world::{Instance, World, running, step};
use domain::Name;
use domain::command::Command;
use domain::outcome::{OutcomeKind, Reason};
use embedded::Fault;
use engine::tally::Tally;
use engine::watch::{Sight, Step, Watch};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What was seen, as lines.
#[derive(Clone, Default)]
struct Seen {
    lines: Arc<Mutex<Vec<String>>>,
    tallies: Arc<Mutex<Vec<Tally>>>,
}

impl Watch for Seen {
    fn see(&mut self, partition: i32, sight: Sight<'_>) {
        let line = match sight {
            Sight::Committed(tally, _) => {
                self.tallies.lock().unwrap().push(tally.clone());
                "committed".to_owned()
            }
            Sight::NotCommitted(_) => "not committed".to_owned(),
            Sight::Written(_) => "written".to_owned(),
            Sight::Flushed(_) => "flushed".to_owned(),
            Sight::TakenOver(_) => "taken over".to_owned(),
            Sight::Stepped { step, traced, began, ended } => {
                assert!(began <= ended && traced.trace.as_str() == "t", "{traced:?}");
                format!("{step:?} {} {partition}:{}", traced.entity, traced.offset)
            }
        };
        self.lines.lock().unwrap().push(line);
    }
}

impl Seen {
    /// Everything but writes nobody traces.
    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().filter(|line| *line != "written").cloned().collect()
    }
}

fn traced(n: u64, id: &str) -> Arc<Command> {
    Arc::new(Command { trace: Name::from("t"), ..Command::clone(&sale(n, id, 4)) })
}

fn watched(world: &World) -> (Instance, Seen) {
    let seen = Seen::default();
    let mut owner = world.join().watched(seen.clone());
    world.settle(&mut [&mut owner]);
    (owner, seen)
}

#[test]
fn a_traced_command_is_seen_decided_committed_and_written_and_no_other() {
    let world = World::new(1);
    let (mut owner, seen) = watched(&world);
    for command in [sale(1, "a", 1), traced(2, "b"), sale(3, "c", 1)] {
        world.broker.publish(command);
    }
    world.settle(&mut [&mut owner]);
    let steps = ["Decide", "Commit", "Write"].map(|step| format!("{step} p:member:2 0:1"));
    let [decide, commit, write] = steps;
    let expected = ["taken over", "committed", &decide, &commit, &write, "flushed"];
    assert_eq!(seen.lines(), expected);
    assert_eq!(format!("{:?}", Step::Decide), "Decide");
}

#[test]
fn what_is_not_committed_is_not_counted() {
    let world = World::new(1);
    let (mut owner, seen) = watched(&world);
    world.broker.set_fault(0, Fault::Aborted);
    world.broker.publish(sale(1, "a", 4));
    world.broker.publish(sale(1, "a", 4));
    world.broker.publish(sale(2, "b", BAD_INPUT));
    world.settle(&mut [&mut owner]);
    let lines = seen.lines();
    assert_eq!(lines[..3], ["taken over", "not committed", "taken over"], "{lines:?}");
    let tallies = seen.tallies.lock().unwrap();
    let shop = || Name::from("shop");
    let mut answered = std::collections::BTreeMap::new();
    for ((kind, reason, partner), count) in tallies.iter().flat_map(|tally| &tally.outcomes) {
        *answered.entry((*kind, *reason, partner.clone())).or_insert(0) += count;
    }
    let expected = [
        ((OutcomeKind::Applied, Reason::None, shop()), 1),
        ((OutcomeKind::Duplicate, Reason::None, shop()), 1),
        ((OutcomeKind::DeadLettered, Reason::WrongCurrency, shop()), 1),
    ];
    assert_eq!(answered, expected.into());
    let letters: u64 =
        tallies.iter().filter_map(|tally| tally.dead_letters.get(&Reason::WrongCurrency)).sum();
    assert_eq!(letters, 1);
}

#[test]
fn where_a_partition_stands_says_what_waits_and_since_when() {
    let world = World::new(1);
    let (mut owner, _seen) = watched(&world);
    world.pass(1_000);
    world.broker.set_fault(0, Fault::Silent);
    world.broker.publish(sale(1, "a", 4));
    step(&mut owner, 4);
    let appended = owner.standings()[0].waiting_since;
    assert_eq!(owner.standings()[0].position, 0, "its commit is not answered");
    assert!(appended.is_some_and(|at| at.0 >= 1_000), "{appended:?}");
    let world = World::new(1);
    let (mut owner, _seen) = watched(&world);
    owner.store().hold_writes();
    world.broker.publish(sale(1, "a", 4));
    step(&mut owner, 4);
    let standing = owner.standings()[0];
    assert_eq!((standing.position, standing.waiting_since), (1, None));
    assert!(standing.unflushed.is_some(), "the store acknowledged nothing");
    owner.store().stop_holding();
    world.settle(&mut [&mut owner]);
    assert_eq!(owner.standings()[0].unflushed, None);
}

#[test]
fn timers_say_how_far_they_have_ticked() {
    let world = World::new(1);
    world.pass(1_000);
    let mut owner = running(&world);
    assert_eq!(owner.standings()[0].ticked_to, None, "nothing was ever due");
    world.broker.publish(sale(1, "a", DUE_STEP));
    owner.step(Duration::ZERO).unwrap();
    world.pass(60_000);
    world.settle(&mut [&mut owner]);
    for _ in 0..50 {
        world.pass(2_000);
        step(&mut owner, 4);
    }
    let standing = owner.standings()[0];
    assert!(standing.ticked_to.is_some_and(|to| to.0 > 60_000), "{standing:?}");
    assert_eq!(standing.ticks, 0);
}
