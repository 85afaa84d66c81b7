//! What one entry changes between partners (S35): whose points pay for goods of whom.
//!
//! A partner owes for its points that are spent elsewhere and were not taken back. So:
//! - points that become spent are owed by the partner that funds their lot to the one that redeems them, and
//!   points that stop being spent (given back, charged to another lot) no longer;
//! - a debt moves them to the programme: the partner whose sale was undone pays for no redemption (S17), the one
//!   that handed over goods is still paid, so the programme advances what the member owes until it is repaid (S18).
//!   What is forgiven stays with the programme;
//! - a hold reserves and settles nothing;
//! - what moves between accounts stays what it was: both entries of it together are nothing;
//! - what was given to another member and is owed by its giver (S17) is paid for by who funds it, wherever it is spent;
//!   so the programme advances that partner what the member owes.

use domain::Name;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;

/// Who stands in as issuer for points that members owe. In brackets, which no topic of a partner can have.
pub const PROGRAMME: &str = "(programme)";
/// Who redeemed, where an entry does not say: it was written by a build that did not know.
pub const NOT_SAID: &str = "(not said)";

/// Points of one issuer, redeemed at one partner: more of them, or fewer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// Who funds them.
    pub issuer: Name,
    /// Where they were spent.
    pub redeemer: Name,
    /// In the wallet's smallest unit; negative where a redemption is undone.
    pub points: i64,
}

/// What `entry` changes. Nothing, for most.
pub fn effects(entry: &Entry) -> Vec<Effect> {
    let points = entry.points.get();
    match entry.kind {
        EntryKind::Accrual
        | EntryKind::Raise
        | EntryKind::Activation
        | EntryKind::Expiry
        | EntryKind::Reopening
        | EntryKind::Hold
        | EntryKind::Release
        | EntryKind::WriteOff
        | EntryKind::Forgiveness
        | EntryKind::Adjustment
        | EntryKind::Erasure => Vec::new(),
        EntryKind::MovedOut | EntryKind::MovedIn => Vec::new(),
        EntryKind::Spend | EntryKind::Clawback | EntryKind::Repoint | EntryKind::GiveBack => moved(entry),
        EntryKind::DebtOpened if entry.lot.is_none() => vec![advanced(entry, entry.debt)],
        EntryKind::DebtOpened => vec![owed(entry, -entry.debt), advanced(entry, entry.debt)],
        // The same of a gift: its partner was compensated for it since.
        EntryKind::Repayment | EntryKind::DebtLifted if entry.from == Some(Bucket::Moved) => {
            vec![owed(entry, points), advanced(entry, -points)]
        }
        // Stays spent no longer, and was not its partner's to pay since the debt was opened.
        EntryKind::Repayment | EntryKind::DebtLifted if entry.from == Some(Bucket::Spent) => {
            vec![advanced(entry, -points)]
        }
        EntryKind::Repayment | EntryKind::DebtLifted if entry.to.is_some() => moved(entry),
        // The debt itself: its lot's points said it above, but for a debt without one.
        EntryKind::Repayment | EntryKind::DebtLifted if entry.lot.is_none() => {
            vec![advanced(entry, entry.debt)]
        }
        EntryKind::Repayment | EntryKind::DebtLifted => Vec::new(),
    }
}

/// Points of a lot that became spent, or stopped being.
fn moved(entry: &Entry) -> Vec<Effect> {
    let points = entry.points.get();
    match (entry.from, entry.to) {
        (_, Some(Bucket::Spent)) => vec![owed(entry, points)],
        (Some(Bucket::Spent), _) => vec![owed(entry, -points)],
        _ => Vec::new(),
    }
}

fn owed(entry: &Entry, points: i64) -> Effect {
    Effect { issuer: entry.partner.clone(), redeemer: redeemer(entry), points }
}

fn advanced(entry: &Entry, points: i64) -> Effect {
    Effect { issuer: Name::from(PROGRAMME), redeemer: redeemer(entry), points }
}

fn redeemer(entry: &Entry) -> Name {
    match entry.redeemer.as_str() {
        "" => Name::from(NOT_SAID),
        _ => entry.redeemer.clone(),
    }
}
