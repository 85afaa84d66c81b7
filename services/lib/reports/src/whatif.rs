//! What if: one history under two sets of rules, side by side. Who gains and who loses, and what that costs.
//!
//! Each side folds its own events as they come; only sums are kept, so that a year needs little more than its members.

use crate::merchant::{Flow, PointBooks, minor, worth};
use crate::month::Month;
use crate::prices::Prices;
use crate::sheet::{Cell, Kind, Sheet};
use crate::{merchant::MerchantError, settlement::Book};
use domain::entry::{Entry, EntryKind};
use domain::event::{RedemptionDecision, Step};
use domain::{EntityId, Event, Name};
use rust_decimal::Decimal;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Points earned, and what they are worth, exactly, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Earned {
    points: i64,
    worth: Decimal,
}

impl Earned {
    fn add(&mut self, other: Self) {
        self.points += other.points;
        self.worth += other.worth;
    }
}

/// Steps of redemptions that were asked for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Asked {
    approved: i64,
    refused: i64,
}

/// A history under one set of rules.
#[derive(Debug)]
pub struct Side {
    prices: Prices,
    months: BTreeMap<(Month, Name), Earned>,
    members: BTreeMap<EntityId, Earned>,
    points: PointBooks,
    asked: Asked,
}

impl Side {
    /// Nothing yet, under the rules that `prices` are of.
    pub fn new(prices: Prices) -> Self {
        let (months, members, points) = (BTreeMap::new(), BTreeMap::new(), PointBooks::default());
        Self { prices, months, members, points, asked: Asked::default() }
    }

