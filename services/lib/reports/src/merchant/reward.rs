//! What members were rewarded with: rules that granted points, what points were exchanged for, purchases they paid.

use crate::exchanges::Part;
use crate::month::Month;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use domain::trade::Trade;
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
    /// The last spending that was counted, and its wallets so far: one redemption may draw on several lots.
    last: Option<(EntityId, EventKey, EventKey)>,
    wallets: BTreeSet<Name>,
    pub(super) given: BTreeMap<(Kind, Name, Name, Month), Given>,
}

impl Rewards {
    /// Takes an entry in that is this to an exchange.
    pub(super) fn post(&mut self, entry: &Entry, month: Month, part: Part) {
        let points = entry.points.get();
        match entry.kind {
            // What several rules gave later is an entry of each; what they gave a sale at once is told by its answer.
            EntryKind::Accrual | EntryKind::Raise => {
                let (kind, name) = granted_by(&entry.rule, part);
                self.add(kind, name, entry, month, Given { times: 1, points });
            }
            EntryKind::Spend if part == Part::None => {
                let times = i64::from(self.is_first(entry));
                self.add(Kind::Paid, entry.redeemer.clone(), entry, month, Given { times, points });
            }
            EntryKind::GiveBack if part == Part::None && entry.from == Some(Bucket::Spent) => {
                let given = Given { times: 0, points: -points };
                self.add(Kind::Paid, entry.redeemer.clone(), entry, month, given);
            }
            _ => {}
        }
    }

    /// Takes a purchase in: what its lots' entries said of their first rule is each rule's own part.
    pub(super) fn hear(&mut self, trade: &Trade, month: Month) {
        for brought in trade.brought.iter().filter(|it| it.rule != it.first) {
            let points = brought.points.get();
            let place = |rule: &Name| (Kind::Rule, rule.clone(), brought.wallet.clone(), month);
            self.given.entry(place(&brought.first)).or_default().points -= points;
            let given = self.given.entry(place(&brought.rule)).or_default();
            given.times += 1;
            given.points += points;
        }
    }

    /// Whether a spending draws on this wallet for the first time.
    fn is_first(&mut self, entry: &Entry) -> bool {
        let redemption = Some((entry.entity.clone(), entry.redemption, entry.cause));
        if self.last != redemption {
            self.last = redemption;
            self.wallets.clear();
        }
        self.wallets.insert(entry.wallet.clone())
    }

    fn add(&mut self, kind: Kind, name: Name, entry: &Entry, month: Month, given: Given) {
        let sum = self.given.entry((kind, name, entry.wallet.clone(), month)).or_default();
        sum.times += given.times;
        sum.points += given.points;
    }
}

fn granted_by(rule: &Name, part: Part) -> (Kind, Name) {
    match rule.as_str() {
        _ if part == Part::Gift => (Kind::Exchange, rule.clone()),
        "" => (Kind::Rule, Name::from(NO_RULE)),
        // Who made it and why; a rule has no such name.
        text if text.contains(": ") => (Kind::Rule, Name::from(OPERATORS)),
        _ => (Kind::Rule, rule.clone()),
    }
}
