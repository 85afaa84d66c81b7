//! Levels a member rises through, as a programme declares them (S28). Plain data.

use crate::calendar::{Span, Unit};
use crate::id::Name;
use crate::money::Minor;

/// What levels are reached by (S28).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Metric {
    /// Qualifying spend, in minor units.
    #[default]
    Spend,
    /// Points that purchases earn in this wallet, in its smallest unit. What a period earns as a whole is left out.
    Points(Name),
    /// Purchases of which something was kept.
    Purchases,
    /// Paid memberships: segments that run.
    Membership,
}

impl Metric {
    /// What buckets and events of it are marked with, so that no version adds up money and points; empty for spend.
    pub fn label(&self) -> Name {
        match self {
            Self::Spend => Name::default(),
            Self::Points(wallet) => Name::from(format!("points {wallet}")),
            Self::Purchases => Name::from("purchases"),
            Self::Membership => Name::from("membership"),
        }
    }
}

/// The stretch of time qualifying spend is summed over (S28).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Window {
    /// All of it.
    Lifetime,
    /// The last so many local days, today included.
    Rolling(u32),
    /// The previous calendar month or year, or the running one where that is more.
    Calendar(Unit),
}

/// What a tier change downwards follows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Downgrade {
    /// To the level the metric says.
    #[default]
    ToMetric,
    /// One level at a time.
    OneLevel,
}

/// A level of the tiers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TierLevel {
    /// Its name.
    pub name: Name,
    /// How much from which it is reached, inclusive, in units of the metric; 0 where a membership reaches it.
    pub from: Minor,
    /// The membership that reaches it, where tiers are counted by memberships; empty for the first.
    pub membership: Name,
    /// What it brings beside points, those it inherits among it.
    pub perks: Vec<Name>,
}

/// Tiers (S28).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tiers {
    /// Levels, lowest first; the first is from 0.
    pub levels: Vec<TierLevel>,
    /// What they are reached by.
    pub counts: Metric,
    /// What is summed.
    pub window: Window,
    /// How a level is lost.
    pub downgrade: Downgrade,
    /// How long a level that time takes is kept before it is lost. None for a lifetime window.
    pub grace: Option<Span>,
    /// How long a level that was reached is kept at least, whatever time does. None for a lifetime window.
    pub stay: Option<Span>,
    /// Whether a return leaves the tier as it is until the next evaluation (S21).
    pub protected_from_returns: bool,
    /// Whether the part paid with points counts.
    pub counts_points: bool,
}
