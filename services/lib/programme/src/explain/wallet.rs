//! Wallets, the terms points are granted under, and what points may pay for, as tables.

use super::Words;
use super::amount::{all_of, factor, rate};
use super::gauge::{Gauge, Verdict};
use super::sheet::{Cell, Row, Sheet};
use super::time::{level, rounding, span, unit};
use domain::calendar::Span;
use domain::factor::Factor;
use domain::limits::Limits;
use domain::tariff::{Activation, Expiry, Rounding, Terms, Transfers, Wallet};

impl Words<'_> {
    /// The wallets.
    pub(super) fn wallet_sheet(&self) -> Sheet {
        let row = |wallet: &Wallet| {
            let Wallet { name, unit, scale, point_value, priority, limits: _, transfers } = wallet;
            let worth = format!("{} {}", factor(*point_value), self.tariff.currency.code);
            let cells = vec![
                name.as_str().into(),
                unit.as_str().into(),
                Cell::with(worth, Gauge::more(point_value.millionths())),
                priority.to_string().into(),
                scale.to_string().into(),
                Cell::with(self.given(name, transfers.as_ref()), generosity(transfers.as_ref())),
                // The language knows nothing else.
                "never".into(),
            ];
            Row::of(format!("whoever has {}", self.unit(name)), cells)
        };
        let columns = &[
            "wallet",
            "unit",
            "a point is worth",
            "burn order, lower first",
            "decimals",
            "given to others",
            "paid out",
        ];
        Sheet::new("Wallets", columns, self.tariff.wallets.iter().map(row).collect())
    }

    /// How many of its points members may give to others: `up to 500 points a month`.
    pub(super) fn given(&self, wallet: &domain::Name, transfers: Option<&Transfers>) -> String {
        match transfers {
            None => "no".to_owned(),
            Some(Transfers { at_most: None, per: _ }) => "any number".to_owned(),
            Some(Transfers { at_most: Some(most), per }) => {
                format!("up to {} a {}", self.points_in(wallet, *most), unit(*per))
            }
        }
    }

    /// The terms points are granted under.
    pub(super) fn terms_sheet(&self) -> Sheet {
        let columns = &[
            "terms",
            "wallet",
            "can be spent",
            "expire",
            "moved by a purchase",
            "moved by an activity",
            "rated by",
            "rounded",
            "at least",
            "at most",
            "at most, of the money",
        ];
        Sheet::new(
            "Terms of points",
            columns,
            self.tariff.terms.iter().map(|terms| self.terms_row(terms)).collect(),
        )
    }

    fn terms_row(&self, terms: &Terms) -> Row {
        let Terms {
            name,
            wallet,
            activation,
            expiry,
            expiry_rounded_to,
            extended_by_purchase,
            extended_by_activity,
            level: rated_by,
            rounding: rounded,
            minimum,
            cap,
            cap_rate,
            funders,
        } = terms;
        let moved = |by: &Option<Span>| {
            Cell::with(
                by.map(|by| format!("to {} after it", span(by))).unwrap_or_default(),
                Gauge::longer(*by),
            )
        };
        let some = |points: domain::Points| match points.is_zero() {
            true => String::new(),
            false => self.points_in(wallet, points),
        };
        let most = cap.map(|cap| self.points_in(wallet, cap)).unwrap_or_default();
        let most_rate = cap_rate.map(rate).unwrap_or_default();
        let cells = vec![
            name.as_str().into(),
            wallet.as_str().into(),
            Cell::with(self.activation(activation), sooner(activation)),
            Cell::with(self.expiry(*expiry, *expiry_rounded_to), later(*expiry)),
            moved(extended_by_purchase),
            moved(extended_by_activity),
            level(*rated_by).into(),
            rounded_by(*rounded, funders).into(),
            Cell::with(some(*minimum), Gauge::more(minimum.get())),
            Cell::with(most, Gauge::most_or_none(cap.map(|cap| cap.get()))),
            Cell::with(most_rate, Gauge::most_or_none(cap_rate.map(Factor::millionths))),
        ];
        Row::of(format!("whoever earns {} from then on", self.unit(wallet)), cells)
    }

    /// What points of each wallet may pay for.
    pub(super) fn pays_sheet(&self) -> Sheet {
        let columns = &[
            "wallet",
            "of a purchase",
            "of a line",
            "of lines of a group",
            "never",
            "promotional lines",
            "at least",
            "at most",
            "in steps of",
            "not added to that of",
        ];
        let wallets = &self.tariff.wallets;
        let limited = wallets.iter().any(|wallet| wallet.limits != Limits::default());
        let rows = wallets.iter().filter(|_| limited).map(|wallet| self.pays_row(wallet));
        Sheet::new("What points may pay for", columns, rows.collect())
    }

    fn pays_row(&self, wallet: &Wallet) -> Row {
        let Limits {
            share,
            of_groups,
            of_line,
            except_groups,
            promotional,
            at_least,
            at_most,
            step,
            exclusive_with,
        } = &wallet.limits;
        let points = |points: domain::Points| self.points_in(&wallet.name, points);
        let groups: Vec<String> =
            of_groups.iter().map(|(group, share)| format!("{} of {group}", rate(*share))).collect();
        let by_group = of_groups
            .iter()
            .map(|(group, share)| (format!("purchases of {group}"), share.millionths().into()))
            .collect();
        let never = -i64::try_from(except_groups.len()).unwrap_or(0);
        let cells = vec![
            wallet.name.as_str().into(),
            Cell::with(rate(*share), Gauge::more(share.millionths())),
            Cell::with(rate(*of_line), Gauge::more(of_line.millionths())),
            Cell::with(all_of(&groups), Gauge::by_whom(by_group)),
            Cell::with(all_of(except_groups), Gauge::more(never)),
            Cell::with(if *promotional { "yes" } else { "no" }, Gauge::more(i64::from(*promotional))),
            Cell::with(
                if at_least.is_zero() { String::new() } else { points(*at_least) },
                Gauge::less(at_least.get()),
            ),
            Cell::with(
                at_most.map(points).unwrap_or_default(),
                Gauge::most_or_none(at_most.map(|it| it.get())),
            ),
            if step.get() == 1 { String::new() } else { points(*step) }.into(),
            all_of(exclusive_with).into(),
        ];
        Row::of(format!("whoever pays with {}", self.unit(&wallet.name)), cells)
    }

    /// Product groups, and what they earn more or less than others.
    pub(super) fn group_sheet(&self) -> Sheet {
        let row = |(name, coefficient): (&domain::Name, &Factor)| {
            let delivers = self.tariff.offers.delivery.contains(name);
            let cells = vec![
                name.as_str().into(),
                Cell::with(factor(*coefficient), Gauge::more(coefficient.millionths())),
                if delivers { "yes" } else { "" }.into(),
            ];
            Row::of(format!("purchases of {name}"), cells)
        };
        let rows = self.tariff.coefficients.iter().map(row).collect();
        Sheet::new("Product groups", &["group", "what it earns times", "is delivery"], rows)
    }
}

