//! S04, S10, S12: whatever the limits, parts add up, no line is paid above its limit, wallets pay in burn order.

use super::{Verdict, fail, hold, same};
use crate::frozen;
use crate::scenario::tariffs;
use domain::command::{Action, Adjustment, Body, Command, PointsTender, Sale, SaleLine, Source};
use domain::factor::Factor;
use domain::limits::Limits;
use domain::outcome::Reason;
use domain::purchase::{Purchase, Quantity};
use domain::split::{Run, largest_spend, payers};
use domain::tariff::{Tariff, Tariffs, Wallet};
use domain::{Digest, Entity, EntityId, Event, EventKey, Minor, Name, Points, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

const GROUPS: [&str; 3] = ["", "work", "parts"];

fn share() -> impl Strategy<Value = Factor> {
    let percent = prop_oneof![2 => Just(100), 1 => Just(0), 4 => 1..100_i64];
    percent.prop_map(|percent| tariffs::factor(&format!("{}.{:02}", percent / 100, percent % 100)))
}

fn limits() -> impl Strategy<Value = Limits> {
    let groups = vec(any::<bool>(), 3);
    let once = (prop_oneof![3 => Just(1), 1 => 2..30_i64], 0..30_i64, proptest::option::of(1..2_000_i64));
    (share(), share(), share(), share(), groups, any::<bool>(), once).prop_map(
        |(whole, work, parts, of_line, except, promotional, (step, at_least, at_most))| Limits {
            share: whole,
            of_groups: [(Name::from("work"), work), (Name::from("parts"), parts)].into(),
            of_line,
            except_groups: if except.iter().all(|it| *it) { vec!["parts".into()] } else { Vec::new() },
            promotional,
            at_least: Points::at_least_zero(at_least),
            at_most: at_most.map(Points::at_least_zero),
            step: Points::at_least_zero(step),
            exclusive_with: if except[0] && except[1] { vec!["premium".into()] } else { Vec::new() },
        },
    )
}

fn lines() -> impl Strategy<Value = Vec<SaleLine>> {
    let line = (prop_oneof![0..200_000_i64, Just(0)], 0..3_usize, any::<bool>());
    vec(line, 1..6).prop_map(|lines| {
        let line = |((amount, group, promotional), line): ((i64, usize, bool), i32)| SaleLine {
            line,
            sku: Name::default(),
            group: Name::from(GROUPS[group]),
            quantity: Quantity(1000),
            amount: Minor(amount),
            promotional,
        };
        lines.into_iter().zip(1..).map(line).collect()
    })
}

struct World {
    tariffs: Tariffs,
    entity: Entity,
    events: Vec<Event>,
}

impl World {
    fn send(&mut self, feed: &str, number: i64, body: Body) -> EventKey {
        let (id, at) = (Name::from(number.to_string()), Timestamp(number * 1_000));
        let key = EventKey::of("X", feed, id.as_str());
        let source = Source { partner: "X".into(), feed: feed.into(), id, partition: 0, offset: number };
        let entity = self.entity.account.entity.clone();
        let (content, trace) = (Digest::default(), Name::default());
        let command =
            Command { key, entity, source, occurred_at: at, delivered_at: at, content, trace, body };
        let decision = domain::decide(&self.entity, &command, at, &self.tariffs).expect("rows in memory");
        frozen::see(&decision);
        decision.rows.into_iter().for_each(|row| self.entity.put(row));
        self.events = decision.events;
        key
    }

    fn grant(&mut self, number: i64, wallet: &str, points: i64) {
        let (actor, reason, partner) = (Name::from("op"), Name::from("a test"), Name::from("X"));
        let action = Action::Grant { wallet: wallet.into(), points: Points::at_least_zero(points), partner };
        self.send("adjustments", number, Body::Adjust(Adjustment { actor, reason, action }));
    }
}

/// A member with so many points of each wallet.
fn member(tariff: &Tariff, there: [i64; 2]) -> World {
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::new(tariff.clone()));
    let entity = Entity::new(EntityId::member("test", "m"), true);
    let mut world = World { tariffs, entity, events: Vec::new() };
    world.grant(1, "bonus", there[0]);
    world.grant(2, "premium", there[1]);
    world
}

/// What was paid of each line by a wallet.
fn paid(entity: &Entity, purchase: &Purchase, wallet: &str) -> Vec<i64> {
    let rows = entity.redemptions.rows();
    let one = purchase.redemptions.first().and_then(|key| rows.get(key));
    let alone = purchase.parts.is_empty() && one.is_some_and(|row| row.wallet.as_str() == wallet);
    let whole = |line: usize| if alone { purchase.lines[line].points.get() } else { 0 };
    let of = |line: usize| {
        let parts = purchase.parts.iter().filter(|part| part.wallet.as_str() == wallet);
        parts.map(|part| part.points[line].get()).sum::<i64>() + whole(line)
    };
    (0..purchase.lines.len()).map(of).collect()
}

