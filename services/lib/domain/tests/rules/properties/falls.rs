//! S32: whatever order sales, returns, claims, merges and bindings come in, and however the steps between accounts are
//! interleaved and repeated: in the end a claim is granted for exactly what its friend bought and did not return whole.

use super::mix::Mix;
use super::{Verdict, fail, hold, same};
use crate::falls::inviting;
use crate::frozen;
use domain::activity::{Activity, Attribute};
use domain::award::Often;
use domain::command::{
    Action, Adjustment, Body, CardChange, CardNews, Command, Return, ReturnLine, Sale, SaleLine, Source,
};
use domain::purchase::Quantity;
use domain::tariff::Tariffs;
use domain::{Digest, Entity, EntityId, EventKey, Minor, Name, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

const DAY: i64 = 86_400_000;
/// Purchases 0 to 3 are members', 4 and 5 cards'.
const PURCHASES: usize = 6;
/// Members: three friends, then two who invited them.
const MEMBERS: usize = 5;

#[derive(Clone, Debug)]
enum Act {
    Sale(usize),
    Return {
        sale: usize,
        thousandths: i64,
    },
    /// One of the two says that a friend bought this.
    Claim {
        who: usize,
        sale: usize,
    },
    /// A card is bound to its friend.
    Bind(usize),
    Merge {
        a: usize,
        b: usize,
    },
    Days(i64),
    Arrive {
        which: usize,
        again: bool,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let sale = || 0..PURCHASES;
    prop_oneof![
        6 => sale().prop_map(Act::Sale),
        5 => (sale(), prop_oneof![3 => Just(1_000), 2 => 1..1_000_i64])
            .prop_map(|(sale, thousandths)| Act::Return { sale, thousandths }),
        7 => (0..2_usize, sale()).prop_map(|(who, sale)| Act::Claim { who, sale }),
        2 => (0..2_usize).prop_map(Act::Bind),
        1 => (0..MEMBERS, 0..MEMBERS).prop_map(|(a, b)| Act::Merge { a, b }),
        1 => Just(Act::Days(1)),
        9 => (any::<usize>(), prop::bool::weighted(0.2))
            .prop_map(|(which, again)| Act::Arrive { which, again }),
    ]
}

fn member(number: usize) -> EntityId {
    EntityId::member("test", &format!("m{number}"))
}

fn card(number: usize) -> EntityId {
    EntityId::card("test", &format!("c{number}"))
}

/// Who is shown when this is bought, and whose it is in the end.
fn buyer(sale: usize) -> (EntityId, EntityId) {
    match sale.checked_sub(4) {
        None => (member(sale % 3), member(sale % 3)),
        Some(number) => (card(number), member(number)),
    }
}

struct World<'m> {
    mix: &'m Mix,
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
    /// In order between two accounts, else in any.
    ways: BTreeMap<(EntityId, EntityId), VecDeque<Command>>,
    now: Timestamp,
    /// How much of each purchase is left, in thousandths; what was claimed by whom; which cards are bound.
    left: [Option<i64>; PURCHASES],
    back: [i64; PURCHASES],
    claims: BTreeSet<(usize, usize)>,
    bound: BTreeSet<usize>,
    number: i64,
}

impl<'m> World<'m> {
    fn new(mix: &'m Mix) -> Self {
        let mut tariff = inviting();
        let each =
            Often { for_each: Some(Name::from("receipt")), ..tariff.activities.awards[0].often.clone() };
        tariff.activities.awards[0].often = each;
        let mut tariffs = Tariffs::default();
        tariffs.add(Arc::new(tariff));
        let (now, number) = (super::player::START, 0);
        let (entities, ways, claims, bound) = Default::default();
        Self {
            mix,
            tariffs,
            entities,
            ways,
            now,
            left: [None; PURCHASES],
            back: [0; PURCHASES],
            claims,
            bound,
            number,
        }
    }

    fn ask(&mut self, entity: EntityId, feed: &str, id: &str, body: Body) -> Verdict {
        let partner = Name::from("X");
        let (feed, id) = (Name::from(feed), Name::from(id));
        let key = EventKey::of("X", feed.as_str(), id.as_str());
        let content = Digest::of(format!("{entity} {body:?}").as_bytes());
        let source = Source { partner, feed, id, partition: 0, offset: 0 };
        let (occurred_at, delivered_at, trace) = (self.now, self.now, Name::default());
        self.decide(&Command { key, entity, source, occurred_at, delivered_at, content, trace, body })
    }

    fn decide(&mut self, command: &Command) -> Verdict {
        let id = &command.entity;
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id.clone(), true));
        let decision =
            domain::decide(entity, command, self.now, &self.tariffs).expect("every row is in memory");
        frozen::see(&decision);
        self.mix.see(command, &decision);
        decision.rows.into_iter().for_each(|row| entity.put(row));
        for command in decision.follow_ups {
            let way = (id.clone(), command.entity.clone());
            self.ways.entry(way).or_default().push_back(command);
        }
        Ok(())
    }

    fn arrive(&mut self, which: usize, again: bool) -> Verdict {
        let ways: Vec<_> =
            self.ways.iter().filter(|(_, way)| !way.is_empty()).map(|(way, _)| way.clone()).collect();
        let Some(place) = which.checked_rem(ways.len()) else { return Ok(()) };
        let way = self.ways.get_mut(&ways[place]).expect("a way just listed");
        let command = way.pop_front().expect("a way that is not empty");
        if again {
            way.push_back(command.clone());
            self.mix.count("sent twice");
        }
        self.decide(&command)
    }

    fn act(&mut self, act: &Act) -> Verdict {
        self.number += 1;
        match *act {
            Act::Sale(sale) => self.sell(sale),
            Act::Return { sale, thousandths } => {
                self.back[sale] += thousandths;
                let lines = vec![ReturnLine { line: 1, quantity: Quantity(thousandths) }];
                let purchase = EventKey::of("X", "purchases", &format!("p{sale}"));
                let id = format!("r{}", self.number);
                self.ask(buyer(sale).0, "returns", &id, Body::Return(Return { purchase, lines }))
            }
            Act::Claim { who, sale } => self.claim(who, sale),
            Act::Bind(number) if !self.bound.insert(number) => Ok(()),
            Act::Bind(number) => {
                let change = CardChange::Bound { member: member(number) };
                self.ask(card(number), "cards", &format!("b{number}"), Body::Card(CardNews { change }))
            }
            Act::Merge { a, b } => {
                let (actor, reason) = (Name::from("op-7"), Name::from("a reason"));
                let action = Action::Merge { into: member(b) };
                let body = Body::Adjust(Adjustment { actor, reason, action });
                self.ask(member(a), "adjustments", &format!("g{}", self.number), body)
            }
            Act::Days(days) => {
                self.now = self.now.plus_millis(days * DAY);
                self.tick()
            }
            Act::Arrive { which, again } => self.arrive(which, again),
        }
    }

    fn tick(&mut self) -> Verdict {
        let all: Vec<EntityId> = self.entities.keys().cloned().collect();
        all.into_iter().try_for_each(|id| self.ask(id, "", "", Body::Tick))
    }

    fn sell(&mut self, sale: usize) -> Verdict {
        if self.left[sale].replace(1_000).is_some() {
            return Ok(());
        }
        let line = SaleLine {
            line: 1,
            sku: Name::default(),
            group: Name::default(),
            quantity: Quantity(1_000),
            amount: Minor(100_000),
            promotional: false,
        };
        let (currency, lines) = (Name::from("RUB"), vec![line]);
        let (tenders, attributes, discounts) = (Vec::new(), Vec::new(), Vec::new());
        let body = Body::Sale(Sale { currency, lines, tenders, attributes, discounts });
        self.ask(buyer(sale).0, "purchases", &format!("p{sale}"), body)
    }

    fn claim(&mut self, who: usize, sale: usize) -> Verdict {
        if !self.claims.insert((who, sale)) {
            return Ok(());
        }
        let friend = buyer(sale).1;
        let attribute = |name: &str, value: String, account: &str| Attribute {
            name: Name::from(name),
            value: Name::from(value),
            account: Name::from(account),
        };
        let attributes = vec![
            attribute("friend", String::new(), friend.as_str()),
            attribute("receipt", format!("p{sale}"), ""),
        ];
        let body = Body::Activity(Activity { kind: Name::from("bought"), attributes });
        self.ask(member(3 + who), "activities", &format!("a{who}{sale}"), body)
    }

    /// Everything arrives.
    fn drain(&mut self) -> Verdict {
        for step in 0..5_000 {
            if self.ways.values().all(VecDeque::is_empty) {
                return Ok(());
            }
            self.arrive(step, false)?;
        }
        fail("S32: steps between accounts never end")
    }

    /// Who a member is by now.
    fn person(&self, number: usize) -> EntityId {
        let mut id = member(number);
        while let Some(entity) = self.entities.get(&id)
            && let Some(merged) = entity.account.links.as_ref().and_then(|links| links.bindings.last())
        {
            id = merged.to.clone();
        }
        id
    }

    /// What is granted in the end, by member: 300 for each purchase that stands.
    fn expected(&self) -> BTreeMap<EntityId, i64> {
        let stands = |sale: usize| {
            let is_there = sale.checked_sub(4).is_none_or(|number| self.bound.contains(&number));
            self.left[sale].is_some() && self.back[sale] < 1_000 && is_there
        };
        let granted: BTreeSet<(EntityId, usize)> = self
            .claims
            .iter()
            .filter(|(_, sale)| stands(*sale))
            .map(|(who, sale)| (self.person(3 + who), *sale))
            .collect();
        let mut expected = BTreeMap::new();
        granted.into_iter().for_each(|(who, _)| *expected.entry(who).or_default() += 300);
        expected
    }

    fn found(&self) -> BTreeMap<EntityId, i64> {
        let mut found = BTreeMap::new();
        for (id, entity) in &self.entities {
            let lots = entity.lots.rows().values().map(|lot| &lot.buckets);
            let live: i64 = lots.map(|buckets| (buckets.sum() - buckets.moved - buckets.revoked).get()).sum();
            if live != 0 {
                found.insert(id.clone(), live);
            }
        }
        found
    }
}

#[test]
fn s32_a_claim_is_granted_for_what_was_bought_and_not_returned_whole() {
    let mix = Mix::default();
    hold(4000, vec(act(), 1..40), |acts| {
        let mut world = World::new(&mix);
        acts.iter().try_for_each(|act| world.act(act))?;
        world.drain()?;
        // What still waits is given up.
        world.now = world.now.plus_millis(40 * DAY);
        world.tick()?;
        world.drain()?;
        let expected = world.expected();
        mix.count(if expected.is_empty() { "nothing stands" } else { "something stands" });
        same("S32: what is granted in the end", &expected, &world.found())
    });
    mix.assert_at_least(&[
        ("something stands", 800),
        ("sent twice", 500),
        ("entry: Clawback", 1500),
        ("command: a grant falls with a purchase", 5000),
    ]);
}
