//! Cards for the real year: a share of the households buys by card, and each card is bound at some moment, to its own
//! household. The same seed, the same bytes; no purchase is invented.

use crate::feeds::{Feeds, Files};
use crate::sample::Draw;
use domain::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
/// Below the lateness bound of the bicycle shop's programme, 30 days.
const LATEST: u64 = 29 * 24 * 60;

/// What becomes of a card after it is bound.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It stays bound.
    Stays,
    /// It is unbound and bound again, to the household or to its neighbour.
    Moves,
}

/// The events of `feeds` with every other household buying by a card of its own, which a partner binds at a moment
/// drawn from the year; every third line of a card's comes twice.
pub fn with_cards(feeds: &Feeds, seed: u64, fate: Fate) -> Feeds {
    let mut draw = Draw(seed);
    let mut files = Files::new();
    let mut span: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (name, text) in feeds.files() {
        let file = files.entry(name).or_default();
        for line in text.lines() {
            let mut event: Value = serde_json::from_str(line).expect("a line of the converter");
            let member = event["member"].as_str().unwrap_or_default().to_owned();
            let at = instant(&event["occurred_at"]);
            let by_card = member.bytes().map(usize::from).sum::<usize>() % 2 == 0;
            if by_card {
                let (first, last) = span.entry(member.clone()).or_insert((at, at));
                (*first, *last) = ((*first).min(at), (*last).max(at));
                let fields = event.as_object_mut().expect("an object");
                fields.remove("member");
                fields.insert("card".into(), json!(card(&member)));
            }
            *file += &(event.to_string() + "\n");
            if by_card && draw.below(3) == 0 {
                event["delivered_at"] = json!(Timestamp(delivered(&event) + 60_000).to_string());
                *file += &(event.to_string() + "\n");
            }
        }
    }
    let news = files.entry("partner-cards.club.jsonl".into()).or_default();
    let members: Vec<String> = span.keys().cloned().collect();
    for (number, (member, (first, last))) in span.iter().enumerate() {
        let days = u64::try_from((last - first) / DAY).unwrap_or(0) + 2;
        let bound = first - DAY + i64::try_from(draw.below(days)).unwrap_or(0) * DAY;
        let mut tell = |id: &str, at: i64, change: &str, member: Option<&str>| {
            let card = card(&members[number]);
            let at = Timestamp(at).to_string();
            let mut event =
                json!({"id": format!("{id}-{card}"), "card": card, "occurred_at": at, "change": change});
            if let Some(member) = member {
                event["member"] = json!(member);
            }
            *news += &(event.to_string() + "\n");
        };
        tell("b1", bound, "bound", Some(member));
        if fate == Fate::Moves {
            let next = &members[(number + 1) % members.len()];
            tell("u1", bound + 20 * DAY, "unbound", None);
            tell("b2", bound + 30 * DAY, "bound", Some(if draw.below(2) == 0 { member } else { next }));
        }
    }
    Feeds::write(&files)
}

/// The same events, each delivered up to 29 days after it happened.
pub fn shuffled(feeds: &Feeds, seed: u64) -> Feeds {
    let mut draw = Draw(seed);
    let mut files = Files::new();
    for (name, text) in feeds.files() {
        let mut lines: Vec<(i64, Value)> = text
            .lines()
            .map(|line| {
                let mut event: Value = serde_json::from_str(line).expect("a line made here");
                let late = if draw.below(3) == 0 { 0 } else { draw.below(LATEST) };
                let at = instant(&event["occurred_at"]) + i64::try_from(late).unwrap_or(0) * 60_000;
                event["delivered_at"] = json!(Timestamp(at).to_string());
                (at, event)
            })
            .collect();
        lines.sort_by_key(|(at, _)| *at);
        let file = files.entry(name).or_default();
        lines.iter().for_each(|(_, event)| *file += &(event.to_string() + "\n"));
    }
    Feeds::write(&files)
}

fn card(member: &str) -> String {
    format!("card-of-{member}")
}

fn delivered(event: &Value) -> i64 {
    let told = event.get("delivered_at").filter(|at| !at.is_null());
    instant(told.unwrap_or(&event["occurred_at"]))
}

fn instant(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("expected an instant, found {value}"));
    let at = chrono::DateTime::parse_from_rfc3339(text);
    at.unwrap_or_else(|error| panic!("{text}: {error}")).timestamp_millis()
}
