//! What the tables give back: every row as it was written, the newest image whatever the order, live lots and
//! timers as ranges, and the name of what is missing.

mod support;

use domain::account::Account;
use domain::lot::Lot;
use domain::purchase::{Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::{EntityId, EventKey, LotId, Minor, Name, Points, Row, Timestamp};
use engine::store::{Answer, Read, Store, TimerScan, Write};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer, WriteTs};
use lotstream_scylla::{ScyllaError, ScyllaStore, tables};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;
use std::sync::Arc;
use support::{Own, rows, stamped};

const EPOCH: i64 = 1 << 44;

fn member(id: &str) -> EntityId {
    EntityId::member("shop", id)
}

#[test]
fn a_node_says_how_it_syncs_its_commit_log() {
    let Some(own) = Own::new() else { return };
    let found = own.store().store.commit_log_sync().expect("an answer");
    assert!(["periodic", "batch", "group"].contains(&found.as_str()), "{found}");
}

#[test]
fn every_row_comes_back_as_it_was_written() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let mut runner = TestRunner::new(Config::default());
    let mut written = Vec::new();
    let mut writes = Vec::new();
    for case in 0..200_i64 {
        let entity = member(&case.to_string());
        let tree = (support::rows::one_of_each(&entity), support::rows::entries::entry(entity.clone()));
        let (images, entry) = tree.new_tree(&mut runner).unwrap().current();
        let write_ts = EPOCH + case;
        let rows: Vec<_> = images.iter().map(|row| stamped(row, write_ts)).collect();
        let entries = vec![(WriteTs(write_ts), Arc::new(entry.clone()))];
        writes.push(Write::Rows { entity: entity.clone(), rows: rows.clone(), entries });
        written.push((entity, rows, entry));
    }
    store.write_all(writes);
    for (entity, rows, entry) in &written {
        assert_eq!(&store.store.entity(entity).unwrap(), rows);
        assert_eq!(store.store.statement(entity).unwrap(), std::slice::from_ref(entry));
    }
    // The same by stretches of the ring, as far as it holds points.
    let (mut found, mut after) = (BTreeMap::new(), Some(i64::MIN));
    while let Some(token) = after {
        let stretch = store.store.stretch(token, 30).unwrap();
        let accounts = store.store.points_within(stretch).unwrap();
        assert!(store.store.entities(stretch).unwrap().iter().all(|entity| accounts.contains_key(entity)));
        found.extend(accounts);
        after = stretch.next();
    }
    assert_eq!(found.len(), written.len());
    for (entity, rows, entry) in &written {
        let points = |stamped: &&engine::store::Stamped| {
            matches!(*stamped.row, Row::Account(_) | Row::Lot(_) | Row::Redemption(_) | Row::Debt(_))
        };
        let mut expected: Vec<_> = rows.iter().filter(points).cloned().collect();
        expected.sort_by_key(|stamped| stamped.row.key());
        for mut account in [found[entity].clone(), store.store.points(entity).unwrap()] {
            account.rows.sort_by_key(|stamped| stamped.row.key());
            assert_eq!((account.rows, account.entries), (expected.clone(), vec![entry.clone()]));
        }
    }
    let reads = |(entity, rows, _): &(EntityId, Vec<engine::store::Stamped>, _)| {
        rows.iter().map(|row| Read::Row(entity.clone(), row.row.key())).collect::<Vec<_>>()
    };
    let answers = store.read(written.iter().flat_map(reads).collect());
    let expected = written.iter().flat_map(|(_, rows, _)| rows.clone()).map(|row| Answer::Row(Some(row)));
    assert!(answers.into_iter().eq(expected));
}

#[test]
fn a_purchase_of_many_lines_and_an_entity_of_many_rows_come_back() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let entity = member("many");
    let line = |line: i32| PurchaseLine {
        line,
        sku: Name::from(format!("sku-{line}")),
        group: Name::from("group"),
        quantity: Quantity(i64::MAX),
        amount: Minor(i64::MAX),
        points: Points::ZERO,
        paid_by_points: Minor::ZERO,
        returned: Quantity(0),
    };
    let key = EventKey::of("p", "purchases", "many");
    let purchase = purchase(key, "many", (0..5_000).map(line).collect());
    let mut images = vec![Row::Purchase(purchase)];
    images.extend((0..2_500).map(|number| Row::Lot(lot(24_000 + number % 7, number))));
    images.sort_by_key(Row::key);
    store.write_all(vec![rows(&entity, &images, EPOCH)]);
    let expected: Vec<_> = images.iter().map(|row| stamped(row, EPOCH)).collect();
    assert!(store.store.entity(&entity).unwrap() == expected, "more rows than a page and a batch hold");
}

