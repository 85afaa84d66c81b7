//! One machine over one partition and the database: what `serve` and `run --data` are driven by.
//!
//! Invariant: what [`Durable::submit`] was given is decided and on the disk, whole, when it returns; what it
//! said is in `out/`. After an error nothing more is accepted: open it again, and it goes on from the disk.
//!
//! The machine decides one input at a time, with all it sends on, before it hears of the next one. What it commits
//! is gathered until the end of the batch, and told to it as stored only then; so how many inputs are one
//! transaction of the database decides nothing.

use super::changes::Changes;
use super::error::DurableError;
use super::format::Format;
use super::key;
use super::out::{Out, Texts};
use super::place::Place;
use super::store::DurableStore;
use super::tables::{Table, Tables};
use super::write;
use crate::value::{PassThrough, Value};
use domain::Timestamp;
use domain::command::Body;
use engine::codec::{Compiler, Guarded};
use engine::config::{Clock, Config};
use engine::core::{Context, Core};
use engine::counters::Counters;
use engine::log::{Appending, Committed, Incoming, Ownership, Transaction, WalRange};
use engine::machine::{Input, Machine, Output};
use engine::message::Outgoing;
use engine::store::Write;
use engine::wal::{ProgrammeVersion, WalRecord};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;

/// The only partition.
const PARTITION: i32 = 0;
/// The layout of the tables that this build reads and writes.
const LAYOUT: &str = "1";

/// What a ledger is opened with.
pub struct Settings {
    /// Whose time is *now*. Never changes in the life of a data directory.
    pub clock: Clock,
    /// Programme versions to be known, published where they are not yet.
    pub programmes: Vec<ProgrammeVersion>,
    /// What decides: [`engine::core::Ledger`], but in tests.
    pub core: Box<dyn Core + Send + Sync>,
    /// What compiles programmes.
    pub compiler: Box<dyn Compiler + Send + Sync>,
    /// Writes what the ledger says as lines of topics. Pure: what it wrote may be asked for again.
    pub voice: fn(Outgoing<Value>, &mut Texts),
}

/// An input as it arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrived {
    /// A command; or [`Value::Garbage`], which goes to `dead-letters` in its place.
    pub value: Value,
    /// When: read once, by whoever read the line. [`Timestamp::MIN`] by the event clock.
    pub at: Timestamp,
    /// The feed it came from, and how far that is read with it.
    pub place: Option<(Arc<str>, Place)>,
}

/// An input that is not committed yet.
struct Pending {
    arrived: Arrived,
    /// The ledger's own command, to be forgotten with it.
    follow_up: Option<u64>,
}

/// What was decided and is not on the disk yet: the next transaction.
#[derive(Default)]
struct Gathered {
    changes: Changes,
    texts: Texts,
    /// Writes of the machine that this transaction performs.
    writes: Vec<u64>,
}

/// A durable ledger.
pub struct Durable {
    store: DurableStore,
    machine: Machine<PassThrough>,
    out: Out,
    voice: fn(Outgoing<Value>, &mut Texts),
    inputs: VecDeque<Input<Value>>,
    outputs: Vec<Output<Value>>,
    pending: VecDeque<Pending>,
    /// Commands of the ledger to itself, to be decided next.
    own: VecDeque<Pending>,
    gathered: Gathered,
    /// The offset of the first of `pending`, and the one the next input gets.
    decided: i64,
    next: i64,
    next_follow_up: u64,
    now: Timestamp,
    wal_end: i64,
    starts: u64,
    transactions: u64,
}

impl Durable {
    /// Opens the ledger in the data directory `data`, or makes one; finishes what a crash left unsaid.
    ///
    /// # Errors
    /// [`DurableError`]: in use, made by another layout or clock, a programme that cannot be compiled or that
    /// is published already with another text.
    pub fn open(data: &Path, settings: Settings) -> Result<Self, DurableError> {
        let Settings { clock, programmes, core, compiler, voice } = settings;
        let tables = Tables::open_or_make(data, |tables| {
            let mut changes = Changes::default();
            changes.put(Table::Meta, b"layout".to_vec(), LAYOUT.into());
            changes.put(Table::Meta, b"clock".to_vec(), word(clock).into());
            changes.commit(tables).map_err(tables.failed("begin"))
        })?;
        let starts = begin(data, &tables, clock)?;
        let mut changes = Changes::default();
        let format = Format::open(&tables, &mut changes)?;
        changes.put(Table::Meta, b"starts".to_vec(), starts.to_string().into());
        changes.commit(&tables).map_err(tables.failed("write"))?;
        let store = DurableStore::new(Arc::new(tables), Arc::new(format));
        let out = store.view(|view| Out::open(data, view))?;
        let config = Config { clock, ..Config::default() };
        let codec = Guarded::new(store.format.pass_through());
        let context = Context { config, codec, core, compiler, partitions: 1 };
        let mut ledger = Self {
            machine: Machine::new(Arc::new(context), PARTITION, 0, false),
            store,
            out,
            voice,
            inputs: VecDeque::from([Input::Assigned { now: Timestamp::MIN }]),
            outputs: Vec::new(),
            pending: VecDeque::new(),
            own: VecDeque::new(),
            gathered: Gathered::default(),
            decided: 0,
            next: 0,
            next_follow_up: 0,
            now: Timestamp::MIN,
            wal_end: 0,
            starts,
            transactions: 0,
        };
        ledger.resume(programmes)?;
        Ok(ledger)
    }