/// How a grant is rounded: where several fund it, what each of them gives.
fn rounded_by(how: Rounding, funders: &[domain::Name]) -> String {
    let each = if funders.is_empty() { "" } else { ", for each who funds it" };
    format!("{}{each}", rounding(how))
}

/// How good it is to be able to give so many.
fn generosity(transfers: Option<&Transfers>) -> Gauge {
    match transfers {
        None => Gauge::more(0),
        Some(Transfers { at_most, per }) => Gauge::of(vec![(
            at_most.map_or("", |_| unit(*per)).to_owned(),
            at_most.map_or(i128::MAX, |most| most.get().into()),
        )]),
    }
}

/// How good an activation is: the sooner the better, as far as that is certain.
fn sooner(activation: &Activation) -> Gauge {
    match activation {
        Activation::AtOnce => Gauge::more(0),
        Activation::After(wait) => Gauge::longer(Some(*wait)).turned(),
        Activation::NextStart(_) | Activation::OnActivity(_) => Gauge::default(),
    }
}

/// How good an expiry is: the later the better, of those that count from the same instant.
fn later(expiry: Expiry) -> Gauge {
    match expiry {
        Expiry::Never => Gauge::more(i128::MAX),
        Expiry::AfterAccrual(life) => Gauge::longer(Some(life)),
        Expiry::AfterActivation(life) => Gauge::longer(Some(life)).about("after activation"),
        Expiry::EndOf(_) => Gauge::default(),
    }
}

/// Better where something is good for members, worse where it is not.
pub(super) const fn good(good: bool) -> Verdict {
    if good { Verdict::Better } else { Verdict::Worse }
}
