//! One run: a seed, and what came of it.

use crate::auditor::{self, Auditor};
use crate::checks;
use crate::guards::Without;
use crate::mix::Mix;
use crate::node::Process;
use crate::poison::operate;
use crate::rebuilt;
use crate::rules;
use crate::story::Story;
use crate::trace::Trace;
use crate::world::{BEGINNING, Due, World};
use embedded::Value;
use engine::route::partition_of;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Instances of a run, and partitions.
const NODES: usize = 3;
pub(crate) const PARTITIONS: i32 = 4;
/// Commands of partners in a run.
const COMMANDS: u64 = 320;
/// How long partners publish and faults happen, in milliseconds.
pub(crate) const STORM: i64 = 14_000;
/// How long a run may take to come to rest behind the storm.
const PATIENCE: i64 = 120_000;

/// A run is of no less than this, or shows nothing: commands of partners, members and cards with a state, faults.
const LEAST: [(&str, u64); 3] = [("commands", 300), ("members and cards", 30), ("faults", 5)];

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    /// Of this seed.
    pub seed: u64,
    /// What is wrong; empty where nothing is.
    pub violations: Vec<String>,
    /// Members and cards that have a state.
    pub entities: usize,
    /// What it was made of.
    pub mix: Mix,
    /// Its last lines, where they were asked for.
    pub trace: Vec<String>,
}

impl Report {
    /// Whether anything is wrong.
    pub fn fails(&self) -> bool {
        !self.violations.is_empty()
    }
}

/// Runs `seed` without these safeguards. The same arguments, the same report.
pub fn run(seed: u64, without: &Without, trace: Trace) -> Report {
    let world = Rc::new(RefCell::new(World::new(seed, PARTITIONS, NODES, without.clone(), trace)));
    let poison = world.borrow().poison;
    let context = rules::context(PARTITIONS, without, poison);
    let mut processes: Vec<Option<Process>> = Vec::new();
    for node in 0..NODES {
        processes.push(Some(Process::start(&world, node, context.clone())));
        world.borrow_mut().wake(node);
    }
    begin(&mut world.borrow_mut());
    // Of a run that lacks a safeguard nobody promises that it adds up, or what a rebuild comes to.
    let mut auditor = without.0.is_empty().then(|| Auditor::new(seed));
    let rest = come_to_rest(&world, &mut processes, &context, auditor.as_mut());
    drop(processes);
    let mut world = world.borrow_mut();
    let mut violations: Vec<String> = rest.err().into_iter().collect();
    let judged = checks::all(&world);
    violations.extend(judged.violations);
    let entities = judged.entities;
    if let Some(auditor) = auditor {
        violations.extend(auditor.wrong);
        violations.extend(auditor::at_rest(&world));
        world.mix.effects.insert("account half written, seen", auditor.suspected);
        world.mix.effects.insert("account looked at again", auditor.looked_again);
    }
    if without.0.is_empty() && violations.is_empty() {
        violations.extend(rebuilt::differs(&world, &context, entities));
    }
    let mix = std::mem::take(&mut world.mix);
    violations.extend(too_small(&mix, entities));
    tell_events(&mut world);
    let trace = std::mem::take(&mut world.trace).into_lines();
    Report { seed, violations, entities, mix, trace }
}

/// What there was too little of.
fn too_small(mix: &Mix, entities: usize) -> impl Iterator<Item = String> {
    let sum = |counts: &BTreeMap<&str, u64>| counts.values().sum::<u64>();
    let found = [sum(&mix.commands), entities as u64, sum(&mix.faults)];
    let found = LEAST.into_iter().zip(found).filter(|((_, least), found)| found < least);
    found.map(|((what, least), found)| format!("the run: expected {least} {what} at least, found {found}"))
}

/// What was committed, where the trace is of somebody.
fn tell_events(world: &mut World) {
    let World { broker, trace, now, .. } = world;
    for partition in 0..PARTITIONS {
        for outgoing in broker.committed_events(partition) {
            if let Value::Event(event) = &outgoing.message {
                trace.event(*now, event);
            }
        }
    }
}