fn purchase(key: EventKey, id: &str, lines: Vec<PurchaseLine>) -> Purchase {
    Purchase {
        key,
        partner: Name::from("p"),
        id: Name::from(id),
        occurred_at: Timestamp(1),
        version: 1,
        tier: Name::default(),
        content: domain::Digest::default(),
        outcome: domain::outcome::Outcome::of(
            domain::outcome::OutcomeKind::Applied,
            domain::outcome::Reason::None,
        ),
        lines,
        grants: Vec::new(),
        redemptions: Vec::new(),
        line: EventKey::NONE,
        attributes: Vec::new(),
        profile: None,
        parts: Vec::new(),
        claims: Vec::new(),
        watchers: Vec::new(),
    }
}

fn lot(issued_month: i32, number: i32) -> Lot {
    let cause = EventKey::of("p", "purchases", &number.to_string());
    Lot {
        id: LotId::of(issued_month, cause, "base", "p"),
        wallet: Name::from("points"),
        terms: Name::from("base"),
        partner: Name::from("p"),
        cause,
        version: 1,
        occurred_at: Timestamp(i64::from(number)),
        accrued_at: Timestamp(0),
        activates_at: Timestamp(0),
        expires_at: Timestamp::NEVER,
        issued: Points::at_least_zero(i64::from(number)),
        clawed_back: Points::ZERO,
        buckets: domain::lot::Buckets::default(),
        drawn_by: Vec::new(),
        reminded: 0,
        remind_at: Timestamp::NEVER,
        given_at: None,
    }
}

/// Every order of the same images, with repeats, ends in the newest: a stale retry is harmless.
#[test]
fn the_newest_image_wins_whatever_the_order_and_number_of_writes() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let stamps = [EPOCH + 7, EPOCH + 8, 2 * EPOCH];
    for (case, order) in orders.into_iter().enumerate() {
        let entity = member(&format!("order-{case}"));
        let image = |version: usize| {
            let mut account = Account::new(entity.clone());
            account.sequence = version as i64;
            // Fewer rows and emptier columns in newer images: nothing of an older one may shine through.
            account.open_holds = vec![EventKey::NONE; 2 - version];
            let mut lot = lot(24_000, 1);
            lot.drawn_by = vec![EventKey::NONE; 2 - version];
            [Row::Account(account), Row::Lot(lot)]
        };
        for version in order.into_iter().chain(order) {
            store.write_all(vec![rows(&entity, &image(version), stamps[version])]);
        }
        let expected = image(2).map(|row| stamped(&row, stamps[2]));
        assert_eq!(store.store.entity(&entity).unwrap(), expected, "order {order:?}");
    }
}

#[test]
fn a_head_comes_with_its_live_lots_in_key_order() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let (entity, empty, nobody) = (member("live"), member("empty"), member("nobody"));
    let mut account = Account::new(entity.clone());
    account.live_from = 24_003;
    let mut images = vec![Row::Account(account)];
    images.extend((0..40).map(|number| Row::Lot(lot(23_995 + number % 12, number))));
    images.sort_by_key(Row::key);
    let writes = vec![
        rows(&entity, &images, EPOCH),
        rows(&empty, &[Row::Account(Account::new(empty.clone()))], EPOCH),
    ];
    store.write_all(writes);

    let heads = [&entity, &empty, &nobody].map(|of| Read::Head(of.clone()));
    let answers = store.read(heads.to_vec());
    let live = |row: &&Row| matches!(row, Row::Lot(lot) if lot.id.issued_month >= 24_003);
    let lots: Vec<_> = images.iter().filter(live).map(|row| stamped(row, EPOCH)).collect();
    assert_eq!(lots.len(), 12, "months 24003 to 24006");
    let head = |row: &Row| Some(stamped(row, EPOCH));
    assert_eq!(
        answers,
        [
            Answer::Head { account: head(&images[0]), lots },
            Answer::Head { account: head(&Row::Account(Account::new(empty))), lots: Vec::new() },
            Answer::Head { account: None, lots: Vec::new() },
        ]
    );
}

