//! Events that fail in the core, in half of the runs, until what they fail of is mended; and the operator who then lets
//! the accounts go on that wait, and has each decided that failed. In half of those runs the operator is impatient, and lets
//! accounts go on again and again before anything is mended.

use crate::broker::Fate;
use crate::guards::Without;
use crate::run::{PARTITIONS, STORM};
use crate::world::{BEGINNING, World, clock_at};
use domain::command::{Action, Adjustment, Body, Command, Source};
use domain::entity::{Entity, Missing};
use domain::failed::Behind;
use domain::outcome::Reason;
use domain::resume::resumes;
use domain::tariff::Tariffs;
use domain::{Digest, EventKey, Name, RowKey, Timestamp};
use embedded::Value;
use engine::core::{Core, Effects};
use engine::route::partition_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Of so many events one fails.
const ONE_IN: u8 = 24;
/// How long the operator waits before looking again, in milliseconds.
const LOOKS: i64 = 300;

/// What the letter of an event says that failed because it was meant to.
pub(crate) const SIMULATED: &str = "simulated";

/// What fails in a run, and what its programme says of accounts behind it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Poison {
    /// Whether anything fails.
    fails: bool,
    /// What is declared.
    pub(crate) behind: Behind,
    /// Whether the operator lets accounts go on before it is mended.
    is_impatient: bool,
}

impl Poison {
    /// That of a run: in a quarter of the seeds accounts wait, in a quarter they go on, and in the others nothing fails.
    /// Where a safeguard is taken away nothing does, so that what is found is found without it.
    pub(crate) fn of(seed: u64, without: &Without) -> Self {
        let behind = if seed % 4 == 1 { Behind::GoesOn } else { Behind::Waits };
        Self { fails: seed % 2 == 1 && without.0.is_empty(), behind, is_impatient: seed % 8 >= 4 }
    }

    /// Whether `command` fails at `now`. Known by its id and the log's time, so that whoever folds the log sees the same.
    fn is_in(self, command: &Command, now: Timestamp) -> bool {
        let asked = command.asked().0;
        let spared = matches!(asked.body, Body::Tick) || resumes(asked);
        let chosen = asked.key.as_bytes()[7].is_multiple_of(ONE_IN);
        self.fails && chosen && !spared && now < Timestamp(clock_at(MENDED))
    }
}

/// When the cause is mended.
const MENDED: i64 = BEGINNING + STORM;

/// A core that fails.
pub(crate) struct Frail<C> {
    pub(crate) core: C,
    pub(crate) poison: Poison,
}

impl<C: Core> Core for Frail<C> {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        self.core.needs(command)
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing> {
        if self.poison.is_in(command, now) {
            // A panic that nobody is told of.
            std::panic::resume_unwind(Box::new(SIMULATED));
        }
        self.core.decide(entity, command, now, tariffs)
    }
}

/// The operator at work: looks for letters of what failed, and mends what each left.
#[derive(Default)]
pub(crate) struct Operator {
    /// Letters that are done with, by their place.
    done: BTreeSet<usize>,
    /// How often an account was let go on.
    resumes: usize,
}

impl Operator {
    /// Letters of commands that failed, and nobody has seen to: by their place, each with its command.
    fn open(&self, world: &World) -> Vec<(usize, Arc<Command>)> {
        let letter = |value: &Value| match value {
            Value::DeadLetter(letter) if letter.reason == Reason::Poison => match &letter.original {
                Value::Command(command) => Some(Arc::clone(command)),
                _ => None,
            },
            _ => None,
        };
        let slots = world.broker.events.iter().enumerate();
        let committed = slots.filter(|(_, slot)| slot.fate == Fate::Committed);
        let open = committed.filter(|(place, _)| !self.done.contains(place));
        open.filter_map(|(place, slot)| Some((place, letter(&slot.message.message)?))).collect()
    }

    /// Whether any waits.
    pub(crate) fn is_needed(&self, world: &World) -> bool {
        !self.open(world).is_empty()
    }
}

/// Looks now and then.
pub(crate) fn operate(world: &mut World) {
    if world.now > MENDED {
        for (place, command) in world.operator.open(world) {
            world.operator.done.insert(place);
            mend(world, command);
        }
    } else if world.poison.is_impatient {
        let open = world.operator.open(world);
        let accounts: BTreeMap<_, _> =
            open.into_iter().map(|(_, command)| (command.entity.clone(), command)).collect();
        accounts.values().for_each(|command| let_go_on(world, command));
    }
    world.after(LOOKS, operate);
}

/// Lets the account of `command` go on.
fn let_go_on(world: &mut World, command: &Command) {
    world.operator.resumes += 1;
    let (number, now) = (world.operator.resumes, world.clock());
    let to = partition_of(command.entity.as_str(), PARTITIONS);
    let resume = Value::Command(Arc::new(resume(command, number, now)));
    world.broker.append(now, to, resume);
    world.wake_readers(to);
}

/// Lets the account of a command that failed go on, where it may be parked, and has the command decided.
fn mend(world: &mut World, command: Arc<Command>) {
    world.mix.effect(if world.poison.behind == Behind::Waits { "failed, waits" } else { "failed, goes on" });
    if world.poison.behind == Behind::Waits || !command.asked().0.has_outcome() {
        let_go_on(world, &command);
    }
    let (to, now) = (partition_of(command.entity.as_str(), PARTITIONS), world.clock());
    world.broker.append(now, to, Value::Command(command));
    world.wake_readers(to);
}

fn resume(command: &Command, number: usize, now: i64) -> Command {
    let id = Name::from(format!("resume-{number}"));
    let (actor, reason) = (Name::from("op-1"), Name::from("mended"));
    let key = EventKey::of("desk", "adjustments", id.as_str());
    // Behind everything that partners publish.
    let offset = 1_000_000 + number as i64;
    Command {
        key,
        entity: command.entity.clone(),
        source: Source {
            partner: Name::from("desk"),
            feed: Name::from("adjustments"),
            id,
            partition: 0,
            offset,
        },
        occurred_at: Timestamp(now),
        delivered_at: Timestamp(now),
        content: Digest::default(),
        trace: Name::default(),
        body: Body::Adjust(Adjustment { actor, reason, action: Action::Resume }),
    }
}
