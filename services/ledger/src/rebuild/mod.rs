//! Rebuilding the store: the ledger's own engine over `member-commands` from its beginning, into a keyspace of its own.
//!
//! Why the rows come out the same is [`engine::rebuild`]'s to say. Here: what has to be so before ([`checks`]), the loop,
//! and the end, where what a ledger needs to take over is written in an order that a death in between does not mistake.

mod checks;
mod end;

use crate::compile;
use crate::config::{Config, StoreChoice};
use crate::error::LedgerError;
use crate::start::Start;
use checks::Place;
use domain::Timestamp;
use engine::core::Context;
use engine::driver::{Driver, DriverError};
use engine::rebuild::log::{ReplayLog, Stretch};
use engine::rebuild::mark::Mark;
use engine::rebuild::projection::{Projection, Written};
use engine::store::Store;
use lotstream_kafka::ledger::rebuild::{Commands, Tail};
use lotstream_scylla::{ScyllaStore, tables};
use std::sync::Arc;
use std::time::{Duration, Instant};
use telemetry::{Health, Stop};
use thiserror::Error;
use wire::AvroCodec;

/// How long the loop waits for news when there is nothing to do.
const IDLE: Duration = Duration::from_millis(50);
/// How long nothing may be decided before it is said.
const SILENCE: Duration = Duration::from_secs(60);
/// Records that may be left to `ledger-wal` where ledgers are at work meanwhile.
const ENOUGH: i64 = 10_000;
/// Where the clock of a rebuild begins: in the year 0, before anything can be due, so that no timer ticks.
const LONG_AGO: i64 = -62_167_219_200_000;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The keyspace there is, which may be gone: it knows how many partitions the log had when its accounts began.
    pub live: &'a str,
    /// Go on in a keyspace whose rebuild was stopped.
    pub resume: bool,
    /// How far before its last record `ledger-wal` is read again by the next owners, for the follow-ups that a killed one
    /// may owe.
    pub tail: Duration,
    /// The epochs before this one left nothing behind.
    pub first_epoch: bool,
    /// Ledgers may be at work meanwhile, over other tables.
    pub online: bool,
}

/// How far it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Records decided.
    pub done: u64,
    /// Records in all.
    pub total: u64,
}

/// What became of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rebuilt {
    /// Which.
    pub partition: i32,
    /// Records decided now.
    pub records: u64,
    /// Images of rows written now.
    pub rows: u64,
    /// Entries of statements written now.
    pub entries: u64,
    /// The offset behind what is decided.
    pub position: i64,
    /// The group's offset.
    pub target: i64,
}

