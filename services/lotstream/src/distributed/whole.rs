//! A topic of a deployment, read whole: from the first record there still is to the end it has now.

use super::deployment::Deployment;
use super::other;
use crate::failure::Failure;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Incoming;
use std::time::{Duration, Instant};

/// How long one look for a record may take.
const TICK: Duration = Duration::from_millis(200);
/// How long nothing may come before reading is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hands every record of `topic`, a name without the prefix, to `take`, those of a partition in their order.
pub(super) fn each(
    deployment: &Deployment,
    topic: &str,
    take: impl FnMut(&Incoming<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let topic = format!("{}{topic}", deployment.prefix());
    let reader = Reader::open(deployment.kafka(), std::slice::from_ref(&topic), Start::Beginning);
    to_the_end(&mut reader.map_err(other)?, &topic, take)
}

/// Hands what `reader` reads of `topic`, its full name, to `take`.
pub(super) fn to_the_end(
    reader: &mut Reader,
    topic: &str,
    mut take: impl FnMut(&Incoming<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut heard = Instant::now();
    while !reader.is_done() {
        if let Some(record) = reader.poll(TICK).map_err(other)? {
            heard = Instant::now();
            take(&record)?;
        }
        if heard.elapsed() > PATIENCE {
            return Err(other(format!(
                "expected {topic} to be read to its end, nothing came for {PATIENCE:?}"
            )));
        }
    }
    Ok(())
}

/// What is wrong with `record`, and where it stands.
pub(super) fn at(record: &Incoming<'_>, error: impl std::fmt::Display) -> Failure {
    other(format!("{} {} {}: {error}", record.topic(), record.partition(), record.offset()))
}
