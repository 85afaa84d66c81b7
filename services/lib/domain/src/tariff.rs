//! A tariff: one version of a programme's rules as plain data. `programme` compiles it from TOML; the core
//! only reads it. Nothing that differs between programmes is in code.

use crate::activity::Attribute;
use crate::award::Activities;
use crate::calendar::{Span, Unit};
use crate::circumstances::Circumstances;
use crate::correction::Correction;
use crate::counted::PerAmount;
use crate::declared::Declared;
use crate::event::NoticeKind;
use crate::exchange::Exchange;
use crate::factor::Factor;
use crate::failed::Behind;
use crate::id::Name;
pub use crate::levels::{Downgrade, Metric, TierLevel, Tiers, Window};
use crate::limits::Limits;
use crate::money::{Currency, Minor};
use crate::offer::Offers;
use crate::points::Points;
use crate::profile::Profile;
use crate::purchase::PurchaseLine;
use crate::rating::Extent;
use crate::shared::SharedLimit;
pub use crate::tariffs::Tariffs;
use crate::time::Timestamp;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// How a grant is rounded (S02).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rounding {
    /// Down.
    #[default]
    Floor,
    /// To the nearest, halves to even.
    HalfEven,
    /// To the nearest, halves up.
    HalfUp,
    /// Up.
    Ceil,
}

/// What is rated, and rounded, as one (S02).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Level {
    /// A purchase.
    #[default]
    Purchase,
    /// Each line by itself.
    Line,
    /// A calendar period (S16).
    Period(Unit),
}

/// When granted points become spendable (S06).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Activation {
    /// At once.
    AtOnce,
    /// A while after the purchase.
    After(Span),
    /// On the first day of the next month or year.
    NextStart(Unit),
    /// When the member next does this, from when they were earned on.
    OnActivity(Name),
}

/// When granted points expire (S06).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// Never.
    Never,
    /// A while after the purchase.
    AfterAccrual(Span),
    /// A while after activation.
    AfterActivation(Span),
    /// At the end of the calendar unit that holds the activation.
    EndOf(Unit),
}

/// Terms a lot is granted under.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Their name, unique in the tariff; a lot remembers it.
    pub name: Name,
    /// The wallet the points count in.
    pub wallet: Name,
    /// When they become spendable.
    pub activation: Activation,
    /// When they expire.
    pub expiry: Expiry,
    /// Rounds the expiry to the end of the unit that holds it.
    pub expiry_rounded_to: Option<Unit>,
    /// Every purchase moves the expiry of live lots to this long after it, if that is later (S06).
    pub extended_by_purchase: Option<Span>,
    /// Every activity does, likewise.
    pub extended_by_activity: Option<Span>,
    /// What is rated as one.
    pub level: Level,
    /// How it is rounded.
    pub rounding: Rounding,
    /// The least a grant is, where anything is earned at all (S02).
    pub minimum: Points,
    /// The most a grant is.
    pub cap: Option<Points>,
    /// The most a grant is, as a share of the money that earns.
    pub cap_rate: Option<Factor>,
    /// Who funds grants under it beside the purchase's partner: those its rules name, each once.
    pub funders: Vec<Name>,
}

/// A wallet (S10).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wallet {
    /// Its name.
    pub name: Name,
    /// What its points are called in a text for people, such as `points`.
    pub unit: Name,
    /// Decimal digits of its smallest unit (S01).
    pub scale: u32,
    /// Money a whole point is worth when spent, in major units of the currency: 1 for a ruble. Above 0.
    pub point_value: Factor,
    /// Its place in the burn order: lower first (S08).
    pub priority: i32,
    /// What its points may pay for (S12).
    pub limits: Limits,
    /// Whether members may give them to each other (S33).
    pub transfers: Option<Transfers>,
}

/// How many points of a wallet a member may give to others (S33).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Transfers {
    /// The most in one period; none for any number.
    pub at_most: Option<Points>,
    /// The calendar period that is counted in.
    pub per: Unit,
}

