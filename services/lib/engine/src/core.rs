//! The pure core as the engine calls it. [`Ledger`] is `domain`; a test may bring another.

use crate::codec::{Codec, Compiler, Guarded};
use crate::config::Config;
use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::event::Event;
use domain::tariff::Tariffs;
use domain::{Row, RowKey, Timestamp};

/// What a command does. Values only.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    /// Whole images, each key once.
    pub rows: Vec<Row>,
    /// Events in the order they happened.
    pub events: Vec<Event>,
    /// Commands to other entities (or this one), sent after commit.
    pub follow_ups: Vec<Command>,
}

/// Decides commands. Pure: the same arguments, the same answer. May panic: the command failed, and its entity is parked or
/// goes on without it.
pub trait Core {
    /// Rows `command` surely reads beside the head row and the live lots.
    fn needs(&self, command: &Command) -> Vec<RowKey>;

    /// Decides `command` at `now`.
    ///
    /// # Errors
    /// [`Missing`]: a row has to be loaded first.
    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing>;

    /// Whether its account goes on without `command`, which failed at `now`; else it is parked.
    fn goes_on(&self, command: &Command, now: Timestamp, tariffs: &Tariffs) -> bool {
        domain::failed::goes_on(command, now, tariffs)
    }
}

/// The ledger's own core.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ledger;

impl Core for Ledger {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        domain::decide::needs(command)
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing> {
        let decision = domain::decide::decide(entity, command, now, tariffs)?;
        Ok(Effects { rows: decision.rows, events: decision.events, follow_ups: decision.follow_ups })
    }
}

/// What all partitions of an instance share, and nothing of it changes.
pub struct Context<C> {
    /// Bounds and choices.
    pub config: Config,
    /// Messages to values and back; a panic of it is an error.
    pub codec: Guarded<C>,
    /// What decides.
    pub core: Box<dyn Core + Send + Sync>,
    /// What compiles programmes.
    pub compiler: Box<dyn Compiler + Send + Sync>,
    /// Partitions of `member-commands`, above 0.
    pub partitions: i32,
}

impl<C: Codec> Context<C> {
    /// A context with the ledger's own core.
    pub fn new(
        config: Config,
        codec: C,
        compiler: impl Compiler + Send + Sync + 'static,
        partitions: i32,
    ) -> Self {
        let codec = Guarded::new(codec);
        Self { config, codec, core: Box::new(Ledger), compiler: Box::new(compiler), partitions }
    }
}
