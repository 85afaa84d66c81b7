//! Histories: two instances, random commands, crashes, lost answers, stalled and expelled owners, store
//! writes that come late or never. The seed decides everything; a failure names it.

use crate::tally::{BAD_INPUT, DUE_STEP, PANICS, PANICS_ENCODED, TOO_LARGE, sale, sends_on};
use crate::world::{GOES_ON, Instance, World, version};
use embedded::{Fault, Guards};
use std::time::Duration;

/// A small generator of numbers: xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What a history met: a generator that never crashes anyone proves nothing.
#[derive(Clone, Copy, Debug, Default)]
struct Mix {
    crashes: u64,
    stalls: u64,
    faults: u64,
    takeovers: u64,
    recovered: u64,
    failed_commits: u64,
    ticks: u64,
    commits: u64,
    parked: u64,
    /// Commands that failed, and whose account went on.
    left_out: u64,
}

struct History {
    world: World,
    dice: Dice,
    instances: Vec<Instance>,
    /// Instances that died, with store writes still on their way.
    ghosts: Vec<Instance>,
    published: Vec<String>,
    /// Versions of the programme so far: each says in turn that accounts go on without what failed, and that they wait.
    versions: i32,
    mix: Mix,
}

impl History {
    fn new(seed: u64, guards: Guards) -> Self {
        let mut world = World::new(2);
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        world.config.cache_bytes = [0, 20_000, 1 << 20][dice.below(3) as usize];
        world.config.unflushed_rows = [10, 1_000][dice.below(2) as usize];
        world.broker.set_guards(guards);
        let instances = (0..2).map(|_| Self::join(&world)).collect();
        let (ghosts, published, versions, mix) = (Vec::new(), Vec::new(), 0, Mix::default());
        Self { world, dice, instances, ghosts, published, versions, mix }
    }

    fn join(world: &World) -> Instance {
        let mut instance = world.join();
        instance.store().hold_writes();
        instance.log().hold_appends();
        instance
    }

    /// A new version, in every partition.
    fn declare(&mut self) {
        self.versions += 1;
        let text = if self.versions % 2 == 1 { GOES_ON } else { "wait" };
        for partition in 0..self.world.broker.partitions() {
            self.world.broker.append(partition, version(self.versions, text));
        }
    }

    fn publish(&mut self) {
        if self.dice.below(60) == 0 {
            self.declare();
        }
        let again = self.dice.below(6) == 0 && !self.published.is_empty();
        let entity = self.dice.below(8);
        if again {
            // The same id at the same entity: a redelivery.
            let place = self.dice.below(self.published.len() as u64) as usize;
            let id = self.published[place].clone();
            let entity = id.split('-').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            self.world.broker.publish(sale(entity, &id, 1));
            return;
        }
        let id = format!("{entity}-{}", self.published.len());
        self.published.push(id.clone());
        let command = match self.dice.below(40) {
            0 => sale(entity, &id, BAD_INPUT),
            1 if entity > 5 => sale(entity, &id, PANICS),
            2 if entity == 6 => sale(entity, &id, TOO_LARGE),
            2 if entity > 6 => sale(entity, &id, PANICS_ENCODED),
            3..=7 => sends_on(entity, &id),
            8..=11 => sale(entity, &id, DUE_STEP),
            _ => sale(entity, &id, 1 + self.dice.below(5) as i64),
        };
        self.world.broker.publish(command);
    }

    /// A store write of someone, dead or alive, in any order.
    fn write_something(&mut self) {
        let all = self.instances.iter_mut().chain(&mut self.ghosts).collect::<Vec<_>>();
        let chosen = self.dice.below(all.len() as u64) as usize;
        let Some(instance) = all.into_iter().nth(chosen) else { return };
        let held = instance.store().held();
        if held > 0 {
            let place = self.dice.below(held as u64) as usize;
            instance.store().let_through(place, true);
        }
    }

    fn crash(&mut self) {
        let place = self.dice.below(self.instances.len() as u64) as usize;
        let mut gone = std::mem::replace(&mut self.instances[place], Self::join(&self.world));
        self.world.broker.expel(gone.log().member());
        self.count(&gone);
        self.ghosts.push(gone);
        self.mix.crashes += 1;
    }

