//! `lotstream state hash`: the state of a running deployment as of an instant, read and never written.

use super::deployment::Deployment;
use super::other;
use crate::cli::distributed::StateArgs;
use crate::failure::Failure;
use crate::instant;
use crate::totals::{Ledger, Totals};
use domain::tariff::Tariffs;
use domain::{Entity, EntityId, Row, Timestamp};
use engine::store::{Stamped, Store};
use lotstream_kafka::admin::Admin;
use lotstream_scylla::ScyllaStore;
use std::process::ExitCode;

/// Prints the totals and the hash.
pub(super) fn perform(deployment: &Deployment, args: &StateArgs) -> Result<ExitCode, Failure> {
    let at = instant::parse("--at", &args.at)?;
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let tariffs = tariffs(deployment, &mut store)?;
    let ledger = totals(&mut store, &tariffs, at)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&ledger).map_err(other)?);
    } else {
        println!("\n{ledger}");
    }
    Ok(if ledger.conserved { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn totals(store: &mut ScyllaStore, tariffs: &Tariffs, at: Timestamp) -> Result<Ledger, Failure> {
    let mut totals = Totals::new(at);
    let mut failed = None;
    store
        .scan(&mut |id, rows| match matured(id, rows, tariffs, at) {
            Ok(entity) => totals.add(&entity),
            Err(failure) => failed = failed.take().or(Some(failure)),
        })
        .map_err(other)?;
    match failed {
        Some(failure) => Err(failure),
        None => Ok(totals.finish()),
    }
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

/// Up to when an account is decided: the broker's clock may be ahead of this machine's.
pub(super) fn decided_until(rows: &[Stamped]) -> Timestamp {
    let head = rows.iter().find_map(|stamped| match stamped.row.as_ref() {
        Row::Account(account) => Some(account.now),
        _ => None,
    });
    head.unwrap_or(Timestamp::MIN)
}

/// An account as of `at`, from all its rows.
pub(super) fn matured(
    id: EntityId,
    rows: Vec<Stamped>,
    tariffs: &Tariffs,
    at: Timestamp,
) -> Result<Entity, Failure> {
    let mut entity = Entity::new(id, true);
    rows.into_iter().for_each(|stamped| entity.put(Row::clone(&stamped.row)));
    if entity.account.now > at {
        let (now, id) = (entity.account.now, &entity.account.entity);
        return Err(other(format!(
            "{id} is decided up to {now}; expected an instant at or after it, found {at}"
        )));
    }
    let decision = domain::advance(&entity, at, tariffs)
        .map_err(|missing| other(format!("{}: row {missing:?} is gone", entity.account.entity)))?;
    decision.rows.into_iter().for_each(|row| entity.put(row));
    Ok(entity)
}
