//! The topic `ledger-entries`, read whole: what a settlement is made of.

use super::deployment::Deployment;
use super::{other, whole};
use crate::failure::Failure;
use domain::entry::Entry;
use std::sync::Arc;
use wire::contract::Contract;
use wire::registry::{Cached, Confluent, Registry};

/// The largest entry that is read.
const LIMIT: usize = 1 << 20;

/// Hands every entry there is to `take`, those of an account in their order.
pub(super) fn each(
    deployment: &Deployment,
    mut take: impl FnMut(Entry) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    let contract = Contract::new("entry", registry, LIMIT).map_err(other)?;
    let mut scratch = Vec::new();
    whole::each(deployment, "ledger-entries", |record| {
        let entry = contract.decode(record.value().unwrap_or_default(), &mut scratch);
        take(entry.map_err(|error| whole::at(record, error))?)
    })
}
