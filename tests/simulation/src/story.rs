//! What partners publish in a run: purchases, returns, redemptions, activities, transfers, cards, merges; each now and
//! then twice, as feeds do that were cut off.

use crate::chance::Chance;
use domain::activity::{Activity, Attribute};
use domain::command::{
    Action, Adjustment, Authorise, Body, Cancel, Capture, CardChange, CardNews, Command, PointsTender,
    Return, ReturnLine, Sale, SaleLine, Source,
};
use domain::purchase::Quantity;
use domain::transfer::Transfer;
use domain::{Digest, EntityId, EventKey, Minor, Name, Points, Timestamp};
use std::sync::Arc;

/// Members and cards of a run.
pub(crate) const MEMBERS: u64 = 28;
pub(crate) const CARDS: u64 = 6;
const PROGRAMME: &str = "sim";

/// Publishes commands.
#[derive(Default)]
pub(crate) struct Story {
    published: u64,
    /// Sales that may be returned: their key, whose, and how many lines.
    sales: Vec<(EventKey, EntityId)>,
    /// Holds that may be captured or cancelled.
    holds: Vec<(EventKey, EntityId)>,
    /// What may come a second time.
    sent: Vec<Arc<Command>>,
}

fn member(number: u64) -> EntityId {
    EntityId::member(PROGRAMME, &format!("m{number}"))
}

fn card(number: u64) -> EntityId {
    EntityId::card(PROGRAMME, &format!("c{number}"))
}

/// Who is shown at a till: a member, now and then by a card.
fn shown(chance: &mut Chance) -> EntityId {
    if chance.once_in(6) { card(chance.below(CARDS)) } else { member(chance.below(MEMBERS)) }
}

fn points(chance: &mut Chance, most: i64) -> Points {
    Points::at_least_zero(chance.between(1, most))
}

impl Story {
    /// The next command at `now`, and what it is called in the mix.
    pub(crate) fn next(&mut self, chance: &mut Chance, now: i64) -> (&'static str, Arc<Command>) {
        if !self.sent.is_empty() && chance.once_in(12) {
            self.published += 1;
            let mut again = (**chance.pick(self.sent.as_slice())).clone();
            again.source.offset = self.published as i64;
            return ("doubled", Arc::new(again));
        }
        let (kind, feed, entity, body) = self.body(chance);
        self.published += 1;
        let id = Name::from(self.published.to_string());
        let key = EventKey::of("shop", feed, id.as_str());
        match &body {
            Body::Sale(_) => self.sales.push((key, entity.clone())),
            Body::Authorise(_) => self.holds.push((key, entity.clone())),
            _ => {}
        }
        let source = Source {
            partner: Name::from("shop"),
            feed: Name::from(feed),
            id: id.clone(),
            partition: 0,
            offset: self.published as i64,
        };
        let command = Arc::new(Command {
            key,
            entity,
            source,
            occurred_at: Timestamp(now - chance.between(0, 30_000)),
            delivered_at: Timestamp(now),
            content: Digest::of(id.as_str().as_bytes()),
            trace: Name::default(),
            body,
        });
        self.sent.push(Arc::clone(&command));
        (kind, command)
    }

    fn body(&self, chance: &mut Chance) -> (&'static str, &'static str, EntityId, Body) {
        match chance.below(100) {
            0..45 => ("sale", "purchases", shown(chance), sale(chance)),
            45..57 if !self.sales.is_empty() => {
                let (purchase, of) = chance.pick(&self.sales).clone();
                let lines = vec![ReturnLine { line: 1, quantity: Quantity(1_000) }];
                ("return", "returns", of, Body::Return(Return { purchase, lines }))
            }
            57..66 => {
                let (points, currency) = (points(chance, 150), Name::default());
                let hold = Authorise {
                    wallet: Name::from("points"),
                    points,
                    time_to_live: 0,
                    currency,
                    lines: Vec::new(),
                };
                ("authorise", "redemptions", shown(chance), Body::Authorise(hold))
            }
            66..73 if !self.holds.is_empty() => {
                let (redemption, of) = chance.pick(&self.holds).clone();
                let body = if chance.once_in(3) {
                    Body::Cancel(Cancel { redemption })
                } else {
                    Body::Capture(Capture { redemption, points: points(chance, 150), more: false })
                };
                ("capture or cancel", "redemptions", of, body)
            }
            73..82 => {
                let activity = Activity { kind: Name::from("code"), attributes: Vec::new() };
                ("activity", "activities", shown(chance), Body::Activity(activity))
            }
            82..92 => {
                let (from, to) = (chance.below(MEMBERS), chance.below(MEMBERS));
                let transfer =
                    Transfer { to: member(to), wallet: Name::from("points"), points: points(chance, 60) };
                ("transfer", "redemptions", member(from), Body::Transfer(transfer))
            }
            92..96 => {
                let change = match chance.below(5) {
                    0 => CardChange::Unbound,
                    _ => CardChange::Bound { member: member(chance.below(MEMBERS)) },
                };
                ("card", "cards", card(chance.below(CARDS)), Body::Card(CardNews { change }))
            }
            96 => {
                let into = member(chance.below(MEMBERS));
                ("merge", "adjustments", member(chance.below(MEMBERS)), adjust(Action::Merge { into }))
            }
            97..100 => {
                let (wallet, points) = (Name::from("points"), points(chance, 40));
                let grant = Action::Grant { wallet, points, partner: Name::from("shop") };
                ("adjustment", "adjustments", member(chance.below(MEMBERS)), adjust(grant))
            }
            _ => ("sale", "purchases", shown(chance), sale(chance)),
        }
    }
}

fn adjust(action: Action) -> Body {
    Body::Adjust(Adjustment { actor: Name::from("op-1"), reason: Name::from("simulated"), action })
}

fn sale(chance: &mut Chance) -> Body {
    let lines: Vec<SaleLine> = (1..=chance.between(1, 3))
        .map(|line| SaleLine {
            line: line as i32,
            sku: Name::from("thing"),
            group: Name::default(),
            quantity: Quantity(1_000),
            amount: Minor(chance.between(1, 900) * 100),
            promotional: false,
        })
        .collect();
    let coupon = chance.once_in(8).then(|| Attribute {
        name: Name::from("coupon"),
        value: Name::from("SPRING"),
        account: Name::default(),
    });
    let tenders = chance.once_in(6).then(|| {
        let spent = chance.between(1, 30).min(lines[0].amount.0 / 100);
        PointsTender {
            wallet: Name::from("points"),
            points: Points::at_least_zero(spent),
            amount: Minor(spent * 100),
            hold: EventKey::NONE,
        }
    });
    Body::Sale(Sale {
        currency: Name::from("RUB"),
        lines,
        tenders: tenders.into_iter().collect(),
        attributes: coupon.into_iter().collect(),
        discounts: Vec::new(),
    })
}
