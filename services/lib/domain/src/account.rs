//! An account's head row: totals by wallet, tier, and the small indexes that say which rows are live.

use crate::activity::Remembered;
use crate::command::ReturnLine;
use crate::debt::DebtId;
use crate::id::{EntityId, EventKey, LotId, Name};
use crate::links::Links;
use crate::lot::Buckets;
use crate::money::Minor;
use crate::points::Points;
use crate::profile::{Known, Profile};
use crate::reach::Reached;
use crate::shared::Usage;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One wallet's totals. They satisfy S05: pending + available + held + expired + moved + written off
/// − (debt + forgiven) = earned − clawed back + moved in − redeemed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Balance {
    /// The wallet.
    pub wallet: Name,
    /// Its lots' points by bucket.
    pub buckets: Buckets,
    /// Points issued here, raises included.
    pub earned: Points,
    /// Points clawed back, those still owed included.
    pub clawed_back: Points,
    /// Points that came in from other accounts.
    pub moved_in: Points,
    /// Points captured by redemptions less points given back.
    pub redeemed: Points,
    /// Open debts.
    pub debt: Points,
    /// Forgiven debts.
    pub forgiven: Points,
}

impl Balance {
    /// An empty wallet.
    pub fn new(wallet: Name) -> Self {
        Self {
            wallet,
            buckets: Buckets::default(),
            earned: Points::ZERO,
            clawed_back: Points::ZERO,
            moved_in: Points::ZERO,
            redeemed: Points::ZERO,
            debt: Points::ZERO,
            forgiven: Points::ZERO,
        }
    }

    /// What the member sees as *total* (S07): pending and available.
    pub fn total(&self) -> Points {
        self.buckets.pending + self.buckets.available
    }
}

/// What counts for the tier in one stretch of time: a day, a month, a year or a lifetime, as the tier window says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpendBucket {
    /// Where the stretch begins; [`Timestamp::MIN`] for a lifetime.
    pub from: Timestamp,
    /// What counts in it, net of returns: minor units of money, or what `counts` names.
    pub amount: Minor,
    /// What is counted, as [`crate::tariff::Metric::label`] names it; empty for spend.
    #[serde(default)]
    pub counts: Name,
}

/// The tier a member stands at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// The level's name.
    pub tier: Name,
    /// Since when.
    pub since: Timestamp,
    /// Until when it is certain; [`Timestamp::NEVER`] where nothing takes it away by time alone.
    pub until: Timestamp,
    /// When time alone makes the tier be looked at again; [`Timestamp::NEVER`] for a lifetime window.
    pub evaluate_at: Timestamp,
    /// Qualifying spend, or what else counts, oldest first.
    pub spend: Vec<SpendBucket>,
    /// For how long it is kept though time takes it. In a place of its own: most have nothing.
    #[serde(default)]
    pub kept: Option<Arc<Kept>>,
    /// What was granted for reaching levels, as far as that may still change.
    #[serde(default)]
    pub reached: Vec<Reached>,
}

/// For how long a level is kept though time takes it (S28).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The end of its minimum stay; [`Timestamp::MIN`] where there is none.
    pub until: Timestamp,
    /// When it is lost that time took; [`Timestamp::NEVER`] while it did not.
    pub lapses_at: Timestamp,
    /// When a warning is due that time is about to take it; [`Timestamp::NEVER`] where none is.
    pub warn_at: Timestamp,
}

impl Kept {
    /// Nothing keeps it, and nobody is warned.
    pub const NOTHING: Self =
        Self { until: Timestamp::MIN, lapses_at: Timestamp::NEVER, warn_at: Timestamp::NEVER };
}

impl Standing {
    /// Nowhere yet, from `at` on.
    pub fn new(at: Timestamp) -> Self {
        Self {
            tier: Name::default(),
            since: at,
            until: Timestamp::NEVER,
            evaluate_at: Timestamp::NEVER,
            spend: Vec::new(),
            kept: None,
            reached: Vec::new(),
        }
    }

    /// For how long the level is kept.
    pub fn kept(&self) -> Kept {
        self.kept.as_deref().copied().unwrap_or(Kept::NOTHING)
    }

    /// Says for how long it is.
    pub(crate) fn keep(&mut self, kept: Kept) {
        self.kept = (kept != Kept::NOTHING).then(|| Arc::new(kept));
    }
}

