//! The material of a statement from the store: entries, what time alone brought since, and what names events. Changes
//! of tier come from their topic.

use super::deployment::Deployment;
use super::{agreed, other, state, tiers};
use crate::cli::reports::StatementArgs;
use crate::failure::Failure;
use crate::identity::is_whole;
use crate::instant;
use crate::statement::{Material, words};
use domain::entry::Entry;
use domain::tariff::Tariffs;
use domain::{Entity, EntityId, Event, Name, Row, Timestamp};
use engine::store::Store;
use lotstream_scylla::ScyllaStore;
use reports::words::{Known, Told};

/// Reads an account, its entries and its changes of tier.
pub(super) fn gather(deployment: &Deployment, args: &StatementArgs) -> Result<Material, Failure> {
    let id = account(deployment, &args.id)?;
    let mut store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let rows = store.entity(&id).map_err(other)?;
    if rows.is_empty() {
        return Err(other(format!("{id} is not known here; nothing ever happened to it")));
    }
    let mut entries = store.statement(&id).map_err(other)?;
    let tariffs = state::tariffs(deployment, &mut store)?;
    let mut entity = Entity::new(id.clone(), true);
    rows.into_iter().for_each(|stamped| entity.put(Row::clone(&stamped.row)));
    let kept = i64::try_from(entries.len()).unwrap_or(i64::MAX);
    if kept != entity.account.sequence {
        return Err(other(format!(
            "expected {} entries of {id}, found {kept}; the store keeps a whole statement only where the setting \
             `statement` was always true",
            entity.account.sequence
        )));
    }
    let at = match args.at.as_deref() {
        Some(at) => instant::parse("--at", at)?,
        None => instant::now().max(entity.account.now),
    };
    let mut known = known(&entity);
    let kept = tiers::of(deployment, &id)?;
    (known.tiers, known.tiers_from) = (kept.changes, kept.from);
    if at > entity.account.now {
        due_until(&entity, at, &tariffs, (&mut entries, &mut known))?;
    }
    let zone = words(&tariffs, &id, &mut known);
    Ok(Material { entity: id, entries, known, zone, at: Some(at) })
}

fn account(deployment: &Deployment, id: &str) -> Result<EntityId, Failure> {
    match (is_whole(id), deployment.programme()) {
        (true, _) => Ok(EntityId::from_key(id)),
        (_, "") => Err(other("expected a programme; name the account whole, as `programme:member:id`")),
        (_, programme) => Ok(agreed(deployment)?.member(programme, id)),
    }
}

/// Adds what happens until `at` by time alone; nothing is written.
fn due_until(
    entity: &Entity,
    at: Timestamp,
    tariffs: &Tariffs,
    (entries, known): (&mut Vec<Entry>, &mut Known),
) -> Result<(), Failure> {
    let decision = domain::advance(entity, at, tariffs)
        .map_err(|missing| other(format!("{}: row {missing:?} is gone", entity.account.entity)))?;
    for event in decision.events {
        match event {
            Event::Entry(entry) => entries.push(entry),
            Event::Tier(change) => known.tiers.push(change),
            _ => {}
        }
    }
    Ok(())
}

/// Purchases and redemptions by the ids their partners gave them; of a return the ledger keeps no id.
fn known(entity: &Entity) -> Known {
    let mut known = Known::default();
    for row in entity.purchases.rows().values() {
        let told = Told { feed: Name::from("purchases"), partner: row.partner.clone(), id: row.id.clone() };
        known.events.insert(row.key, told);
    }
    for row in entity.redemptions.rows().values() {
        let told = Told { feed: Name::from("redemptions"), partner: row.partner.clone(), id: row.id.clone() };
        known.events.entry(row.key).or_insert(told);
    }
    known
}
