//! A ledger as of an instant ahead, worked out in memory: what time alone brings where accounts tell each other of it.
//!
//! [`advance`] looks at one account. Some of what time brings there concerns others: the end of a question about a
//! purchase that never came (what that was granted for it falls: S22, S32), and points that come to stand for others it
//! gave away (the receiver's take over their origin: S17, S33). So accounts that may tell others go on first, and those
//! they tell with them, whatever is due earliest before the rest, as ticks would let them; then each account may be
//! looked at by itself.

use crate::command::{Body, Command};
use crate::decide::{Decision, advance, decide};
use crate::entity::{Entity, Missing};
use crate::event::Event;
use crate::id::EntityId;
use crate::resume;
use crate::row::Row;
use crate::tariff::Tariffs;
use crate::time::Timestamp;
use crate::transit;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whether any account may tell another of what time alone brings, under these versions.
pub fn may_be_told(tariffs: &Tariffs) -> bool {
    tariffs.all().any(|tariff| {
        let falls = tariff.activities.awards.iter().any(|award| award.falls_with.is_some());
        falls || tariff.wallets.iter().any(|wallet| wallet.transfers.is_some())
    })
}

/// Whether an account with this row may tell another of what time alone brings: a question about a purchase, or a step
/// of a transfer, waits there, or it gave points away.
pub fn may_tell(row: &Row) -> bool {
    match row {
        Row::Parked(parked) => {
            let body = &parked.command.asked().0.body;
            parked.waits && (matches!(body, Body::Fall(_)) || transit::may_wait(body))
        }
        Row::Redemption(given) => given.to.is_some() && given.draws.iter().any(|draw| !draw.spent.is_zero()),
        _ => false,
    }
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

    /// Adds an account, whole: one that may have something to tell until then, or one that was asked for.
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
                let waits = resume::waits(entity, command)
                    .map_err(|missing| (entity.account.entity.clone(), missing))?;
                let decided = (!waits).then(|| decide(entity, command, self.now, tariffs));
                let id = command.entity.clone();
                self.told.pop_front();
                let Some(decided) = decided else { continue };
                (id, decided)
            } else {
                let Some((now, id)) = self.due.pop_first() else { return Ok(None) };
                self.now = self.now.max(now); // of one added late, what was due before happened on the way
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
        let account = &entity.account;
        if !account.parked && account.next_due <= self.at {
            self.due.insert((account.next_due, account.entity.clone()));
        }
    }
}
