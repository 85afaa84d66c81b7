//! A member's statement: every change of a balance in plain words, with the balances after it (S07, S29).
//!
//! Entries are told in the order they were posted. What changes no balance of the member (which lot pays for
//! what was spent long ago) is no line; what one cause does to several lots at once is one line, a redemption whoever
//! funds them. What two rules grant for one cause is a line of each.

use crate::calendar::local;
use crate::words::{Known, tier_words, words};
use chrono_tz::Tz;
use domain::entry::{Entry, EntryKind};
use domain::event::TierChange;
use domain::lot::Bucket;
use domain::{EntityId, EventKey, Name, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// The balances of a wallet, in its smallest unit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Standing {
    /// Pending and available together.
    pub total: i64,
    /// Spendable at once.
    pub available: i64,
    /// Reserved by holds.
    pub held: i64,
    /// Open debt.
    pub debt: i64,
}

impl Standing {
    fn post(&mut self, entry: &Entry) {
        for (bucket, points) in [(entry.from, -entry.points.get()), (entry.to, entry.points.get())] {
            match bucket {
                Some(Bucket::Pending) => self.total += points,
                Some(Bucket::Available) => {
                    self.total += points;
                    self.available += points;
                }
                Some(Bucket::Held) => self.held += points,
                _ => {}
            }
        }
        self.debt += entry.debt;
    }
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Line {
    /// When it was posted: when it took effect, and never before the line above.
    pub at: Timestamp,
    /// When what caused it happened.
    pub occurred_at: Timestamp,
    /// What it is; absent for a change of tier.
    pub kind: Option<EntryKind>,
    /// The wallet; empty for a change of tier.
    pub wallet: Name,
    /// What happened, in plain words.
    pub what: String,
    /// The change of the total.
    pub change: i64,
    /// The wallet's balances after it; of a change of tier, nothing.
    pub after: Option<Standing>,
    /// The first and last entry it tells of; absent for a change of tier.
    pub entries: Option<(i64, i64)>,
    /// The event, or tick, that caused it (S29).
    pub cause: EventKey,
    /// The rule that granted it; of an adjustment who made it and why. Empty where there is none.
    pub rule: Name,
}

/// A wallet at both ends of a statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct WalletEnds {
    /// Which.
    pub wallet: Name,
    /// Before the first line.
    pub opening: Standing,
    /// After the last.
    pub closing: Standing,
}

/// A statement over a stretch of time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Statement {
    /// Whose.
    pub entity: EntityId,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant behind it.
    pub until: Timestamp,
    /// Each wallet's balances at both ends.
    pub wallets: Vec<WalletEnds>,
    /// The lines, in order.
    pub lines: Vec<Line>,
    /// Where changes of tier of its first days are no longer kept: from when they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiers_from: Option<Timestamp>,
}

impl Statement {
    /// What it cannot tell, for its reader; none where it tells all.
    pub fn remark(&self, zone: Tz) -> Option<String> {
        let from = local(zone, self.tiers_from?);
        Some(format!("changes of tier before {from} are no longer kept and not told"))
    }

    /// The statement of `entity` over `[from, until)`, from all its `entries` in order.
    pub fn of(
        entity: EntityId,
        entries: &[Entry],
        known: &Known,
        (from, until): (Timestamp, Timestamp),
    ) -> Self {
        let mut fold = Fold::new(known, from, until);
        // An adjustment's own entry moves nothing; those it caused say who and why.
        let moves = |entry: &&Entry| !matches!(entry.kind, EntryKind::Adjustment | EntryKind::Erasure);
        entries.iter().filter(moves).for_each(|entry| fold.post(entry));
        fold.tell_tiers(until);
        let wallets = fold.wallets.into_iter();
        let wallets = wallets.map(|(wallet, [opening, closing])| WalletEnds { wallet, opening, closing });
        let tiers_from = known.tiers_from.filter(|kept| *kept > from);
        Self { entity, from, until, wallets: wallets.collect(), lines: fold.lines, tiers_from }
    }
}

/// What goes into one line together, and the points it tells of so far.
struct Told {
    kind: EntryKind,
    wallet: Name,
    cause: EventKey,
    redemption: EventKey,
    partner: Name,
    rule: Name,
    /// Whether the line names the rule, for it stands beside one of another.
    names_rule: bool,
    at: Timestamp,
    points: i64,
}

impl Told {
    /// Whether `entry`, posted at `at`, goes on with it. A repayment is said by the lots that pay; the debt it
    /// lowers stands in the balances.
    fn goes_on(&self, entry: &Entry, at: Timestamp) -> bool {
        self.is_of_one_cause(entry, at)
            && self.rule == entry.rule
            && (self.partner == entry.partner || is_of_redemption(entry))
    }