    /// Goes on from where the database stands.
    fn resume(&mut self, programmes: Vec<ProgrammeVersion>) -> Result<(), DurableError> {
        let state = self.store.view(|view| view.partition(PARTITION))?;
        self.decided = state.row.as_ref().map_or(0, |row| row.position);
        self.next = self.decided;
        self.store.view(|view| {
            view.each(Table::FollowUps, &[], &mut |key, value| {
                let number = key.try_into().map(u64::from_be_bytes).map_err(|_| {
                    DurableError::unreadable("a follow-up", "expected a number of 8 bytes in its key")
                })?;
                let value = self.store.format.input_of(value)?;
                let arrived = Arrived { value, at: Timestamp::MIN, place: None };
                self.own.push_back(Pending { arrived, follow_up: Some(number) });
                self.next_follow_up = number + 1;
                Ok(())
            })
        })?;
        self.pump()?;
        self.settle()?;
        self.flush()?;
        for version in programmes {
            self.publish(version, &state.programmes)?;
        }
        Ok(())
    }

    fn publish(&mut self, version: ProgrammeVersion, known: &[ProgrammeVersion]) -> Result<(), DurableError> {
        let same = |known: &&ProgrammeVersion| {
            known.programme == version.programme && known.version == version.version
        };
        match known.iter().find(same) {
            Some(known) if known.text == version.text => Ok(()),
            Some(_) => Err(DurableError::Refused(format!(
                "programme {} version {} is published already with another text; a version is immutable: put the \
                 file back as it was, or give the new rules the next version",
                version.programme, version.version
            ))),
            None => self.submit(vec![Arrived {
                value: Value::Programme(version),
                at: Timestamp::MIN,
                place: None,
            }]),
        }
    }

    /// Decides `arrived` in their order, each with all it sends on before the next one; one transaction, unless they
    /// change very much.
    ///
    /// # Errors
    /// [`DurableError`]. Nothing of a transaction is there, or all of it.
    pub fn submit(&mut self, arrived: Vec<Arrived>) -> Result<(), DurableError> {
        for arrived in arrived {
            self.now = self.now.max(arrived.at);
            self.take(Pending { arrived, follow_up: None })?;
            self.settle()?;
        }
        self.flush()
    }

    /// Lets what is due by `now`, the wall clock, happen. Does nothing by the event clock.
    ///
    /// # Errors
    /// [`DurableError`].
    pub fn pass_time(&mut self, now: Timestamp) -> Result<(), DurableError> {
        self.now = self.now.max(now);
        self.inputs.push_back(Input::Clock(now));
        self.pump()?;
        self.settle()?;
        self.flush()
    }

