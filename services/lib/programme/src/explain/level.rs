//! Levels, as tables.

use super::Words;
use super::amount::{all_of, whole};
use super::gauge::Gauge;
use super::sheet::{Cell, Row, Sheet};
use super::time::{span, window};
use domain::Minor;
use domain::points::Points;
use domain::tariff::{Downgrade, Metric, TierLevel, Tiers};

impl Words<'_> {
    /// The levels.
    pub(super) fn level_sheet(&self) -> Sheet {
        let levels =
            self.tariff.tiers.iter().flat_map(|tiers| tiers.levels.iter().map(move |it| (tiers, it)));
        let row = |(tiers, level): (&Tiers, &TierLevel)| {
            let TierLevel { name, from: _, membership: _, perks } = level;
            let cells = vec![
                name.as_str().into(),
                Cell::with(self.reached(tiers, level), Gauge::less(level.from.0)),
                all_of(perks).into(),
            ];
            Row::of(format!("members at {name}, or on the way to it"), cells)
        };
        Sheet::new("Levels", &["level", "reached from", "brings beside points"], levels.map(row).collect())
    }

    /// From when on a level is reached: `20,000 RUB`.
    pub(super) fn reached(&self, tiers: &Tiers, level: &TierLevel) -> String {
        match &tiers.counts {
            Metric::Membership if level.membership.as_str().is_empty() => "the beginning".to_owned(),
            Metric::Membership => format!("membership {}", self.name(&level.membership)),
            Metric::Spend => self.money(level.from),
            Metric::Points(wallet) => self.points_in(wallet, Points::at_least_zero(level.from.0)),
            Metric::Purchases => match level.from {
                Minor(1) => "1 purchase".to_owned(),
                Minor(purchases) => format!("{} purchases", whole(purchases)),
            },
        }
    }

    /// What levels are reached by.
    pub(super) fn metric(&self, metric: &Metric) -> String {
        let you = self.is_prose();
        match metric {
            Metric::Spend if you => "what you spend".to_owned(),
            Metric::Spend => "what is spent".to_owned(),
            Metric::Points(wallet) if you => format!("the {} your purchases earn", self.unit(wallet)),
            Metric::Points(wallet) => format!("{} that purchases earn", self.unit(wallet)),
            Metric::Purchases if you => "how often you buy something and keep of it".to_owned(),
            Metric::Purchases => "purchases of which something is kept".to_owned(),
            Metric::Membership if you => "the memberships you hold".to_owned(),
            Metric::Membership => "memberships that run".to_owned(),
        }
    }

    /// How levels are counted and lost.
    pub(super) fn tier_sheet(&self) -> Sheet {
        let rows = self.tariff.tiers.iter().flat_map(|tiers| self.tier_rows(tiers)).collect();
        Sheet::new("How levels are reached and lost", &["what", "is"], rows)
    }

    fn tier_rows(&self, tiers: &Tiers) -> Vec<Row> {
        let Tiers {
            levels: _,
            counts,
            window: over,
            downgrade,
            grace,
            stay,
            protected_from_returns,
            counts_points,
        } = tiers;
        let fact = |what: &str, is: Cell| Row::of("members at a level", vec![what.into(), is]);
        let flag = |flag: bool| Cell::with(if flag { "yes" } else { "no" }, Gauge::more(i64::from(flag)));
        let lost = match downgrade {
            Downgrade::ToMetric => Cell::with("to the level that is reached", Gauge::more(0)),
            Downgrade::OneLevel => Cell::with("one level at a time", Gauge::more(1)),
        };
        let time = |time: &Option<domain::calendar::Span>| {
            Cell::with(time.map_or_else(|| "no time".to_owned(), span), Gauge::longer(*time))
        };
        let mut rows = vec![fact("counted by", self.metric(counts).into())];
        if *counts != Metric::Membership {
            rows.push(fact("counted", window(*over).into()));
            rows.push(fact("a return leaves the level as it is", flag(*protected_from_returns)));
        }
        if *counts == Metric::Spend {
            rows.push(fact("what is paid with points counts", flag(*counts_points)));
        }
        rows.extend([
            fact("lost", lost),
            fact("kept after its end for", time(grace)),
            fact("kept at least for", time(stay)),
        ]);
        rows
    }
}
