//! The programme of every run, and the engine's context with it.

use crate::guards::{Guard, Without};
use crate::poison::{Frail, Poison};
use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::failed::Behind;
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

/// The text of the version of this declaration.
fn text(behind: Behind) -> String {
    let goes_on = "version = 1\nbehind_failed = \"go on\"";
    match behind {
        Behind::Waits => TEXT.to_owned(),
        Behind::GoesOn => TEXT.replacen("version = 1", goes_on, 1),
    }
}

/// The programme, as it is published where it says this of accounts behind what failed.
pub(crate) fn version(behind: Behind) -> ProgrammeVersion {
    ProgrammeVersion { programme: Name::from("sim"), version: 1, text: text(behind).into() }
}

/// The same, each compiled once.
///
/// # Panics
/// Where the file does not compile.
pub(crate) fn tariff(version: &ProgrammeVersion) -> Arc<Tariff> {
    static TARIFFS: OnceLock<[Arc<Tariff>; 2]> = OnceLock::new();
    let compile = |behind| {
        programme::compile("programme.toml", &text(behind)).expect("the programme of the simulation")
    };
    let [waits, goes_on] = TARIFFS.get_or_init(|| [Behind::Waits, Behind::GoesOn].map(compile));
    Arc::clone(if *version.text == *TEXT { waits } else { goes_on })
}

/// The engine's context of a run.
pub(crate) fn context(partitions: i32, without: &Without, poison: Poison) -> Shared {
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
    let mut context =
        Context::new(config, codec, |version: &ProgrammeVersion| Ok(tariff(version)), partitions);
    context.core = match without.lacks(Guard::IdsRemembered) {
        true => Box::new(Forgetful),
        false => Box::new(Frail { core: Ledger, poison }),
    };
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
