//! How fast the transaction cycle of one ledger instance runs, without deciding anything: commands are read
//! from `member-commands`, and for each one image of 300 bytes and one event of 180 bytes are committed with
//! the input offset.
//!
//! `transactions [--seconds S] [--linger-us U] [--partitions P] BATCH…`, broker from `LOTSTREAM_KAFKA`.
#![allow(clippy::unwrap_used, clippy::float_arithmetic, missing_docs)]

use engine::log::{Appending, Log, LogEvent, Transaction};
use engine::message::{Frame, Outgoing, Topic};
use lotstream_kafka::admin::{Admin, TopicSpec};
use lotstream_kafka::ledger::{Config, Topics};
use lotstream_kafka::{Connection, KafkaLog};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const WAIT: Duration = Duration::from_millis(100);
const AHEAD: usize = 20_000;

struct Options {
    seconds: u64,
    linger: Duration,
    partitions: u32,
    batches: Vec<usize>,
}

fn options() -> Options {
    let mut options =
        Options { seconds: 5, linger: Duration::from_millis(1), partitions: 1, batches: Vec::new() };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse::<u64>().ok()).expect("a number");
        match word.as_str() {
            "--seconds" => options.seconds = number(),
            "--linger-us" => options.linger = Duration::from_micros(number()),
            "--partitions" => options.partitions = u32::try_from(number()).unwrap(),
            batch => options.batches.push(batch.parse().expect("a batch size")),
        }
    }
    if options.batches.is_empty() {
        options.batches = vec![100, 500, 2_000];
    }
    options
}

fn frame(number: usize, size: usize) -> Frame {
    // Not all the same byte: compression would flatter.
    let byte = |place: usize| (number.wrapping_mul(31).wrapping_add(place * place * 17) >> 3) as u8;
    Frame {
        key: format!("member:{number}").into_bytes(),
        value: (0..size).map(byte).collect(),
        headers: vec![],
    }
}

/// One partition's share of the work.
#[derive(Default)]
struct Work {
    ready: VecDeque<i64>,
    open: Option<(usize, Instant)>,
    paused: bool,
}

struct Run {
    log: KafkaLog,
    admin: Admin,
    topics: Topics,
    work: BTreeMap<i32, Work>,
    committed: usize,
    cycles: Vec<Duration>,
}

impl Run {
    fn open(options: &Options) -> Self {
        let brokers =
            std::env::var("LOTSTREAM_KAFKA").expect("LOTSTREAM_KAFKA: eval \"$(deploy/local/servers env)\"");
        let connection = Connection::to(brokers);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let prefix = format!("bench-{since}-");
        let mut config = Config::new(connection.clone());
        config.topics = Topics::with_prefix(&prefix);
        config.group = format!("{prefix}ledger");
        config.transactional_prefix = format!("{prefix}ledger-");
        config.linger = options.linger;
        let specs: Vec<_> = config
            .topics
            .required()
            .iter()
            .map(|name| TopicSpec::new(*name, options.partitions, 1).with("retention.bytes", "2000000000"))
            .collect();
        let admin = Admin::new(&connection).unwrap();
        admin.create(&specs).unwrap();
        let topics = config.topics.clone();
        let log = KafkaLog::open(config).unwrap();
        Self { log, admin, topics, work: BTreeMap::new(), committed: 0, cycles: Vec::new() }
    }

    fn clear(&self) {
        self.admin.delete(&self.topics.required()).unwrap();
    }

    fn poll(&mut self) -> Vec<LogEvent<Frame>> {
        let mut events = Vec::new();
        self.log.poll(WAIT, &mut events).unwrap();
        events
    }

