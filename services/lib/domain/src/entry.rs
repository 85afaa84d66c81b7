//! Ledger entries: every movement of points, one record each, with its cause (S29).

use crate::id::{EntityId, EventKey, LotId, Name};
use crate::lot::Bucket;
use crate::points::Points;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What kind of movement an entry is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Points issued for a cause: into pending. `from` is absent.
    Accrual,
    /// Points issued on top, because re-rating found more (S24).
    Raise,
    /// Pending points became available.
    Activation,
    /// Points passed their expiry.
    Expiry,
    /// An extended lot that had expired too early is live again (S06).
    Reopening,
    /// Reserved by a hold.
    Hold,
    /// Spent, from a hold or directly.
    Spend,
    /// Set free by the end of a hold.
    Release,
    /// Taken back because what earned them was returned.
    Clawback,
    /// Charged to another lot than before, because that one was returned (S17).
    Repoint,
    /// Given back because what they paid for was returned (S19).
    GiveBack,
    /// Used to repay a debt (S18).
    Repayment,
    /// A debt opened: no bucket changes, `debt` is above 0.
    DebtOpened,
    /// A debt fell without points of a lot becoming spent: lifted by what it paid for coming back (S19).
    DebtLifted,
    /// Live points cancelled by an operator.
    WriteOff,
    /// A debt an operator forgave: no bucket changes, `debt` falls (S18). It rises by what is forgiven no more,
    /// because what it paid for came back and lifts it (S19), or because it leaves whole, to be forgiven where it goes.
    Forgiveness,
    /// An operator's adjustment, or a correction, itself, before what it moves: no points, who and why in `rule`.
    Adjustment,
    /// The account's member was forgotten, after what that moved: no points. A consumer forgets, too.
    Erasure,
    /// Left for another account, with its lot: from its bucket to `moved`. A debt that left: `debt` falls.
    MovedOut,
    /// Came from another account, with its lot: into the bucket it left there. A debt that came: `debt` rises.
    /// Nothing was issued.
    MovedIn,
}

/// One movement of points of one lot, or of one debt.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Whose account.
    pub entity: EntityId,
    /// Its number in the account, from 1, without gaps.
    pub sequence: i64,
    /// When it took effect: the due instant for what happens by itself, else the command's *now* (S09).
    pub at: Timestamp,
    /// The *now* of the command that wrote it.
    pub recorded_at: Timestamp,
    /// What it is.
    pub kind: EntryKind,
    /// The wallet.
    pub wallet: Name,
    /// The lot; [`LotId::NONE`] for a debt without one.
    pub lot: LotId,
    /// The bucket the points left; none where they were issued or only a debt changed.
    pub from: Option<Bucket>,
    /// The bucket they went to; none where only a debt changed.
    pub to: Option<Bucket>,
    /// How many moved, 0 where only a debt changed.
    pub points: Points,
    /// The change of the account's open debt, either sign.
    pub debt: i64,
    /// The change of what was clawed back, 0 or more.
    pub clawed_back: Points,
    /// The redemption concerned; [`EventKey::NONE`] where there is none.
    pub redemption: EventKey,
    /// The input event, or tick, that caused it; of a correction a key of account and version, whose first entry
    /// says who and why (S26).
    pub cause: EventKey,
    /// The rule of the programme that granted it; for an adjustment, who made it and why: `actor: reason`.
    pub rule: Name,
    /// The programme version of the lot, which says what its points are worth; of a debt without a lot the one
    /// in force when it was opened.
    pub version: i32,
    /// The partner that funds the lot; empty for a debt without one.
    pub partner: Name,
    /// The business time of the cause.
    pub occurred_at: Timestamp,
    /// The partner of the redemption, where the points are reserved or were spent (S35). Empty where there is
    /// none, and in entries of builds that did not say it.
    #[serde(default)]
    pub redeemer: Name,
}
