//! From publishing a purchase to its lot readable in the store, at a steady rate, through the purchases service,
//! the ledger and the CQL store. One purchase in twenty-five is looked for; the others are the load.

use crate::bed::{Bed, PARTNER};
use crate::instance::Instance;
use crate::{LatencyArgs, Outcome};
use domain::calendar::month_number;
use domain::{EntityId, EventKey, LotId, RowKey, Timestamp};
use engine::config::Clock;
use engine::store::{Answer, Read, Store as _, StoreEvent, Ticket};
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use lotstream_scylla::ScyllaStore;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use telemetry::{LogFormat, Stop};
use wire::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// One purchase in so many is looked for.
const SAMPLE: u32 = 25;
/// Purchases before the clock counts.
const WARM_UP: Duration = Duration::from_secs(10);
/// Between two rounds of looking; how exact a time is.
const PAUSE: Duration = Duration::from_millis(5);
/// When a purchase whose lot is not there is an error.
const PATIENCE: Duration = Duration::from_secs(30);

/// A purchase that was just published.
struct Sent {
    entity: EntityId,
    lot: LotId,
    at: Instant,
}

/// When a purchase was published, and how long its lot took to be readable.
type Found = (Instant, Duration);

pub(crate) fn run(args: &LatencyArgs) -> Outcome<()> {
    let bed = Bed::make()?;
    let ledger = Instance::start(&bed, "cql", [500, 5_000, 128])?;
    let feed_config = feed_config(&bed);
    let stop = Stop::default();
    let times = std::thread::scope(|scope| -> Outcome<Vec<Found>> {
        let purchases = scope.spawn(|| feed::service::run(&feed::PURCHASES, feed_config, &stop));
        let (sender, receiver) = channel();
        let looker = scope.spawn(|| look(&bed.cql, &{ receiver }));
        let published = publish(&bed, args, &sender);
        drop(sender);
        let times = looker.join().map_err(|_| "the looker panicked")??;
        stop.ask();
        purchases.join().map_err(|_| "the purchases service panicked")??;
        published.map(|()| times)
    })?;
    if args.course {
        course(&times);
    }
    let mut times: Vec<Duration> = times.into_iter().map(|(_, took)| took).collect();
    times.sort();
    let at = |share: usize| times.get((times.len() * share / 1000).min(times.len().saturating_sub(1)));
    println!(
        "{} purchases a second for {} s, {} looked for: p50 {:.1?}, p90 {:.1?}, p99 {:.1?}, p99.9 {:.1?}; \
         the ledger held {} MB at its peak",
        args.rate,
        args.seconds,
        times.len(),
        at(500).copied().unwrap_or_default(),
        at(900).copied().unwrap_or_default(),
        at(990).copied().unwrap_or_default(),
        at(999).copied().unwrap_or_default(),
        ledger.peak()
    );
    Ok(())
}

/// The slowest of each second, to see whether slowness comes at a start, in bursts or all the time.
fn course(times: &[Found]) {
    let Some(first) = times.iter().map(|(at, _)| *at).min() else { return };
    let mut slowest = BTreeMap::<u64, Duration>::new();
    for (at, took) in times {
        let worst = slowest.entry((*at - first).as_secs()).or_default();
        *worst = (*worst).max(*took);
    }
    for (second, worst) in slowest {
        println!("{second:>4} s  {worst:>10.1?}");
    }
}

fn feed_config(bed: &Bed) -> feed::service::Config {
    feed::service::Config {
        kafka: bed.kafka.clone(),
        registry: bed.registry.clone(),
        programme: bed.programme.to_string(),
        clock: Clock::Broker,
        listen: "127.0.0.1:0".into(),
        log: "warn".into(),
        log_format: LogFormat::Text,
        traces: String::new(),
        drain: Duration::from_secs(20),
        open_records: 10_000,
        bad: feed::service::Limit { percent: 0, records: 200 },
        prefix: bed.prefix.clone(),
        identity: feed::Identity::GIVEN,
    }
}

