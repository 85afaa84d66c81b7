//! What a programme is, how points are spent and what members are told, as tables.

use super::Words;
use super::amount::{all_of, one_of, rate, whole};
use super::gauge::{Gauge, Verdict};
use super::sheet::{Cell, Row, Sheet};
use super::time::span;
use crate::said::Said;
use domain::circumstances::Stretch;
use domain::correction::Correction;
use domain::event::NoticeKind;
use domain::factor::Factor;
use domain::failed::Behind;
use domain::tariff::{Adjustments, Notices, Spending, Tariff};

/// A fact and what it is.
const FACTS: &[&str] = &["what", "is"];
/// Whom a fact of the whole concerns.
const ALL: &str = "everybody";

fn fact(what: &str, is: impl Into<Cell>) -> Row {
    Row::of(ALL, vec![what.into(), is.into()])
}

const fn yes(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

impl Words<'_> {
    /// Takes a tariff apart: a field that is added to it does not compile until a sheet speaks of it.
    pub(super) fn accounted(&self) {
        let Tariff {
            programme: _,
            version: _,
            from: _,
            prior_notice: _,
            correction: _,
            zone: _,
            currency: _,
            lateness: _,
            return_window: _,
            return_waits: _,
            behind_failed: _,
            points_earn: _,
            wallets: _,
            terms: _,
            coefficients: _,
            partners: _,
            rules: _,
            tiers: _,
            spending: _,
            notices: _,
            adjustments: _,
            activities: _,
            declared: _,
            card_grant: _,
            offers: _,
            exchanges: _,
        } = self.tariff;
        let Said { forbids_discounts: _, calendars: _, sold_at: _ } = self.said;
    }

    /// What the programme is, and how long it waits.
    pub(super) fn programme_sheet(&self) -> Sheet {
        let tariff = self.tariff;
        let head = |what: &str, is: Cell| Row::of("", vec![what.into(), is]);
        let mut rows = vec![
            head("name", tariff.programme.as_str().into()),
            head("version", tariff.version.to_string().into()),
            head("in force from", self.date(tariff.from).into()),
        ];
        if let Some(Correction { replaces, until, actor, reason }) = &tariff.correction {
            rows.push(head("replaces version", replaces.to_string().into()));
            let until = if until.is_finite() { self.date(*until) } else { "no end".to_owned() };
            rows.push(head("replaces it until", until.into()));
            rows.push(head("decided by", actor.as_str().into()));
            rows.push(head("decided because", reason.as_str().into()));
        }
        rows.extend([
            fact("time zone", tariff.zone.name()),
            fact("currency", tariff.currency.code.as_str()),
            fact("late events are accepted for", span(tariff.lateness)),
            fact(
                "returns are accepted for",
                Cell::with(span(tariff.return_window), Gauge::longer(Some(tariff.return_window))),
            ),
            fact("a return waits for its purchase for", span(tariff.return_waits)),
            fact("offers that take money off are", self.discounts()),
            fact("behind an event that fails, others", self.behind_failed()),
        ]);
        rows.extend(tariff.prior_notice.map(|notice| {
            let is = Cell::with(format!("{} of prior notice", span(notice)), Gauge::longer(Some(notice)));
            fact("its rules change with", is).being(Verdict::Better)
        }));
        Sheet::new("The programme", FACTS, rows)
    }

    fn behind_failed(&self) -> &'static str {
        match self.tariff.behind_failed {
            Behind::Waits => "wait for an operator",
            Behind::GoesOn => "are decided as they come",
        }
    }

    fn discounts(&self) -> Cell {
        let allowed = !self.said.forbids_discounts;
        Cell::with(if allowed { "allowed" } else { "forbidden" }, Gauge::more(i64::from(allowed)))
    }

    /// Calendars, by which rules and offers name their times.
    pub(super) fn calendar_sheet(&self) -> Sheet {
        let row = |(name, stretches): &(domain::Name, Vec<Stretch>)| {
            let each: Vec<String> = stretches.iter().map(|one| self.stretch(*one)).collect();
            Row::of("purchases made then", vec![name.as_str().into(), one_of(&each).into()])
        };
        Sheet::new("Calendars", &["calendar", "is"], self.said.calendars.iter().map(row).collect())
    }

    /// How points are spent.
    pub(super) fn spending_sheet(&self) -> Sheet {
        let Spending { hold, uncovered_becomes_debt, grace } = &self.tariff.spending;
        let earns = self.tariff.points_earn;
        let grace_text = grace.map_or_else(|| "no time".to_owned(), span);
        let rows = vec![
            fact("an order reserves points for", span(*hold)),
            fact("what is paid with points earns", Cell::with(yes(earns), Gauge::more(i64::from(earns)))),
            fact("points spent beyond what is there become a debt", yes(*uncovered_becomes_debt)),
            fact(
                "points that expired before they come back live on for",
                Cell::with(grace_text, Gauge::longer(*grace)),
            ),
        ];
        Sheet::new("Spending", FACTS, rows)
    }

    /// The partners and their own rates.
    pub(super) fn partner_sheet(&self) -> Sheet {
        let row = |(name, own): (&domain::Name, &Factor)| {
            let own = Cell::with(rate(*own), Gauge::more(own.millionths()));
            Row::of(format!("purchases at {name}"), vec![name.as_str().into(), own])
        };
        Sheet::new("Partners", &["partner", "own rate"], self.tariff.partners.iter().map(row).collect())
    }

    /// What members are told.
    pub(super) fn notice_sheet(&self) -> Sheet {
        let Notices { channels, before_expiry, before_tier_change } = &self.tariff.notices;
        let row = |(kind, by): (&NoticeKind, &Vec<domain::Name>)| {
            let leads = match kind {
                NoticeKind::Expiring => &before_expiry[..],
                NoticeKind::TierEnding => before_tier_change,
                NoticeKind::Accrued
                | NoticeKind::Activated
                | NoticeKind::Expired
                | NoticeKind::Spent
                | NoticeKind::Returned
                | NoticeKind::InDebt
                | NoticeKind::TierChanged
                | NoticeKind::Received => &[],
            };
            let leads: Vec<String> = leads.iter().map(|lead| span(*lead)).collect();
            let when = if leads.is_empty() { String::new() } else { format!("{} before", all_of(&leads)) };
            Row::of(ALL, vec![kind.word().into(), all_of(by).into(), when.into()])
        };
        Sheet::new("Notices", &["notice", "by", "when"], channels.iter().map(row).collect())
    }

    /// What operators may move at once.
    pub(super) fn limit_sheet(&self) -> Sheet {
        let Adjustments { grant, write_off, forgive } = &self.tariff.adjustments;
        let limits =
            [("grant at most", grant), ("write off at most", write_off), ("forgive at most", forgive)];
        let row = |(what, most): (&str, &Option<domain::Points>)| {
            let most = (*most)?;
            Some(Row::of("operators", vec![what.into(), whole(most.get()).into()]))
        };
        let rows = limits.into_iter().filter_map(row).collect();
        Sheet::new("Adjustments by operators", &["at once", "in the smallest unit"], rows)
    }
}
