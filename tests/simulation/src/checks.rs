//! What must hold when a run has come to rest. Reads the log and the replicas, and asks no instance.

use crate::broker::Partition;
use crate::guards::Guard;
use crate::oracle::{Fold, fold};
use crate::poison::SIMULATED;
use crate::store::newest;
use crate::world::World;
use domain::command::Command;
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::entry::{Entry, EntryKind};
use domain::event::OutcomeRecord;
use domain::lot::{Bucket, Buckets};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::resume;
use domain::{EntityId, Event, EventKey, LotId, Name, Timestamp};
use embedded::{DeadLettered, Value};

use engine::route::partition_of;
use engine::store::{Answer, Read};
use std::collections::{BTreeMap, BTreeSet};

/// How late a wake may be, in milliseconds of the log's clock.
const WAKES_WITHIN: i64 = 90_000;
/// Violations told of each kind.
const TOLD: usize = 3;

/// Points of an entry, from one bucket to another.
type Flow = (Option<Bucket>, Option<Bucket>, i64);

/// What was found.
pub(crate) struct Judged {
    /// All that is wrong.
    pub(crate) violations: Vec<String>,
    /// Members and cards that have a state.
    pub(crate) entities: usize,
}

/// Looks at everything.
pub(crate) fn all(world: &World) -> Judged {
    let folded = |partition: &Partition| fold(&partition.input, world.poison);
    let folds: Vec<Fold> = world.broker.partitions.iter().map(folded).collect();
    let mut wrong = Vec::new();
    for (number, folded) in folds.iter().enumerate() {
        let mut here = events(world, number as i32, folded);
        here.extend(state(world, folded));
        here.extend(conserved(folded));
        here.extend(timers(world, folded));
        here.extend(parked(folded));
        wrong.extend(here.into_iter().map(|text| format!("partition {number}: {text}")));
    }
    if !world.without.lacks(Guard::ForwardedIdKept) {
        wrong.extend(follow_ups(world, &folds));
    }
    wrong.extend(moved(&folds));
    wrong.extend(answers(world, &folds));
    wrong.extend(once(world));
    Judged { violations: wrong, entities: folds.iter().map(|fold| fold.rows.len()).sum() }
}

/// The events of the committed transactions are those of the fold, in its order.
fn events(world: &World, partition: i32, folded: &Fold) -> Vec<String> {
    let there = world.broker.committed_events(partition);
    let told: Vec<&Event> = there
        .filter_map(|outgoing| match &outgoing.message {
            Value::Event(event) => Some(&**event),
            _ => None,
        })
        .collect();
    let first = told.iter().zip(&folded.events).position(|(told, expected)| **told != *expected);
    match first {
        Some(place) => {
            vec![format!(
                "event {place} is {}, expected {}",
                brief(told[place]),
                brief(&folded.events[place])
            )]
        }
        None if told.len() != folded.events.len() => {
            vec![format!("{} events, expected {}", told.len(), folded.events.len())]
        }
        None => Vec::new(),
    }
}

/// An event in a few words.
fn brief(event: &Event) -> String {
    match event {
        Event::Entry(entry) => {
            format!("entry {} of {}: {:?} {}", entry.sequence, entry.entity, entry.kind, entry.points)
        }
        Event::Outcome(record) => {
            format!("the answer to {}: {:?}", record.source.offset, record.outcome.kind)
        }
        other => format!("{other:?}").chars().take(80).collect(),
    }
}

