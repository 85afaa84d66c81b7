//! Effects and discounts in words: what a rule gives, what an offer takes off.

use super::Words;
use super::amount::{all_of, factor, rate, whole};
use super::gauge::Gauge;
use super::time::{level, rounding};
use domain::factor::Factor;
use domain::offer::{Discount, Offer};
use domain::tariff::{Band, ByTier, Effect, Level, Rounding, Rule};
use domain::{Minor, Name};

impl Words<'_> {
    /// What a rule gives: `3 % of what is paid, in points`.
    pub(crate) fn effect(&self, rule: &Rule) -> String {
        let terms = &rule.terms;
        let unit = self.unit(self.wallet_of(terms));
        let paid = if self.is_prose() { "what you pay" } else { "what is paid" };
        match &rule.effect {
            Effect::Rate(share) => self.share(share, paid, &unit),
            Effect::PartnerRate => format!("the partner's own share of {paid} as {unit}"),
            Effect::Bonus(points) => self.points(terms, *points),
            Effect::PerItem(points) => format!("{} for each piece that is paid", self.points(terms, *points)),
            Effect::PerAmount(per) => {
                format!("{} for each full {}", self.points(terms, per.points), self.money(per.money))
            }
            Effect::Bands(bands) => {
                format!("a share of {} as {unit}: {}", self.basis(terms), self.bands(bands))
            }
            Effect::Multiplier(times) => self.multiplied(times, &unit),
            Effect::AtLeast(points) => {
                format!("at least {} where anything is earned", self.points(terms, *points))
            }
        }
    }

    fn share(&self, share: &ByTier, paid: &str, unit: &str) -> String {
        match share {
            ByTier::All(share) => format!("{} of {paid} as {unit}", rate(*share)),
            ByTier::Each(_) => format!("a share of {paid} as {unit}: {}", self.by_tier(share, rate)),
        }
    }

    fn multiplied(&self, times: &ByTier, unit: &str) -> String {
        match times {
            ByTier::All(Factor::ZERO) => format!("no {unit}: multiplied by 0"),
            ByTier::All(times) => format!("{unit} multiplied by {}", factor(*times)),
            ByTier::Each(_) => format!("{unit} multiplied: by {}", self.by_tier(times, factor)),
        }
    }

    /// What bands are a share of.
    fn basis(&self, terms: &Name) -> String {
        let rated = self.tariff.terms(terms.as_str()).map(|terms| terms.level);
        let paid = if self.is_prose() { "everything you pay" } else { "all that is paid" };
        match rated {
            Some(period @ Level::Period(_)) => format!("{paid} in a {}", level(period)),
            Some(Level::Purchase | Level::Line) | None => format!("{paid} for a purchase"),
        }
    }

    /// `3 % if that is 0 RUB or more and 10 % if that is 1,000 RUB or more`: of the whole, not of slices.
    fn bands(&self, bands: &[Band]) -> String {
        let each = bands
            .iter()
            .map(|band| format!("{} if that is {} or more", rate(band.rate), self.money(band.from)));
        all_of(&each.collect::<Vec<_>>())
    }

    /// How good an effect is.
    pub(crate) fn worth(&self, effect: &Effect) -> Gauge {
        match effect {
            Effect::Rate(value) | Effect::Multiplier(value) => self.of_tiers(value),
            Effect::PartnerRate => Gauge::default(),
            Effect::Bonus(points) | Effect::PerItem(points) | Effect::AtLeast(points) => {
                Gauge::more(points.get())
            }
            Effect::PerAmount(per) => Gauge::of(vec![
                (String::new(), per.points.get().into()),
                (String::new(), -i128::from(per.money.0)),
            ]),
            Effect::Bands(bands) => self.of_bands(bands),
        }
    }

    /// How good a factor is at each tier.
    pub(crate) fn of_tiers(&self, value: &ByTier) -> Gauge {
        let levels = self.tariff.tiers.iter().flat_map(|tiers| &tiers.levels).enumerate();
        let each: Vec<(String, i128)> = levels
            .map(|(place, level)| (format!("members at {}", level.name), value.at(place).millionths().into()))
            .collect();
        match value {
            ByTier::All(factor) if each.is_empty() => Gauge::more(factor.millionths()),
            ByTier::All(_) | ByTier::Each(_) => Gauge::by_whom(each),
        }
    }

    /// How good bands are: by their bounds while those stay, else by what differs in them.
    fn of_bands(&self, bands: &[Band]) -> Gauge {
        let each = bands.iter().zip(1..).flat_map(|(band, place)| {
            let from = -i128::from(band.from.0);
            [
                (format!("step {place}"), band.rate.millionths().into()),
                (format!("from of step {place}"), from),
            ]
        });
        Gauge::of(each.collect())
    }

    /// What an offer takes off.
    pub(crate) fn discount(&self, offer: &Offer) -> String {
        match &offer.discount {
            Discount::Share(ByTier::All(share)) => format!("{} off", rate(*share)),
            Discount::Share(share) => format!("a share off: {}", self.by_tier(share, rate)),
            Discount::Money(amount) => format!("{} off each line", self.money(*amount)),
            Discount::Price(price) => format!("{} each at the most", self.money(*price)),
            Discount::Prices(prices) => {
                let each = prices
                    .iter()
                    .map(|(what, price)| format!("{} for {}", self.money(*price), self.name(what)));
                format!("at the most {}", all_of(&each.collect::<Vec<_>>()))
            }
            Discount::Cheapest { of, pieces, off: Factor::ONE } => {
                format!("every {} pieces for the price of the dearest {}", whole(*of), whole(of - pieces))
            }
            Discount::Cheapest { of, pieces, off } => {
                let pieces = if *pieces == 1 { String::new() } else { format!(" {}", whole(*pieces)) };
                format!("{} off the{pieces} cheapest of every {} pieces", rate(*off), whole(*of))
            }
            Discount::Gift { pieces, wallet } => {
                let pieces =
                    if *pieces == 1 { "1 piece".to_owned() } else { format!("{} pieces", whole(*pieces)) };
                format!("{pieces} free against {}", self.points_in(wallet, self.one(wallet)))
            }
            Discount::Delivery => "free delivery".to_owned(),
            Discount::Bands(bands) => format!("off all of it, by how much it is: {}", self.bands(bands)),
        }
    }

    /// A whole point of a wallet.
    fn one(&self, wallet: &Name) -> domain::Points {
        let scale = self.tariff.wallet(wallet.as_str()).map_or(0, |wallet| wallet.scale);
        domain::Points::at_least_zero(10_i64.pow(scale))
    }

    /// How good it is to have that taken off.
    pub(crate) fn taken_off(&self, discount: &Discount) -> Gauge {
        match discount {
            Discount::Share(share) => self.of_tiers(share),
            Discount::Money(amount) => Gauge::more(amount.0),
            Discount::Price(price) => Gauge::less(price.0),
            Discount::Prices(prices) => {
                let each =
                    prices.iter().map(|(what, price)| (format!("who buys {what}"), -i128::from(price.0)));
                Gauge::by_whom(each.collect())
            }
            Discount::Cheapest { of, pieces, off } => {
                Gauge::of(vec![(format!("{pieces} of {of}"), off.millionths().into())])
            }
            Discount::Gift { pieces, wallet: _ } => Gauge::more(*pieces),
            Discount::Delivery => Gauge::default(),
            Discount::Bands(bands) => self.of_bands(bands),
        }
    }

    /// How an offer goes together with others, and how it is rounded.
    pub(crate) fn beside(&self, offer: &Offer) -> String {
        let place = if offer.priority == 0 { String::new() } else { format!(", place {}", offer.priority) };
        match offer.stacks {
            true => format!("added to others{place}"),
            false => format!("not added to others{place}"),
        }
    }

    /// `down to a multiple of 0.05 EUR`; empty for the nearest minor unit.
    pub(crate) fn rounded_off(&self, offer: &Offer) -> String {
        match (offer.rounding, offer.step) {
            (Rounding::HalfUp, Minor(1)) => String::new(),
            (way, Minor(1)) => rounding(way).to_owned(),
            (way, step) => format!("{}, to a multiple of {}", rounding(way), self.money(step)),
        }
    }
}
