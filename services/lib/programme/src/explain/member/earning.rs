//! How a member earns: by purchases, and by what else they do.

use super::super::Words;
use super::super::amount::{all_of, capital, factor, rate};
use super::super::condition::{flows, sentence};
use super::super::time::{level, rounding};
use domain::Name;
use domain::factor::Factor;
use domain::occasion::Day;
use domain::points::Points;
use domain::reach::{IfLost, LevelGrant};
use domain::shared::SharedLimit;
use domain::tariff::{ByTier, Effect, Level, Rule, Terms};

impl Words<'_> {
    /// What purchases earn.
    pub(super) fn earning(&self) -> Vec<String> {
        let tariff = self.tariff;
        let mut all: Vec<String> = tariff.rules.iter().map(|rule| self.rule(rule)).collect();
        if all.is_empty() {
            return all;
        }
        if tariff.rules.iter().any(|rule| rule.effect == Effect::PartnerRate) {
            let each = tariff
                .partners
                .iter()
                .filter(|(_, own)| **own > Factor::ZERO)
                .map(|(name, own)| format!("{} at {}", rate(*own), self.name(name)));
            all.push(format!("The partners' own shares: {}.", all_of(&each.collect::<Vec<_>>())));
        }
        let other = tariff.coefficients.iter().filter(|(_, times)| **times != Factor::ONE);
        let other: Vec<String> =
            other.map(|(group, times)| format!("{} for {}", factor(*times), self.name(group))).collect();
        if !other.is_empty() {
            all.push(format!("A share of what you pay is multiplied by {}.", all_of(&other)));
        }
        let earning = tariff.terms.iter().filter(|terms| self.earns(terms));
        all.extend(self.alike(earning, |terms| self.rounded(terms)));
        all.push(match tariff.points_earn {
            true => format!("What you pay with {} earns like money.", self.paid_with()),
            false => "Only what you pay in money earns.".to_owned(),
        });
        all
    }

    /// Whether rounding, or a bound, tells in what purchases earn under `terms`.
    fn earns(&self, terms: &Terms) -> bool {
        let bounded = !terms.minimum.is_zero() || terms.cap.is_some() || terms.cap_rate.is_some();
        let of_shares = |rule: &Rule| match &rule.effect {
            Effect::Rate(_) | Effect::PartnerRate | Effect::Bands(_) | Effect::Multiplier(_) => true,
            Effect::Bonus(_) | Effect::PerItem(_) | Effect::PerAmount(_) | Effect::AtLeast(_) => bounded,
        };
        self.tariff.rules.iter().any(|rule| rule.terms == terms.name && of_shares(rule))
    }

    /// One rule: a sentence, which begins with its conditions where it ends in a list.
    fn rule(&self, rule: &Rule) -> String {
        let effect = self.earned(rule);
        let mut clauses = self.condition(&rule.condition);
        let rivals = self.rivals(&rule.rivals);
        if !rivals.is_empty() {
            let rivals: Vec<String> =
                rivals.iter().map(|rival| format!("“{}”", self.name(&rival.name))).collect();
            clauses.push(format!("unless {} applies", super::super::amount::one_of(&rivals)));
        }
        let (effect, rest) = self.is_apart(rule, &clauses).unwrap_or((effect, String::new()));
        let sentence = sentence(&effect, &clauses) + &rest + &self.all_the_same(rule);
        let is_named = !rule.rivals.is_empty() || self.is_rival(rule) || self.is_untouched(rule);
        let name = if is_named { format!("“{}”: ", self.name(&rule.name)) } else { String::new() };
        let together = self.first_come(rule.within.as_ref(), &rule.terms);
        format!("{name}{}.{together}", capital(&sentence))
    }

    /// What a limit lets all members have, as a sentence more.
    fn first_come(&self, limit: Option<&SharedLimit>, terms: &Name) -> String {
        let together = limit.map(|limit| self.together(limit, terms));
        let sentence =
            together.map(|of| format!(" Of all members together: {of}, first come, first served."));
        sentence.unwrap_or_default()
    }

    /// Rules of the same wallet that a multiplier does not multiply: those under other terms.
    fn untouched(&self, rule: &Rule) -> Vec<&Rule> {
        if !matches!(rule.effect, Effect::Multiplier(_)) {
            return Vec::new();
        }
        let wallet = self.wallet_of(&rule.terms);
        let other = |other: &&Rule| other.terms != rule.terms && self.wallet_of(&other.terms) == wallet;
        self.tariff.rules.iter().filter(other).collect()
    }

    /// Whether some multiplier of its wallet leaves a rule as it is.
    fn is_untouched(&self, rule: &Rule) -> bool {
        self.tariff.rules.iter().any(|other| self.untouched(other).iter().any(|it| it.name == rule.name))
    }

    /// What a multiplier leaves as it is.
    fn all_the_same(&self, rule: &Rule) -> String {
        let names: Vec<String> =
            self.untouched(rule).iter().map(|other| format!("“{}”", self.name(&other.name))).collect();
        match &names[..] {
            [] => String::new(),
            [only] => format!("; {only} is given all the same"),
            several => format!("; {} are given all the same", all_of(several)),
        }
    }

    /// What is earned in two parts, where conditions read better between them.
    fn is_apart(&self, rule: &Rule, clauses: &[String]) -> Option<(String, String)> {
        let unit = self.unit(self.wallet_of(&rule.terms));
        match &rule.effect {
            Effect::AtLeast(points) => {
                let least = self.points(&rule.terms, *points);
                Some((format!("You get at least {least}"), ", if you earn any at all".to_owned()))
            }
            Effect::Rate(ByTier::All(share)) if flows(clauses) => {
                Some((format!("You get {} of what you pay", rate(*share)), format!(", as {unit}")))
            }
            Effect::PartnerRate if flows(clauses) => {
                Some(("You get the partner's own share of what you pay".to_owned(), format!(", as {unit}")))
            }
            _ => None,
        }
    }

    fn earned(&self, rule: &Rule) -> String {
        let unit = self.unit(self.wallet_of(&rule.terms));
        match &rule.effect {
            Effect::Multiplier(ByTier::All(Factor::ZERO)) => format!("You earn no {unit}"),
            Effect::Multiplier(ByTier::All(times)) => {
                format!("The {unit} you earn are multiplied by {}", factor(*times))
            }
            Effect::Multiplier(times) => {
                format!("The {unit} you earn are multiplied: by {}", self.by_tier(times, factor))
            }
            Effect::Bonus(points) => {
                let asked = rule.condition.circumstances.as_ref();
                // A place in a count says which purchase.
                let purchase =
                    if asked.is_some_and(|asked| !asked.places.is_empty()) { "" } else { " for a purchase" };
                format!("You get {}{purchase}", self.points(&rule.terms, *points))
            }
            Effect::PerItem(points) => {
                format!("You get {} for each piece that you pay for", self.points(&rule.terms, *points))
            }
            Effect::Rate(_)
            | Effect::PartnerRate
            | Effect::PerAmount(_)
            | Effect::Bands(_)
            | Effect::AtLeast(_) => {
                format!("You get {}", self.effect(rule))
            }
        }
    }

    /// How what is earned is rounded and bounded.
    fn rounded(&self, terms: &Terms) -> String {
        let whole = match terms.level {
            Level::Purchase => "for a purchase as a whole".to_owned(),
            rated => format!("for each {}", level(rated)),
        };
        let mut parts = vec![format!("are rounded {} {whole}", rounding(terms.rounding))];
        if !terms.funders.is_empty() {
            parts.push("each partner's part by itself".to_owned());
        }
        if terms.minimum > Points::ZERO {
            parts.push(format!("at least {}", self.points_in(&terms.wallet, terms.minimum)));
        }
        if let Some(most) = terms.cap {
            parts.push(format!("at most {}", self.points_in(&terms.wallet, most)));
        }
        if let Some(most) = terms.cap_rate {
            parts.push(format!("at most {} of what you pay", rate(most)));
        }
        format!("{}.", parts.join(", "))
    }

    fn said_of_level(&self, grant: &LevelGrant) -> String {
        let points = self.points(&grant.terms, grant.points);
        let lost = match grant.if_lost {
            IfLost::Keep => {
                "They stay yours if you return what you bought; who reaches the level again by buying does \
                             not get them twice"
            }
            IfLost::TakeBack => "They are taken back if you return what you reached it by",
        };
        format!("You get {points} for reaching {}. {lost}.", self.name(&grant.level))
    }

    /// What activities, days, levels and cards bring.
    pub(super) fn granted(&self) -> Vec<String> {
        let activities = &self.tariff.activities;
        let awards = activities.awards.iter().map(|award| {
            let deed = self.deed(&award.activity, &award.only, &award.partners);
            let (amount, often) = (self.amount(&award.terms, &award.amount), self.often(&award.often));
            let together = self.first_come(award.within.as_ref(), &award.terms);
            let falls = award.falls_with.as_ref().map(|falls| {
                let account = self.name(&falls.account);
                format!(" If the {account} returns all of that purchase, it is taken back.")
            });
            let falls = falls.unwrap_or_default();
            format!("For {deed} you get {amount}, {often}.{together}{falls}")
        });
        let occasions = activities.occasions.iter().map(|occasion| {
            let whom = match &occasion.segments[..] {
                [] if occasion.day == Day::Birthday => "if you told it before".to_owned(),
                [] => "if you are a member by then".to_owned(),
                segments => {
                    format!("if you belong to {}", super::super::amount::one_of(&self.quoted(segments)))
                }
            };
            let points = self.points(&occasion.terms, occasion.points);
            format!("You get {points} {}, {whom}.", self.day(&occasion.day))
        });
        let cards = self.tariff.card_grant.iter().map(|grant| {
            format!(
                "A new card brings {} to whoever registers it first.",
                self.points(&grant.terms, grant.points)
            )
        });
        let levels = activities.levels.iter().map(|grant| self.said_of_level(grant));
        awards.chain(occasions).chain(levels).chain(cards).collect()
    }
}