/// Publishes at the rate, by the clock, not by the answers.
fn publish(bed: &Bed, args: &LatencyArgs, looker: &Sender<Sent>) -> Outcome<()> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(&bed.registry)));
    let contract = Contract::new(feed::PURCHASES.schema, registry, feed::limits::RECORD)?;
    let producer = FeedProducer::new(&bed.kafka)?;
    let topic = format!("{}purchases.{PARTNER}", bed.prefix);
    let gap = Duration::from_secs(1) / args.rate.max(1);
    let total = args.rate * args.seconds + args.rate * u32::try_from(WARM_UP.as_secs())?;
    let started = Instant::now();
    for number in 0..total {
        let due = started + gap * number;
        while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
            std::thread::park_timeout(wait);
        }
        let member = format!("m-{}", number.wrapping_mul(2_654_435_761) % args.members.max(1));
        let id = format!("{}{number}", bed.prefix);
        let line = line(&id, &member)?;
        let record = feed::PURCHASES.publish(
            &contract,
            bed.programme.as_str(),
            &feed::Identity::GIVEN,
            line.as_bytes(),
        )?;
        let (key, value) = (record.key.as_slice(), record.value.as_slice());
        let at = Instant::now();
        producer.send(&Outgoing { topic: &topic, partition: None, key, value, headers: &[] }, 0);
        if number % SAMPLE == 0 && at - started > WARM_UP {
            let entity = EntityId::member(bed.programme.as_str(), &member);
            let key = EventKey::of(PARTNER, "purchases", &id);
            let lot = LotId::of(month_number(wall()?), key, "points", PARTNER);
            looker.send(Sent { entity, lot, at })?;
        }
        producer.acknowledged().try_for_each(|acknowledged| acknowledged.result.map(|_| ()))?;
    }
    Ok(())
}

fn wall() -> Outcome<Timestamp> {
    Ok(Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?))
}

fn line(id: &str, member: &str) -> Outcome<String> {
    let at = wall()?;
    Ok(format!(
        r#"{{"id":"{id}","member":"{member}","occurred_at":"{at}","currency":"RUB","total":"1000.00","lines":[{{"line":1,"sku":"helmet","group":"clothing","quantity":"1","amount":"1000.00"}}]}}"#
    ))
}

/// Looks for the lots of all purchases that are not readable yet, in one round of reads by key every [`PAUSE`].
fn look(cql: &lotstream_scylla::Config, sent: &Receiver<Sent>) -> Result<Vec<Found>, String> {
    let mut store = ScyllaStore::open(cql).map_err(|error| error.to_string())?;
    let (mut times, mut pending) = (Vec::new(), Vec::<Sent>::new());
    loop {
        match sent.recv_timeout(PAUSE) {
            Ok(purchase) => pending.push(purchase),
            Err(RecvTimeoutError::Disconnected) if pending.is_empty() => return Ok(times),
            Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(PAUSE),
            Err(RecvTimeoutError::Timeout) => {}
        }
        pending.extend(sent.try_iter());
        if let Some(late) = pending.iter().find(|purchase| purchase.at.elapsed() > PATIENCE) {
            return Err(format!("{:?} of {} is not in the store after {PATIENCE:?}", late.lot, late.entity));
        }
        let mut there = readable(&mut store, &pending)?.into_iter();
        pending.retain(|purchase| {
            let found = there.next() == Some(true);
            if found {
                times.push((purchase.at, purchase.at.elapsed()));
            }
            !found
        });
    }
}

/// Whether each purchase's lot is in the store.
fn readable(store: &mut ScyllaStore, pending: &[Sent]) -> Result<Vec<bool>, String> {
    if pending.is_empty() {
        return Ok(Vec::new());
    }
    let reads = pending.iter().map(|purchase| Read::Row(purchase.entity.clone(), RowKey::Lot(purchase.lot)));
    store.read(Ticket { partition: 0, number: 0 }, reads.collect());
    let mut events = Vec::new();
    loop {
        std::thread::park_timeout(Duration::from_millis(1));
        store.poll(&mut events).map_err(|error| error.to_string())?;
        for event in events.drain(..) {
            if let StoreEvent::Loaded { answers, .. } = event {
                return Ok(answers.iter().map(|answer| matches!(answer, Answer::Row(Some(_)))).collect());
            }
        }
    }
}