/// What kind of event has a place in the rating order; at one instant sales come before returns, since a
/// return's own sale may be among them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatedKind {
    /// A purchase.
    Sale,
    /// A return of lines of a purchase.
    Return,
    /// An activity by a card, of before its binding: it has no tier and no spend, and reaches what is on its line.
    Activity,
    /// An activity that tells something of the member that sales are rated on.
    News,
    /// On a line: another line joined it, the one of this binding (`event`). It counts by way of it.
    Joined,
    /// On a line: its end, where it is a member's, who was merged: `event` is a key of that account. Up to there levels were
    /// reached.
    Merged,
}

impl RatedKind {
    /// Its place at one instant: what joins comes first, then what is told of a member.
    const fn rank(self) -> u8 {
        match self {
            Self::Joined => 0,
            Self::News => 1,
            Self::Sale => 2,
            Self::Return => 3,
            Self::Activity => 4,
            Self::Merged => 5,
        }
    }
}

/// An event at its place in the rating order, with what the tier of later ones depends on (S21, S24).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rated {
    /// When it happened; a return never before its purchase.
    pub at: Timestamp,
    /// What it is.
    pub kind: RatedKind,
    /// The partner, second in the order.
    pub partner: Name,
    /// The partner's own id, third in the order; of an activity its kind, for of those nothing else is kept.
    pub id: Name,
    /// The event; of a sale, the key of its purchase.
    pub event: EventKey,
    /// The programme version that rates the sale, corrections included; of a return, the sale's when it came.
    pub version: i32,
    /// Beginning of the stretch of time its spend counts in, as in [`SpendBucket::from`].
    pub bucket: Timestamp,
    /// What counts for the tier: minor units of money, or what `counts` names; of a return, mostly negative.
    pub amount: Minor,
    /// The tier a sale is rated at; empty for what is none.
    pub tier: Name,
    /// What it tells of the member; nothing where no rule asks.
    #[serde(default)]
    pub told: Option<Arc<Known>>,
    /// What a sale is rated on beside the tier, where some rule asks.
    #[serde(default)]
    pub profile: Option<Arc<Profile>>,
    /// What is counted, as in [`SpendBucket::counts`].
    #[serde(default)]
    pub counts: Name,
    /// Of a return that counts otherwise than by money, its sale.
    #[serde(default)]
    pub of: Option<EventKey>,
    /// Of such a return, what it took.
    #[serde(default)]
    pub taken: Vec<ReturnLine>,
}

impl Rated {
    /// A sale at `at` of which nothing is known yet.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self {
            at,
            kind: RatedKind::Sale,
            partner: Name::default(),
            id: Name::default(),
            event: EventKey::NONE,
            version: 0,
            bucket: at,
            amount: Minor::ZERO,
            tier: Name::default(),
            told: None,
            profile: None,
            counts: Name::default(),
            of: None,
            taken: Vec::new(),
        }
    }

    /// The sale it is, or is a return of, as far as that is known.
    pub(crate) fn sale(&self) -> EventKey {
        self.of.unwrap_or(self.event)
    }

    /// Its place in the rating order (S24): occurred_at, partner, id.
    pub fn place(&self) -> (Timestamp, u8, &Name, &Name) {
        (self.at, self.kind.rank(), &self.partner, &self.id)
    }

    /// What a sale is rated on.
    pub(crate) fn grounds(&self) -> Grounds {
        Grounds { tier: self.tier.clone(), profile: self.profile.clone() }
    }
}

/// What a sale is rated on that is not its own: it follows from the events before it in the order (S24).
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Grounds {
    /// The tier.
    pub tier: Name,
    /// What is known of the member, where some rule asks.
    pub profile: Option<Arc<Profile>>,
}

/// The rating order as far back as a late event may still change it (S24).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The standing before the first of `events`; its spend is what [`Account::standing`] has less theirs, and
    /// is left empty here, as is what was reached. In a place of its own: an account is copied for every decision.
    pub base: Option<Arc<Standing>>,
    /// Until when time alone was let go on in `base`; [`Timestamp::MIN`] without one. An event before it (released
    /// from quarantine) counts, and does not turn the clock back.
    pub base_at: Timestamp,
    /// Events, by [`Rated::place`]. Each in a place of its own: an account is copied for every decision.
    pub events: Vec<Arc<Rated>>,
    /// The last instant at which time alone had the tier looked at.
    pub aged_at: Option<Timestamp>,
    /// What was known of the member before the first of `events`.
    #[serde(default)]
    pub known: Option<Arc<Known>>,
}

impl Default for Order {
    fn default() -> Self {
        Self { base: None, base_at: Timestamp::MIN, events: Vec::new(), aged_at: None, known: None }
    }
}

