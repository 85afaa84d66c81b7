//! The programme of every run, and the engine's context with it.

use crate::guards::{Guard, Without};
use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::tariff::{Tariff, Tariffs};
use domain::{Name, Row, RowKey, Timestamp};
use embedded::PassThrough;
use engine::config::Config;
use engine::core::{Context, Core, Effects, Ledger};
use engine::wal::ProgrammeVersion;
use std::sync::{Arc, OnceLock};

/// What all instances of a run share.
pub(crate) type Shared = Arc<Context<PassThrough>>;

const TEXT: &str = include_str!("../programme.toml");

/// The programme, as it is published.
pub(crate) fn version() -> ProgrammeVersion {
    ProgrammeVersion { programme: Name::from("sim"), version: 1, text: TEXT.into() }
}

/// The same, compiled once.
///
/// # Panics
/// Where the file does not compile.
pub(crate) fn tariff() -> Arc<Tariff> {
    static TARIFF: OnceLock<Arc<Tariff>> = OnceLock::new();
    let compile = || programme::compile("programme.toml", TEXT).expect("the programme of the simulation");
    Arc::clone(TARIFF.get_or_init(compile))
}

/// The engine's context of a run.
pub(crate) fn context(partitions: i32, without: &Without) -> Shared {
    static CODEC: OnceLock<PassThrough> = OnceLock::new();
    let codec = CODEC.get_or_init(|| PassThrough::new().expect("the schemas of this build")).clone();
    let config = Config {
        batch: 12,
        cache_bytes: 200_000,
        ticks: 20,
        unflushed_rows: 400,
        unguarded: without.in_engine(),
        ..Config::default()
    };
    let mut context = Context::new(config, codec, |_: &ProgrammeVersion| Ok(tariff()), partitions);
    if without.lacks(Guard::IdsRemembered) {
        context.core = Box::new(Forgetful);
    }
    Arc::new(context)
}

/// The ledger's core, which forgets what it has decided.
struct Forgetful;

impl Core for Forgetful {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        Ledger.needs(command)
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        tariffs: &Tariffs,
    ) -> Result<Effects, Missing> {
        let mut effects = Ledger.decide(entity, command, now, tariffs)?;
        effects.rows.retain(|row| !matches!(row, Row::Seen(_)));
        Ok(effects)
    }
}
