//! Outcomes: every input event has exactly one, published to its partner (S27).

use crate::money::Minor;
use crate::points::Points;
use serde::{Deserialize, Serialize};

/// What became of an input event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// It had its effect.
    Applied,
    /// The same event came before with the same content: no effect, the first answer again (S23).
    Duplicate,
    /// The same id came before with other content: no effect, the first one stands (S23).
    Conflict,
    /// It cannot be applied; the reason says why.
    Rejected,
    /// It waits, for its purchase (S22), for a limit's answer (S34) or for its entity to be released.
    Parked,
    /// It came later than the lateness bound and waits for an operator (S25).
    Quarantined,
    /// It was bad input and went to `dead-letters` (S27).
    DeadLettered,
}

/// Why, in a word a program can switch on. [`Reason::text`] says it to a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing to explain.
    #[default]
    None,
    /// The wallet holds fewer available points than asked for.
    InsufficientPoints,
    /// The programme has no such wallet.
    UnknownWallet,
    /// The partner authorised nothing under this id.
    UnknownRedemption,
    /// The hold ended before its capture (S11).
    HoldExpired,
    /// The hold was cancelled before.
    HoldCancelled,
    /// The hold was captured before.
    HoldCaptured,
    /// The authorisation was refused.
    HoldRefused,
    /// Captured more than the hold reserves.
    MoreThanHeld,
    /// Part of the points paid with was not covered (S15).
    NotCovered,
    /// Waits for the purchase it returns (S22).
    PurchaseNotSeen,
    /// The purchase it returns never came (S22).
    PurchaseNeverCame,
    /// The purchase has no such line.
    UnknownLine,
    /// More is returned than was bought; what is over was not applied (S22).
    MoreThanBought,
    /// Outside the declared return window (S22).
    ReturnWindowOver,
    /// Later than the declared lateness bound (S25).
    TooLate,
    /// Dated before the programme's first version (S26).
    BeforeFirstVersion,
    /// No such programme here.
    UnknownProgramme,
    /// Not the programme's currency.
    WrongCurrency,
    /// An earlier command of this entity failed; it waits for an operator's release.
    EntityParked,
    /// The command failed inside the ledger.
    Poison,
    /// The partner sent this id before with other content.
    ContentDiffers,
    // From here on: the record broke a rule of its own feed and never became a command (S27). Said by the feed
    // services alone; the core makes none of them.
    /// Not a record of its schema: wrong bytes, a missing or unknown field, a wrong type.
    Undecodable,
    /// Under a schema nobody registered, or one that cannot be read as ours.
    UnknownSchema,
    /// Larger than a record may be.
    TooLarge,
    /// The payload names another partner than its topic.
    WrongPartner,
    /// An id, or another text, that is empty, too long or not printable.
    BadText,
    /// Neither member nor card, or both.
    NoMember,
    /// Not an ISO 4217 code.
    UnknownCurrency,
    /// More digits than the currency has.
    TooManyDigits,
    /// An amount below 0.
    NegativeAmount,
    /// An amount, quantity or number of points beyond the limits.
    AbsurdAmount,
    /// A quantity of 0 or less.
    BadQuantity,
    /// Points of 0 or less, or none where some are needed.
    BadPoints,
    /// No lines.
    NoLines,
    /// More lines or tenders than the limit.
    TooManyLines,
    /// A line number below 0, or one that comes twice.
    BadLineNumber,
    /// The lines do not add up to the total.
    LinesDoNotAddUp,
    /// The tenders do not add up to the total.
    TendersDoNotAddUp,
    /// A field that does not belong to this kind of tender or step, or one that is missing from it.
    BadField,
    /// In the future, beyond the tolerance.
    Future,
    /// Before 1970 or after 2199.
    AbsurdDate,
    /// An operator blocked redemptions of this account.
    AccountBlocked,
    /// Fewer points are owed than should be forgiven.
    NotOwed,
    /// The account holds no quarantined sale or return of this id.
    NothingQuarantined,
    /// An operator refused the quarantined event.
    RefusedByOperator,
    /// More points than an operator may grant, write off or forgive at once, as the programme declares.
    AdjustmentLimit,
    /// A kind of activity the programme version in force does not declare.
    UnknownActivity,
    /// An attribute the activity's kind does not have, one that is missing, or a value of another type.
    BadAttribute,
    /// The account's member was forgotten: it takes nothing any more.
    AccountErased,
    /// A text holds the member's or card's own id, which is kept nowhere else.
    CarriesIdentity,
    /// The card is someone else's then, until it is unbound.
    CardBound,
    /// The card is nobody's then, until it is bound.
    CardNotBound,
    /// A member is merged once, and with another member: not with itself, and with no card.
    MergeDirection,
    /// The account goes on already.
    NotParked,
    /// The programme names its partners, and this is none of them.
    UnknownPartner,
    /// Nothing of this name can be ordered, or not of this choice (S32).
    UnknownItem,
    /// The gift was handed over, or expired: its order stands (S32).
    HandedOver,
    /// More points than the limits of spending let pay, fewer than the least, or between two steps (S12).
    OverLimit,
    /// Waits for a limit that members share to answer (S34).
    AwaitsLimit,
    /// The limit that members share is used up: something was not granted for it (S34).
    LimitReached,
    /// The programme lets nobody give points of this wallet to others (S33).
    TransfersForbidden,
    /// Points go from one member to another: not to oneself, and not from or to a card (S33).
    NotAnotherMember,
    /// More points than the programme lets a member give in one period (S33).
    TransferLimit,
    /// The transfer is on its way, and not answered yet (S33).
    TransferUnderWay,
}

