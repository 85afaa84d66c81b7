//! S34 for purchases: whatever the order in which accounts and limits hear of each other (each pair in order, and anything
//! twice), no limit lets through more than it may; what is confirmed is what purchases have; and once all is returned,
//! nothing is.

use super::mix::Mix;
use super::player::START;
use super::{TestCaseError, Verdict, fail, hold, same};
use crate::frozen;
use crate::scenario::activity;
use crate::shared_purchases::coupons;
use domain::command::{
    Action, Adjustment, Body, CardChange, CardNews, Command, Return, ReturnLine, Sale, SaleLine, Source,
};
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::outcome::{OutcomeKind, Reason};
use domain::purchase::{ClaimState, Purchase, Quantity};
use domain::shared::Usage;
use domain::tariff::Tariffs;
use domain::{Decision, Digest, Entity, EntityId, Event, EventKey, Minor, Name, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const HOUR: i64 = 3_600_000;
const WHO: u8 = 5;

/// What happens next. Of five accounts the last two are cards.
#[derive(Clone, Debug)]
enum Act {
    /// A sale of two lines, some hours ago, with a code or a large basket.
    Buys { who: u8, what: u8, ago: u8 },
    /// A line of an earlier sale, or both, comes back.
    Returns { sale: u16, lines: u8 },
    /// Two are one person.
    Merge { one: u8, other: u8 },
    /// A card is a member's.
    Bind { card: u8, to: u8 },
    /// One is forgotten.
    Erase { who: u8 },
    /// A partner sends the last event again.
    Again,
    /// Of all pairs with something under way, the next of one is delivered; and comes again behind what else is.
    Deliver { pair: u16, again: bool },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let buys = (0..WHO, 0_u8..7, 0_u8..60).prop_map(|(who, what, ago)| Act::Buys { who, what, ago });
    let returns = (any::<u16>(), 0_u8..3).prop_map(|(sale, lines)| Act::Returns { sale, lines });
    let merge = (0_u8..3, 0_u8..3).prop_map(|(one, other)| Act::Merge { one, other });
    let bind = (3..WHO, 0_u8..3).prop_map(|(card, to)| Act::Bind { card, to });
    let erase = (0_u8..3).prop_map(|who| Act::Erase { who });
    let deliver = (any::<u16>(), any::<bool>()).prop_map(|(pair, again)| Act::Deliver { pair, again });
    let all = prop_oneof![
        16 => buys, 8 => returns, 2 => merge, 2 => bind, 1 => erase, 2 => Just(Act::Again), 40 => deliver
    ];
    vec(all, 1..80)
}

/// A sale that was made: its account, and its key.
type Made = (EntityId, EventKey);

#[derive(Default)]
struct World {
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
    /// What is under way from one account to another, and whether it comes again.
    pairs: BTreeMap<(EntityId, EntityId), VecDeque<(Command, bool)>>,
    now: i64,
    number: i64,
    last: Option<Command>,
    made: Vec<Made>,
    /// Of each sale, whether its answer said that more follows, and how often that came.
    fates: BTreeMap<EventKey, (bool, u32)>,
}

fn account(number: u8) -> EntityId {
    let id = number.to_string();
    if number < 3 { EntityId::member("test", &id) } else { EntityId::card("test", &id) }
}

impl World {
    fn new() -> Self {
        let mut world = Self { now: START.0 + 400 * HOUR, ..Self::default() };
        world.tariffs.add(Arc::new(coupons()));
        world
    }

    fn act(&mut self, act: &Act, mix: &Mix) -> Verdict {
        self.now += HOUR;
        match act {
            Act::Buys { who, what, ago } => {
                let command =
                    self.command("purchases", account(*who), Body::Sale(sale(*what)), (*ago).into());
                self.made.push((account(*who), command.key));
                self.event(command, mix)
            }
            Act::Returns { sale, lines } => {
                let made = self.made.get(usize::from(*sale) % self.made.len().max(1)).cloned();
                let lines: &[i32] = [&[1][..], &[2], &[1, 2]][usize::from(*lines)];
                made.map_or(Ok(()), |made| self.returns(&made, lines, mix))
            }
            Act::Merge { one, other } => self.adjust(*one, Action::Merge { into: account(*other) }, mix),
            Act::Bind { card, to } => {
                let news = CardNews { change: CardChange::Bound { member: account(*to) } };
                let command = self.command("partner-cards", account(*card), Body::Card(news), 0);
                self.event(command, mix)
            }
            Act::Erase { who } => self.adjust(*who, Action::Erase, mix),
            Act::Again => match self.last.clone() {
                Some(command) => self.decide(&command, mix),
                None => Ok(()),
            },
            Act::Deliver { pair, again } => self.deliver((*pair).into(), *again, mix),
        }
    }

    fn returns(&mut self, (entity, purchase): &Made, lines: &[i32], mix: &Mix) -> Verdict {
        let lines = lines.iter().map(|line| ReturnLine { line: *line, quantity: Quantity(1000) }).collect();
        let body = Body::Return(Return { purchase: *purchase, lines });
        let command = self.command("returns", entity.clone(), body, 0);
        self.event(command, mix)
    }

    fn adjust(&mut self, who: u8, action: Action, mix: &Mix) -> Verdict {
        let (actor, reason) = (Name::from("op-7"), Name::from("a good reason"));
        let body = Body::Adjust(Adjustment { actor, reason, action });
        let command = self.command("adjustments", account(who), body, 0);
        self.event(command, mix)
    }

    fn event(&mut self, command: Command, mix: &Mix) -> Verdict {
        self.last = Some(command.clone());
        self.decide(&command, mix)
    }

    fn command(&mut self, feed: &str, entity: EntityId, body: Body, ago: i64) -> Command {
        self.number += 1;
        let id = Name::from(self.number.to_string());
        let (partner, occurred_at) = (Name::from("X"), Timestamp(self.now - ago * HOUR));
        Command {
            key: EventKey::of("X", feed, id.as_str()),
            entity,
            content: Digest::of(format!("{body:?}").as_bytes()),
            source: Source { partner, feed: Name::from(feed), id, partition: 0, offset: self.number },
            occurred_at,
            delivered_at: Timestamp(self.now),
            trace: Name::default(),
            body,
        }
    }

    fn deliver(&mut self, pair: usize, again: bool, mix: &Mix) -> Verdict {
        let pairs: Vec<_> = self.pairs.iter().filter(|(_, queue)| !queue.is_empty()).collect();
        let Some((pair, _)) = pairs.get(pair % pairs.len().max(1)) else { return Ok(()) };
        let queue = self.pairs.get_mut(&(*pair).clone()).expect("a pair with something under way");
        let (command, first) = queue.pop_front().expect("something under way");
        if first && again {
            queue.push_back((command.clone(), false));
        }
        self.decide(&command, mix)
    }

    fn decide(&mut self, command: &Command, mix: &Mix) -> Verdict {
        let id = command.entity.clone();
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id.clone(), true));
        let decision = domain::decide(entity, command, Timestamp(self.now), &self.tariffs);
        let decision = decision.expect("every row is in memory");
        frozen::see(&decision);
        let Decision { rows, events, follow_ups } = decision;
        rows.into_iter().for_each(|row| entity.put(row));
        events.iter().for_each(|event| self.hear(event, mix));
        for told in follow_ups {
            if let Body::Share(share) = &told.body {
                mix.count(format!("{:?}", share.step));
            }
            let pair = (id.clone(), told.entity.clone());
            self.pairs.entry(pair).or_default().push_back((told, true));
        }
        self.within_limits()
    }

    fn hear(&mut self, event: &Event, mix: &Mix) {
        let Event::Outcome(record) = event else { return };
        let (kind, reason) = (record.outcome.kind, record.outcome.reason);
        mix.count(format!("{}{kind:?} {reason:?}", if record.later { "later " } else { "" }));
        if record.source.feed.as_str() == "purchases" && kind == OutcomeKind::Applied {
            let (waits, fates) = self.fates.entry(record.event).or_default();
            *waits |= !record.later && reason == Reason::AwaitsLimit;
            *fates += u32::from(record.later);
        }
    }

    fn usages(&self) -> impl Iterator<Item = (&EntityId, Usage)> {
        let limits = self.entities.iter().filter(|(id, _)| id.is_limit());
        limits.map(|(id, entity)| (id, entity.account.usage.as_deref().copied().unwrap_or_default()))
    }

    /// What is reserved and confirmed is never more than there is.
    fn within_limits(&self) -> Verdict {
        for (id, usage) in self.usages() {
            let uses = usage.reserved + usage.confirmed;
            let points = (usage.reserved_points + usage.confirmed_points).get();
            let fits = match id.local() {
                "three" => uses <= 3,
                "spree" => points <= 100,
                _ => uses <= 1,
            };
            if !fits || usage.reserved < 0 || usage.confirmed < 0 {
                return fail(format!("S34: {id}: {usage:?}"));
            }
        }
        Ok(())
    }

    /// All that is under way arrives, in the order of `picks`.
    fn come_to_rest(&mut self, picks: &[u16], mix: &Mix) -> Verdict {
        let mut picks = picks.iter().copied().cycle();
        while self.pairs.values().any(|queue| !queue.is_empty()) {
            let pick = picks.next().unwrap_or_default();
            self.deliver(pick.into(), pick % 3 == 0, mix)?;
        }
        Ok(())
    }

    fn purchases(&self) -> impl Iterator<Item = &Purchase> {
        self.entities.values().flat_map(|entity| entity.purchases.rows().values())
    }

    /// At rest: nothing is reserved, what is confirmed is what purchases have, and each sale that was to hear more did.
    fn is_settled(&self) -> Verdict {
        let mut claimed: BTreeMap<&EntityId, i64> = BTreeMap::new();
        for claim in self.purchases().flat_map(|purchase| &purchase.claims) {
            same(&format!("S34: {} waits", claim.rule), &false, &(claim.state == ClaimState::Asked))?;
            *claimed.entry(&claim.limit).or_default() += i64::from(claim.state == ClaimState::Agreed);
        }
        for (id, usage) in self.usages() {
            let reserved = (usage.reserved, usage.reserved_points.get());
            same(&format!("S34: still reserved of {id}"), &(0, 0), &reserved)?;
            let claims = claimed.get(id).copied().unwrap_or_default();
            same(&format!("S34: what purchases have of {id}"), &claims, &usage.confirmed)?;
        }
        for entity in self.entities.values() {
            let account = &entity.account;
            if !account.wallets.iter().all(|balance| wallet_adds_up(account, balance))
                || !entity.lots.rows().values().all(lot_adds_up)
            {
                return fail(format!("S05: {account:?}"));
            }
        }
        for (event, (waits, fates)) in &self.fates {
            same(&format!("S27: what became of {event}"), &u32::from(*waits), fates)?;
        }
        Ok(())
    }

    /// Once all is returned, nothing is used but by who was forgotten.
    fn is_unused(&mut self, picks: &[u16], mix: &Mix) -> Verdict {
        for made in self.made.clone() {
            self.returns(&made, &[1, 2], mix)?;
        }
        self.come_to_rest(picks, mix)?;
        self.is_settled()?;
        let living = self.entities.values().filter(|entity| !entity.account.erased);
        for purchase in living.flat_map(|entity| entity.purchases.rows().values()) {
            let agreed = purchase.agreed().len();
            mix.count("returned");
            same(&format!("S34: shares of {}, which was returned", purchase.id), &0, &agreed)?;
        }
        Ok(())
    }
}

