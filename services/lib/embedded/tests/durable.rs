//! The durable ledger: whatever ends the process, each input is decided once and said once.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::command::{Body, Command, Sale, Source};
use domain::entity::{Entity, Missing};
use domain::event::OutcomeRecord;
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::row::Seen;
use domain::tariff::Tariffs;
use domain::upcoming::Upcoming;
use domain::{Digest, EntityId, Event, EventKey, Name, Points, Row, RowKey, Timestamp};
use embedded::Value;
use embedded::durable::{
    Arrived, Durable, DurableError, Place, Settings, Texts, back_up, open_store, restore,
};
use engine::config::Clock;
use engine::conformance::store_conformance;
use engine::core::{Core, Effects};
use engine::message::Outgoing;
use engine::store::Store;
use engine::wal::ProgrammeVersion;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A data directory of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        Self(folder.join(format!("durable-{}-{number}", std::process::id())))
    }

    fn out(&self, topic: &str) -> PathBuf {
        self.0.join("out").join(format!("{topic}.jsonl"))
    }

    fn said(&self) -> String {
        fs::read_to_string(self.out("said")).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A card that changes more rows than the machine leaves unstored.
const HEAVY: &str = "heavy";

/// Counts what an account is asked for. A card tells its member; an account of a sale is due a second later,
/// once.
struct Count;

impl Core for Count {
    fn needs(&self, _: &Command) -> Vec<RowKey> {
        Vec::new()
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        _: &Tariffs,
    ) -> Result<Effects, Missing> {
        let mut account = entity.account.clone();
        account.now = now;
        account.sequence += if command.body == Body::Tick { 100 } else { 1 };
        account.next_due = if command.body == Body::Tick { Timestamp::NEVER } else { now.plus_millis(1_000) };
        let mut follow_ups = Vec::new();
        if command.entity.as_str().contains(":card:") {
            let entity = EntityId::member("shop", command.entity.local());
            follow_ups.push(Command { entity, key: command.key.derived("told", 0), ..command.clone() });
        }
        let event = Event::Outcome(OutcomeRecord {
            event: command.key,
            source: command.source.clone(),
            entity: command.entity.clone(),
            at: now,
            later: false,
            outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
            total: Points::at_least_zero(account.sequence),
            available: Points::ZERO,
            debt: Points::ZERO,
            next: Upcoming::NOTHING,
            occurred_at: command.occurred_at,
            trade: None,
            linked: None,
        });
        let mut rows = vec![Row::Account(account)];
        if command.entity.is_card() && command.entity.local() == HEAVY {
            let seen = |n| Seen {
                key: command.key.derived("heavy", n),
                content: command.content,
                outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
            };
            rows.extend((0..6_000).map(|n| Row::Seen(seen(n))));
        }
        Ok(Effects { rows, events: vec![event], follow_ups })
    }
}

fn line(event: Outgoing<Value>, texts: &mut Texts) {
    let text = match event.message {
        Value::Event(event) => match *event {
            Event::Outcome(outcome) => {
                format!("{} {} at {}\n", outcome.entity, outcome.total, outcome.at.0)
            }
            _ => return,
        },
        Value::DeadLetter(letter) => format!("bad {:?}\n", letter.original),
        _ => return,
    };
    texts.topic("said").extend_from_slice(text.as_bytes());
}

/// Fails at the first member, as if the process ended before that transaction.
fn line_before_members(event: Outgoing<Value>, texts: &mut Texts) {
    if let Value::Event(event) = &event.message
        && let Event::Outcome(outcome) = event.as_ref()
    {
        assert!(outcome.entity.as_str().contains(":card:"), "the process ends here");
    }
    line(event, texts);
}

fn settings(clock: Clock) -> Settings {
    Settings {
        clock,
        programmes: Vec::new(),
        core: Box::new(Count),
        compiler: Box::new(|_: &ProgrammeVersion| Err("no programme here".to_owned())),
        voice: line,
    }
}

fn open(folder: &Folder) -> Durable {
    Durable::open(&folder.0, settings(Clock::Event)).unwrap()
}

fn sale(entity: EntityId, number: i64, at: i64) -> Arrived {
    let name = Name::from("");
    let key = EventKey::of("shop", "purchases", &number.to_string());
    let source =
        Source { partner: name.clone(), feed: name.clone(), id: name.clone(), partition: 0, offset: number };
    let command = Command {
        key,
        entity,
        source,
        occurred_at: Timestamp(at),
        delivered_at: Timestamp(at),
        content: Digest::default(),
        trace: name.clone(),
        body: Body::Sale(Sale {
            currency: name,
            lines: Vec::new(),
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        }),
    };
    let place = Place { start: 10 * number as u64, lines: number, ..Place::START };
    Arrived {
        value: Value::Command(Arc::new(command)),
        at: Timestamp::MIN,
        place: Some((Arc::from("purchases.shop.jsonl"), place)),
    }
}

fn member(id: &str) -> EntityId {
    EntityId::member("shop", id)
}

/// How often each account was asked.
fn counts(store: &mut impl Store) -> Vec<(String, i64)> {
    let mut counts = Vec::new();
    store
        .scan(&mut |id, rows| {
            for stamped in rows {
                if let Row::Account(account) = stamped.row.as_ref() {
                    counts.push((id.to_string(), account.sequence));
                }
            }
        })
        .unwrap();
    counts
}

#[test]
fn the_database_conforms() {
    let folder = Folder::new();
    open(&folder).close().unwrap();
    let store = open_store(&folder.0).unwrap();
    store_conformance(|| store.clone());
}

#[test]
fn an_account_asked_twice_in_a_batch_keeps_its_last_image() {
    let folder = Folder::new();
    let mut ledger = open(&folder);
    ledger.submit((1..=4).map(|n| sale(member("a"), n, n)).collect()).unwrap();
    assert_eq!(counts(&mut ledger.store()), [("shop:member:a".to_owned(), 4)]);
    assert_eq!(ledger.place("purchases.shop.jsonl").unwrap().start, 40);
    drop(ledger);
    let mut ledger = open(&folder);
    assert_eq!(ledger.starts(), 2);
    ledger.submit(vec![sale(member("a"), 5, 5)]).unwrap();
    assert_eq!(counts(&mut ledger.store()), [("shop:member:a".to_owned(), 5)]);
    assert_eq!(ledger.place("purchases.shop.jsonl").unwrap().lines, 5);
    assert_eq!(ledger.place("returns.shop.jsonl").unwrap(), Place::START);
}

#[test]
fn what_a_crash_left_unfinished_in_the_files_is_written_again_the_same() {
    let folder = Folder::new();
    let mut ledger = open(&folder);
    ledger.submit(vec![sale(member("a"), 1, 1)]).unwrap();
    ledger.close().unwrap();
    let mut ledger = open(&folder);
    ledger.submit(vec![sale(member("a"), 2, 2), sale(member("b"), 3, 3)]).unwrap();
    drop(ledger);
    let said = folder.said();
    assert_eq!(said.lines().count(), 3);
    // Nothing of the last batch got into the file; half of it; or it, and what a power cut makes of the rest.
    let first = said.lines().next().unwrap().len() + 1;
    for left in [said[..first].to_owned(), said[..first + 5].to_owned(), said.clone() + "\0\0\0"] {
        fs::write(folder.out("said"), left).unwrap();
        drop(open(&folder));
        assert_eq!(folder.said(), said);
    }
    // But what was surely in it cannot have gone by itself.
    fs::write(folder.out("said"), &said[..first - 1]).unwrap();
    assert!(matches!(Durable::open(&folder.0, settings(Clock::Event)), Err(DurableError::Refused(_))));
}

#[test]
fn a_file_that_was_taken_away_begins_anew() {
    let folder = Folder::new();
    let mut ledger = open(&folder);
    ledger.submit(vec![sale(member("a"), 1, 1)]).unwrap();
    ledger.close().unwrap();
    fs::remove_file(folder.out("said")).unwrap();
    for n in 2..=3 {
        let mut ledger = open(&folder);
        ledger.submit(vec![sale(member("a"), n, n)]).unwrap();
        ledger.close().unwrap();
    }
    assert_eq!(folder.said(), "shop:member:a 2 at 2\nshop:member:a 3 at 3\n");
}

/// How a process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum End {
    Closed,
    Killed,
    /// Killed, and the last bytes of the file did not get onto the disk.
    Cut,
}