#[test]
fn timers_are_read_in_order_in_pages_behind_a_cursor() {
    const DAY: i64 = 86_400_000;
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let dues = [-3 * DAY - 1, 0, 1, DAY - 1, DAY, 5 * DAY, 5 * DAY, 9_000 * DAY, 9_000 * DAY + 1];
    let timer = |(number, due): (usize, i64)| Timer {
        due: Timestamp(due),
        entity: member(&format!("{:02}", 99 - number)),
    };
    let mut timers: Vec<Timer> = dues.into_iter().enumerate().map(timer).collect();
    let write =
        |partition, timer: &Timer| Write::Timer { partition, timer: timer.clone(), write_ts: WriteTs(EPOCH) };
    let mut writes: Vec<Write> = timers.iter().map(|timer| write(0, timer)).collect();
    writes.push(write(1, &Timer { due: Timestamp(2), entity: member("elsewhere") }));
    writes.push(write(0, &timers[3]));
    store.write_all(writes);
    timers.sort();

    let nobody = EntityId::from_key("");
    let mut after = Timer { due: Timestamp::MIN, entity: nobody.clone() };
    let (mut found, until) = (Vec::new(), Timestamp(9_000 * DAY));
    loop {
        let page = store.timers(TimerScan { partition: 0, after: after.clone(), until, limit: 2 });
        found.extend(page.clone());
        match page.last() {
            Some(last) if page.len() == 2 => after = last.clone(),
            _ => break,
        }
    }
    assert_eq!(found, timers[..8], "all but the last, which is due a millisecond too late");
    let until = Timestamp(0);
    let scan =
        TimerScan { partition: 0, after: Timer { due: Timestamp(0), entity: nobody }, until, limit: 9 };
    assert_eq!(store.timers(scan), timers[1..2], "an empty entity stands before all others");
    let scan = TimerScan { partition: 0, after: timers[1].clone(), until: Timestamp::NEVER, limit: 9 };
    assert_eq!(store.timers(scan), timers[2..], "exclusive, to the end of time");
    let mut second = own.store();
    let scan = TimerScan { partition: 0, after, until: Timestamp::NEVER, limit: 9 };
    assert_eq!(second.timers(scan), timers[8..], "another instance finds the days too");
}

#[test]
fn a_partition_says_where_it_stands() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    assert_eq!(store.store.partition_state(3).unwrap(), engine::store::PartitionState::default());
    let cursor = Some(Timer { due: Timestamp(5), entity: member("5") });
    let row = PartitionRow { position: 70, clock: Timestamp(9), cursor };
    let text: Arc<str> = Arc::from("[programme]\nname = \"shop\"\n");
    let version =
        |version| ProgrammeVersion { programme: Name::from("shop"), version, text: Arc::clone(&text) };
    let programme = |number| Write::Programme {
        partition: 3,
        version: version(number),
        write_ts: WriteTs(EPOCH + i64::from(number)),
    };
    store.write_all(vec![
        Write::Partition { partition: 3, row: row.clone(), write_ts: WriteTs(EPOCH + 70) },
        Write::Partition { partition: 3, row: PartitionRow::START, write_ts: WriteTs(EPOCH + 69) },
        Write::Watermark { partition: 3, position: 900, write_ts: WriteTs(EPOCH + 60) },
        Write::Watermark { partition: 3, position: 800, write_ts: WriteTs(EPOCH + 50) },
        programme(2),
        programme(1),
    ]);
    let state = store.store.partition_state(3).unwrap();
    assert_eq!((state.row, state.row_ts), (Some(row), WriteTs(EPOCH + 70)));
    assert_eq!((state.watermark, state.watermark_ts), (Some(900), WriteTs(EPOCH + 60)));
    assert_eq!(state.programmes, [version(1), version(2)]);
    assert_eq!(store.store.flushed(4).unwrap(), [None, None, None, Some(WriteTs(EPOCH + 60))]);
    assert_eq!(store.store.partition_state(2).unwrap(), engine::store::PartitionState::default());
}

