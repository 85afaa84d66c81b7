//! How many batches a second the store takes: an entity's rows in one unlogged batch, a bounded number in
//! flight. `cargo run --release -p lotstream-scylla --example throughput [-- SECONDS]`, with LOTSTREAM_CQL set.
//!
//! Writes to a keyspace of its own and drops it. Figures are sizes: servers and driver share the machine.

use domain::account::{Account, Balance};
use domain::entry::{Entry, EntryKind};
use domain::lot::{Bucket, Buckets, Lot};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::purchase::{Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::row::Seen;
use domain::{Digest, EntityId, EventKey, LotId, Minor, Name, Points, Row, Timestamp};
use engine::store::{Answer, Read, Stamped, Store, StoreEvent, Ticket, Write};
use engine::wal::WriteTs;
use lotstream_scylla::{Config, ScyllaStore, tables};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

const IN_FLIGHT: u64 = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let nodes = std::env::var("LOTSTREAM_CQL").map_err(|_| {
        "expected a CQL server in LOTSTREAM_CQL; start one with `deploy/local/servers up cassandra` and `eval \
         \"$(deploy/local/servers env)\"`"
    })?;
    let seconds = std::env::args().nth(1).map_or(Ok(5), |text| text.parse())?;
    let config = Config::new(&nodes, &format!("throughput_{}", std::process::id())).single_node();
    tables::create(&config)?;
    let measured = measure(&config, Duration::from_secs(seconds));
    tables::drop_keyspace(&config)?;
    measured
}

fn measure(config: &Config, time: Duration) -> Result<(), Box<dyn Error>> {
    let mut store = ScyllaStore::open(config)?;
    // Warms both sides up.
    run(&mut store, time / 2, |number| write(number, 4, 0))?;
    for (rows, entries) in [(1, 0), (4, 0), (4, 1), (8, 0), (8, 4)] {
        let rate = run(&mut store, time, |number| write(number, rows, entries))?;
        let all = rate * (rows + entries) as u64;
        println!("write {rows} rows and {entries} entries {rate:>7} requests/s {all:>8} rows/s");
    }
    // What entries would cost under a partition key of their own: a second request.
    let rate =
        run(
            &mut store,
            time,
            |number| {
                if number % 2 == 0 { write(number, 8, 0) } else { entries_apart(number, 4) }
            },
        )?;
    println!("write 8 rows, and 4 entries apart: {:>7} of both/s", rate / 2);
    let mut number = 0;
    let begin = Instant::now();
    while begin.elapsed() < time {
        let reads = (0..IN_FLIGHT).map(|next| Read::Head(entity(number + next))).collect();
        number += IN_FLIGHT;
        store.read(Ticket { partition: 0, number }, reads);
        wait(&mut store, 1)?;
    }
    let rate = u128::from(number) * 1_000 / begin.elapsed().as_millis().max(1);
    println!("read heads with their live lots, {IN_FLIGHT} at once {rate:>7} entities/s (two requests each)");
    Ok(())
}

/// Requests answered a second with [`IN_FLIGHT`] of them open.
fn run(store: &mut ScyllaStore, time: Duration, write: impl Fn(u64) -> Write) -> Result<u64, Box<dyn Error>> {
    let (mut sent, mut answered) = (0, 0);
    let begin = Instant::now();
    while begin.elapsed() < time {
        while sent - answered < IN_FLIGHT {
            store.write(Ticket { partition: 0, number: sent }, write(sent));
            sent += 1;
        }
        answered += wait(store, 1)?;
    }
    let rate = u128::from(answered) * 1_000 / begin.elapsed().as_millis().max(1);
    wait(store, sent - answered)?;
    Ok(u64::try_from(rate)?)
}

fn wait(store: &mut ScyllaStore, least: u64) -> Result<u64, Box<dyn Error>> {
    let mut events = Vec::new();
    while (events.len() as u64) < least {
        store.poll(&mut events)?;
        std::thread::sleep(Duration::from_micros(200));
    }
    for event in &events {
        if let StoreEvent::Loaded { answers, .. } = event {
            let found =
                answers.iter().filter(|answer| matches!(answer, Answer::Head { account: Some(_), .. }));
            if found.count() != answers.len() {
                return Err("expected every entity that was written, found some missing".into());
            }
        }
    }
    Ok(events.len() as u64)
}

