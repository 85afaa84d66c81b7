//! Plays a story on the core: acts become commands, decisions become rows.

use super::Verdict;
use super::act::{Act, ActivityAct, PayAct, SaleAct, Take, Wait, What};
use super::programme::ITEMS;
use crate::frozen;
use crate::scenario::activity;
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, Command, ItemOrder, PointsTender, Return,
    ReturnLine, Sale, SaleLine, Source,
};
use domain::purchase::Quantity;
use domain::tariff::{Tariff, Tariffs};
use domain::{Decision, Digest, Entity, EntityId, EventKey, Minor, Name, Points, Timestamp};
use std::sync::Arc;

const HOUR: i64 = 3_600_000;
const PARTNERS: [&str; 3] = ["X", "Y", "Z"];
const GROUPS: [&str; 4] = ["", "work", "parts", "food"];
const WALLETS: [&str; 3] = ["", "bonus", "stamps"];

/// 2026-01-10T12:00:00Z.
pub const START: Timestamp = Timestamp(1_768_046_400_000);

pub struct Player {
    pub entity: Entity,
    pub tariffs: Tariffs,
    pub now: Timestamp,
    /// Every sale announced, by its partner and lines.
    pub sales: Vec<Command>,
    holds: Vec<(Name, EventKey)>,
    /// Every command sent, with its *now*.
    pub sent: Vec<(Command, Timestamp)>,
    later: Vec<(u8, Command)>,
    number: u32,
}

impl Player {
    pub fn new(tariff: Tariff) -> Self {
        Self::under(&[tariff])
    }

    /// Under versions of one programme.
    pub fn under(versions: &[Tariff]) -> Self {
        let mut tariffs = Tariffs::default();
        versions.iter().cloned().for_each(|tariff| tariffs.add(Arc::new(tariff)));
        Self {
            entity: Entity::new(EntityId::member("test", "m"), true),
            tariffs,
            now: START,
            sales: Vec::new(),
            holds: Vec::new(),
            sent: Vec::new(),
            later: Vec::new(),
            number: 0,
        }
    }

    /// Plays `acts`; `look` sees each command before its rows are put, with the entity as it was.
    pub fn play(
        &mut self,
        acts: &[Act],
        mut look: impl FnMut(&Self, &Command, &Decision) -> Verdict,
    ) -> Verdict {
        for act in acts {
            self.now = self.wait(act.wait);
            if let Some(command) = self.command(&act.what) {
                self.send(command, &mut look)?;
            }
            self.later.iter_mut().for_each(|(acts, _)| *acts = acts.saturating_sub(1));
            while let Some(place) = self.later.iter().position(|(acts, _)| *acts == 0) {
                let (_, mut command) = self.later.remove(place);
                command.delivered_at = self.now;
                self.send(command, &mut look)?;
            }
        }
        Ok(())
    }

    pub fn send(
        &mut self,
        command: Command,
        look: &mut impl FnMut(&Self, &Command, &Decision) -> Verdict,
    ) -> Verdict {
        let decision =
            domain::decide(&self.entity, &command, self.now, &self.tariffs).expect("rows in memory");
        frozen::see(&decision);
        look(self, &command, &decision)?;
        decision.rows.into_iter().for_each(|row| self.entity.put(row));
        self.sent.push((command, self.now));
        Ok(())
    }

    /// Lets time pass, and nothing else.
    pub fn pass(&mut self, until: Timestamp) -> Decision {
        self.now = until;
        let decision = domain::advance(&self.entity, until, &self.tariffs).expect("rows in memory");
        frozen::see(&decision);
        decision.rows.iter().cloned().for_each(|row| self.entity.put(row));
        decision
    }

    fn wait(&self, wait: Wait) -> Timestamp {
        let due = self.entity.account.next_due;
        let due = if due.is_finite() { due.max(self.now) } else { self.now };
        match wait {
            Wait::None => self.now,
            Wait::Minutes(minutes) => self.now.plus_millis(i64::from(minutes) * 60_000),
            Wait::Hours(hours) => self.now.plus_millis(i64::from(hours) * HOUR),
            Wait::Days(days) => self.now.plus_millis(i64::from(days) * 24 * HOUR),
            Wait::Due => due,
            Wait::BeforeDue => due.plus_millis(-1).max(self.now),
        }
    }

