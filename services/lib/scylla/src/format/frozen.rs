//! Rows as they were written once: `frozen.txt` has the bytes of each nested part, and what they say. Whatever types
//! gain, they are read as that for ever.
//!
//! Format 2 is open until the first release: until then `WRITE_FROZEN=1` writes the file anew. From then on, lines are
//! added and none is changed.

use super::{decode, encode};
use domain::account::{Account, Granted, Kept, Order, Waiting};
use domain::activity::{Attribute, Remembered};
use domain::command::Command;
use domain::fall::Watcher;
use domain::links::Links;
use domain::outcome::Outcome;
use domain::profile::{Known, Profile};
use domain::purchase::{Claim, PaidPart, Purchase, PurchaseGrant, PurchaseLine};
use domain::reach::Reached;
use domain::redemption::Draw;
use domain::shared::Usage;
use domain::{EntityId, Row};
use engine::conformance::sample;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

fn path() -> String {
    format!("{}/src/format/frozen.txt", env!("CARGO_MANIFEST_DIR"))
}

fn line<T: Serialize>(part: &str, value: &T) -> String {
    let bytes: String = encode(value).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{part} {bytes} {}\n", serde_json::to_string(value).unwrap())
}

/// Every nested part of a row.
fn lines(row: &Row) -> Vec<String> {
    match row {
        Row::Account(account) => {
            let Account { order, waiting, activities, links, known, occasions, usage, .. } = account;
            let standing = account.standing.as_ref();
            let kept = standing.and_then(|standing| standing.kept.clone());
            let reached = standing.map(|standing| standing.reached.clone()).unwrap_or_default();
            let orders = [line("order", order), line("waiting", waiting), line("activities", activities)];
            let more = [line("links", links), line("known", known), line("occasions", occasions)];
            let last = [line("usage", usage), line("kept", &kept), line("reached", &reached)];
            orders.into_iter().chain(more).chain(last).collect()
        }
        Row::Purchase(Purchase {
            outcome,
            lines,
            grants,
            attributes,
            profile,
            parts,
            claims,
            watchers,
            ..
        }) => vec![
            line("outcome", outcome),
            line("lines", lines),
            line("grants", grants),
            line("attributes", attributes),
            line("profile", profile),
            line("paid", parts),
            line("claims", claims),
            line("watchers", watchers),
        ],
        Row::Redemption(redemption) => vec![line("draws", &redemption.draws)],
        Row::Parked(parked) => vec![line("command", &parked.command)],
        Row::Lot(_) | Row::Debt(_) | Row::Seen(_) | Row::Route(_) => Vec::new(),
    }
}

fn write() {
    let rows = sample::rows(&EntityId::member("p", "m"), 4);
    let text: String = rows.iter().flat_map(lines).collect();
    std::fs::write(path(), text).unwrap();
}

fn holds<T: DeserializeOwned + PartialEq + Debug>(bytes: &[u8], said: &str) {
    let (found, expected) = (decode::<T>(bytes), serde_json::from_str::<T>(said));
    assert_eq!(found.unwrap(), expected.unwrap());
}

fn is_read(part: &str, bytes: &[u8], said: &str) {
    match part {
        "order" => holds::<Order>(bytes, said),
        "waiting" => holds::<Vec<Waiting>>(bytes, said),
        "activities" => holds::<Remembered>(bytes, said),
        "links" => holds::<Option<Arc<Links>>>(bytes, said),
        "known" => holds::<Option<Arc<Known>>>(bytes, said),
        "occasions" => holds::<Vec<Granted>>(bytes, said),
        "usage" => holds::<Option<Arc<Usage>>>(bytes, said),
        "reached" => holds::<Vec<Reached>>(bytes, said),
        "kept" => holds::<Option<Arc<Kept>>>(bytes, said),
        "outcome" => holds::<Outcome>(bytes, said),
        "lines" => holds::<Vec<PurchaseLine>>(bytes, said),
        "grants" => holds::<Vec<PurchaseGrant>>(bytes, said),
        "attributes" => holds::<Vec<Attribute>>(bytes, said),
        "profile" => holds::<Option<Arc<Profile>>>(bytes, said),
        "paid" => holds::<Vec<PaidPart>>(bytes, said),
        "claims" => holds::<Vec<Claim>>(bytes, said),
        "watchers" => holds::<Vec<Watcher>>(bytes, said),
        "draws" => holds::<Vec<Draw>>(bytes, said),
        "command" => holds::<Command>(bytes, said),
        other => panic!("expected a part that rows have, found `{other}`"),
    }
}

#[test]
fn rows_that_were_written_once_are_read_as_what_they_said_for_ever() {
    if std::env::var_os("WRITE_FROZEN").is_some() {
        write();
    }
    let text = std::fs::read_to_string(path()).unwrap();
    let mut formats: BTreeMap<u8, usize> = BTreeMap::new();
    for line in text.lines() {
        let mut words = line.splitn(3, ' ');
        let [part, digits, said] = [(); 3].map(|()| words.next().unwrap());
        let digits: Vec<&str> = (0..digits.len()).step_by(2).map(|at| &digits[at..at + 2]).collect();
        let bytes: Vec<u8> = digits.iter().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        *formats.entry(bytes[0]).or_default() += 1;
        is_read(part, &bytes, said);
    }
    assert!(formats[&1] >= 5 && formats[&2] >= 10, "parts of both formats: {formats:?}");
}