/// Any two replicas together hold the rows of the fold, and its entries once each.
fn state(world: &World, folded: &Fold) -> Vec<String> {
    let mut wrong = Vec::new();
    let known: BTreeSet<&EntityId> = folded.rows.keys().collect();
    for (one, other) in [(0, 1), (1, 2), (0, 2)] {
        for entity in &known {
            let read = Read::Whole((*entity).clone());
            let whole = newest(world.replicas[one].read(&read), world.replicas[other].read(&read));
            let Answer::Whole(rows) = whole else { continue };
            let expected = &folded.rows[*entity];
            let differs = rows.len() != expected.len()
                || rows.iter().any(|row| expected.get(&row.row.key()) != Some(&*row.row));
            if differs && wrong.len() < TOLD {
                let of = rows.iter().find(|row| expected.get(&row.row.key()) != Some(&*row.row));
                let of = of.map(|row| (row.write_ts, row.row.key()));
                wrong.push(format!("{entity} in replicas {one} and {other} is not what was decided: {of:?}"));
            }
        }
    }
    wrong.extend(statement(world, folded));
    wrong
}

/// The entries in the store are those of the fold.
fn statement(world: &World, folded: &Fold) -> Option<String> {
    let mut told: BTreeMap<(&EntityId, i64), u32> = BTreeMap::new();
    let mut stored = BTreeSet::new();
    for replica in &world.replicas {
        stored.extend(replica.entries.iter().map(|((entity, _, sequence), _)| (entity, *sequence)));
    }
    for event in &folded.events {
        if let Event::Entry(entry) = event {
            *told.entry((&entry.entity, entry.sequence)).or_default() += 1;
        }
    }
    let twice = told.iter().find(|(_, times)| **times > 1).map(|(key, _)| format!("{key:?} is posted twice"));
    let missing = told.keys().find(|key| !stored.contains(*key)).map(|key| format!("{key:?} is not stored"));
    let more = stored
        .iter()
        .find(|(entity, sequence)| {
            folded.rows.contains_key(*entity) && !told.contains_key(&(*entity, *sequence))
        })
        .map(|key| format!("{key:?} is stored, and nobody posted it"));
    twice.or(missing).or(more).map(|text| format!("entry {text}"))
}

/// Points are conserved, and entries and state agree (S05).
fn conserved(folded: &Fold) -> Vec<String> {
    let mut flows: BTreeMap<(&EntityId, &Name), Vec<Flow>> = BTreeMap::new();
    for event in &folded.events {
        if let Event::Entry(entry) = event {
            let flow = (entry.from, entry.to, entry.points.get());
            flows.entry((&entry.entity, &entry.wallet)).or_default().push(flow);
        }
    }
    let mut wrong = Vec::new();
    for (id, entity) in &folded.entities {
        let lots = entity.lots.rows().values().all(lot_adds_up);
        let wallets = entity.account.wallets.iter().all(|balance| wallet_adds_up(&entity.account, balance));
        if !lots || !wallets {
            wrong.push(format!("S05: {id} does not add up"));
        }
        for balance in &entity.account.wallets {
            let flows = flows.get(&(id, &balance.wallet)).map_or(&[][..], Vec::as_slice);
            if let Some(bucket) = disagrees(&balance.buckets, flows) {
                wrong.push(format!(
                    "S05: entries of {id} do not come to its {bucket:?} of {}",
                    balance.wallet
                ));
            }
        }
    }
    wrong.truncate(TOLD);
    wrong
}

/// What left one account came to another, once (S33): over all accounts nothing is on its way any more.
fn moved(folds: &[Fold]) -> Option<String> {
    let mut flows: BTreeMap<&Name, i64> = BTreeMap::new();
    for event in folds.iter().flat_map(|fold| &fold.events) {
        if let Event::Entry(entry) = event {
            let sign = match entry.kind {
                EntryKind::MovedOut => 1,
                EntryKind::MovedIn => -1,
                _ => 0,
            };
            *flows.entry(&entry.wallet).or_default() += sign * entry.points.get();
        }
    }
    let (wallet, left) = flows.into_iter().find(|(_, left)| *left != 0)?;
    Some(format!("S05: {left} more points of {wallet} left accounts than came to any"))
}