    fn command(&mut self, what: &What) -> Option<Command> {
        match what {
            What::Sale(sale) => Some(self.sale(sale)),
            What::Return { of, take } => {
                let sale = pick(&self.sales, *of)?.clone();
                Some(self.returned(&sale, take))
            }
            What::ReturnFirst { sale, take, then } => {
                let sale = self.sale(sale);
                let ret = self.returned(&sale, take);
                if let Some(acts) = then {
                    self.later.push((*acts + 1, sale));
                }
                Some(ret)
            }
            What::Hold { partner, percent, hours, wallet } => {
                let wallet = Name::from(WALLETS[usize::from(*wallet)]);
                let points = self.share_of_available(&wallet, *percent);
                let time_to_live = i64::from(*hours) * HOUR;
                let body = Body::Authorise(Authorise {
                    wallet,
                    points,
                    time_to_live,
                    currency: Name::default(),
                    lines: Vec::new(),
                });
                let command = self.envelope(*partner, "redemptions", body, self.now);
                self.holds.push((command.source.partner.clone(), command.key));
                Some(command)
            }
            What::Capture { of, percent, more } => {
                let (partner, redemption) = pick(&self.holds, *of)?.clone();
                let points = self.share_of_hold(redemption, *percent);
                let body = Body::Capture(Capture { redemption, points, more: *more });
                Some(self.envelope(place_of(&partner), "redemptions", body, self.now))
            }
            What::Cancel { of } => {
                let (partner, redemption) = pick(&self.holds, *of)?.clone();
                let body = Body::Cancel(Cancel { redemption });
                Some(self.envelope(place_of(&partner), "redemptions", body, self.now))
            }
            What::Adjust { what, percent, wallet } => Some(self.adjusted(*what, *percent, *wallet)),
            What::Repeat { of, altered } => self.again(*of, *altered),
            What::Activity(act) => Some(self.activity(*act)),
            What::Order { partner, item } => {
                let (item, choice) = ITEMS[usize::from(*item)];
                let body = Body::Order(ItemOrder { item: Name::from(item), choice: Name::from(choice) });
                let command = self.envelope(*partner, "redemptions", body, self.now);
                self.holds.push((command.source.partner.clone(), command.key));
                Some(command)
            }
            What::Erase => {
                let (actor, reason) = (Name::from("op-7"), Name::from("asked to"));
                let body = Body::Adjust(Adjustment { actor, reason, action: Action::Erase });
                Some(self.envelope(0, "adjustments", body, self.now))
            }
            What::Tick => Some(self.envelope(0, "ticks", Body::Tick, self.now)),
        }
    }

    /// What an operator does: grants, write-offs and forgiven debts by what there is, blocks and unblocks.
    fn adjusted(&mut self, what: u8, percent: u16, wallet: u8) -> Command {
        let wallet = Name::from(WALLETS[usize::from(wallet)]);
        let name = if wallet.as_str().is_empty() { "bonus" } else { wallet.as_str() };
        let balance = self.entity.account.balance(name);
        let share = |there: Option<Points>| {
            let there = there.map_or(100, Points::get);
            Points::at_least_zero((there * i64::from(percent) / 100).max(1))
        };
        let action = match what {
            0 => Action::Grant { wallet, points: share(None), partner: Name::from(PARTNERS[0]) },
            1 => Action::WriteOff { points: share(balance.map(|balance| balance.total())), wallet },
            2 | 3 => Action::Forgive { points: share(balance.map(|balance| balance.debt)), wallet },
            4 => Action::Block,
            _ => Action::Unblock,
        };
        let (actor, reason) = (Name::from("op-7"), Name::from("a good reason"));
        let body = Body::Adjust(Adjustment { actor, reason, action });
        self.envelope(0, "adjustments", body, self.now)
    }

    /// An activity of [`super::super::scenario::tariffs::activities`], announced; the caller sends it.
    pub fn activity(&mut self, act: ActivityAct) -> Command {
        let ActivityAct { partner, kind, value, late } = act;
        let (kind, attribute, text) = match kind {
            0 => ("registration", "", String::new()),
            1 => ("contest", "place", value.to_string()),
            2 => ("jars", "number", value.to_string()),
            3 => ("referral", "friend", format!("@test:member:{}", value % 2)),
            4 => ("review", "colour", if value.is_multiple_of(2) { "red" } else { "blue" }.to_owned()),
            _ => ("subscription", "paid", format!("{value}.{value}5")),
        };
        let attributes = [(attribute.to_owned(), text)];
        let attributes = if attribute.is_empty() { &[][..] } else { &attributes };
        let occurred_at = self.now.plus_millis(-i64::from(late) * HOUR);
        self.envelope(partner, "activities", Body::Activity(activity(kind, attributes)), occurred_at)
    }

    /// A command sent before, delivered again.
    fn again(&self, of: u16, altered: bool) -> Option<Command> {
        let mut command = pick(&self.sent, of)?.0.clone();
        command.delivered_at = self.now;
        if altered {
            // Dated now: in time, whatever the first one was.
            command.occurred_at = self.now;
            command.content = Digest::of(&command.content.0);
        }
        Some(command)
    }

