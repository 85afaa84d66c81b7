//! Shapes: every table of the language and every key it may have, as data.
//!
//! The parser refuses what is not listed here, suggests from it, and the reference is checked against it.

pub(crate) mod conditions;
pub(crate) mod example;
pub(crate) mod exchanges;
pub(crate) mod limits;
pub(crate) mod members;
pub(crate) mod offers;
pub(crate) mod rules;
pub(crate) mod wallets;

use crate::when::FACTS;

/// A key of a table.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in words.
    pub takes: &'static str,
    /// What holds when it is left out; `required` where it may not be.
    pub default: &'static str,
    /// What it means.
    pub says: &'static str,
}

/// A table of the language.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How it is written.
    pub heading: &'static str,
    /// What it is called in a message.
    pub noun: &'static str,
    /// Its keys; empty where the author names them.
    pub keys: &'static [Key],
}

impl Shape {
    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.keys.iter().map(|key| key.name)
    }
}

/// A key, in the order of the reference's columns.
const fn key(name: &'static str, takes: &'static str, default: &'static str, says: &'static str) -> Key {
    Key { name, takes, default, says }
}

/// Keys of several tables as those of one; there must be `N` in all.
const fn join<const N: usize>(parts: &[&[Key]]) -> [Key; N] {
    let mut keys = [key("", "", "", ""); N];
    let (mut part, mut count) = (0, 0);
    while part < parts.len() {
        let mut place = 0;
        while place < parts[part].len() {
            keys[count] = parts[part][place];
            (place, count) = (place + 1, count + 1);
        }
        part += 1;
    }
    assert!(count == N);
    keys
}

/// Every table of the language, in the order of the reference.
pub const LANGUAGE: &[&Shape] = &[
    &rules::FILE,
    &rules::PROGRAMME,
    &rules::CORRECTION,
    &wallets::WALLET,
    &wallets::PAYS,
    &wallets::TRANSFERS,
    &wallets::TERMS,
    &rules::GROUP,
    &rules::PARTNER,
    &rules::TIERS,
    &rules::LEVEL,
    &rules::RULE,
    &rules::PER,
    &rules::BAND,
    &offers::OFFER,
    &offers::FOR_ITEMS,
    &offers::VOLUME,
    &rules::SPENDING,
    &rules::NOTICES,
    &rules::ACTIVITY,
    &members::PURCHASES,
    &members::MEMBERS,
    &members::SEGMENT,
    &members::MEMBERSHIP,
    &members::COUNT,
    &members::CALENDAR,
    &members::STRETCH,
    &rules::GRANT,
    &rules::FALLS_WITH,
    &limits::LIMIT,
    &rules::ADJUSTMENTS,
    &rules::CARDS,
    &exchanges::CONVERSION,
    &exchanges::ITEM,
    &exchanges::GIVES,
    &example::EXAMPLE,
    &example::STEP,
    &example::SALE,
    &example::LINE,
    &example::RETURN,
    &example::RETURN_LINE,
    &example::ACTIVITY,
    &example::AUTHORISE,
    &example::CAPTURE,
    &example::CANCEL,
    &example::ORDER,
    &example::TRANSFER,
    &example::ADJUST,
    &example::QUOTE,
    &example::EXPECT,
    &example::BALANCE,
];

/// The reference: every table and key, as Markdown.
pub fn reference() -> String {
    let mut text = String::new();
    for shape in LANGUAGE {
        let heading = match shape.heading.starts_with("the ") {
            true => format!("\n## {}\n", shape.heading),
            false => format!("\n## `{}`\n", shape.heading),
        };
        text.push_str(&heading);
        text.push_str("\n| key | takes | left out | meaning |\n|---|---|---|---|\n");
        for Key { name, takes, default, says } in shape.keys {
            text.push_str(&format!("| `{name}` | {takes} | {default} | {says} |\n"));
        }
    }
    text.push_str("\n## Facts of a `when`\n\n| fact | is | meaning |\n|---|---|---|\n");
    for (root, name, _, kind, says) in FACTS {
        text.push_str(&format!("| `{root}.{name}` | {} | {says} |\n", kind.word()));
    }
    text
}
