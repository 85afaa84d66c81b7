//! Commands: what the ledger is asked to do to one entity. Made by the feed services, one for each input
//! event, and by the ledger itself (ticks).

use crate::activity::{Activity, Attribute};
use crate::award::AMOUNT_MAX;
use crate::fall::Fall;
use crate::id::{Digest, EntityId, EventKey, Name};
use crate::money::Minor;
use crate::moved::{MergeIn, Moved};
use crate::points::Points;
use crate::purchase::Quantity;
use crate::shared::Share;
use crate::time::Timestamp;
use crate::trade::Discount;
use crate::transfer::{Given, GivenAnswer, Relabel, Transfer};
use serde::{Deserialize, Serialize};

/// Where an input event came from, to the byte: partner, feed, id, and the position in its topic or file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Source {
    /// The partner, proven by the topic.
    pub partner: Name,
    /// The feed's name: `purchases`, `returns`, `redemptions`, `activities`, `adjustments`.
    pub feed: Name,
    /// The partner's own id.
    pub id: Name,
    /// Partition of the partner's topic; 0 for a file.
    pub partition: i32,
    /// Offset in that partition; line, from 0, for a file.
    pub offset: i64,
}

/// A line of a sale, validated: quantity above 0, amount 0 or more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SaleLine {
    /// The partner's own line number, unique within the sale.
    pub line: i32,
    /// The article.
    pub sku: Name,
    /// The product group; empty where the partner names none.
    pub group: Name,
    /// What was bought, in thousandths.
    pub quantity: Quantity,
    /// What the line costs after discounts, whatever it was paid with.
    pub amount: Minor,
    /// Whether the partner offers it at a promotional price: points may be kept from paying it (S12).
    #[serde(default)]
    pub promotional: bool,
}

impl SaleLine {
    /// The line of `quantity` at `price` a piece; `None` where that is no amount of the currency, or beyond what a
    /// feed lets in (S27).
    pub fn priced(line: i32, sku: Name, group: Name, quantity: Quantity, price: Minor) -> Option<Self> {
        let whole = i128::from(price.0) * i128::from(quantity.0);
        let amount =
            (whole % 1_000 == 0).then_some(whole / 1_000).and_then(|minor| i64::try_from(minor).ok());
        let amount = amount.filter(|minor| (0..=AMOUNT_MAX).contains(minor)).map(Minor)?;
        Some(Self { line, sku, group, quantity, amount, promotional: false })
    }
}

/// A part of a sale that was paid with points.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PointsTender {
    /// The wallet; empty for the programme's burn order (its only wallet, where it has one).
    pub wallet: Name,
    /// Points spent, above 0.
    pub points: Points,
    /// The part of the total they paid.
    pub amount: Minor,
    /// The authorisation that reserved them; [`EventKey::NONE`] for a till that was offline (S15).
    pub hold: EventKey,
}

/// A purchase: lines add up to the total, tenders too (checked by the feed, S27).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sale {
    /// ISO 4217 code of every amount in it.
    pub currency: Name,
    /// The lines, at least one, in the partner's order.
    pub lines: Vec<SaleLine>,
    /// What was paid with points; the rest was paid in money.
    pub tenders: Vec<PointsTender>,
    /// Attributes, each once, as the programme declares them.
    #[serde(default)]
    pub attributes: Vec<Attribute>,
    /// What offers took off before; no amount in it counts it. Changes nothing, and is told.
    #[serde(default)]
    pub discounts: Vec<Discount>,
}

/// A part of a line that comes back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReturnLine {
    /// The line number of the sale.
    pub line: i32,
    /// How much of it, in thousandths, above 0.
    pub quantity: Quantity,
}

/// A return of lines of one purchase of the same partner.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Return {
    /// The purchase.
    pub purchase: EventKey,
    /// What comes back, each line at most once.
    pub lines: Vec<ReturnLine>,
}

/// Reserve points (S11).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Authorise {
    /// The wallet; empty for the programme's burn order.
    pub wallet: Name,
    /// How many, above 0.
    pub points: Points,
    /// Milliseconds until the hold ends by itself; 0 for what the programme declares.
    pub time_to_live: i64,
    /// ISO 4217 code of the lines' amounts; empty without lines.
    #[serde(default)]
    pub currency: Name,
    /// The basket they are to pay for, for the limits of spending (S12); empty where the partner does not say it.
    #[serde(default)]
    pub lines: Vec<SaleLine>,
}

/// Spend what a hold reserves, in whole or part (S11).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Capture {
    /// The authorisation.
    pub redemption: EventKey,
    /// How many, above 0.
    pub points: Points,
    /// Whether more captures follow; otherwise the rest is released.
    pub more: bool,
}

