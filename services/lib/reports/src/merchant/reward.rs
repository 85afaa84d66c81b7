//! What members were rewarded with: rules that granted points, what points were exchanged for, purchases they paid.

use crate::month::Month;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use domain::{EntityId, EventKey, Name};
use std::collections::{BTreeMap, BTreeSet};

/// Who grants what operators grant.
const OPERATORS: &str = "(operators)";
/// What granted, where an entry does not say.
const NO_RULE: &str = "(no rule)";

/// What kind of reward it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Kind {
    /// Points a rule granted.
    Rule,
    /// What points were exchanged for: a gift, an item of a catalogue.
    Exchange,
    /// Points that paid at a partner.
    Paid,
}

impl Kind {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Exchange => "exchange",
            Self::Paid => "paid at",
        }
    }
}

/// How often, and how many points.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Given {
    pub(super) times: i64,
    pub(super) points: i64,
}

/// All rewards in points.
#[derive(Default, Debug)]
pub(super) struct Rewards {
    /// What points are exchanged by, as the programme names it.
    exchanges: BTreeSet<Name>,
    /// The last spending that was counted: one redemption may draw on several lots.
    last: Option<(EntityId, EventKey, EventKey)>,
    pub(super) given: BTreeMap<(Kind, Name, Name, Month), Given>,
}

impl Rewards {
    pub(super) fn new(exchanges: BTreeSet<Name>) -> Self {
        Self { exchanges, ..Self::default() }
    }

    pub(super) fn post(&mut self, entry: &Entry, month: Month) {
        let points = entry.points.get();
        match entry.kind {
            EntryKind::Accrual => {
                let (kind, name) = self.granted_by(&entry.rule);
                self.add(kind, name, entry, month, Given { times: 1, points });
            }
            EntryKind::Spend if !self.exchanges.contains(&entry.rule) => {
                let redemption = Some((entry.entity.clone(), entry.redemption, entry.cause));
                let times = i64::from(self.last != redemption);
                self.last = redemption;
                self.add(Kind::Paid, entry.redeemer.clone(), entry, month, Given { times, points });
            }
            EntryKind::GiveBack if entry.from == Some(Bucket::Spent) => {
                let given = Given { times: 0, points: -points };
                self.add(Kind::Paid, entry.redeemer.clone(), entry, month, given);
            }
            _ => {}
        }
    }

    fn granted_by(&self, rule: &Name) -> (Kind, Name) {
        match rule.as_str() {
            _ if self.exchanges.contains(rule) => (Kind::Exchange, rule.clone()),
            "" => (Kind::Rule, Name::from(NO_RULE)),
            // Who made it and why; a rule has no such name.
            text if text.contains(": ") => (Kind::Rule, Name::from(OPERATORS)),
            _ => (Kind::Rule, rule.clone()),
        }
    }

    fn add(&mut self, kind: Kind, name: Name, entry: &Entry, month: Month, given: Given) {
        let sum = self.given.entry((kind, name, entry.wallet.clone(), month)).or_default();
        sum.times += given.times;
        sum.points += given.points;
    }
}