    /// Whether `entry` is what another rule granted for the same.
    fn is_beside(&self, entry: &Entry, at: Timestamp) -> bool {
        let is_granted = matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise);
        is_granted && self.is_of_one_cause(entry, at) && self.rule != entry.rule
    }

    fn is_of_one_cause(&self, entry: &Entry, at: Timestamp) -> bool {
        let same = (self.kind, self.cause, self.redemption, self.at)
            == (entry.kind, entry.cause, entry.redemption, at);
        same && self.wallet == entry.wallet
    }

    /// What the line says of `entry`, the last it tells of.
    fn words(&self, entry: &Entry, known: &Known) -> String {
        let what = words(entry, self.points, known);
        if self.names_rule { named(&what, &entry.rule) } else { what }
    }
}

/// Whether it is about a redemption, whoever funds the lot: what is taken back is about who does.
fn is_of_redemption(entry: &Entry) -> bool {
    let of_funder = matches!(entry.kind, EntryKind::Clawback | EntryKind::DebtOpened);
    entry.redemption != EventKey::NONE && !of_funder
}

fn named(what: &str, rule: &Name) -> String {
    if rule.as_str().is_empty() { what.to_owned() } else { format!("{what} ({rule})") }
}

struct Fold<'k> {
    known: &'k Known,
    from: Timestamp,
    until: Timestamp,
    /// The running maximum of what took effect.
    posted: Timestamp,
    /// Opening and running balances, by wallet.
    wallets: BTreeMap<Name, [Standing; 2]>,
    tiers: std::slice::Iter<'k, TierChange>,
    next_tier: Option<&'k TierChange>,
    lines: Vec<Line>,
    last: Option<Told>,
}

impl<'k> Fold<'k> {
    fn new(known: &'k Known, from: Timestamp, until: Timestamp) -> Self {
        let mut tiers = known.tiers.iter();
        let next_tier = tiers.next();
        let (wallets, lines, posted) = (BTreeMap::new(), Vec::new(), Timestamp::MIN);
        Self { known, from, until, posted, wallets, tiers, next_tier, lines, last: None }
    }

    fn post(&mut self, entry: &Entry) {
        self.posted = self.posted.max(entry.at);
        if self.posted >= self.until {
            return;
        }
        self.tell_tiers(self.posted);
        let standings = self.wallets.entry(entry.wallet.clone()).or_default();
        let before = standings[1];
        standings[1].post(entry);
        let after = standings[1];
        if self.posted < self.from {
            standings[0] = after;
        } else if after != before {
            self.tell(entry, before, after);
        }
    }

    fn tell(&mut self, entry: &Entry, before: Standing, after: Standing) {
        let change = after.total - before.total;
        let is_beside = self.last.as_ref().is_some_and(|told| told.is_beside(entry, self.posted));
        let goes_on = self.last.take_if(|told| told.goes_on(entry, self.posted));
        if let (Some(mut told), Some(line)) = (goes_on, self.lines.last_mut()) {
            told.points +=
                if entry.kind == EntryKind::Repayment && entry.to.is_none() { 0 } else { moved(entry) };
            line.what = told.words(entry, self.known);
            line.change += change;
            line.after = Some(after);
            line.entries = line.entries.map(|(first, _)| (first, entry.sequence));
            self.last = Some(told);
            return;
        }
        if let (true, Some(told), Some(line)) = (is_beside, &self.last, self.lines.last_mut())
            && !told.names_rule
        {
            line.what = named(&line.what, &told.rule);
        }
        let told = Told {
            kind: entry.kind,
            wallet: entry.wallet.clone(),
            cause: entry.cause,
            redemption: entry.redemption,
            partner: entry.partner.clone(),
            rule: entry.rule.clone(),
            names_rule: is_beside,
            at: self.posted,
            points: moved(entry),
        };
        self.lines.push(Line {
            at: self.posted,
            occurred_at: entry.occurred_at,
            kind: Some(entry.kind),
            wallet: entry.wallet.clone(),
            what: told.words(entry, self.known),
            change,
            after: Some(after),
            entries: Some((entry.sequence, entry.sequence)),
            cause: entry.cause,
            rule: entry.rule.clone(),
        });
        self.last = Some(told);
    }

    /// Tells the changes of tier before `until`, where the next line comes.
    fn tell_tiers(&mut self, until: Timestamp) {
        while let Some(change) = self.next_tier.filter(|change| change.at < until) {
            if change.at >= self.from {
                self.lines.push(Line {
                    at: change.at,
                    occurred_at: change.at,
                    kind: None,
                    wallet: Name::default(),
                    what: tier_words(change, self.known),
                    change: 0,
                    after: None,
                    entries: None,
                    cause: change.cause,
                    rule: Name::default(),
                });
                self.last = None;
            }
            self.next_tier = self.tiers.next();
        }
    }
}

/// Points an entry is about: those that moved, or the change of a debt.
const fn moved(entry: &Entry) -> i64 {
    if entry.to.is_some() { entry.points.get() } else { entry.debt.abs() }
}
