//! Cards (design §3, S24): whatever the order in which sales, returns and bindings arrive within the lateness bound,
//! every account ends as if each had come when it happened; and no point is lost or made on the way.

use super::act::{SaleAct, Take, sale, take};
use super::mix::Mix;
use super::player::{Player, START};
use super::programme::programme;
use super::{TestCaseError, Verdict, fail, hold, same};
use domain::calendar::Span;
use domain::command::{Body, CardChange, CardNews};
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::outcome::OutcomeKind;
use domain::tariff::{Tariff, Tariffs};
use domain::{Bucket, Command, Entity, EntityId, Event, EventKey, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const HOUR: i64 = 3_600_000;
/// Below the lateness bound of [`programme`], 25 days.
const LATEST: i64 = 24 * 24;

/// Who is shown at the till: one of two members, or one of two cards.
#[derive(Clone, Copy, Debug)]
enum Shown {
    Member(u8),
    Card(u8),
}

impl Shown {
    fn id(self) -> EntityId {
        match self {
            Self::Member(number) => EntityId::member("test", &format!("m{number}")),
            Self::Card(number) => EntityId::card("test", &format!("c{number}")),
        }
    }
}

/// A sale, when it happens after the one before, what comes back of it and when, and how late each arrives.
#[derive(Clone, Debug)]
struct Visit {
    sale: SaleAct,
    shown: Shown,
    hours: i64,
    back: Option<(Take, i64)>,
    late: (i64, i64),
}

/// When a card is bound, to which member, and how late news of it come.
#[derive(Clone, Copy, Debug)]
struct Bound {
    hours: i64,
    member: u8,
    late: i64,
}

fn late() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0), 3 => 0..LATEST]
}

fn visit() -> impl Strategy<Value = Visit> {
    let shown = prop_oneof![1 => (0..2_u8).prop_map(Shown::Member), 2 => (0..2_u8).prop_map(Shown::Card)];
    let back = prop_oneof![2 => Just(None), 1 => (take(), 0..400_i64).prop_map(Some)];
    let hours = prop_oneof![Just(0_i64), 0..200_i64];
    (sale(), shown, hours, back, (late(), late())).prop_map(|(sale, shown, hours, back, late)| {
        // Which lots pay is decided once, in log order; what is over what was bought is refused by arrival.
        let sale = SaleAct { pay: None, late: 0, ..sale };
        let back = back.map(|(take, after)| match take {
            Take::Excess => (Take::Whole, after),
            take => (take, after),
        });
        Visit { sale, shown, hours, back, late }
    })
}

fn bound() -> impl Strategy<Value = Option<Bound>> {
    let bound =
        (0..1500_i64, 0..2_u8, late()).prop_map(|(hours, member, late)| Bound { hours, member, late });
    prop_oneof![1 => Just(None), 5 => bound.prop_map(Some)]
}

type Story = (Tariff, Vec<Visit>, [Option<Bound>; 2]);

fn story() -> impl Strategy<Value = Story> {
    (programme(), vec(visit(), 1..12), [bound(), bound()]).prop_map(|(mut tariff, visits, bound)| {
        tariff.return_window = Span::Days(400);
        tariff.return_waits = Span::Days(60);
        (tariff, visits, bound)
    })
}

/// The commands of a story, each with its lateness in milliseconds, by their own time.
fn commands((tariff, visits, bound): &Story) -> Vec<(Command, i64)> {
    let mut clerk = Player::new(tariff.clone());
    let mut commands = Vec::new();
    for visit in visits {
        clerk.now = clerk.now.plus_millis(visit.hours * HOUR);
        let mut sold = clerk.sale(&visit.sale);
        sold.entity = visit.shown.id();
        if let Some((take, after)) = &visit.back {
            let mut ret = clerk.returned(&sold, take);
            ret.occurred_at = sold.occurred_at.plus_millis(after * HOUR);
            ret.entity = visit.shown.id();
            commands.push((ret, visit.late.1 * HOUR));
        }
        commands.push((sold, visit.late.0 * HOUR));
    }
    for (card, bound) in (0..).zip(bound).filter_map(|(card, bound)| Some((card, (*bound)?))) {
        let change = CardChange::Bound { member: Shown::Member(bound.member).id() };
        let body = Body::Card(CardNews { change });
        let mut news = clerk.envelope(0, "partner-cards", body, START.plus_millis(bound.hours * HOUR));
        news.entity = Shown::Card(card).id();
        commands.push((news, bound.late * HOUR));
    }
    commands.sort_by_key(|(command, _)| {
        (command.occurred_at, command.source.feed.clone(), command.source.partner.clone(), command.key)
    });
    commands
}

