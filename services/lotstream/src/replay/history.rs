//! A recorded history: the lines of a folder of feeds, or what a data directory keeps.

use crate::failure::{Failure, other};
use crate::identity;
use crate::versions::Version;
use domain::{Body, Command, Timestamp};
use embedded::Value;
use embedded::durable::{DurableStore, open_store};
use engine::store::Store;
use feed::Converter;
use feed::files::Lines;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the events are.
pub(super) enum History {
    /// A folder of feeds, as they are.
    Feeds(PathBuf),
    /// What a ledger was asked, in its order.
    Ledger(Box<DurableStore>),
}

impl History {
    /// The history in `place`.
    pub(super) fn open(place: &Path) -> Result<Self, Failure> {
        match place.join("ledger").is_dir() {
            true => Ok(Self::Ledger(Box::new(open_store(place).map_err(other)?))),
            false => Ok(Self::Feeds(place.to_owned())),
        }
    }

    /// The versions that were in force; feeds do not know them.
    pub(super) fn versions(&self) -> Result<Vec<Version>, Failure> {
        let Self::Ledger(store) = self else {
            return Err(other("expected the versions that were in force; name their files with --beside"));
        };
        let known = store.pinned().partition_state(0).map_err(other)?.programmes;
        let version = |known: &engine::wal::ProgrammeVersion| {
            Version::of(&format!("programme {} version {}", known.programme, known.version), &known.text)
        };
        known.iter().map(version).collect()
    }

    /// Hands every command to `take`, in the order it was recorded, so many at a time; when the last was delivered.
    pub(super) fn each_batch(
        &self,
        programme: &str,
        size: usize,
        take: impl FnMut(Vec<Arc<Command>>) -> Result<(), Failure>,
    ) -> Result<Timestamp, Failure> {
        let mut batches = Batches { size, take, batch: Vec::new(), last: Timestamp::MIN };
        match self {
            Self::Feeds(folder) => of_feeds(folder, programme, &mut batches)?,
            Self::Ledger(store) => of_ledger(store, &mut batches)?,
        }
        batches.flush()?;
        Ok(batches.last)
    }
}

struct Batches<F> {
    size: usize,
    take: F,
    batch: Vec<Arc<Command>>,
    last: Timestamp,
}

impl<F: FnMut(Vec<Arc<Command>>) -> Result<(), Failure>> Batches<F> {
    fn add(&mut self, command: Arc<Command>) -> Result<(), Failure> {
        self.last = self.last.max(command.delivered_at);
        self.batch.push(command);
        if self.batch.len() < self.size { Ok(()) } else { self.flush() }
    }

    fn flush(&mut self) -> Result<(), Failure> {
        (self.take)(std::mem::take(&mut self.batch))
    }
}

/// Bad input was no event then, and is none now.
fn of_feeds<F>(folder: &Path, programme: &str, batches: &mut Batches<F>) -> Result<(), Failure>
where
    F: FnMut(Vec<Arc<Command>>) -> Result<(), Failure>,
{
    let mut lines = Lines::open(folder).map_err(other)?;
    let mut converter = Converter::keeping(programme, identity::of_environment()?);
    while let Some(line) = lines.next_line().map_err(other)? {
        if let Ok(command) = line.command(&mut converter) {
            batches.add(Arc::new(command))?;
        }
    }
    Ok(())
}

/// What the ledger asked itself it asks itself again.
fn of_ledger<F>(store: &DurableStore, batches: &mut Batches<F>) -> Result<(), Failure>
where
    F: FnMut(Vec<Arc<Command>>) -> Result<(), Failure>,
{
    let mut failed = Ok(());
    let visited = store.inputs(&mut |arrived| {
        if let Value::Command(command) = arrived.value
            && command.has_outcome()
            && !matches!(command.body, Body::Forwarded(_))
            && failed.is_ok()
        {
            failed = batches.add(command);
        }
    });
    visited.map_err(other)?;
    failed
}
