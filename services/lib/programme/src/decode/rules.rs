//! `[rules.NAME]`: what earns points, when, and under which terms (S02, S29).

use super::declared::Known;
use super::limits::Limits;
use super::{Wallets, circumstances, name_of};
use crate::field::Field;
use crate::reading::Measures;
use crate::shape::Shape;
use crate::shape::rules::{BAND, PER, RULE};
use crate::table::Table;
use crate::when::{self, Scope};
use domain::circumstances::Circumstances;
use domain::counted::PerAmount;
use domain::factor::Factor;
use domain::tariff::{Band, ByTier, Condition, Effect, Level, Rule, Terms};
use domain::{Minor, Name};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a rule gives: one of these keys.
const EFFECTS: &[&str] = &["rate", "bonus", "per_item", "per", "bands", "multiplier", "at_least"];

/// A rate that each partner has of its own.
pub(super) const THE_PARTNERS: &str = "the partner's";

/// What rules refer to.
pub(crate) struct Context<'a> {
    pub(crate) measures: &'a Measures,
    pub(crate) wallets: &'a Wallets,
    pub(crate) groups: Vec<Name>,
    pub(crate) tiers: Vec<Name>,
    /// The partners the file names; empty where it names none.
    pub(crate) partners: Vec<Name>,
    /// Whether some group has a coefficient other than 1.
    pub(crate) weighted: bool,
    /// What is known of members and purchases.
    pub(crate) known: &'a Known,
    /// The programme's name.
    pub(crate) programme: &'a Name,
    /// What members share.
    pub(crate) limits: &'a Limits,
}

pub(crate) fn decode(root: &Table<'_>, context: &Context<'_>) -> Vec<Rule> {
    let tables = root.optional("rules", Field::open_table);
    let fields: Vec<Field<'_>> = tables.iter().flat_map(Table::fields).collect();
    let mut rules = Vec::new();
    let mut ranks: Vec<Rank> = Vec::new();
    for field in &fields {
        let (Some(name), Some(table)) = (name_of(field), field.named_table(&RULE)) else { continue };
        if let Some(rule) = context.rule(name, &table) {
            rules.push(rule);
            ranks.push(rank(&table));
        }
    }
    name_rivals(&mut rules, &ranks);
    for field in fields {
        idle_multiplier(&field, &rules);
        context.one_rate_a_period(&field, &rules);
    }
    rules
}

/// Where a rule stands among those of which only one applies.
struct Rank {
    set: Option<Name>,
    priority: i64,
}

fn rank(table: &Table<'_>) -> Rank {
    let set = table.optional("exclusive", Field::name).map(|(name, _)| name);
    let priority = table.optional("priority", |field| field.whole(-1_000..1_001));
    if set.is_none() && priority.is_some() {
        table.report_at("priority", format!("expected `exclusive` beside `priority` in {}", table.label));
    }
    Rank { set, priority: priority.unwrap_or(0) }
}

/// Notes for each rule those of its set that come before it: by priority, higher first, then in the file's order.
fn name_rivals(rules: &mut [Rule], ranks: &[Rank]) {
    for (place, rank) in ranks.iter().enumerate() {
        let comes_before = |(other, its): &(usize, &Rank)| {
            its.set.is_some()
                && its.set == rank.set
                && (its.priority > rank.priority || its.priority == rank.priority && *other < place)
        };
        let before = ranks.iter().enumerate().filter(comes_before);
        rules[place].rivals = before.map(|(other, _)| other).collect();
    }
}

/// Notes who funds grants under each terms beside the purchase's partner.
pub(super) fn name_funders(terms: &mut [Terms], rules: &[Rule]) {
    for terms in terms {
        for funder in
            rules.iter().filter(|rule| rule.terms == terms.name).filter_map(|rule| rule.funder.as_ref())
        {
            if !terms.funders.contains(funder) {
                terms.funders.push(funder.clone());
            }
        }
    }
}

/// Whether some condition asks since when somebody is a member, or whether they are one.
pub(super) fn ask_joined<'c>(conditions: impl IntoIterator<Item = &'c Condition>) -> bool {
    let asks =
        |asked: &Circumstances| asked.members || asked.joined_within.is_some() || asked.joined_for.is_some();
    conditions.into_iter().any(|condition| {
        condition.circumstances.as_deref().is_some_and(asks)
            || condition.when.as_ref().is_some_and(|when| when.asks_joined())
    })
}

/// A multiplier whose terms nothing else earns under multiplies nothing.
fn idle_multiplier(field: &Field<'_>, rules: &[Rule]) {
    let Some(rule) = rules.iter().find(|rule| rule.name.as_str() == field.name) else { return };
    let other = |other: &&Rule| other.terms == rule.terms && !matches!(other.effect, Effect::Multiplier(_));
    if matches!(rule.effect, Effect::Multiplier(_)) && !rules.iter().any(|rule| other(&rule)) {
        let message =
            format!("rule `{}` multiplies nothing: no other rule grants under `{}`", rule.name, rule.terms);
        field.reader.report(&field.key, message, None);
    }
}

