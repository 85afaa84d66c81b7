//! S33: whatever members give each other, spend, return and merge, and however the steps between their accounts are
//! interleaved and repeated: no point is lost or made, each transfer has one answer, and in the end each partner's
//! points are those its sales still earn (S17), whoever has them.

use super::books::Books;
use super::mix::Mix;
use super::{Verdict, fail, hold, same};
use crate::frozen;
use crate::scenario::tariffs;
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, Command, Return, ReturnLine, Sale, SaleLine, Source,
};
use domain::entry::EntryKind;
use domain::lot::Bucket;
use domain::outcome::OutcomeKind;
use domain::purchase::Quantity;
use domain::tariff::Tariffs;
use domain::transfer::Transfer;
use domain::{Digest, Entity, EntityId, Event, EventKey, Minor, Name, Points, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

const MEMBERS: u8 = 4;
const DAY: i64 = 86_400_000;
const PARTNERS: [&str; 3] = ["X", "Y", "Z"];

/// What happens. Numbers of sales and holds are taken among those there are.
#[derive(Clone, Debug)]
enum Act {
    Sale {
        who: u8,
        partner: usize,
        rubles: i64,
    },
    Return {
        sale: usize,
        thousandths: i64,
    },
    Give {
        from: u8,
        to: u8,
        points: i64,
    },
    Hold {
        who: u8,
        points: i64,
    },
    End {
        hold: usize,
        capture: bool,
    },
    Erase {
        who: u8,
    },
    Merge {
        a: u8,
        b: u8,
    },
    Days(i64),
    /// One of the steps on the way arrives, and again at a later time.
    Arrive {
        which: usize,
        again: bool,
    },
}

fn who() -> impl Strategy<Value = u8> {
    0..MEMBERS
}

fn act(ends: u32) -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (who(), 0..3_usize, 20..4_000_i64)
            .prop_map(|(who, partner, rubles)| Act::Sale { who, partner, rubles }),
        4 => (any::<usize>(), prop_oneof![Just(1_000), 1..1_000_i64])
            .prop_map(|(sale, thousandths)| Act::Return { sale, thousandths }),
        6 => (who(), who(), 1..200_i64).prop_map(|(from, to, points)| Act::Give { from, to, points }),
        3 => (who(), 1..150_i64).prop_map(|(who, points)| Act::Hold { who, points }),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(hold, capture)| Act::End { hold, capture }),
        ends => who().prop_map(|who| Act::Erase { who }),
        ends => (who(), who()).prop_map(|(a, b)| Act::Merge { a, b }),
        2 => prop_oneof![4 => 1..20_i64, 1 => 200..400_i64].prop_map(Act::Days),
        8 => (any::<usize>(), prop::bool::weighted(0.2))
            .prop_map(|(which, again)| Act::Arrive { which, again }),
    ]
}

struct World<'m> {
    mix: &'m Mix,
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
    books: BTreeMap<EntityId, Books>,
    /// What is on its way, by sender and receiver: in order between two accounts, else in any. Relabellings have ways of
    /// their own, and overtake gifts and each other: as they may where the giver is merged meanwhile.
    ways: BTreeMap<(EntityId, EntityId, bool), VecDeque<Command>>,
    now: Timestamp,
    number: i64,
    sales: Vec<(EntityId, EventKey, usize)>,
    holds: Vec<(EntityId, EventKey, i64)>,
    transfers: BTreeSet<EventKey>,
    /// First answers, and decisions.
    answers: BTreeMap<EventKey, (u32, u32)>,
    /// Issued less clawed back, by partner.
    earned: BTreeMap<Name, i64>,
}

fn member(number: u8) -> EntityId {
    EntityId::member("test", &format!("m{number}"))
}

impl<'m> World<'m> {
    fn new(mix: &'m Mix) -> Self {
        let mut tariff = tariffs::giving();
        tariff.wallets[0].transfers.iter_mut().for_each(|transfers| transfers.at_most = None);
        tariff.return_window = domain::calendar::Span::Years(9);
        let mut tariffs = Tariffs::default();
        tariffs.add(Arc::new(tariff));
        let ids = || (0..MEMBERS).map(member);
        Self {
            mix,
            tariffs,
            entities: ids().map(|id| (id.clone(), Entity::new(id, true))).collect(),
            books: ids().map(|id| (id, Books::default())).collect(),
            ways: BTreeMap::new(),
            now: super::player::START,
            number: 0,
            sales: Vec::new(),
            holds: Vec::new(),
            transfers: BTreeSet::new(),
            answers: BTreeMap::new(),
            earned: BTreeMap::new(),
        }
    }

