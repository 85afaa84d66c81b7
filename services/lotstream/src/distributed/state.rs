//! `lotstream state hash`: the state of a running deployment as of an instant, read and never written.

use super::deployment::Deployment;
use super::other;
use crate::cli::StateArgs;
use crate::failure::Failure;
use crate::inspect::{Shown, state};
use crate::instant;
use domain::tariff::Tariffs;
use engine::store::Store;
use lotstream_kafka::admin::Admin;
use lotstream_scylla::ScyllaStore;

/// Shows the totals and the hash.
pub(super) fn perform(deployment: &Deployment, args: &StateArgs) -> Result<Shown, Failure> {
    let Some(at) = &args.at else {
        return Err(other(
            "expected an instant, as in `--at 2018-02-01T00:00:00Z`; a deployment goes on meanwhile",
        ));
    };
    let at = instant::parse("--at", at)?;
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let tariffs = tariffs(deployment, &mut store)?;
    state::show(&mut store, &tariffs, at, args.json)
}

/// The programmes the deployment knows, from the store.
pub(super) fn tariffs(deployment: &Deployment, store: &mut ScyllaStore) -> Result<Tariffs, Failure> {
    let topics = deployment.topics();
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let partitions = admin.check_pair(&topics.commands, &topics.wal).map_err(other)?;
    let mut tariffs = Tariffs::default();
    for partition in 0..partitions {
        let state = store.partition_state(i32::try_from(partition).unwrap_or(0)).map_err(other)?;
        for version in &state.programmes {
            tariffs.add(ledger::compile(version).map_err(other)?);
        }
    }
    Ok(tariffs)
}
