//! What discounts cost against what points cost, and what is never spent (S31).

use super::points::Flow;
use super::{Answers, MerchantError, minor, worth_at};
use crate::month::Month;
use crate::settlement::Book;
use crate::sheet::{Cell, Kind, Sheet, share};
use domain::Name;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};

/// In money, in points, and by the month lots were issued in.
pub(super) fn sheets(answers: &Answers) -> Result<Vec<Sheet>, MerchantError> {
    Ok(vec![money(answers)?, points(answers), breakage(answers)])
}

/// Points of all wallets that pay as money, at the point value of the version that granted them: exact, in minor units.
#[derive(Clone, Copy, Default)]
struct Valued {
    issued: Decimal,
    redeemed: Decimal,
    exchanged: Decimal,
    expired: Decimal,
}

fn money(answers: &Answers) -> Result<Sheet, MerchantError> {
    let mut revenue: BTreeMap<Month, i64> = BTreeMap::new();
    for (day, shopping) in answers.people.values().flat_map(|person| &person.days) {
        *revenue.entry(day.month()).or_default() += shopping.all().amount;
    }
    let mut sheet = money_columns(answers);
    let flows = flows(answers);
    let mut standing = standing_before(&flows, answers.months.first);
    for month in answers.months.each() {
        let Valued { issued, redeemed, exchanged, expired } = valued(answers, month);
        for ((_, wallet), flow) in flows.iter().filter(|((of, _), _)| *of == month) {
            add(&mut standing, wallet, flow);
        }
        let liability = liability(answers, &standing, month)?;
        let revenue = revenue.get(&month).copied().unwrap_or(0);
        let off = answers.discounts.months.get(&month).copied().unwrap_or(0);
        let redeemed = minor(redeemed)?;
        sheet.row([
            month.to_string().into(),
            revenue.into(),
            off.into(),
            share(off, revenue + off).into(),
            minor(issued)?.into(),
            redeemed.into(),
            share(redeemed, revenue).into(),
            minor(exchanged)?.into(),
            minor(expired)?.into(),
            minor(liability)?.into(),
        ]);
    }
    Ok(sheet)
}

/// What became of points, by month and wallet.
type Flows<'a> = BTreeMap<(Month, &'a Name), Flow>;
/// What all that came to so far, by wallet.
type Standing<'a> = BTreeMap<&'a Name, Flow>;

fn flows(answers: &Answers) -> Flows<'_> {
    let mut flows = Flows::new();
    for ((month, (wallet, _)), flow) in &answers.points.months {
        let sum = flows.entry((*month, wallet)).or_default();
        *sum = sum.and(flow);
    }
    flows
}

fn standing_before<'a>(flows: &Flows<'a>, first: Month) -> Standing<'a> {
    let mut standing = Standing::new();
    for ((_, wallet), flow) in flows.iter().filter(|((month, _), _)| *month < first) {
        add(&mut standing, wallet, flow);
    }
    standing
}

fn add<'a>(standing: &mut Standing<'a>, wallet: &'a Name, flow: &Flow) {
    let sum = standing.entry(wallet).or_default();
    *sum = sum.and(flow);
}

/// What members could pay with what is outstanding, as the version in force at the month's end has it.
fn liability(answers: &Answers, standing: &Standing<'_>, month: Month) -> Result<Decimal, MerchantError> {
    let end = month.end(answers.zone());
    let mut sum = Decimal::ZERO;
    for (wallet, flow) in standing {
        sum += worth_at(&answers.prices, wallet, end)? * Decimal::from(flow.outstanding());
    }
    Ok(sum)
}

