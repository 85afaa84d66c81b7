//! The till price: list prices less what offers take off, line by line, with why and why not (S02, S29).
//!
//! A pure function of the tariff, what the basket is rated on, and the gifts an account has. Of offers that do not
//! stack each line has the one that takes most off it; those that stack follow in the order of their priority, each
//! of what is left. Parts add up: list price, less its discounts, is the till price of every line.

use crate::apportion::apportion;
use crate::because::{Because, Considered, Verdict};
use crate::command::SaleLine;
use crate::factor::Factor;
use crate::id::Name;
use crate::money::Minor;
use crate::offer::{Discount, Offer};
use crate::points::Points;
use crate::purchase::{PurchaseLine, Quantity};
use crate::rating::{band_rate, round};
use crate::tariff::{Band, ByTier, RatingContext, Tariff};
use serde::Serialize;
use std::cmp::{Ordering, Reverse};

/// A whole piece, in the thousandths quantities are counted in.
const PIECE: i64 = 1_000;

/// What an offer took off something.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Taken {
    /// The offer.
    pub offer: Name,
    /// How much, above 0.
    pub amount: Minor,
}

/// A line at the till.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PricedLine {
    /// What it costs without offers.
    pub list: Minor,
    /// What was taken off, in the order it was.
    pub discounts: Vec<Taken>,
    /// What is left to pay for it.
    pub till: Minor,
    /// Whole pieces of it that cost nothing while others of it do: the till rings them up as a line of their own, for
    /// what is free earns nothing (S32).
    pub free: i64,
}

/// Gifts an offer takes for what it takes off.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Used {
    /// The offer.
    pub offer: Name,
    /// Their wallet.
    pub wallet: Name,
    /// Whole units of it.
    pub units: i64,
}

/// A basket at the till.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Priced {
    /// Its lines, in their order.
    pub lines: Vec<PricedLine>,
    /// Gifts it takes.
    pub uses: Vec<Used>,
    /// Every offer, in the file's order, with why it applied or did not.
    pub verdicts: Vec<Verdict>,
}

impl Priced {
    /// What the basket costs without offers.
    pub fn list(&self) -> Minor {
        self.lines.iter().map(|line| line.list).sum()
    }

    /// What it costs at the till.
    pub fn till(&self) -> Minor {
        self.lines.iter().map(|line| line.till).sum()
    }

    /// What each offer took off the basket, in the order they first did.
    pub fn discounts(&self) -> Vec<Taken> {
        let mut all: Vec<Taken> = Vec::new();
        for taken in self.lines.iter().flat_map(|line| &line.discounts) {
            match all.iter_mut().find(|other| other.offer == taken.offer) {
                Some(other) => other.amount += taken.amount,
                None => all.push(taken.clone()),
            }
        }
        all
    }

    /// `lines`, which this is the price of, as the till rings them up: what is left to pay for each, and behind them a
    /// line for the free pieces of each that has some.
    pub fn at_the_till(&self, lines: &[SaleLine]) -> Vec<SaleLine> {
        let paid = lines.iter().zip(&self.lines).map(|(line, priced)| SaleLine {
            amount: priced.till,
            quantity: Quantity(line.quantity.0 - priced.free * PIECE),
            ..line.clone()
        });
        let numbers = (0..).filter(|number| lines.iter().all(|line| line.line != *number));
        let with_free = lines.iter().zip(&self.lines).filter(|(_, priced)| priced.free > 0);
        let free = with_free.zip(numbers).map(|((line, priced), number)| SaleLine {
            line: number,
            amount: Minor::ZERO,
            quantity: Quantity(priced.free * PIECE),
            ..line.clone()
        });
        paid.chain(free).collect()
    }

    /// Parts of the lines [`at_the_till`](Self::at_the_till), by the lines of the basket.
    pub fn by_line(&self, mut parts: Vec<Points>) -> Vec<Points> {
        let free = parts.split_off(self.lines.len().min(parts.len()));
        let with_free = self.lines.iter().zip(&mut parts).filter(|(line, _)| line.free > 0);
        with_free.zip(free).for_each(|((_, part), free)| *part += free);
        parts
    }
}

/// What `lines`, at list prices, cost whoever `context` is about; `gifts` says how many whole units of a wallet it can
/// spend. The basket that offers look at is that of `lines`, without delivery, whatever `context` says it costs.
pub fn price(
    tariff: &Tariff,
    context: &RatingContext,
    gifts: &dyn Fn(&Name) -> i64,
    lines: &[SaleLine],
) -> Priced {
    let lines: Vec<PurchaseLine> = lines.iter().map(PurchaseLine::bought).collect();
    let goods = lines.iter().filter(|line| !tariff.offers.delivery.contains(&line.group));
    let basket = goods.map(|line| line.amount).sum();
    let is_held = |wallet: &&Name| gifts(wallet) > 0;
    let holds = tariff.wallets.iter().map(|wallet| &wallet.name).filter(is_held).cloned().collect();
    let context = RatingContext { basket, holds, ..context.clone() };
    let mut till = Till::new(tariff, &context, gifts, lines);
    till.take_best();
    till.take_stacking();
    till.priced
}