    fn ask(
        &mut self,
        entity: EntityId,
        partner: &str,
        feed: &str,
        body: Body,
    ) -> Result<EventKey, TestCaseError> {
        self.number += 1;
        let id = self.number.to_string();
        let key = EventKey::of(partner, feed, &id);
        let source = Source {
            partner: Name::from(partner),
            feed: Name::from(feed),
            id: Name::from(id),
            partition: 0,
            offset: self.number,
        };
        let (occurred_at, delivered_at, content) =
            (self.now, self.now, Digest::of(&self.number.to_be_bytes()));
        let trace = Name::default();
        self.decide(&Command { key, entity, source, occurred_at, delivered_at, content, trace, body })?;
        Ok(key)
    }

    fn decide(&mut self, command: &Command) -> Verdict {
        let id = &command.entity;
        let entity = self.entities.get_mut(id).expect("a member of the story");
        let decision =
            domain::decide(entity, command, self.now, &self.tariffs).expect("every row is in memory");
        frozen::see(&decision);
        self.mix.see(command, &decision);
        decision.rows.into_iter().for_each(|row| entity.put(row));
        if matches!(command.body, Body::Relabel(_)) && !entity.account.waiting.is_empty() {
            self.mix.count("relabellings where some wait");
        }
        for command in decision.follow_ups {
            let overtakes = matches!(command.body, Body::Relabel(_));
            let way = (id.clone(), command.entity.clone(), overtakes);
            self.ways.entry(way).or_default().push_back(command);
        }
        for event in &decision.events {
            match event {
                Event::Outcome(record) if self.transfers.contains(&record.event) => {
                    let first = record.outcome.kind != OutcomeKind::Duplicate;
                    self.answers.entry(record.event).or_default().0 += u32::from(first);
                }
                Event::Decision(ruling) => self.answers.entry(ruling.event).or_default().1 += 1,
                Event::Entry(entry) => {
                    let issued = matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise);
                    let points = if issued { entry.points.get() } else { 0 } - entry.clawed_back.get();
                    *self.earned.entry(entry.partner.clone()).or_default() += points;
                }
                _ => {}
            }
        }
        let books = self.books.get_mut(id).expect("books of every member");
        books.transfers.clone_from(&self.transfers);
        books.post(&decision.events)?;
        books.compare_moving(entity)
    }

    fn arrive(&mut self, which: usize, again: bool) -> Verdict {
        let ways: Vec<_> =
            self.ways.iter().filter(|(_, way)| !way.is_empty()).map(|(way, _)| way.clone()).collect();
        if ways.is_empty() {
            return Ok(());
        }
        let (chosen, place) = (&ways[which % ways.len()], which / ways.len());
        let way = self.ways.get_mut(chosen).expect("a way just listed");
        let place = if chosen.2 { place % way.len() } else { 0 };
        let command = way.remove(place).expect("a place on the way");
        if again {
            way.push_back(command.clone());
            self.mix.count("sent twice");
        }
        self.decide(&command)
    }

    fn act(&mut self, act: &Act) -> Verdict {
        match *act {
            Act::Sale { who, partner, rubles } => self.sell(who, partner, rubles),
            Act::Return { sale, thousandths } => {
                let Some(&(ref who, purchase, partner)) = pick(&self.sales, sale) else { return Ok(()) };
                let lines = vec![ReturnLine { line: 1, quantity: Quantity(thousandths) }];
                let who = who.clone();
                self.ask(who, PARTNERS[partner], "returns", Body::Return(Return { purchase, lines }))
                    .map(drop)
            }
            Act::Give { from, to, points } => {
                let points = Points::at_least_zero(points);
                let body = Body::Transfer(Transfer { to: member(to), wallet: Name::default(), points });
                let key = EventKey::of("Z", "redemptions", &(self.number + 1).to_string());
                self.transfers.insert(key);
                self.ask(member(from), "Z", "redemptions", body).map(drop)
            }
            Act::Hold { who, points } => {
                let ask = Authorise {
                    wallet: Name::default(),
                    points: Points::at_least_zero(points),
                    time_to_live: 0,
                    currency: Name::default(),
                    lines: Vec::new(),
                };
                let key = self.ask(member(who), "Z", "redemptions", Body::Authorise(ask))?;
                self.holds.push((member(who), key, points));
                Ok(())
            }
            Act::End { hold, capture } => {
                let Some(&(ref who, redemption, points)) = pick(&self.holds, hold) else { return Ok(()) };
                let points = Points::at_least_zero(points);
                let body = match capture {
                    true => Body::Capture(Capture { redemption, points, more: false }),
                    false => Body::Cancel(Cancel { redemption }),
                };
                let who = who.clone();
                self.ask(who, "Z", "redemptions", body).map(drop)
            }
            Act::Erase { who } => self.adjust(who, Action::Erase),
            Act::Merge { a, b } => self.adjust(a, Action::Merge { into: member(b) }),
            Act::Days(days) => {
                self.now = self.now.plus_millis(days * DAY);
                (0..MEMBERS).try_for_each(|who| self.ask(member(who), "", "", Body::Tick).map(drop))
            }
            Act::Arrive { which, again } => self.arrive(which, again),
        }
    }

    fn sell(&mut self, who: u8, partner: usize, rubles: i64) -> Verdict {
        let line = SaleLine {
            line: 1,
            sku: Name::default(),
            group: Name::default(),
            quantity: Quantity(1_000),
            amount: Minor(rubles * 100),
            promotional: false,
        };
        let sale = Sale {
            currency: Name::from("RUB"),
            lines: vec![line],
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        };
        let key = self.ask(member(who), PARTNERS[partner], "purchases", Body::Sale(sale))?;
        self.sales.push((member(who), key, partner));
        Ok(())
    }

    fn adjust(&mut self, who: u8, action: Action) -> Verdict {
        let (actor, reason) = (Name::from("op-7"), Name::from("a reason"));
        let body = Body::Adjust(Adjustment { actor, reason, action });
        self.ask(member(who), "desk", "adjustments", body).map(drop)
    }

    /// Everything arrives.
    fn end(&mut self) -> Verdict {
        let mut steps = 0;
        while self.ways.values().any(|way| !way.is_empty()) {
            self.arrive(steps, false)?;
            steps += 1;
            if steps > 5_000 {
                return fail("S33: steps between accounts never end");
            }
        }
        let (mut issued, mut found) = (0, 0);
        for entity in self.entities.values() {
            issued += entity.account.wallets.iter().map(|balance| balance.earned.get()).sum::<i64>();
            let lots = entity.lots.rows().values();
            found += lots.map(|lot| (lot.buckets.sum() - lot.buckets.moved).get()).sum::<i64>();
        }
        same("S05: issued somewhere, and found", &issued, &found)?;
        for transfer in &self.transfers {
            let answers = self.answers.get(transfer).copied().unwrap_or_default();
            same("S27: answers of a transfer, and its decisions", &(1, 1), &answers)?;
        }
        Ok(())
    }

    /// What each partner's points are that members have, had or spent, less what is owed for them.
    fn kept(&self) -> BTreeMap<Name, i64> {
        let mut kept: BTreeMap<Name, i64> = BTreeMap::new();
        for entity in self.entities.values() {
            for lot in entity.lots.rows().values() {
                let away = lot.buckets.get(Bucket::Moved) + lot.buckets.get(Bucket::Revoked);
                *kept.entry(lot.partner.clone()).or_default() += (lot.buckets.sum() - away).get();
            }
            for debt in entity.debts.rows().values().filter(|debt| !debt.id.lot.is_none()) {
                let lot = entity.lots.rows().get(&debt.id.lot).expect("the lot of a debt");
                *kept.entry(lot.partner.clone()).or_default() -= (debt.open + debt.forgiven).get();
            }
        }
        kept.retain(|_, points| *points != 0);
        kept
    }
}