fn money_columns(answers: &Answers) -> Sheet {
    let value = "where they pay as money, at the point value of the version that granted them";
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
        .column("discount_share", "of price", Kind::Share, "discounts over revenue and discounts together; - where returns exceed what was bought")
        .column("issued", "issued", Kind::Money, format!("points granted, raises included, {value}; not what was got in exchange"))
        .column(
            "redeemed",
            "redeemed",
            Kind::Money,
            format!("points that paid, less those given back, what members owe for included, {value}"),
        )
        .column("redeemed_share", "of revenue", Kind::Share, "redeemed over revenue; - where returns exceed what was bought, or what was paid with points then")
        .column(
            "exchanged",
            "exchanged",
            Kind::Money,
            format!("points given for gifts, items or points of another wallet, less those that came back or were got so, {value}"),
        )
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
            "points outstanding at the month's end, pending, available and held, where they pay as money, at the point value of the version in force then",
        )
        .compared_by("redeemed")
}

/// What became of points in a month, at their value.
fn valued(answers: &Answers, month: Month) -> Valued {
    let mut sum = Valued::default();
    for ((of, worth), flow) in &answers.points.months {
        if *of == month {
            let each = answers.worth[worth];
            sum.issued += each * Decimal::from(flow.book.issued - flow.got);
            sum.redeemed += each * Decimal::from(flow.book.redeemed - flow.exchanged);
            sum.exchanged += each * Decimal::from(flow.net_exchanged());
            sum.expired += each * Decimal::from(flow.book.expired);
        }
    }
    sum
}

fn points(answers: &Answers) -> Sheet {
    let flows = flows(answers);
    let wallets: BTreeSet<&Name> = flows.keys().map(|(_, wallet)| *wallet).collect();
    let mut sheet = point_columns(answers);
    let mut standing = standing_before(&flows, answers.months.first);
    for month in answers.months.each() {
        for wallet in &wallets {
            let flow = flows.get(&(month, *wallet)).copied().unwrap_or_default();
            add(&mut standing, wallet, &flow);
            let Flow { book, exchanged, .. } = flow;
            let Book { issued, clawed_back, redeemed, expired, set_aside, .. } = book;
            let flows = [issued, clawed_back, redeemed - exchanged, exchanged, expired, set_aside];
            let ends = [standing[wallet].outstanding(), standing[wallet].owed];
            let figures = flows.into_iter().chain(ends).map(|points| answers.points(wallet, points));
            let names: [Cell; 2] = [month.to_string().into(), (*wallet).into()];
            sheet.row(names.into_iter().chain(figures));
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
            "spent, less those given back, what members owe for included; not those exchanged",
        )
        .column(
            "exchanged",
            "exchanged",
            Kind::Points,
            "given for gifts, items or points of another wallet, less those that came back",
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
        .column("month", "issued in", Kind::Text, "the local month their lot was issued in")
        .column("wallet", "wallet", Kind::Text, "")
        .column(
            "issued",
            "issued",
            Kind::Points,
            "granted in that month, and raises since, less what was clawed back",
        )
        .column(
            "redeemed",
            "redeemed",
            Kind::Points,
            "of these, spent or exchanged by now, less those given back or owed",
        )
        .column("expired", "expired", Kind::Points, "of these, expired unspent by now")
        .column("set_aside", "set aside", Kind::Points, "of these, written off")
        .column("outstanding", "outstanding", Kind::Points, "of these, pending, available or held")
        .column(
            "never_spent",
            "never spent",
            Kind::Share,
            "expired over issued; - where nothing is left of what was issued",
        )
        .compared_by("never_spent");
    for ((month, wallet), book) in &answers.points.lots {
        if answers.months.contains(*month) {
            let Book { issued, clawed_back, redeemed, expired, set_aside, outstanding, .. } = *book;
            let net = issued - clawed_back;
            let names: [Cell; 2] = [month.to_string().into(), wallet.into()];
            let figures = [net, redeemed, expired, set_aside, outstanding];
            let figures = figures.map(|points| answers.points(wallet, points));
            sheet.row(names.into_iter().chain(figures).chain([share(expired, net).into()]));
        }
    }
    sheet
}