    /// Someone stalls, is expelled, and does not hear of it: it goes on as if it owned what it owned.
    fn stall(&mut self) {
        let place = self.dice.below(self.instances.len() as u64) as usize;
        let log = self.instances[place].log();
        log.set_deaf(true);
        let member = log.member();
        self.world.broker.expel(member);
        self.mix.stalls += 1;
    }

    fn count(&mut self, instance: &Instance) {
        let counters = instance.counters();
        self.mix.takeovers += counters.takeovers;
        self.mix.recovered += counters.recovered;
        self.mix.failed_commits += counters.failed_commits;
        self.mix.ticks += counters.ticks;
        self.mix.commits += counters.commits;
        self.mix.parked += counters.parked;
        self.mix.left_out += counters.poisoned - counters.parked;
    }

    fn happen(&mut self) {
        match self.dice.below(100) {
            0..25 => self.publish(),
            25..55 => {
                let place = self.dice.below(self.instances.len() as u64) as usize;
                self.instances[place].step(Duration::ZERO).unwrap();
            }
            55..85 => self.write_something(),
            85..88 => self.crash(),
            88..90 => self.stall(),
            90 => {
                let place = self.dice.below(self.instances.len() as u64) as usize;
                let count = self.dice.below(10) as usize;
                self.instances[place].log().let_through(count);
            }
            91 => {
                let place = self.dice.below(self.instances.len() as u64) as usize;
                self.instances[place].log().set_deaf(false);
            }
            92..95 => {
                let fault = [Fault::Aborted, Fault::AnswerLost, Fault::LeftOpen][self.dice.below(3) as usize];
                self.world.broker.set_fault(self.dice.below(2) as i32, fault);
                self.mix.faults += 1;
            }
            _ => {
                let millis = self.dice.below(400) as i64;
                self.world.pass(millis);
            }
        }
    }

    /// Peace: everyone hears and writes again, and the dead's last writes arrive.
    fn end(mut self) -> Mix {
        for instance in self.instances.iter_mut().chain(&mut self.ghosts) {
            instance.log().set_deaf(false);
            instance.store().stop_holding();
            instance.log().stop_holding();
        }
        let mut instances: Vec<&mut Instance> = self.instances.iter_mut().collect();
        self.world.settle(&mut instances);
        // Whatever is due becomes due, and its ticks are decided.
        for _ in 0..30 {
            self.world.pass(500);
            self.world.settle(&mut instances);
        }
        self.world.judge();
        self.world.judge_timers();
        for place in 0..self.instances.len() {
            let instance = self.instances.remove(place.min(self.instances.len() - 1));
            self.count(&instance);
            self.instances.insert(place, instance);
        }
        self.mix
    }
}

fn histories(seeds: std::ops::Range<u64>, guards: Guards) -> Mix {
    let mut sum = Mix::default();
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| {
            let mut history = History::new(seed, guards);
            (0..1_500).for_each(|_| history.happen());
            history.end()
        });
        let mix = outcome.unwrap_or_else(|_| panic!("history of seed {seed} with {guards:?} failed"));
        sum.crashes += mix.crashes;
        sum.stalls += mix.stalls;
        sum.faults += mix.faults;
        sum.takeovers += mix.takeovers;
        sum.recovered += mix.recovered;
        sum.failed_commits += mix.failed_commits;
        sum.ticks += mix.ticks;
        sum.commits += mix.commits;
        sum.parked += mix.parked;
        sum.left_out += mix.left_out;
    }
    println!("{sum:?}");
    sum
}

#[test]
fn histories_with_both_guards_equal_the_fold() {
    let mix = histories(0..60, Guards { epoch: true, generation: true });
    assert!(mix.crashes > 1_000 && mix.stalls > 500 && mix.failed_commits > 500, "a tame mix: {mix:?}");
    assert!(mix.recovered > 1_000 && mix.ticks > 500, "a tame mix: {mix:?}");
    assert!(mix.parked > 50 && mix.left_out > 50, "a tame mix: {mix:?}");
}

#[test]
fn histories_with_the_epoch_alone_equal_the_fold() {
    histories(60..90, Guards { epoch: true, generation: false });
}

#[test]
fn histories_with_the_generation_alone_equal_the_fold() {
    histories(90..120, Guards { epoch: false, generation: true });
}

#[test]
fn histories_without_any_guard_do_not() {
    let broken = std::panic::catch_unwind(|| histories(0..40, Guards { epoch: false, generation: false }));
    assert!(broken.is_err(), "nothing was guarded and nothing went wrong: these histories prove nothing");
}
