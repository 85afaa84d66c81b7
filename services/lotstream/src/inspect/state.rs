//! The state of a whole ledger as of an instant: totals, conservation and the state hash.

use super::Shown;
use crate::books::gone;
use crate::failure::{Failure, other};
use crate::totals::Totals;
use domain::ahead::{may_be_told, may_tell};
use domain::tariff::Tariffs;
use domain::{Ahead, Entity, EntityId, Row, Timestamp};
use engine::store::{Stamped, Store};

/// Shows the totals and the hash as of `at`.
pub(crate) fn show(
    store: &mut impl Store,
    tariffs: &Tariffs,
    at: Timestamp,
    json: bool,
) -> Result<Shown, Failure> {
    let mut totals = Totals::new(at);
    let mut failed = None;
    let mut ahead = ahead(store, tariffs, at)?;
    store
        .scan(&mut |id, rows| match as_of(ahead.take(&id).unwrap_or_else(|| whole(id, rows)), tariffs, at) {
            Ok(entity) => totals.add(&entity),
            Err(failure) => failed = failed.take().or(Some(failure)),
        })
        .map_err(other)?;
    if let Some(failure) = failed {
        return Err(failure);
    }
    let ledger = totals.finish();
    let text =
        if json { serde_json::to_string_pretty(&ledger).map_err(other)? } else { format!("\n{ledger}") };
    Ok(Shown { text, holds: ledger.conserved })
}

/// What accounts tell each other until `at` of what time alone brings; each is still to be advanced.
fn ahead(store: &mut impl Store, tariffs: &Tariffs, at: Timestamp) -> Result<Ahead, Failure> {
    let mut ahead = Ahead::until(at);
    if !may_be_told(tariffs) {
        return Ok(ahead);
    }
    let put = &mut |id, rows: Vec<Stamped>| {
        if rows.iter().any(|stamped| may_tell(&stamped.row)) {
            ahead.put(whole(id, rows));
        }
    };
    store.scan(put).map_err(other)?;
    while let Some(id) = ahead.go_on(tariffs).map_err(|(id, missing)| gone(&id, missing))? {
        let rows = store.entity(&id).map_err(other)?;
        ahead.put(whole(id, rows));
    }
    Ok(ahead)
}

/// Up to when any account is decided.
pub(crate) fn last_decision(store: &mut impl Store) -> Result<Timestamp, Failure> {
    let mut last = Timestamp::MIN;
    store.scan(&mut |_, rows| last = last.max(decided_until(&rows))).map_err(other)?;
    Ok(last)
}

/// Up to when an account is decided: the broker's clock may be ahead of this machine's.
pub(crate) fn decided_until(rows: &[Stamped]) -> Timestamp {
    let head = rows.iter().find_map(|stamped| match stamped.row.as_ref() {
        Row::Account(account) => Some(account.now),
        _ => None,
    });
    head.unwrap_or(Timestamp::MIN)
}

/// An account as of `at`, from all its rows.
pub(crate) fn matured(
    id: EntityId,
    rows: Vec<Stamped>,
    tariffs: &Tariffs,
    at: Timestamp,
) -> Result<Entity, Failure> {
    as_of(whole(id, rows), tariffs, at)
}

fn whole(id: EntityId, rows: Vec<Stamped>) -> Entity {
    let mut entity = Entity::new(id, true);
    rows.into_iter().for_each(|stamped| entity.put(Row::clone(&stamped.row)));
    entity
}

fn as_of(mut entity: Entity, tariffs: &Tariffs, at: Timestamp) -> Result<Entity, Failure> {
    if entity.account.now > at {
        let (now, id) = (entity.account.now, &entity.account.entity);
        return Err(other(format!(
            "{id} is decided up to {now}; expected an instant at or after it, found {at}"
        )));
    }
    let decision =
        domain::advance(&entity, at, tariffs).map_err(|missing| gone(&entity.account.entity, missing))?;
    decision.rows.into_iter().for_each(|row| entity.put(row));
    Ok(entity)
}
