//! `[tiers]`: the levels a member rises through, and what they are counted by (S21, S28).

use super::Wallets;
use super::declared::Known;
use crate::field::Field;
use crate::reading::Measures;
use crate::shape::rules::{LEVEL, TIERS};
use crate::table::Table;
use domain::tariff::{Downgrade, Metric, TierLevel, Tiers, Window};
use domain::{Minor, Name};
use std::ops::Range;

const DOWNGRADES: &[(&str, Downgrade)] =
    &[("to metric", Downgrade::ToMetric), ("one level", Downgrade::OneLevel)];

/// What levels are reached by, before the wallet is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    Spend,
    Points,
    Purchases,
    Memberships,
}

const COUNTS: &[(&str, Counts)] = &[
    ("spend", Counts::Spend),
    ("points", Counts::Points),
    ("purchases", Counts::Purchases),
    ("memberships", Counts::Memberships),
];

pub(crate) fn decode(
    root: &Table<'_>,
    measures: &Measures,
    wallets: &Wallets,
    known: &Known,
) -> Option<Tiers> {
    let table = root.optional("tiers", |field| field.table(&TIERS))?;
    let word = table.or("counts", Counts::Spend, |field| field.word(COUNTS));
    let counts = metric(&table, word, wallets);
    let reading = Reading { counts: &counts, measures, wallets, segments: known.segments() };
    let levels = table.required("levels", |field| field.all(|each| reading.level(each)));
    let levels = ordered(&table, word, levels.unwrap_or_default());
    let window = table.or("window", Window::Lifetime, Field::window);
    let tiers = Tiers {
        levels,
        counts,
        window,
        downgrade: table.or("downgrade", Downgrade::ToMetric, |field| field.word(DOWNGRADES)),
        grace: table.optional("grace", Field::duration),
        stay: table.optional("minimum_stay", Field::duration),
        protected_from_returns: table.or("protected_from_returns", false, Field::flag),
        counts_points: table.or("counts_points", false, Field::flag),
    };
    idle(&table, word, window);
    Some(tiers)
}

fn metric(table: &Table<'_>, word: Counts, wallets: &Wallets) -> Metric {
    match word {
        Counts::Spend => Metric::Spend,
        Counts::Points => Metric::Points(wallets.chosen(table).unwrap_or_default()),
        Counts::Purchases => Metric::Purchases,
        Counts::Memberships => Metric::Membership,
    }
}

/// Reports keys that mean nothing beside others.
fn idle(table: &Table<'_>, word: Counts, window: Window) {
    let by_membership = word == Counts::Memberships;
    let nothing_ends = window == Window::Lifetime && !by_membership;
    let idle = [
        ("wallet", word != Counts::Points, "expected `wallet` only where `points` count"),
        ("counts_points", word != Counts::Spend, "expected `counts_points` only where `spend` counts"),
        ("window", by_membership, "a membership has an end of its own: expected no `window`"),
        (
            "protected_from_returns",
            by_membership,
            "no return takes a membership: expected no `protected_from_returns`",
        ),
        ("grace", nothing_ends, "time takes no level of a lifetime: expected a `window` beside `grace`"),
        (
            "minimum_stay",
            nothing_ends,
            "time takes no level of a lifetime: expected a `window` beside `minimum_stay`",
        ),
    ];
    for (key, _, message) in idle.iter().filter(|(key, idle, _)| *idle && table.field(key).is_some()) {
        table.report_at(key, *message);
    }
}

/// A level, whether it inherits perks, and where its threshold and name are written.
type Placed = (TierLevel, bool, Range<usize>, Range<usize>);

/// What levels are read by.
struct Reading<'a> {
    counts: &'a Metric,
    measures: &'a Measures,
    wallets: &'a Wallets,
    segments: Vec<Name>,
}

