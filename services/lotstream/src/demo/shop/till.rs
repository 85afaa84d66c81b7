//! The till: visits in the order of time, each asking the ledger as a real till would.

use super::draw::Draw;
use crate::books::Books;
use crate::failure::Failure;
use domain::command::{Authorise, Body, Command, PointsTender, Return, ReturnLine, Sale, SaleLine, Source};
use domain::purchase::Quantity;
use domain::{Digest, EntityId, Event, EventKey, Minor, Name, Points, Timestamp};
use std::sync::Arc;

/// 2026-01-01T06:00:00Z: the shop opens.
const START: i64 = 1_767_247_200_000;
const DAY: i64 = 86_400_000;
/// The end of the year.
pub(super) const END: i64 = START + 365 * DAY;
const PARTNER: &str = "veloprobeg";

/// Goods: name, group, price in rubles.
const GOODS: [(&str, &str, i64); 8] = [
    ("city bicycle", "bicycles", 24_900),
    ("road bicycle", "bicycles", 68_000),
    ("jacket", "clothing", 14_700),
    ("helmet", "clothing", 8_260),
    ("chain", "parts", 1_990),
    ("tyre", "parts", 2_450),
    ("bell", "accessories", 690),
    ("spring check-up", "service", 3_500),
];

pub(super) struct Till {
    pub(super) books: Books,
    draw: Draw,
    members: u32,
    number: u64,
    pub(super) visits: u64,
    pub(super) returns: u64,
    pub(super) asked: u64,
    pub(super) approved: u64,
    pub(super) turnover: Minor,
}

impl Till {
    pub(super) const fn open(books: Books, members: u32, seed: u64) -> Self {
        let draw = Draw::new(seed);
        let (number, visits, returns, asked, approved) = (0, 0, 0, 0, 0);
        Self { books, draw, members, number, visits, returns, asked, approved, turnover: Minor::ZERO }
    }

    /// A year, about one visit a member and month.
    pub(super) fn year(&mut self) -> Result<(), Failure> {
        let visits = u64::from(self.members) * 12;
        for visit in 0..visits {
            let opened = START + (END - START) / i64::try_from(visits.max(1)).unwrap_or(1) * as_i64(visit);
            let at = Timestamp(opened + as_i64(self.draw.below(3_600_000)));
            let member = format!("m-{}", self.draw.below(self.members.into()) + 1);
            self.visit(&member, at)?;
        }
        Ok(())
    }

    fn visit(&mut self, member: &str, at: Timestamp) -> Result<(), Failure> {
        let lines = self.basket();
        let total: Minor = lines.iter().map(|line| line.amount).sum();
        let tender = if self.draw.chance(25) { self.ask_for_points(member, at, total)? } else { None };
        let sale = Sale {
            currency: Name::from("RUB"),
            lines,
            tenders: tender.into_iter().collect(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        };
        let returned: Vec<ReturnLine> = sale.lines.iter().take(1).map(whole).collect();
        let key = self.send("purchases", member, at, Body::Sale(sale), |_| {})?;
        self.visits += 1;
        self.turnover += total;
        if self.draw.chance(6) {
            let body = Body::Return(Return { purchase: key, lines: returned });
            self.send("returns", member, at.plus_millis(3_600_000), body, |_| {})?;
            self.returns += 1;
        }
        Ok(())
    }

    fn basket(&mut self) -> Vec<SaleLine> {
        let lines = 1 + self.draw.below(3);
        (1..=lines)
            .map(|line| {
                let (name, group, price) = GOODS[usize::try_from(self.draw.below(8)).unwrap_or(0)];
                SaleLine {
                    line: i32::try_from(line).unwrap_or(1),
                    sku: Name::from(name),
                    group: Name::from(group),
                    quantity: Quantity(1000),
                    amount: Minor(price * 100),
                    promotional: false,
                }
            })
            .collect()
    }

    /// Asks for up to 2,000 points; what the ledger grants becomes a tender.
    fn ask_for_points(
        &mut self,
        member: &str,
        at: Timestamp,
        total: Minor,
    ) -> Result<Option<PointsTender>, Failure> {
        let most = u64::try_from(total.0 / 100).unwrap_or(0).min(2_000);
        let points = Points::at_least_zero(as_i64(1 + self.draw.below(most)));
        let body = Body::Authorise(Authorise {
            wallet: Name::default(),
            points,
            time_to_live: 0,
            currency: Name::default(),
            lines: Vec::new(),
        });
        let mut granted = false;
        let hold = self.send("redemptions", member, at, body, |event| {
            if let Event::Decision(decision) = event {
                granted |= decision.approved;
            }
        })?;
        self.asked += 1;
        self.approved += u64::from(granted);
        let amount = Minor(points.get() * 100);
        Ok(granted.then(|| PointsTender { wallet: Name::default(), points, amount, hold }))
    }

    fn send(
        &mut self,
        feed: &str,
        member: &str,
        at: Timestamp,
        body: Body,
        mut heard: impl FnMut(&Event),
    ) -> Result<EventKey, Failure> {
        self.number += 1;
        let id = format!("{}-{}", &feed[..1], self.number);
        let key = EventKey::of(PARTNER, feed, &id);
        let command = Command {
            key,
            entity: EntityId::member("veloprobeg", member),
            source: Source {
                partner: Name::from(PARTNER),
                feed: Name::from(feed),
                id: Name::from(id),
                partition: 0,
                offset: as_i64(self.number),
            },
            occurred_at: at,
            delivered_at: at,
            content: Digest::of(&self.number.to_be_bytes()),
            trace: Name::default(),
            body,
        };
        self.books.decide(vec![Arc::new(command)], &mut heard)?;
        Ok(key)
    }
}

const fn whole(line: &SaleLine) -> ReturnLine {
    ReturnLine { line: line.line, quantity: line.quantity }
}

fn as_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