impl Reason {
    /// The reason in words: what was expected, and what to do.
    #[allow(clippy::too_many_lines, reason = "a table: one arm a reason, and none forgotten")]
    pub const fn text(self) -> &'static str {
        match self {
            Self::None => "",
            Self::InsufficientPoints => "insufficient points",
            Self::UnknownWallet => "the programme has no wallet of this name",
            Self::UnknownRedemption => "no authorisation with this id was seen from this partner",
            Self::HoldExpired => "hold expired",
            Self::HoldCancelled => "the hold was cancelled before",
            Self::HoldCaptured => "the hold was captured before",
            Self::HoldRefused => "the authorisation was refused",
            Self::MoreThanHeld => "more points than the hold reserves",
            Self::NotCovered => "part of the points was not covered; collect it in money",
            Self::PurchaseNotSeen => "waits for its purchase",
            Self::PurchaseNeverCame => {
                "its purchase never came; send the purchase, then the return under a new id"
            }
            Self::UnknownLine => "the purchase has no such line",
            Self::MoreThanBought => "more than was bought; the excess was not applied",
            Self::ReturnWindowOver => "outside the declared return window",
            Self::TooLate => "later than the lateness bound; waits for an operator",
            Self::BeforeFirstVersion => "dated before the programme's first version",
            Self::UnknownProgramme => "no such programme is published here",
            Self::WrongCurrency => "not the programme's currency",
            Self::EntityParked => {
                "an earlier command of this account failed; waits for an operator's release"
            }
            Self::Poison => {
                "the event failed inside the ledger; it is kept, and decided once an operator says so"
            }
            Self::ContentDiffers => {
                "this id was sent before with other content; send a return and a new sale"
            }
            Self::AccountBlocked => "the account is blocked for redemptions; ask the programme's operator",
            Self::NotOwed => "fewer points are owed than should be forgiven",
            Self::NothingQuarantined => "the account holds no quarantined sale or return of this id",
            Self::RefusedByOperator => "came too late and was refused by an operator",
            Self::CardBound => "the card is another member's then; unbind it first",
            Self::NotParked => "the account is not parked; nothing waits",
            Self::UnknownPartner => "the programme has no partner of this name to fund points",
            Self::UnknownItem => "nothing of this name can be ordered, or it has no such choice",
            Self::HandedOver => "the gift was handed over before, or its time is over",
            Self::OverLimit => {
                "outside the limits of spending; the decision says the largest amount they let be spent"
            }
            Self::AwaitsLimit => "waits for a limit that members share; what comes of it is told at once",
            Self::LimitReached => "limit reached: others were first, and something was not granted for it",
            Self::TransfersForbidden => "points of this wallet are not given to other members",
            Self::NotAnotherMember => {
                "points are given by one member to another: not to oneself, and not from or to a card"
            }
            Self::TransferLimit => "more points than a member may give in this period",
            Self::TransferUnderWay => "the transfer is on its way; its answer follows",
            Self::MergeDirection => {
                "a member is merged once, with another member; this one was, or it is no other member"
            }
            Self::CardNotBound => "the card is nobody's then; bind it first",
            Self::AdjustmentLimit => {
                "more points than the programme lets an operator grant, write off or forgive at once"
            }
            Self::UnknownActivity => "an activity the programme in force does not declare",
            Self::BadAttribute => "an attribute that is not declared, is missing, or is not of its type",
            Self::AccountErased => "the account was erased and is closed",
            Self::CarriesIdentity => {
                "a text that holds the member's or card's own id, which is kept nowhere else"
            }
            Self::Undecodable => "not a record of its schema",
            Self::UnknownSchema => "a schema that is not known here; register it under the feed's subject",
            Self::TooLarge => "larger than a record may be",
            Self::WrongPartner => "names another partner than its topic",
            Self::BadText => "an id or a name that is empty, too long or not printable",
            Self::NoMember => "names neither member nor card, or both",
            Self::UnknownCurrency => "no ISO 4217 code of a currency",
            Self::TooManyDigits => "more digits behind the point than the currency has",
            Self::NegativeAmount => "an amount below 0",
            Self::AbsurdAmount => "an amount, quantity or number of points beyond the limits",
            Self::BadQuantity => "a quantity of 0 or less",
            Self::BadPoints => "points of 0 or less, or none where some are needed",
            Self::NoLines => "no lines",
            Self::TooManyLines => "more lines or tenders than the limit",
            Self::BadLineNumber => "a line number below 0, or one that comes twice",
            Self::LinesDoNotAddUp => "the lines do not add up to the total",
            Self::TendersDoNotAddUp => "the tenders do not add up to the total",
            Self::BadField => "a field that does not belong there, or one that is missing",
            Self::Future => "dated in the future, beyond the tolerance",
            Self::AbsurdDate => "dated before 1970 or after 2199",
        }
    }
}