    /// Takes in what the ledger said.
    ///
    /// # Errors
    /// Points of a version that has no price.
    pub fn hear(&mut self, event: &Event) -> Result<(), MerchantError> {
        match event {
            Event::Entry(entry) => self.post(entry),
            Event::Decision(decision) => {
                self.decided(decision);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn post(&mut self, entry: &Entry) -> Result<(), MerchantError> {
        self.points.post(entry, Month::of(self.prices.zone(), entry.at));
        if matches!(entry.kind, EntryKind::MovedOut | EntryKind::MovedIn) {
            return Ok(());
        }
        let issued = if entry.from.is_none() && entry.to.is_some() { entry.points.get() } else { 0 };
        let points = issued - entry.clawed_back.get();
        if points == 0 {
            return Ok(());
        }
        let each = worth(&self.prices, &(entry.wallet.clone(), entry.version))?;
        let earned = Earned { points, worth: each * Decimal::from(points) };
        let month = Month::of(self.prices.zone(), entry.occurred_at);
        self.months.entry((month, entry.partner.clone())).or_default().add(earned);
        self.members.entry(entry.entity.clone()).or_default().add(earned);
        Ok(())
    }

    /// What members ask for; that a hold ends by itself was asked by nobody.
    fn decided(&mut self, decision: &RedemptionDecision) {
        match (decision.step, decision.approved) {
            (Step::Expire, _) => {}
            (_, true) => self.asked.approved += 1,
            (_, false) => self.asked.refused += 1,
        }
    }

    /// All its points, and what they are worth.
    fn sums(&self) -> Result<Vec<(&'static str, &'static str, Earned)>, MerchantError> {
        let mut sums = FIGURES.map(|(name, means, _)| (name, means, Earned::default()));
        for ((_, of), flow) in &self.points.months {
            let each: Decimal = worth(&self.prices, of)?;
            for ((.., sum), (.., figure)) in sums.iter_mut().zip(FIGURES) {
                let points = figure(flow);
                sum.add(Earned { points, worth: each * Decimal::from(points) });
            }
        }
        Ok(sums.to_vec())
    }
}

/// What a month is of, and a partner.
const MONTH: &str = "that of the purchase, return or activity";
const PARTNER: &str = "who funds the points";

/// A figure of a side: its name, what it is, and where it is found.
type Figure = (&'static str, &'static str, fn(&Flow) -> i64);

const FIGURES: [Figure; 5] = [
    ("earned", "granted less clawed back", |flow| {
        let Book { issued, clawed_back, .. } = flow.book;
        issued - clawed_back
    }),
    ("redeemed", "spent less given back", |flow| flow.book.redeemed),
    ("breakage", "expired unspent", |flow| flow.book.expired),
    ("liability", "pending, available and held at the end", |flow| flow.book.outstanding + flow.owed),
    ("owed", "owed by members at the end, forgiven or not", |flow| flow.owed),
];

/// The sheets of a history under `old` and under `new`; of the members who gain and lose most so many.
///
/// # Errors
/// Points of a version that has no price, or an amount beyond what money can be.
pub fn compare(old: &Side, new: &Side, top: usize) -> Result<Vec<Sheet>, MerchantError> {
    Ok(vec![
        totals(old, new)?,
        by_month(old, new)?,
        by_partner(old, new)?,
        months(old, new)?,
        members(old, new)?,
        most(old, new, top)?,
        asked(old, new),
    ])
}

fn sheet(new: &Side, name: &'static str, title: impl Into<String>) -> Sheet {
    Sheet::new(name, title, new.prices.currency())
}

/// Columns for points and money, before and after.
fn compared(sheet: Sheet) -> Sheet {
    sheet
        .column("old", "old points", Kind::Points, "under the rules that were in force")
        .column(
            "new",
            "new points",
            Kind::Points,
            "under the proposed rules, as if they had been in force from the first event on",
        )
        .column("difference", "difference", Kind::Points, "new points less old")
        .column(
            "old_worth",
            "old worth",
            Kind::Money,
            "old points at the point value of the version that granted them",
        )
        .column("new_worth", "new worth", Kind::Money, "new points at their point value")
        .column("gain", "gain", Kind::Money, "new worth less old")
        .compared_by("gain")
}

/// The cells of [`compared`].
fn cells(old: Earned, new: Earned) -> Result<[Cell; 6], MerchantError> {
    let (before, after) = (minor(old.worth)?, minor(new.worth)?);
    let points = [old.points, new.points, new.points - old.points];
    let [old, new, difference] = points.map(Cell::from);
    Ok([old, new, difference, before.into(), after.into(), (after - before).into()])
}

fn totals(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay", "What the proposed rules change")
        .column("figure", "figure", Kind::Text, "")
        .column("means", "of points", Kind::Text, "");
    let mut sheet = compared(sheet);
    for ((name, means, old), (.., new)) in old.sums()?.into_iter().zip(new.sums()?) {
        let names: [Cell; 2] = [name.to_owned().into(), means.to_owned().into()];
        sheet.row(names.into_iter().chain(cells(old, new)?));
    }
    Ok(sheet)
}

/// What was earned under both, summed by what `key` makes of month and partner.
fn summed<K: Ord>(old: &Side, new: &Side, key: impl Fn(Month, &Name) -> K) -> BTreeMap<K, [Earned; 2]> {
    let mut sums: BTreeMap<K, [Earned; 2]> = BTreeMap::new();
    for (place, side) in [old, new].into_iter().enumerate() {
        for ((month, partner), earned) in &side.months {
            sums.entry(key(*month, partner)).or_default()[place].add(*earned);
        }
    }
    sums
}

fn by_month(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay_by_month", "Earned, by month").column("month", "month", Kind::Text, MONTH);
    let mut sheet = compared(sheet);
    for (month, [old, new]) in summed(old, new, |month, _| month) {
        let name: [Cell; 1] = [month.to_string().into()];
        sheet.row(name.into_iter().chain(cells(old, new)?));
    }
    Ok(sheet)
}

fn by_partner(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay_by_partner", "Earned, by partner").column(
        "partner",
        "partner",
        Kind::Text,
        PARTNER,
    );
    let mut sheet = compared(sheet);
    for (partner, [old, new]) in summed(old, new, |_, partner| partner.clone()) {
        let name: [Cell; 1] = [(&partner).into()];
        sheet.row(name.into_iter().chain(cells(old, new)?));
    }
    Ok(sheet)
}

fn months(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay_months", "Earned, by month and partner")
        .column("month", "month", Kind::Text, MONTH)
        .column("partner", "partner", Kind::Text, PARTNER);
    let mut sheet = compared(sheet);
    for ((month, partner), [old, new]) in summed(old, new, |month, partner| (month, partner.clone())) {
        let names: [Cell; 2] = [month.to_string().into(), (&partner).into()];
        sheet.row(names.into_iter().chain(cells(old, new)?));
    }
    Ok(sheet)
}

/// What each member earned, old and new, and the gain in whole minor units.
fn gains<'s>(
    old: &'s Side,
    new: &'s Side,
) -> Result<Vec<(&'s EntityId, Earned, Earned, i64)>, MerchantError> {
    let keys: BTreeSet<&EntityId> = old.members.keys().chain(new.members.keys()).collect();
    let gain = |key: &'s EntityId| {
        let of = |side: &Side| side.members.get(key).copied().unwrap_or_default();
        let (old, new) = (of(old), of(new));
        Ok((key, old, new, minor(new.worth)? - minor(old.worth)?))
    };
    keys.into_iter().map(gain).collect()
}