/// Members and cards, and what was said about them.
struct World {
    entities: BTreeMap<EntityId, Entity>,
    tariffs: Tariffs,
    /// How often each event was answered first, and applied.
    answers: BTreeMap<EventKey, (u32, u32)>,
}

impl World {
    fn new(tariff: &Tariff) -> Self {
        let mut tariffs = Tariffs::default();
        tariffs.add(Arc::new(tariff.clone()));
        let shown = [Shown::Member(0), Shown::Member(1), Shown::Card(0), Shown::Card(1)];
        let entities = shown.map(|shown| (shown.id(), Entity::new(shown.id(), true)));
        Self { entities: BTreeMap::from(entities), tariffs, answers: BTreeMap::new() }
    }

    fn send(&mut self, command: Command, now: Timestamp) -> Verdict {
        let mut commands = VecDeque::from([command]);
        while let Some(command) = commands.pop_front() {
            let entity = self.entities.get_mut(&command.entity).expect("an account of the story");
            let decision =
                domain::decide(entity, &command, now, &self.tariffs).expect("every row is in memory");
            decision.rows.into_iter().for_each(|row| entity.put(row));
            commands.extend(decision.follow_ups);
            for event in &decision.events {
                if let Event::Outcome(record) = event {
                    let (first, applied) = self.answers.entry(record.event).or_default();
                    let kind = record.outcome.kind;
                    *first += u32::from(!record.later && kind != OutcomeKind::Duplicate);
                    *applied += u32::from(kind == OutcomeKind::Applied);
                }
            }
        }
        self.adds_up()
    }

    fn pass(&mut self, at: Timestamp) {
        for entity in self.entities.values_mut() {
            let decision = domain::advance(entity, at, &self.tariffs).expect("every row is in memory");
            decision.rows.into_iter().for_each(|row| entity.put(row));
        }
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

    /// Of each account: net points, worth, tier; and of every lot where it comes from, what it is worth, its dates.
    fn end(&mut self, at: Timestamp) -> Vec<String> {
        self.pass(at);
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
            for balance in &entity.account.wallets {
                let buckets = &balance.buckets;
                let kept = buckets.pending + buckets.available + buckets.held + buckets.expired;
                let worth = kept.get() - balance.debt.get();
                if worth != 0 {
                    end.push(format!("{id}: worth {worth} in {}", balance.wallet));
                }
            }
            if let Some(standing) = &entity.account.standing {
                end.push(format!("{id}: {}", standing.tier));
            }
        }
        end
    }
}

fn play(tariff: &Tariff, mut commands: Vec<(Command, i64)>) -> Result<World, TestCaseError> {
    commands.sort_by_key(|(command, late)| command.occurred_at.plus_millis(*late));
    let mut world = World::new(tariff);
    for (mut command, late) in commands {
        command.delivered_at = command.occurred_at.plus_millis(late);
        let now = command.delivered_at;
        world.send(command, now)?;
    }
    Ok(world)
}

#[test]
fn s24_cards_bound_at_any_moment_end_as_the_order_of_events() {
    let mix = Mix::default();
    hold(4000, story(), |story| {
        let commands = commands(&story);
        let on_time = commands.iter().map(|(command, _)| (command.clone(), 0)).collect();
        let mut usual = play(&story.0, on_time)?;
        let mut turned = play(&story.0, commands.clone())?;
        mix.count("compared");
        let bound = usual.entities.values().filter(|entity| entity.account.links.is_some()).count();
        mix.count(if bound > 0 { "with cards bound" } else { "without" });
        for (event, (first, applied)) in &turned.answers {
            if *first != 1 || *applied > 1 {
                return fail(format!("S23: {event} answered first {first} times, applied {applied} times"));
            }
        }
        let at = START.plus_millis(900 * 24 * HOUR);
        same("S24: the end, either way", &usual.end(at), &turned.end(at))
    });
    mix.assert_at_least(&[("compared", 4000), ("with cards bound", 2000)]);
}
