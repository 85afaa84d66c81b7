//! Stories of cards: sales, returns, activities and redemptions by member or card, and what happens to the cards.

use super::act::{ActivityAct, SaleAct, Take, activity, sale, take};
use super::player::{Player, START};
use super::programme::active;
use domain::calendar::Span;
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, CardChange, CardNews, PointsTender,
};
use domain::tariff::Tariff;
use domain::{Command, EntityId, EventKey, Minor, Name, Points};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub const HOUR: i64 = 3_600_000;
/// Below the lateness bound of the programmes, 25 days.
const LATEST: i64 = 24 * 24;

/// Who is shown at the till: one of three members, or one of two cards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shown {
    Member(u8),
    Card(u8),
}

impl Shown {
    pub const ALL: [Self; 5] =
        [Self::Member(0), Self::Member(1), Self::Member(2), Self::Card(0), Self::Card(1)];

    pub fn id(self) -> EntityId {
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

/// A stretch of a card's time that is someone's: how long after the one before, whose, when it is told again, how
/// long it lasts (for ever where nothing is said), and how late each of the three is heard of.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    after: i64,
    member: u8,
    again: Option<i64>,
    lasts: Option<i64>,
    late: (i64, i64, i64),
}

/// A request for points, and what follows it: so many hours later a capture of so many per cent, or (0) a cancel.
#[derive(Clone, Debug)]
struct Ask {
    at: i64,
    shown: Shown,
    points: i64,
    hours: i64,
    then: Option<(i64, i64)>,
    /// Whether it is a till's that was offline, with its own sale.
    offline: Option<SaleAct>,
    /// So many hours later an operator forgives so many points.
    forgiven: Option<(i64, i64)>,
}

#[derive(Clone, Debug)]
pub struct Story {
    pub tariff: Tariff,
    visits: Vec<Visit>,
    deeds: Vec<(ActivityAct, Shown, i64)>,
    lives: [Vec<Stretch>; 2],
    asks: Vec<Ask>,
}

impl Story {
    /// Whether points pay for sales: what those earn depends on what was decided.
    pub fn pays(&self) -> bool {
        self.asks.iter().any(|ask| ask.offline.is_some())
    }
}

fn late() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0), 3 => 0..LATEST]
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![1 => (0..3_u8).prop_map(Shown::Member), 3 => (0..2_u8).prop_map(Shown::Card)]
}

fn visit() -> impl Strategy<Value = Visit> {
    let back = prop_oneof![2 => Just(None), 1 => (take(), 0..400_i64).prop_map(Some)];
    let hours = prop_oneof![Just(0_i64), 0..200_i64];
    (sale(), shown(), hours, back, (late(), late())).prop_map(|(sale, shown, hours, back, late)| {
        // Which lots pay is decided once, in log order; what is over what was bought is refused by arrival.
        let sale = SaleAct { pay: None, late: 0, ..sale };
        let back = back.map(|(take, after)| match take {
            Take::Excess => (Take::Whole, after),
            take => (take, after),
        });
        Visit { sale, shown, hours, back, late }
    })
}

fn deed() -> impl Strategy<Value = (ActivityAct, Shown, i64)> {
    (activity(), shown(), prop_oneof![Just(0_i64), 0..200_i64], late()).prop_map(
        |(act, shown, hours, late)| {
            (ActivityAct { late: u16::try_from(late).expect("hours"), ..act }, shown, hours)
        },
    )
}

fn life() -> impl Strategy<Value = Vec<Stretch>> {
    let hours = || prop_oneof![1 => 1..24_i64, 3 => 1..600_i64];
    let after = prop_oneof![1 => Just(0_i64), 5 => hours()];
    let stretch = (
        after,
        0..3_u8,
        option::weighted(0.2, hours()),
        option::weighted(0.8, hours()),
        (late(), late(), late()),
    );
    let stretch =
        stretch.prop_map(|(after, member, again, lasts, late)| Stretch { after, member, again, lasts, late });
    vec(stretch, 0..4)
}

fn ask() -> impl Strategy<Value = Ask> {
    let offline = option::weighted(0.3, sale().prop_map(|sale| SaleAct { pay: None, late: 0, ..sale }));
    let then = option::weighted(0.8, (0..80_i64, prop_oneof![1 => Just(0_i64), 3 => 1..130_i64]));
    let forgiven = option::weighted(0.5, (0..600_i64, 1..30_i64));
    (0..1500_i64, shown(), 1..400_i64, 1..900_i64, then, offline, forgiven).prop_map(
        |(at, shown, points, hours, then, offline, forgiven)| Ask {
            at,
            shown,
            points,
            hours,
            then,
            offline,
            forgiven,
        },
    )
}

/// Stories whose points nobody spends.
pub fn unspent() -> impl Strategy<Value = Story> {
    (active(), vec(visit(), 1..10), vec(deed(), 0..5), [life(), life()]).prop_map(
        |(mut tariff, visits, deeds, lives)| {
            tariff.return_window = Span::Days(400);
            tariff.return_waits = Span::Days(60);
            Story { tariff, visits, deeds, lives, asks: Vec::new() }
        },
    )
}

/// The same with redemptions.
pub fn spent() -> impl Strategy<Value = Story> {
    (unspent(), vec(ask(), 1..8)).prop_map(|(mut story, asks)| {
        // A grace counts from when points come back.
        story.tariff.spending.grace = None;
        Story { asks, ..story }
    })
}