/// An operator moves a file away at any moment: each line is in one file, once, and whole.
#[test]
fn a_file_that_is_moved_while_it_grows_is_whole_and_a_new_one_begins() {
    for end in [End::Closed, End::Killed, End::Cut] {
        for (lines_behind, stands_in) in [(0, false), (0, true), (1, false), (1, true), (2, false)] {
            let folder = Folder::new();
            let moved = folder.out("said").with_extension("jsonl.1");
            let mut ledger = open(&folder);
            ledger.submit(vec![sale(member("a"), 1, 1)]).unwrap();
            ledger.submit(vec![sale(member("a"), 2, 2)]).unwrap();
            fs::rename(folder.out("said"), &moved).unwrap();
            if stands_in {
                fs::write(folder.out("said"), "").unwrap();
            }
            for n in 3..3 + lines_behind {
                ledger.submit(vec![sale(member("a"), n, n)]).unwrap();
            }
            if end == End::Closed {
                ledger.close().unwrap();
            } else {
                drop(ledger);
            }
            let grows = if lines_behind == 0 { &moved } else { &folder.out("said") };
            if end == End::Cut {
                let text = fs::read(grows).unwrap();
                fs::OpenOptions::new()
                    .write(true)
                    .open(grows)
                    .unwrap()
                    .set_len(text.len() as u64 - 5)
                    .unwrap();
            }
            let mut ledger = open(&folder);
            ledger.submit(vec![sale(member("a"), 9, 9)]).unwrap();
            ledger.close().unwrap();
            drop(open(&folder));
            let line = |count: i64, at: i64| format!("shop:member:a {count} at {at}\n");
            let behind: String = (3..3 + lines_behind).map(|n| line(n, n)).collect();
            let case = format!("{end:?}, {lines_behind} lines behind, another stands in: {stands_in}");
            assert_eq!(fs::read_to_string(&moved).unwrap(), line(1, 1) + &line(2, 2), "{case}");
            assert_eq!(folder.said(), behind + &line(3 + lines_behind, 9), "{case}");
        }
    }
}