    /// A sale, announced; the caller sends it.
    pub fn sale(&mut self, act: &SaleAct) -> Command {
        let occurred_at = self.now.plus_millis(-i64::from(act.late) * HOUR);
        let lines = act.lines.iter().zip(1..).map(|(line, number)| SaleLine {
            line: number,
            sku: Name::default(),
            group: Name::from(GROUPS[usize::from(line.group)]),
            quantity: Quantity(line.quantity),
            amount: Minor(line.amount),
            promotional: false,
        });
        let lines: Vec<SaleLine> = lines.collect();
        let total = lines.iter().map(|line| line.amount.0).sum();
        let tender = act.pay.and_then(|pay| self.tender(pay, total));
        let body = Body::Sale(Sale {
            currency: Name::from("RUB"),
            lines,
            tenders: tender.into_iter().collect(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        });
        let command = self.envelope(act.partner, "purchases", body, occurred_at);
        self.sales.push(command.clone());
        command
    }

    fn tender(&mut self, pay: PayAct, total: i64) -> Option<PointsTender> {
        let (points, hold) = match pay {
            PayAct::Offline(percent) => (self.share_of_available(&Name::default(), percent), EventKey::NONE),
            PayAct::Unknown(percent) => (
                self.share_of_available(&Name::default(), percent),
                EventKey::of("X", "redemptions", "nobody"),
            ),
            PayAct::Hold(of, percent) => {
                let hold = pick(&self.holds, of)?.1;
                (self.share_of_hold(hold, percent), hold)
            }
        };
        let points = points.get().min(total / 100);
        let amount = Minor(points * 100);
        let points = Points::at_least_zero(points);
        (!points.is_zero()).then(|| PointsTender { wallet: Name::default(), points, amount, hold })
    }

    /// A return of `take` of `sale`; the caller sends it.
    pub fn returned(&mut self, sale: &Command, take: &Take) -> Command {
        let Body::Sale(sold) = &sale.body else { unreachable!("a sale") };
        let of = |line: &SaleLine, percent: i64| ReturnLine {
            line: line.line,
            quantity: Quantity((line.quantity.0 * percent / 100).max(1)),
        };
        let mut lines: Vec<ReturnLine> = match take {
            Take::Whole => sold.lines.iter().map(|line| of(line, 100)).collect(),
            Take::Parts(parts) => parts
                .iter()
                .map(|(place, percent)| {
                    of(&sold.lines[usize::from(*place) % sold.lines.len()], i64::from(*percent))
                })
                .collect(),
            Take::Excess => vec![of(&sold.lines[0], 150)],
            Take::UnknownLine => {
                vec![ReturnLine { line: 99, quantity: Quantity(1000) }, of(&sold.lines[0], 50)]
            }
        };
        lines.sort_by_key(|line| line.line);
        lines.dedup_by_key(|line| line.line);
        self.return_of(sale, lines)
    }

    pub fn return_of(&mut self, sale: &Command, lines: Vec<ReturnLine>) -> Command {
        let body = Body::Return(Return { purchase: sale.key, lines });
        self.envelope(place_of(&sale.source.partner), "returns", body, self.now)
    }

    /// `percent` of what is available in `wallet`, and at least one point.
    fn share_of_available(&self, wallet: &Name, percent: u16) -> Points {
        let wallet = if wallet.as_str().is_empty() { "bonus" } else { wallet.as_str() };
        let balance = self.entity.account.balance(wallet);
        let available = balance.map_or(0, |balance| balance.buckets.available.get());
        Points::at_least_zero((available * i64::from(percent) / 100).max(1))
    }

    fn share_of_hold(&self, hold: EventKey, percent: u16) -> Points {
        let asked = self.entity.redemptions.rows().get(&hold).map_or(1, |row| row.requested.get());
        Points::at_least_zero((asked * i64::from(percent) / 100).max(1))
    }

    pub fn envelope(&mut self, partner: u8, feed: &str, body: Body, occurred_at: Timestamp) -> Command {
        self.number += 1;
        let (partner, id) = (PARTNERS[usize::from(partner)], format!("{}", self.number));
        Command {
            key: EventKey::of(partner, feed, &id),
            entity: self.entity.account.entity.clone(),
            source: Source {
                partner: Name::from(partner),
                feed: Name::from(feed),
                id: Name::from(id.as_str()),
                partition: 0,
                offset: i64::from(self.number),
            },
            occurred_at,
            delivered_at: self.now,
            content: Digest::of(format!("{body:?}{occurred_at:?}").as_bytes()),
            trace: Name::default(),
            body,
        }
    }
}

/// The last one for the largest number, else counted round.
fn pick<T>(from: &[T], place: u16) -> Option<&T> {
    if place == u16::MAX {
        return from.last();
    }
    (!from.is_empty()).then(|| &from[usize::from(place) % from.len()])
}

fn place_of(partner: &Name) -> u8 {
    PARTNERS.iter().zip(0..).find(|(name, _)| **name == partner.as_str()).map_or(0, |(_, place)| place)
}
