//! `lotstream programme publish`: a version, whole, as a command into every partition (design §7); and, of a
//! correction, a tick for every account that waits for it (S26).

use super::deployment::Deployment;
use super::sender::Sender;
use super::{other, state};
use crate::cli::distributed::PublishProgrammeArgs;
use crate::failure::Failure;
use crate::instant;
use crate::stdout;
use crate::table::counted;
use crate::versions::Version;
use crate::versions::waiting::{self, Forecast};
use domain::EntityId;
use domain::tariff::{Tariff, Tariffs};
use engine::codec::Codec;
use engine::config::Clock;
use engine::message::Frame;
use engine::route::partition_of;
use engine::store::Store;
use engine::wake;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::record::Outgoing;
use lotstream_scylla::ScyllaStore;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::AvroCodec;
use wire::registry::{Confluent, Registry};

/// How long ledgers may take to store a version.
const TAKING: Duration = Duration::from_secs(60);

/// Checks the file, examples included, tells what it warns of, and appends it to every partition.
pub(super) fn perform(deployment: &Deployment, args: &PublishProgrammeArgs) -> Result<ExitCode, Failure> {
    let version = read(args)?;
    let (programme, number) = (&version.tariff.programme, version.tariff.version);
    let corrects = version.tariff.correction.is_some();
    // The first version of a deployment may come before its tables do.
    if number > 1 || corrects {
        let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
        let mut known = state::tariffs(deployment, &mut store)?;
        let now = (deployment.feed.clock == Clock::Broker).then(instant::now);
        version.check(&known, now)?;
        known.add(Arc::clone(&version.tariff));
        if args.dry_run && corrects {
            stdout::print(format!("{programme} version {number} {}", stretch(&version.tariff)))?;
            stdout::print(forecast(&mut store, &known)?)?;
        }
    }
    if args.dry_run {
        stdout::print(format!("{programme} version {number} may be published; nothing was"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut commands = Commands::open(deployment)?;
    let frame = commands.codec.encode_programme(&version.published()).map_err(other)?;
    let partitions = commands.partitions;
    (0..partitions).try_for_each(|partition| commands.send(&frame, partition))?;
    commands.sender.finish()?;
    // Whether anybody reads this or not, what is begun is ended.
    let told = stdout::print(format!("{programme} version {number} is published to {partitions} partitions"));
    if corrects {
        let tariffs = await_taken(deployment, partitions, &version)?;
        let woken = wake_all(deployment, &mut commands, &tariffs, number)?;
        let stretch = stretch(&version.tariff);
        let woken = counted(woken, "account");
        stdout::print(format!("it {stretch}; {woken} that waited for it woken"))?;
    }
    told?;
    Ok(ExitCode::SUCCESS)
}

fn read(args: &PublishProgrammeArgs) -> Result<Version, Failure> {
    let file = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file).map_err(Failure::file("read", &args.file))?;
    let report = programme::check(&file, &text);
    match Version::of(&file, &text) {
        Ok(version) if report.passed() => {
            if !report.is_clean() {
                eprintln!("{report}");
            }
            Ok(version)
        }
        _ => Err(Failure::Programme(format!("{report}\nnothing was published"))),
    }
}

fn forecast(store: &mut ScyllaStore, tariffs: &Tariffs) -> Result<Forecast, Failure> {
    let mut forecast = Forecast::default();
    waiting::each(store, tariffs, |entity, decision| {
        forecast.add(entity, decision);
        Ok(())
    })?;
    Ok(forecast)
}

/// Waits until every partition has stored `version`: from then on a tick comes after it.
fn await_taken(deployment: &Deployment, partitions: i32, version: &Version) -> Result<Tariffs, Failure> {
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let (published, since) = (version.published(), Instant::now());
    for partition in 0..partitions {
        while !store.partition_state(partition).map_err(other)?.programmes.contains(&published) {
            if since.elapsed() > TAKING {
                return Err(other(format!(
                    "partition {partition} did not store the version within {} s, and accounts that wait for it \
                     were not woken: look whether a ledger runs, and whether `dead-letters` says why it was \
                     refused, then publish it again",
                    TAKING.as_secs()
                )));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }
    state::tariffs(deployment, &mut store)
}

/// Sends a tick to every account that waits; how many. One whose rows are not in the store yet is missed: its next
/// event does the same.
fn wake_all(
    deployment: &Deployment,
    commands: &mut Commands,
    tariffs: &Tariffs,
    version: i32,
) -> Result<u64, Failure> {
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let mut woken = 0;
    waiting::each(&mut store, tariffs, |entity, _| {
        woken += 1;
        commands.wake(&entity.account.entity, version)
    })?;
    commands.sender.finish()?;
    Ok(woken)
}

/// Appends records to `member-commands`.
struct Commands {
    sender: Sender,
    codec: AvroCodec,
    topic: String,
    partitions: i32,
}

impl Commands {
    fn open(deployment: &Deployment) -> Result<Self, Failure> {
        let registry: Arc<dyn Registry> = Arc::new(Confluent::new(deployment.registry()));
        let topics = deployment.topics();
        let admin = Admin::new(deployment.kafka()).map_err(other)?;
        let partitions = admin.check_pair(&topics.commands, &topics.wal).map_err(other)?;
        Ok(Self {
            sender: Sender::open(deployment, "the programme")?,
            codec: AvroCodec::new(&registry).map_err(other)?,
            topic: topics.commands,
            partitions: i32::try_from(partitions).map_err(other)?,
        })
    }

    fn wake(&mut self, entity: &EntityId, version: i32) -> Result<(), Failure> {
        let tick = Arc::new(wake::corrected(entity.clone(), version));
        let frame = self.codec.encode_command(&tick).map_err(other)?;
        self.send(&frame, partition_of(entity.as_str(), self.partitions))
    }

    fn send(&mut self, frame: &Frame, partition: i32) -> Result<(), Failure> {
        let headers: Vec<(&str, &[u8])> =
            frame.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        self.sender.send(&Outgoing {
            topic: &self.topic,
            partition: Some(partition),
            key: &frame.key,
            value: &frame.value,
            headers: &headers,
        })
    }
}

/// What `correction` replaces, in words.
fn stretch(correction: &Tariff) -> String {
    let replaces = correction.correction.as_ref().map(|it| {
        format!("replaces version {} for events from {} until {}", it.replaces, correction.from, it.until)
    });
    replaces.unwrap_or_default()
}