/// Put there while nobody served, or copied to another disk and removed: nothing is written over, nothing comes twice.
#[test]
fn a_file_that_someone_put_in_the_place_of_another_is_gone_on_with() {
    for closed in [true, false] {
        let folder = Folder::new();
        let mut ledger = open(&folder);
        ledger.submit(vec![sale(member("a"), 1, 1)]).unwrap();
        if closed {
            ledger.close().unwrap();
        } else {
            drop(ledger);
        }
        fs::remove_file(folder.out("said")).unwrap();
        fs::write(folder.out("said"), "a line of someone else, longer than what was said\n").unwrap();
        for n in 2..=3 {
            let mut ledger = open(&folder);
            ledger.submit(vec![sale(member("a"), n, n)]).unwrap();
            if closed {
                ledger.close().unwrap();
            }
        }
        let expected = "a line of someone else, longer than what was said\n\
                        shop:member:a 2 at 2\nshop:member:a 3 at 3\n";
        assert_eq!(folder.said(), expected, "closed: {closed}");
    }
}

/// A card tells its member at once: how many inputs are one transaction decides nothing.
#[test]
fn what_an_input_sends_on_is_decided_before_the_next_one() {
    let inputs: Vec<Arrived> = (1..=12)
        .map(|n| match n % 3 {
            0 => sale(EntityId::card("shop", "7"), n, n),
            1 => sale(member("7"), n, n),
            _ => sale(EntityId::card("shop", "8"), n, n),
        })
        .collect();
    let mut found = Vec::new();
    for batch in 1..=inputs.len() {
        let folder = Folder::new();
        let mut ledger = open(&folder);
        inputs.chunks(batch).for_each(|batch| ledger.submit(batch.to_vec()).unwrap());
        assert_eq!(ledger.transactions(), inputs.len().div_ceil(batch) as u64, "one transaction a batch");
        found.push(folder.said());
    }
    assert!(found[0].starts_with("shop:member:7 1 at 1\nshop:card:8 1 at 2\nshop:member:8 1 at 2\n"));
    assert!(found.iter().all(|said| *said == found[0]), "{found:#?}");
}

#[test]
fn bad_input_stands_in_its_place() {
    let folder = Folder::new();
    let mut ledger = open(&folder);
    let bad = Arrived { value: Value::Garbage("{".into()), ..sale(member("a"), 2, 2) };
    ledger.submit(vec![sale(member("a"), 1, 1), bad, sale(member("a"), 3, 3)]).unwrap();
    assert_eq!(folder.said(), "shop:member:a 1 at 1\nbad Garbage(\"{\")\nshop:member:a 2 at 3\n");
    assert_eq!(ledger.place("purchases.shop.jsonl").unwrap().lines, 3);
}

/// A card and what it tells its member are one transaction; or two, where the card's alone changes very much.
#[test]
fn a_follow_up_outlives_the_process_and_is_decided_once() {
    for (card, kept) in [("7", false), (HEAVY, true)] {
        let folder = Folder::new();
        let settings = Settings { voice: line_before_members, ..settings(Clock::Event) };
        let mut ledger = Durable::open(&folder.0, settings).unwrap();
        let input = sale(EntityId::card("shop", card), 1, 1);
        let ended = catch_unwind(AssertUnwindSafe(|| ledger.submit(vec![input.clone()])));
        assert!(ended.is_err(), "it ended before the member was told");
        drop(ledger);
        for _ in 0..2 {
            let mut ledger = open(&folder);
            assert_eq!(
                ledger.place("purchases.shop.jsonl").unwrap() != Place::START,
                kept || ledger.starts() > 2
            );
            if !kept && ledger.starts() == 2 {
                assert_eq!(counts(&mut ledger.store()), []);
                ledger.submit(vec![input.clone()]).unwrap();
            }
            let expected = [(format!("shop:card:{card}"), 1), (format!("shop:member:{card}"), 1)];
            assert_eq!(counts(&mut ledger.store()), expected);
        }
        assert_eq!(folder.said(), format!("shop:card:{card} 1 at 1\nshop:member:{card} 1 at 1\n"));
    }
}