/// Two lines of 1,000, or one of 100 beside, with what lets rules apply.
fn sale(what: u8) -> Sale {
    let amount = |line| Minor(if what < 5 && line == 2 { 10_000 } else { 100_000 });
    let line = |line: i32| SaleLine {
        line,
        sku: Name::default(),
        group: Name::default(),
        quantity: Quantity(1000),
        amount: amount(line),
        promotional: false,
    };
    let code = ["THREE", "THREE", "A1", "A1", "A2", "THREE", ""][usize::from(what)];
    let shown = if code.is_empty() { Vec::new() } else { vec![("code".to_owned(), code.to_owned())] };
    let attributes = activity("", &shown).attributes;
    let currency = Name::from("RUB");
    Sale { currency, lines: vec![line(1), line(2)], tenders: Vec::new(), attributes, discounts: Vec::new() }
}

#[test]
fn s34_what_purchases_have_of_limits_is_confirmed_and_after_all_returns_nothing_is() {
    let mix = Mix::default();
    hold(3000, (acts(), vec(any::<u16>(), 1..40)), |(acts, picks)| -> Result<(), TestCaseError> {
        let mut world = World::new();
        acts.iter().try_for_each(|act| world.act(act, &mix))?;
        world.come_to_rest(&picks, &mix)?;
        world.is_settled()?;
        world.is_unused(&picks, &mix)
    });
    mix.assert_at_least(&[
        ("Reserve", 10_000),
        ("Reserved", 5_000),
        ("Refused", 1_000),
        ("Confirm", 5_000),
        ("Release", 3_000),
        ("later Applied None", 3_000),
        ("later Applied LimitReached", 1_000),
        ("later Applied AccountErased", 50),
        ("Duplicate AwaitsLimit", 20),
        ("returned", 10_000),
    ]);
}
