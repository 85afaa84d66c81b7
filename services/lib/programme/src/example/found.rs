//! What the core answers, figure by figure: from the events of a step and the account after it.

use super::figure::{Figure, word};
use super::{Action, Expected, Incoming};
use domain::entry::EntryKind;
use domain::event::{Notice, NoticeKind, OutcomeRecord, RedemptionDecision, TierChange};
use domain::quote::{Quote, QuoteError, quote, quote_visitor};
use domain::split::pays_first;
use domain::tariff::{Tariff, Tariffs};
use domain::upcoming::{Due, Upcoming};
use domain::{Body, Entity, Event, Minor, Name, Points};
use std::collections::BTreeMap;

/// What can be seen after a step.
pub(super) struct Seen<'a> {
    pub(super) tariff: &'a Tariff,
    pub(super) tariffs: &'a Tariffs,
    pub(super) entity: &'a Entity,
    pub(super) events: &'a [Event],
    pub(super) action: &'a Action,
}

impl Seen<'_> {
    /// What there is of an expected figure, of one wallet or of all.
    pub(super) fn figure(&self, expected: &Expected) -> Figure {
        match expected.what {
            "outcome" => self.of_outcome(|outcome| Figure::Word(word(&outcome.outcome.kind))),
            "approved" => self.of_decision(|decision| Figure::Flag(decision.approved)),
            "reason" => self.reason(),
            "earned" => self.of_outcome(|record| self.points(record.outcome.earned)),
            "funded" => self.funded(),
            "clawed_back" => self.of_outcome(|record| self.points(record.outcome.clawed_back)),
            "spent" => self.of_outcome(|record| self.points(record.outcome.spent)),
            "given_back" => self.of_outcome(|record| self.points(record.outcome.given_back)),
            "uncovered" => self.of_outcome(|record| self.points(record.outcome.uncovered)),
            "largest" => self.of_decision(|decision| self.points(decision.largest)),
            "price" => self.price().map_or(Figure::Absent, Figure::Money),
            "owes" => self.owes().map_or(Figure::Absent, Figure::Money),
            "earns" | "up_to" | "discounts" | "payable" | "to_next_tier" => self.quoted(expected.what),
            "why_not" => self.reasons(&expected.figure),
            "tier" => Figure::Word(self.tier()),
            "perks" => Figure::Words(self.perks().iter().map(Name::to_string).collect()),
            "refund" => self.of_outcome(|record| Figure::Money(record.outcome.refund)),
            "notices" => Figure::Words(self.notices().map(notice_in_words).collect()),
            "tier_changes" => Figure::Words(self.tier_changes().map(change_in_words).collect()),
            what => self.balance(what, expected.wallet.as_ref()),
        }
    }

    fn incoming(&self) -> Option<&Incoming> {
        match self.action {
            Action::Event(event) => Some(event),
            _ => None,
        }
    }

    fn of_outcome(&self, read: impl Fn(&OutcomeRecord) -> Figure) -> Figure {
        self.outcome().map_or(Figure::Absent, read)
    }

    /// The answer to the step's own event.
    pub(super) fn outcome(&self) -> Option<&OutcomeRecord> {
        // Of one that waited for a limit, what came of it within the step.
        let of_step = |record: &&OutcomeRecord| Some(record.event) == self.incoming().map(|event| event.key);
        let mut records = self.events.iter().filter_map(|event| match event {
            Event::Outcome(record) => Some(record),
            _ => None,
        });
        records.rfind(of_step)
    }

    fn of_decision(&self, read: impl Fn(&RedemptionDecision) -> Figure) -> Figure {
        self.decision().map_or(Figure::Absent, read)
    }

    /// The decision on the step's own request.
    fn decision(&self) -> Option<&RedemptionDecision> {
        self.decisions().last()
    }

    /// The decisions on it: one for each tender.
    fn decisions(&self) -> impl Iterator<Item = &RedemptionDecision> {
        let asked = self.incoming().map(|incoming| incoming.key);
        self.events.iter().filter_map(move |event| match event {
            Event::Decision(decision) if Some(decision.event) == asked => Some(decision),
            _ => None,
        })
    }

    /// Points that the step granted, by who funds them.
    fn funded(&self) -> Figure {
        let mut shares: BTreeMap<Name, Points> = BTreeMap::new();
        for event in self.events {
            if let Event::Entry(entry) = event
                && matches!(entry.kind, EntryKind::Accrual | EntryKind::Raise)
            {
                *shares.entry(entry.partner.clone()).or_default() += entry.points;
            }
        }
        Figure::Shares(shares, self.scale(None))
    }

    /// Why a request was refused, or else why an event had no effect.
    fn reason(&self) -> Figure {
        match self.decision() {
            Some(decision) => Figure::Word(word(&decision.reason)),
            None => self.of_outcome(|record| Figure::Word(word(&record.outcome.reason))),
        }
    }

    fn price(&self) -> Option<Minor> {
        match self.action {
            Action::Event(event) => event.price,
            Action::Quote { .. } => self.quote().map(|quote| quote.priced.till()),
            Action::Pass => None,
        }
    }

    /// The price less what the points that were granted are worth.
    fn owes(&self) -> Option<Minor> {
        if let Action::Quote { .. } = self.action {
            return self.quote().map(|quote| quote.owed());
        }
        let price = self.price()?;
        let worth_of = |name: &Name, points: Points| {
            let wallet = self.tariff.wallet(name.as_str()).or_else(|| pays_first(self.tariff))?;
            Some(wallet.worth(points, &self.tariff.currency))
        };
        let paid = match self.incoming().map(|incoming| &incoming.body) {
            Some(Body::Authorise(ask)) => {
                let granted = self.decision().map_or(Points::ZERO, |decision| decision.points);
                worth_of(&ask.wallet, granted)?
            }
            Some(Body::Sale(sale)) => {
                let mut decisions = self.decisions();
                let mut paid = Minor::ZERO;
                for tender in &sale.tenders {
                    let points = decisions.next().map_or(tender.points, |decision| decision.points);
                    paid += worth_of(&tender.wallet, points)?;
                }
                paid
            }
            _ => Minor::ZERO,
        };
        Some(price - paid)
    }

    /// The answer to the step's question.
    pub(super) fn answer(&self) -> Option<Result<Quote, QuoteError>> {
        let Action::Quote { ask, visitor } = self.action else { return None };
        Some(match visitor {
            true => quote_visitor(self.tariffs, self.tariff.programme.as_str(), ask),
            false => quote(self.tariffs, self.entity, ask),
        })
    }

    fn quote(&self) -> Option<Quote> {
        self.answer()?.ok()
    }

    fn quoted(&self, what: &str) -> Figure {
        let Some(quote) = self.quote() else { return Figure::Absent };
        match (what, &quote.progress) {
            ("up_to", _) if quote.visitor => self.points(quote.earned()),
            ("earns", _) if !quote.visitor => self.points(quote.earned()),
            ("discounts", _) => {
                let taken = quote.priced.discounts().into_iter().map(|taken| (taken.offer, taken.amount));
                Figure::Amounts(taken.collect())
            }
            ("payable", _) if !quote.visitor => self.points(quote.payable),
            ("to_next_tier", Some(progress)) if progress.counts.as_str().is_empty() => {
                Figure::Money(progress.missing)
            }
            _ => Figure::Absent,
        }
    }

    /// Why those that are expected apply or do not.
    fn reasons(&self, expected: &Figure) -> Figure {
        let (Some(quote), Figure::Reasons(named)) = (self.quote(), expected) else { return Figure::Absent };
        let told = quote.verdicts.iter().filter(|verdict| named.contains_key(&verdict.name));
        let told = told.map(|verdict| (verdict.name.clone(), verdict.because.words(&self.tariff.currency)));
        Figure::Reasons(told.collect::<BTreeMap<_, _>>())
    }

    fn tier(&self) -> String {
        let standing = self.entity.account.standing.as_ref();
        standing.map_or_else(|| "none".to_owned(), |standing| standing.tier.to_string())
    }

    /// The tier a purchase would be rated at: that of the account, or the first on joining.
    fn rated_at(&self) -> Name {
        let first = || self.tariff.tiers.as_ref().and_then(|tiers| tiers.levels.first());
        match &self.entity.account.standing {
            Some(standing) => standing.tier.clone(),
            None => first().map_or_else(Name::default, |level| level.name.clone()),
        }
    }

    /// What the tier brings beside points: nothing for a visitor.
    fn perks(&self) -> &[Name] {
        match self.action {
            Action::Quote { visitor: true, .. } => &[],
            _ => self.tariff.perks(self.rated_at().as_str()),
        }
    }

    fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.events.iter().filter_map(|event| match event {
            Event::Notice(notice) => Some(notice),
            _ => None,
        })
    }

    fn tier_changes(&self) -> impl Iterator<Item = &TierChange> {
        self.events.iter().filter_map(|event| match event {
            Event::Tier(change) => Some(change),
            _ => None,
        })
    }

    fn scale(&self, wallet: Option<&Name>) -> u32 {
        let named = wallet.and_then(|name| self.tariff.wallet(name.as_str()));
        named.or(self.tariff.wallets.first()).map_or(0, |wallet| wallet.scale)
    }

    fn points(&self, points: Points) -> Figure {
        Figure::Points(points, self.scale(None))
    }

    fn balance(&self, what: &str, wallet: Option<&Name>) -> Figure {
        let of = |name: &Name| wallet.is_none_or(|wallet| wallet == name);
        let lots = self.entity.lots.rows().values();
        let next = || Upcoming::of(lots.filter(|lot| of(&lot.wallet)));
        let sum = |read: fn(&domain::Balance) -> Points| {
            self.entity.account.wallets.iter().filter(|balance| of(&balance.wallet)).map(read).sum()
        };
        let points: Points = match what {
            "next_activation" => return instant(next().activation),
            "next_expiry" => return instant(next().expiry),
            "next_activation_points" => next().activation.points,
            "next_expiry_points" => next().expiry.points,
            "total" => sum(domain::Balance::total),
            "available" => sum(|balance| balance.buckets.available),
            "pending" => sum(|balance| balance.buckets.pending),
            "held" => sum(|balance| balance.buckets.held),
            "expired" => sum(|balance| balance.buckets.expired),
            _ => sum(|balance| balance.debt),
        };
        Figure::Points(points, self.scale(wallet))
    }
}

fn instant(due: Due) -> Figure {
    Figure::Instant(due.is_due().then_some(due.at))
}

/// `accrued by sms and email`.
fn notice_in_words(notice: &Notice) -> String {
    let channels: Vec<&str> = notice.channels.iter().map(Name::as_str).collect();
    let kind: NoticeKind = notice.kind;
    format!("{} by {}", word(&kind), channels.join(" and "))
}

/// `Silver to Gold`.
fn change_in_words(change: &TierChange) -> String {
    let from = if change.from.as_str().is_empty() { "none" } else { change.from.as_str() };
    format!("{from} to {}", change.to)
}
