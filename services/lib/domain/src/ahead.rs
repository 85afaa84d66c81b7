//! A ledger as of an instant ahead, worked out in memory: what time alone brings where accounts tell each other of it.
//!
//! [`advance`] looks at one account. Of all that waits in one, only the end of a question about a purchase that never
//! came concerns another: what that was granted for it falls (S22, S32). So accounts with such a question go on first,
//! the earliest end before the others, as ticks would let them; then each account may be looked at by itself.

use crate::command::{Body, Command};
use crate::decide::{Decision, advance, decide};
use crate::entity::{Entity, Missing};
use crate::event::Event;
use crate::id::{EntityId, EventKey};
use crate::tariff::Tariffs;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whether any account may tell another of what time alone brings, under these versions.
pub fn may_be_told(tariffs: &Tariffs) -> bool {
    tariffs.all().any(|tariff| tariff.activities.awards.iter().any(|award| award.falls_with.is_some()))
}

/// When `entity`, whole, next tells another of what time alone brings.
pub fn next_told(entity: &Entity) -> Option<Timestamp> {
    let account = &entity.account;
    let told = account.waiting.iter().filter(|it| !account.parked && is_question(entity, it.event));
    told.map(|waiting| waiting.until).min()
}

/// Whether what waits under this key is a question about a purchase.
fn is_question(entity: &Entity, event: EventKey) -> bool {
    let row = entity.parked.rows().get(&event);
    row.is_some_and(|row| row.waits && matches!(row.command.asked().0.body, Body::Fall(_)))
}

/// Accounts on their way to an instant: those that tell others of what time brings there, and those that are told.
#[derive(Debug)]
pub struct Ahead {
    at: Timestamp,
    /// Of what is being told.
    now: Timestamp,
    entities: BTreeMap<EntityId, Entity>,
    due: BTreeSet<(Timestamp, EntityId)>,
    told: VecDeque<Command>,
    events: Vec<Event>,
}

impl Ahead {
    /// Nothing goes on until `at` yet.
    pub fn until(at: Timestamp) -> Self {
        Self {
            at,
            now: Timestamp::MIN,
            entities: BTreeMap::new(),
            due: BTreeSet::new(),
            told: VecDeque::new(),
            events: Vec::new(),
        }
    }

    /// Adds an account, whole: one with something to tell until then, or one that was asked for.
    pub fn put(&mut self, entity: Entity) {
        self.note_due(&entity);
        self.entities.insert(entity.account.entity.clone(), entity);
    }

    /// Lets what is told until then happen. An account: add it, and ask again; `None`: it has happened.
    ///
    /// # Errors
    /// The account a row of which is gone: every one that is added is whole.
    pub fn go_on(&mut self, tariffs: &Tariffs) -> Result<Option<EntityId>, (EntityId, Missing)> {
        loop {
            let (id, decision) = if let Some(command) = self.told.front() {
                let Some(entity) = self.entities.get(&command.entity) else {
                    return Ok(Some(command.entity.clone()));
                };
                // What comes to one that is parked waits behind the command that failed.
                let decided = (!entity.account.parked).then(|| decide(entity, command, self.now, tariffs));
                let id = command.entity.clone();
                self.told.pop_front();
                let Some(decided) = decided else { continue };
                (id, decided)
            } else {
                let Some((now, id)) = self.due.pop_first() else { return Ok(None) };
                self.now = now;
                let decided = advance(&self.entities[&id], now, tariffs);
                (id, decided)
            };
            match decision {
                Ok(decision) => self.accept(&id, decision),
                Err(missing) => return Err((id, missing)),
            }
        }
    }

    /// What was said on the way, in the order it happened.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The account as what was told left it, where it had any part in that. It still is to be advanced to the instant.
    pub fn take(&mut self, id: &EntityId) -> Option<Entity> {
        self.entities.remove(id)
    }

    fn accept(&mut self, id: &EntityId, decision: Decision) {
        let Some(mut entity) = self.entities.remove(id) else { return };
        decision.rows.into_iter().for_each(|row| entity.put(row));
        self.events.extend(decision.events);
        self.told.extend(decision.follow_ups);
        self.put(entity);
    }

    fn note_due(&mut self, entity: &Entity) {
        let next = next_told(entity).filter(|next| *next <= self.at);
        self.due.extend(next.map(|next| (next, entity.account.entity.clone())));
    }
}
