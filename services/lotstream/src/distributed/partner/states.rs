//! What operators said of partners last: the compacted topic `partner-states`, read whole, and appended to.

use super::super::deployment::Deployment;
use super::super::sender::Sender;
use super::super::{other, whole};
use crate::failure::Failure;
use lotstream_kafka::admin::Admin;
use lotstream_kafka::record::Outgoing;
use std::collections::BTreeMap;
use std::sync::Arc;
use wire::contract::Contract;
use wire::partner_state::PartnerState;
use wire::registry::{Cached, Confluent, Registry};

/// The topic, without the prefix.
const TOPIC: &str = "partner-states";
/// The largest record.
const LIMIT: usize = 64 << 10;

fn contract(deployment: &Deployment) -> Result<Contract, Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    Contract::new("partner_state", registry, LIMIT).map_err(other)
}

/// The last state of every partner that ever had one.
pub(super) fn all(deployment: &Deployment) -> Result<BTreeMap<String, PartnerState>, Failure> {
    let (contract, mut states) = (contract(deployment)?, BTreeMap::new());
    whole::each(deployment, TOPIC, |record| {
        let partner = String::from_utf8_lossy(record.key()).into_owned();
        match record.value().filter(|value| !value.is_empty()) {
            None => _ = states.remove(&partner),
            Some(value) => {
                let state = contract.decode::<PartnerState>(value, &mut Vec::new());
                states.insert(partner, state.map_err(|error| whole::at(record, error))?);
            }
        }
        Ok(())
    })?;
    Ok(states)
}

/// Says a state, and waits until the cluster has it.
pub(super) fn say(deployment: &Deployment, state: &PartnerState) -> Result<(), Failure> {
    let value = contract(deployment)?.encode(state).map_err(other)?;
    let topic = format!("{}{TOPIC}", deployment.prefix());
    Admin::new(deployment.kafka()).and_then(|admin| admin.check_exist(&[&topic])).map_err(other)?;
    let mut sender = Sender::open(deployment, "the state")?;
    let key = state.partner.as_bytes();
    sender.send(&Outgoing { topic: &topic, partition: Some(0), key, value: &value, headers: &[] })?;
    sender.finish()
}