/// Few enough that reads find all of them, many enough to spread over partitions.
fn entity(number: u64) -> EntityId {
    EntityId::member("shop", &(number % 20_000).to_string())
}

fn write(number: u64, rows: usize, entries: usize) -> Write {
    let entity = entity(number);
    let write_ts = WriteTs((1 << 44) + i64::try_from(number).unwrap_or(i64::MAX));
    let cause = EventKey::of("p", "purchases", &number.to_string());
    let image = |place: usize| match place {
        0 => Row::Account(account(&entity)),
        1 => Row::Lot(lot(cause)),
        2 => Row::Purchase(purchase(cause)),
        _ => Row::Seen(Seen {
            key: cause.derived("seen", place as i64),
            content: Digest::default(),
            outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        }),
    };
    let rows = (0..rows).map(|place| Stamped { write_ts, row: Arc::new(image(place)) }).collect();
    let entries =
        (0..entries).map(|place| (write_ts, Arc::new(entry(&entity, cause, place as i64)))).collect();
    Write::Rows { entity, rows, entries }
}

fn entries_apart(number: u64, entries: usize) -> Write {
    let entity = EntityId::from_key(&format!("{}:2026-11", entity(number)));
    match write(number, 0, entries) {
        Write::Rows { entries, .. } => {
            let moved = |(write_ts, entry): (WriteTs, Arc<Entry>)| {
                (write_ts, Arc::new(Entry { entity: entity.clone(), ..(*entry).clone() }))
            };
            let entries = entries.into_iter().map(moved).collect();
            Write::Rows { entity: entity.clone(), rows: Vec::new(), entries }
        }
        other => other,
    }
}

fn account(entity: &EntityId) -> Account {
    let mut account = Account::new(entity.clone());
    account.wallets.push(Balance::new(Name::from("points")));
    account.live_from = 24_000;
    account
}

fn lot(cause: EventKey) -> Lot {
    // The same lot again and again: a head has one live lot to read.
    Lot {
        id: LotId { issued_month: 24_000, key: EventKey::NONE },
        wallet: Name::from("points"),
        terms: Name::from("base"),
        partner: Name::from("p"),
        cause,
        version: 1,
        occurred_at: Timestamp(0),
        accrued_at: Timestamp(0),
        activates_at: Timestamp(0),
        expires_at: Timestamp::NEVER,
        issued: Points::ZERO,
        clawed_back: Points::ZERO,
        buckets: Buckets::default(),
        drawn_by: Vec::new(),
        reminded: 0,
        remind_at: Timestamp::NEVER,
        given_at: None,
    }
}

fn purchase(key: EventKey) -> Purchase {
    let line = PurchaseLine {
        line: 1,
        sku: Name::from("4600000000001"),
        group: Name::from("grocery"),
        quantity: Quantity(1_000),
        amount: Minor(12_345),
        points: Points::ZERO,
        paid_by_points: Minor::ZERO,
        returned: Quantity(0),
    };
    let grant = PurchaseGrant {
        terms: Name::from("base"),
        lot: LotId { issued_month: 24_000, key },
        at_sale: Points::at_least_zero(123),
        now: Points::at_least_zero(123),
        funder: Name::default(),
    };
    Purchase {
        key,
        partner: Name::from("p"),
        id: Name::from("2017-000001"),
        occurred_at: Timestamp(0),
        version: 1,
        tier: Name::default(),
        content: Digest::default(),
        outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        lines: vec![line],
        grants: vec![grant],
        redemptions: Vec::new(),
        line: domain::EventKey::NONE,
        attributes: Vec::new(),
        profile: None,
        parts: Vec::new(),
        claims: Vec::new(),
        watchers: Vec::new(),
    }
}

fn entry(entity: &EntityId, cause: EventKey, sequence: i64) -> Entry {
    Entry {
        entity: entity.clone(),
        sequence,
        at: Timestamp(0),
        recorded_at: Timestamp(0),
        kind: EntryKind::Accrual,
        wallet: Name::from("points"),
        lot: LotId { issued_month: 24_000, key: cause },
        from: None,
        to: Some(Bucket::Pending),
        points: Points::at_least_zero(123),
        debt: 0,
        clawed_back: Points::ZERO,
        redemption: EventKey::NONE,
        cause,
        rule: Name::from("base"),
        version: 1,
        partner: Name::from("p"),
        occurred_at: Timestamp(0),
        redeemer: Name::default(),
    }
}
