//! How long the wire takes: `cargo run -p wire --release --example measure [DIR]`. One core, best of several.
//!
//! With a folder of feeds, as loadtest/complete-journey/convert writes them, those are read. Without, a year of groceries as JSON Lines is made in memory and read. Then the records of one purchase on its way through the ledger, as Avro.

use domain::account::{Account, Balance};
use domain::command::{Body, Command, Sale, SaleLine, Source};
use domain::entry::{Entry, EntryKind};
use domain::event::{Event, Notice, NoticeKind, OutcomeRecord};
use domain::lot::{Bucket, Buckets, Lot};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::purchase::{Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::upcoming::Upcoming;
use domain::{Digest, EntityId, EventKey, LotId, Minor, Points, Row, Timestamp};
use engine::codec::Codec;
use engine::wal::{EntityImage, PartitionRow, WalRecord, WriteTs};
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;
use wire::record::{PurchaseRecord, Record, RedemptionRecord, ReturnRecord};
use wire::registry::{Fixed, Registry};
use wire::{AvroCodec, Contract};

#[path = "../tests/support/mod.rs"]
mod support;

const PURCHASES: u32 = 155_000;

fn nanoseconds<T>(times: u32, mut what: impl FnMut() -> T) -> u128 {
    let mut best = u128::MAX;
    for _ in 0..7 {
        let start = Instant::now();
        for _ in 0..times {
            black_box(what());
        }
        best = best.min(start.elapsed().as_nanos() / u128::from(times));
    }
    best
}

fn say<T>(what: &str, run: impl FnMut() -> T) {
    println!("{what:<58}{:>8} ns", nanoseconds(20_000, run));
}

fn year() -> (String, u32) {
    let (mut text, mut lines) = (String::new(), 0);
    for n in 0..PURCHASES {
        let (day, second) = (n % 28 + 1, n % 60);
        let _ = write!(text, r#"{{"id":"{}","member":"hh-{}","#, 31_198_570_044_u64 + u64::from(n), n % 2469);
        let _ = write!(text, r#""occurred_at":"2017-03-{day:02}T06:53:{second:02}+03:00","currency":"RUB","#);
        let count = n % 18 + 1;
        let _ = write!(text, r#""total":"{}.00","lines":["#, count * 5);
        for line in 1..=count {
            lines += 1;
            let comma = if line == count { "" } else { "," };
            let sku = 825_123 + n * 7 % 99_999;
            let _ = write!(text, r#"{{"line":{line},"sku":"{sku}","group":"grocery","quantity":"1","#);
            let _ = write!(text, r#""amount":"5.00"}}{comma}"#);
        }
        text.push_str("]}\n");
    }
    (text, lines)
}

/// Reads every feed of `folder`; a line that is refused ends it.
fn feeds(folder: &str) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        files.push((
            path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            std::fs::read_to_string(path)?,
        ));
    }
    for _ in 0..3 {
        let (mut records, mut bytes, start) = (0, 0, Instant::now());
        for (name, text) in &files {
            bytes += text.len();
            for (place, line) in text.lines().enumerate() {
                let read = match name.split('.').next() {
                    Some("purchases") => PurchaseRecord::from_json(line).map(|_| ()),
                    Some("returns") => ReturnRecord::from_json(line).map(|_| ()),
                    _ => RedemptionRecord::from_json(line).map(|_| ()),
                };
                read.unwrap_or_else(|error| panic!("{name}:{}: {error}", place + 1));
                records += 1;
            }
        }
        let (files, megabytes) = (files.len(), bytes / 1_000_000);
        println!(
            "{folder}: {files} files, {records} records, {megabytes} MB in {} ms",
            start.elapsed().as_millis()
        );
    }
    Ok(())
}

fn json() {
    let (text, lines) = year();
    let mut best = u128::MAX;
    let mut digests = u128::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        let mut read = 0;
        for line in text.lines() {
            read += PurchaseRecord::from_json(line).map_or(0, |purchase| purchase.lines.len());
        }
        assert_eq!(read, lines as usize);
        best = best.min(start.elapsed().as_millis());
        let start = Instant::now();
        let mut scratch = Vec::new();
        for line in text.lines() {
            let purchase = PurchaseRecord::from_json(line);
            black_box(purchase.and_then(|mut purchase| purchase.content(&mut scratch)).ok());
        }
        digests = digests.min(start.elapsed().as_millis());
    }
    let megabytes = text.len() / 1_000_000;
    println!("a year of JSON: {PURCHASES} purchases, {lines} lines, {megabytes} MB");
    println!("{:<58}{best:>8} ms", "  read");
    println!("{:<58}{digests:>8} ms", "  read, with the digest of each content");
}

fn command() -> Arc<Command> {
    let source = Source {
        partner: "store-367".into(),
        feed: "purchases".into(),
        id: "31198570044".into(),
        partition: 3,
        offset: 123_456,
    };
    let line = SaleLine {
        line: 1,
        sku: "825123".into(),
        group: "grocery".into(),
        quantity: Quantity(1000),
        amount: Minor(500),
        promotional: false,
    };
    Arc::new(Command {
        key: EventKey::of("store-367", "purchases", "31198570044"),
        entity: EntityId::member("journey", "hh-1"),
        source,
        occurred_at: Timestamp(1_483_239_206_000),
        delivered_at: Timestamp(1_483_239_206_000),
        content: Digest::of(b"content"),
        trace: "".into(),
        body: Body::Sale(Sale {
            currency: "RUB".into(),
            lines: vec![line],
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        }),
    })
}

fn rows(command: &Command, lot: LotId) -> Vec<Arc<Row>> {
    let points = Points::at_least_zero(25);
    let mut account = Account::new(command.entity.clone());
    account.wallets.push(Balance { earned: points, ..Balance::new("main".into()) });
    let buckets = Buckets { pending: points, ..Buckets::default() };
    let at = command.occurred_at;
    let row = Lot {
        id: lot,
        wallet: "main".into(),
        terms: "standard".into(),
        partner: command.source.partner.clone(),
        cause: command.key,
        version: 1,
        occurred_at: at,
        accrued_at: at,
        activates_at: at,
        expires_at: at,
        issued: points,
        clawed_back: Points::ZERO,
        buckets,
        drawn_by: Vec::new(),
        reminded: 0,
        remind_at: at,
        given_at: None,
    };
    let line = PurchaseLine {
        line: 1,
        sku: "825123".into(),
        group: "grocery".into(),
        quantity: Quantity(1000),
        amount: Minor(500),
        points: Points::ZERO,
        paid_by_points: Minor::ZERO,
        returned: Quantity(0),
    };
    let purchase = Purchase {
        key: command.key,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        occurred_at: at,
        version: 1,
        tier: "".into(),
        content: command.content,
        outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        lines: vec![line],
        grants: vec![PurchaseGrant {
            terms: "standard".into(),
            lot,
            at_sale: points,
            now: points,
            funder: "".into(),
        }],
        redemptions: Vec::new(),
        line: domain::EventKey::NONE,
        attributes: Vec::new(),
        profile: None,
        parts: Vec::new(),
        claims: Vec::new(),
        watchers: Vec::new(),
    };
    [Row::Account(account), Row::Lot(row), Row::Purchase(purchase)].map(Arc::new).into()
}

fn entry(command: &Command, lot: LotId) -> Entry {
    Entry {
        entity: command.entity.clone(),
        sequence: 12,
        at: command.occurred_at,
        recorded_at: command.occurred_at,
        kind: EntryKind::Accrual,
        wallet: "main".into(),
        lot,
        from: None,
        to: Some(Bucket::Pending),
        points: Points::at_least_zero(25),
        debt: 0,
        clawed_back: Points::ZERO,
        redemption: EventKey::NONE,
        cause: command.key,
        rule: "base".into(),
        version: 1,
        partner: command.source.partner.clone(),
        occurred_at: command.occurred_at,
        redeemer: "".into(),
    }
}

fn events(command: &Command, lot: LotId) -> Vec<Event> {
    let points = Points::at_least_zero(25);
    let notice = Notice {
        id: command.key.derived("accrued", 0),
        entity: command.entity.clone(),
        kind: NoticeKind::Accrued,
        channels: vec!["sms".into()],
        at: command.occurred_at,
        wallet: "main".into(),
        points,
        until: command.occurred_at,
        tier: "".into(),
        total: points,
        available: points,
        next: Upcoming::NOTHING,
    };
    let outcome = OutcomeRecord {
        event: command.key,
        source: command.source.clone(),
        entity: command.entity.clone(),
        at: command.occurred_at,
        later: false,
        outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        total: points,
        available: points,
        debt: Points::ZERO,
        next: Upcoming::NOTHING,
        occurred_at: command.occurred_at,
        trade: None,
        linked: None,
    };
    vec![Event::Entry(entry(command, lot)), Event::Notice(notice), Event::Outcome(outcome)]
}

/// What it costs to write under the oldest version that can say it, where one, two and three are registered, ours among
/// them. What is new to each older one is tried under all.
fn versions(image: &EntityImage) {
    let between = support::changed("wal", |schema| support::without_field(schema, "row_account", "erased"));
    let known = [support::WAL_BEFORE, &between];
    let mut new = image.clone();
    let erased = Account { erased: true, ..Account::new(image.entity.clone()) };
    new.rows[0] = Arc::new(Row::Account(erased));
    let mut last = image.clone();
    last.rows.push(Arc::new(Row::Account(Account { erased: true, ..Account::new(image.entity.clone()) })));
    for (what, image) in
        [("nothing new", image), ("new, seen at once", &new), ("new, seen at the end", &last)]
    {
        let record = WalRecord::Rows(image.clone());
        let mut first = 0;
        for before in 0..=known.len() {
            let codec = AvroCodec::new(&support::registry("wal", &known[..before])).expect("schemas");
            let took = nanoseconds(20_000, || codec.encode_wal(&record));
            first = if before == 0 { took } else { first };
            let percent = took * 100 / first.max(1);
            let versions = before + 1;
            println!("  {:<56}{took:>8} ns {percent:>5} %", format!("{what}, {versions} versions"));
        }
    }
}

fn main() {
    match std::env::args().nth(1) {
        Some(folder) => feeds(&folder).unwrap_or_else(|error| panic!("{folder}: {error}")),
        None => json(),
    }
    let registry: Arc<dyn Registry> = Arc::new(Fixed::default());
    let codec = AvroCodec::new(&registry).expect("the schemas of this build");
    let command = command();
    let frame = codec.encode_command(&command).expect("a command");
    println!("a command of one line, {} bytes", frame.value.len());
    say("  written", || codec.encode_command(&command));
    say("  read", || codec.decode(&frame));

    let lot = LotId::of(24_204, command.key, "standard", "store-367");
    let decided = EntityImage {
        entity: command.entity.clone(),
        write_ts: WriteTs(123_456),
        rows: rows(&command, lot),
        entries: vec![Arc::new(entry(&command, lot))],
        due: Some(command.occurred_at),
    };
    let image = WalRecord::Rows(decided.clone());
    let position = PartitionRow { position: 1, clock: command.occurred_at, cursor: None };
    let partition = WalRecord::Partition(WriteTs(123_456), position);
    let events = events(&command, lot);
    let wal = codec.encode_wal(&image).expect("an image");
    println!("its decision: image of three rows and an entry ({} bytes), three events", wal.value.len());
    say("  image written", || codec.encode_wal(&image));
    versions(&decided);
    say("  image read", || codec.decode_wal(&wal));
    say("  one event with its headers written (an entry)", || codec.encode_event(events[0].clone()));
    say("  all of it written, partition row included", || {
        let written = events.iter().map(|event| codec.encode_event(event.clone()).is_ok());
        (written.filter(|done| *done).count(), codec.encode_wal(&image), codec.encode_wal(&partition))
    });

    let line = r#"{"id":"31198570044","member":"hh-1","occurred_at":"2017-01-01T06:53:26+03:00","currency":"RUB","total":"5.00","lines":[{"line":1,"sku":"825123","group":"grocery","quantity":"1","amount":"5.00"}]}"#;
    let purchase = PurchaseRecord::from_json(line).expect("a purchase");
    let contract = Contract::new("purchase", registry, 1 << 20).expect("the schema of purchases");
    let framed = contract.encode(&purchase).expect("a purchase");
    println!("a partner's purchase of one line, {} bytes of JSON, {} of Avro", line.len(), framed.len());
    say("  read from JSON", || PurchaseRecord::from_json(line).is_ok());
    say("  read from Avro", || contract.decode::<PurchaseRecord<'_>>(&framed, &mut Vec::new()).is_ok());
    say("  written as Avro", || contract.encode(&purchase));
}