fn members(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let mut sheet = sheet(new, "replay_members", "Members by what they gain")
        .column(
            "members",
            "members",
            Kind::Text,
            "accounts by the worth of what they earned, cards that nobody bound among them",
        )
        .column("count", "count", Kind::Count, "how many")
        .column("gain", "gain", Kind::Money, "new worth less old, together")
        .compared_by("count");
    let gains = gains(old, new)?;
    for (name, sign) in [("better", 1), ("worse", -1), ("same", 0)] {
        let those = gains.iter().filter(|(.., gain)| gain.signum() == sign);
        let (count, sum) = those.fold((0, 0), |(count, sum), (.., gain)| (count + 1, sum + gain));
        sheet.row([name.to_owned().into(), Cell::Figure(count), sum.into()]);
    }
    Ok(sheet)
}

fn most(old: &Side, new: &Side, top: usize) -> Result<Sheet, MerchantError> {
    let title = format!("The {top} who gain most and the {top} who lose most");
    let sheet = sheet(new, "replay_most", title).column("member", "member", Kind::Text, "");
    let mut sheet = compared(sheet);
    let mut gains = gains(old, new)?;
    gains.sort_by_key(|(who, .., gain)| (Reverse(*gain), *who));
    let winners = gains.iter().filter(|(.., gain)| *gain > 0).take(top);
    let mut losers: Vec<_> = gains.iter().rev().filter(|(.., gain)| *gain < 0).take(top).collect();
    losers.reverse();
    for (who, old, new, _) in winners.chain(losers) {
        let name: [Cell; 1] = [who.local().to_owned().into()];
        sheet.row(name.into_iter().chain(cells(*old, *new)?));
    }
    Ok(sheet)
}

fn asked(old: &Side, new: &Side) -> Sheet {
    let mut sheet = sheet(new, "replay_redemptions", "Redemptions, replayed as they were asked for")
        .column(
            "step",
            "steps",
            Kind::Text,
            "authorisations, captures, cancellations, orders, and points a till took without a hold",
        )
        .column("old", "old", Kind::Count, "under the rules that were in force")
        .column("new", "new", Kind::Count, "under the proposed rules")
        .column("difference", "difference", Kind::Count, "new less old");
    let sides = [old.asked, new.asked];
    for (name, [old, new]) in
        [("approved", sides.map(|side| side.approved)), ("refused", sides.map(|side| side.refused))]
    {
        sheet.row([name.to_owned().into(), old.into(), new.into(), (new - old).into()]);
    }
    sheet
}
