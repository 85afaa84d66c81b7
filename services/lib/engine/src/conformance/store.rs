//! The suite of [`Store`].

use super::sample::{MONTHS, entry, rows};
use super::wait_for;
use crate::store::{Answer, Read, Stamped, Store, StoreEvent, Ticket, TimerScan, Write};
use crate::wal::{PartitionRow, ProgrammeVersion, Timer, WriteTs};
use domain::{EntityId, EventKey, Row, RowKey, Timestamp};
use std::sync::Arc;

/// Runs every case. `make` opens a store on tables that only this suite writes to; all of them are the same
/// tables, which need not be empty if their content is of an earlier run.
///
/// # Panics
/// Where a case fails.
pub fn store_conformance<S: Store>(mut make: impl FnMut() -> S) {
    what_is_not_there_is_reported_absent(&mut Bench::new(make(), "absent"));
    every_kind_of_row_comes_back_as_it_was_written(&mut Bench::new(make(), "round-trip"));
    an_older_image_never_replaces_a_newer_one(&mut Bench::new(make(), "older"));
    the_same_image_twice_is_once(&mut Bench::new(make(), "twice"));
    shorter_lists_replace_longer_ones(&mut Bench::new(make(), "shorter"));
    a_head_comes_with_its_live_lots_alone(&mut Bench::new(make(), "head"));
    answers_stand_in_the_order_of_the_reads(&mut Bench::new(make(), "order"));
    what_one_instance_wrote_another_reads(&mut Bench::new(make(), "writer"), make());
    a_statement_is_in_order_of_its_sequence(&mut Bench::new(make(), "statement"));
    a_scan_shows_every_entity_whole(&mut Bench::new(make(), "scan"));
    partition_row_and_watermark_keep_their_newest(&mut Bench::new(make(), "partition"));
    programmes_come_back_in_order(&mut Bench::new(make(), "programmes"));
    timers_are_scanned_in_pages(&mut Bench::new(make(), "timers"));
    nothing_comes_for_a_released_partition(&mut Bench::new(make(), "released"));
}

/// A store, and keys of the case's own.
struct Bench<S> {
    store: S,
    case: &'static str,
    partition: i32,
    number: u64,
    events: Vec<StoreEvent>,
}

impl<S: Store> Bench<S> {
    fn new(store: S, case: &'static str) -> Self {
        // A partition of its own: derived from the name, the same in every run.
        let bytes = EventKey::of("conformance", case, "").as_bytes()[..2].to_vec();
        let partition = 10_000 + i32::from(u16::from_be_bytes([bytes[0], bytes[1]]));
        Self { store, case, partition, number: 0, events: Vec::new() }
    }

    fn entity(&self, n: u32) -> EntityId {
        EntityId::member("conformance", &format!("{}-{n}", self.case))
    }

    fn ticket(&mut self) -> Ticket {
        self.number += 1;
        Ticket { partition: self.partition, number: self.number }
    }

    fn answer(&mut self, wanted: Ticket) -> StoreEvent {
        let mut found = None;
        wait_for(self.case, || {
            self.store.poll(&mut self.events).expect("the store answers");
            let place = self.events.iter().position(|event| event.ticket() == wanted);
            found = place.map(|place| self.events.remove(place));
            found.is_some()
        });
        found.expect("waited for it")
    }

    fn write(&mut self, write: Write) {
        let ticket = self.ticket();
        self.store.write(ticket, write);
        assert_eq!(self.answer(ticket), StoreEvent::Written { ticket });
    }

    /// Writes all sample rows of an entity, as varied by `n`, with the stamp `at`.
    fn write_rows(&mut self, entity: &EntityId, n: i64, at: i64) -> Vec<Stamped> {
        let stamped: Vec<Stamped> = rows(entity, n).into_iter().map(|row| stamp(row, at)).collect();
        self.write(Write::Rows { entity: entity.clone(), rows: stamped.clone(), entries: Vec::new() });
        stamped
    }

    fn read(&mut self, reads: Vec<Read>) -> Vec<Answer> {
        let ticket = self.ticket();
        self.store.read(ticket, reads);
        match self.answer(ticket) {
            StoreEvent::Loaded { answers, .. } => answers,
            other => panic!("expected the answers to a read, found {other:?}"),
        }
    }
}

fn stamp(row: Row, at: i64) -> Stamped {
    Stamped { write_ts: WriteTs(at), row: Arc::new(row) }
}

fn what_is_not_there_is_reported_absent(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    let key = RowKey::Purchase(EventKey::of("a", "b", "c"));
    let reads = vec![Read::Head(entity.clone()), Read::Row(entity.clone(), key), Read::Whole(entity.clone())];
    let nothing = Answer::Head { account: None, lots: Vec::new() };
    assert_eq!(bench.read(reads), [nothing, Answer::Row(None), Answer::Whole(Vec::new())]);
    assert_eq!(bench.store.entity(&entity).expect("the store answers"), []);
    let state = bench.store.partition_state(bench.partition).expect("the store answers");
    assert_eq!(state, crate::store::PartitionState::default());
}