    /// How far the feed `name` was read.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn place(&self, name: &str) -> Result<Place, DurableError> {
        match self.store.view(|view| view.get(Table::Feeds, name.as_bytes()))? {
            None => Ok(Place::START),
            Some(bytes) => Place::of_bytes(&bytes).ok_or_else(|| {
                DurableError::unreadable("a feed's place", format!("expected layout 1, found {bytes:?}"))
            }),
        }
    }

    /// The same tables, to look at from beside.
    pub fn store(&self) -> DurableStore {
        self.store.clone()
    }

    /// How often this ledger was opened, this time included.
    pub const fn starts(&self) -> u64 {
        self.starts
    }

    /// Transactions of the database since it was opened.
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// What was counted since it was opened; each decision is a commit of its own.
    pub fn counters(&self) -> Counters {
        self.machine.counters()
    }

    /// Makes the files of `out/` surely whole and lets go of the database.
    ///
    /// # Errors
    /// [`DurableError`]: nothing is lost by it.
    pub fn close(mut self) -> Result<(), DurableError> {
        let mut changes = Changes::default();
        self.out.sync(&mut changes)?;
        changes.commit(&self.store.tables).map_err(self.store.tables.failed("write"))?;
        self.out.close()
    }

    /// Decides what the ledger told itself to.
    fn settle(&mut self) -> Result<(), DurableError> {
        while let Some(own) = self.own.pop_front() {
            self.take(own)?;
        }
        Ok(())
    }

    /// Decides one input.
    fn take(&mut self, pending: Pending) -> Result<(), DurableError> {
        let Arrived { value, at, .. } = &pending.arrived;
        let record = Incoming { offset: self.next, appended_at: *at, message: value.clone() };
        self.next += 1;
        self.pending.push_back(pending);
        self.inputs.push_back(Input::Records(vec![record]));
        self.pump()?;
        // The machine bounds what is not stored yet.
        if self.pending.is_empty() { Ok(()) } else { self.flush() }
    }

    /// Commits what was gathered, then says it and tells the machine.
    fn flush(&mut self) -> Result<(), DurableError> {
        while !self.gathered.changes.is_empty() {
            let Gathered { mut changes, texts, writes } = std::mem::take(&mut self.gathered);
            if self.out.is_due() {
                self.out.sync(&mut changes)?;
            }
            self.out.note(&texts, &mut changes);
            changes.commit(&self.store.tables).map_err(self.store.tables.failed("commit to"))?;
            self.transactions += 1;
            self.out.append(&texts)?;
            self.inputs.extend(writes.into_iter().map(Input::Written));
            self.pump()?;
        }
        Ok(())
    }

    fn pump(&mut self) -> Result<(), DurableError> {
        while let Some(input) = self.inputs.pop_front() {
            let mut outputs = std::mem::take(&mut self.outputs);
            self.machine.handle(input, &mut outputs);
            for output in outputs.drain(..) {
                let answer = self.perform(output)?;
                self.inputs.extend(answer);
            }
            self.outputs = outputs;
        }
        Ok(())
    }

    fn perform(&mut self, output: Output<Value>) -> Result<Option<Input<Value>>, DurableError> {
        Ok(Some(match output {
            Output::Fence => Input::Fenced,
            Output::FetchCommitted => {
                let state = self.store.view(|view| view.partition(PARTITION))?;
                Input::Committed(state.row.map(|row| row.position))
            }
            Output::FindWalRange => Input::WalRange(WalRange { start: 0, end: 0 }),
            Output::ReadState => Input::State(self.store.view(|view| view.partition(PARTITION))?),
            Output::Prove { .. } => Input::Ownership(Ownership::Proven),
            Output::Commit(transaction) => {
                self.gather(transaction)?;
                Input::CommitResult(Ok(Committed { wal_end: self.wal_end }))
            }
            Output::Append(messages) => self.append(messages),
            Output::Read { number, reads } => {
                Input::Loaded { number, answers: self.store.view(|view| view.answers(&reads))? }
            }
            // Nothing is kept of the watermark: there is no tail to flush.
            Output::Write { number, write: Write::Watermark { .. } } => Input::Written(number),
            // What is written came with the commit.
            Output::Write { number, .. } => {
                self.gathered.writes.push(number);
                return Ok(None);
            }
            Output::ScanTimers { number, scan } => {
                Input::Timers { number, timers: self.store.view(|view| view.timers(&scan))? }
            }
            Output::ReadWal { .. }
            | Output::Start { .. }
            | Output::Decided(_)
            | Output::Pause
            | Output::Resume
            | Output::Flushed(_) => return Ok(None),
            Output::Stop(stop) => return Err(stop.into()),
        }))
    }

    /// Ticks wait here: lost, they are found again. Follow-ups came with the transaction.
    fn append(&mut self, messages: Vec<Appending<Value>>) -> Input<Value> {
        let tokens = messages.iter().map(|appending| appending.token).collect();
        for Appending { message, .. } in messages {
            if matches!(&message, Value::Command(command) if command.body == Body::Tick) {
                let arrived = Arrived { value: message, at: self.now, place: None };
                self.own.push_back(Pending { arrived, follow_up: None });
            }
        }
        Input::Appended(tokens)
    }

    /// Adds what the machine commits, and what it says, to the next transaction.
    fn gather(&mut self, transaction: Transaction<Value>) -> Result<(), DurableError> {
        self.note_input(transaction.position)?;
        self.wal_end += i64::try_from(transaction.wal.len()).unwrap_or(i64::MAX);
        for message in transaction.wal {
            match message {
                Value::Wal(WalRecord::FollowUp(follow_up)) => {
                    self.note_follow_up(Value::Command(follow_up.command))?;
                }
                Value::Wal(record) => {
                    write::record(&self.store.format, PARTITION, record, &mut self.gathered.changes)?;
                }
                _ => {}
            }
        }
        let texts = &mut self.gathered.texts;
        transaction.events.into_iter().for_each(|event| (self.voice)(event, texts));
        Ok(())
    }

    /// The inputs before `position`, and how far their feeds are read with them.
    fn note_input(&mut self, position: i64) -> Result<(), DurableError> {
        let changes = &mut self.gathered.changes;
        let mut places = BTreeMap::new();
        while self.decided < position {
            let Pending { arrived: Arrived { value, at, place }, follow_up } =
                self.pending.pop_front().expect("a machine commits what it was given");
            let input = [at.0.to_be_bytes().as_slice(), &self.store.format.input(&kept(value))?].concat();
            changes.put(Table::Input, key::number(self.decided).to_vec(), input);
            places.extend(place);
            if let Some(number) = follow_up {
                changes.remove(Table::FollowUps, number.to_be_bytes().to_vec());
            }
            self.decided += 1;
        }
        for (feed, place) in places {
            changes.put(Table::Feeds, feed.as_bytes().to_vec(), place.to_bytes());
        }
        Ok(())
    }

    fn note_follow_up(&mut self, value: Value) -> Result<(), DurableError> {
        let changes = &mut self.gathered.changes;
        let number = self.next_follow_up;
        self.next_follow_up += 1;
        changes.put(Table::FollowUps, number.to_be_bytes().to_vec(), self.store.format.input(&value)?);
        let arrived = Arrived { value, at: self.now, place: None };
        self.own.push_back(Pending { arrived, follow_up: Some(number) });
        Ok(())
    }
}