impl Reading<'_> {
    fn level(&self, field: &Field<'_>) -> Option<Placed> {
        let table = field.table(&LEVEL)?;
        let name = table.required("name", Field::name);
        let perks = table.optional("perks", Field::names).unwrap_or_default();
        let perks = perks.into_iter().map(|(perk, _)| perk).collect();
        let inherits = table.or("inherits_perks", true, Field::flag);
        let (from, from_span, membership) = match self.counts {
            Metric::Membership => self.by_membership(&table, field)?,
            _ => self.by_amount(&table)?,
        };
        let (name, name_span) = name?;
        if name.as_str() == "none" {
            table.report(&name_span, "`none` cannot name a level: examples say so of a member without one");
        }
        Some((TierLevel { name, from, membership, perks }, inherits, from_span, name_span))
    }

    fn by_amount(&self, table: &Table<'_>) -> Option<(Minor, Range<usize>, Name)> {
        if table.field("membership").is_some() {
            table.report_at("membership", "expected `membership` only where `memberships` count");
        }
        let amount = |field: &Field<'_>| match self.counts {
            Metric::Points(wallet) => {
                field.points(self.wallets.scale(wallet.as_str())).map(|points| Minor(points.get()))
            }
            Metric::Purchases => field.whole(0..1_000_001).map(Minor),
            Metric::Spend | Metric::Membership => field.money(self.measures),
        };
        let (from, span) = table.required("from", |field| Some((amount(field)?, field.span.clone())))?;
        Some((from, span, Name::default()))
    }

    fn by_membership(&self, table: &Table<'_>, field: &Field<'_>) -> Option<(Minor, Range<usize>, Name)> {
        if table.field("from").is_some() {
            table.report_at("from", "memberships count: expected `membership` rather than `from`");
        }
        let Some((name, span)) = table.optional("membership", Field::name) else {
            return Some((Minor::ZERO, field.span.clone(), Name::default()));
        };
        if !self.segments.contains(&name) {
            table.unknown(&span, "membership", name.as_str(), &self.segments);
        }
        Some((Minor::ZERO, span, name))
    }
}

/// The levels with all their perks, after what is wrong with their order was reported.
fn ordered(table: &Table<'_>, word: Counts, levels: Vec<Placed>) -> Vec<TierLevel> {
    for (place, (level, _, span, name_span)) in levels.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| &levels[before].0);
        match word {
            Counts::Memberships => by_memberships(table, level, span, place == 0),
            _ => rising(table, level, before, span),
        }
        if levels[..place].iter().any(|(other, ..)| other.name == level.name) {
            table.report(name_span, format!("duplicate level `{}`", level.name));
        }
    }
    let mut all: Vec<TierLevel> = Vec::new();
    for (mut level, inherits, ..) in levels {
        let below = all.last().filter(|_| inherits).map(|below| below.perks.clone()).unwrap_or_default();
        let own = std::mem::replace(&mut level.perks, below);
        own.into_iter().for_each(|perk| {
            if !level.perks.contains(&perk) {
                level.perks.push(perk);
            }
        });
        all.push(level);
    }
    all
}

/// What is wrong with where a level that is reached by an amount begins.
fn rising(table: &Table<'_>, level: &TierLevel, before: Option<&TierLevel>, span: &Range<usize>) {
    match before {
        None if level.from != Minor::ZERO => table.report(
            span,
            format!("expected the first level, `{}`, from 0: everybody stands somewhere", level.name),
        ),
        Some(before) if level.from <= before.from => {
            table.report(
                span,
                format!("expected `{}` from more than `{}` before it", level.name, before.name),
            );
        }
        _ => {}
    }
}

/// The same of one that is reached by a membership.
fn by_memberships(table: &Table<'_>, level: &TierLevel, span: &Range<usize>, first: bool) {
    match (first, level.membership.as_str().is_empty()) {
        (true, false) => table.report(
            span,
            format!(
                "expected no `membership` for the first level, `{}`: everybody stands somewhere",
                level.name
            ),
        ),
        (false, true) => {
            table.report(span, format!("expected the `membership` that reaches `{}`", level.name))
        }
        _ => {}
    }
}