fn every_kind_of_row_comes_back_as_it_was_written(bench: &mut Bench<impl Store>) {
    for n in [0, 1] {
        let entity = bench.entity(n);
        let written = bench.write_rows(&entity, i64::from(n), 100);
        for stamped in &written {
            let answers = bench.read(vec![Read::Row(entity.clone(), stamped.row.key())]);
            assert_eq!(answers, [Answer::Row(Some(stamped.clone()))]);
        }
        assert_eq!(bench.read(vec![Read::Whole(entity.clone())]), [Answer::Whole(written.clone())]);
        assert_eq!(bench.store.entity(&entity).expect("the store answers"), written);
    }
}

fn an_older_image_never_replaces_a_newer_one(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    bench.write_rows(&entity, 1, 1_001);
    let newest = bench.write_rows(&entity, 2, 1_002);
    bench.write_rows(&entity, 3, 1_000);
    assert_eq!(bench.store.entity(&entity).expect("the store answers"), newest);
}

fn the_same_image_twice_is_once(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    bench.write_rows(&entity, 1, 1_001);
    let again = bench.write_rows(&entity, 1, 1_001);
    assert_eq!(bench.store.entity(&entity).expect("the store answers"), again);
}

/// What an image no longer has must not shine through from the one before.
fn shorter_lists_replace_longer_ones(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    bench.write_rows(&entity, 1, 1_001);
    let bare = stamp(Row::Account(domain::Account::new(entity.clone())), 1_002);
    bench.write(Write::Rows { entity: entity.clone(), rows: vec![bare.clone()], entries: Vec::new() });
    let answers = bench.read(vec![Read::Row(entity, RowKey::Account)]);
    assert_eq!(answers, [Answer::Row(Some(bare))]);
}

fn a_head_comes_with_its_live_lots_alone(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    let written = bench.write_rows(&entity, 1, 1_001);
    let account = written.iter().find(|stamped| stamped.row.key() == RowKey::Account).cloned();
    let live =
        |stamped: &&Stamped| matches!(&*stamped.row, Row::Lot(lot) if lot.id.issued_month >= MONTHS[1]);
    let lots: Vec<Stamped> = written.iter().filter(live).cloned().collect();
    assert_eq!(lots.len(), 2, "two of the sample's lots are live");
    assert_eq!(bench.read(vec![Read::Head(entity)]), [Answer::Head { account, lots }]);
}

fn answers_stand_in_the_order_of_the_reads(bench: &mut Bench<impl Store>) {
    let entities: Vec<EntityId> = (0..50).map(|n| bench.entity(n)).collect();
    for entity in entities.iter().step_by(2) {
        bench.write_rows(entity, 1, 1_001);
    }
    let reads = entities.iter().map(|entity| Read::Row(entity.clone(), RowKey::Account)).collect();
    let found: Vec<Option<EntityId>> = bench
        .read(reads)
        .into_iter()
        .map(|answer| match answer {
            Answer::Row(Some(Stamped { row, .. })) => match &*row {
                Row::Account(account) => Some(account.entity.clone()),
                other => panic!("expected a head row, found {other:?}"),
            },
            Answer::Row(None) => None,
            other => panic!("expected a row, found {other:?}"),
        })
        .collect();
    let expected: Vec<Option<EntityId>> =
        entities.iter().enumerate().map(|(n, entity)| (n % 2 == 0).then(|| entity.clone())).collect();
    assert_eq!(found, expected);
}

fn what_one_instance_wrote_another_reads<S: Store>(bench: &mut Bench<S>, other: S) {
    let entity = bench.entity(1);
    let written = bench.write_rows(&entity, 1, 1_001);
    let mut reader = Bench::new(other, "reader");
    for stamped in written {
        let answers = reader.read(vec![Read::Row(entity.clone(), stamped.row.key())]);
        assert_eq!(answers, [Answer::Row(Some(stamped))]);
    }
}

fn a_statement_is_in_order_of_its_sequence(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    let head = |at| stamp(Row::Account(domain::Account::new(entity.clone())), at);
    // The second batch first, and one of them twice: a takeover writes again.
    for (at, sequences) in [(1_002, [3, 4]), (1_001, [1, 2]), (1_002, [3, 4])] {
        let entries = sequences.map(|sequence| (WriteTs(at), Arc::new(entry(&entity, sequence)))).to_vec();
        bench.write(Write::Rows { entity: entity.clone(), rows: vec![head(at)], entries });
    }
    let expected: Vec<_> = (1..=4).map(|sequence| entry(&entity, sequence)).collect();
    assert_eq!(bench.store.statement(&entity).expect("the store answers"), expected);
}