/// What an offer would take off a line.
#[derive(Clone, Copy, Default)]
struct Cut {
    amount: i64,
    /// Pieces it takes gifts for.
    pieces: i64,
    /// Pieces that cost nothing, where others of the line do.
    free: i64,
}

/// A basket whose offers are being taken off.
struct Till<'a> {
    tariff: &'a Tariff,
    context: &'a RatingContext,
    gifts: &'a dyn Fn(&Name) -> i64,
    /// At list prices.
    lines: Vec<PurchaseLine>,
    priced: Priced,
}

impl<'a> Till<'a> {
    fn new(
        tariff: &'a Tariff,
        context: &'a RatingContext,
        gifts: &'a dyn Fn(&Name) -> i64,
        lines: Vec<PurchaseLine>,
    ) -> Self {
        let list = |line: &PurchaseLine| {
            let (list, till) = (line.amount, line.amount);
            PricedLine { list, discounts: Vec::new(), till, free: 0 }
        };
        let verdict = |offer: &Offer| Verdict::new(Considered::Offer, &offer.name, Because::Applies);
        let priced = Priced {
            lines: lines.iter().map(list).collect(),
            uses: Vec::new(),
            verdicts: tariff.offers.all.iter().map(verdict).collect(),
        };
        Self { tariff, context, gifts, lines, priced }
    }

    /// Takes off each line the best of the offers that do not stack.
    fn take_best(&mut self) {
        let mut places: Vec<usize> =
            (0..self.offers().len()).filter(|at| !self.offers()[*at].stacks).collect();
        // Of equal ones first what takes no gift.
        let takes_gift = |offer: &Offer| matches!(offer.discount, Discount::Gift { .. });
        places.sort_by_key(|at| (takes_gift(&self.offers()[*at]), self.offers()[*at].priority));
        let mut best: Vec<(Cut, usize)> = vec![(Cut::default(), usize::MAX); self.lines.len()];
        let mut would: Vec<(usize, Vec<Cut>)> = Vec::new();
        for at in places {
            match self.would_take(&self.offers()[at]) {
                Ok(cuts) => would.push((at, cuts)),
                Err(because) => self.tell(at, because),
            }
        }
        for (at, cuts) in &would {
            for (best, cut) in best.iter_mut().zip(cuts).filter(|(best, cut)| cut.amount > best.0.amount) {
                *best = (*cut, *at);
            }
        }
        for (at, cuts) in would {
            let won: Vec<Cut> =
                best.iter().map(|(cut, winner)| if *winner == at { *cut } else { Cut::default() }).collect();
            if won.iter().all(|cut| cut.amount == 0) {
                let (_, lost) = cuts.iter().zip(&best).max_by_key(|(cut, _)| cut.amount).expect("a line");
                let offer = self.offers()[lost.1].name.clone();
                self.tell(at, Because::Better { offer });
            }
            self.take(at, &won);
        }
    }

    /// Takes off those that stack, one after another.
    fn take_stacking(&mut self) {
        let mut places: Vec<usize> =
            (0..self.offers().len()).filter(|at| self.offers()[*at].stacks).collect();
        places.sort_by_key(|at| self.offers()[*at].priority);
        for at in places {
            match self.would_take(&self.offers()[at]) {
                Ok(cuts) => self.take(at, &cuts),
                Err(because) => self.tell(at, because),
            }
        }
    }