fn begin(world: &mut World) {
    let version = rules::version(world.poison.behind);
    for partition in 0..PARTITIONS {
        let now = world.clock();
        world.broker.append(now, partition, Value::Programme(version.clone()));
    }
    world.after(0, housekeep);
    world.after(5, |world| publish(world, Story::default(), COMMANDS));
    world.after(300, |world| world.trouble(BEGINNING + STORM));
    world.after(1_000, operate);
}

/// The broker's own work.
fn housekeep(world: &mut World) {
    let now = world.now;
    for joined in world.broker.group.tick(now) {
        let delay = world.chance.between(1, 20);
        world.after(delay, move |world| world.tell_joined(joined));
    }
    world.end_old_transactions();
    world.after(50, housekeep);
}

/// Partners publish the rest of a story.
fn publish(world: &mut World, mut story: Story, left: u64) {
    if left == 0 {
        world.is_published = true;
        return;
    }
    let now = world.clock();
    let (kind, command) = story.next(&mut world.chance, now);
    world.mix.command(kind);
    world.published.push(command.source.offset);
    let to = partition_of(command.entity.as_str(), PARTITIONS);
    world.broker.append(now, to, Value::Command(command));
    world.wake_readers(to);
    let mean = (STORM - 1_000) / COMMANDS as i64;
    let pause = if world.chance.once_in(3) { 0 } else { world.chance.between(0, 3 * mean) };
    world.after(pause, move |world| publish(world, story, left - 1));
}

/// Goes on until everything is decided and in the store, and nothing is due any more.
fn come_to_rest(
    world: &Rc<RefCell<World>>,
    processes: &mut [Option<Process>],
    context: &rules::Shared,
    mut auditor: Option<&mut Auditor>,
) -> Result<(), String> {
    let mut calm_since = None;
    loop {
        let due = world.borrow_mut().next();
        match due {
            None => return Err("nothing happens any more".to_owned()),
            Some(Due::Act(act)) => act(&mut world.borrow_mut()),
            Some(Due::Wake { node, ticket }) => wake(world, processes, node, ticket),
        }
        tend(world, processes, context);
        if let Some(auditor) = &mut auditor {
            auditor.look(&world.borrow());
        }
        let mut world = world.borrow_mut();
        let storm_ends = BEGINNING + STORM;
        if world.now < storm_ends {
            continue;
        }
        if calm_since.is_none() {
            calm_since = Some(world.now);
            world.calm();
        }
        if world.is_at_rest() {
            return Ok(());
        }
        if world.now > storm_ends + PATIENCE {
            return Err(world.why_not_at_rest());
        }
    }
}

fn wake(world: &Rc<RefCell<World>>, processes: &mut [Option<Process>], node: usize, ticket: u64) {
    let wall = {
        let mut world = world.borrow_mut();
        let found = &world.nodes[node];
        if found.ticket != ticket || !found.is_up {
            return;
        }
        if found.paused_until > world.now {
            return; // resumed by the end of the pause
        }
        // The wait is over: what else would wake it comes too late.
        world.nodes[node].ticket += 1;
        world.clock() + world.nodes[node].clock_off
    };
    let Some(process) = &mut processes[node] else { return };
    let went = process.go_on(wall);
    let mut world = world.borrow_mut();
    match went {
        Ok(until) => world.sleep(node, until),
        Err(error) => {
            let now = world.now;
            world.trace.tell(now, || format!("instance {node} ended: {error}"));
            world.mix.effect("instance ended by itself");
            world.nodes[node].is_up = false;
            world.after(200, move |world| world.to_start.push(node));
        }
    }
}

/// Buries the dead, and starts who is due.
fn tend(world: &Rc<RefCell<World>>, processes: &mut [Option<Process>], context: &rules::Shared) {
    for (node, process) in processes.iter_mut().enumerate() {
        if process.is_some() && !world.borrow().nodes[node].is_up {
            *process = None;
        }
    }
    let to_start = std::mem::take(&mut world.borrow_mut().to_start);
    for node in to_start {
        if processes[node].is_none() {
            processes[node] = Some(Process::start(world, node, context.clone()));
            world.borrow_mut().wake(node);
        }
    }
}