/// Why there is no rebuilt keyspace.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// Something is not as it has to be, and what to do. Nothing was written but, where it says so, rows of a keyspace
    /// that is of no use.
    #[error("{0}")]
    Refused(String),
    /// The servers, or the engine.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A blocking call to the log.
    #[error(transparent)]
    Log(#[from] engine::log::LogError),
    /// A blocking call to the store.
    #[error(transparent)]
    Store(#[from] engine::store::StoreError),
}

/// Everything that is opened.
struct Opened {
    tail: Tail,
    codec: AvroCodec,
    store: ScyllaStore,
    places: Vec<Place>,
}

type Work = Driver<ReplayLog<Commands>, Projection<ScyllaStore>, AvroCodec>;

/// Rebuilds the keyspace of `config`, until it is done or `stop`; `show` is told how far it is. What became of each
/// partition: one whose position is not its target is not rebuilt.
///
/// # Errors
/// [`RebuildError`], with what to do.
pub fn rebuild(
    config: &Config,
    order: &Order<'_>,
    stop: &Stop,
    mut show: impl FnMut(Progress),
) -> Result<Vec<Rebuilt>, RebuildError> {
    let health = Health::new(SILENCE);
    let Some(mut opened) = open(config, order, &Start { stop, health: &health })? else {
        return Ok(Vec::new());
    };
    let from = positions(&mut opened.store, &opened.places)?;
    let Opened { mut tail, codec, mut store, mut places } = opened;
    if !Mark::Begun.set(&mut store, end::patience(config))? {
        return Err(end::silent());
    }
    let commands = Commands::open(&config.kafka).map_err(LedgerError::from)?;
    let log = ReplayLog::new(commands, &stretches(&places, &from));
    let engine = engine::config::Config { wal_retention: None, ..config.engine.clone() };
    let partitions = i32::try_from(places.len()).unwrap_or(i32::MAX);
    let context = Arc::new(Context::new(engine, codec, compile, partitions));
    let begun = Instant::now();
    let wall = move || {
        let passed = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp(LONG_AGO).plus_millis(passed)
    };
    let mut driver = Driver::new(log, Projection::new(store), Arc::clone(&context), wall);
    loop {
        let total = stretches(&places, &from).iter().map(Stretch::records).sum();
        replay(&mut driver, stop, &mut |done| show(Progress { done, total }))?;
        if !order.online || stop.is_asked() {
            break;
        }
        let next = checks::places(config, order, &context.codec, &mut tail, partitions)?;
        if behind(&places, &next) < ENOUGH {
            break;
        }
        places = next;
        let ends: Vec<i64> = places.iter().map(|place| place.target).collect();
        driver.log().extend(&ends)?;
    }
    driver.drain(config.drain).map_err(undrained)?;
    end::write(config, order, &context, &mut tail, &mut driver, &places)?;
    Ok(rebuilt(driver.store(), &places, &from))
}

/// Opens what the configuration names, and checks it; `None` where the stop came first.
fn open(config: &Config, order: &Order<'_>, start: &Start<'_>) -> Result<Option<Opened>, RebuildError> {
    let StoreChoice::Cql(cql) = &config.store else {
        let text =
            "expected `store` to be `cql`, found `memory`: there is nothing to rebuild in this process";
        return Err(RebuildError::Refused(text.to_owned()));
    };
    let Some((partitions, retention)) = start.kafka(&config.kafka).map_err(LedgerError::from)? else {
        return Ok(None);
    };
    let Some(codec) = start.codec(&config.registry).map_err(LedgerError::from)? else { return Ok(None) };
    checks::width(config, cql, order.live, partitions)?;
    let commands = &config.kafka.topics.commands;
    let codec = codec.under(commands.strip_suffix("member-commands").unwrap_or_default());
    let mut tail = Tail::open(&config.kafka).map_err(LedgerError::from)?;
    if !order.online {
        checks::nobody_is_at_work(config, start.stop)?;
    }
    let places = checks::places(config, order, &codec, &mut tail, partitions)?;
    checks::agree(config, order, &places)?;
    checks::is_young(order, retention, &codec, &mut tail, &places)?;
    tables::create(cql).map_err(LedgerError::from)?;
    let Some(mut store) = start.store(cql).map_err(LedgerError::from)? else { return Ok(None) };
    let holds_entities = store.holds_entities()?;
    checks::keyspace(&cql.keyspace, Mark::of(&mut store)?, holds_entities, order.resume)?;
    let Some(()) = start.width(config, &cql.keyspace, &mut store, partitions)? else { return Ok(None) };
    Ok(Some(Opened { tail, codec, store, places }))
}

/// Where each partition stands in the store.
fn positions(store: &mut impl Store, places: &[Place]) -> Result<Vec<Option<i64>>, RebuildError> {
    let mut positions = Vec::with_capacity(places.len());
    for place in places {
        positions.push(store.partition_state(place.partition)?.row.map(|row| row.position));
    }
    Ok(positions)
}

/// From there up to where the ledgers are.
fn stretches(places: &[Place], from: &[Option<i64>]) -> Vec<Stretch> {
    places.iter().zip(from).map(|(place, from)| Stretch { from: *from, to: place.target }).collect()
}

/// Records decided since.
fn behind(places: &[Place], next: &[Place]) -> i64 {
    places.iter().zip(next).map(|(place, next)| next.target - place.target).sum()
}

/// Decides everything, or what it comes to until `stop`.
fn replay(driver: &mut Work, stop: &Stop, show: &mut dyn FnMut(u64)) -> Result<(), RebuildError> {
    let (mut decided, mut heard) = (0, Instant::now());
    while !(stop.is_asked() || driver.log().is_done() && driver.is_settled()) {
        driver.step(IDLE).map_err(LedgerError::from)?;
        if let Some((partition, reason)) = driver.halted().first() {
            return Err(RebuildError::Refused(format!(
                "partition {partition} halted: {reason}; then begin again in another keyspace, for rows of this one may \
                 be ahead of what it says"
            )));
        }
        let now = driver.log().decided();
        if now > decided {
            (decided, heard) = (now, Instant::now());
            show(decided);
        } else if heard.elapsed() > SILENCE {
            heard = Instant::now();
            tracing::warn!(
                seconds = SILENCE.as_secs(),
                "nothing was decided; do kafka, the registry and the store answer?"
            );
        }
    }
    Ok(())
}

fn undrained(error: DriverError) -> RebuildError {
    match error {
        DriverError::Undrained(_) => RebuildError::Refused(format!(
            "{error}, and rows may be ahead of what the keyspace says: raise `drain_seconds`, and begin again in another \
             keyspace"
        )),
        error => LedgerError::from(error).into(),
    }
}

fn rebuilt<S>(store: &Projection<S>, places: &[Place], from: &[Option<i64>]) -> Vec<Rebuilt> {
    let partition = |(place, from): (&Place, &Option<i64>)| {
        let (partition, from) = (place.partition, from.unwrap_or(0));
        let position = store.row(partition).map_or(from, |(_, row)| row.position);
        let Written { rows, entries } = store.written(partition);
        let records = u64::try_from(position - from).unwrap_or(0);
        Rebuilt { partition, records, rows, entries, position, target: place.target }
    };
    places.iter().zip(from).map(partition).collect()
}