impl Context<'_> {
    /// A period is rated by one rate, or one table of bands, of all its spend (S16). What a period would have
    /// to remember for more than that it does not, so a file that asks for it is refused.
    fn one_rate_a_period(&self, field: &Field<'_>, rules: &[Rule]) {
        let Some(rule) = rules.iter().find(|rule| rule.name.as_str() == field.name) else { return };
        let terms = self.wallets.terms.iter().find(|terms| terms.name == rule.terms);
        if !terms.is_some_and(|terms| matches!(terms.level, Level::Period(_))) {
            return;
        }
        let first = rules.iter().find(|other| other.terms == rule.terms).map(|other| &other.name);
        let single = matches!(rule.effect, Effect::Rate(ByTier::All(_)) | Effect::Bands(_));
        let message = if !single {
            "expected `bands`, or one `rate` for every tier and partner, of what is rated by period"
        } else if first != Some(&rule.name) {
            "expected one rule of what is rated by period, found another one before"
        } else if rule.funder.is_some() {
            "expected no `funded_by` of what is rated by period: its partners fund their shares"
        } else if self.weighted {
            "expected no coefficients of groups beside what is rated by period: they would not count in it"
        } else {
            return;
        };
        field.reader.report(&field.key, format!("rule `{}`: {message}", rule.name), None);
    }

    fn rule(&self, name: Name, table: &Table<'_>) -> Option<Rule> {
        let terms = self.terms(table);
        let condition = self.condition(table);
        let effect = self.effect(table, terms);
        let funder = self.funder(table);
        let within = self.limits.of_rule(table, &self.known.declared.purchase, &condition);
        let (terms, rivals) = (terms?.name.clone(), Vec::new());
        Some(Rule { name, terms, condition, effect: effect?, funder, rivals, within })
    }

    /// Who pays for what a rule gives, where it is not the purchase's partner.
    pub(super) fn funder(&self, table: &Table<'_>) -> Option<Name> {
        let (name, span) = table.optional("funded_by", Field::name)?;
        if !self.partners.is_empty() && !self.partners.contains(&name) {
            table.unknown(&span, "partner", name.as_str(), &self.partners);
        }
        Some(name)
    }

    /// The terms a rule grants under: those it names, or its wallet's own.
    pub(super) fn terms(&self, table: &Table<'_>) -> Option<&Terms> {
        let all = &self.wallets.terms;
        let Some(field) = table.field("terms") else {
            let wallet = self.wallets.chosen(table)?;
            return all.iter().find(|terms| terms.name == wallet);
        };
        if table.field("wallet").is_some() {
            table.report_at("wallet", format!("expected `wallet` or `terms` in {}, found both", table.label));
        }
        let (name, span) = field.name()?;
        let found = all.iter().find(|terms| terms.name == name);
        if found.is_none() {
            table.unknown(&span, "terms", name.as_str(), &self.wallets.term_names());
        }
        found
    }

    /// Partners a rule names: those of the file, or anybody where it names none.
    fn partners(&self, table: &Table<'_>) -> Vec<Name> {
        if !self.partners.is_empty() {
            return table.known("partners", "partner", &self.partners);
        }
        let names = table.optional("partners", Field::names).unwrap_or_default();
        names.into_iter().map(|(name, _)| name).collect()
    }

    /// When a rule or an offer applies.
    pub(super) fn condition(&self, table: &Table<'_>) -> Condition {
        let scope = Scope {
            measures: self.measures,
            groups: &self.groups,
            partners: &self.partners,
            tiers: &self.tiers,
            known: self.known,
        };
        let money = |key: &str| table.optional(key, |field| field.money(self.measures));
        let condition = Condition {
            groups: table.known("groups", "group", &self.groups),
            groups_except: table.known("except_groups", "group", &self.groups),
            partners: self.partners(table),
            tiers: table.known("tiers", "tier", &self.tiers),
            basket_from: money("basket_from"),
            basket_below: money("basket_below"),
            circumstances: circumstances::decode(table, self.known, self.measures),
            when: table.optional("when", |field| when::compile(field, &scope)),
        };
        if let (Some(from), Some(below)) = (condition.basket_from, condition.basket_below)
            && from >= below
        {
            table.report_at(
                "basket_below",
                format!(
                    "expected `basket_below` above `basket_from` in {}: it would never apply",
                    table.label
                ),
            );
        }
        condition
    }

    fn effect(&self, table: &Table<'_>, terms: Option<&Terms>) -> Option<Effect> {
        let effect = table.one_of(EFFECTS)?;
        let scale = terms.map_or(0, |terms| self.wallets.scale(terms.wallet.as_str()));
        table.required(effect, |field| match effect {
            "rate" => self.rate(field),
            "bonus" => field.points(scale).map(Effect::Bonus),
            "at_least" => field.points(scale).map(Effect::AtLeast),
            "per_item" => field.points(scale).map(Effect::PerItem),
            "per" => self.per_amount(field, scale).map(Effect::PerAmount),
            "bands" => self.bands(field, terms).map(Effect::Bands),
            _ => self.by_tier(field, Field::factor).map(Effect::Multiplier),
        })
    }

    /// So many points for each full amount.
    fn per_amount(&self, field: &Field<'_>, scale: u32) -> Option<PerAmount> {
        let table = field.table(&PER)?;
        let money = table.required("money", |field| match field.money(self.measures)? {
            Minor::ZERO => field.expected("an amount above 0"),
            money => Some(money),
        });
        let points = table.required("points", |field| field.points(scale));
        Some(PerAmount { money: money?, points: points? })
    }

    /// A percentage, a table with one for each tier, or the partner's own.
    fn rate(&self, field: &Field<'_>) -> Option<Effect> {
        if field.is_table() {
            return self.by_tier(field, Field::percentage).map(Effect::Rate);
        }
        if field.as_str() != Some(THE_PARTNERS) {
            return field.rate().map(ByTier::All).map(Effect::Rate);
        }
        if self.partners.is_empty() {
            return field.wrong(format!(
                "`{THE_PARTNERS}` rate in {} is that of [partners], but the file has none",
                field.place
            ));
        }
        Some(Effect::PartnerRate)
    }

    /// A value for everyone, or a table with one for each tier.
    pub(super) fn by_tier<'a>(
        &self,
        field: &Field<'a>,
        read: fn(&Field<'a>) -> Option<Factor>,
    ) -> Option<ByTier> {
        if !field.is_table() {
            return read(field).map(ByTier::All);
        }
        let table = field.open_table()?;
        if self.tiers.is_empty() {
            return field.wrong(format!(
                "`{}` in {} names tiers, but the file has no [tiers]",
                field.name, field.place
            ));
        }
        for each in
            table.fields().iter().filter(|each| self.tiers.iter().all(|tier| tier.as_str() != each.name))
        {
            table.unknown(&each.key, "tier", &each.name, &self.tiers);
        }
        let factors: Vec<Option<Factor>> =
            self.tiers.iter().map(|tier| table.optional(tier.as_str(), read)).collect();
        let missing = |tier: &&Name| table.field(tier.as_str()).is_none();
        let missing: BTreeSet<String> =
            self.tiers.iter().filter(missing).map(|tier| format!("`{tier}`")).collect();
        if !missing.is_empty() {
            let missing: Vec<String> = missing.into_iter().collect();
            return field.wrong(format!(
                "expected a value for every tier in `{}` of {}, found none for {}",
                field.name,
                field.place,
                missing.join(", ")
            ));
        }
        factors.into_iter().collect::<Option<Vec<Factor>>>().map(ByTier::Each)
    }

    fn bands(&self, field: &Field<'_>, terms: Option<&Terms>) -> Option<Vec<Band>> {
        if terms.is_some_and(|terms| terms.level == Level::Line) {
            return field.wrong(format!(
                "bands rate a purchase or a period as a whole, but `{}` in {} is rated by line",
                field.name, field.place
            ));
        }
        self.rising(field, |each| self.band(each, &BAND, "rate"))
    }

    /// A list of bands, in rising order.
    pub(super) fn rising<'a>(
        &self,
        field: &Field<'a>,
        band: impl Fn(&Field<'a>) -> Option<(Band, Range<usize>)>,
    ) -> Option<Vec<Band>> {
        let bands = field.all(band)?;
        if bands.is_empty() {
            return field.expected("at least one band");
        }
        for pair in bands.windows(2).filter(|pair| pair[1].0.from <= pair[0].0.from) {
            let message = "expected bands in rising order, found one from no more than the one before it";
            field.reader.report(&pair[1].1, message, None);
        }
        Some(bands.into_iter().map(|(band, _)| band).collect())
    }

    /// A band of `shape`, whose share is under `share`.
    pub(super) fn band(&self, field: &Field<'_>, shape: &Shape, share: &str) -> Option<(Band, Range<usize>)> {
        let table = field.table(shape)?;
        let from: Option<Minor> = table.required("from", |field| field.money(self.measures));
        let rate = table.required(share, Field::percentage);
        Some((Band { from: from?, rate: rate? }, table.key_span("from")))
    }
}
