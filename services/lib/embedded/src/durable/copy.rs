//! Backup and restore: every table as of one transaction, in one file of its own, whatever is written meanwhile.
//!
//! The file is plain: a first line, then table, key and value with their lengths, and at the end how many there
//! are and a checksum of all of it. It outlives a change of database. A file that is not whole restores nothing.

use super::error::DurableError;
use super::store::DurableStore;
use super::tables::{Table, Tables, is_made, sync_folder};
use fjall::Readable;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3;

const FIRST: &[u8] = b"lotstream backup 1\n";
/// In the place of a table's number: the end.
const END: u8 = 0xff;
/// Rows put back in one transaction.
const CHUNK: usize = 5_000;

/// What was copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Copied {
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Bytes with a running checksum.
struct Summed<F> {
    file: F,
    sum: Xxh3,
    bytes: u64,
}

impl<F> Summed<F> {
    fn new(file: F) -> Self {
        Self { file, sum: Xxh3::new(), bytes: 0 }
    }
}

impl<F: Write> Summed<F> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}

impl<F: Read> Summed<F> {
    fn get(&mut self, length: usize) -> io::Result<Vec<u8>> {
        // Not at once: what a damaged length says need not be there.
        let mut bytes = Vec::with_capacity(length.min(1 << 16));
        self.file.by_ref().take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.sum.update(&bytes);
        self.bytes += length as u64;
        Ok(bytes)
    }

    fn number<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let bytes = self.get(N)?;
        bytes.try_into().map_err(|_| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Copies the ledger of `store` as it is now to the new file `to`, on the disk when this returns.
///
/// # Errors
/// `to` exists, or cannot be written; a database that cannot be read.
pub fn back_up(store: &DurableStore, to: &Path) -> Result<Copied, DurableError> {
    if to.exists() {
        return Err(DurableError::Refused(format!(
            "{}: expected no file, found one; name another, or move it away",
            to.display()
        )));
    }
    let store = store.pinned();
    let partial = PathBuf::from(format!("{}.partial", to.display()));
    let file = File::create(&partial).map_err(DurableError::file(&partial, "make the file"))?;
    let mut out = Summed::new(BufWriter::new(file));
    let failed = || DurableError::file(&partial, "write the backup");
    out.put(FIRST).map_err(failed())?;
    let mut rows = 0_u64;
    for (table, _) in Table::ALL {
        store.view(|view| {
            for item in view.snapshot.iter(view.tables.keyspace(table)) {
                let (key, value) = item.into_inner().map_err(view.tables.failed("read"))?;
                write_row(&mut out, table, &key, &value).map_err(failed())?;
                rows += 1;
            }
            Ok::<_, DurableError>(())
        })?;
    }
    out.put(&[END]).and_then(|()| out.put(&rows.to_be_bytes())).map_err(failed())?;
    let sum = out.sum.digest();
    out.put(&sum.to_be_bytes()).map_err(failed())?;
    let bytes = out.bytes;
    let file = out.file.into_inner().map_err(io::IntoInnerError::into_error);
    file.and_then(|file| file.sync_all()).map_err(failed())?;
    fs::rename(&partial, to).map_err(DurableError::file(to, "move the backup here"))?;
    sync_folder(&folder_of(to))?;
    Ok(Copied { rows, bytes })
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn write_row(out: &mut Summed<impl Write>, table: Table, key: &[u8], value: &[u8]) -> io::Result<()> {
    out.put(&[table as u8])?;
    for length in [key.len(), value.len()] {
        let length = u32::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
        out.put(&length.to_be_bytes())?;
    }
    out.put(key)?;
    out.put(value)
}

/// Makes the data directory `data` anew from the backup `from`: whole, or not at all.
///
/// # Errors
/// A ledger is there already; `from` is no backup, or not whole.
pub fn restore(from: &Path, data: &Path) -> Result<Copied, DurableError> {
    if is_made(data) {
        return Err(DurableError::Refused(format!(
            "{}: expected no ledger, found one; name a new directory, or move this one away",
            data.display()
        )));
    }
    let file = File::open(from).map_err(DurableError::file(from, "read the backup"))?;
    let mut read = Summed::new(BufReader::new(file));
    let mut copied = Copied { rows: 0, bytes: 0 };
    Tables::open_or_make(data, |tables| {
        let failed = DurableError::file(from, "read the backup, which is not whole: take another");
        copied.rows = fill(&mut read, tables).map_err(|fault| match fault {
            Fault::File(error) => failed(error),
            Fault::Database(error) => tables.failed("write")(error),
            Fault::Content(found) => DurableError::Refused(format!(
                "{}: expected a backup of lotstream, whole, found {found}; take another",
                from.display()
            )),
        })?;
        copied.bytes = read.bytes;
        Ok(())
    })?;
    Ok(copied)
}

enum Fault {
    File(io::Error),
    Database(fjall::Error),
    Content(&'static str),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<fjall::Error> for Fault {
    fn from(error: fjall::Error) -> Self {
        Self::Database(error)
    }
}

fn fill(read: &mut Summed<impl Read>, tables: &Tables) -> Result<u64, Fault> {
    if read.get(FIRST.len())? != FIRST {
        return Err(Fault::Content("another first line"));
    }
    let (mut rows, mut batch) = (0_u64, tables.database().batch());
    loop {
        let [number] = read.number()?;
        if number == END {
            break;
        }
        let table = Table::ALL.get(usize::from(number)).ok_or(Fault::Content("a table no build has"))?.0;
        let [key, value] = [read.number()?, read.number()?].map(|length| u32::from_be_bytes(length) as usize);
        batch.insert(tables.keyspace(table), read.get(key)?, read.get(value)?);
        rows += 1;
        if batch.len() >= CHUNK {
            std::mem::replace(&mut batch, tables.database().batch()).commit()?;
        }
    }
    batch.commit()?;
    if u64::from_be_bytes(read.number()?) != rows {
        return Err(Fault::Content("another number of rows than it says"));
    }
    let sum = read.sum.digest();
    if u64::from_be_bytes(read.number()?) != sum {
        return Err(Fault::Content("another checksum than it says"));
    }
    Ok(rows)
}