/// Give up a hold (S11).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Cancel {
    /// The authorisation.
    pub redemption: EventKey,
}

/// Exchange points for an item of a catalogue, or another exchange on request (S32).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ItemOrder {
    /// The item.
    pub item: Name,
    /// Which of the gifts it offers; empty where there is one.
    pub choice: Name,
}

/// What an operator asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Points on the house, under the first terms of the wallet.
    Grant {
        /// The wallet; empty for the programme's burn order.
        wallet: Name,
        /// How many, above 0.
        points: Points,
        /// The partner that funds them.
        partner: Name,
    },
    /// Live points are cancelled, in burn order, available ones first.
    WriteOff {
        /// The wallet; empty for the programme's burn order.
        wallet: Name,
        /// How many, above 0; refused where fewer are live.
        points: Points,
    },
    /// Open debt is forgiven, in the order it is repaid, at the programme's cost (S18).
    Forgive {
        /// The wallet; empty for the programme's burn order.
        wallet: Name,
        /// How many, above 0; refused where less is owed.
        points: Points,
    },
    /// No redemption is authorised until the account is unblocked.
    Block,
    /// Ends a block.
    Unblock,
    /// A quarantined event is applied after all, as of its own time (S25).
    Release {
        /// The event.
        event: EventKey,
    },
    /// A quarantined event is refused for good (S25).
    Refuse {
        /// The event.
        event: EventKey,
    },
    /// The member is forgotten: the account is closed, and what is personal leaves its rows.
    Erase,
    /// The member is the same person as another: all that the one of the larger id has moves to the other, and
    /// whatever names it is sent there.
    Merge {
        /// The other member.
        into: EntityId,
    },
    /// An account that was parked because a command of it failed goes on.
    Resume,
}

/// An operator's adjustment: what, by whom and why. Written to the entries, so that none goes unexplained.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Adjustment {
    /// Who decided it: an operator's id, not a name.
    pub actor: Name,
    /// Why, in words. No personal data: entries are kept.
    pub reason: Name,
    /// What is asked for.
    pub action: Action,
}

/// Who and why, as entries say it.
pub(crate) fn who_and_why(actor: &Name, reason: &Name) -> Name {
    Name::from(format!("{actor}: {reason}"))
}

/// What happens to a card.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardChange {
    /// It was handed out; nobody's yet.
    Issued,
    /// It is a member's from now on.
    Bound {
        /// The member.
        member: EntityId,
    },
    /// It is nobody's from now on.
    Unbound,
    /// It authorises nothing any more: lost, or stolen.
    Blocked,
    /// Another card takes its place, with all it holds and whose it is.
    Replaced {
        /// The other card.
        by: EntityId,
    },
}

/// News of a card, to the card's own account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CardNews {
    /// What happened.
    pub change: CardChange,
}

/// A command that a card, or a merged member, sends on to the account it belongs to. It keeps its id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Forwarded {
    /// As it came to the card.
    pub command: Command,
    /// The binding whose [`crate::links::Line`] it belongs to: a sale of before it. [`EventKey::NONE`] otherwise.
    pub line: EventKey,
    /// Whether the card let it in and answered it before (parked, quarantined): what becomes of it is a later
    /// fate (S27).
    pub answered: bool,
    /// How often it was sent on, from 1.
    pub hops: i32,
}

/// A card is a member's no more.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unlink {
    /// The card.
    pub card: EntityId,
}

/// What a command asks for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A purchase.
    Sale(Sale),
    /// A return.
    Return(Return),
    /// An authorisation.
    Authorise(Authorise),
    /// A capture.
    Capture(Capture),
    /// A cancellation.
    Cancel(Cancel),
    /// Nothing but time: what is due until the command's *now* happens. Has no outcome.
    Tick,
    /// An operator's adjustment.
    Adjust(Adjustment),
    /// An activity.
    Activity(Activity),
    /// News of a card.
    Card(CardNews),
    /// A command that named a card.
    Forwarded(Box<Forwarded>),
    /// What a card held arrives. Has no outcome.
    MoveIn(Box<Moved>),
    /// A card left. Has no outcome.
    Unlink(Unlink),
    /// What a member held who is merged arrives. Has no outcome.
    MergeIn(Box<MergeIn>),
    /// An order.
    Order(ItemOrder),
    /// What an account and a limit that members share tell each other (S34). Has no outcome.
    Share(Share),
    /// A transfer to another member.
    Transfer(Transfer),
    /// What another member gave arrives. Has no outcome.
    Given(Box<Given>),
    /// What became of points that were given. Has no outcome of its own: it is the transfer's.
    GivenAnswer(GivenAnswer),
    /// Points that were given are of another origin from now on. Has no outcome.
    Relabel(Box<Relabel>),
    /// What accounts tell each other of a grant that falls with a purchase (S32). Has no outcome.
    Fall(Fall),
}

