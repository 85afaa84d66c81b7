//! The topic `ledger-entries`, read whole: what a settlement is made of.

use super::deployment::Deployment;
use super::other;
use crate::failure::Failure;
use domain::entry::Entry;
use lotstream_kafka::reader::{Reader, Start};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::contract::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// The largest entry that is read.
const LIMIT: usize = 1 << 20;
/// How long one look for a record may take.
const TICK: Duration = Duration::from_millis(500);
/// How long nothing may come before reading is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hands every entry there is to `take`, those of an account in their order.
pub(super) fn each(
    deployment: &Deployment,
    mut take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let topic = format!("{}ledger-entries", deployment.prefix());
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    let contract = Contract::new("entry", registry, LIMIT).map_err(other)?;
    let mut reader =
        Reader::open(deployment.kafka(), std::slice::from_ref(&topic), Start::Beginning).map_err(other)?;
    let (mut heard, mut scratch) = (Instant::now(), Vec::new());
    while !reader.is_done() {
        if let Some(record) = reader.poll(TICK).map_err(other)? {
            heard = Instant::now();
            let place = |error| other(format!("{topic} {} {}: {error}", record.partition(), record.offset()));
            take(contract.decode(record.value().unwrap_or_default(), &mut scratch).map_err(place)?)?;
        }
        if heard.elapsed() > PATIENCE {
            return Err(other(format!(
                "expected {topic} to be read to its end, nothing came for {PATIENCE:?}"
            )));
        }
    }
    Ok(())
}
