//! A small true history, decided by the core itself, adds up; and each way of changing it is found, and named.

use domain::entry::EntryKind;
use domain::lot::Buckets;
use domain::tariff::Tariffs;
use domain::{Entity, EntityId, Event, Name, Points};
use feed::{Converter, Feed, Origin};
use verify::{Books, Look, Suspect, Violation, judge};

/// Feed, day of March 2026, and what the record says beside its member and day: sales, one of them held and spent, and
/// returned, which leaves a debt.
const EVENTS: [(&str, u32, &str); 6] = [
    (
        "purchases",
        1,
        r#""id":"p","currency":"RUB","total":"4000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"4000"}]"#,
    ),
    (
        "purchases",
        2,
        r#""id":"q","currency":"RUB","total":"4200","lines":[{"line":1,"sku":"b","quantity":"1","amount":"4200"}]"#,
    ),
    ("redemptions", 20, r#""id":"r","step":"authorise","points":150"#),
    ("redemptions", 21, r#""id":"c","step":"capture","redemption":"r","points":140"#),
    ("returns", 22, r#""id":"b","purchase":"p","lines":[{"line":1,"quantity":"1"}]"#),
    (
        "purchases",
        23,
        r#""id":"s","currency":"RUB","total":"1000","lines":[{"line":1,"sku":"c","quantity":"1","amount":"1000"}]"#,
    ),
];

const TARIFF: &str = include_str!("../../../../deploy/programmes/veloprobeg.toml");

fn id() -> EntityId {
    EntityId::member("veloprobeg", "m")
}

fn history() -> Books {
    let mut tariffs = Tariffs::default();
    tariffs.add(programme::compile("veloprobeg", TARIFF).expect("a programme that compiles"));
    let (mut entity, mut converter) = (Entity::new(id(), true), Converter::new("veloprobeg"));
    let (mut rows, mut entries) = (std::collections::BTreeMap::new(), Vec::new());
    for (offset, (feed, day, fields)) in (0..).zip(EVENTS) {
        let line = format!(r#"{{"member":"m","occurred_at":"2026-03-{day:02}T12:00:00+03:00",{fields}}}"#);
        let origin = Origin::line(Name::from("shop"), offset);
        let feed = Feed::named(feed).expect("a feed");
        let command = feed.from_json(&mut converter, line.as_bytes(), &origin).expect("a good line");
        let decision = domain::decide(&entity, &command, command.delivered_at, &tariffs).expect("all rows");
        for row in decision.rows {
            rows.insert(row.key(), row.clone());
            entity.put(row);
        }
        entries.extend(decision.events.into_iter().filter_map(|event| match event {
            Event::Entry(entry) => Some(entry),
            _ => None,
        }));
    }
    let mut books = Books { entries, ..Books::default() };
    rows.into_values().for_each(|row| books.take(row));
    books
}

#[test]
fn s05_a_true_history_adds_up() {
    let books = history();
    assert_eq!(judge(&id(), &books), []);
    let kinds = |kind| books.entries.iter().filter(|entry| entry.kind == kind).count();
    assert!(kinds(EntryKind::DebtOpened) + kinds(EntryKind::Repoint) > 0, "{:?}", books.entries);
    assert_eq!((books.lots.len(), books.redemptions.len()), (3, 1), "{books:?}");
}

fn one() -> Points {
    Points::at_least_zero(1)
}

fn head(books: &mut Books) -> &mut domain::Account {
    books.account.as_mut().expect("a head row")
}

fn lot(books: &mut Books) -> &mut domain::Lot {
    books.lots.values_mut().find(|lot| lot.is_live()).expect("a live lot")
}

/// What is done, which rules it breaks, and a word of what is said.
type Fault = (&'static str, fn(&mut Books), &'static [Violation], &'static str);

use Violation::{Entries, Rows, Sequence};

const FAULTS: [Fault; 15] = [
    (
        "an entry is missing",
        |b| drop(b.entries.remove(1)),
        &[Sequence],
        "expected entry 2, found entry 3 behind 1",
    ),
    ("the last entry is missing", |b| drop(b.entries.pop()), &[Sequence], "as the head row says"),
    ("an entry comes twice", |b| b.entries.insert(1, b.entries[1].clone()), &[Sequence], "expected entry 3"),
    ("no entry is there", |b| b.entries.clear(), &[Sequence], "found 0 entries"),
    ("a head row is an older image", |b| head(b).sequence -= 1, &[Sequence], "as the head row says"),
    ("the head row is missing", |b| b.account = None, &[Sequence], "expected a head row, found none"),
    (
        "an entry moves a point more",
        |b| b.entries[0].points += one(),
        &[Entries],
        "what its entries make of it",
    ),
    ("a lot is missing", |b| drop(b.lots.pop_first()), &[Entries, Rows], "to hold what its lots do"),
    ("a lot nobody was granted", |b| nobodys(b), &[Entries, Rows], "what its entries make of it, nothing"),
    (
        "a lot is an older image",
        |b| lot(b).buckets = Buckets::default(),
        &[Entries, Rows],
        "together, as issued",
    ),
    ("a lot has a point too many", |b| more(lot(b)), &[Entries, Rows], "to hold what its lots do"),
    (
        "a wallet has a point too many",
        |b| head(b).wallets[0].buckets.pending += one(),
        &[Entries, Rows],
        "to hold what its lots do",
    ),
    ("a wallet earned a point more", |b| head(b).wallets[0].earned += one(), &[Entries, Rows], "(S05)"),
    (
        "a redemption is an older image",
        |b| b.redemptions[0].captured = Points::ZERO,
        &[Rows],
        "redeemed in wallet",
    ),
    ("a wallet owes and has", |b| owes_and_has(b), &[Entries, Rows], "(S18)"),
];

/// A point that nobody issued by an entry, though the lot adds up.
fn more(lot: &mut domain::Lot) {
    lot.issued += one();
    lot.buckets.available += one();
}

fn nobodys(books: &mut Books) {
    let mut found = lot(books).clone();
    found.id.issued_month += 1;
    books.lots.insert(found.id, found);
}

fn owes_and_has(books: &mut Books) {
    let balance = &mut head(books).wallets[0];
    balance.debt += one();
    balance.buckets.available += one();
}

#[test]
fn s05_s18_every_change_by_hand_is_found_and_named() {
    for (what, change, violations, word) in FAULTS {
        let mut books = history();
        change(&mut books);
        let found = judge(&id(), &books);
        let kinds: std::collections::BTreeSet<_> = found.iter().map(|finding| finding.violation).collect();
        assert_eq!(kinds, violations.iter().copied().collect(), "{what}: {found:#?}");
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(word)), "{what}: expected `{word}` in {said:#?}");
        assert!(found.iter().all(|finding| finding.subject == id().as_str()), "{what}");
    }
}

#[test]
fn numbers_that_no_ledger_writes_are_found_and_are_no_panic() {
    let mut books = history();
    let huge = Points::at_least_zero(i64::MAX);
    let all = Buckets { pending: huge, available: huge, held: huge, spent: huge, ..Buckets::default() };
    for lot in books.lots.values_mut() {
        (lot.issued, lot.buckets) = (huge, all);
    }
    head(&mut books).wallets[0].buckets = all;
    assert!(!judge(&id(), &books).is_empty());
}

#[test]
fn a_suspect_is_wrong_once_the_same_is_seen_behind_everything_that_was_under_way() {
    let whole = history();
    let mut half = whole.clone();
    half.entries.pop();
    let mut suspect = Suspect::new(id(), 1, half.clone());
    assert!(!suspect.is_due(&[9, 5], &[9, 4]), "its partition is not flushed");
    assert!(suspect.is_due(&[9, 50], &[9, 5]), "up to where it ended after the look");
    assert_eq!(suspect.look(whole.clone()), Look::Clear, "the rest was under way");

    let mut quarter = half.clone();
    quarter.entries.pop();
    let mut suspect = Suspect::new(id(), 0, quarter);
    assert!(suspect.is_due(&[5], &[5]));
    assert_eq!(suspect.look(half.clone()), Look::Again, "it changes");
    assert!(!suspect.is_due(&[9], &[8]), "what was seen now is looked at in the same way");
    assert!(suspect.is_due(&[9], &[9]));
    let Look::Wrong(found) = suspect.look(half) else { panic!("{suspect:?}") };
    assert_eq!((found.len(), found[0].violation), (1, Sequence));
    assert_eq!(suspect.looks, 3);
}
