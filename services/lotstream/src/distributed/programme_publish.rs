//! `lotstream programme publish`: a version, whole, as a command into every partition (design §7).

use super::deployment::Deployment;
use super::other;
use crate::cli::distributed::PublishProgrammeArgs;
use crate::failure::Failure;
use engine::wal::ProgrammeVersion;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::record::Outgoing;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use wire::AvroCodec;
use wire::registry::{Confluent, Registry};

/// Checks the file, examples included, and appends it to every partition.
pub(super) fn perform(deployment: &Deployment, args: &PublishProgrammeArgs) -> Result<ExitCode, Failure> {
    let file = args.file.display().to_string();
    let text = std::fs::read_to_string(&args.file).map_err(Failure::file("read", &args.file))?;
    let report = programme::check(&file, &text);
    let tariff = match programme::compile(&file, &text) {
        Ok(tariff) if report.passed() => tariff,
        _ => return Err(Failure::Programme(format!("{report}\nnothing was published"))),
    };
    let version = ProgrammeVersion {
        programme: tariff.programme.clone(),
        version: tariff.version,
        text: Arc::from(text),
    };
    let registry: Arc<dyn Registry> = Arc::new(Confluent::new(deployment.registry()));
    let frame = AvroCodec::new(&registry).map_err(other)?.encode_programme(&version).map_err(other)?;
    let topics = deployment.topics();
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let partitions = admin.check_pair(&topics.commands, &topics.wal).map_err(other)?;
    let producer = FeedProducer::new(deployment.kafka()).map_err(other)?;
    let headers: Vec<(&str, &[u8])> =
        frame.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    for partition in 0..partitions {
        let partition = i32::try_from(partition).ok();
        let record = Outgoing {
            topic: &topics.commands,
            partition,
            key: &frame.key,
            value: &frame.value,
            headers: &headers,
        };
        producer.send(&record, 0);
    }
    for _ in 0..partitions {
        let acknowledged = producer.wait(Duration::from_secs(30));
        let acknowledged =
            acknowledged.ok_or_else(|| other("kafka did not acknowledge the programme within 30 s"))?;
        acknowledged.result.map_err(other)?;
    }
    println!("{} version {} is published to {partitions} partitions", tariff.programme, tariff.version);
    Ok(ExitCode::SUCCESS)
}