    fn offers(&self) -> &'a [Offer] {
        &self.tariff.offers.all
    }

    fn tell(&mut self, at: usize, because: Because) {
        self.priced.verdicts[at] = Verdict::new(Considered::Offer, &self.offers()[at].name, because);
    }

    fn take(&mut self, at: usize, cuts: &[Cut]) {
        let offer = &self.offers()[at];
        for (line, cut) in self.priced.lines.iter_mut().zip(cuts).filter(|(_, cut)| cut.amount > 0) {
            let amount = Minor(cut.amount);
            line.till -= amount;
            // Of a line that has free pieces already no piece is whole any more.
            line.free = if line.free == 0 { cut.free } else { line.free };
            line.discounts.push(Taken { offer: offer.name.clone(), amount });
        }
        if let Discount::Gift { pieces, wallet } = &offer.discount {
            let taken: i64 = cuts.iter().map(|cut| cut.pieces).sum();
            let units = taken / pieces + i64::from(taken % pieces > 0);
            if units > 0 {
                self.priced.uses.push(Used { offer: offer.name.clone(), wallet: wallet.clone(), units });
            }
        }
    }

    /// What `offer` would take off each line of what is left, at least something of one; or why nothing.
    fn would_take(&self, offer: &Offer) -> Result<Vec<Cut>, Because> {
        let among = self.applying(offer)?;
        let cuts = match &offer.discount {
            Discount::Share(rate) => {
                let rate = self.rate(rate)?;
                self.each(&among, |_, left| rounded(offer, share(left, rate), Factor::UNIT.into()))
            }
            Discount::Money(amount) => self.each(&among, |_, _| amount.0),
            Discount::Price(price) => self.each(&among, |line, left| below(offer, line, left, *price)),
            Discount::Prices(prices) => self.each(&among, |line, left| {
                let price = prices.get(&line.sku).or_else(|| prices.get(&line.group));
                price.map_or(0, |price| below(offer, line, left, *price))
            }),
            Discount::Delivery => self.each(&among, |_, left| left),
            Discount::Cheapest { of, pieces, off } => self.cheapest(offer, &among, (*of, *pieces), *off)?,
            Discount::Gift { pieces, wallet } => self.given(offer, &among, *pieces, wallet)?,
            Discount::Bands(bands) => self.by_volume(offer, &among, bands),
        };
        match cuts.iter().any(|cut| cut.amount > 0) {
            true => Ok(cuts),
            false if matches!(offer.discount, Discount::Price(_) | Discount::Prices(_)) => {
                Err(Because::NoCheaper)
            }
            false => Err(Because::GivesNothing),
        }
    }

    /// Which lines `offer` applies to, at least one; or the first reason why none.
    fn applying(&self, offer: &Offer) -> Result<Vec<bool>, Because> {
        let Offer { condition, items, .. } = offer;
        let is_delivery = |line: &PurchaseLine| self.tariff.offers.delivery.contains(&line.group);
        // Delivery is not goods: an offer of goods leaves it alone unless it names it.
        let is_meant = |line: &PurchaseLine| match offer.discount {
            Discount::Delivery => is_delivery(line),
            _ => !is_delivery(line) || condition.groups.contains(&line.group),
        };
        let meant: Vec<PurchaseLine> = self.lines.iter().filter(|line| is_meant(line)).cloned().collect();
        if let Some(unmet) = condition.unmet(self.tariff, self.context, &meant) {
            return Err(Because::of(Some(unmet), self.tariff, condition, self.context));
        }
        if meant.is_empty() {
            let delivers = matches!(offer.discount, Discount::Delivery);
            return Err(if delivers { Because::NoDelivery } else { Because::GivesNothing });
        }
        let is_named = |line: &PurchaseLine| items.is_empty() || items.contains(&line.sku);
        let applies = |line: &PurchaseLine| {
            is_meant(line) && is_named(line) && condition.holds_for_line(self.context, line)
        };
        let among: Vec<bool> = self.lines.iter().map(applies).collect();
        if among.contains(&true) { Ok(among) } else { Err(Because::Items { expected: items.clone() }) }
    }

    /// The rate at the tier of whoever asks; one by tier is nothing to who has none.
    fn rate(&self, rate: &ByTier) -> Result<Factor, Because> {
        let tier = &self.context.tier;
        if matches!(rate, ByTier::Each(_)) && tier.as_str().is_empty() {
            let levels = self.tariff.tiers.iter().flat_map(|tiers| &tiers.levels);
            let expected = levels.map(|level| level.name.clone()).collect();
            return Err(Because::Tier { found: tier.clone(), expected });
        }
        Ok(rate.at(self.tariff.tier_place(tier.as_str())))
    }

    /// `cut` of each line among those that an offer applies to: what it costs, and what is left of that.
    fn each(&self, among: &[bool], cut: impl Fn(&PurchaseLine, i64) -> i64) -> Vec<Cut> {
        let lines = self.lines.iter().zip(&self.priced.lines).zip(among);
        let of = |((line, priced), applies): ((&PurchaseLine, &PricedLine), &bool)| {
            let left = priced.till.0;
            let amount = if *applies { cut(line, left).clamp(0, left) } else { 0 };
            Cut { amount, ..Cut::default() }
        };
        lines.map(of).collect()
    }

    /// Of every `of` whole pieces the cheapest `pieces` have `off` off; the dearest are counted first.
    fn cheapest(
        &self,
        offer: &Offer,
        among: &[bool],
        (of, pieces): (i64, i64),
        off: Factor,
    ) -> Result<Vec<Cut>, Because> {
        let whole = self.whole_pieces(among);
        if whole < of {
            return Err(Because::Pieces { found: whole, expected: of });
        }
        let counted = whole / of * of;
        // How many of the first `number` pieces have it off.
        let within = |number: i64| {
            let number = number.min(counted);
            number / of * pieces + (number % of - (of - pieces)).max(0)
        };
        Ok(self.pieces(offer, among, off, |from, until| within(until) - within(from)))
    }

    /// The dearest pieces for nothing, as many as there are gifts for.
    fn given(&self, offer: &Offer, among: &[bool], pieces: i64, wallet: &Name) -> Result<Vec<Cut>, Because> {
        let units = (self.gifts)(wallet);
        if units <= 0 {
            return Err(Because::NoGift { wallet: wallet.clone() });
        }
        if self.whole_pieces(among) == 0 {
            return Err(Because::Pieces { found: 0, expected: 1 });
        }
        let most = units.saturating_mul(pieces);
        Ok(self.pieces(offer, among, Factor::ONE, |from, until| until.min(most) - from.min(most)))
    }

    fn whole_pieces(&self, among: &[bool]) -> i64 {
        let lines = self.lines.iter().zip(among).filter(|(_, applies)| **applies);
        lines.map(|(line, _)| line.quantity.0 / PIECE).sum()
    }

    /// `off` off some pieces of each line: `count` says of how many of those from one place to another, where all are
    /// put in order, the dearest first.
    fn pieces(
        &self,
        offer: &Offer,
        among: &[bool],
        off: Factor,
        count: impl Fn(i64, i64) -> i64,
    ) -> Vec<Cut> {
        let mut order: Vec<usize> = (0..self.lines.len()).filter(|place| among[*place]).collect();
        order.sort_by(|a, b| self.dearer(*a, *b));
        let (mut cuts, mut from) = (vec![Cut::default(); self.lines.len()], 0);
        for place in order {
            let (quantity, left) = (self.lines[place].quantity.0, self.priced.lines[place].till.0);
            let until = from + quantity / PIECE;
            let pieces = count(from, until);
            let exact = share(left, off) * i128::from(pieces * PIECE);
            let (is_free, is_whole) = (off == Factor::ONE, pieces * PIECE == quantity);
            let amount = match is_free && is_whole {
                true => left,
                false => rounded(offer, exact, i128::from(Factor::UNIT) * i128::from(quantity)).min(left),
            };
            cuts[place] = Cut { amount, pieces, free: if is_free && !is_whole { pieces } else { 0 } };
            from = until;
        }
        cuts
    }

    /// Which line's piece costs more; of equal ones the earlier line comes first.
    fn dearer(&self, a: usize, b: usize) -> Ordering {
        let times = |a: usize, b: usize| {
            i128::from(self.priced.lines[a].till.0) * i128::from(self.lines[b].quantity.0)
        };
        Reverse(times(a, b)).cmp(&Reverse(times(b, a))).then(a.cmp(&b))
    }

    /// A share of all it applies to, by how much that is at list prices.
    fn by_volume(&self, offer: &Offer, among: &[bool], bands: &[Band]) -> Vec<Cut> {
        let left = self.each(among, |_, left| left);
        let basis: i64 = self
            .lines
            .iter()
            .zip(among)
            .filter(|(_, applies)| **applies)
            .map(|(line, _)| line.amount.0)
            .sum();
        let whole: i64 = left.iter().map(|cut| cut.amount).sum();
        let rate = band_rate(bands, basis.into());
        let amount = rounded(offer, share(whole, rate), Factor::UNIT.into()).min(whole);
        let weights: Vec<i128> = left.iter().map(|cut| cut.amount.into()).collect();
        let parts = apportion(Points::at_least_zero(amount), &weights);
        parts.into_iter().map(|part| Cut { amount: part.get(), ..Cut::default() }).collect()
    }
}

/// `rate` of an amount, in millionths of a minor unit.
fn share(amount: i64, rate: Factor) -> i128 {
    i128::from(amount) * i128::from(rate.millionths())
}

/// `exact`, which is so many times `one` minor unit, rounded as the offer declares.
fn rounded(offer: &Offer, exact: i128, one: i128) -> i64 {
    let step = i128::from(offer.step.0.max(1));
    i64::try_from(round(offer.rounding, exact, one * step) * step).unwrap_or(i64::MAX)
}

/// What a line costs more than at `price` a piece.
fn below(offer: &Offer, line: &PurchaseLine, left: i64, price: Minor) -> i64 {
    let at_price = i128::from(price.0) * i128::from(line.quantity.0);
    left - rounded(offer, at_price, PIECE.into())
}