#[test]
fn a_scan_shows_every_entity_once_with_all_its_rows() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let mut expected = BTreeMap::new();
    let mut writes = Vec::new();
    // More than two stretches of a scan.
    for number in 0..700 {
        let entity = member(&number.to_string());
        let images = [Row::Account(Account::new(entity.clone())), Row::Lot(lot(24_000, number))];
        writes.push(rows(&entity, &images, EPOCH));
        expected.insert(entity, images.map(|row| stamped(&row, EPOCH)).to_vec());
    }
    store.write_all(writes);
    let mut found = BTreeMap::new();
    store
        .store
        .scan(&mut |entity, rows| assert!(found.insert(entity, rows).is_none(), "an entity was shown twice"))
        .unwrap();
    assert_eq!(found, expected);
}

#[test]
fn a_released_partition_hears_no_more() {
    let Some(own) = Own::new() else { return };
    let mut store = own.store();
    let entity = member("released");
    let ticket = store.ticket();
    store.store.write(ticket, rows(&entity, &[Row::Account(Account::new(entity.clone()))], EPOCH));
    store.store.release(0);
    // A later request of the same partition is answered; nothing of the earlier one is.
    let answers = store.read(vec![Read::Head(member("other"))]);
    assert_eq!(answers, [Answer::Head { account: None, lots: Vec::new() }]);
}

#[test]
fn what_is_missing_is_named_with_the_command_that_creates_it() {
    let Some(own) = Own::without_tables() else { return };
    let keyspace = &own.config.keyspace;
    let said = |result: Result<(), ScyllaError>| result.unwrap_err().to_string();
    let expected = format!(
        "expected keyspace `{keyspace}` with tables, found none; create them with `lotstream tables create`"
    );
    assert_eq!(said(tables::check(&own.config)), expected);
    assert_eq!(said(ScyllaStore::open(&own.config).map(drop)), expected);

    tables::create(&own.config).unwrap();
    tables::create(&own.config).unwrap();
    tables::check(&own.config).unwrap();
    tables::drop_table(&own.config, lotstream_scylla::Table::Holds).unwrap();
    let expected = format!("expected table {keyspace}.holds, found none; run `lotstream tables create`");
    assert_eq!(said(tables::check(&own.config)), expected);
    tables::create(&own.config).unwrap();

    let nowhere = lotstream_scylla::Config::new("127.0.0.1:1", "shop");
    assert_eq!(
        said(tables::check(&nowhere)),
        "expected a CQL server at 127.0.0.1:1; is it running? (here: `deploy/local/servers up cassandra`)"
    );
}

/// `CREATE TABLE` of a build that had none of the columns `added`.
fn without(text: &str, table: &str, added: &[&str], keyspace: &str) -> String {
    let newer = |line: &&str| added.iter().any(|column| line.starts_with(&format!("    {column} ")));
    assert_eq!(text.lines().filter(newer).count(), added.len());
    let older: Vec<&str> = text
        .lines()
        .filter(|line| !newer(line))
        .map(|line| line.split_once("--").map_or(line, |(code, _)| code))
        .collect();
    let older = older.join(" ").replace(&format!("EXISTS {table}"), &format!("EXISTS {keyspace}.{table}"));
    older.trim().trim_end_matches(';').to_owned()
}

fn missing(keyspace: &str, column: &str) -> String {
    format!("expected column {keyspace}.{column}, found none; run `lotstream tables create`, which adds it")
}