fn disagrees(buckets: &Buckets, flows: &[Flow]) -> Option<Bucket> {
    let sum = |bucket: Bucket| -> i64 {
        let signed = |(from, to, points): &Flow| {
            let (into, out) = (*to == Some(bucket), *from == Some(bucket));
            points * (i64::from(into) - i64::from(out))
        };
        flows.iter().map(signed).sum()
    };
    Bucket::ALL.into_iter().find(|bucket| buckets.get(*bucket).get() != sum(*bucket))
}

/// Nobody was left asleep beyond what was due (S09).
fn timers(world: &World, folded: &Fold) -> Vec<String> {
    let seen_to = Timestamp(world.clock() - WAKES_WITHIN);
    let late = folded.entities.values().filter(|entity| entity.account.next_due < seen_to);
    late.take(TOLD)
        .map(|entity| {
            format!("{} is due since {} and nobody woke it", entity.account.entity, entity.account.next_due)
        })
        .collect()
}

/// No account waits for an operator any more, and nothing in one behind a command that failed.
fn parked(folded: &Fold) -> Vec<String> {
    let mut wrong = Vec::new();
    for (id, entity) in &folded.entities {
        if entity.account.parked {
            wrong.push(format!("{id} is still parked, and everything is mended"));
        }
        let is_unseen = |key| entity.seen.rows().get(key).is_none_or(resume::failed);
        let forgotten = entity.parked.rows().values().find(|row| row.waits && is_unseen(&row.key));
        wrong
            .extend(forgotten.map(|row| format!("{id} has a {:?} that waits for nothing", row.command.body)));
    }
    wrong.truncate(TOLD);
    wrong
}

/// Events that wait in an account, as for their purchase.
fn waiting(folds: &[Fold]) -> BTreeSet<EventKey> {
    let entities = folds.iter().flat_map(|fold| fold.entities.values());
    let rows = entities.flat_map(|entity| entity.parked.rows().values()).filter(|row| row.waits);
    rows.map(|row| row.command.asked().0.key).collect()
}

/// What was to be sent on is there; and nothing is there that nobody sent.
fn follow_ups(world: &World, folds: &[Fold]) -> Vec<String> {
    let partitions = world.broker.partitions.len() as i32;
    let mut there: BTreeSet<(EventKey, &EntityId)> = BTreeSet::new();
    for partition in &world.broker.partitions {
        for record in &partition.input {
            if let Value::Command(command) = &record.message {
                there.insert((command.key, &command.entity));
            }
        }
    }
    let sent = folds.iter().flat_map(|fold| &fold.follow_ups);
    let lost: Vec<&Command> =
        sent.filter(|command| !there.contains(&(command.key, &command.entity))).collect();
    lost.iter()
        .take(TOLD)
        .map(|command| {
            let to = partition_of(command.entity.as_str(), partitions);
            format!("a follow-up to {} was never sent to partition {to}: {:?}", command.entity, command.body)
        })
        .collect()
}

/// All that was committed, partition by partition.
fn committed(world: &World) -> impl Iterator<Item = &Value> {
    let partitions = 0..world.broker.partitions.len() as i32;
    let of = |partition| world.broker.committed_events(partition);
    partitions.flat_map(of).map(|outgoing| &outgoing.message)
}

/// A lot is issued by one decision, of one account; there is one notice for each cause (S30); and nothing failed but what
/// was meant to.
fn once(world: &World) -> Vec<String> {
    let mut issued: BTreeMap<LotId, &Entry> = BTreeMap::new();
    let mut notices: BTreeSet<EventKey> = BTreeSet::new();
    let mut wrong = Vec::new();
    for value in committed(world) {
        match value {
            Value::DeadLetter(letter) => wrong.extend(bug(letter)),
            Value::Event(event) => match &**event {
                Event::Entry(entry) if entry.kind == EntryKind::Accrual => {
                    let first = issued.insert(entry.lot, entry);
                    wrong.extend(first.and_then(|first| issued_again(first, entry)));
                }
                Event::Notice(notice) if !notices.insert(notice.id) => {
                    wrong.push(format!("S30: a notice was sent twice, then as {notice:?}"));
                }
                _ => {}
            },
            _ => {}
        }
    }
    wrong.truncate(TOLD);
    wrong
}