#[test]
fn timers_fire_by_the_wall_clock_once() {
    let folder = Folder::new();
    let open = || Durable::open(&folder.0, settings(Clock::Broker)).unwrap();
    let mut ledger = open();
    ledger.submit(vec![Arrived { at: Timestamp(5_000), ..sale(member("a"), 1, 5_000) }]).unwrap();
    ledger.pass_time(Timestamp(5_999)).unwrap();
    assert_eq!(folder.said(), "shop:member:a 1 at 5000\n");
    drop(ledger);
    for _ in 0..2 {
        let mut ledger = open();
        ledger.pass_time(Timestamp(6_001)).unwrap();
        ledger.pass_time(Timestamp(9_000)).unwrap();
    }
    assert_eq!(folder.said(), "shop:member:a 1 at 5000\nshop:member:a 101 at 6001\n");
}

#[test]
fn the_stored_input_makes_the_same_ledger_again() {
    let (folder, again) = (Folder::new(), Folder::new());
    let mut ledger = Durable::open(&folder.0, settings(Clock::Broker)).unwrap();
    for n in 1..=20 {
        let at = Timestamp(n * 700);
        ledger.submit(vec![Arrived { at, ..sale(member(["a", "b"][n as usize % 2]), n, n) }]).unwrap();
        ledger.pass_time(at).unwrap();
    }
    let mut inputs = Vec::new();
    ledger.store().inputs(&mut |arrived| inputs.push(arrived)).unwrap();
    assert!(inputs.len() > 20, "ticks are among them");
    let mut rebuilt = Durable::open(&again.0, settings(Clock::Broker)).unwrap();
    inputs.chunks(7).for_each(|chunk| rebuilt.submit(chunk.to_vec()).unwrap());
    assert_eq!(counts(&mut rebuilt.store()), counts(&mut ledger.store()));
    assert_eq!(again.said(), folder.said());
}

#[test]
fn a_backup_of_a_running_ledger_goes_on_where_it_was_taken() {
    let (folder, other) = (Folder::new(), Folder::new());
    let mut ledger = open(&folder);
    ledger.submit(vec![sale(member("a"), 1, 1), sale(member("b"), 2, 2)]).unwrap();
    let backup = PathBuf::from(format!("{}.backup", folder.0.display()));
    let copied = back_up(&ledger.store(), &backup).unwrap();
    assert!(back_up(&ledger.store(), &backup).is_err(), "no backup is written over");
    ledger.submit(vec![sale(member("a"), 3, 3)]).unwrap();
    // Not whole: nothing is restored.
    let bytes = fs::read(&backup).unwrap();
    let mut flipped = bytes.clone();
    flipped[bytes.len() / 2] ^= 1;
    for broken in [&bytes[..bytes.len() - 1], &bytes[..bytes.len() / 2], &flipped, b"", b"something else"] {
        fs::write(&backup, broken).unwrap();
        assert!(restore(&backup, &other.0).is_err());
        assert!(matches!(open_store(&other.0), Err(DurableError::Absent(_))));
    }
    fs::write(&backup, &bytes).unwrap();
    assert_eq!(restore(&backup, &other.0).unwrap(), copied);
    assert!(restore(&backup, &other.0).is_err(), "no ledger is written over");
    fs::remove_file(&backup).unwrap();
    let mut restored = open(&other);
    assert_eq!(restored.place("purchases.shop.jsonl").unwrap().lines, 2);
    restored.submit(vec![sale(member("a"), 3, 3)]).unwrap();
    assert_eq!(counts(&mut restored.store()), counts(&mut ledger.store()));
    assert_eq!(other.said(), folder.said());
}

#[test]
fn a_ledger_keeps_its_clock_and_its_owner() {
    let folder = Folder::new();
    let ledger = open(&folder);
    assert!(matches!(open_store(&folder.0), Err(DurableError::Busy(_))));
    assert!(matches!(Durable::open(&folder.0, settings(Clock::Event)), Err(DurableError::Busy(_))));
    drop(ledger);
    assert!(matches!(Durable::open(&folder.0, settings(Clock::Broker)), Err(DurableError::Refused(_))));
}
