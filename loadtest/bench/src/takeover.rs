//! From the loss of a ledger (SIGKILL) to the next decision of each partition it owned, under a steady load, with ever more
//! members in the store. The members are there because a ledger decided a purchase of each.

use crate::bed::{Bed, PARTNER};
use crate::instance::Instance;
use crate::made::purchase_of;
use crate::throughput::{fill, now, watch};
use crate::{Outcome, TakeoverArgs};
use engine::codec::Codec as _;
use engine::route::partition_of;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Outgoing;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const PARTITIONS: usize = 4;
/// The group's session timeout, in seconds: as short as operators would have it.
const SESSION: u64 = 6;
/// How long a loss is watched, and how long everything runs before it.
const WATCHED: Duration = Duration::from_secs(25);
const BEFORE: Duration = Duration::from_secs(12);
/// Rows, transactions and memory as the services have them.
const BOUNDS: [usize; 3] = [500, 5_000, 128];

pub(crate) fn run(args: &TakeoverArgs) -> Outcome<()> {
    let bed = Bed::make()?;
    let mut there = 0;
    println!(
        "{:>12}{:>8}{:>12}{:>12}{:>12}{:>12}  seconds from a loss to the next decision; the session is {SESSION} s",
        "members", "losses", "shortest", "median", "longest", "beyond it"
    );
    for members in &args.members {
        add_members(&bed, there..*members)?;
        there = there.max(*members);
        let mut gaps = lose(&bed, there, args)?;
        gaps.sort();
        let (first, last) = (gaps.first(), gaps.last());
        let seconds = |gap: Option<&Duration>| gap.copied().unwrap_or_default().as_secs_f32();
        let median = gaps.get(gaps.len() / 2);
        let beyond = median.map(|gap| gap.saturating_sub(Duration::from_secs(SESSION)));
        println!(
            "{there:>12}{:>8}{:>12.2}{:>12.2}{:>12.2}{:>12.2}",
            gaps.len(),
            seconds(first),
            seconds(median),
            seconds(last),
            seconds(beyond.as_ref())
        );
    }
    Ok(())
}

/// Has a ledger decide the first purchase of each of these members.
fn add_members(bed: &Bed, members: std::ops::Range<u32>) -> Outcome<()> {
    if members.is_empty() {
        return Ok(());
    }
    let count = members.len();
    let topics = [format!("{}outcomes.{PARTNER}", bed.prefix)];
    let reader = Reader::open(&bed.kafka, &topics, Start::Now)?;
    let at = now()?;
    let _ledger = Instance::start(bed, "cql", BOUNDS)?;
    fill(bed, members.map(|member| purchase_of(bed, member, member, at)))?;
    let took = watch(reader, u32::try_from(count)?)?;
    eprintln!("{count} members more, in {took:.0?}");
    Ok(())
}

/// The longest silence of a partition around each loss.
fn lose(bed: &Bed, members: u32, args: &TakeoverArgs) -> Outcome<Vec<Duration>> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = scope.spawn(|| publish(bed, members, args.rate, &over).map_err(|error| error.to_string()));
        let gaps = watch_losses(bed, args.losses);
        over.store(true, Ordering::Relaxed);
        load.join().map_err(|_| "the load panicked")??;
        gaps
    })
}

fn watch_losses(bed: &Bed, losses: usize) -> Outcome<Vec<Duration>> {
    let start = || Instance::start_with_session(bed, "cql", BOUNDS, SESSION);
    let mut ledgers = [start()?, start()?];
    let topics = [format!("{}ledger-entries", bed.prefix)];
    let mut reader = Reader::open(&bed.kafka, &topics, Start::Now)?;
    let mut gaps = Vec::new();
    for loss in 0..losses {
        silence(&mut reader, BEFORE)?;
        ledgers[loss % 2].kill();
        gaps.push(silence(&mut reader, WATCHED)?);
        ledgers[loss % 2] = start()?;
    }
    Ok(gaps)
}

/// Watches for so long: the longest time one of the partitions had no decision.
fn silence(reader: &mut Reader, watched: Duration) -> Outcome<Duration> {
    let began = Instant::now();
    let (mut last, mut longest) = ([began; PARTITIONS], [Duration::ZERO; PARTITIONS]);
    while began.elapsed() < watched {
        let Some(record) = reader.poll(Duration::from_millis(5))? else { continue };
        let partition = usize::try_from(record.partition())? % PARTITIONS;
        longest[partition] = longest[partition].max(last[partition].elapsed());
        last[partition] = Instant::now();
    }
    let open = last.iter().map(Instant::elapsed).max().unwrap_or_default();
    Ok(longest.into_iter().max().unwrap_or_default().max(open))
}

/// A steady load of purchases, by the clock, spread over the members, until it is over.
fn publish(bed: &Bed, members: u32, rate: u32, over: &AtomicBool) -> Outcome<()> {
    let producer = FeedProducer::new(&bed.kafka)?;
    let topic = bed.topics().commands;
    let gap = Duration::from_secs(1) / rate.max(1);
    let started = Instant::now();
    // Behind every number that stands for a member's first purchase.
    let first = u32::MAX / 2 + members;
    for number in 0.. {
        if over.load(Ordering::Relaxed) {
            return Ok(());
        }
        let due = started + gap * number;
        while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
            std::thread::park_timeout(wait);
        }
        let member = number.wrapping_mul(2_654_435_761) % members.max(1);
        let at = now()?;
        let id = first.wrapping_add(number).wrapping_add(u32::try_from(at.0 % 1_000_000_000)?);
        let command = purchase_of(bed, id, member, at);
        let frame = bed.codec.encode_command(&command)?;
        let partition = Some(partition_of(command.entity.as_str(), PARTITIONS as i32));
        let (key, value) = (frame.key.as_slice(), frame.value.as_slice());
        producer.send(&Outgoing { topic: &topic, partition, key, value, headers: &[] }, 0);
        producer.acknowledged().try_for_each(|acknowledged| acknowledged.result.map(|_| ()))?;
    }
    Ok(())
}
