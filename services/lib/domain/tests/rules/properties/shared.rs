//! S34: whatever the order in which accounts and limits hear of each other (each pair in order, and anything twice), no
//! limit lets through more than it may, and all that was reserved ends granted and confirmed, or released.

use super::mix::Mix;
use super::player::START;
use super::{TestCaseError, Verdict, fail, hold, same};
use crate::frozen;
use crate::scenario::activity;
use crate::shared::shared;
use domain::command::{Action, Adjustment, Body, Command, Source};
use domain::conservation::{lot_adds_up, wallet_adds_up};
use domain::outcome::OutcomeKind;
use domain::shared::Usage;
use domain::tariff::Tariffs;
use domain::{Decision, Digest, Entity, EntityId, Event, EventKey, Name, Timestamp};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_oneof};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const HOUR: i64 = 3_600_000;

/// What happens next.
#[derive(Clone, Debug)]
enum Act {
    /// A member does something: registers one of two cards of the club, gives a code, brings jars. Some hours ago.
    Does { who: u8, what: u8, ago: u8 },
    /// Two are one person.
    Merge { one: u8, other: u8 },
    /// One is forgotten.
    Erase { who: u8 },
    /// A partner sends the last event again.
    Again,
    /// Of all pairs with something under way, the next of one is delivered; and comes again behind what else is.
    Deliver { pair: u16, again: bool },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let does = (0_u8..4, 0_u8..8, 0_u8..60).prop_map(|(who, what, ago)| Act::Does { who, what, ago });
    let merge = (0_u8..4, 0_u8..4).prop_map(|(one, other)| Act::Merge { one, other });
    let erase = (0_u8..4).prop_map(|who| Act::Erase { who });
    let deliver = (any::<u16>(), any::<bool>()).prop_map(|(pair, again)| Act::Deliver { pair, again });
    vec(
        prop_oneof![8 => does, 1 => merge, 1 => erase, 1 => proptest::prelude::Just(Act::Again), 20 => deliver],
        1..60,
    )
}

#[derive(Default)]
struct World {
    tariffs: Tariffs,
    entities: BTreeMap<EntityId, Entity>,
    /// What is under way from one account to another, and whether it comes again.
    pairs: BTreeMap<(EntityId, EntityId), VecDeque<(Command, bool)>>,
    now: i64,
    number: i64,
    last: Option<Command>,
    /// How often each event was answered first, and got what became of it.
    answers: BTreeMap<EventKey, (u32, u32)>,
}

fn member(number: u8) -> EntityId {
    EntityId::member("test", &format!("m{number}"))
}

impl World {
    fn new() -> Self {
        let mut world = Self { now: START.0 + 400 * HOUR, ..Self::default() };
        world.tariffs.add(Arc::new(shared()));
        world
    }

    fn act(&mut self, act: &Act, mix: &Mix) -> Verdict {
        self.now += HOUR;
        match act {
            Act::Does { who, what, ago } => {
                let card = |card: &str| activity("club-card", &[("card".to_owned(), card.to_owned())]);
                let done = match what {
                    0..3 => card("77"),
                    3 => card("78"),
                    4 | 5 => activity("code", &[]),
                    jars => activity("jars", &[("number".to_owned(), (jars - 4).to_string())]),
                };
                let command = self.command("activities", member(*who), Body::Activity(done), (*ago).into());
                self.event(command, mix)
            }
            Act::Merge { one, other } => self.adjust(*one, Action::Merge { into: member(*other) }, mix),
            Act::Erase { who } => self.adjust(*who, Action::Erase, mix),
            Act::Again => match self.last.clone() {
                Some(command) => self.decide(&command, mix),
                None => Ok(()),
            },
            Act::Deliver { pair, again } => self.deliver((*pair).into(), *again, mix),
        }
    }

    fn adjust(&mut self, who: u8, action: Action, mix: &Mix) -> Verdict {
        let (actor, reason) = (Name::from("op-7"), Name::from("a good reason"));
        let body = Body::Adjust(Adjustment { actor, reason, action });
        let command = self.command("adjustments", member(who), body, 0);
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
        for event in &events {
            let Event::Outcome(record) = event else { continue };
            let (first, fates) = self.answers.entry(record.event).or_default();
            let kind = record.outcome.kind;
            let repeats = matches!(kind, OutcomeKind::Duplicate | OutcomeKind::Conflict);
            *first += u32::from(!record.later && !repeats);
            *fates += u32::from(!repeats && kind != OutcomeKind::Parked);
            mix.count(format!("{kind:?} {:?}", record.outcome.reason));
        }
        for told in follow_ups {
            if let Body::Share(share) = &told.body {
                mix.count(format!("{:?}", share.step));
            }
            let pair = (id.clone(), told.entity.clone());
            self.pairs.entry(pair).or_default().push_back((told, true));
        }
        self.within_limits()
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
                "codes" => uses <= 3,
                "jars" => points <= 100,
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

    /// At rest: nothing is reserved, and what is confirmed is what was granted.
    fn is_settled(&self) -> Verdict {
        let (mut confirmed, mut granted) = (0, 0);
        for (id, usage) in self.usages() {
            same(
                &format!("S34: still reserved of {id}"),
                &(0, 0),
                &(usage.reserved, usage.reserved_points.get()),
            )?;
            confirmed += usage.confirmed_points.get();
        }
        for (id, entity) in &self.entities {
            let account = &entity.account;
            if !account.wallets.iter().all(|balance| wallet_adds_up(account, balance))
                || !entity.lots.rows().values().all(lot_adds_up)
            {
                return fail(format!("S05: {account:?}"));
            }
            same(&format!("S34: who waits for ever as {id}"), &0, &account.waiting.len())?;
            granted += account.wallets.iter().map(|it| it.earned.get() - it.clawed_back.get()).sum::<i64>();
        }
        same("S34: points confirmed, and granted", &confirmed, &granted)?;
        for (event, answers) in &self.answers {
            same(&format!("S27: answered first, and what became of {event}"), &(1, 1), answers)?;
        }
        Ok(())
    }
}

#[test]
fn s34_no_limit_lets_more_through_and_all_that_is_reserved_is_confirmed_or_released() {
    let mix = Mix::default();
    hold(4000, (acts(), vec(any::<u16>(), 1..40)), |(acts, picks)| -> Result<(), TestCaseError> {
        let mut world = World::new();
        acts.iter().try_for_each(|act| world.act(act, &mix))?;
        world.come_to_rest(&picks, &mix)?;
        world.is_settled()
    });
    mix.assert_at_least(&[
        ("Reserve", 10_000),
        ("Reserved", 5_000),
        ("Refused", 1_000),
        ("Confirm", 5_000),
        ("Release", 300),
        ("Applied LimitReached", 1_000),
        ("Rejected AccountErased", 1_000),
        ("Duplicate AwaitsLimit", 100),
    ]);
}
