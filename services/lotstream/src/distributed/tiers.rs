//! An account's changes of tier, from the topic `tier-changes`: the store keeps the tier it stands at, not how it came
//! there.

use super::deployment::Deployment;
use super::{other, whole};
use crate::failure::Failure;
use domain::event::TierChange;
use domain::{EntityId, Timestamp};
use engine::route::partition_of;
use lotstream_kafka::reader::{Reader, Start};
use std::sync::Arc;
use wire::contract::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// The largest record that is read.
const LIMIT: usize = 1 << 20;

/// What the topic still holds.
pub(super) struct Kept {
    /// The account's changes, in order.
    pub(super) changes: Vec<TierChange>,
    /// From when, where the topic's retention has taken some; none where all are there.
    pub(super) from: Option<Timestamp>,
}

/// Reads the one partition where the account's changes are.
pub(super) fn of(deployment: &Deployment, entity: &EntityId) -> Result<Kept, Failure> {
    let topic = format!("{}tier-changes", deployment.prefix());
    let choose = |count: usize| partition_of(entity.as_str(), i32::try_from(count).unwrap_or(1));
    let reader = Reader::open_partition(deployment.kafka(), &topic, choose, Start::Beginning);
    let mut reader = reader.map_err(other)?;
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    let contract = Contract::new("tier_change", registry, LIMIT).map_err(other)?;
    let shortened = reader.is_shortened();
    let (mut kept, mut scratch) = (Kept { changes: Vec::new(), from: None }, Vec::new());
    whole::to_the_end(&mut reader, &topic, |record| {
        let first = shortened && kept.from.is_none();
        if first || record.key() == entity.as_str().as_bytes() {
            let change = contract.decode(record.value().unwrap_or_default(), &mut scratch);
            kept.take(change.map_err(|error| whole::at(record, error))?, entity, first);
        }
        Ok(())
    })?;
    if shortened && kept.from.is_none() {
        kept.from = Some(Timestamp::NEVER);
    }
    Ok(kept)
}

impl Kept {
    fn take(&mut self, change: TierChange, entity: &EntityId, first: bool) {
        if first {
            self.from = Some(change.at);
        }
        if change.entity == *entity && self.changes.last() != Some(&change) {
            self.changes.push(change);
        }
    }
}