fn pick<T>(all: &[T], number: usize) -> Option<&T> {
    all.get(number.checked_rem(all.len())?)
}

fn play<'m>(acts: &[Act], mix: &'m Mix) -> Result<World<'m>, TestCaseError> {
    let mut world = World::new(mix);
    acts.iter().try_for_each(|act| world.act(act))?;
    world.end()?;
    Ok(world)
}

#[test]
fn s33_no_point_is_lost_or_made_by_transfers_however_their_steps_arrive() {
    let mix = Mix::default();
    hold(3_000, vec(act(1), 1..60), |acts| play(&acts, &mix).map(drop));
    mix.assert_at_least(&[
        ("sent twice", 500),
        ("command: given points change their origin", 700),
        ("decision: Transfer None", 1_500),
        ("decision: Transfer AccountErased", 50),
        ("entry: Repoint", 700),
    ]);
}

#[test]
fn s17_s35_in_the_end_each_partner_funds_what_its_sales_still_earn() {
    let mix = Mix::default();
    // Gifts in one direction alone: those in a circle are followed for some rounds only.
    let upwards = act(0).prop_map(|act| match act {
        Act::Give { from, to, points } => Act::Give { from: from.min(to), to: from.max(to), points },
        act => act,
    });
    hold(3_000, vec(upwards, 1..60), |acts| {
        let world = play(&acts, &mix)?;
        let mut earned = world.earned.clone();
        earned.retain(|_, points| *points != 0);
        same("S17: points by partner", &earned, &world.kept())?;
        let waiting = world.entities.values().map(|entity| entity.account.waiting.len()).sum::<usize>();
        same("S33: what waits in the end", &0, &waiting)
    });
    mix.assert_at_least(&[
        ("relabellings where some wait", 60),
        ("command: given points change their origin", 700),
        ("decision: Transfer None", 1_500),
        ("entry: Repayment", 500),
    ]);
}
