//! What discounts cost against what points cost, and what is never spent (S31).

use super::points::Flow;
use super::{Answers, MerchantError, minor};
use crate::month::Month;
use crate::settlement::Book;
use crate::sheet::{Cell, Kind, Sheet, share};
use domain::Name;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// In money, in points, and by the month lots were issued in.
pub(super) fn sheets(answers: &Answers) -> Result<Vec<Sheet>, MerchantError> {
    Ok(vec![money(answers)?, points(answers), breakage(answers)])
}

/// Points of all wallets at their point value, exactly, in minor units.
#[derive(Clone, Copy, Default)]
struct Valued {
    issued: Decimal,
    redeemed: Decimal,
    expired: Decimal,
    outstanding: Decimal,
}

fn money(answers: &Answers) -> Result<Sheet, MerchantError> {
    let mut revenue: BTreeMap<Month, i64> = BTreeMap::new();
    for (day, bought) in answers.people.values().flat_map(|person| &person.days) {
        *revenue.entry(day.month()).or_default() += bought.amount;
    }
    let mut sheet = money_columns(answers);
    let mut outstanding = valued(answers, Month(i32::MIN)..answers.months.first).outstanding;
    for month in answers.months.each() {
        let flow = valued(answers, month..Month(month.0 + 1));
        outstanding += flow.outstanding;
        let revenue = revenue.get(&month).copied().unwrap_or(0);
        let off = answers.discounts.months.get(&month).copied().unwrap_or(0);
        let [issued, redeemed, expired, liability] =
            [flow.issued, flow.redeemed, flow.expired, outstanding].map(minor);
        let redeemed = redeemed?;
        sheet.row([
            month.to_string().into(),
            revenue.into(),
            off.into(),
            share(off, revenue + off).into(),
            issued?.into(),
            redeemed.into(),
            share(redeemed, revenue).into(),
            expired?.into(),
            liability?.into(),
        ]);
    }
    Ok(sheet)
}

fn money_columns(answers: &Answers) -> Sheet {
    let value = "at the point value of the version that granted them";
    answers
        .sheet("cost", "Cost of discounts against cost of points, in money")
        .column("month", "month", Kind::Text, "")
        .column("revenue", "revenue", Kind::Money, "all purchases after discounts, less returns")
        .column(
            "discounts",
            "discounts",
            Kind::Money,
            "what tills say offers took off, less the share of what was returned",
        )
        .column("discount_share", "of price", Kind::Share, "discounts over revenue and discounts together")
        .column("issued", "issued", Kind::Money, format!("points granted, raises included, {value}"))
        .column(
            "redeemed",
            "redeemed",
            Kind::Money,
            format!("points spent, less those given back, what members owe for included, {value}"),
        )
        .column("redeemed_share", "of revenue", Kind::Share, "redeemed over revenue")
        .column(
            "expired",
            "expired",
            Kind::Money,
            format!("points that expired unspent (breakage), less those reopened, {value}"),
        )
        .column(
            "liability",
            "liability",
            Kind::Money,
            format!("points outstanding at the month's end, pending, available and held, {value}"),
        )
        .compared_by("redeemed")
}

/// What became of points in these months, at their value.
fn valued(answers: &Answers, months: std::ops::Range<Month>) -> Valued {
    let mut sum = Valued::default();
    for ((month, worth), Flow { book, owed }) in &answers.points.months {
        if months.contains(month) {
            let each = answers.worth[worth];
            sum.issued += each * Decimal::from(book.issued);
            sum.redeemed += each * Decimal::from(book.redeemed);
            sum.expired += each * Decimal::from(book.expired);
            sum.outstanding += each * Decimal::from(book.outstanding + owed);
        }
    }
    sum
}

fn points(answers: &Answers) -> Sheet {
    let mut flows: BTreeMap<(Month, &Name), Flow> = BTreeMap::new();
    for ((month, (wallet, _)), flow) in &answers.points.months {
        let sum = flows.entry((*month, wallet)).or_default();
        *sum = sum.and(flow);
    }
    let wallets: BTreeMap<&Name, ()> = flows.keys().map(|(_, wallet)| (*wallet, ())).collect();
    let mut sheet = point_columns(answers);
    let mut standing: BTreeMap<&Name, Flow> = BTreeMap::new();
    for ((_, wallet), flow) in flows.iter().filter(|((month, _), _)| *month < answers.months.first) {
        let sum = standing.entry(wallet).or_default();
        *sum = sum.and(flow);
    }
    for month in answers.months.each() {
        for wallet in wallets.keys() {
            let flow = flows.get(&(month, *wallet)).copied().unwrap_or_default();
            let sum = standing.entry(wallet).or_default();
            *sum = sum.and(&flow);
            let Book { issued, clawed_back, redeemed, expired, set_aside, .. } = flow.book;
            let figures = [
                issued,
                clawed_back,
                redeemed,
                expired,
                set_aside,
                sum.book.outstanding + sum.owed,
                sum.owed,
            ];
            let names: [Cell; 2] = [month.to_string().into(), (*wallet).into()];
            sheet.row(names.into_iter().chain(figures.map(Into::into)));
        }
    }
    sheet
}

fn point_columns(answers: &Answers) -> Sheet {
    answers
        .sheet("cost_points", "What became of points")
        .column("month", "month", Kind::Text, "")
        .column("wallet", "wallet", Kind::Text, "")
        .column("issued", "issued", Kind::Points, "granted, raises included")
        .column(
            "clawed_back",
            "clawed back",
            Kind::Points,
            "taken back after returns, those owed since included",
        )
        .column(
            "redeemed",
            "redeemed",
            Kind::Points,
            "spent, less those given back, what members owe for included",
        )
        .column("expired", "expired", Kind::Points, "expired unspent, less those reopened")
        .column(
            "set_aside",
            "set aside",
            Kind::Points,
            "written off by operators, or with an account that was erased",
        )
        .column("outstanding", "outstanding", Kind::Points, "pending, available and held at the month's end")
        .column(
            "owed",
            "owed",
            Kind::Points,
            "owed by members at the month's end, what was forgiven included",
        )
        .compared_by("outstanding")
}

fn breakage(answers: &Answers) -> Sheet {
    let mut sheet = answers
        .sheet("cost_breakage", "What is never spent, by the month points were issued in (S31)")
        .column("month", "issued in", Kind::Text, "the month of the lot, UTC")
        .column("wallet", "wallet", Kind::Text, "")
        .column(
            "issued",
            "issued",
            Kind::Points,
            "granted in that month, and raises since, less what was clawed back",
        )
        .column("redeemed", "redeemed", Kind::Points, "of these, spent by now, less those given back or owed")
        .column("expired", "expired", Kind::Points, "of these, expired unspent by now")
        .column("set_aside", "set aside", Kind::Points, "of these, written off")
        .column("outstanding", "outstanding", Kind::Points, "of these, pending, available or held")
        .column("never_spent", "never spent", Kind::Share, "expired over issued")
        .compared_by("never_spent");
    for ((month, wallet), book) in &answers.points.lots {
        if answers.months.contains(*month) {
            let Book { issued, clawed_back, redeemed, expired, set_aside, outstanding, .. } = *book;
            let net = issued - clawed_back;
            let names: [Cell; 2] = [month.to_string().into(), wallet.into()];
            let figures = [net, redeemed, expired, set_aside, outstanding].map(Into::into);
            sheet.row(names.into_iter().chain(figures).chain([share(expired, net).into()]));
        }
    }
    sheet
}
