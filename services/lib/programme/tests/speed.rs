//! What deciding a purchase of five lines costs under each programme: time of one core, the least of many batches, so
//! that what else the machine does counts little. The table: `cargo test -p programme --release --test speed -- --nocapture`.

use domain::activity::Attribute;
use domain::award::AttributeType;
use domain::command::{Body, Command, Sale, SaleLine, Source};
use domain::entity::Entity;
use domain::purchase::Quantity;
use domain::tariff::{Tariff, Tariffs};
use domain::{Digest, EntityId, EventKey, Minor, Name, Timestamp, decide};
use std::fs;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sales the account remembers of the month before.
const BEFORE: usize = 20;
const BATCHES: usize = 100;
const BATCH: usize = 100;
/// The most a purchase may take.
const BOUND: Duration = Duration::from_micros(10);
const PATIENCE: Duration = Duration::from_secs(20);
const HOUR: i64 = 3_600_000;

#[test]
fn a_purchase_of_five_lines_takes_at_most_ten_microseconds_under_every_programme() {
    println!("{:>6} {:>7} {:>9}  file", "rules", "offers", "µs");
    let mut folder: Vec<_> = fs::read_dir("../../../deploy/programmes")
        .expect("programmes")
        .map(|it| it.unwrap().path())
        .collect();
    folder.sort();
    for path in folder {
        let (text, file) = (fs::read_to_string(&path).unwrap(), path.display());
        let tariff = programme::compile(&file.to_string(), &text).expect("a programme that is deployed");
        let least = least(&tariff) / u32::try_from(BATCH).unwrap();
        let (rules, offers) = (tariff.rules.len(), tariff.offers.all.len());
        println!("{rules:>6} {offers:>7} {:>9?}  {file}", least);
        // What is not optimised says nothing about speed.
        assert!(
            cfg!(debug_assertions) || least <= BOUND,
            "{file}: {least:?}, expected {BOUND:?} at the most"
        );
    }
}

/// How long a batch takes, undisturbed: asked again for as long as the machine has other things to do.
fn least(tariff: &Arc<Tariff>) -> Duration {
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::clone(tariff));
    let mut entity = Entity::new(EntityId::member(tariff.programme.as_str(), "m"), true);
    for number in 0..BEFORE {
        let command = sale(tariff, number);
        let decision = decide(&entity, &command, command.occurred_at, &tariffs).expect("a whole account");
        decision.rows.into_iter().for_each(|row| entity.put(row));
    }
    let commands: Vec<Command> = (0..BATCH).map(|number| sale(tariff, BEFORE + number)).collect();
    let once = || {
        let began = Instant::now();
        for command in &commands {
            black_box(decide(&entity, command, command.occurred_at, &tariffs).expect("a whole account"));
        }
        began.elapsed()
    };
    let deadline = Instant::now() + PATIENCE;
    let mut least = Duration::MAX;
    let mut batches = 0;
    while batches < BATCHES || least > BOUND * 100 && Instant::now() < deadline {
        least = least.min(once());
        batches += 1;
    }
    least
}

fn sale(tariff: &Tariff, number: usize) -> Command {
    let hours = i64::try_from(number.min(BEFORE)).unwrap_or(0);
    let at = Timestamp(1_800_000_000_000 + hours * 24 * HOUR);
    let groups: Vec<&Name> = tariff.coefficients.keys().collect();
    let line = |line: i32| {
        let group = groups.get(line as usize % groups.len().max(1));
        SaleLine {
            line,
            sku: Name::from(format!("item-{line}")),
            group: group.map_or_else(Name::default, |name| Name::clone(name)),
            quantity: Quantity(1_000),
            amount: Minor(i64::from(line) * 49_999),
            promotional: false,
        }
    };
    let partner = tariff.partners.keys().nth(number % tariff.partners.len().max(1));
    let partner = partner.unwrap_or(&tariff.programme).clone();
    let (feed, id) = (Name::from("purchases"), Name::from(number.to_string()));
    let body = Body::Sale(Sale {
        currency: tariff.currency.code.clone(),
        lines: (1..=5).map(line).collect(),
        tenders: Vec::new(),
        attributes: attributes(tariff),
        discounts: Vec::new(),
    });
    Command {
        key: EventKey::of(partner.as_str(), feed.as_str(), id.as_str()),
        entity: EntityId::member(tariff.programme.as_str(), "m"),
        source: Source { partner, feed, id, partition: 0, offset: 0 },
        occurred_at: at,
        delivered_at: at,
        content: Digest::default(),
        trace: Name::default(),
        body,
    }
}

/// Every attribute that purchases have, the first of its values.
fn attributes(tariff: &Tariff) -> Vec<Attribute> {
    let value = |takes: &AttributeType| match takes {
        AttributeType::Choice(words) => words.first().cloned().unwrap_or_default(),
        AttributeType::Date => Name::from("2001-05-17"),
        AttributeType::Whole | AttributeType::Money | AttributeType::Text => Name::from("7"),
        AttributeType::Account => Name::default(),
    };
    let given = |spec: &domain::award::AttributeSpec| Attribute {
        name: spec.name.clone(),
        value: value(&spec.takes),
        account: Name::default(),
    };
    tariff.declared.purchase.iter().map(given).collect()
}
