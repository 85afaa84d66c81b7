//! A small true history, decided by the core itself: two sales, one of them sent twice, two holds asked for and one
//! refused, a capture, a return, and a record nobody can read.

use domain::tariff::Tariffs;
use domain::{Entity, EntityId, Event, Name};
use feed::{Converter, Feed, Origin};
use lotstream_tests::checker::Place;
use lotstream_tests::checker::evidence::{Asked, Evidence, Rows};
use lotstream_tests::places::repository;
use std::collections::BTreeMap;
use wire::dead_letter::DeadLetterRecord;

/// Feed, day of March 2026, and what the record says beside its member and day.
const EVENTS: [(&str, u32, &str); 7] = [
    (
        "purchases",
        1,
        r#""id":"p","currency":"RUB","total":"4000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"4000"}]"#,
    ),
    (
        "purchases",
        1,
        r#""id":"p","currency":"RUB","total":"4000","lines":[{"line":1,"sku":"a","quantity":"1","amount":"4000"}]"#,
    ),
    (
        "purchases",
        2,
        r#""id":"q","currency":"RUB","total":"4200","lines":[{"line":1,"sku":"b","quantity":"1","amount":"4200"}]"#,
    ),
    ("redemptions", 20, r#""id":"r","step":"authorise","points":150"#),
    ("redemptions", 20, r#""id":"s","step":"authorise","points":150"#),
    ("redemptions", 21, r#""id":"c","step":"capture","redemption":"r","points":140"#),
    ("returns", 22, r#""id":"b","purchase":"p","lines":[{"line":1,"quantity":"1"}]"#),
];

fn tariffs() -> Tariffs {
    let text =
        std::fs::read_to_string(repository().join("deploy/programmes/veloprobeg.toml")).expect("a programme");
    let mut tariffs = Tariffs::default();
    tariffs.add(programme::compile("veloprobeg", &text).expect("a programme that compiles"));
    tariffs
}

/// Everything that topics and tables would say.
pub(crate) fn history() -> Evidence {
    let (tariffs, id) = (tariffs(), EntityId::member("veloprobeg", "m"));
    let (mut entity, mut rows) = (Entity::new(id.clone(), true), BTreeMap::new());
    let (mut evidence, mut converter) = (Evidence::default(), Converter::new("veloprobeg"));
    for (offset, (feed, day, fields)) in (0..).zip(EVENTS) {
        let line = format!(r#"{{"member":"m","occurred_at":"2026-03-{day:02}T12:00:00+03:00",{fields}}}"#);
        let origin = Origin::line(Name::from("shop"), offset);
        let feed = Feed::named(feed).expect("a feed");
        let command = feed.from_json(&mut converter, line.as_bytes(), &origin).expect("a good line");
        evidence.inputs.push(Place::of(&command.source));
        evidence.commands.extend(Asked::by(&command));
        let decision = domain::decide(&entity, &command, command.delivered_at, &tariffs).expect("all rows");
        for row in decision.rows {
            rows.insert(row.key(), row.clone());
            entity.put(row);
        }
        decision.events.into_iter().for_each(|event| say(&mut evidence, event));
    }
    unreadable(&mut evidence);
    evidence.accounts.insert(id.clone(), Rows::of(id, rows.into_values(), evidence.entries.clone()));
    evidence
}

fn say(evidence: &mut Evidence, event: Event) {
    match event {
        Event::Entry(entry) => evidence.entries.push(entry),
        Event::Decision(decision) => evidence.decisions.push(decision),
        Event::Notice(notice) => evidence.notices.push(notice),
        Event::Outcome(outcome) => evidence.outcomes.push(outcome),
        Event::Tier(_) => {}
    }
}

fn unreadable(evidence: &mut Evidence) {
    evidence.inputs.push(Place::new("purchases.shop", 0, 7));
    evidence.letters.push(DeadLetterRecord {
        topic: "purchases.shop".into(),
        partition: 0,
        offset: 7,
        at: None,
        partner: "shop".into(),
        id: String::new(),
        reason: "undecodable".into(),
        text: "noise".into(),
        key: None,
        value: vec![0xff],
        length: 1,
        trace: String::new(),
        command: None,
    });
}
