//! The tables of the database, its lock, and how it is made: whole, or not at all.

use super::error::DurableError;
use fjall::{Database, Keyspace, KeyspaceCreateOptions, Snapshot};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// A table. Its number is its place in a backup and never changes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Table {
    /// What holds for the whole ledger: layout, clock.
    Meta,
    /// Schemas that bytes of other tables were written under.
    Schemas,
    /// Rows of entities.
    Rows,
    /// Entries, for statements.
    Entries,
    /// Timers.
    Timers,
    /// Partition rows, watermarks and programmes.
    Partitions,
    /// Every input in its order, with its arrival; of bad input the place alone.
    Input,
    /// How far each feed was read.
    Feeds,
    /// Commands of the ledger to itself that were not decided yet.
    FollowUps,
    /// What was said and is not surely in the files of `out/`.
    Outbox,
    /// How long those files surely are.
    Published,
}

impl Table {
    /// All of them, by number.
    pub(super) const ALL: [(Self, &'static str); 11] = [
        (Self::Meta, "meta"),
        (Self::Schemas, "schemas"),
        (Self::Rows, "rows"),
        (Self::Entries, "entries"),
        (Self::Timers, "timers"),
        (Self::Partitions, "partitions"),
        (Self::Input, "input"),
        (Self::Feeds, "feeds"),
        (Self::FollowUps, "follow_ups"),
        (Self::Outbox, "outbox"),
        (Self::Published, "published"),
    ];
}

/// Bytes of the database kept in memory.
const CACHE: u64 = 64 << 20;
/// Bytes of a table that wait in memory to be sorted into a file; each is read back at a start after a crash.
const UNSORTED: u64 = 16 << 20;
/// The database's folder in the data directory.
const FOLDER: &str = "ledger";

/// The open database, alone.
pub(super) struct Tables {
    database: Database,
    keyspaces: Vec<Keyspace>,
    path: PathBuf,
    /// Held as long as this is open; the system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Tables {
    /// Opens the database of the data directory `data`.
    pub(super) fn open(data: &Path) -> Result<Self, DurableError> {
        if !data.join(FOLDER).is_dir() {
            return Err(DurableError::Absent(data.to_owned()));
        }
        let lock = lock(data)?;
        Self::opened(data.join(FOLDER), lock)
    }

    /// Opens the database of `data`, or makes an empty one. `fill` puts in what has to be there from the
    /// beginning: a crash leaves a whole one or none.
    pub(super) fn open_or_make(
        data: &Path,
        fill: impl FnOnce(&Self) -> Result<(), DurableError>,
    ) -> Result<Self, DurableError> {
        fs::create_dir_all(data).map_err(DurableError::file(data, "make the data directory"))?;
        let (lock, made) = (lock(data)?, data.join(FOLDER));
        if made.is_dir() {
            return Self::opened(made, lock);
        }
        let making = data.join("ledger.making");
        if making.is_dir() {
            fs::remove_dir_all(&making).map_err(DurableError::file(&making, "remove what was left here"))?;
        }
        let tables = Self::opened(making.clone(), lock)?;
        fill(&tables)?;
        tables
            .database
            .persist(fjall::PersistMode::SyncAll)
            .map_err(DurableError::database(&making, "sync"))?;
        let Self { database, keyspaces, _lock: lock, .. } = tables;
        drop(keyspaces);
        drop(database);
        fs::rename(&making, &made).map_err(DurableError::file(&made, "move the database here"))?;
        sync_folder(data)?;
        Self::opened(made, lock)
    }

    fn opened(path: PathBuf, lock: File) -> Result<Self, DurableError> {
        let database = Database::builder(&path)
            .cache_size(CACHE)
            .open()
            .map_err(DurableError::database(&path, "open"))?;
        let keyspaces = Table::ALL
            .iter()
            .map(|(_, name)| {
                database.keyspace(name, || KeyspaceCreateOptions::default().max_memtable_size(UNSORTED))
            })
            .collect::<Result<_, _>>()
            .map_err(DurableError::database(&path, "open a table of"))?;
        Ok(Self { database, keyspaces, path, _lock: lock })
    }

    pub(super) fn database(&self) -> &Database {
        &self.database
    }

    pub(super) fn keyspace(&self, table: Table) -> &Keyspace {
        &self.keyspaces[table as usize]
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.database.snapshot()
    }

    /// What the database says went wrong while it was `doing`.
    pub(super) fn failed(&self, doing: &'static str) -> impl FnOnce(fjall::Error) -> DurableError {
        DurableError::database(&self.path, doing)
    }
}

/// Whether a ledger is in `data`.
pub(super) fn is_made(data: &Path) -> bool {
    data.join(FOLDER).exists()
}

fn lock(data: &Path) -> Result<File, DurableError> {
    let path = data.join("lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(DurableError::file(&path, "open the lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DurableError::Busy(data.to_owned())),
        Err(TryLockError::Error(source)) => Err(DurableError::file(&path, "take the lock")(source)),
    }
}

/// Makes new names in `folder` survive a power cut.
pub(super) fn sync_folder(folder: &Path) -> Result<(), DurableError> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(DurableError::file(folder, "sync the folder"))
}
