//! Events: what the ledger tells the world about a decision, one type a topic.

use crate::account::{Account, Balance};
use crate::command::{Command, Source};
use crate::entry::Entry;
use crate::id::{EntityId, EventKey, Name};
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::time::Timestamp;
use crate::trade::Trade;
use crate::upcoming::Upcoming;
use serde::{Deserialize, Serialize};

/// The answer to an input event, for the topic `outcomes.<partner>` (S27).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct OutcomeRecord {
    /// The input event.
    pub event: EventKey,
    /// Where it came from: the sum over positions is exact, redeliveries or not.
    pub source: Source,
    /// Whom it concerned.
    pub entity: EntityId,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether this is the later fate of an event that was answered *parked* or *quarantined* before: such a
    /// record is outside the sum.
    pub later: bool,
    /// What became of it. For a duplicate, the first answer's figures.
    pub outcome: Outcome,
    /// *total* after it, all wallets of one unit together as the receipt shows them (S07).
    pub total: Points,
    /// *available* after it.
    pub available: Points,
    /// Open debt after it.
    pub debt: Points,
    /// What time alone does next to them (S07).
    #[serde(default)]
    pub next: Upcoming,
    /// The event's business time; [`Timestamp::NEVER`] where it is not known, and in records of builds that did not
    /// say it.
    #[serde(default = "not_said")]
    pub occurred_at: Timestamp,
    /// The money of a purchase or a return that was applied by this.
    #[serde(default)]
    pub trade: Option<Box<Trade>>,
    /// The account that this event made one with its own: a card and its member, two cards, or two members.
    #[serde(default)]
    pub linked: Option<EntityId>,
}

const fn not_said() -> Timestamp {
    Timestamp::NEVER
}

impl OutcomeRecord {
    /// The answer to `command`, with the balances of `account` as they are after it (S07).
    pub fn of(
        command: &Command,
        account: &Account,
        next: Upcoming,
        outcome: Outcome,
        later: bool,
        at: Timestamp,
    ) -> Self {
        let wallets = &account.wallets;
        Self {
            event: command.key,
            source: command.source.clone(),
            entity: account.entity.clone(),
            at,
            later,
            outcome,
            total: wallets.iter().map(Balance::total).sum(),
            available: wallets.iter().map(|balance| balance.buckets.available).sum(),
            debt: wallets.iter().map(|balance| balance.debt).sum(),
            next,
            occurred_at: command.occurred_at,
            trade: None,
            linked: (outcome.kind == OutcomeKind::Applied)
                .then(|| command.made_one_with().cloned())
                .flatten(),
        }
    }
}

/// Which step of a redemption was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Reserve.
    Authorise,
    /// Spend what is reserved.
    Capture,
    /// Give up.
    Cancel,
    /// Spend without a hold, by a purchase (S15).
    Spend,
    /// The hold ended by itself.
    Expire,
    /// Exchange for an item of a catalogue (S32).
    Order,
    /// Give to another member (S33).
    Transfer,
}

/// The decision on one step of a redemption, one for each request (S14).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RedemptionDecision {
    /// The request; for a hold that ended by itself, derived from the redemption.
    pub event: EventKey,
    /// The redemption it belongs to.
    pub redemption: EventKey,
    /// The partner that asked.
    pub partner: Name,
    /// The partner's own id of the request.
    pub id: Name,
    /// Whose points.
    pub entity: EntityId,
    /// What was asked.
    pub step: Step,
    /// Whether it was granted.
    pub approved: bool,
    /// Why not.
    pub reason: Reason,
    /// Points asked for.
    pub requested: Points,
    /// Points reserved, spent or released.
    pub points: Points,
    /// Points asked for that neither lots nor a debt cover (S15).
    pub uncovered: Points,
    /// When it was decided.
    pub at: Timestamp,
    /// The most that the limits of spending let be spent, where more was asked for or spent (S12); else 0.
    #[serde(default)]
    pub largest: Points,
}

/// A change of tier (S28).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TierChange {
    /// Whose.
    pub entity: EntityId,
    /// The tier before; empty on joining.
    pub from: Name,
    /// The tier after.
    pub to: Name,
    /// The event that caused it.
    pub cause: EventKey,
    /// When it took effect.
    pub at: Timestamp,
    /// Until when it is certain; [`Timestamp::NEVER`] where time alone does not end it.
    pub until: Timestamp,
    /// Whether it corrects the past: the cause is a return, or an event older than another already rated.
    pub correction: bool,
    /// What the tier after brings beside points.
    #[serde(default)]
    pub perks: Vec<Name>,
}

/// What a notice is about (S30).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Points were granted.
    Accrued,
    /// Points became spendable.
    Activated,
    /// Points are about to expire.
    Expiring,
    /// Points expired.
    Expired,
    /// Points were spent.
    Spent,
    /// A return changed the balance.
    Returned,
    /// Points are owed.
    InDebt,
    /// The tier changed.
    TierChanged,
    /// Time is about to take the tier.
    TierEnding,
    /// Another member gave points.
    Received,
}

impl NoticeKind {
    /// Its word: the key of a programme file, and a part of every notice's id, so it never changes (S30).
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accrued => "accrued",
            Self::Activated => "activated",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::Spent => "spent",
            Self::Returned => "returned",
            Self::InDebt => "in_debt",
            Self::TierChanged => "tier_changed",
            Self::TierEnding => "tier_ending",
            Self::Received => "received",
        }
    }
}

/// A request to notify a member. Its id derives from its cause: a replay asks for nothing twice (S30).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Derived from cause and kind.
    pub id: EventKey,
    /// Whom.
    pub entity: EntityId,
    /// What about.
    pub kind: NoticeKind,
    /// By which means, as the programme declares: `sms`, `email`.
    pub channels: Vec<Name>,
    /// When it became due.
    pub at: Timestamp,
    /// The wallet; empty for a tier change.
    pub wallet: Name,
    /// Points it is about.
    pub points: Points,
    /// The instant it announces (activation, expiry); [`Timestamp::NEVER`] where there is none.
    pub until: Timestamp,
    /// The new tier, or before a change the one that will be left; empty for everything else.
    pub tier: Name,
    /// *total* after it (S07).
    pub total: Points,
    /// *available* after it.
    pub available: Points,
    /// What time alone does next to this wallet (S07).
    #[serde(default)]
    pub next: Upcoming,
}

/// Everything a decision says, in the order it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// To `ledger-entries`.
    Entry(Entry),
    /// To `redemption-decisions`.
    Decision(RedemptionDecision),
    /// To `tier-changes`.
    Tier(TierChange),
    /// To `notification-requests`.
    Notice(Notice),
    /// To `outcomes.<partner>`.
    Outcome(OutcomeRecord),
}