    /// Takes the partitions over and fills `member-commands` with `count` commands each.
    fn prepare(&mut self, count: usize) {
        while self.work.is_empty() {
            for event in self.poll() {
                if let LogEvent::Assigned(partitions) = event {
                    self.work.extend(partitions.into_iter().map(|partition| (partition, Work::default())));
                }
            }
        }
        let partitions: Vec<i32> = self.work.keys().copied().collect();
        let start = Instant::now();
        for &partition in &partitions {
            self.log.fence(partition).unwrap();
        }
        println!("{} partitions fenced in {:?}", partitions.len(), start.elapsed());
        let start = Instant::now();
        for &partition in &partitions {
            for from in (0..count).step_by(AHEAD) {
                let to = (from + AHEAD).min(count);
                let messages: Vec<_> = (from..to)
                    .map(|token| Appending { token: token as u64, to: partition, message: frame(token, 200) })
                    .collect();
                let mut left = messages.len();
                self.log.append(partition, messages);
                while left > 0 {
                    for event in self.poll() {
                        if let LogEvent::Appended { tokens, .. } = event {
                            left -= tokens.len();
                        }
                    }
                }
            }
        }
        let all = (count * partitions.len()) as f64;
        println!("{all} commands appended, {:.0}/s", all / start.elapsed().as_secs_f64());
        for &partition in &partitions {
            self.log.start(partition, None).unwrap();
        }
    }

    fn commit(&mut self, batch: usize) {
        for (&partition, work) in &mut self.work {
            if work.open.is_some() || work.ready.len() < batch {
                continue;
            }
            let offsets: Vec<i64> = work.ready.drain(..batch).collect();
            let image = |offset: &i64| frame(usize::try_from(*offset).unwrap(), 300);
            let event = |offset: &i64| Outgoing {
                topic: Topic::Entries,
                message: frame(usize::try_from(*offset).unwrap(), 180),
            };
            let transaction = Transaction {
                wal: offsets.iter().map(image).collect(),
                events: offsets.iter().map(event).collect(),
                position: offsets.last().unwrap() + 1,
            };
            work.open = Some((batch, Instant::now()));
            self.log.commit(partition, transaction);
        }
    }

    /// Takes every partition over from itself, with a tail of nothing but a control record.
    fn take_over(&mut self) {
        let start = Instant::now();
        let partitions: Vec<i32> = self.work.keys().copied().collect();
        for &partition in &partitions {
            self.log.fence(partition).unwrap();
            let position = self.log.committed(partition).unwrap();
            let range = self.log.wal_range(partition).unwrap();
            self.log.read_wal(partition, range.end - 1, range.end).unwrap();
            self.log.start(partition, position).unwrap();
        }
        println!("a takeover: {:?}", start.elapsed() / u32::try_from(partitions.len()).unwrap());
    }

    fn step(&mut self, batch: usize) {
        self.commit(batch);
        for event in self.poll() {
            match event {
                LogEvent::Records { partition, records } => {
                    let work = self.work.get_mut(&partition).unwrap();
                    work.ready.extend(records.iter().map(|record| record.offset));
                    if work.ready.len() > AHEAD && !work.paused {
                        work.paused = true;
                        self.log.pause(partition).unwrap();
                    }
                }
                LogEvent::CommitResult { partition, result } => {
                    result.unwrap();
                    let work = self.work.get_mut(&partition).unwrap();
                    let (count, since) = work.open.take().unwrap();
                    self.committed += count;
                    self.cycles.push(since.elapsed());
                    if work.paused && work.ready.len() < AHEAD / 2 {
                        work.paused = false;
                        self.log.resume(partition).unwrap();
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

fn main() {
    let options = options();
    let mut run = Run::open(&options);
    let per_second = 80_000;
    let count = per_second * options.seconds as usize * options.batches.len() / options.partitions as usize;
    run.prepare(count);
    for &batch in &options.batches {
        (run.committed, run.cycles) = (0, Vec::new());
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(options.seconds) {
            run.step(batch);
        }
        let rate = run.committed as f64 / start.elapsed().as_secs_f64();
        run.cycles.sort_unstable();
        let at = |share: usize| run.cycles[run.cycles.len() * share / 100];
        println!(
            "{batch} a transaction, {} partitions: {rate:.0} commands/s; cycle p50 {:?}, p99 {:?}",
            options.partitions,
            at(50),
            at(99)
        );
    }
    while run.work.values().any(|work| work.open.is_some()) {
        run.step(usize::MAX);
    }
    run.take_over();
    run.log.close().unwrap();
    run.clear();
}