/// A keyspace of a build that knew neither tiers' order nor blocks nor activities nor cards, with a row of it.
#[test]
fn an_older_keyspace_is_upgraded_and_its_rows_are_read() {
    let Some(own) = Own::without_tables() else { return };
    let keyspace = own.config.keyspace.clone();
    let added = ["rating_order", "blocked", "activities", "quarantined", "erased", "links", "known"];
    let older = without(include_str!("../../../../deploy/cql/accounts.cql"), "accounts", &added, &keyspace);
    own.run(&format!("CREATE KEYSPACE {keyspace} WITH replication = {}", own.config.replication));
    own.run(&older);
    let (never, none) = (i64::MAX, "0x0100");
    own.run(&format!(
        "INSERT INTO {keyspace}.accounts (entity, now, sequence, wallets, has_standing, tier, tier_since, \
         tier_until, tier_evaluate, tier_spend, periods, open_holds, open_debts, waiting, live_from, next_due, \
         parked, write_ts) VALUES ('shop:member:old', 5, 1, {none}, false, '', {never}, {never}, {never}, {none}, \
         {none}, {none}, {none}, {none}, {}, {never}, false, {EPOCH}) USING TIMESTAMP {EPOCH}",
        i32::MAX
    ));
    let said = tables::check(&own.config).unwrap_err().to_string();
    assert!(
        added.iter().all(|column| said.contains(&missing(&keyspace, &format!("accounts.{column}")))),
        "{said}"
    );

    tables::create(&own.config).unwrap();
    tables::check(&own.config).unwrap();
    tables::create(&own.config).unwrap();
    let mut store = own.store();
    let mut account = Account::new(member("old"));
    (account.now, account.sequence) = (Timestamp(5), 1);
    let old = stamped(&Row::Account(account.clone()), EPOCH);
    assert_eq!(store.store.entity(&member("old")).unwrap(), [old]);
    (account.blocked, account.erased) = (true, true);
    let blocked = Row::Account(account);
    store.write_all(vec![rows(&member("old"), std::slice::from_ref(&blocked), EPOCH + 1)]);
    assert_eq!(store.store.entity(&member("old")).unwrap(), [stamped(&blocked, EPOCH + 1)]);
}

/// A purchase of a build that knew neither attributes nor funders: format 1 in columns, and columns not there.
#[test]
fn a_purchase_of_an_older_build_is_read_and_written_again() {
    let Some(own) = Own::without_tables() else { return };
    let keyspace = own.config.keyspace.clone();
    let (text, added) = (include_str!("../../../../deploy/cql/purchases.cql"), ["attributes", "profile"]);
    own.run(&format!("CREATE KEYSPACE {keyspace} WITH replication = {}", own.config.replication));
    own.run(&without(text, "purchases", &added, &keyspace));
    let (key, digest, none) = ("aa".repeat(16), "bb".repeat(16), "0x0100");
    let (lines, grants) = (none, format!("0x01010174 0210{key} 0406").replace(' ', ""));
    own.run(&format!(
        "INSERT INTO {keyspace}.purchases (entity, purchase, partner, id, occurred_at, version, tier, content, \
         outcome, lines, grants, redemptions, line, write_ts) VALUES ('shop:member:old', \
         aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa, 'p', 'i', 5, 1, '', 0x{digest}, 0x0100000000000000, {lines}, \
         {grants}, {none}, 00000000-0000-0000-0000-000000000000, {EPOCH}) USING TIMESTAMP {EPOCH}"
    ));
    let said = tables::check(&own.config).unwrap_err().to_string();
    assert!(added.iter().all(|column| said.contains(&missing(&keyspace, &format!("purchases.{column}")))));

    tables::create(&own.config).unwrap();
    tables::check(&own.config).unwrap();
    let key = EventKey::from_bytes([0xaa; 16]);
    let grant = PurchaseGrant {
        terms: Name::from("t"),
        lot: LotId { issued_month: 1, key },
        at_sale: Points::at_least_zero(2),
        now: Points::at_least_zero(3),
        funder: Name::default(),
    };
    let mut purchase = purchase(key, "i", Vec::new());
    (purchase.occurred_at, purchase.content) = (Timestamp(5), domain::Digest([0xbb; 16]));
    purchase.grants = vec![grant];
    let mut store = own.store();
    let old = stamped(&Row::Purchase(purchase.clone()), EPOCH);
    assert_eq!(store.store.entity(&member("old")).unwrap(), [old]);
    purchase.grants[0].funder = Name::from("f");
    purchase.profile = Some(Arc::default());
    let newer = Row::Purchase(purchase);
    store.write_all(vec![rows(&member("old"), std::slice::from_ref(&newer), EPOCH + 1)]);
    assert_eq!(store.store.entity(&member("old")).unwrap(), [stamped(&newer, EPOCH + 1)]);
}