impl Wallet {
    /// Whether it ever pays for anything.
    pub fn may_pay(&self) -> bool {
        self.limits.share > Factor::ZERO
    }

    /// Its place among the wallets of its programme, in the burn order (S08).
    pub const fn place(&self) -> (i32, &Name) {
        (self.priority, &self.name)
    }
}

impl Wallet {
    /// Money that `points` are worth, in minor units of `currency`, rounded down (S02).
    pub fn worth(&self, points: Points, currency: &Currency) -> Minor {
        let millionths = i128::from(points.get()) * i128::from(self.point_value.millionths());
        let minor =
            millionths * 10_i128.pow(currency.exponent) / i128::from(Factor::UNIT) / 10_i128.pow(self.scale);
        Minor(i64::try_from(minor).unwrap_or(i64::MAX))
    }
}

/// A rate or multiplier: the same for everyone, or by tier.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ByTier {
    /// The same at every tier, and without one.
    All(Factor),
    /// By the level's place in [`Tiers::levels`].
    Each(Vec<Factor>),
}

impl ByTier {
    /// The factor at the tier of this place.
    pub fn at(&self, tier: usize) -> Factor {
        match self {
            Self::All(factor) => *factor,
            Self::Each(factors) => factors.get(tier).copied().unwrap_or(Factor::ZERO),
        }
    }

    /// The largest factor over all tiers: behind an *up to* for a visitor.
    pub fn best(&self) -> Factor {
        match self {
            Self::All(factor) => *factor,
            Self::Each(factors) => factors.iter().copied().max().unwrap_or(Factor::ZERO),
        }
    }
}

/// What a rule gives (S02).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// A share of the earning money of each line it applies to, times the line's coefficient.
    Rate(ByTier),
    /// The same at the partner's own rate, [`Tariff::partners`]; nothing at a partner that has none.
    PartnerRate,
    /// So many points for the basket.
    Bonus(Points),
    /// So many points for each whole piece of the lines it applies to that money was paid for.
    PerItem(Points),
    /// So many points for each full amount of the earning money of the lines it applies to.
    PerAmount(PerAmount),
    /// A share of the whole basis that depends on its size, for a period or a purchase: the band with the
    /// largest `from` that is not above the basis gives the rate for all of it.
    Bands(Vec<Band>),
    /// Multiplies what the other rules of the same terms give to the lines it applies to.
    Multiplier(ByTier),
    /// The least a grant under the same terms is, where anything is earned at all (S02).
    AtLeast(Points),
}

/// A band of [`Effect::Bands`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Band {
    /// Its lower bound, inclusive.
    pub from: Minor,
    /// The rate of the whole basis.
    pub rate: Factor,
}

/// A condition a programme wrote itself, compiled outside the core. Pure: the same facts, the same answer.
pub trait Predicate: Send + Sync {
    /// Whether it holds for `line` of a basket rated under `context`.
    fn holds(&self, context: &RatingContext, line: &PurchaseLine) -> bool;
    /// The condition as it was written.
    fn source(&self) -> &str;
    /// Whether it asks since when, or whether, somebody is a member.
    fn asks_joined(&self) -> bool;
}

/// When a rule applies. All that is given must hold.
#[derive(Clone, Default)]
pub struct Condition {
    /// The line's product group is one of these; empty: any.
    pub groups: Vec<Name>,
    /// The line's product group is none of these.
    pub groups_except: Vec<Name>,
    /// The partner is one of these; empty: any.
    pub partners: Vec<Name>,
    /// The tier is one of these; empty: any.
    pub tiers: Vec<Name>,
    /// The basket's amount after discounts is this or more.
    pub basket_from: Option<Minor>,
    /// The basket's amount after discounts is less than this.
    pub basket_below: Option<Minor>,
    /// What else must be so, where it is any. In a place of its own: most rules ask for nothing more.
    pub circumstances: Option<Box<Circumstances>>,
    /// A condition of the programme's own.
    pub when: Option<Arc<dyn Predicate>>,
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition")
            .field("groups", &self.groups)
            .field("groups_except", &self.groups_except)
            .field("partners", &self.partners)
            .field("tiers", &self.tiers)
            .field("basket_from", &self.basket_from)
            .field("basket_below", &self.basket_below)
            .field("circumstances", &self.circumstances)
            .field("when", &self.when.as_ref().map(|when| when.source().to_owned()))
            .finish()
    }
}

