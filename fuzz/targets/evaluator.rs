//! Any history of sales, returns and requests under any deployed programme is decided, and S05 holds: a decision that
//! would break it panics by itself. What a quote told, the sale does.
#![no_main]

use arbitrary::{Arbitrary, Unstructured};
use domain::command::{Authorise, Body, Command, PointsTender, Return, ReturnLine, Sale, SaleLine, Source};
use domain::entity::Entity;
use domain::purchase::Quantity;
use domain::tariff::{Tariff, Tariffs};
use domain::{Digest, EntityId, EventKey, Minor, Name, Points, Timestamp, decide};
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};

/// Every deployed programme, compiled once.
static PROGRAMMES: LazyLock<Vec<Arc<Tariff>>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/programmes");
    let mut files: Vec<_> = std::fs::read_dir(folder).expect(folder).map(|it| it.expect(folder).path()).collect();
    files.sort();
    let compiled = |file: &std::path::PathBuf| {
        let text = std::fs::read_to_string(file).expect("a programme");
        programme::compile("deployed.toml", &text).expect("a programme that is deployed")
    };
    files.iter().map(compiled).collect()
});

#[derive(Arbitrary, Debug)]
enum Act {
    Sale { number: u8, lines: Vec<(u8, u32, u16)>, points: Option<u32>, wallet: u8 },
    Return { sale: u8, lines: Vec<(u8, u16)> },
    Hold { number: u8, points: u32, wallet: u8 },
}

#[derive(Arbitrary, Debug)]
struct Step {
    /// Minutes since the one before.
    after: u16,
    /// Minutes that it is dated back.
    back: u16,
    act: Act,
}

fn pick<'n>(names: &'n [Name], number: u8) -> Name {
    names.get(usize::from(number) % names.len().max(1)).cloned().unwrap_or_default()
}

fn body(tariff: &Tariff, act: &Act) -> (&'static str, String, Body) {
    let wallets: Vec<Name> = tariff.wallets.iter().map(|wallet| wallet.name.clone()).collect();
    let groups: Vec<Name> = tariff.coefficients.keys().cloned().chain([Name::default()]).collect();
    let purchase = |sale: &u8| EventKey::of(tariff.programme.as_str(), "purchases", &sale.to_string());
    match act {
        Act::Sale { number, lines, points, wallet } => {
            let line = |((group, amount, quantity), line): (&(u8, u32, u16), i32)| SaleLine {
                line,
                sku: Name::from("item"),
                group: pick(&groups, *group),
                quantity: Quantity(i64::from(*quantity).max(1)),
                amount: Minor(i64::from(*amount)),
                promotional: amount % 5 == 0,
            };
            let tender = points.and_then(|points| Points::new(points.into())).map(|points| PointsTender {
                wallet: pick(&wallets, *wallet),
                points,
                amount: Minor(points.get()),
                hold: EventKey::NONE,
            });
            let sale = Sale {
                currency: tariff.currency.code.clone(),
                lines: lines.iter().take(6).zip(1..).map(line).collect(),
                tenders: tender.into_iter().collect(),
                attributes: Vec::new(),
                discounts: Vec::new(),
            };
            ("purchases", number.to_string(), Body::Sale(sale))
        }
        Act::Return { sale, lines } => {
            let line = |(line, quantity): &(u8, u16)| ReturnLine {
                line: i32::from(line % 7),
                quantity: Quantity(i64::from(*quantity).max(1)),
            };
            let lines = lines.iter().take(6).map(line).collect();
            let id = format!("{sale}-{}", purchase(sale));
            ("returns", id, Body::Return(Return { purchase: purchase(sale), lines }))
        }
        Act::Hold { number, points, wallet } => {
            let hold = Authorise {
                points: Points::new(i64::from(*points).max(1)).unwrap_or(Points::ZERO),
                wallet: pick(&wallets, *wallet),
                time_to_live: 0,
                currency: Name::default(),
                lines: Vec::new(),
            };
            ("redemptions", number.to_string(), Body::Authorise(hold))
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let (Ok(which), Ok(steps)) = (input.arbitrary::<u8>(), input.arbitrary::<Vec<Step>>()) else { return };
    let tariff = &PROGRAMMES[usize::from(which) % PROGRAMMES.len()];
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::clone(tariff));
    let member = EntityId::member(tariff.programme.as_str(), "m");
    let mut entity = Entity::new(member.clone(), true);
    let mut now = 1_800_000_000_000;
    for step in steps.iter().take(40) {
        now += i64::from(step.after) * 60_000;
        let (feed, id, body) = body(tariff, &step.act);
        let partner = tariff.programme.clone();
        let command = Command {
            key: EventKey::of(partner.as_str(), feed, &id),
            entity: member.clone(),
            source: Source { partner, feed: Name::from(feed), id: Name::from(id), partition: 0, offset: 0 },
            occurred_at: Timestamp(now - i64::from(step.back) * 60_000),
            delivered_at: Timestamp(now),
            content: Digest::default(),
            trace: Name::default(),
            body,
        };
        let decision = decide(&entity, &command, Timestamp(now), &tariffs).expect("a whole account");
        decision.rows.into_iter().for_each(|row| entity.put(row));
    }
});
