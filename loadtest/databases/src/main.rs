//! fjall against redb under the load of the durable ledger: batches of commands' rows, 500 unless told, each batch one atomic
//! transaction, synced to the disk before the next begins.
//!
//! `databases <folder> [batches] [commands a batch] [members]`: prints one line a run, the two in turn, each into a new folder.

use std::path::Path;
use std::time::{Duration, Instant};

type Fault = Box<dyn std::error::Error>;
/// What one command writes: table, key, value.
type Write = (usize, Vec<u8>, Vec<u8>);

const TABLES: [&str; 4] = ["rows", "entries", "input", "outbox"];

/// Numbers that look random, the same in every run.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 24
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length.div_ceil(4)).flat_map(|_| (self.next() as u32).to_le_bytes()).take(length).collect()
    }
}

/// The rows of one purchase as the ledger leaves them: account, lot, purchase, entry, the input itself; and
/// once a batch what it says, as one value.
fn batch(draw: &mut Draw, number: u64, Load { size, members, .. }: Load) -> Vec<Write> {
    let mut writes = Vec::new();
    for command in 0..size {
        let member = format!("shop:member:{:08}\0", draw.next() % members).into_bytes();
        let key = |kind: u8, tail: &[u8]| [member.as_slice(), &[kind], tail].concat();
        let id = draw.bytes(16);
        writes.push((0, key(0, &[]), draw.bytes(420)));
        writes.push((0, key(1, &[&[0, 0, 2, 5], id.as_slice()].concat()), draw.bytes(220)));
        writes.push((0, key(2, &id), draw.bytes(520)));
        let place = (number * size + command).to_be_bytes();
        writes.push((1, key(9, &place), draw.bytes(260)));
        writes.push((2, place.to_vec(), draw.bytes(380)));
    }
    writes.push((3, number.to_be_bytes().to_vec(), draw.bytes(600 * size as usize)));
    writes
}

/// What is asked of a database.
#[derive(Clone, Copy)]
struct Load {
    /// Transactions.
    batches: u64,
    /// Commands in each.
    size: u64,
    /// Whose rows they are.
    members: u64,
}

struct Run {
    writing: Duration,
    slowest: Duration,
    reading: Duration,
}

/// Commits every batch, each synced; then reads the head rows of 20 000 members. What is said is removed
/// again, eight batches later.
fn run(
    load: Load,
    mut commit: impl FnMut(Vec<Write>, Option<Vec<u8>>) -> Result<(), Fault>,
    mut read: impl FnMut(&[u8]) -> Result<usize, Fault>,
) -> Result<Run, Fault> {
    let mut draw = Draw(1);
    let (mut writing, mut slowest) = (Duration::ZERO, Duration::ZERO);
    for number in 0..load.batches {
        let writes = batch(&mut draw, number, load);
        let began = Instant::now();
        commit(writes, number.checked_sub(8).map(|old| old.to_be_bytes().to_vec()))?;
        writing += began.elapsed();
        slowest = slowest.max(began.elapsed());
    }
    let began = Instant::now();
    let mut found = 0;
    for _ in 0..20_000 {
        found += read(format!("shop:member:{:08}\0\0", draw.next() % load.members).as_bytes())?;
    }
    assert!(found > 0, "something is read");
    Ok(Run { writing, slowest, reading: began.elapsed() })
}

fn with_redb(folder: &Path, load: Load) -> Result<Run, Fault> {
    use redb::{Database, Durability, TableDefinition};
    let define = |name| TableDefinition::<&[u8], &[u8]>::new(name);
    let database = Database::builder()
        .set_cache_size(128 << 20)
        .set_concurrency_mode(redb::ConcurrencyMode::SingleWriter)
        .create(folder.join("ledger.redb"))?;
    let commit = |writes: Vec<Write>, old: Option<Vec<u8>>| -> Result<(), Fault> {
        let mut transaction = database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut tables = Vec::new();
            for name in TABLES {
                tables.push(transaction.open_table(define(name))?);
            }
            for (table, key, value) in writes {
                tables[table].insert(key.as_slice(), value.as_slice())?;
            }
            if let Some(old) = old {
                tables[3].remove(old.as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    };
    let read = |key: &[u8]| -> Result<usize, Fault> {
        use redb::ReadableDatabase;
        let table = database.begin_read()?.open_table(define(TABLES[0]))?;
        Ok(table.get(key)?.map_or(0, |value| value.value().len()))
    };
    run(load, commit, read)
}

fn with_fjall(folder: &Path, load: Load) -> Result<Run, Fault> {
    use fjall::{Database, KeyspaceCreateOptions, PersistMode};
    let database = Database::builder(folder.join("ledger")).cache_size(128 << 20).open()?;
    let mut tables = Vec::new();
    for name in TABLES {
        tables.push(database.keyspace(name, KeyspaceCreateOptions::default)?);
    }
    let commit = |writes: Vec<Write>, old: Option<Vec<u8>>| -> Result<(), Fault> {
        let mut transaction = database.batch().durability(Some(PersistMode::SyncAll));
        for (table, key, value) in writes {
            transaction.insert(&tables[table], key, value);
        }
        if let Some(old) = old {
            transaction.remove(&tables[3], old);
        }
        Ok(transaction.commit()?)
    };
    let read =
        |key: &[u8]| -> Result<usize, Fault> { Ok(tables[0].get(key)?.map_or(0, |value| value.len())) };
    run(load, commit, read)
}

fn bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.flatten().map(size).sum()
}

fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("expected a folder to write to, such as /tmp/databases")?;
    let number = |place: usize, usual| arguments.get(place).map_or(Ok(usual), |text| text.parse());
    let load = Load { batches: number(1, 200)?, size: number(2, 500)?, members: number(3, 50_000)? };
    let Load { batches, size, .. } = load;
    type Candidate = fn(&Path, Load) -> Result<Run, Fault>;
    let candidates: [(&str, Candidate); 2] = [("redb", with_redb), ("fjall", with_fjall)];
    for round in 1..=3 {
        for (name, candidate) in candidates {
            let folder = Path::new(folder).join(format!("{name}-{round}"));
            std::fs::create_dir_all(&folder)?;
            let Run { writing, slowest, reading } = candidate(&folder, load)?;
            let each = writing.as_micros() as u64 / batches;
            println!(
                "{name:5} {batches} batches of {size}: {each:6} us a batch, slowest {:5} ms, {:6} commands/s; 20 000 reads in {:4} ms; {:4} MB on disk",
                slowest.as_millis(),
                batches * size * 1_000_000 / writing.as_micros() as u64,
                reading.as_millis(),
                bytes(&folder) >> 20,
            );
            std::fs::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}