/// Conditions of a programme's own are compared as they were written.
impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        let Self { groups, groups_except, partners, tiers, basket_from, basket_below, circumstances, when } =
            self;
        let written = |when: &Option<Arc<dyn Predicate>>| when.as_ref().map(|when| when.source().to_owned());
        *groups == other.groups
            && *groups_except == other.groups_except
            && *partners == other.partners
            && *tiers == other.tiers
            && *basket_from == other.basket_from
            && *basket_below == other.basket_below
            && *circumstances == other.circumstances
            && written(when) == written(&other.when)
    }
}

/// A rule that grants points.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Its name, unique in the tariff; entries carry it (S29).
    pub name: Name,
    /// The terms it grants under: rules of the same terms add up before rounding (S02).
    pub terms: Name,
    /// When it applies.
    pub condition: Condition,
    /// What it gives.
    pub effect: Effect,
    /// Who funds it; `None` for the purchase's partner.
    pub funder: Option<Name>,
    /// Places in [`Tariff::rules`] of those that come before it where only one of them may apply to a line: by
    /// priority, then in the file's order.
    pub rivals: Vec<usize>,
    /// The limit it applies within, which members share (S34).
    pub within: Option<SharedLimit>,
}

/// What a rating depends on beside the lines: stored with the purchase, so that a return sees the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RatingContext {
    /// The partner.
    pub partner: Name,
    /// When it was bought.
    pub occurred_at: Timestamp,
    /// The tier it is rated at; empty where there is none.
    pub tier: Name,
    /// The lines' amounts after discounts together.
    pub basket: Minor,
    /// Attributes of the purchase.
    pub attributes: Vec<Attribute>,
    /// What is known of the member, where the programme asks for it.
    pub profile: Option<Arc<Profile>>,
    /// Which part of the lines is rated.
    pub extent: Extent,
    /// Wallets with something to spend, where till offers are asked for; empty otherwise.
    pub holds: Vec<Name>,
    /// Rules whose limits agreed: none else that asks a limit applies (S34).
    pub agreed: Vec<Name>,
}

impl RatingContext {
    /// Whether `rule` asks no limit, or its limit agreed.
    pub(crate) fn lets(&self, rule: &Rule) -> bool {
        rule.within.is_none() || self.agreed.contains(&rule.name)
    }
}

/// What may pay for what, and how (S11, S15).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spending {
    /// How long a hold lasts unless it says so itself, and at the most.
    pub hold: Span,
    /// Whether points spent without a hold and not covered become a debt (S15).
    pub uncovered_becomes_debt: bool,
    /// Points that come back to a lot that expired meanwhile live this long again (S19).
    pub grace: Option<Span>,
}

/// Notices the programme sends (S30).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Notices {
    /// By kind, the channels; a kind that is not here is not sent.
    pub channels: BTreeMap<NoticeKind, Vec<Name>>,
    /// How long before an expiry to remind, longest first.
    pub before_expiry: Vec<Span>,
    /// How long before time takes a level to warn, longest first.
    pub before_tier_change: Vec<Span>,
}

/// The most one adjustment of an operator may move, in the wallet's smallest unit; none where absent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Adjustments {
    /// Granted at once.
    pub grant: Option<Points>,
    /// Written off at once.
    pub write_off: Option<Points>,
    /// Forgiven at once.
    pub forgive: Option<Points>,
}

/// Points that a card brings once, to whoever binds it first (S06: under terms of their own).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CardGrant {
    /// The terms.
    pub terms: Name,
    /// Points, above 0.
    pub points: Points,
}

