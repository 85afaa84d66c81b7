//! What operators said of partners last: the compacted topic `partner-states`, read whole, and appended to.

use super::super::deployment::Deployment;
use super::super::other;
use crate::failure::Failure;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::feed::FeedProducer;
use lotstream_kafka::reader::{Reader, Start};
use lotstream_kafka::record::Outgoing;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::contract::Contract;
use wire::partner_state::PartnerState;
use wire::registry::{Cached, Confluent, Registry};

/// The largest record.
const LIMIT: usize = 64 << 10;
const TICK: Duration = Duration::from_millis(200);
/// How long the cluster may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn contract(deployment: &Deployment) -> Result<Contract, Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    Contract::new("partner_state", registry, LIMIT).map_err(other)
}

fn topic(deployment: &Deployment) -> String {
    format!("{}partner-states", deployment.prefix())
}

/// The last state of every partner that ever had one.
pub(super) fn all(deployment: &Deployment) -> Result<BTreeMap<String, PartnerState>, Failure> {
    let (topic, contract) = (topic(deployment), contract(deployment)?);
    let reader = Reader::open(deployment.kafka(), std::slice::from_ref(&topic), Start::Beginning);
    let (mut reader, mut states, mut heard) = (reader.map_err(other)?, BTreeMap::new(), Instant::now());
    while !reader.is_done() {
        if let Some(record) = reader.poll(TICK).map_err(other)? {
            heard = Instant::now();
            let partner = String::from_utf8_lossy(record.key()).into_owned();
            match record.value().filter(|value| !value.is_empty()) {
                None => _ = states.remove(&partner),
                Some(value) => {
                    let state = contract.decode::<PartnerState>(value, &mut Vec::new());
                    let place = |error| other(format!("{topic} {}: {error}", record.offset()));
                    states.insert(partner, state.map_err(place)?);
                }
            }
        }
        if heard.elapsed() > PATIENCE {
            return Err(other(format!(
                "expected {topic} to be read to its end, nothing came for {PATIENCE:?}"
            )));
        }
    }
    Ok(states)
}

/// Says a state, and waits until the cluster has it.
pub(super) fn say(deployment: &Deployment, state: &PartnerState) -> Result<(), Failure> {
    let value = contract(deployment)?.encode(state).map_err(other)?;
    let topic = topic(deployment);
    Admin::new(deployment.kafka()).and_then(|admin| admin.check_exist(&[&topic])).map_err(other)?;
    let producer = FeedProducer::new(deployment.kafka()).map_err(other)?;
    let key = state.partner.as_bytes();
    let record = Outgoing { topic: &topic, partition: Some(0), key, value: &value, headers: &[] };
    producer.send(&record, 0);
    let acknowledged = producer.wait(PATIENCE);
    let acknowledged = acknowledged
        .ok_or_else(|| other(format!("kafka did not acknowledge the state within {PATIENCE:?}")))?;
    acknowledged.result.map_err(other)?;
    Ok(())
}
