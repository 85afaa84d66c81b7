//! What the engine and the memory backend cost beside the core: 160,000 commands of nine lines, decided by
//! a core that does next to nothing but leave the rows a purchase leaves.
//!
//! `cargo run --release -p embedded --example overhead`

use domain::command::{Body, Command, Sale, SaleLine, Source};
use domain::entity::{Entity, Missing};
use domain::event::OutcomeRecord;
use domain::lot::{Buckets, Lot};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::purchase::{Purchase, PurchaseGrant, PurchaseLine, Quantity};
use domain::tariff::{Tariff, Tariffs};
use domain::upcoming::Upcoming;
use domain::{Digest, EntityId, Event, EventKey, LotId, Minor, Name, Points, Row, RowKey, Timestamp};
use embedded::{Broker, PassThrough, Tables};
use engine::config::{Clock, Config};
use engine::core::{Context, Core, Effects};
use engine::driver::Driver;
use engine::wal::ProgrammeVersion;
use std::sync::Arc;
use std::time::{Duration, Instant};

const COMMANDS: usize = 160_000;
const MEMBERS: usize = 2_500;

struct Bare;

impl Core for Bare {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        vec![RowKey::Purchase(command.key)]
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        _: &Tariffs,
    ) -> Result<Effects, Missing> {
        let known = entity.purchases.get(command.key, RowKey::Purchase)?;
        assert!(known.is_none(), "every command is new");
        let Body::Sale(sale) = &command.body else { return Ok(Effects::default()) };
        let mut account = entity.account.clone();
        account.sequence += 1;
        account.now = now;
        account.live_from = 1;
        let lot = lot(command);
        let outcome = Outcome::of(OutcomeKind::Applied, Reason::None);
        let purchase = Purchase {
            key: command.key,
            partner: command.source.partner.clone(),
            id: command.source.id.clone(),
            occurred_at: command.occurred_at,
            version: 1,
            tier: command.trace.clone(),
            content: command.content,
            outcome,
            lines: sale.lines.iter().map(line).collect(),
            grants: vec![PurchaseGrant {
                terms: command.trace.clone(),
                lot: lot.id,
                at_sale: Points::ZERO,
                now: Points::ZERO,
                funder: Name::default(),
            }],
            redemptions: Vec::new(),
            line: domain::EventKey::NONE,
            attributes: Vec::new(),
            profile: None,
            parts: Vec::new(),
            claims: Vec::new(),
            watchers: Vec::new(),
        };
        let events = vec![Event::Outcome(OutcomeRecord {
            event: command.key,
            source: command.source.clone(),
            entity: command.entity.clone(),
            at: now,
            later: false,
            outcome,
            total: Points::ZERO,
            available: Points::ZERO,
            debt: Points::ZERO,
            next: Upcoming::NOTHING,
            occurred_at: command.occurred_at,
            trade: None,
            linked: None,
        })];
        let rows = vec![Row::Account(account), Row::Lot(lot), Row::Purchase(purchase)];
        Ok(Effects { rows, events, follow_ups: Vec::new() })
    }
}

fn line(line: &SaleLine) -> PurchaseLine {
    PurchaseLine {
        line: line.line,
        sku: line.sku.clone(),
        group: line.group.clone(),
        quantity: line.quantity,
        amount: line.amount,
        points: Points::ZERO,
        paid_by_points: Minor::ZERO,
        returned: Quantity(0),
    }
}

fn lot(command: &Command) -> Lot {
    Lot {
        id: LotId { issued_month: 1, key: command.key },
        wallet: command.trace.clone(),
        terms: command.trace.clone(),
        partner: command.source.partner.clone(),
        cause: command.key,
        version: 1,
        occurred_at: command.occurred_at,
        accrued_at: command.occurred_at,
        activates_at: command.occurred_at,
        expires_at: Timestamp::NEVER,
        issued: Points::ZERO,
        clawed_back: Points::ZERO,
        buckets: Buckets::default(),
        drawn_by: Vec::new(),
        reminded: 0,
        remind_at: Timestamp::NEVER,
        given_at: None,
    }
}

fn command(n: usize, entities: &[EntityId], skus: &[Name]) -> Arc<Command> {
    let id = Name::from(n.to_string());
    let empty = skus[0].clone();
    let lines = (0..9).map(|place| SaleLine {
        line: place,
        sku: skus[(n * 7 + place as usize) % skus.len()].clone(),
        group: empty.clone(),
        quantity: Quantity(1_000),
        amount: Minor(100),
        promotional: false,
    });
    Arc::new(Command {
        key: EventKey::of("shop", "purchases", id.as_str()),
        entity: entities[n * 31 % MEMBERS].clone(),
        source: Source { partner: empty.clone(), feed: empty.clone(), id, partition: 0, offset: n as i64 },
        occurred_at: Timestamp(n as i64),
        delivered_at: Timestamp(n as i64),
        content: Digest::default(),
        trace: empty.clone(),
        body: Body::Sale(Sale {
            currency: empty.clone(),
            lines: lines.collect(),
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        }),
    })
}

fn main() {
    let entities: Vec<EntityId> = (0..MEMBERS).map(|n| EntityId::member("p", &n.to_string())).collect();
    let skus: Vec<Name> = (0..5_000).map(|n| Name::from(n.to_string())).collect();
    let commands: Vec<Arc<Command>> = (0..COMMANDS).map(|n| command(n, &entities, &skus)).collect();

    let begun = Instant::now();
    let mut alone: std::collections::HashMap<EntityId, Entity> = std::collections::HashMap::new();
    for command in &commands {
        let id = command.entity.clone();
        let entity = alone.entry(id.clone()).or_insert_with(|| Entity::new(id, true));
        let now = entity.account.now.max(command.delivered_at);
        let effects = Bare.decide(entity, command, now, &Tariffs::default()).expect("all is there");
        effects.rows.into_iter().for_each(|row| entity.put(row));
    }
    println!("core alone          {:>8.3} s", begun.elapsed().as_secs_f64());
    drop(alone);

    let compiler = |_: &ProgrammeVersion| -> Result<Arc<Tariff>, String> { Err("none here".to_owned()) };
    let config =
        Config { clock: Clock::Event, statement: false, cache_bytes: 512 << 20, ..Config::default() };
    let mut context =
        Context::new(config, PassThrough::new().expect("schemas that can be read"), compiler, 1);
    context.core = Box::new(Bare);
    let broker = Broker::new(1).forgetting();
    let tables = Tables::default();
    let mut driver = Driver::new(broker.join(), tables.open(), Arc::new(context), || Timestamp(0));
    let begun = Instant::now();
    for chunk in commands.chunks(4_000) {
        chunk.iter().for_each(|command| broker.publish(Arc::clone(command)));
        driver.step(Duration::ZERO).expect("memory does not fail");
        drop(broker.take_events());
    }
    while !(broker.is_consumed() && driver.is_settled()) {
        driver.step(Duration::ZERO).expect("memory does not fail");
    }
    println!("with engine, memory {:>8.3} s", begun.elapsed().as_secs_f64());
    println!("{:?}", driver.counters());
}