/// Whether two entries issued one lot: a decision has one for each rule.
fn issued_again(first: &Entry, then: &Entry) -> Option<String> {
    let is_one = (&first.entity, first.recorded_at) == (&then.entity, then.recorded_at);
    let Entry { lot, entity, .. } = then;
    (!is_one).then(|| format!("S05: {lot:?} was issued to {}, and again to {entity}", first.entity))
}

/// Every event a partner published is answered, by its position in the feed; and only one answer says that anything was
/// done: what a card sends on again after a takeover may be answered once more, as a duplicate, and what failed is
/// answered again when it is replayed; and what waits behind that is answered *parked* as often as it comes.
fn answers(world: &World, folds: &[Fold]) -> Vec<String> {
    let waiting = waiting(folds);
    let mut answered: BTreeMap<i64, Vec<&OutcomeRecord>> = BTreeMap::new();
    let (mut later, mut fates) = (BTreeSet::<i64>::new(), BTreeSet::<EventKey>::new());
    let mut wrong = Vec::new();
    for value in committed(world) {
        let Value::Event(event) = value else { continue };
        if let Event::Outcome(record) = &**event
            && !is_behind(record)
        {
            fates.insert(record.event);
        }
        match &**event {
            Event::Outcome(record) if record.later && is_behind(record) => {}
            Event::Outcome(record) if record.later => _ = later.insert(record.source.offset),
            Event::Outcome(record) if !failed(&record.outcome) => {
                answered.entry(record.source.offset).or_default().push(record);
            }
            _ => {}
        }
    }
    for offset in &world.published {
        let Some(records) = answered.get(offset) else {
            // Of a binding whose second step failed the first answer says that, and the next is a later fate.
            if later.contains(offset) {
                continue;
            }
            wrong.push(format!("S27: the event at {offset} has no outcome, but that it failed maybe"));
            continue;
        };
        // What waited behind a failed command was let go on; of an event that came twice one fate is told.
        let has_fate =
            |record: &&OutcomeRecord| fates.contains(&record.event) || waiting.contains(&record.event);
        if !records.iter().any(has_fate) {
            wrong.push(format!("S27: the event at {offset} waits, and nobody says what became of it"));
        }
        // A copy of what was answered elsewhere may wait behind a failed command of an account that cannot know.
        let copies =
            |record: &&&OutcomeRecord| record.outcome.kind == OutcomeKind::Duplicate || is_behind(record);
        if records.iter().filter(|record| !copies(record)).count() > 1 {
            let told: Vec<String> = records.iter().map(|record| whole(record)).collect();
            wrong.push(format!("S27: the event at {offset} was answered as {}", told.join(", then as ")));
        }
    }
    wrong.truncate(TOLD);
    wrong
}

/// Whether it says that the event waits behind a failed command.
fn is_behind(record: &OutcomeRecord) -> bool {
    record.outcome.reason == Reason::EntityParked
}

/// A command that failed and was not meant to: the core has a mistake, whatever its account came to.
fn bug(letter: &DeadLettered) -> Option<String> {
    let is_one = letter.reason == Reason::Poison && !letter.text.contains(SIMULATED);
    is_one.then(|| format!("{}:{} failed: {}", letter.partition, letter.offset, letter.text))
}

/// An answer with where it came from.
fn whole(record: &OutcomeRecord) -> String {
    let OutcomeRecord { outcome, entity, at, .. } = record;
    format!("{:?} ({:?}) by {entity} at {at:?}", outcome.kind, outcome.reason)
}

/// Whether it says that the event failed: it is answered again when it is replayed.
fn failed(outcome: &Outcome) -> bool {
    outcome.kind == OutcomeKind::DeadLettered && outcome.reason == Reason::Poison
}
