//! What if: one history under two sets of rules, side by side. Who gains and who loses, and what that costs.
//!
//! Each side folds its own events as they come; only sums are kept, so that a year needs little more than its members.

use crate::exchanges::Part;
use crate::merchant::{Flow, MerchantError, PointBooks, minor, worth, worth_at};
use crate::month::Month;
use crate::prices::Prices;
use crate::routes::{Routes, decided};
use crate::sheet::{Cell, Kind, Sheet};
use domain::entry::{Entry, EntryKind};
use domain::event::{RedemptionDecision, Step};
use domain::tariff::Tariffs;
use domain::{EntityId, Event, Name, Timestamp};
use rust_decimal::Decimal;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Points earned of one wallet, and what they are worth where they pay as money, exactly, in minor units.
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
    /// By month, partner and wallet.
    months: BTreeMap<(Month, Name, Name), Earned>,
    /// What accounts earned, of cards by when.
    accounts: BTreeMap<(EntityId, Timestamp), BTreeMap<Name, Earned>>,
    routes: Routes,
    points: PointBooks,
    asked: Asked,
}

impl Side {
    /// Nothing yet, under the rules of `tariffs` that `prices` are of.
    pub fn new(prices: Prices, tariffs: &Tariffs) -> Self {
        let points = PointBooks::new(prices.programme().as_str(), tariffs, prices.zone());
        Self {
            prices,
            months: BTreeMap::new(),
            accounts: BTreeMap::new(),
            routes: Routes::default(),
            points,
            asked: Asked::default(),
        }
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
            Event::Outcome(record) => {
                self.routes.hear(record);
                Ok(())
            }
            Event::Tier(_) | Event::Notice(_) => Ok(()),
        }
    }

    fn post(&mut self, entry: &Entry) -> Result<(), MerchantError> {
        let part = self.points.post(entry);
        if part == Part::Gift || matches!(entry.kind, EntryKind::MovedOut | EntryKind::MovedIn) {
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
        let (partner, wallet) = (entry.partner.clone(), entry.wallet.clone());
        self.months.entry((month, partner, wallet.clone())).or_default().add(earned);
        let account = (entry.entity.clone(), decided(&entry.entity, entry.recorded_at));
        self.accounts.entry(account).or_default().entry(wallet).or_default().add(earned);
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

    /// What each member earned, with what their cards and accounts merged with theirs did, by wallet.
    fn members(&self) -> BTreeMap<EntityId, BTreeMap<&Name, Earned>> {
        let mut members: BTreeMap<EntityId, BTreeMap<&Name, Earned>> = BTreeMap::new();
        for ((id, decided), wallets) in &self.accounts {
            let owner = self.routes.owner(id, *decided, self.prices.zone());
            let sums = members.entry(owner.who).or_default();
            wallets.iter().for_each(|(wallet, earned)| sums.entry(wallet).or_default().add(*earned));
        }
        members
    }

    /// All its points by wallet, figure by figure, and what they are worth: what is left at the end by the rules in
    /// force at `at`, all else by those that granted it.
    fn sums(&self, at: Timestamp) -> Result<BTreeMap<&Name, [Earned; FIGURES.len()]>, MerchantError> {
        let mut sums: BTreeMap<&Name, [Earned; FIGURES.len()]> = BTreeMap::new();
        for ((_, of), flow) in &self.points.months {
            let granted = worth(&self.prices, of)?;
            let then = worth_at(&self.prices, &of.0, at)?;
            for (sum, figure) in sums.entry(&of.0).or_default().iter_mut().zip(FIGURES) {
                let points = (figure.of)(flow);
                let each = if figure.at_the_end { then } else { granted };
                sum.add(Earned { points, worth: each * Decimal::from(points) });
            }
        }
        Ok(sums)
    }
}

/// What a month is of, and a partner.
const MONTH: &str = "that of the purchase, return or activity";
const PARTNER: &str = "who funds the points";

/// A figure of a side.
#[derive(Clone, Copy)]
struct Figure {
    name: &'static str,
    means: &'static str,
    of: fn(&Flow) -> i64,
    /// Whether it is what is left at the end, and no sum of what happened.
    at_the_end: bool,
}

impl Figure {
    const fn new(name: &'static str, means: &'static str, of: fn(&Flow) -> i64) -> Self {
        Self { name, means, of, at_the_end: false }
    }

    const fn at_the_end(self) -> Self {
        Self { at_the_end: true, ..self }
    }
}

const FIGURES: [Figure; 6] = [
    Figure::new("earned", "granted less clawed back, exchanges apart", Flow::earned),
    Figure::new("redeemed", "spent less given back, exchanges apart", |flow| {
        flow.book.redeemed - flow.exchanged
    }),
    Figure::new("exchanged", "given in exchange less got so", Flow::net_exchanged),
    Figure::new("breakage", "expired unspent", |flow| flow.book.expired),
    Figure::new("liability", "pending, available and held at the end", Flow::outstanding).at_the_end(),
    Figure::new("owed", "owed by members at the end, forgiven or not", |flow| flow.owed).at_the_end(),
];

/// The sheets of a history until `at` under `old` and under `new`; of the members who gain and lose most so many.
///
/// # Errors
/// Points of a version that has no price, or an amount beyond what money can be.
pub fn compare(old: &Side, new: &Side, at: Timestamp, top: usize) -> Result<Vec<Sheet>, MerchantError> {
    Ok(vec![
        totals(old, new, at)?,
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

/// Columns for what points are worth, before and after.
fn valued(sheet: Sheet) -> Sheet {
    sheet
        .column(
            "old_worth",
            "old worth",
            Kind::Money,
            "old points, where they pay as money, at the point value of the version that granted them; what is left at the end at that in force then",
        )
        .column("new_worth", "new worth", Kind::Money, "the same of new points")
        .column("gain", "gain", Kind::Money, "new worth less old")
        .compared_by("gain")
}

/// Columns for points of a wallet and what they are worth, before and after.
fn compared(sheet: Sheet) -> Sheet {
    let sheet = sheet
        .column("wallet", "wallet", Kind::Text, "")
        .column("old", "old points", Kind::Points, "under the rules that were in force")
        .column(
            "new",
            "new points",
            Kind::Points,
            "under the proposed rules, as if they had been in force from the first event on",
        )
        .column("difference", "difference", Kind::Points, "new points less old");
    valued(sheet)
}

/// The cells of [`valued`].
fn worths(old: Decimal, new: Decimal) -> Result<[Cell; 3], MerchantError> {
    let (before, after) = (minor(old)?, minor(new)?);
    Ok([before.into(), after.into(), (after - before).into()])
}

/// The cells of [`compared`].
fn cells(of: &Side, wallet: &Name, [old, new]: [Earned; 2]) -> Result<Vec<Cell>, MerchantError> {
    let points = [old.points, new.points, new.points - old.points];
    let points = points.map(|points| Cell::Points(points, of.prices.scale(wallet)));
    let worths = worths(old.worth, new.worth)?;
    Ok(std::iter::once(wallet.into()).chain(points).chain(worths).collect())
}

fn totals(old: &Side, new: &Side, at: Timestamp) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay", "What the proposed rules change")
        .column("figure", "figure", Kind::Text, "")
        .column("means", "of points", Kind::Text, "");
    let mut sheet = compared(sheet);
    let sides = [old.sums(at)?, new.sums(at)?];
    let wallets: BTreeSet<&Name> = sides.iter().flat_map(|side| side.keys().copied()).collect();
    for (place, figure) in FIGURES.iter().enumerate() {
        for wallet in &wallets {
            let pair =
                sides.each_ref().map(|side| side.get(wallet).map_or(Earned::default(), |it| it[place]));
            let names: [Cell; 2] = [figure.name.to_owned().into(), figure.means.to_owned().into()];
            sheet.row(names.into_iter().chain(cells(new, wallet, pair)?));
        }
    }
    Ok(sheet)
}

/// What was earned under both, summed by wallet and by what `key` makes of month and partner.
fn summed<K: Ord>(
    old: &Side,
    new: &Side,
    key: impl Fn(Month, &Name) -> K,
) -> BTreeMap<(K, Name), [Earned; 2]> {
    let mut sums: BTreeMap<(K, Name), [Earned; 2]> = BTreeMap::new();
    for (place, side) in [old, new].into_iter().enumerate() {
        for ((month, partner, wallet), earned) in &side.months {
            let key = (key(*month, partner), wallet.clone());
            sums.entry(key).or_default()[place].add(*earned);
        }
    }
    sums
}

fn by_month(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay_by_month", "Earned, by month").column("month", "month", Kind::Text, MONTH);
    let mut sheet = compared(sheet);
    for ((month, wallet), pair) in summed(old, new, |month, _| month) {
        let name: [Cell; 1] = [month.to_string().into()];
        sheet.row(name.into_iter().chain(cells(new, &wallet, pair)?));
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
    for ((partner, wallet), pair) in summed(old, new, |_, partner| partner.clone()) {
        let name: [Cell; 1] = [(&partner).into()];
        sheet.row(name.into_iter().chain(cells(new, &wallet, pair)?));
    }
    Ok(sheet)
}

fn months(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let sheet = sheet(new, "replay_months", "Earned, by month and partner")
        .column("month", "month", Kind::Text, MONTH)
        .column("partner", "partner", Kind::Text, PARTNER);
    let mut sheet = compared(sheet);
    for (((month, partner), wallet), pair) in summed(old, new, |month, partner| (month, partner.clone())) {
        let names: [Cell; 2] = [month.to_string().into(), (&partner).into()];
        sheet.row(names.into_iter().chain(cells(new, &wallet, pair)?));
    }
    Ok(sheet)
}

/// What a member earned under both.
struct Gain {
    who: EntityId,
    old: Decimal,
    new: Decimal,
    /// In whole minor units.
    gain: i64,
    /// Whether points are other ones, in any wallet.
    differs: bool,
}

fn gains(old: &Side, new: &Side) -> Result<Vec<Gain>, MerchantError> {
    let (old, new) = (old.members(), new.members());
    let keys: BTreeSet<&EntityId> = old.keys().chain(new.keys()).collect();
    let points = |of: Option<&BTreeMap<&Name, Earned>>| -> BTreeMap<Name, i64> {
        let all = of.into_iter().flatten().map(|(wallet, earned)| ((*wallet).clone(), earned.points));
        all.filter(|(_, points)| *points != 0).collect()
    };
    let worth = |of: Option<&BTreeMap<&Name, Earned>>| -> Decimal {
        of.into_iter().flat_map(BTreeMap::values).map(|earned| earned.worth).sum()
    };
    let gain = |who: &EntityId| {
        let sides = [old.get(who), new.get(who)];
        let [old, new] = sides.map(worth);
        let differs = points(sides[0]) != points(sides[1]);
        Ok(Gain { who: who.clone(), old, new, gain: minor(new)? - minor(old)?, differs })
    };
    keys.into_iter().map(gain).collect()
}

fn members(old: &Side, new: &Side) -> Result<Sheet, MerchantError> {
    let mut sheet = sheet(new, "replay_members", "Members by what they gain")
        .column(
            "members",
            "members",
            Kind::Text,
            "by the worth of what they earned, those with a card that nobody bound among them; other: points that pay for nothing (stamps, gifts) differ",
        )
        .column("count", "count", Kind::Count, "how many; a member with all cards, and with whom they merged, is one")
        .column("gain", "gain", Kind::Money, "new worth less old, together")
        .compared_by("count");
    let gains = gains(old, new)?;
    for (name, sign, differs) in
        [("better", 1, None), ("worse", -1, None), ("other", 0, Some(true)), ("same", 0, Some(false))]
    {
        let those = gains
            .iter()
            .filter(|it| it.gain.signum() == sign && differs.is_none_or(|differs| it.differs == differs));
        let (count, sum) = those.fold((0, 0), |(count, sum), it| (count + 1, sum + it.gain));
        sheet.row([name.to_owned().into(), Cell::Figure(count), sum.into()]);
    }
    Ok(sheet)
}

fn most(old: &Side, new: &Side, top: usize) -> Result<Sheet, MerchantError> {
    let title = format!("The {top} who gain most and the {top} who lose most");
    let mut sheet = valued(sheet(new, "replay_most", title).column("member", "member", Kind::Text, ""));
    let mut gains = gains(old, new)?;
    gains.sort_by(|a, b| (Reverse(a.gain), &a.who).cmp(&(Reverse(b.gain), &b.who)));
    let winners = gains.iter().filter(|it| it.gain > 0).take(top);
    let mut losers: Vec<_> = gains.iter().rev().filter(|it| it.gain < 0).take(top).collect();
    losers.reverse();
    for it in winners.chain(losers) {
        let name: [Cell; 1] = [it.who.local().to_owned().into()];
        sheet.row(name.into_iter().chain(worths(it.old, it.new)?));
    }
    Ok(sheet)
}

fn asked(old: &Side, new: &Side) -> Sheet {
    let mut sheet = sheet(new, "replay_redemptions", "Redemptions, replayed as they were asked for")
        .column(
            "step",
            "steps",
            Kind::Text,
            "authorisations, captures, cancellations, orders, transfers to other members, and points a till took without a hold",
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
