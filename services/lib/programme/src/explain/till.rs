//! Rules and offers, as tables: what earns, what is taken off, when, and who pays for it.

use super::Words;
use super::amount::{all_of, one_of};
use super::gauge::{Gauge, Verdict};
use super::sheet::{Cell, Row, Sheet};
use super::wallet::good;
use domain::factor::Factor;
use domain::offer::Offer;
use domain::tariff::{ByTier, Condition, Effect, Rule};

impl Words<'_> {
    /// The rules.
    pub(super) fn rule_sheet(&self) -> Sheet {
        let columns = &[
            "rule",
            "gives",
            "when",
            "not where these apply",
            "under the terms",
            "funded by",
            "for all members together",
        ];
        Sheet::new("Rules", columns, self.tariff.rules.iter().map(|rule| self.rule_row(rule)).collect())
    }

    fn rule_row(&self, rule: &Rule) -> Row {
        let Rule { name, terms, condition, effect, funder, rivals, within } = rule;
        let before: Vec<&str> = self.rivals(rivals).iter().map(|rival| rival.name.as_str()).collect();
        let when = self.condition(condition).join(", ");
        let cells = vec![
            name.as_str().into(),
            Cell::with(self.effect(rule), self.worth(effect)),
            Cell::with(if when.is_empty() { "always".to_owned() } else { when }, self.wide(rule)),
            one_of(&before).into(),
            terms.as_str().into(),
            funder.as_ref().map_or("the partner", |funder| funder.as_str()).into(),
            within.as_ref().map_or_else(|| "".into(), |limit| self.limit_cell(limit, terms)),
        ];
        Row::of(self.whom(condition, "purchases"), cells).being(self.being(rule))
    }

    /// The rules at these places.
    pub(super) fn rivals(&self, places: &[usize]) -> Vec<&Rule> {
        places.iter().filter_map(|place| self.tariff.rules.get(*place)).collect()
    }

    /// Whether some other rule may apply only where this one does not.
    pub(super) fn is_rival(&self, rule: &Rule) -> bool {
        let named = |other: &Rule| self.rivals(&other.rivals).iter().any(|rival| rival.name == rule.name);
        self.tariff.rules.iter().any(named)
    }

    /// Whether it is good for members that there is such a rule.
    fn being(&self, rule: &Rule) -> Verdict {
        if self.is_rival(rule) {
            return Verdict::Open;
        }
        match &rule.effect {
            Effect::Multiplier(times) => {
                let each = match times {
                    ByTier::All(times) => std::slice::from_ref(times),
                    ByTier::Each(times) => times,
                };
                match (each.iter().any(|it| *it > Factor::ONE), each.iter().any(|it| *it < Factor::ONE)) {
                    (true, true) => Verdict::Mixed,
                    (false, false) => Verdict::Open,
                    (more, _) => good(more),
                }
            }
            Effect::Rate(_)
            | Effect::PartnerRate
            | Effect::Bonus(_)
            | Effect::PerItem(_)
            | Effect::PerAmount(_)
            | Effect::Bands(_)
            | Effect::AtLeast(_) => Verdict::Better,
        }
    }

    /// How good the bounds of a condition are, where wider ones are better and nothing else of it changed.
    fn wide(&self, rule: &Rule) -> Gauge {
        match self.being(rule) {
            Verdict::Better => self.wide_for(&rule.condition, 1),
            Verdict::Worse => self.wide_for(&rule.condition, -1),
            Verdict::Mixed | Verdict::Open => Gauge::default(),
        }
    }

    fn wide_for(&self, condition: &Condition, sign: i128) -> Gauge {
        let bounds = Condition { basket_from: None, basket_below: None, ..condition.clone() };
        // The rest must be the same for bounds to be comparable.
        let rest = self.condition(&bounds).join(", ");
        let from = -i128::from(condition.basket_from.unwrap_or_default().0);
        let below = condition.basket_below.map_or(i64::MAX, |below| below.0);
        Gauge::of(vec![(rest.clone(), sign * from), (rest, sign * i128::from(below))])
    }

    /// The offers.
    pub(super) fn offer_sheet(&self) -> Sheet {
        let columns = &["offer", "takes off", "of", "when", "beside others", "rounded"];
        let rows = self.tariff.offers.all.iter().map(|offer| self.offer_row(offer)).collect();
        Sheet::new("Offers of the till", columns, rows)
    }

    fn offer_row(&self, offer: &Offer) -> Row {
        let Offer { name, condition, items, discount, priority: _, stacks: _, rounding: _, step: _ } = offer;
        let when = self.condition(condition).join(", ");
        let cells = vec![
            name.as_str().into(),
            Cell::with(self.discount(offer), self.taken_off(discount)),
            all_of(items).into(),
            Cell::with(if when.is_empty() { "always".to_owned() } else { when }, self.wide_for(condition, 1)),
            self.beside(offer).into(),
            self.rounded_off(offer).into(),
        ];
        let what =
            if items.is_empty() { "purchases".to_owned() } else { format!("purchases of {}", all_of(items)) };
        Row::of(self.whom(condition, &what), cells).being(Verdict::Better)
    }
}
