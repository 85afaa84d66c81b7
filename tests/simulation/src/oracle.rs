//! What should have come of a run: the core alone, over each partition's input, one command after another, with
//! everything in memory; what fails in it fails here, too. No transactions, no cache, no store, nothing else that can go
//! wrong.

use crate::poison::{Frail, Poison};
use crate::rules;
use domain::command::Command;
use domain::entity::Entity;
use domain::tariff::Tariffs;
use domain::{EntityId, Event, Row, RowKey, Timestamp};
use embedded::Value;
use engine::core::{Core, Ledger};
use engine::log::Incoming;
use engine::machine::alone;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one partition's input comes to.
#[derive(Default)]
pub(crate) struct Fold {
    pub(crate) entities: BTreeMap<EntityId, Entity>,
    pub(crate) rows: BTreeMap<EntityId, BTreeMap<RowKey, Row>>,
    /// Events, in the order they happened.
    pub(crate) events: Vec<Event>,
    /// What is to be sent on.
    pub(crate) follow_ups: Vec<Command>,
}

/// Folds the input of a partition.
pub(crate) fn fold(input: &[Incoming<Value>], poison: Poison) -> Fold {
    let (mut fold, core) = (Fold::default(), Frail { core: Ledger, poison });
    let mut tariffs = Tariffs::default();
    let mut clock = Timestamp::MIN;
    for record in input {
        clock = clock.max(record.appended_at);
        match &record.message {
            Value::Programme(version) => tariffs.add(rules::tariff(version)),
            Value::Command(command) => fold.decide(&core, command, (record.offset, clock), &tariffs),
            _ => {}
        }
    }
    fold
}

impl Fold {
    fn decide(
        &mut self,
        core: &dyn Core,
        command: &Arc<Command>,
        (offset, clock): (i64, Timestamp),
        tariffs: &Tariffs,
    ) {
        let id = &command.entity;
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id.clone(), true));
        let now = clock.max(entity.account.now);
        let decision =
            alone::decide(core, entity, command, (offset, now), tariffs).expect("every row is in memory");
        if !decision.rows.is_empty() {
            let rows = self.rows.entry(id.clone()).or_default();
            // Whoever has a row has a head row.
            rows.entry(RowKey::Account).or_insert_with(|| Row::Account(entity.account.clone()));
            rows.extend(decision.rows.iter().map(|row| (row.key(), row.clone())));
        }
        decision.rows.into_iter().for_each(|row| entity.put(row));
        self.events.extend(decision.events);
        self.follow_ups.extend(decision.follow_ups);
    }
}