/// The answer to one input event, as it is remembered and repeated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Outcome {
    /// What became of it.
    pub kind: OutcomeKind,
    /// Why.
    pub reason: Reason,
    /// Points it earned.
    pub earned: Points,
    /// Points it took back.
    pub clawed_back: Points,
    /// Points it spent, reserved or captured.
    pub spent: Points,
    /// Points it gave back to the member.
    pub given_back: Points,
    /// Points it asked to spend that neither lots nor a debt cover (S15).
    pub uncovered: Points,
    /// Money to be paid back to the member, in minor units: the unused share of a paid membership (S28).
    #[serde(default)]
    pub refund: Minor,
}

impl Outcome {
    /// The answer to an id that was answered with this before (S23): the same content repeats it, other content
    /// is a conflict.
    pub const fn again(self, same_content: bool) -> Self {
        match same_content {
            true => Self { kind: OutcomeKind::Duplicate, ..self },
            false => Self::of(OutcomeKind::Conflict, Reason::ContentDiffers),
        }
    }

    /// An outcome that moved nothing.
    pub const fn of(kind: OutcomeKind, reason: Reason) -> Self {
        Self {
            kind,
            reason,
            earned: Points::ZERO,
            clawed_back: Points::ZERO,
            spent: Points::ZERO,
            given_back: Points::ZERO,
            uncovered: Points::ZERO,
            refund: Minor::ZERO,
        }
    }
}