impl Body {
    /// Whether it is a step of a redemption: each is decided once and for all (S14).
    pub const fn is_step(&self) -> bool {
        matches!(
            self,
            Self::Authorise(_) | Self::Capture(_) | Self::Cancel(_) | Self::Order(_) | Self::Transfer(_)
        )
    }

    /// What moves in by it: what a card held, or a member who is merged.
    pub fn moved(&self) -> Option<&Moved> {
        match self {
            Self::MoveIn(moved) => Some(moved),
            Self::MergeIn(merged) => Some(&merged.moved),
            _ => None,
        }
    }

    /// The same with `moved` in it, for the same reason.
    pub(crate) fn moving(&self, moved: Moved) -> Self {
        match self {
            Self::MergeIn(merged) => {
                let (actor, reason) = (merged.actor.clone(), merged.reason.clone());
                Self::MergeIn(Box::new(MergeIn { actor, reason, moved }))
            }
            _ => Self::MoveIn(Box::new(moved)),
        }
    }
}

/// One command to one entity. Its *now* is not in it: the log's append time, or the event clock, says it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Command {
    /// The identity of the input event; a redelivery has the same (S23).
    pub key: EventKey,
    /// Whom it concerns.
    pub entity: EntityId,
    /// Where it came from.
    pub source: Source,
    /// The partner's business time.
    pub occurred_at: Timestamp,
    /// When it reached us: the broker's append time in the partner's topic, or the event's own
    /// `delivered_at` under the event clock. Lateness is judged by it (S25).
    pub delivered_at: Timestamp,
    /// Hash of the partner's fields, `delivered_at` left out (S23).
    pub content: Digest,
    /// W3C `traceparent` of the partner's record; empty where it had none.
    pub trace: Name,
    /// What is asked for.
    pub body: Body,
}

impl Command {
    /// Another command of the same event, to another account.
    pub(crate) fn with(&self, key: EventKey, entity: EntityId, body: Body) -> Self {
        Self {
            key,
            entity,
            source: self.source.clone(),
            occurred_at: self.occurred_at,
            delivered_at: self.delivered_at,
            content: self.content,
            trace: self.trace.clone(),
            body,
        }
    }

    /// Another command of the same event that the ledger itself sends to `entity`: nobody waits for its outcome.
    pub(crate) fn by_itself(&self, key: EventKey, entity: EntityId, body: Body) -> Self {
        let mut command = self.with(key, entity, body);
        command.source.id = Name::default();
        command
    }

    /// The command, sent on to `entity` as `forwarded` says; it keeps its id.
    pub(crate) fn sent_on(entity: EntityId, forwarded: Forwarded) -> Self {
        let mut sent = forwarded.command.with(forwarded.command.key, entity, Body::Tick);
        sent.body = Body::Forwarded(Box::new(forwarded));
        sent
    }

    /// The other account whose answers depend on it, and its own on those of the other: one decides what comes for the
    /// other, has what the other had, or is given something.
    pub fn linked(&self) -> Option<&EntityId> {
        match &self.body {
            Body::Transfer(transfer) => Some(&transfer.to),
            _ => self.made_one_with(),
        }
    }

    /// The account it makes one with its own: a card and its member, two cards, or two members.
    pub(crate) fn made_one_with(&self) -> Option<&EntityId> {
        match &self.body {
            Body::Card(CardNews { change: CardChange::Bound { member: other } })
            | Body::Card(CardNews { change: CardChange::Replaced { by: other } })
            | Body::Adjust(Adjustment { action: Action::Merge { into: other }, .. }) => Some(other),
            _ => None,
        }
    }

    /// What is asked, and how it came here where a card sent it on.
    pub fn asked(&self) -> (&Self, Option<&Forwarded>) {
        match &self.body {
            Body::Forwarded(forwarded) => (&forwarded.command, Some(forwarded)),
            _ => (self, None),
        }
    }

    /// Whether someone waits for its outcome. The ledger's own commands have none (S27).
    pub fn has_outcome(&self) -> bool {
        let is_own = matches!(
            self.body,
            Body::Tick
                | Body::MoveIn(_)
                | Body::MergeIn(_)
                | Body::Unlink(_)
                | Body::Given(_)
                | Body::GivenAnswer(_)
                | Body::Relabel(_)
                | Body::Share(_)
                | Body::Fall(_)
        );
        !is_own && !self.source.id.as_str().is_empty()
    }
}