/// A command, and how many milliseconds late it arrives.
pub type Late = (Command, i64);

/// The commands of a story, by their own time; at one instant news of cards come first.
pub fn commands(story: &Story) -> Vec<Late> {
    let mut clerk = Player::new(story.tariff.clone());
    let mut commands = visits(&mut clerk, &story.visits);
    clerk.now = START;
    for (act, shown, hours) in &story.deeds {
        clerk.now = clerk.now.plus_millis(hours * HOUR);
        let mut command = clerk.activity(ActivityAct { late: 0, ..*act });
        command.entity = shown.id();
        commands.push((command, i64::from(act.late) * HOUR));
    }
    for (card, life) in (0..).zip(&story.lives) {
        commands.extend(news(&mut clerk, Shown::Card(card), life));
    }
    story.asks.iter().for_each(|ask| commands.extend(requests(&mut clerk, ask)));
    commands.sort_by_key(|(command, _)| {
        let is_news = matches!(command.body, Body::Card(_));
        (
            command.occurred_at,
            !is_news,
            command.source.feed.clone(),
            command.source.partner.clone(),
            command.key,
        )
    });
    commands
}

fn visits(clerk: &mut Player, visits: &[Visit]) -> Vec<Late> {
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
    commands
}

fn news(clerk: &mut Player, card: Shown, life: &[Stretch]) -> Vec<Late> {
    let mut told = Vec::new();
    let mut at = START;
    for stretch in life {
        at = at.plus_millis(stretch.after * HOUR);
        let bound = CardChange::Bound { member: Shown::Member(stretch.member).id() };
        told.push((at, bound.clone(), stretch.late.0));
        let until = stretch.lasts.map(|lasts| at.plus_millis(lasts * HOUR));
        let again = stretch.again.map(|after| at.plus_millis(after * HOUR));
        if let Some(again) = again.filter(|again| until.is_none_or(|until| *again < until)) {
            told.push((again, bound, stretch.late.1));
        }
        let Some(until) = until else { break };
        told.push((until, CardChange::Unbound, stretch.late.2));
        at = until;
    }
    let as_command = |(at, change, late)| {
        let mut news = clerk.envelope(0, "partner-cards", Body::Card(CardNews { change }), at);
        news.entity = card.id();
        (news, late * HOUR)
    };
    told.into_iter().map(as_command).collect()
}

fn requests(clerk: &mut Player, ask: &Ask) -> Vec<Late> {
    clerk.now = START.plus_millis(ask.at * HOUR);
    let points = Points::at_least_zero(ask.points);
    let hold = Authorise {
        wallet: Name::default(),
        points,
        time_to_live: ask.hours * HOUR,
        currency: Name::default(),
        lines: Vec::new(),
    };
    let mut asked = clerk.envelope(0, "redemptions", Body::Authorise(hold), clerk.now);
    let (redemption, mut commands) = (asked.key, Vec::new());
    if let Some(act) = &ask.offline {
        let by = ask.then.map_or(EventKey::NONE, |_| redemption);
        clerk.now = clerk.now.plus_millis(ask.then.map_or(0, |(after, _)| after) * HOUR);
        commands.push(paid(clerk, act, ask.points, by));
        if by == EventKey::NONE {
            commands.iter_mut().for_each(|command| command.entity = ask.shown.id());
            return commands.into_iter().map(|command| (command, 0)).collect();
        }
    } else if let Some((after, percent)) = ask.then {
        let part = Points::at_least_zero((ask.points * percent / 100).max(1));
        let body = match percent {
            0 => Body::Cancel(Cancel { redemption }),
            _ => Body::Capture(Capture { redemption, points: part, more: percent < 50 }),
        };
        let at = clerk.now.plus_millis(after * HOUR);
        commands.push(clerk.envelope(0, "redemptions", body, at));
    }
    if let Some((after, points)) = ask.forgiven {
        let (wallet, points) = (Name::default(), Points::at_least_zero(points));
        let (actor, reason) = (Name::from("op-7"), Name::from("a good reason"));
        let action = Action::Forgive { wallet, points };
        let body = Body::Adjust(Adjustment { actor, reason, action });
        let at = START.plus_millis((ask.at + after) * HOUR);
        commands.push(clerk.envelope(0, "adjustments", body, at));
    }
    asked.entity = ask.shown.id();
    commands.insert(0, asked);
    commands.iter_mut().for_each(|command| command.entity = ask.shown.id());
    commands.into_iter().map(|command| (command, 0)).collect()
}

/// A sale that is paid with points, as many of them as it costs at the most.
fn paid(clerk: &mut Player, act: &SaleAct, points: i64, hold: EventKey) -> Command {
    let mut sold = clerk.sale(&SaleAct { partner: 0, ..act.clone() });
    let Body::Sale(sale) = &mut sold.body else { unreachable!("a sale") };
    let total: i64 = sale.lines.iter().map(|line| line.amount.0).sum();
    let points = points.min(total / 100);
    if points > 0 {
        let (amount, points) = (Minor(points * 100), Points::at_least_zero(points));
        sale.tenders.push(PointsTender { wallet: Name::default(), points, amount, hold });
    }
    sold
}
