//! Members and cards of a story, played together on the core: what is decided, and what is said of it.

use super::books::Books;
use super::card_story::{Late, Shown};
use super::mix::Mix;
use super::{TestCaseError, Verdict, fail, same};
use crate::frozen;
use domain::command::Body;
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::outcome::OutcomeKind;
use domain::tariff::{Tariff, Tariffs};
use domain::{Bucket, Command, Decision, Entity, EntityId, Event, EventKey, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub struct World {
    pub entities: BTreeMap<EntityId, Entity>,
    tariffs: Tariffs,
    books: BTreeMap<EntityId, Books>,
    /// How often each event was answered first, applied, and decided as a request.
    answers: BTreeMap<EventKey, (u32, u32)>,
    decisions: BTreeMap<EventKey, u32>,
}

impl World {
    fn new(tariff: &Tariff) -> Self {
        let mut tariffs = Tariffs::default();
        tariffs.add(Arc::new(tariff.clone()));
        let entities = Shown::ALL.map(|shown| (shown.id(), Entity::new(shown.id(), true)));
        let books = Shown::ALL.map(|shown| (shown.id(), Books::default()));
        let (answers, decisions) = (BTreeMap::new(), BTreeMap::new());
        Self { entities: BTreeMap::from(entities), tariffs, books: BTreeMap::from(books), answers, decisions }
    }

    /// Plays the commands in the order they arrive.
    pub fn play(tariff: &Tariff, mut commands: Vec<Late>, mix: &Mix) -> Result<Self, TestCaseError> {
        commands.sort_by_key(|(command, late)| command.occurred_at.plus_millis(*late));
        let mut world = Self::new(tariff);
        for (mut command, late) in commands {
            command.delivered_at = command.occurred_at.plus_millis(late);
            let now = command.delivered_at;
            let (key, asks) = (command.key, matches!(command.body, Body::Authorise(_)));
            world.send(command, now, mix)?;
            let (first, applied) = world.answers.get(&key).copied().unwrap_or_default();
            if first != 1 || applied > 1 {
                return fail(format!("S27: {key} answered first {first} times, applied {applied} times"));
            }
            if asks {
                same("S14: decisions of one request", &1, &world.decisions.get(&key).copied().unwrap_or(0))?;
            }
        }
        Ok(world)
    }

    fn send(&mut self, command: Command, now: Timestamp, mix: &Mix) -> Verdict {
        let mut commands = VecDeque::from([command]);
        while let Some(command) = commands.pop_front() {
            let entity = self.entities.get(&command.entity).expect("an account of the story");
            let decision =
                domain::decide(entity, &command, now, &self.tariffs).expect("every row is in memory");
            frozen::see(&decision);
            mix.see(&command, &decision);
            commands.extend(decision.follow_ups.iter().cloned());
            self.keep(&command.entity, decision)?;
        }
        self.adds_up()
    }

    fn keep(&mut self, id: &EntityId, decision: Decision) -> Verdict {
        let entity = self.entities.get_mut(id).expect("an account of the story");
        decision.rows.into_iter().for_each(|row| entity.put(row));
        for event in &decision.events {
            match event {
                Event::Outcome(record) => {
                    let (first, applied) = self.answers.entry(record.event).or_default();
                    let kind = record.outcome.kind;
                    *first += u32::from(!record.later && kind != OutcomeKind::Duplicate);
                    *applied += u32::from(kind == OutcomeKind::Applied);
                }
                Event::Decision(decision) => *self.decisions.entry(decision.event).or_default() += 1,
                _ => {}
            }
        }
        let books = self.books.get_mut(id).expect("books of every account");
        books.post(&decision.events)?;
        books.compare_moving(entity)
    }

    pub fn pass(&mut self, at: Timestamp) -> Verdict {
        for shown in Shown::ALL {
            let decision = domain::advance(&self.entities[&shown.id()], at, &self.tariffs);
            self.keep(&shown.id(), decision.expect("every row is in memory"))?;
        }
        Ok(())
    }

    /// S05, in every account and over all of them: nothing is in transit, and what was issued is somewhere once.
    fn adds_up(&self) -> Verdict {
        let (mut issued, mut found) = (0, 0);
        for entity in self.entities.values() {
            let account = &entity.account;
            if !account.wallets.iter().all(|balance| wallet_adds_up(account, balance)) {
                return fail(format!("S05: {account:?}"));
            }
            issued += account.wallets.iter().map(|balance| balance.earned.get()).sum::<i64>();
            for lot in entity.lots.rows().values() {
                if !lot_adds_up(lot) {
                    return fail(format!("S05: {lot:?}"));
                }
                found += lot.buckets.sum().get() - lot.buckets.get(Bucket::Moved).get();
            }
        }
        same("S05: issued somewhere, and found", &issued, &found)
    }

    /// Whose each purchase is now.
    pub fn whose(&self) -> BTreeMap<EventKey, EntityId> {
        let mut whose = BTreeMap::new();
        for (id, entity) in &self.entities {
            let here = entity.purchases.rows().values().filter(|purchase| !purchase.lines.is_empty());
            whose.extend(here.map(|purchase| (purchase.key, id.clone())));
        }
        whose
    }

    /// Of each account: tier, facts, cards; and of every lot where it comes from, what it is worth, its dates.
    pub fn earned(&self) -> Vec<String> {
        let mut end = Vec::new();
        for (id, entity) in &self.entities {
            let lots = entity.lots.rows().values().filter(|lot| lot.buckets.get(Bucket::Moved).is_zero());
            let mut lots: Vec<String> = lots
                .filter(|lot| !lot.net().is_zero())
                .map(|lot| {
                    let from = format!("{}/{} of {}", lot.terms, lot.partner, lot.occurred_at);
                    format!("{id}: {from}: {} from {} to {}", lot.net(), lot.activates_at, lot.expires_at)
                })
                .collect();
            lots.sort();
            end.extend(lots);
            if let Some(standing) = &entity.account.standing {
                end.push(format!("{id}: {}", standing.tier));
            }
            let cards = entity.account.links.iter().flat_map(|links| &links.cards);
            let mut cards: Vec<String> = cards.map(|card| format!("{id}: has {card}")).collect();
            cards.sort();
            end.extend(cards);
        }
        end
    }

    /// Of each account and wallet: pending, available, held and expired less debts.
    pub fn worth(&self) -> Vec<String> {
        let mut worth = Vec::new();
        for (id, entity) in &self.entities {
            for balance in &entity.account.wallets {
                let buckets = &balance.buckets;
                let kept = buckets.pending + buckets.available + buckets.held + buckets.expired;
                let points = kept.get() - balance.debt.get();
                if points != 0 {
                    worth.push(format!("{id}: worth {points} in {}", balance.wallet));
                }
            }
        }
        worth
    }
}