impl DurableStore {
    /// Whose time the ledger goes by.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn clock(&self) -> Result<Clock, DurableError> {
        let word = self.view(|view| view.get(Table::Meta, b"clock"))?;
        Ok(if word.as_deref() == Some(word_of_events()) { Clock::Event } else { Clock::Broker })
    }

    /// Every input in its order, with its arrival: given to an empty ledger, they make this one again. Of bad input
    /// the place alone is kept: its bytes may name a person, and are in `out/` as long as its files are.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn inputs(&self, visit: &mut dyn FnMut(Arrived)) -> Result<(), DurableError> {
        self.view(|view| {
            view.each(Table::Input, &[], &mut |_, bytes| {
                let Some((at, value)) = bytes.split_first_chunk() else {
                    return Err(DurableError::unreadable("an input", "expected an arrival of 8 bytes"));
                };
                let (at, value) = (Timestamp(i64::from_be_bytes(*at)), self.format.input_of(value)?);
                visit(Arrived { value, at, place: None });
                Ok(())
            })
        })
    }
}

/// An input as it is kept for good: a bad one without its bytes.
fn kept(value: Value) -> Value {
    match value {
        Value::Garbage(_) => Value::Garbage("".into()),
        value => value,
    }
}

const fn word(clock: Clock) -> &'static str {
    match clock {
        Clock::Broker => "wall",
        Clock::Event => "event",
    }
}

const fn word_of_events() -> &'static [u8] {
    word(Clock::Event).as_bytes()
}

/// Checks what the database was made by; how often it was opened, this time included.
fn begin(data: &Path, tables: &Tables, clock: Clock) -> Result<u64, DurableError> {
    let meta = |name: &str| {
        let found = tables.keyspace(Table::Meta).get(name).map_err(tables.failed("read"))?;
        Ok::<_, DurableError>(
            found.map(|found| String::from_utf8_lossy(&found).into_owned()).unwrap_or_default(),
        )
    };
    let layout = meta("layout")?;
    if layout != LAYOUT {
        return Err(DurableError::Refused(format!(
            "{}: expected layout {LAYOUT}, found `{layout}`; start the build that wrote it",
            data.display()
        )));
    }
    let made_by = meta("clock")?;
    if made_by != word(clock) {
        return Err(DurableError::Refused(format!(
            "{}: made with `--clock {made_by}`, found `--clock {}`; a ledger keeps its clock",
            data.display(),
            word(clock)
        )));
    }
    Ok(meta("starts")?.parse::<u64>().unwrap_or(0) + 1)
}
