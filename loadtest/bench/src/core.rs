//! The real year in memory: the core alone (decide, and rows put back), and the engine that ships around it.
//! Commands are read and checked before the clock starts.

use crate::memory::resident;
use crate::{CoreArgs, Outcome};
use domain::tariff::Tariffs;
use domain::{Command, Entity, EntityId};
use embedded::{PassThrough, Solo, Value};
use engine::config::{Clock, Config};
use engine::core::Context;
use engine::wal::ProgrammeVersion;
use feed::Converter;
use feed::files::Lines;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Commands handed to the engine at a time.
const BATCH: usize = 2_000;

pub(crate) fn run(args: &CoreArgs) -> Outcome<()> {
    let text = std::fs::read_to_string(&args.programme)?;
    let version = version(&text)?;
    let commands = read(args, version.programme.as_str())?;
    println!("{} commands read; {} MB resident", commands.len(), resident().0);
    let mut core: Vec<Duration> = Vec::new();
    let mut engine: Vec<Duration> = Vec::new();
    for _ in 0..args.runs.max(1) {
        core.push(core_alone(&commands, &version)?);
        engine.push(engine_in_memory(&commands, &version)?);
    }
    for (what, mut times) in [("core alone", core), ("engine in memory", engine)] {
        times.sort();
        println!(
            "{what:>18}: best {:.2?}, median {:.2?} of {}",
            times[0],
            times[times.len() / 2],
            times.len()
        );
    }
    println!("peak {} MB resident, the commands of the year among them", resident().1);
    Ok(())
}

fn version(text: &str) -> Outcome<ProgrammeVersion> {
    let tariff = programme::compile("the programme", text).map_err(|problems| format!("{problems:?}"))?;
    Ok(ProgrammeVersion {
        programme: tariff.programme.clone(),
        version: tariff.version,
        text: Arc::from(text),
    })
}

fn read(args: &CoreArgs, programme: &str) -> Outcome<Vec<Arc<Command>>> {
    let mut lines = Lines::open(&args.input)?;
    let mut converter = Converter::new(programme);
    let mut commands = Vec::with_capacity(lines.total());
    while let Some(line) = lines.next_line()? {
        if let Ok(command) = line.command(&mut converter) {
            commands.push(Arc::new(command));
        }
    }
    Ok(commands)
}

/// The sequential fold: decide and put the rows back, nothing else.
fn core_alone(commands: &[Arc<Command>], version: &ProgrammeVersion) -> Outcome<Duration> {
    let mut tariffs = Tariffs::default();
    tariffs.add(ledger::compile(version)?);
    let mut entities: BTreeMap<EntityId, Entity> = BTreeMap::new();
    let started = Instant::now();
    for command in commands {
        let entity = entities
            .entry(command.entity.clone())
            .or_insert_with(|| Entity::new(command.entity.clone(), true));
        let decision = domain::decide(entity, command, command.delivered_at, &tariffs)
            .map_err(|missing| format!("{missing:?} of a whole entity"))?;
        decision.rows.into_iter().for_each(|row| entity.put(row));
    }
    Ok(started.elapsed())
}

fn engine_in_memory(commands: &[Arc<Command>], version: &ProgrammeVersion) -> Outcome<Duration> {
    let config =
        Config { clock: Clock::Event, cache_bytes: usize::MAX, statement: false, ..Config::default() };
    let context = Context::new(config, PassThrough::new()?, ledger::compile, 1);
    let mut solo = Solo::new(Arc::new(context))?;
    solo.submit(vec![Value::Programme(version.clone())], &mut |_| {})?;
    let started = Instant::now();
    let mut said = 0_u64;
    for batch in commands.chunks(BATCH) {
        let batch = batch.iter().map(|command| Value::Command(Arc::clone(command))).collect();
        solo.submit(batch, &mut |_| said += 1)?;
    }
    let elapsed = started.elapsed();
    if said == 0 {
        return Err("the engine said nothing".into());
    }
    Ok(elapsed)
}