/// One partner's part of a period that is rated as a whole (S16).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PeriodShare {
    /// The partner that funds it.
    pub partner: Name,
    /// Spend as sold.
    pub gross: Minor,
    /// Spend after returns.
    pub remaining: Minor,
    /// Its lot; [`LotId::NONE`] where nothing was earned yet.
    pub lot: LotId,
}

/// A period that is rated as a whole: a calendar month under one set of terms.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Period {
    /// The terms it earns under.
    pub terms: Name,
    /// Its first instant.
    pub from: Timestamp,
    /// Its end, exclusive; when it was opened, where that was later. Returns reach it for a while from then on.
    pub until: Timestamp,
    /// The programme version that rates it: that of its first purchase. What corrects it rates a period alike.
    pub version: i32,
    /// Shares by partner.
    pub shares: Vec<PeriodShare>,
}

/// A return that waits for its purchase (S22), a card's binding or its end that came before the other, or an activity
/// whose grant asks a limit (S34).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Waiting {
    /// The event that waits.
    pub event: EventKey,
    /// The purchase, or the reservation, it waits for; [`EventKey::NONE`] for a card's binding, or its end, that waits
    /// for the other.
    pub purchase: EventKey,
    /// When it is rejected; [`Timestamp::NEVER`] for what is surely answered.
    pub until: Timestamp,
}

/// A day that came, and brought something or found nobody to bring it to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Granted {
    /// The occasion's name.
    pub occasion: Name,
    /// The day's first instant.
    pub at: Timestamp,
}

/// The head row of an entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Account {
    /// Whose account it is.
    pub entity: EntityId,
    /// The latest *now* it was decided at; everything due until then has happened (S09).
    pub now: Timestamp,
    /// Entries posted so far.
    pub sequence: i64,
    /// Wallets, by name.
    pub wallets: Vec<Balance>,
    /// The tier, from the first purchase on, where the programme has tiers.
    pub standing: Option<Standing>,
    /// What the tier of a late event, and of those after it, is found by (S24).
    pub order: Order,
    /// Periods still open to purchases and returns, by first instant and terms.
    pub periods: Vec<Period>,
    /// Holds that are open.
    pub open_holds: Vec<EventKey>,
    /// Debts with something open, in the order they are repaid.
    pub open_debts: Vec<DebtId>,
    /// Returns that wait for their purchase.
    pub waiting: Vec<Waiting>,
    /// The month ([`LotId::issued_month`]) of the oldest lot in the live range.
    pub live_from: i32,
    /// The next instant at which something happens by itself; never later than that, sometimes earlier.
    pub next_due: Timestamp,
    /// Whether a command of this entity failed and the later ones wait.
    pub parked: bool,
    /// Whether an operator, or a card's partner, blocked redemptions.
    pub blocked: bool,
    /// What is remembered of activities (S24).
    pub activities: Remembered,
    /// Events that wait for an operator or were refused by one, in the order they came (S23, S25).
    pub quarantined: Vec<EventKey>,
    /// Whether its member was forgotten: it is closed.
    pub erased: bool,
    /// What links it to other accounts. In a place of its own: most have none.
    pub links: Option<Arc<Links>>,
    /// What is known of the member, where some rule asks for it. In a place of its own: most have nothing.
    #[serde(default)]
    pub known: Option<Arc<Known>>,
    /// The last day of each occasion that came for it, by name.
    #[serde(default)]
    pub occasions: Vec<Granted>,
    /// How much is taken of the limit that this account counts; `None` for a member or a card. In a place of its own:
    /// most have none.
    #[serde(default)]
    pub usage: Option<Arc<Usage>>,
}

impl Account {
    /// An account nothing happened to yet.
    pub fn new(entity: EntityId) -> Self {
        Self {
            entity,
            now: Timestamp::MIN,
            sequence: 0,
            wallets: Vec::new(),
            standing: None,
            order: Order::default(),
            periods: Vec::new(),
            open_holds: Vec::new(),
            open_debts: Vec::new(),
            waiting: Vec::new(),
            live_from: i32::MAX,
            next_due: Timestamp::NEVER,
            parked: false,
            blocked: false,
            activities: Remembered::NONE,
            quarantined: Vec::new(),
            erased: false,
            links: None,
            known: None,
            occasions: Vec::new(),
            usage: None,
        }
    }

    /// Its links, to change.
    pub(crate) fn links_mut(&mut self) -> &mut Links {
        Arc::make_mut(self.links.get_or_insert_default())
    }

    /// The balance of `wallet`, if anything ever happened in it.
    pub fn balance(&self, wallet: &str) -> Option<&Balance> {
        self.wallets.iter().find(|balance| balance.wallet.as_str() == wallet)
    }
}