fn a_scan_shows_every_entity_whole(bench: &mut Bench<impl Store>) {
    let entities: Vec<EntityId> = (0..3).map(|n| bench.entity(n)).collect();
    let written: Vec<_> = entities.iter().map(|entity| bench.write_rows(entity, 1, 1_001)).collect();
    let mut found = Vec::new();
    bench
        .store
        .scan(&mut |entity, rows| {
            if entities.contains(&entity) {
                found.push((entity, rows));
            }
        })
        .expect("the store answers");
    found.sort_by(|a, b| a.0.cmp(&b.0));
    let expected: Vec<_> = entities.iter().cloned().zip(written).collect();
    assert_eq!(found, expected);
}

fn partition_row_and_watermark_keep_their_newest(bench: &mut Bench<impl Store>) {
    let partition = bench.partition;
    let timer = Timer { due: Timestamp(86_400_000), entity: bench.entity(1) };
    let row = |position| PartitionRow {
        position,
        clock: Timestamp(position),
        cursor: (position > 5).then(|| timer.clone()),
    };
    for position in [5, 9, 7] {
        let write_ts = WriteTs(1_000 + position);
        bench.write(Write::Partition { partition, row: row(position), write_ts });
        bench.write(Write::Watermark { partition, position: 10 * position, write_ts });
    }
    let state = bench.store.partition_state(partition).expect("the store answers");
    assert_eq!((state.row, state.row_ts), (Some(row(9)), WriteTs(1_009)));
    assert_eq!((state.watermark, state.watermark_ts), (Some(90), WriteTs(1_009)));
    bench.write(Write::Partition { partition, row: PartitionRow::START, write_ts: WriteTs(1_010) });
    let state = bench.store.partition_state(partition).expect("the store answers");
    assert_eq!(state.row, Some(PartitionRow::START), "no cursor, and the first clock, are values too");
}

fn programmes_come_back_in_order(bench: &mut Bench<impl Store>) {
    let partition = bench.partition;
    let version = |programme: &str, version| ProgrammeVersion {
        programme: programme.into(),
        version,
        text: format!("# {programme} {version}\n").into(),
    };
    let all = [version("a", 1), version("a", 2), version("a", 10), version("b", 1)];
    for place in [3, 1, 0, 2, 1] {
        let write_ts = WriteTs(1_000);
        bench.write(Write::Programme { partition, version: all[place].clone(), write_ts });
    }
    let state = bench.store.partition_state(partition).expect("the store answers");
    assert_eq!(state.programmes, all);
}

fn timers_are_scanned_in_pages(bench: &mut Bench<impl Store>) {
    const DAY: i64 = 86_400_000;
    let partition = bench.partition;
    // Over days, two entities at one instant, one day without any; written in another order.
    let due = [(DAY - 1, 1), (DAY, 1), (DAY, 2), (DAY + 5, 1), (3 * DAY, 1), (3 * DAY + 1, 1)];
    let timers: Vec<Timer> =
        due.iter().map(|(due, n)| Timer { due: Timestamp(*due), entity: bench.entity(*n) }).collect();
    for place in [4, 0, 3, 5, 1, 2, 0] {
        let timer = timers[place].clone();
        bench.write(Write::Timer { partition, timer, write_ts: WriteTs(1_000) });
    }
    let mut scan = |after: Timer, until: i64, limit| {
        let ticket = bench.ticket();
        bench.store.scan_timers(ticket, TimerScan { partition, after, until: Timestamp(until), limit });
        match bench.answer(ticket) {
            StoreEvent::Timers { timers, .. } => timers,
            other => panic!("expected timers, found {other:?}"),
        }
    };
    let before = |due| Timer { due: Timestamp(due), entity: EntityId::from_key("") };
    assert_eq!(scan(before(DAY - 1), 3 * DAY, 10), timers[..5], "the end is inclusive");
    assert_eq!(scan(before(DAY - 1), 3 * DAY, 2), timers[..2], "a page");
    assert_eq!(scan(timers[1].clone(), 3 * DAY, 2), timers[2..4], "the next one begins behind it");
    assert_eq!(scan(timers[3].clone(), 3 * DAY, 2), timers[4..5], "over a day without any");
    assert_eq!(scan(timers[4].clone(), 3 * DAY, 2), []);
}

fn nothing_comes_for_a_released_partition(bench: &mut Bench<impl Store>) {
    let entity = bench.entity(1);
    let ticket = bench.ticket();
    bench.store.read(ticket, vec![Read::Head(entity.clone())]);
    bench.store.release(bench.partition);
    // Another partition's requests go on.
    bench.partition += 1;
    let written = bench.write_rows(&entity, 1, 1_001);
    assert_eq!(bench.store.entity(&entity).expect("the store answers"), written);
}
