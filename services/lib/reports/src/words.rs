//! What an entry says to its member, in plain words (S29).

use domain::entry::{Entry, EntryKind};
use domain::event::TierChange;
use domain::lot::Bucket;
use domain::{EventKey, Name, Timestamp};
use std::collections::BTreeMap;

/// What is known beside the entries: it makes words richer, and no figure depends on it.
#[derive(Clone, Default, Debug)]
pub struct Known {
    /// Input events by their keys: whose, and the partner's own id.
    pub events: BTreeMap<EventKey, Told>,
    /// The account's tier changes, in their order.
    pub tiers: Vec<TierChange>,
    /// From when changes of tier are known; none where all are.
    pub tiers_from: Option<Timestamp>,
    /// What a wallet's points are called; `points` where it is not known.
    pub units: BTreeMap<Name, Name>,
}

/// An input event as its partner names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    /// `purchases`, `returns`, `redemptions`.
    pub feed: Name,
    /// Whose.
    pub partner: Name,
    /// The partner's own id.
    pub id: Name,
}

/// What `entry`, with others of its kind and cause, says about `points`.
pub fn words(entry: &Entry, points: i64, known: &Known) -> String {
    let n = format!("{points} {}", known.units.get(&entry.wallet).map_or("points", Name::as_str));
    let cause = cause(entry, known);
    let redemption = redemption(entry, known);
    match entry.kind {
        EntryKind::Accrual => format!("{n} for {cause}"),
        EntryKind::Raise => {
            format!("{n} more for what was bought at {}, rated again after {cause}", entry.partner)
        }
        EntryKind::Activation => format!("{n} can be spent now, from {cause}"),
        EntryKind::Expiry => format!("{n} expired, from {cause}"),
        EntryKind::Reopening => format!("{n} that had expired live again: {cause} extends them"),
        EntryKind::Hold => format!("{n} reserved for {redemption}"),
        EntryKind::Spend => format!("{n} spent for {redemption}"),
        EntryKind::Release => format!("{n} free again, reserved for {redemption} before"),
        EntryKind::Clawback => format!("{n} taken back after {cause}"),
        EntryKind::Repoint => format!("{n} pay for {redemption} in place of others that {cause} took back"),
        EntryKind::GiveBack if entry.from == Some(Bucket::Moved) => {
            format!("{n} came back: they could not be given to another member")
        }
        EntryKind::GiveBack => format!("{n} given back by {cause}, spent for {redemption} before"),
        EntryKind::Repayment => format!("{n} repay what was owed for {redemption}"),
        EntryKind::DebtOpened if entry.lot.is_none() => {
            format!("{n} owed: more were spent for {redemption} than there were")
        }
        EntryKind::DebtOpened => format!("{n} owed: spent for {redemption}, taken back after {cause}"),
        EntryKind::WriteOff => format!("{n} cancelled by an operator ({})", entry.rule),
        EntryKind::Forgiveness if entry.debt > 0 => {
            format!("{n} forgiven before stand as owed for {redemption} again")
        }
        EntryKind::Forgiveness if entry.rule.as_str().is_empty() => {
            format!("{n} owed for {redemption} came forgiven")
        }
        EntryKind::Forgiveness => format!("{n} owed for {redemption} forgiven ({})", entry.rule),
        EntryKind::Adjustment => format!("adjustment by an operator ({})", entry.rule),
        EntryKind::Erasure => format!("account erased ({})", entry.rule),
        EntryKind::MovedOut if entry.redemption != EventKey::NONE && entry.debt == 0 => {
            format!("{n} given to another member")
        }
        EntryKind::MovedIn if entry.redemption != EventKey::NONE && entry.debt == 0 => {
            format!("{n} given by another member")
        }
        EntryKind::MovedOut if entry.debt != 0 => {
            format!("{n} owed for {redemption} went along with the card")
        }
        EntryKind::MovedOut => format!("{n} went to the member the card was bound to"),
        EntryKind::MovedIn if entry.debt != 0 => format!("{n} owed for {redemption} came with a card"),
        EntryKind::MovedIn => format!("{n} came with a card"),
        EntryKind::DebtLifted => format!("{n} no longer owed for {redemption}, undone by {cause}"),
    }
}

/// What a change of tier says, with the event behind it where that is known: time alone has none.
pub fn tier_words(change: &TierChange, known: &Known) -> String {
    let correction = if change.correction { ", a correction" } else { "" };
    let cause = known.events.get(&change.cause).map_or_else(String::new, |told| format!(": {}", named(told)));
    match change.from.as_str() {
        "" => format!("joined at tier {}{correction}{cause}", change.to),
        from => format!("tier {from} became {}{correction}{cause}", change.to),
    }
}

fn cause(entry: &Entry, known: &Known) -> String {
    match known.events.get(&entry.cause) {
        Some(told) => named(told),
        None => unnamed(entry),
    }
}

/// A cause that only its kind and partner tell of.
fn unnamed(entry: &Entry) -> String {
    let at = |what: &str, partner: &Name| match partner.as_str() {
        "" => what.to_owned(),
        partner => format!("{what} at {partner}"),
    };
    match entry.kind {
        EntryKind::Clawback | EntryKind::DebtOpened => at("a return", &entry.partner),
        EntryKind::GiveBack | EntryKind::DebtLifted | EntryKind::Forgiveness => {
            at("a return", &entry.redeemer)
        }
        // Its partner is that of the lot that pays now.
        EntryKind::Repoint => "a return".to_owned(),
        EntryKind::Raise | EntryKind::Reopening => "another event".to_owned(),
        _ => at("a purchase", &entry.partner),
    }
}

fn redemption(entry: &Entry, known: &Known) -> String {
    match known.events.get(&entry.redemption) {
        Some(told) => named(told),
        None if entry.redeemer.as_str().is_empty() => "a redemption".to_owned(),
        None => format!("a redemption at {}", entry.redeemer),
    }
}

fn named(told: &Told) -> String {
    let what = match told.feed.as_str() {
        "purchases" => "purchase",
        "returns" => "return",
        "redemptions" => "redemption",
        "activities" => "activity",
        "adjustments" => "adjustment",
        _ => "event",
    };
    format!("{what} {} at {}", told.id, told.partner)
}
