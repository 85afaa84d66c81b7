//! A ledger instance on Kafka empties a filled `member-commands`. The clock runs from its first committed
//! outcome to its last; the broker, and the store where there is one, share the machine.

use crate::bed::{Bed, PARTNER};
use crate::instance::Instance;
use crate::made::purchase;
use crate::{LedgerArgs, Outcome};
use domain::Timestamp;
use domain::command::Command;
use engine::codec::Codec as _;
use engine::route::partition_of;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Outgoing;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long no outcome may come.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn run(args: &LedgerArgs) -> Outcome<()> {
    let bed = Bed::make()?;
    let at = now()?;
    fill(&bed, (0..args.commands).map(|number| purchase(&bed, number, args.members, at)))?;
    println!("{} commands in member-commands", args.commands);
    let topics = [format!("{}outcomes.{PARTNER}", bed.prefix)];
    let reader = Reader::open(&bed.kafka, &topics, Start::Now)?;
    let ledger = Instance::start(&bed, &args.store, [args.batch, args.unflushed, args.cache])?;
    let took = watch(reader, args.commands)?;
    let rate = u128::from(args.commands) * 1000 / took.as_millis().max(1);
    println!(
        "{} one-line purchases of {} members, store {}, {} a transaction: {took:.1?}, {rate} a second; \
         the ledger held {} MB at its peak",
        args.commands,
        args.members,
        args.store,
        args.batch,
        ledger.peak()
    );
    Ok(())
}

/// Now, by the wall.
pub(crate) fn now() -> Outcome<Timestamp> {
    Ok(Timestamp(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?))
}

/// Puts commands into `member-commands`.
pub(crate) fn fill(bed: &Bed, commands: impl Iterator<Item = Arc<Command>>) -> Outcome<()> {
    let producer = FeedProducer::new(&bed.kafka)?;
    let topic = bed.topics().commands;
    let mut open = 0_u32;
    for command in commands {
        let frame = bed.codec.encode_command(&command)?;
        let partition = Some(partition_of(command.entity.as_str(), 4));
        let (key, value) = (frame.key.as_slice(), frame.value.as_slice());
        producer.send(&Outgoing { topic: &topic, partition, key, value, headers: &[] }, 0);
        open += 1;
        for acknowledged in producer.acknowledged() {
            acknowledged.result?;
            open -= 1;
        }
    }
    while open > 0 {
        producer.wait(PATIENCE).ok_or("kafka does not acknowledge what fills the topic")?.result?;
        open -= 1;
    }
    Ok(())
}

/// How long it took from the first outcome to the last.
pub(crate) fn watch(mut reader: Reader, commands: u32) -> Outcome<Duration> {
    let (mut heard, mut first, mut last) = (0_u32, None, Instant::now());
    while heard < commands {
        if reader.poll(Duration::from_millis(100))?.is_some() {
            heard += 1;
            last = Instant::now();
            first.get_or_insert(last);
        } else if last.elapsed() > PATIENCE {
            return Err(format!("{heard} outcomes of {commands} came, then none for {PATIENCE:?}").into());
        }
    }
    Ok(first.map_or(Duration::ZERO, |first: Instant| last - first))
}