/// One version of one programme's rules.
#[derive(Clone, Debug)]
pub struct Tariff {
    /// The programme.
    pub programme: Name,
    /// Its version, from 1.
    pub version: i32,
    /// From when it is in force, by `occurred_at` (S26).
    pub from: Timestamp,
    /// How long before it begins the version that follows it is to be published.
    pub prior_notice: Option<Span>,
    /// Which version it replaces, where it is an audited correction.
    pub correction: Option<Correction>,
    /// The zone its days, months and years are local to.
    pub zone: Tz,
    /// The currency of all its money.
    pub currency: Currency,
    /// How late an event is accepted (S24).
    pub lateness: Span,
    /// How long after a sale its return is accepted (S22).
    pub return_window: Span,
    /// How long a return waits for its purchase; at least the lateness bound (S22).
    pub return_waits: Span,
    /// What becomes of events behind one that failed inside the ledger.
    pub behind_failed: Behind,
    /// Whether the part paid with points earns (S03).
    pub points_earn: bool,
    /// Wallets.
    pub wallets: Vec<Wallet>,
    /// Terms.
    pub terms: Vec<Terms>,
    /// Coefficients of product groups on what their lines earn; a group that is not here has 1.
    pub coefficients: BTreeMap<Name, Factor>,
    /// Its partners, each with a rate of its own; empty where anybody may be one and none has a rate.
    pub partners: BTreeMap<Name, Factor>,
    /// Rules, in the file's order.
    pub rules: Vec<Rule>,
    /// Tiers, where it has any.
    pub tiers: Option<Tiers>,
    /// Spending.
    pub spending: Spending,
    /// Notices.
    pub notices: Notices,
    /// Limits of adjustments.
    pub adjustments: Adjustments,
    /// Activities, and what they are granted.
    pub activities: Activities,
    /// What is declared of members and purchases beside points.
    pub declared: Declared,
    /// What a card brings once.
    pub card_grant: Option<CardGrant>,
    /// What is taken off at the till.
    pub offers: Offers,
    /// Conversions and what catalogues offer, in the file's order.
    pub exchanges: Vec<Exchange>,
}

impl Tariff {
    /// The wallet of this name.
    pub fn wallet(&self, name: &str) -> Option<&Wallet> {
        self.wallets.iter().find(|wallet| wallet.name.as_str() == name)
    }

    /// The first wallet of the burn order, whether or not it ever pays (S08).
    pub fn burns_first(&self) -> Option<&Wallet> {
        self.wallets.iter().min_by_key(|wallet| wallet.place())
    }

    /// The terms of this name.
    pub fn terms(&self, name: &str) -> Option<&Terms> {
        self.terms.iter().find(|terms| terms.name.as_str() == name)
    }

    /// The terms that rate a period as one, in the file's order (S16).
    pub fn period_terms(&self) -> impl Iterator<Item = &Terms> {
        self.terms.iter().filter(|terms| matches!(terms.level, Level::Period(_)))
    }

    /// Whether `partner` takes part: anybody does where the file names none.
    pub fn takes_part(&self, partner: &Name) -> bool {
        self.partners.is_empty() || self.partners.contains_key(partner)
    }

    /// The own rate of `partner`; 0 where it has none.
    pub fn partner_rate(&self, partner: &Name) -> Factor {
        self.partners.get(partner).copied().unwrap_or(Factor::ZERO)
    }

    /// What the tier of this name brings beside points.
    pub fn perks(&self, tier: &str) -> &[Name] {
        let level =
            self.tiers.iter().flat_map(|tiers| &tiers.levels).find(|level| level.name.as_str() == tier);
        level.map_or(&[], |level| &level.perks)
    }

    /// What spend, points or purchases are marked with; empty for spend, and without tiers.
    pub(crate) fn counts(&self) -> Name {
        self.tiers.as_ref().map(|tiers| tiers.counts.label()).unwrap_or_default()
    }

    /// The place of the tier of this name; 0 where there is none.
    pub fn tier_place(&self, name: &str) -> usize {
        self.tiers
            .as_ref()
            .and_then(|tiers| tiers.levels.iter().position(|level| level.name.as_str() == name))
            .unwrap_or(0)
    }
}