fn check_lines(tariff: &Tariff, lines: &[SaleLine], entity: &Entity, purchase: &Purchase) -> Verdict {
    for wallet in &tariff.wallets {
        let limits = &wallet.limits;
        let mut sum = 0;
        for (line, points) in lines.iter().zip(paid(entity, purchase, wallet.name.as_str())) {
            let never = limits.except_groups.contains(&line.group) || line.promotional && !limits.promotional;
            let share = limits.of_groups.get(&line.group).copied().unwrap_or(limits.of_line);
            let most = if never { 0 } else { line.amount.0 * share.millionths() / 100_000_000 };
            if points > most {
                return fail(format!("S12: {points} points of {} pay {line:?}, at most {most}", wallet.name));
            }
            sum += points;
        }
        let basket: i64 = lines.iter().map(|line| line.amount.0).sum();
        let whole = basket * limits.share.millionths() / 100_000_000;
        let at_most = limits.at_most.map_or(whole, |most| most.get().min(whole));
        if sum > at_most || sum % limits.step.get() != 0 || sum > 0 && sum < limits.at_least.get() {
            return fail(format!("S12: {sum} points of {}, at most {at_most}: {limits:?}", wallet.name));
        }
    }
    for (line, row) in lines.iter().zip(&purchase.lines) {
        if row.points.get() * 100 > line.amount.0 {
            return fail(format!("S04: {} points pay {line:?}", row.points));
        }
    }
    Ok(())
}

fn premium() -> impl Strategy<Value = Tariff> {
    (limits(), limits(), any::<bool>()).prop_map(|(bonus, premium, together)| {
        let mut tariff = tariffs::premium(bonus, premium);
        tariff.rules = Vec::new();
        tariff.spending.uncovered_becomes_debt = false;
        tariff.wallets[1].priority = i32::from(!together);
        tariff
    })
}

/// What may be spent of a member's points, who has one lot in each wallet.
fn largest_of(
    tariff: &Tariff,
    named: &Name,
    available: impl Fn(&Name) -> Points,
    lines: &[SaleLine],
) -> Points {
    let wallets = payers(tariff, named);
    let run = |(wallet, it): (usize, &&Wallet)| Run { wallet, points: available(&it.name) };
    let runs: Vec<Run> = wallets.iter().enumerate().map(run).collect();
    largest_spend(tariff, &wallets, &runs, lines, Points::at_least_zero(i64::MAX))
}

#[test]
fn s04_s10_s12_what_limits_let_be_spent_keeps_every_limit_and_more_is_said() {
    let amounts = (1..3_000_i64, 1..3_000_i64);
    hold(3000, (premium(), lines(), amounts, 1..=1200_i64), |(tariff, lines, there, part)| {
        let available =
            |name: &Name| Points::at_least_zero(if name.as_str() == "bonus" { there.0 } else { there.1 });
        let all =
            payers(&tariff, &Name::default()).iter().map(|wallet| available(&wallet.name).get()).sum::<i64>();
        let largest = largest_of(&tariff, &Name::default(), available, &lines).get();
        let mut world = member(&tariff, [there.0, there.1]);
        let points = (largest * part + 999) / 1000;
        if points == 0 {
            return Ok(());
        }
        let amount = Minor(points * 100);
        let (wallet, hold) = (Name::default(), EventKey::NONE);
        let tender = PointsTender { wallet, points: Points::at_least_zero(points), amount, hold };
        let sale = Sale {
            currency: "RUB".into(),
            lines: lines.clone(),
            tenders: vec![tender],
            attributes: Vec::new(),
            discounts: Vec::new(),
        };
        let key = world.send("purchases", 3, Body::Sale(sale));
        let purchase = world.entity.purchases.rows().get(&key).expect("the sale").clone();
        let on_lines: i64 = purchase.lines.iter().map(|line| line.points.get()).sum();
        same("S04: parts add up", &points.min(all), &on_lines)?;
        let ruling = world.events.iter().find_map(|event| match event {
            Event::Decision(decision) => Some(decision.clone()),
            _ => None,
        });
        let ruling = ruling.expect("a decision on the tender");
        if points > all {
            return same("S15: what is not covered", &Reason::NotCovered, &ruling.reason);
        }
        if points > largest {
            return same("S12: what is beyond", &Reason::OverLimit, &ruling.reason);
        }
        if points == largest {
            same("S12: the largest amount is allowed", &Reason::None, &ruling.reason)?;
        }
        if ruling.reason != Reason::None {
            return Ok(()); // between two steps
        }
        check_lines(&tariff, &lines, &world.entity, &purchase)?;
        if tariff.wallets[1].priority > 0 && tariff.wallets[0].may_pay() {
            let asked = |name: &Name| available(name).min(Points::at_least_zero(points));
            let first = largest_of(&tariff, &"bonus".into(), asked, &lines);
            let part = paid(&world.entity, &purchase, "bonus").into_iter().sum::<i64>();
            same("S08: the first to burn pays what it may", &first.get(), &part)?;
        }
        Ok(())
    });
}
