//! A quote for a program: one JSON document. Money as decimals in texts, points in their wallet's smallest unit.

use domain::because::{Because, Considered, Verdict};
use domain::price::{Taken, Used};
use domain::quote::{Ask, Earning, Following, Quote};
use domain::tier::Progress;
use domain::{EntityId, Minor, Name, Points, Timestamp};
use rust_decimal::Decimal;
use serde::Serialize;

/// A quote.
#[derive(Serialize)]
pub(super) struct View<'a> {
    programme: &'a Name,
    version: i32,
    at: Timestamp,
    partner: &'a Name,
    member: Option<&'a EntityId>,
    visitor: bool,
    tier: &'a Name,
    currency: &'a Name,
    lines: Vec<LineView<'a>>,
    list: String,
    discounts: Vec<Discount>,
    uses: &'a [Used],
    till: String,
    /// Where a visitor asks: as many as this at the most.
    earns: &'a [Earning],
    /// What is given besides, by what the basket fills up.
    follows: &'a [Following],
    spendable: Vec<Pays<'a>>,
    /// Of all wallets that pay where none is named.
    payable: Points,
    payment: Option<Pays<'a>>,
    owes: String,
    next_tier: Option<Next<'a>>,
    considered: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct LineView<'a> {
    item: &'a Name,
    group: &'a Name,
    quantity: String,
    list: String,
    discounts: Vec<Discount>,
    till: String,
    /// Pieces for nothing: a line of their own at the till.
    free: i64,
}

#[derive(Serialize)]
struct Discount {
    offer: Name,
    amount: String,
}

#[derive(Serialize)]
struct Pays<'a> {
    wallet: &'a Name,
    /// What the account has, or was asked to pay.
    of: Points,
    /// What may pay.
    points: Points,
    worth: String,
}

#[derive(Serialize)]
struct Next<'a> {
    tier: &'a Name,
    spend: String,
    next: Option<&'a Name>,
    missing: String,
}

#[derive(Serialize)]
struct Told<'a> {
    considered: Considered,
    name: &'a Name,
    applies: bool,
    words: String,
    because: &'a Because,
}

impl<'a> View<'a> {
    pub(super) fn of(quote: &'a Quote, ask: &'a Ask, member: Option<&'a EntityId>) -> Self {
        let Quote { tariff, visitor, tier, priced, earnings, follows, spendable, .. } = quote;
        let Quote { payment, progress, verdicts, .. } = quote;
        let money = |amount: Minor| tariff.currency.to_decimal(amount).to_string();
        let discount = |taken: &Taken| Discount { offer: taken.offer.clone(), amount: money(taken.amount) };
        let lines = ask.lines.iter().zip(&priced.lines).map(|(line, priced)| LineView {
            item: &line.sku,
            group: &line.group,
            quantity: Decimal::new(line.quantity.0, 3).normalize().to_string(),
            list: money(priced.list),
            discounts: priced.discounts.iter().map(discount).collect(),
            till: money(priced.till),
            free: priced.free,
        });
        let next = |it: &'a Progress| Next {
            tier: &it.tier,
            spend: money(it.spend),
            next: it.next.as_ref(),
            missing: money(it.missing),
        };
        let told = |it: &'a Verdict| Told {
            considered: it.considered,
            name: &it.name,
            applies: it.applies,
            words: it.because.words(&tariff.currency),
            because: &it.because,
        };
        Self {
            programme: &tariff.programme,
            version: tariff.version,
            at: ask.at,
            partner: &ask.partner,
            member,
            visitor: *visitor,
            tier,
            currency: &tariff.currency.code,
            lines: lines.collect(),
            list: money(priced.list()),
            discounts: priced.discounts().iter().map(discount).collect(),
            uses: &priced.uses,
            till: money(priced.till()),
            earns: earnings,
            follows,
            spendable: spendable
                .iter()
                .map(|it| Pays {
                    wallet: &it.wallet,
                    of: it.available,
                    points: it.most,
                    worth: money(it.worth),
                })
                .collect(),
            payable: quote.payable,
            payment: payment.as_ref().map(|it| Pays {
                wallet: &it.wallet,
                of: it.asked,
                points: it.points,
                worth: money(it.worth),
            }),
            owes: money(quote.owed()),
            next_tier: progress.as_ref().map(next),
            considered: verdicts.iter().map(told).collect(),
        }
    }
}
